"""Pages out of the folders of crawls: what a crawl knows of addresses beside its WARC files.

The tables are those of `crawler.frontier`. They are reached from here because `winnow forget` must work where Scrapy
is not installed; a test holds both to one schema.
"""

import contextlib
import fcntl
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cleaners import storage, tombstones
from cleaners.errors import LockedError, StorageError
from cleaners.tombstones import Tombstones

FRONTIER, FORGOTTEN, REJECTS, HANDOVER = "_frontier.sqlite", "_forgotten.json", "rejects.jsonl", "_handover"
LOCK = "_lock"
_HEAD = 1 << 16  # of a record: its headers
Covers = Callable[[str | None], bool]


def folders(raw: Sequence[str]) -> list[Path]:
    """The crawls among the folders that were named, and below them."""
    named = [Path(argument) for argument in raw]
    found = {path.parent.resolve() for folder in named if folder.is_dir() for path in folder.rglob(FRONTIER)}
    return sorted(found)


@contextlib.contextmanager
def held(crawls: Sequence[Path]) -> Iterator[None]:
    """Raises LockedError where one of them is running."""
    with contextlib.ExitStack() as stack:
        for folder in crawls:
            lock = stack.enter_context((folder / LOCK).open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockedError(
                    f"a crawl writes to {folder}; nothing was changed", "wait for it to end, or stop it, then forget"
                ) from None
        yield


def forget(folder: Path, marked: Tombstones, *, dry_run: bool) -> int:
    """Addresses, pages and rejects that are covered leave the crawl, and it asks for them no more. How many went.

    Raises StorageError.
    """
    path = folder / FORGOTTEN
    if not dry_run:
        known = tombstones.read(path)
        with storage.told(path):
            storage.replace(path, tombstones.joined(known, marked).as_json())
    lists = [folder / REJECTS, *sorted((folder.parent / HANDOVER).glob("*/*/*.jsonl"))]
    count = sum(_lines_out(each, marked.covers, dry_run) for each in lists if each.exists())
    try:
        with contextlib.closing(sqlite3.connect(folder / FRONTIER, isolation_level=None)) as db:
            return count + _rows_out(db, folder, marked.covers, dry_run)
    except sqlite3.Error as error:
        raise StorageError(
            f"cannot write {folder / FRONTIER}: {error}",
            "make room or mend the device, then run the same command again",
        ) from error


def sealed_anew(folder: Path) -> None:
    """The frontier learns the digests of files in which records were overwritten."""
    with contextlib.closing(sqlite3.connect(folder / FRONTIER, isolation_level=None)) as db:
        for (name,) in db.execute("SELECT name FROM segment").fetchall():
            if (folder / name).exists():
                digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
                db.execute("UPDATE segment SET sha256 = ? WHERE name = ?", (digest, name))


def _lines_out(path: Path, covers: Covers, dry_run: bool) -> int:
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not covers(_url(line))]
    if len(kept) < len(lines) and not dry_run:
        with storage.told(path):
            storage.replace(path, b"".join(kept))
    return len(lines) - len(kept)


def _url(line: bytes | str) -> str | None:
    try:
        return str(json.loads(line)["url"])
    except (ValueError, TypeError, KeyError):
        return None  # half a line, which the next sealing drops


def _rows_out(db: sqlite3.Connection, folder: Path, covers: Covers, dry_run: bool) -> int:
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    requests = [row for row, url in db.execute("SELECT id, url FROM request") if covers(url)]
    _origins_out(db, covers)
    pages = [row for row, record in db.execute("SELECT id, record FROM page") if covers(_target(record))]
    rejects = [row for row, line in db.execute("SELECT id, line FROM reject") if covers(_url(line))]
    links = [key for key, request in db.execute("SELECT key, request FROM handover") if covers(_url(request))]
    for table, column, rows in (
        ("request", "id", requests),
        ("page", "id", pages),
        ("reject", "id", rejects),
        ("handover", "key", links),
    ):
        db.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(row,) for row in rows])
    size = (folder / REJECTS).stat().st_size if (folder / REJECTS).exists() else 0
    db.execute("UPDATE state SET value = MIN(value, ?) WHERE name = 'reject_bytes'", (size,))
    db.execute("ROLLBACK" if dry_run else "COMMIT")
    if not dry_run and (requests or pages or rejects or links):
        db.execute("VACUUM")  # also what lies between the rows
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(requests) + len(pages) + len(rejects) + len(links)


def _origins_out(db: sqlite3.Connection, covers: Covers) -> None:
    """Addresses that redirected to one that stays."""
    redirected = db.execute("""SELECT id, request FROM request WHERE request LIKE '%"redirect_urls"%'""").fetchall()
    for row, text in redirected:
        request = json.loads(text)
        urls = request["meta"]["redirect_urls"]
        kept = [url for url in urls if not covers(url)]
        if len(kept) < len(urls):
            request["meta"]["redirect_urls"] = kept
            db.execute("UPDATE request SET request = ? WHERE id = ?", (json.dumps(request, ensure_ascii=False), row))


def _target(record: bytes) -> str | None:
    """The address of a packed WARC record."""
    head = zlib.decompressobj(wbits=31).decompress(record, _HEAD).split(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"warc-target-uri":
            return value.strip().decode("utf-8", "replace")
    return None
