"""The folder of a crawl: its pages as WARC segments, `seg-<first page>-<last page>.warc.gz`, and its rejects.

A segment is written under a name that no loader reads, record by record, and gets its final name when it is
whole and on disk. After a kill, the next crawl into the same folder seals what the killed one had written.
"""

import json
import logging
import os
import re
from pathlib import Path
from typing import BinaryIO

from crawler import folder as folders
from crawler.items import Page, Reject
from crawler.warc import record_ends, response_record

OPEN_SEGMENT = "_open.warc.gz"
SEGMENT = re.compile(r"seg-\d+-(\d+)\.warc\.gz")
SEGMENT_PAGES = 1000
SEGMENT_BYTES = 64 * 1024 * 1024
REJECTS = "_rejects.jsonl"  # no input of `winnow clean`, hence the underscore
LONGEST_LINE = 1024 * 1024

logger = logging.getLogger(__name__)


class Archive:
    """One crawl's folder, held by this process until `close`."""

    def __init__(self, folder: Path, warcinfo: bytes) -> None:
        self.folder = folder
        self._warcinfo = warcinfo
        self._lock = folders.hold(folder)
        self._sealed = _last_page(folder)
        self._open: BinaryIO | None = None
        self._pages = 0  # in the open segment
        self._salvage()
        self._rejects = _open_lines(folder / REJECTS)

    def store(self, page: Page) -> None:
        if self._open is None:
            self._open = (self.folder / OPEN_SEGMENT).open("wb", buffering=0)
            _append(self._open, self._warcinfo)
        _append(self._open, response_record(page))
        self._pages += 1
        if self._pages >= SEGMENT_PAGES or self._open.tell() >= SEGMENT_BYTES:
            self._seal(self._open)

    def reject(self, reject: Reject) -> None:
        row = {"url": reject.url, "reason": reject.reason, "detail": reject.detail}
        row["date"] = reject.date.strftime("%Y-%m-%dT%H:%M:%SZ")
        _append(self._rejects, json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        try:
            if self._open is not None:
                self._seal(self._open)
        finally:
            self._rejects.close()
            self._lock.close()

    def _seal(self, segment: BinaryIO) -> None:
        os.fsync(segment.fileno())
        segment.close()
        self._open = None
        path = self.folder / OPEN_SEGMENT
        if self._pages == 0:
            path.unlink()
            return
        last = self._sealed + self._pages
        path.rename(self.folder / f"seg-{self._sealed + 1:08}-{last:08}.warc.gz")
        folders.sync(self.folder)
        self._sealed, self._pages = last, 0

    def _salvage(self) -> None:
        """Seals the segment that a killed crawl left open, without the record that it was writing."""
        try:
            segment = (self.folder / OPEN_SEGMENT).open("r+b", buffering=0)
        except FileNotFoundError:
            return
        ends = list(record_ends(segment))
        whole, size = ends[-1] if ends else 0, segment.seek(0, os.SEEK_END)
        self._pages = max(len(ends) - 1, 0)  # the first record is the warcinfo
        logger.warning(
            "an earlier crawl into %s was cut off: %d pages saved, %d bytes of an unfinished record dropped",
            self.folder, self._pages, size - whole,
        )  # fmt: skip
        segment.truncate(whole)
        self._seal(segment)


def _last_page(folder: Path) -> int:
    """The number of the last page that is sealed; 0 in a new folder."""
    return max((int(found[1]) for path in folder.iterdir() if (found := SEGMENT.fullmatch(path.name))), default=0)


def _append(file: BinaryIO, data: bytes) -> None:
    """Appends all of the data, or leaves the file as it was and raises: a full disk leaves no half record."""
    start, rest = file.tell(), memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.seek(start)
        file.truncate()
        raise


def _open_lines(path: Path) -> BinaryIO:
    """A file of lines to append to, without the half line that a kill may have left at its end."""
    lines = path.open("a+b", buffering=0)
    tail = max(lines.seek(0, os.SEEK_END) - LONGEST_LINE, 0)
    lines.seek(tail)
    lines.truncate(tail + lines.read().rfind(b"\n") + 1)
    lines.seek(0, os.SEEK_END)
    return lines
