"""From the frontier into files: `seg-<first page>-<last page>.warc.gz`, and `rejects.jsonl` beside them.

A file is whole before it has its name, and has its name before its rows leave the frontier. So a kill in between
leaves rows whose file exists: only the rows go then. The records were made when the pages were fetched, so that
sealing the same pages twice gives the same file.
"""

import hashlib
import re
import uuid
from pathlib import Path

from cleaners import storage
from cleaners.crawls import FRONTIER, REJECTS
from cleaners.errors import ConditionsError
from crawler import outputs
from crawler.frontier import Frontier
from crawler.warc import warcinfo_record

SEGMENT = re.compile(r"seg-(\d+)-(\d+)\.warc\.gz")
SEGMENT_PAGES = 1000
SEGMENT_BYTES = 64 * 1024 * 1024


class Archive:
    """One crawl's folder of sealed files. Raises OSError or sqlite3.Error where the disk fails."""

    def __init__(self, folder: Path, frontier: Frontier, user_agent: str, robots: str) -> None:
        self.folder = folder
        self._frontier = frontier
        self._user_agent, self._robots = user_agent, robots
        if not frontier.get("crawl_id"):
            frontier.set("crawl_id", str(uuid.uuid4()))
            last = max((int(found[2]) for found in _segments(folder)), default=0)
            frontier.set("pages", last)  # files of an earlier frontier keep their numbers
            frontier.set("sealed", last)
        self._finish_sealing()

    def due(self) -> bool:
        """Whether a file's worth of pages waits."""
        pages = int(self._frontier.get("pages")) - int(self._frontier.get("sealed"))
        return pages >= SEGMENT_PAGES or (pages > 0 and self._frontier.page_bytes >= SEGMENT_BYTES)

    def seal(self) -> None:
        """All settled pages and rejects into files. It commits."""
        frontier = self._frontier
        lines = outputs.reject_lines(frontier.db)
        first, last, _ = outputs.unsealed(frontier.db)
        if first or lines:
            frontier.checkpoint()  # what a file holds must never be fetched again
        if first:
            name, content = f"seg-{first:08}-{last:08}.warc.gz", self._content(first, last)
            storage.replace(self.folder / name, content)
            self._sealed(name, content, first, last)
        if lines:
            self._seal_rejects(lines)
        frontier.commit()

    def _content(self, first: int, last: int) -> bytes:
        frontier = self._frontier
        opening = warcinfo_record(
            self.folder.name,
            self._user_agent,
            self._robots,
            uuid.uuid5(uuid.UUID(str(frontier.get("crawl_id"))), str(first)),
            str(frontier.get("started")),
        )
        return opening + b"".join(outputs.records(frontier.db, first, last))

    def _sealed(self, name: str, content: bytes, first: int, last: int) -> None:
        """The rows of a file go, and the frontier knows the file."""
        frontier = self._frontier
        row = (name, frontier.round, last - first + 1, len(content), hashlib.sha256(content).hexdigest())
        frontier.db.execute("INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?, ?)", row)
        outputs.remove_pages(frontier.db, last)
        frontier.set("sealed", last)
        frontier.page_bytes = 0

    def _seal_rejects(self, lines: list[str]) -> None:
        """Lines behind those that the frontier knows to be written; half of an earlier attempt goes."""
        path = self.folder / REJECTS
        size = min(int(self._frontier.get("reject_bytes", 0)), path.stat().st_size if path.exists() else 0)
        content = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        storage.extend(path, size, content)
        storage.sync(path)
        storage.sync_folder(self.folder)
        self._frontier.set("reject_bytes", size + len(content))
        outputs.remove_rejects(self._frontier.db)

    def _finish_sealing(self) -> None:
        """What a killed crawl was about: files that have their names but not yet lost their rows."""
        for leftover in self.folder.glob(f"{storage.TEMPORARY}*"):
            storage.remove(leftover)
        by_first = {int(found[1]): (int(found[2]), self.folder / found[0]) for found in _segments(self.folder)}
        while found := by_first.get(first := int(self._frontier.get("sealed")) + 1):
            last, path = found
            if last > int(self._frontier.get("pages")):
                raise ConditionsError(
                    f"{path} holds pages that {FRONTIER} beside it does not know",
                    "put back the frontier that belongs to these files, or crawl into another folder: -a crawl=NAME",
                )
            self._sealed(path.name, path.read_bytes(), first, last)
        self._frontier.page_bytes = outputs.unsealed(self._frontier.db)[2]
        self._frontier.commit()


def _segments(folder: Path) -> list[re.Match[str]]:
    return [found for path in folder.iterdir() if (found := SEGMENT.fullmatch(path.name))]
