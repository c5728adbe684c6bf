"""Pages in tar archives, plain or compressed. Nothing is extracted: a member is a stretch of bytes with a name.

tarfile ends without a word at a header that it cannot read; here the next one is looked for.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cleaners.load.codecs import codec_of
from cleaners.load.members import Damage
from cleaners.load.names import member_label, page_format, shown
from cleaners.load.rows import Input, Row, problem, too_large
from cleaners.load.single import page
from cleaners.load.stream import Stream
from cleaners.schema import MAX_PAGE_BYTES

_BLOCK = tarfile.BLOCKSIZE
_MAGIC_AT = 257
_MAGIC = re.compile(rb"ustar[\0 ]")
_SCAN_BYTES = 1 << 16
_EXTENDED_BYTES = 1 << 20  # a larger extended header is passed over
_RETURNS = 8  # to a header whose size was too large, in a compressed file: each reads it from its start
_SAYS_MORE = (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_NO_MEMBER = (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK)


@dataclass
class _Walk:
    """How far the reading is."""

    stream: Stream
    label: str
    start: int = 0  # of the member, or of the stretch, that is being read
    row: Row | None = None  # the page that is being read
    held: Row | None = None  # the page before, until what follows it is seen
    read: tuple[bytes, bytes] = (b"", b"")  # its bytes, and those that fill up its last block
    ended: bool = True  # the archive's end was marked, or a row tells that it is missing
    returns: int = _RETURNS
    said: dict[str, bytes] = field(default_factory=dict)  # by extended headers, of the next member


def read(input: Input) -> Iterator[Row]:
    """One row a page; `offset` is the byte of the unpacked archive at which its header starts."""
    with Path(input.path or "-").open("rb") as file:
        walk = _Walk(Stream(file, codec_of(file, input.label, b"ustar", _MAGIC_AT)), input.label)
        try:
            yield from _rows(walk)
        except Damage as damage:
            if walk.held:
                yield walk.held
            where = f"bytes {walk.start} to the end of the tar archive"
            yield _reject(walk, f"{where}: {damage}", cut=damage.cut)


def _rows(walk: _Walk) -> Iterator[Row]:
    while True:
        walk.start, walk.row = walk.stream.at, None
        head = walk.stream.read(_BLOCK)
        info = _header(head) if head.strip(b"\0") else None
        if walk.held and (info or not head.strip(b"\0")):
            yield walk.held
            walk.held = None
        if not head:
            break
        walk.ended = not head.strip(b"\0") and len(head) == _BLOCK
        if walk.ended:
            continue
        if info is None:
            yield from _lost(walk, head)
        elif row := _extended(walk, info) if info.type in _SAYS_MORE else _member(walk, info, bool(head[482])):
            if "problem" in row:
                yield row
            else:
                walk.held = row
    if not walk.ended:
        yield _reject(walk, f"byte {walk.start}: the archive ends without its end mark; members may be missing")


def _lost(walk: _Walk, head: bytes) -> Iterator[Row]:
    """The row for a stretch without a header, behind which the reading goes. Raises Damage.

    Before it the page above, which has no checksum: bytes were put into it or taken out of it where the next
    header lies off the grid, or inside the page.
    """
    if walk.held:
        for piece in (head, *reversed(walk.read)):
            walk.stream.unread(piece)
    end = _scan(walk.stream)
    held, walk.held = walk.held, None
    if held and (end < walk.start or (end - walk.start) % _BLOCK):
        why = f"bytes {held['offset']}-{min(end, walk.start) - 1}: longer or shorter than its header says"
        held = problem(held, "archive_damaged", why)
    if held:
        yield held
    if end > walk.start:
        yield _reject(walk, f"bytes {walk.start}-{end - 1}: no tar header")


def _header(block: bytes) -> tarfile.TarInfo | None:
    """None: it is damaged, as its checksum tells, or the lack of a name."""
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return None
    return info if info.size >= 0 and info.name else None


def _member(walk: _Walk, info: tarfile.TarInfo, more: bool) -> Row | None:
    """The member's page; None: it is none, and was passed over. Raises Damage.

    `more`: if it is sparse, its map goes on behind the header.
    """
    said: dict[str, bytes] = {}
    if info.type not in _NO_MEMBER:
        said, walk.said = walk.said, {}
    sparse = info.type == tarfile.GNUTYPE_SPARSE or any(name.startswith("GNU.sparse") for name in said)
    regular = sparse or info.isreg() or info.type not in tarfile.SUPPORTED_TYPES
    if not regular and info.type not in _NO_MEMBER:
        return None  # a link, a device, a folder: nothing follows its header
    name = said.get("GNU.sparse.name") or said.get("path") or info.name.encode("utf-8", "surrogateescape")
    form = page_format(shown(name)) if regular else None
    size = int(said["size"]) if said.get("size", b"").isdigit() else info.size
    if form:
        walk.row = {"file_path": member_label(walk.label, shown(name)), "offset": walk.start}
    while info.type == tarfile.GNUTYPE_SPARSE and more:
        block = walk.stream.read(_BLOCK)
        more = len(block) == _BLOCK and bool(block[504])
    content = b""
    if form and size <= MAX_PAGE_BYTES and not sparse:
        content = walk.stream.read(size)
        whole = len(content) == size
    else:
        whole = walk.stream.skip(size)
    if not whole:
        return _cut(walk)
    walk.read = content, walk.stream.read(-size % _BLOCK)
    if not form or walk.row is None:
        return None
    where = f"member at byte {walk.start}"
    if sparse:
        return problem(walk.row, "member_unreadable", f"{where}: a sparse file")
    return too_large(walk.row, where, size) if size > MAX_PAGE_BYTES else page(walk.row, form, content, where)


def _extended(walk: _Walk, info: tarfile.TarInfo) -> Row | None:
    """Reads what is said of the next member: its long name, or fields of POSIX. Raises Damage."""
    if info.size > _EXTENDED_BYTES:
        if not walk.stream.skip(info.size):
            return _cut(walk)
    else:
        data = walk.stream.read(info.size)
        if len(data) < info.size:
            return _cut(walk)
        walk.said |= {"path": data.partition(b"\0")[0]} if info.type == tarfile.GNUTYPE_LONGNAME else _fields(data)
    walk.stream.skip(-info.size % _BLOCK)
    return None


def _fields(data: bytes) -> dict[str, bytes]:
    """The fields of an extended header, `length key=value` each, as far as they can be read."""
    found = {}
    at = 0
    while (space := data.find(b" ", at, at + 12)) > 0 and data[at:space].isdigit():
        end = at + int(data[at:space])
        if end <= space or end > len(data):
            break
        name, _, value = data[space + 1 : end - 1].partition(b"=")
        found[shown(name[:40])] = value
        at = end
    return found


def _cut(walk: _Walk) -> Row:
    """The row for a member inside which the file ends. Its size may be wrong: reading goes on behind its header.

    Raises Damage.
    """
    end = walk.stream.at
    if walk.stream.plain or walk.returns:
        walk.returns -= 1
        walk.stream.go_to(walk.start + _BLOCK)
        end = _scan(walk.stream)
    walk.ended = True
    why = f"bytes {walk.start}-{end - 1}: the archive ends inside this member, or the member's size is wrong"
    return _reject(walk, why, cut=True)


def _scan(stream: Stream) -> int:
    """Goes to the next header, wherever it stands, or to the end: that byte. Raises Damage."""
    window = b""
    while piece := stream.read(_SCAN_BYTES):
        window += piece
        for match in _MAGIC.finditer(window):
            at = match.start() - _MAGIC_AT
            if at >= 0 and at + _BLOCK <= len(window) and _header(window[at : at + _BLOCK]):
                stream.unread(window[at:])
                return stream.at
        window = window[-_BLOCK - _MAGIC_AT :]
    return stream.at


def _reject(walk: _Walk, why: str, cut: bool = False) -> Row:
    row = walk.row or {"file_path": walk.label, "offset": walk.start}
    return problem(row, "record_truncated" if cut and walk.row else "archive_damaged", why)
