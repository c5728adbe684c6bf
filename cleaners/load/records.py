"""WARC records: headers, a block of exactly so many bytes, and the proof that it is whole."""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from cleaners.load.members import Damage
from cleaners.load.reader import HEADER_BYTES, MAGIC, Reader
from cleaners.load.rows import quoted

_TYPES = ("warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation")
_DIGESTS = ("sha1", "sha256", "sha512", "md5")
_PROTOCOLS = ("http:", "https:")
_OTHER_SCHEMES = ("dns:", "whois:", "ntp:", "ftp:", "gopher:")  # of responses that are no pages

_warc = StatusAndHeadersParser(["WARC/1.1", "WARC/1.0", "WARC/0.17", "WARC/0.18"])
_http = StatusAndHeadersParser(["HTTP/1.0", "HTTP/1.1"], verify=False)


class Block:
    """A stretch of a record; `left` bytes of it are unread. `head` holds what was read as lines."""

    def __init__(self, reader: Reader, length: int) -> None:
        self.left = length
        self.head = b""
        self._reader = reader

    def readline(self) -> bytes:
        """A line of headers; none at the block's end. Raises Damage."""
        if not self.left:
            return b""
        line = self._reader.line(min(self.left, HEADER_BYTES))
        self.left -= len(line)
        self.head += line
        if len(self.head) >= HEADER_BYTES:
            raise Damage("headers of a record that do not end")
        return line

    def read(self, size: int) -> bytes:
        """So many bytes, or what is left. Raises Damage."""
        self._reader.expect(self.left)
        found = BytesIO()  # which hands its bytes over without a copy
        wanted = min(size, self.left)
        self.left -= wanted
        while wanted:
            wanted -= found.write(self._reader.take(wanted))
        return found.getvalue()

    def skip(self) -> None:
        """Reads on to the block's end. Raises Damage."""
        self._reader.expect(self.left)
        while self.left:
            self.left -= len(self._reader.take(self.left))


@dataclass(frozen=True)
class Record:
    kind: str  # its WARC-Type
    url: str | None
    headers: Any  # warcio's StatusAndHeaders
    http: Any  # the same, of the response; None: it has none
    block: Block
    length: int  # bytes of the block
    offset: int  # where the record starts, among the unpacked bytes

    def __getitem__(self, name: str) -> str | None:
        value: str | None = self.headers.get_header(name)
        return value


def next_record(reader: Reader) -> Record | None:
    """The next record, its headers read; None at the end of the file. Raises Damage."""
    if not reader.begin():
        return None
    offset = reader.tell()
    headers = _parsed(_warc, Block(reader, 2 * HEADER_BYTES))
    declared = headers.get_header("Content-Length") or ""
    if not (declared.isascii() and declared.isdecimal() and len(declared) < 16):
        raise Damage("a record without Content-Length")
    kind, url = headers.get_header("WARC-Type"), _url(headers)
    _plausible(kind, url, reader)
    block = Block(reader, int(declared))
    http = _parsed(_http, block) if kind == "response" and block.left and fetched(url) else None
    return Record(kind, url, headers, http, block, int(declared), offset)


def fetched(url: str | None) -> bool:
    """Whether the URL is one of HTTP."""
    return (url or "").lower().startswith(_PROTOCOLS)


def _url(headers: Any) -> str | None:
    """With spaces escaped, and without the <> of Wget 1.19."""
    url: str | None = headers.get_header("WARC-Target-URI")
    return url and url.removeprefix("<").removesuffix(">").replace(" ", "%20")


def complete(record: Record, reader: Reader, content: bytes | None) -> tuple[int, int] | None:
    """Reads to the record's end, and says where in the file it stands: offset and length in bytes.

    `content` is the block behind its headers, where it was held. None: the record shares its member
    with others. Raises Damage unless the record is proven whole: by its member's checksum, else by
    its digest, else by what follows it.
    """
    record.block.skip()
    end = reader.tell()
    gap, ahead = reader.finish()
    alone = reader.own and not ahead
    matches = None
    if content is not None and not (alone and reader.members.sealed):
        matches = _matches(record["WARC-Block-Digest"], record.block.head, content)
    followed = not ahead or MAGIC.startswith(ahead)
    if matches is False:
        raise Damage("the record does not match its WARC-Block-Digest", here=followed)
    if not followed and not matches and gap != b"\r\n\r\n":
        raise Damage("the record goes on behind its end; is its Content-Length wrong?")
    if reader.members.codec is None:
        return reader.start, end - reader.start
    return (reader.start, reader.members.end - reader.start) if alone else None


def _parsed(parser: StatusAndHeadersParser, block: Block) -> Any:
    try:
        return parser.parse(block)
    except Damage:
        raise
    except (StatusAndHeadersParserException, ArchiveLoadFailed) as error:
        line = getattr(error, "statusline", "").strip()
        raise Damage(f"no WARC record but {quoted(line, 80)}") from error
    except Exception as error:  # a page's bytes decide which: AttributeError, IndexError, ...
        raise Damage("a record with broken headers") from error


def _plausible(kind: str | None, url: str | None, reader: Reader) -> None:
    """Raises Damage for headers that no checksum vouches for, and that would have a page passed over."""
    if kind is None:
        raise Damage("a record without WARC-Type")
    if reader.members.sealed:
        return
    if kind not in _TYPES:
        raise Damage(f"a record of unknown type {quoted(kind, 40)}")
    if kind == "response" and not fetched(url) and not (url or "").lower().startswith(_OTHER_SCHEMES):
        raise Damage(f"a response from {quoted(url or 'nowhere', 80)}")


def _matches(digest: str | None, *block: bytes) -> bool | None:
    """None: there is no digest of a known kind."""
    name, _, value = (digest or "").partition(":")
    name = name.strip().lower().replace("-", "")
    if name not in _DIGESTS:
        return None
    found = hashlib.new(name, usedforsecurity=False)
    for piece in block:
        found.update(piece)
    value = value.strip()
    return value.lower() == found.hexdigest() or value.upper().rstrip("=") == _base32(found.digest())


def _base32(digest: bytes) -> str:
    return base64.b32encode(digest).decode().rstrip("=")
