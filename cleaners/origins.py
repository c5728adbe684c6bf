"""Where the rows of a dataset came from, to find the page that has two of them.

Rejects tell their place in the input. Records of WARC files do, and those of one-page files, whose place is the
file. Rows of JSON lines and Parquet files may bring any `file_path` and `id`, and bring them twice, by right:
there, only an `id` that Winnow made, and that holds the place, tells that two rows are one page.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cleaners.rejects import page_id
from cleaners.shards import Footer
from cleaners.splits import MOST_PAGES

_COLUMNS = {
    "records": ("file_path", "warc_record_offset", "id", "url", "content_digest"),
    "rejects": ("file_path", "offset", "id", "url", "content_digest", "reason"),
}
_MADE_ID = re.compile("<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5")
_ONE_PAGE = ("/", ".html", ".htm", ".xhtml", ".txt")  # ends of the names of groups of one-page files


@dataclass(slots=True)
class Origins:
    """Digests of origins, and the file that each was met in first."""

    met: dict[int, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    own_ids: set[str] = field(default_factory=set)  # groups whose rows bring ids of their own

    def doubles(self, file: str, rows: pa.Table, footer: Footer) -> Iterator[tuple[int, str]]:
        """Numbers of this file's rows whose pages have a row already, and the file which that row is in."""
        self.files.append(file)
        columns = _COLUMNS[file.partition("/")[0]]
        values = (rows[name].to_pylist() for name in columns)
        for number, cells in enumerate(zip(*values, strict=True), 1):
            row = dict(zip(columns, cells, strict=True))
            if (origin := _origin(row, footer)) is None:
                continue
            digest = int.from_bytes(hashlib.blake2b(repr(origin).encode(), digest_size=8).digest())
            if digest not in self.met:
                self.met[digest] = len(self.files) - 1
            elif self._is_certain(row, origin, footer):
                yield number, self.files[self.met[digest]]

    def _is_certain(self, row: dict[str, Any], origin: tuple[Any, ...], footer: Footer) -> bool:
        """Whether it is the place that is met again, and not an `id` or `file_path` that rows bring."""
        if origin[0] == "id":
            lines = range(1, 2 * MOST_PAGES * (footer.number + 1))  # twice: blank lines count
        elif row.get("warc_record_offset") is None and "reason" not in row:
            lines = range(1)
        else:
            return True
        if footer.group in self.own_ids:
            return False
        if any(_made_id(row, line) == row["id"] for line in lines):
            return True
        self.own_ids.add(footer.group)
        return False


def _origin(row: dict[str, Any], footer: Footer) -> tuple[Any, ...] | None:
    """What no two pages of a dataset share; None where nothing tells."""
    if row.get("reason") == "archive_damaged":  # stands for all that would have followed, not for a page
        return None
    place = row["offset"] if "offset" in row else row["warc_record_offset"]
    if place is None and footer.group.endswith(_ONE_PAGE):
        place = 0
    if place is None:
        return ("id", footer.group, row["id"]) if _MADE_ID.match(row["id"] or "") else None
    if place == 0 or row["file_path"] == footer.group:  # groups of one-page files change with their folder
        return ("place", row["file_path"], place)
    return ("place", footer.group, row["file_path"], place)


def _made_id(row: dict[str, Any], offset: int) -> str:
    return page_id(row | {"offset": offset}, row["content_digest"])
