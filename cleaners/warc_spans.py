"""Where each record of a WARC file begins and ends, and what its headers say. Bodies are passed over."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from cleaners.load.codecs import GZIP
from cleaners.load.resync import next_record

_READ_BYTES = 1 << 20
_MOST_HEADER_BYTES = 1 << 20
_BLANKS = b"\r\n"
_RECORD = re.compile(rb"WARC/[01]\.\d+\r?\n[A-Za-z-]{3,40}:")
_HEADERS_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Member:
    """A gzip member, or a plain file as a whole. Positions of content are those in the unpacked file."""

    start: int  # bytes of the file
    end: int
    content_start: int
    content_end: int
    packed: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A record from its first byte to the end of its content; line ends behind it do not count."""

    start: int  # bytes of the unpacked file
    end: int
    headers: dict[str, str]  # names in small letters
    cut: bool = False  # the content is shorter than was told


@dataclass(slots=True)
class Layout:
    """What is learned of a file while it is read."""

    members: list[Member] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)  # stretches that cannot be read


@dataclass(slots=True)
class _Content:
    """The unpacked content, read forward."""

    pieces: Iterator[tuple[bool, bytes]]  # whether a member begins here, and its bytes
    at: int = 0
    buffer: bytes = b""
    begins: bool = False  # the buffer's last piece opens a member

    def more(self) -> bool:
        begins, piece = next(self.pieces, (False, None))
        if piece is None:
            return False
        self.begins = begins
        self.buffer += piece
        return True

    def drop(self, size: int) -> None:
        self.buffer = self.buffer[size:]
        self.at += size


def spans(path: Path, layout: Layout) -> Iterator[Span]:
    """The records of a file in order; `layout` is filled in meanwhile. Raises OSError."""
    content = _Content(_plain(path, layout) if not is_packed(path) else _unpacked(path, layout))
    last: Span | None = None
    while True:
        while not content.buffer or content.buffer[0] in _BLANKS:
            content.drop(len(content.buffer) - len(content.buffer.lstrip(_BLANKS)))
            if not content.buffer and not content.more():
                if last:
                    yield last
                return
        if _to_record(content) and last:  # the record before goes on behind its end
            last = replace(last, end=content.at, cut=True)
        if last:
            yield last
        last = _record(content) if content.buffer else None


def is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(GZIP.magic)) == GZIP.magic


def _to_record(content: _Content) -> int:
    """Goes on to where a record begins; how many bytes that is."""
    passed = 0
    while not (found := _RECORD.search(content.buffer)):
        if len(content.buffer) > 512:
            passed += len(content.buffer) - 256
            content.drop(len(content.buffer) - 256)
        if not content.more():
            passed += len(content.buffer)
            content.drop(len(content.buffer))
            return passed
    content.drop(found.start())
    return passed + found.start()


def _record(content: _Content) -> Span:
    """The record that begins here. Its content is read over."""
    start = content.at
    while not (end := _HEADERS_END.search(content.buffer)):
        if len(content.buffer) > _MOST_HEADER_BYTES or not content.more():
            break
    head = content.buffer[: end.end() if end else len(content.buffer)]
    headers = _parsed(head)
    content.drop(len(head))
    declared = headers.get("content-length", "")
    left = int(declared) if declared.isascii() and declared.isdecimal() else 0
    while left:
        if not content.buffer and (not content.more() or (content.begins and _RECORD.match(content.buffer))):
            return Span(start, content.at, headers, cut=True)
        taken = min(left, len(content.buffer))
        content.drop(taken)
        left -= taken
    return Span(start, content.at, headers, cut=end is None)


def _parsed(head: bytes) -> dict[str, str]:
    lines = re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "replace")).splitlines()[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _plain(path: Path, layout: Layout) -> Iterator[tuple[bool, bytes]]:
    size = path.stat().st_size
    layout.members.append(Member(0, size, 0, size, packed=False))
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            yield False, piece


def _unpacked(path: Path, layout: Layout) -> Iterator[tuple[bool, bytes]]:
    """Member by member. Behind one that is damaged, reading goes on where a member opens with a record."""
    position = 0
    start: int | None = 0
    with path.open("rb") as file:
        while start is not None and start < path.stat().st_size:
            file.seek(start)
            content_start, begins = position, True
            unpacker, waiting = zlib.decompressobj(31), b""
            try:
                while not unpacker.eof and (waiting := waiting or file.read(_READ_BYTES)):
                    piece = unpacker.decompress(waiting, _READ_BYTES)
                    waiting = unpacker.unconsumed_tail
                    position += len(piece)
                    if piece:
                        yield begins, piece
                        begins = False
                if not unpacker.eof and (piece := unpacker.flush()):
                    position += len(piece)
                    yield begins, piece
            except zlib.error as error:
                layout.damage.append(f"byte {start}: {error}")
                start = next_record(file, start + 1, GZIP)
                continue
            end = file.tell() - len(unpacker.unused_data)
            layout.members.append(Member(start, end, content_start, position, packed=True))
            start = end
