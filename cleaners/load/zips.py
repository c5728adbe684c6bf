"""Pages in zip archives, in the order of the directory at the end. Nothing is extracted.

zipfile holds the whole directory, and a million entries fill a gigabyte: here it is read as it is walked.
"""

import re
import stat
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from cleaners.load.names import member_label, page_format
from cleaners.load.resync import find
from cleaners.load.rows import Input, Row, problem
from cleaners.load.single import page
from cleaners.load.zip_entries import LOCAL, BadEntry, Entry, content, local_entry, named, wide

_LISTED, _END, _END_64, _LOCATOR = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LISTED_BYTES, _END_BYTES, _LOCATOR_BYTES = 46, 22, 20
_COMMENT_BYTES = 1 << 16
_MANY = 1 << 16  # entries; some packers write no number above it


class _NoDirectory(Exception):
    """The directory is missing, or breaks off."""


def read(input: Input) -> Iterator[Row]:
    """One row a page; `offset` is the byte of the file at which its entry starts."""
    with Path(input.path or "-").open("rb") as file, Path(input.path or "-").open("rb") as listing:
        try:
            bounds = _bounds(listing, input.size)
        except _NoDirectory as error:
            yield from _without_directory(file, input, str(error))
            return
        for entry in _listed(listing, input.size):
            if row := _listed_row(file, entry, bounds, input.label):
                yield row


def _bounds(listing: BinaryIO, size: int) -> "array[int]":
    """Where entries start, ascending, and then the directory: no entry reaches beyond the next. 8 bytes for each."""
    bounds = array("Q", (entry.start for entry in _listed(listing, size)))
    if any(later < earlier for earlier, later in pairwise(bounds)):
        bounds = array("Q", sorted(bounds))
    bounds.append(_directory(listing, size)[0])
    return bounds


def _listed_row(file: BinaryIO, entry: Entry, bounds: "array[int]", label: str) -> Row | None:
    """The entry's page, or why it cannot be read; None: it is none."""
    kind = stat.S_IFMT(entry.mode)
    after = bisect_right(bounds, entry.start)
    try:
        local, start = local_entry(file, entry.start)
        form = page_format(entry.name) or page_format(local.name)
        if not form or kind == stat.S_IFLNK:
            return None
        if kind not in (0, stat.S_IFREG):
            raise BadEntry("member_unreadable", "no regular file")
        if local.name != entry.name:
            raise BadEntry("archive_damaged", "its header has another name than the directory")
        alone = after < 2 or bounds[after - 2] != entry.start
        if not alone or after == len(bounds) or start + entry.packed > bounds[after]:
            raise BadEntry("archive_damaged", "it overlaps another entry")
        data, _ = content(file, entry, start)
    except BadEntry as error:
        return _reject(entry, error, label)
    return page(_row(entry, label), form, data, f"entry at byte {entry.start}")


def _row(entry: Entry, label: str) -> Row:
    return {"file_path": member_label(label, entry.name), "offset": entry.start}


def _reject(entry: Entry, error: BadEntry, label: str) -> Row:
    return problem(_row(entry, label), error.reason, f"entry at byte {entry.start}: {error}")


def _directory(listing: BinaryIO, size: int) -> tuple[int, int, int, int]:
    """Where the directory starts, its length, and by how much its offsets fall short of the file's, in bytes;
    and the number of its entries, as it says, modulo 65,536.

    Raises _NoDirectory.
    """
    tail_start = max(0, size - _COMMENT_BYTES - _END_BYTES - _LOCATOR_BYTES)
    listing.seek(tail_start)
    tail = listing.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise _NoDirectory("it is missing")
    count, length, start = struct.unpack_from("<10xHII", tail, at)
    end = tail_start + at
    if tail[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR):
        listing.seek(int.from_bytes(tail[at - 12 : at - 4], "little"))
        wide_end = listing.read(56)
        if len(wide_end) < 56 or not wide_end.startswith(_END_64):
            raise _NoDirectory("its end is broken")
        end = listing.tell() - 56
        count, length, start = struct.unpack_from("<32xQQQ", wide_end)
    shift = end - length - start  # what was put in front of the archive
    if shift < 0 or (end and not length):
        raise _NoDirectory("it does not lie where its end says")
    return start + shift, length, shift, count % _MANY


def _listed(listing: BinaryIO, size: int) -> Iterator[Entry]:
    """The entries of the directory. Raises _NoDirectory where it breaks off."""
    place, left, shift, count = _directory(listing, size)
    listing.seek(place)
    met = 0
    while left > 0:
        head = listing.read(_LISTED_BYTES)
        if len(head) < _LISTED_BYTES or not head.startswith(_LISTED):
            raise _NoDirectory(f"it is broken at byte {listing.tell() - len(head)}")
        made_by, flags, method, crc, packed, length, name, extra, comment, attributes, start = struct.unpack(
            "<4xHxxHHxxxxIIIHHHxxxxII", head
        )
        raw, fields = listing.read(name), listing.read(extra)
        listing.read(comment)
        left -= _LISTED_BYTES + name + extra + comment
        met += 1
        length, packed, start = wide(fields, length, packed, start)
        mode = attributes >> 16 if made_by >> 8 == 3 else 0
        yield Entry(named(raw), start + shift, flags, method, crc, packed, length, mode)
    if met % _MANY != count:
        raise _NoDirectory("it holds another number of entries than it says")


def _without_directory(file: BinaryIO, input: Input, why: str) -> Iterator[Row]:
    """Entries as they are met, by their own headers, which know nothing of links."""
    told = (
        f"bytes 0-{max(0, input.size - 1)}: the directory at the end cannot be read: {why}; entries were looked for"
    )
    yield problem({"file_path": input.label, "offset": 0}, "archive_damaged", told)
    pattern = re.compile(re.escape(LOCAL))
    behind = 0
    while (place := find(file, behind, pattern, lambda _: True)) is not None:
        row, behind = _met(file, place, input)
        if row:
            yield row


def _met(file: BinaryIO, place: int, input: Input) -> tuple[Row | None, int]:
    """The page of the entry at this byte, or why it cannot be read, and where to go on."""
    try:
        entry, start = local_entry(file, place)
    except BadEntry:
        return None, place + len(LOCAL)
    form = page_format(entry.name)
    behind = start + entry.packed if start + entry.packed <= input.size else place + len(LOCAL)
    if not form and not entry.sizes_follow:
        return None, behind
    try:
        data, behind = content(file, entry, start)
    except BadEntry as error:
        return _reject(entry, error, input.label) if form else None, place + len(LOCAL)
    return page(_row(entry, input.label), form, data, f"entry at byte {place}") if form else None, behind
