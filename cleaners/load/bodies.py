"""HTTP bodies as they stand in an archive, decoded: at most one page's cap of memory, whatever they claim."""

import io
import zlib

import pyarrow as pa
from warcio.bufferedreaders import ChunkedDataReader

from cleaners.schema import MAX_PAGE_BYTES

_CODECS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "gzip", "br": "brotli", "zstd": "zstd"}


class BrokenBody(Exception):
    """A content encoding breaks off, or holds an error."""


def decode(raw: bytes, transfer_encoding: str, content_encoding: str) -> bytes:
    """The body without its transfer and content encodings; one byte above the cap where it is larger.

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
    except OSError as error:
        if raw.lstrip(b"\xef\xbb\xbf\t\r\n ").startswith(b"<"):
            return raw
        if name == "deflate":
            return _deflated(raw)
        raise BrokenBody(f"Content-Encoding {name}: {error}") from error


def _decompressed(raw: bytes, codec: str) -> bytes:
    # pyarrow's streams stop where they are told to; warcio's readers inflate a bomb whole
    data: bytes = pa.CompressedInputStream(pa.BufferReader(raw), codec).read(MAX_PAGE_BYTES + 1)
    return data


def _deflated(raw: bytes) -> bytes:
    """Deflate without the zlib wrapper, which some servers send."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflate.decompress(raw, MAX_PAGE_BYTES + 1)
    except zlib.error as error:
        raise BrokenBody(f"Content-Encoding deflate: {error}") from error
    if not inflate.eof and len(data) <= MAX_PAGE_BYTES:
        raise BrokenBody("Content-Encoding deflate: the stream ends too early")
    return data
