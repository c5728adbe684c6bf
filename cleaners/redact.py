"""Pages out of raw WARC files, while all others keep their places.

What stands in the place of a record has its length: in a plain file byte for byte, and in a compressed one both
unpacked and packed, so that offsets in CDX indexes and datasets stay true. It is a `metadata` record of no address,
filled up with spaces. For a page it brings what a split's digest and cut need: see `splits.row_digest`.
"""

import shutil
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from cleaners import storage
from cleaners.errors import StorageError
from cleaners.load import Columns, Input, Row, read
from cleaners.splits import page_bytes, row_digest
from cleaners.warc_spans import Layout, Member, Span, spans

_READ_BYTES = 1 << 20
_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"  # of deflate: it adds five bytes to what is packed, and none to the content
_HEADER, _COMMENT = b"\x1f\x8b\x08%c\x00\x00\x00\x00\x02\xff", 0x10
_PAGES = ("response", "resource")
Covers = Callable[[str | None], bool]


class _TooLarge(Exception):
    """A member cannot be packed into the bytes that it had."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was done to one file."""

    records: int
    damage: list[str]  # stretches that cannot be read: what stands there is not known


def redact(entry: Input, covers: Covers, *, dry_run: bool = False) -> Redacted:
    """Overwrite each record of a WARC file whose address is covered. The file is replaced whole, or not at all.

    `entry`: the file under the label that the dataset knows it by. Raises StorageError, also for a record that is
    too small for what has to stand in its place.
    """
    path = Path(entry.path or "").resolve()  # a link stays one
    layout = Layout()
    found = [span for span in spans(path, layout) if _is_covered(span, covers)]
    found = [span for span in found if _member_of(span, layout.members)]
    if dry_run or not found:
        return Redacted(len(found), layout.damage)
    pages = _pages(entry, covers)
    marks = [_mark(span, pages, _member_of(span, layout.members)) for span in found]
    if pages:
        raise StorageError(
            f"{path}: no record was found for {len(pages)} of its pages; the file was not changed",
            "please report this",
        )
    for identified in (True, False):
        overlay = [
            (span.start, _placeholder(path, span, mark, identified)) for span, mark in zip(found, marks, strict=True)
        ]
        try:
            with storage.told(path):
                _replace(path, layout.members, overlay)
            break
        except _TooLarge as error:  # two lines less may be enough
            if not identified:
                raise StorageError(
                    f"{path}: {error}; the file was not changed",
                    "pack the file anew with one record a member, and clean it with --refresh",
                ) from None
    return Redacted(len(found), layout.damage)


def _is_covered(span: Span, covers: Covers) -> bool:
    """By its own address, or by that of the page which it repeats."""
    for name in ("warc-target-uri", "warc-refers-to-target-uri"):
        uri = span.headers.get(name, "").strip("<>")
        if covers(uri) or (uri.startswith("dns:") and covers(f"//{uri[4:]}")):
            return True
    return False


def _pages(entry: Input, covers: Covers) -> list[Row]:
    """What the loader makes of covered pages, without their content."""
    return [
        {
            "id": row.get("id"),
            "offset": row.get("warc_record_offset"),
            "mark": (row_digest(row).hex(), page_bytes(row)),
        }
        for row in read(entry, Columns())
        if row.get("problem") != "archive_damaged"
        and "forgotten" not in row
        and covers((row.get("url") or "").strip("<>"))
    ]


def _mark(span: Span, pages: list[Row], member: Member | None) -> tuple[str, int] | None:
    """What has to be kept of a record that is a page, which is the next one of `pages`. None: it is no page."""
    if not pages or span.headers.get("warc-type") not in _PAGES:
        return None
    page = pages[0]
    if page["id"] != (span.headers.get("warc-record-id") or None):
        return None
    if page["offset"] not in (None, member.start if member and member.packed else span.start):
        return None
    mark: tuple[str, int] = pages.pop(0)["mark"]
    return mark


