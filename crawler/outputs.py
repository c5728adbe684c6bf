"""What requests have brought and no sealed file holds yet: pages, as WARC records, and rejects, as lines of JSON.

An output is unsettled until its request has ended: only settled ones are numbered, and only those are sealed.
"""

import sqlite3
from collections.abc import Iterator


def add_page(db: sqlite3.Connection, request: int | None, record: bytes) -> None:
    """`request` is None for what a spider brings on its own: it is settled at once."""
    db.execute("INSERT INTO page (request, record) VALUES (?, ?)", (request, record))
    if request is None:
        _number(db, "request IS NULL")


def add_reject(db: sqlite3.Connection, request: int | None, line: str) -> None:
    db.execute("INSERT INTO reject (request, settled, line) VALUES (?, ?, ?)", (request, request is None, line))


def settle(db: sqlite3.Connection, request: int) -> None:
    """The request has ended: what it brought stays."""
    _number(db, "request = ?", request)
    db.execute("UPDATE reject SET settled = 1 WHERE request = ? AND NOT settled", (request,))


def take_back(db: sqlite3.Connection) -> None:
    """Behind a crash: the requests will bring it again."""
    db.execute("DELETE FROM page WHERE number IS NULL")
    db.execute("DELETE FROM reject WHERE NOT settled")


def unsealed(db: sqlite3.Connection) -> tuple[int, int, int]:
    """The numbers of the first and the last settled page that wait for a file, and the bytes of all; else zeros."""
    row = db.execute("SELECT MIN(number), MAX(number), SUM(LENGTH(record)) FROM page WHERE number IS NOT NULL")
    first, last, size = row.fetchone()
    return (first, last, size) if first else (0, 0, 0)


def records(db: sqlite3.Connection, first: int, last: int) -> Iterator[bytes]:
    rows = db.execute("SELECT record FROM page WHERE number BETWEEN ? AND ? ORDER BY number", (first, last))
    return (row[0] for row in rows)


def reject_lines(db: sqlite3.Connection) -> list[str]:
    """The settled rejects in the order in which they came."""
    return [row[0] for row in db.execute("SELECT line FROM reject WHERE settled ORDER BY id")]


def remove_pages(db: sqlite3.Connection, last: int) -> None:
    db.execute("DELETE FROM page WHERE number <= ?", (last,))


def remove_rejects(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM reject WHERE settled")


def _number(db: sqlite3.Connection, which: str, *values: int) -> None:
    """Numbers count on without gaps, also behind pages that were sealed and are gone from here."""
    rows = db.execute(f"SELECT id FROM page WHERE {which} AND number IS NULL ORDER BY id", values).fetchall()
    for (page,) in rows:
        db.execute("UPDATE state SET value = value + 1 WHERE name = 'pages'")
        db.execute("UPDATE page SET number = (SELECT value FROM state WHERE name = 'pages') WHERE id = ?", (page,))
