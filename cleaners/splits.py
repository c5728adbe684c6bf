"""Rows of PAGES -> splits: the units that become shards. Where a split begins depends on the input alone."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cleaners.load import Input, Row
from cleaners.schema import PAGES

MOST_PAGES = 2_000
MOST_BYTES = 64 * 1024 * 1024
_GROUP_SIZE = 1_000  # files of one page each, on average
_SMALL = ("html", "text")


@dataclass(frozen=True, slots=True)
class Split:
    """At most 2,000 pages or 64 MiB of them, in input order."""

    name: str  # of its shard: a function of where the pages stand
    group: str  # the input, or the folder or file that opens a group of one-page files
    number: int  # of this split of the group, from 0
    source: str  # for messages: the input, or the first and the last of them
    pages: pa.Table
    digest: str  # of the pages' content, those that were forgotten included
    forgotten: int  # pages that `winnow forget` took out of the input
    bytes_done: int  # of all inputs, behind this split


def in_order(inputs: Iterable[Input]) -> list[Input]:
    """The inputs of a dataset: by their labels, so that the order in which they were named changes nothing."""
    return sorted(inputs, key=lambda entry: entry.label.split("/"))


def splits(inputs: Iterable[Input], read: Callable[[Input], Iterator[Row]]) -> Iterator[Split]:
    """All pages of the inputs in order, cut into splits.

    A file of many pages is cut every 2,000 pages or 64 MiB. Files of one page are grouped: a group ends before
    each file whose path's hash is a multiple of 1,000, so that a folder which grows changes few groups.
    """
    done = 0
    for group, members in _groups(inputs):
        gathered: list[Row] = []
        size = number = 0
        first = ""
        for member in members:
            for row in read(member):
                first = first if gathered else member.label
                gathered.append(row)
                size += page_bytes(row)
                if len(gathered) == MOST_PAGES or size >= MOST_BYTES:
                    yield _split(group, number, (first, member.label), gathered, done + _position(row))
                    gathered, size, number = [], 0, number + 1
            done += member.size
        if gathered:
            yield _split(group, number, (first, members[-1].label), gathered, done)


def _groups(inputs: Iterable[Input]) -> Iterator[tuple[str, list[Input]]]:
    """Runs of one-page files, and each other file by itself, under the path that opens the group."""
    group = ""
    members: list[Input] = []
    root = None
    met: set[str] = set()  # roots whose first group has its name
    for member in inputs:
        if member.format not in _SMALL:
            if members:
                yield group, members
            yield member.label, [member]
            group, members = f"{member.label}/", []
            continue
        this_root = member.label.rpartition("/")[0].split("/")[0]
        if this_root not in met:
            opens = f"{this_root}/"
        elif this_root != root or int(_hash(member.label), 16) % _GROUP_SIZE == 0:
            opens = member.label
        else:
            members.append(member)
            continue
        root = this_root
        met.add(root)
        if members:
            yield group, members
        group, members = opens, [member]
    if members:
        yield group, members


def _split(group: str, number: int, ends: tuple[str, str], rows: list[Row], bytes_done: int) -> Split:
    content = hashlib.sha256()
    for row in rows:
        content.update(row_digest(row))
    pages = [row for row in rows if "forgotten" not in row]
    return Split(
        name=shard_name(group, number),
        group=group,
        number=number,
        source=" … ".join(dict.fromkeys(ends)),
        pages=pa.Table.from_pylist(pages, schema=PAGES),
        digest=content.hexdigest(),
        forgotten=len(rows) - len(pages),
        bytes_done=bytes_done,
    )


def shard_name(group: str, number: int) -> str:
    return _hash(f"{group}|{number}")[:16]


def row_digest(row: Row) -> bytes:
    """SHA-256 of all that is known of a page. What stands in a forgotten page's place brings the page's own."""
    if "forgotten" in row:
        return bytes.fromhex(row["forgotten"])
    values = [(name, _brief(row.get(name))) for name in PAGES.names]
    return hashlib.sha256(repr(values).encode("utf-8", "backslashreplace")).digest()


def page_bytes(row: Row) -> int:
    """What a page counts for a split's 64 MiB, forgotten or not."""
    if "forgotten" in row:
        return int(row["forgotten_bytes"])
    return len(row.get("html") or b"") + len(row.get("text") or "")


def _brief(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def _position(row: Row) -> int:
    """How far into its file a row stands, where its format tells: for the progress bar."""
    return (row.get("warc_record_offset") or 0) + (row.get("warc_record_length") or 0)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
