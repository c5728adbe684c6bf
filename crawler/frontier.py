"""The addresses of a crawl and what became of them, in one SQLite file. It knows nothing of Scrapy.

What a page brings is written as it comes, in one transaction with the end of its request: `commit` is called between
two requests only. After a kill, requests that were under way wait again, and what they had already brought is taken
back, so that every page is stored once. Links stay: they were seen, and to see them again changes nothing.
"""

import enum
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from cleaners.errors import ConditionsError
from crawler import outputs

VERSION = "1"
CRASHES = 2  # under way in that many crashes: a suspect, which runs alone; alone in as many: condemned
MISSES = 3  # rounds in a row that a page is not found before it is asked for no more
# Asked for again only where found again; the first not even then
NOT_AGAIN = ("crashes_crawler", "gone", "not_html", "too_large", "off_site", "dropped")

_TABLES = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, url TEXT NOT NULL, request TEXT, slot TEXT NOT NULL,
  known INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL, state INTEGER NOT NULL, round INTEGER NOT NULL,
  outcome TEXT, status INTEGER, misses INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0, crashes_alone INTEGER NOT NULL DEFAULT 0,
  etag TEXT, last_modified TEXT, content BLOB, opt_out TEXT);
CREATE INDEX IF NOT EXISTS waiting ON request (slot, known, priority DESC, id) WHERE state = 0;
CREATE INDEX IF NOT EXISTS unfinished ON request (state) WHERE state <> 2;
CREATE TABLE IF NOT EXISTS page (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, request INTEGER,
  record BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS page_unsettled ON page (request) WHERE number IS NULL;
CREATE TABLE IF NOT EXISTS reject (id INTEGER PRIMARY KEY, request INTEGER, settled INTEGER NOT NULL,
  line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reject_unsettled ON reject (request) WHERE NOT settled;
CREATE TABLE IF NOT EXISTS segment (name TEXT PRIMARY KEY, round INTEGER NOT NULL, pages INTEGER NOT NULL,
  bytes INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS handover (key BLOB PRIMARY KEY, shard INTEGER NOT NULL, request TEXT NOT NULL,
  written INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class State(enum.IntEnum):
    WAITING = 0
    UNDER_WAY = 1
    DONE = 2
    SUSPECT = 3  # waits to run alone
    ALONE = 4  # a suspect under way


@dataclass(frozen=True, slots=True)
class Known:
    """What the frontier knows of an address."""

    id: int
    state: State
    round: int
    priority: int
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is now under way, with what makes it conditional."""

    id: int
    key: bytes
    request: str
    slot: str
    etag: str | None
    last_modified: str | None
    content: bytes | None


@dataclass(slots=True)
class Ending:
    """How a request ended, and what the next round will ask with."""

    outcome: str
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content: bytes | None = None
    opt_out: str | None = None


class Frontier:
    """One crawl's file. Raises sqlite3.Error wherever the disk fails."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = NORMAL")  # `checkpoint` syncs where it counts
        self.db.executescript(_TABLES)
        self.db.execute("BEGIN IMMEDIATE")
        if self.get("version", VERSION) != VERSION:
            raise ConditionsError(
                f"{path} was written by another version of Winnow ({self.get('version')}, not {VERSION})",
                "finish the crawl with that version, or crawl into another folder: -a crawl=NAME",
            )
        self.set("version", VERSION)
        self.set("pages", self.get("pages", 0))  # the number of the page that was settled last
        self.round = int(self.get("round", 0))
        self.page_bytes = 0  # of pages that wait to be sealed, about

    def get(self, name: str, default: str | int = "") -> str | int:
        row = self.db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default

    def set(self, name: str, value: str | int) -> None:
        self.db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    def commit(self) -> None:
        self.db.execute("COMMIT")
        self.db.execute("BEGIN IMMEDIATE")

    def checkpoint(self) -> None:
        """Everything until now outlasts a power failure."""
        self.db.execute("COMMIT")
        self.db.execute("PRAGMA wal_checkpoint(FULL)")
        self.db.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        self.db.close()

    # Rounds

    @property
    def finished(self) -> bool:
        return bool(self.get("finished", 1))

    def begin_round(self, now: str, revisit: bool) -> None:
        """The next round. With `revisit` it asks again for all that is worth it; else for what is found again."""
        self.round += 1
        for name, value in (("round", self.round), ("finished", 0), ("started", now)):
            self.set(name, value)
        if revisit:
            marks = ",".join("?" * len(NOT_AGAIN))
            self.db.execute(
                f"UPDATE request SET state = ?, round = ?, known = content IS NOT NULL"
                f" WHERE state = ? AND request IS NOT NULL AND outcome NOT IN ({marks})",
                (State.WAITING, self.round, State.DONE, *NOT_AGAIN),
            )

    def finish_round(self) -> None:
        self.set("finished", 1)

    def reopen_round(self) -> None:
        self.set("finished", 0)

    def recover(self) -> list[str]:
        """After a crash: what was under way waits again, or is suspected. Gives the addresses that are condemned."""
        outputs.take_back(self.db)
        self.db.execute("UPDATE request SET crashes = crashes + 1 WHERE state = ?", (State.UNDER_WAY,))
        self.db.execute("UPDATE request SET crashes_alone = crashes_alone + 1 WHERE state = ?", (State.ALONE,))
        self.put_back()
        condemned = self.db.execute(
            "SELECT url FROM request WHERE state = ? AND crashes_alone >= ?", (State.SUSPECT, CRASHES)
        ).fetchall()
        self.db.execute(
            "UPDATE request SET state = ?, outcome = 'crashes_crawler' WHERE state = ? AND crashes_alone >= ?",
            (State.DONE, State.SUSPECT, CRASHES),
        )
        return [url for (url,) in condemned]

    def put_back(self) -> None:
        """What is under way waits again."""
        self.db.execute(
            "UPDATE request SET state = CASE WHEN crashes >= ? THEN ? ELSE ? END WHERE state IN (?, ?)",
            (CRASHES, State.SUSPECT, State.WAITING, State.UNDER_WAY, State.ALONE),
        )

    def waiting(self) -> dict[str, int]:
        """How many wait, by slot. Suspects are not among them."""
        return dict(self.db.execute("SELECT slot, COUNT(*) FROM request WHERE state = 0 GROUP BY slot").fetchall())

    def suspects(self) -> int:
        return int(self.db.execute("SELECT COUNT(*) FROM request WHERE state = ?", (State.SUSPECT,)).fetchone()[0])

    # Requests

    def find(self, key: bytes) -> Known | None:
        columns = "id, state, round, priority, outcome"
        row = self.db.execute(f"SELECT {columns} FROM request WHERE key = ?", (key,)).fetchone()
        return Known(row[0], State(row[1]), *row[2:]) if row else None

    def add(self, key: bytes, url: str, request: str, slot: str, priority: int) -> None:
        """A new request, or one of an earlier round that was found again: its place is where it was first found."""
        self.db.execute(
            "INSERT INTO request (key, url, request, slot, priority, state, round) VALUES (?, ?, ?, ?, ?, 0, ?)"
            " ON CONFLICT (key) DO UPDATE SET request = excluded.request, slot = excluded.slot,"
            " priority = excluded.priority, state = 0, round = excluded.round, known = content IS NOT NULL",
            (key, url, request, slot, priority, self.round),
        )

    def add_ended(self, key: bytes, url: str, outcome: str) -> bool:
        """An address that is never asked for, such as one that cannot be read. False if this round knows it."""
        return bool(
            self.db.execute(
                "INSERT INTO request (key, url, slot, priority, state, round, outcome) VALUES (?, ?, '', 0, 2, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET round = excluded.round, outcome = excluded.outcome"
                " WHERE round < excluded.round",
                (key, url, self.round, outcome),
            ).rowcount
        )

    def take(self, slot: str) -> Taken | None:
        """The slot's next request: new ones first, then by priority, then in the order in which they were found."""
        return self._take("state = 0 AND slot = ? ORDER BY known, priority DESC, id LIMIT 1", slot, State.UNDER_WAY)

    def take_suspect(self) -> Taken | None:
        return self._take("state = ? ORDER BY id LIMIT 1", State.SUSPECT, State.ALONE)

    def _take(self, which: str, value: str | int, state: State) -> Taken | None:
        columns = "id, key, request, slot, etag, last_modified, content"
        row = self.db.execute(f"SELECT {columns} FROM request WHERE {which}", (value,)).fetchone()
        if row is None:
            return None
        self.db.execute("UPDATE request SET state = ? WHERE id = ?", (state, row[0]))
        return Taken(*row)

    def again(self, request_id: int, request: str, slot: str, priority: int) -> None:
        """A request under way that is to be asked once more. What it brought until now is kept."""
        outputs.settle(self.db, request_id)
        self.db.execute(
            "UPDATE request SET state = 0, request = ?, slot = ?, priority = ? WHERE id = ?",
            (request, slot, priority, request_id),
        )

    def prefer(self, request_id: int, priority: int) -> None:
        """A request that waits was found again where more is thought of it."""
        self.db.execute("UPDATE request SET priority = ? WHERE id = ?", (priority, request_id))

    def wait(self, request_id: int) -> None:
        """A request under way that waits again as it was."""
        self.db.execute("UPDATE request SET state = 0 WHERE id = ?", (request_id,))

    def end(self, request_id: int, ending: Ending) -> None:
        """A request is done. Validators are kept as long as a page or a listing stands behind them."""
        outputs.settle(self.db, request_id)
        missing = ending.outcome == "http_error" and ending.status in (404, 410)  # a listing's absence is no failure
        gone = missing and (ending.status == 410 or self._misses(request_id) + 1 >= MISSES)
        self.db.execute(
            "UPDATE request SET state = 2, outcome = ?, status = ?, crashes = 0, crashes_alone = 0,"
            " misses = CASE WHEN ? THEN misses + 1 ELSE 0 END WHERE id = ?",
            ("gone" if gone else ending.outcome, ending.status, missing, request_id),
        )
        if ending.outcome in ("page", "read", "unchanged"):
            self.db.execute(
                "UPDATE request SET etag = COALESCE(?, etag), last_modified = COALESCE(?, last_modified),"
                " content = COALESCE(?, content), opt_out = ? WHERE id = ?"
                if ending.outcome == "unchanged"
                else "UPDATE request SET etag = ?, last_modified = ?, content = ?, opt_out = ? WHERE id = ?",
                (ending.etag, ending.last_modified, ending.content, ending.opt_out, request_id),
            )

    def ended_otherwise(self, request_id: int, outcome: str) -> None:
        self.db.execute("UPDATE request SET outcome = ? WHERE id = ?", (outcome, request_id))

    def _misses(self, request_id: int) -> int:
        return int(self.db.execute("SELECT misses FROM request WHERE id = ?", (request_id,)).fetchone()[0])