def _placeholder(path: Path, span: Span, mark: tuple[str, int] | None, identified: bool) -> bytes:
    """A record of the span's length. It keeps id and date, where there is room: other records may refer to it."""
    record_id = span.headers.get("warc-record-id", "<urn:uuid:00000000-0000-0000-0000-000000000000>")
    date = span.headers.get("warc-date", "1970-01-01T00:00:00Z")
    forgotten = (
        f"Winnow-Forgotten: {mark[0]}\r\nWinnow-Forgotten-Bytes: {mark[1]}" if mark else "Winnow-Forgotten: none"
    )
    closing = b"\r\n\r\n" if span.cut else b""
    identity = f"WARC-Record-ID: {record_id}\r\nWARC-Date: {date}\r\n"
    for lines in (identity, "") if identified else ("",):
        head = f"WARC/1.0\r\nWARC-Type: metadata\r\n{lines}{forgotten}\r\nContent-Length:".encode()
        room = span.end - span.start - len(head) - len(b"\r\n\r\n") - len(closing)
        for size in range(max(0, room - 20), room):
            digits = b"%d" % size
            blanks = room - size - len(digits)
            if 0 < blanks <= 2:
                return b"%s%s%s\r\n\r\n%s%s" % (head, b" " * blanks, digits, b" " * size, closing)
    raise StorageError(
        f"{path}: the record at byte {span.start} (unpacked) has {span.end - span.start} bytes, too few for what has"
        " to stand in its place; the file was not changed",
        "delete the file, or cut the record out of it",
    )


def _member_of(span: Span, members: list[Member]) -> Member | None:
    """The member that a record begins in; None where it is damaged."""
    place = bisect_right(members, span.start, key=lambda member: member.content_start) - 1
    return members[place] if place >= 0 and span.start < members[place].content_end else None


def _replace(path: Path, members: list[Member], overlay: list[tuple[int, bytes]]) -> None:
    temporary = path.with_name(f"{storage.TEMPORARY}{path.name}")
    try:
        with path.open("rb") as source, temporary.open("wb") as target:
            for member in members:
                within = [
                    (start, content)
                    for start, content in overlay
                    if start < member.content_end and start + len(content) > member.content_start
                ]
                if not within:
                    continue
                _copy(source, target, member.start - target.tell())
                if member.packed:
                    _repack(source, target, member, within)
                else:
                    _overwrite(source, target, within)
            _copy(source, target, path.stat().st_size - target.tell())
        shutil.copymode(path, temporary)
        if temporary.stat().st_size != path.stat().st_size:
            raise OSError(f"{temporary} does not hold what was written to it")
        storage.sync(temporary)
        storage.rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    storage.sync_folder(path.parent)


def _overwrite(source: IO[bytes], target: IO[bytes], overlay: list[tuple[int, bytes]]) -> None:
    for start, content in overlay:
        _copy(source, target, start - target.tell())
        target.write(content)
        source.seek(target.tell())


def _repack(source: IO[bytes], target: IO[bytes], member: Member, overlay: list[tuple[int, bytes]]) -> None:
    """The member with its covered records overwritten, in as many bytes as before."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    checksum = length = 0
    with SpooledTemporaryFile(max_size=_READ_BYTES) as packed:
        for piece in _overlaid(_unpacked(source, member), member.content_start, overlay):
            checksum, length = zlib.crc32(piece, checksum), length + len(piece)
            packed.write(packer.compress(piece))
        packed.write(packer.flush())
        room = member.end - member.start - len(_HEADER % 0) - packed.tell() - 8
        if room < 0:
            raise _TooLarge(
                f"the member at byte {member.start} does not fit into its {member.end - member.start} bytes any more"
            )
        blocks, comment = divmod(room, len(_EMPTY_BLOCK))
        target.write(_HEADER % (_COMMENT if comment else 0))
        target.write(b" " * (comment - 1) + b"\0" if comment else b"")
        while blocks:
            count = min(blocks, _READ_BYTES)
            target.write(_EMPTY_BLOCK * count)
            blocks -= count
        packed.seek(0)
        shutil.copyfileobj(packed, target)
        target.write(checksum.to_bytes(4, "little") + (length % 2**32).to_bytes(4, "little"))
    source.seek(member.end)


def _unpacked(source: IO[bytes], member: Member) -> Iterator[bytes]:
    source.seek(member.start)
    unpacker = zlib.decompressobj(31)
    left = member.end - member.start
    while left and not unpacker.eof:
        packed = source.read(min(left, _READ_BYTES))
        left -= len(packed)
        while packed:
            yield unpacker.decompress(packed, _READ_BYTES)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()


def _overlaid(pieces: Iterator[bytes], position: int, overlay: list[tuple[int, bytes]]) -> Iterator[bytes]:
    """Pieces of content from `position` on, with what is to stand over them."""
    for piece in pieces:
        end = position + len(piece)
        for start, content in overlay:
            first, last = max(start, position), min(start + len(content), end)
            if first < last:
                cover = content[first - start : last - start]
                piece = piece[: first - position] + cover + piece[last - position :]
        yield piece
        position = end


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size:
        piece = source.read(min(size, _READ_BYTES))
        if not piece:
            raise OSError(f"{source.name} ends before its end")
        target.write(piece)
        size -= len(piece)
