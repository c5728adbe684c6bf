"""HTTP bodies as they stand in an archive, decoded: at most one page's cap of memory, whatever they claim.

Not by pyarrow, whose streams (26.0) lose the memory of a read that fails: 16 MiB of address space a broken body.
"""

import io
from collections.abc import Callable

import brotli
from warcio.bufferedreaders import ChunkedDataReader

from cleaners.load.codecs import ERRORS, Decompressor, Inflate, unzstd
from cleaners.schema import MAX_PAGE_BYTES

_ENDS_EARLY = "the stream ends too early"


class BrokenBody(Exception):
    """A content encoding breaks off, or holds an error."""


class _Brotli:
    """Brotli in the shape of the other decompressors."""

    unused_data = b""

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._brotli.is_finished())

    @property
    def needs_input(self) -> bool:
        return bool(self._brotli.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int) -> bytes:
        unpacked: bytes = self._brotli.process(data, output_buffer_limit=max_length)
        return unpacked


_CODECS: dict[str, Callable[[], Decompressor]] = {
    "gzip": Inflate,
    "x-gzip": Inflate,
    "deflate": lambda: Inflate(15),
    "br": _Brotli,
    "zstd": unzstd,
}


def decode(raw: bytes, transfer_encoding: str, content_encoding: str) -> bytes:
    """The body without its transfer and content encodings; more than the cap's bytes where it is larger.

    Bodies that are not encoded, though the headers say so, are given as they are: many crawlers store
    decoded bodies under the headers as received. Raises BrokenBody.
    """
    if transfer_encoding.strip().lower() == "chunked":
        raw = ChunkedDataReader(io.BytesIO(raw)).read(MAX_PAGE_BYTES + 1)
    name = content_encoding.strip().lower()
    if not raw or name not in _CODECS:
        return raw
    try:
        return _decompressed(raw, _CODECS[name])
    except (*ERRORS, brotli.error) as error:
        if raw.lstrip(b"\xef\xbb\xbf\t\r\n ").startswith(b"<"):
            return raw
        broken = BrokenBody(f"Content-Encoding {name}: {error}")
    if name == "deflate":  # some servers send it without the zlib wrapper
        try:
            return _decompressed(raw, lambda: Inflate(-15))
        except ERRORS as error:
            broken = BrokenBody(f"Content-Encoding deflate: {error}")
    raise broken


def _decompressed(raw: bytes, new: Callable[[], Decompressor]) -> bytes:
    """All members, one behind the other; what follows the last and is none is left out. Raises one of ERRORS."""
    data = b""
    while raw and len(data) <= MAX_PAGE_BYTES:
        member = new()
        try:
            data += _member(raw, member, MAX_PAGE_BYTES + 1 - len(data))
        except (*ERRORS, brotli.error):
            if data:
                break
            raise
        raw = member.unused_data
    return data


def _member(raw: bytes, member: Decompressor, most: int) -> bytes:
    """At most about `most` bytes. Raises EOFError where the member is cut."""
    data = member.decompress(raw, most)
    while len(data) < most and not member.eof:
        if member.needs_input:
            raise EOFError(_ENDS_EARLY)
        data += member.decompress(b"", most - len(data))
    return data
