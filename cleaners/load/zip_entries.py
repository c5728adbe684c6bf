"""Entries of zip archives: their headers, and their content, unpacked up to a page's cap and checked."""

import bz2
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from cleaners.load.codecs import ERRORS, Decompressor, Inflate, unzstd
from cleaners.load.names import shown
from cleaners.schema import MAX_PAGE_BYTES

LOCAL = b"PK\x03\x04"
LOCAL_BYTES = 30
_DESCRIPTOR = b"PK\x07\x08"
_READ_BYTES = 1 << 16
_UNKNOWN = 0xFFFFFFFF  # the field's value is in the zip64 field
_METHODS: dict[int, Callable[[], Decompressor]] = {
    8: lambda: Inflate(-15),
    12: bz2.BZ2Decompressor,
    93: unzstd,
}


class BadEntry(Exception):
    """An entry that cannot be read. `reason` is one of REASONS."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True)
class Entry:
    """What a header says. Sizes in bytes."""

    name: str
    start: int  # byte of the file at which its local header stands
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int = 0  # of Unix, where it is known

    @property
    def sizes_follow(self) -> bool:
        """They stand behind the content; in a local header only."""
        return bool(self.flags & 8) and not self.packed


def named(raw: bytes) -> str:
    """An entry's name. Some packers of Windows write backslashes."""
    return shown(raw.replace(b"\\", b"/"))


def local_entry(file: BinaryIO, start: int) -> tuple[Entry, int]:
    """The entry whose local header is at this byte, and the byte at which its content starts. Raises BadEntry."""
    file.seek(start)
    head = file.read(LOCAL_BYTES)
    if len(head) < LOCAL_BYTES or not head.startswith(LOCAL):
        raise BadEntry("archive_damaged", "no header of an entry")
    flags, method, _, crc, packed, size, name, extra = struct.unpack("<6xHHIIIIHH", head)
    raw, fields = file.read(name), file.read(extra)
    size, packed = wide(fields, size, packed)
    return Entry(named(raw), start, flags, method, crc, packed, size), start + LOCAL_BYTES + name + extra


def wide(fields: bytes, *values: int) -> tuple[int, ...]:
    """The values, those which need more than 32 bits from the zip64 field."""
    data, at = b"", 0
    while at + 4 <= len(fields):
        kind, length = struct.unpack_from("<HH", fields, at)
        if kind == 1:
            data = fields[at + 4 : at + 4 + length]
        at += 4 + length
    found = []
    for value in values:
        if value == _UNKNOWN and len(data) >= 8:
            value, data = int.from_bytes(data[:8], "little"), data[8:]
        found.append(value)
    return tuple(found)


def content(file: BinaryIO, entry: Entry, start: int) -> tuple[bytes, int]:
    """The entry's content, checked, and the byte of the file at which it ends. Raises BadEntry."""
    if entry.flags & 0x41:
        raise BadEntry("member_unreadable", "encrypted")
    if entry.method and entry.method not in _METHODS:
        raise BadEntry("member_unreadable", f"compression method {entry.method} is not known")
    if entry.size > MAX_PAGE_BYTES:
        raise BadEntry("too_large", f"{entry.size:,} bytes, and the cap is {MAX_PAGE_BYTES:,}")
    if entry.sizes_follow and not entry.method:
        raise BadEntry("archive_damaged", "stored, and its size is not known")
    file.seek(start)
    if entry.method:
        data, end = _unpacked(file, entry, start)
    else:
        data, end = file.read(min(entry.packed, MAX_PAGE_BYTES + 1)), start + entry.packed
        if len(data) < entry.packed <= MAX_PAGE_BYTES:
            raise BadEntry("record_truncated", "the file ends inside it")
    crc, size = _followed(file, end) if entry.sizes_follow else (entry.crc, entry.size)
    if size not in (None, len(data)):
        raise BadEntry("archive_damaged", f"{len(data):,} bytes unpacked; its header says {size:,}")
    if zlib.crc32(data) != crc:
        raise BadEntry("archive_damaged", "wrong checksum")
    return data, end


def _unpacked(file: BinaryIO, entry: Entry, start: int) -> tuple[bytes, int]:
    member = _METHODS[entry.method]()
    # one byte more than the header says is enough to see that it lies
    most = (MAX_PAGE_BYTES if entry.sizes_follow else entry.size) + 1
    pieces, found, fed = [], 0, 0
    left = 1 << 62 if entry.sizes_follow else entry.packed
    try:
        while not member.eof and found < most:
            packed = file.read(min(_READ_BYTES, left - fed)) if member.needs_input else b""
            if member.needs_input and not packed:
                raise BadEntry("record_truncated", "its data end too early")
            fed += len(packed)
            pieces.append(member.decompress(packed, most - found))
            found += len(pieces[-1])
    except ERRORS as error:
        raise BadEntry("archive_damaged", str(error)) from error
    if found > MAX_PAGE_BYTES:
        raise BadEntry("too_large", f"more than {MAX_PAGE_BYTES:,} bytes")
    return b"".join(pieces), start + fed - len(member.unused_data)


def _followed(file: BinaryIO, end: int) -> tuple[int, int | None]:
    """Checksum and size behind the content; a size of 64 bits is not told apart, and is None."""
    file.seek(end)
    descriptor = file.read(16).removeprefix(_DESCRIPTOR)
    return int.from_bytes(descriptor[:4], "little"), None
