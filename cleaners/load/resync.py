"""Where an archive can be read again behind damage: the next byte at which a WARC record begins for certain."""

import re
from collections.abc import Callable
from typing import BinaryIO

from cleaners.load.codecs import ERRORS, Codec

_SCAN_BYTES = 1 << 16
_OVERLAP_BYTES = 256
_PROBE_BYTES = (1 << 11, 1 << 18)  # the second for what is slow to begin: a block of zstd, a long name in gzip

# Not only at the start of a line: the line before may be what is damaged.
_RECORD = re.compile(rb"WARC/(?:1\.[01]|0\.1[78])\r?\n[A-Za-z-]{3,40}:")


def next_record(file: BinaryIO, place: int, codec: Codec | None) -> int | None:
    """The first byte of the file from `place` on at which a record, or a member that opens with one, begins."""
    if codec is None:
        return find(file, place, _RECORD, lambda _: True)
    return find(file, place, re.compile(re.escape(codec.magic)), lambda found: _opens_record(file, found, codec))


def find(file: BinaryIO, place: int, pattern: re.Pattern[bytes], fits: Callable[[int], bool]) -> int | None:
    """The first byte of the file from `place` on where the pattern matches, at most 256 bytes, and `fits` agrees."""
    window, start = b"", place
    while True:
        file.seek(start + len(window))
        piece = file.read(_SCAN_BYTES)
        if not piece:
            return None
        window += piece
        for match in pattern.finditer(window):
            if fits(start + match.start()):
                return start + match.start()
        start += max(0, len(window) - _OVERLAP_BYTES)
        window = window[-_OVERLAP_BYTES:]


def _opens_record(file: BinaryIO, place: int, codec: Codec) -> bool:
    """Whether the bytes at this place unpack to the start of a record: magic bytes alone also stand in other data."""
    for size in _PROBE_BYTES:
        file.seek(place)
        packed = file.read(size)
        member = codec.new()
        try:
            opening = member.decompress(packed, 7)
        except ERRORS:
            return False
        if len(opening) == 7 or member.eof or len(packed) < size:
            return opening.startswith((b"WARC/1.", b"WARC/0."))
    return False
