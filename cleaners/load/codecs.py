"""Compressed formats behind one shape of decompressor: the one that bz2, lzma and zstd share."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What a decompressor raises for bytes that it cannot read.
ERRORS = (zlib.error, zstd.ZstdError, lzma.LZMAError, EOFError, OSError, ValueError)

_WINDOW_LOG = 26  # zstd: 64 MiB of memory, enough for all levels but the last, --ultra -22
_XZ_BYTES = 72 << 20  # xz: enough for level 9
_DICTIONARY_BYTES = 16 << 20
_SKIPPABLE = 0x184D2A50  # zstd: and the 15 above; a dictionary for WARC is in frame 0x184D2A5D
_DICTIONARY = 0x184D2A5D


class Decompressor(Protocol):
    """One member. `decompress` may be called with nothing, as long as no input is needed."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Inflate:
    """zlib in the shape of the others. `wbits` as zlib takes it: 31 gzip, -15 bare deflate."""

    def __init__(self, wbits: int = 31) -> None:
        self._zlib = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        tail = self._zlib.unconsumed_tail
        unpacked = self._zlib.decompress(tail + data if tail else data, max_length)
        self.needs_input = len(unpacked) < max_length and not self._zlib.unconsumed_tail
        return unpacked


@dataclass(frozen=True)
class Codec:
    """How a file is compressed: as members, one behind the other."""

    member: str  # what messages call one
    magic: bytes
    new: Callable[[], Decompressor]

    def sealed(self, head: bytes) -> bool:
        """Whether the member with these first bytes ends in a checksum."""
        return self.magic != ZSTD.magic or (len(head) > 4 and bool(head[4] & 4))


def unzstd(dictionary: zstd.ZstdDict | None = None) -> Decompressor:
    """A decompressor for one zstd frame, with a bound on its memory."""
    return zstd.ZstdDecompressor(dictionary, {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


GZIP = Codec("gzip member", b"\x1f\x8b\x08", Inflate)
ZSTD = Codec("zstd frame", b"\x28\xb5\x2f\xfd", unzstd)
BZIP2 = Codec("bzip2 stream", b"BZh", bz2.BZ2Decompressor)
XZ = Codec("xz stream", b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_BYTES))

_BY_SUFFIX = {".gz": GZIP, ".tgz": GZIP, ".zst": ZSTD, ".bz2": BZIP2, ".xz": XZ}


def codec_of(file: BinaryIO, name: str, plain: bytes, at: int = 0) -> Codec | None:
    """How the file is compressed, by its first bytes, or where they are damaged by its name; None: it is not.

    `plain` is what stands at byte `at` if it is not compressed. A file in zstd may carry its own dictionary.
    """
    head = file.read(512)
    file.seek(0)
    if head[at:].startswith(plain):
        return None
    found = next((codec for codec in (GZIP, ZSTD, BZIP2, XZ) if head.startswith(codec.magic)), None)
    if skippable(head) is not None:
        found = ZSTD
    found = found or next((codec for suffix, codec in _BY_SUFFIX.items() if name.lower().endswith(suffix)), None)
    if found is ZSTD and int.from_bytes(head[:4], "little") == _DICTIONARY:
        return _with_dictionary(file)
    return found


def skippable(head: bytes) -> int | None:
    """Length in bytes of the skippable zstd frame that begins so, its header included; None: it is none."""
    if len(head) < 8 or int.from_bytes(head[:4], "little") & ~0xF != _SKIPPABLE:
        return None
    return 8 + int.from_bytes(head[4:8], "little")


def _with_dictionary(file: BinaryIO) -> Codec:
    """zstd with the dictionary at the start of the file, which may be compressed itself."""
    size = int.from_bytes(file.read(8)[4:], "little")
    content = file.read(min(size, _DICTIONARY_BYTES))
    file.seek(0)
    try:
        if content.startswith(ZSTD.magic):
            content = unzstd().decompress(content, _DICTIONARY_BYTES)
        dictionary = zstd.ZstdDict(content)
    except ERRORS:
        return ZSTD  # it is damaged: frames that need it will say so
    return Codec(ZSTD.member, ZSTD.magic, lambda: unzstd(dictionary))
