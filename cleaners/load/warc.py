"""WARC archives: the HTML pages in their response and resource records."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed

from cleaners.load.bodies import BrokenBody, decode
from cleaners.load.members import Damage, Members
from cleaners.load.rows import Input, Row, problem, quoted, too_large, utc
from cleaners.schema import MAX_PAGE_BYTES

_HTML = ("text/html", "application/xhtml+xml")
_HEADER_BYTES = 1 << 20
_READ_BYTES = 1 << 16
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE)

# It warns of spaces in URLs, printing them as they are, control characters and all.
logging.getLogger("warcio").setLevel(logging.ERROR)


def read(input: Input) -> Iterator[Row]:
    """One row a page, and one where the archive ends too early or cannot be read on.

    Pages are `response` records with status 2xx and `resource` records, of type HTML or, for
    responses, of no type. `offset` is the byte of the file at which the record starts.
    """
    with Path(input.path or "-").open("rb") as file:
        members = Members(file)
        archive = WARCIterator(members)
        archive.reader.set_decomp(None)  # the bytes are plain by now
        archive.INC_RECORD = ""  # a message that warcio prints; `err_count` tells the same
        try:
            while record := _record(archive, members):
                yield from _pages(archive, record, members, input.label)
        except Damage as damage:
            row = {"file_path": input.label, "offset": damage.start}
            yield problem(row, "archive_damaged", str(damage))
        except _Told:
            pass


class _Told(Exception):
    """The archive cannot be read on, and the last page's row says so."""


def _record(archive: Any, members: Members) -> Any:
    """The next record, its headers read; None at the end. Raises Damage."""
    members.allowance = _HEADER_BYTES
    try:
        record = next(archive)
    except StopIteration:
        if archive.offset == members.tell():
            return None
        start = members.start(archive.offset)
        raise Damage(start, f"byte {start}: the file ends inside a record's headers") from None
    except (Damage, OSError):
        raise
    except Exception as error:  # a page's bytes decide which: AttributeError, IndexError, ...
        start = members.start(archive.offset)
        line = str(error).partition("first line: ")[2].strip() if isinstance(error, ArchiveLoadFailed) else ""
        found = f"no WARC record but {quoted(line, 80)}" if line else "a record with broken headers"
        raise Damage(start, f"byte {start}: {found}") from error
    if record.length is None:
        start = members.start(archive.offset)
        raise Damage(start, f"byte {start}: a record without Content-Length")
    return record


def _pages(archive: Any, record: Any, members: Members, label: str) -> Iterator[Row]:
    """The record's page, if it is one. Raises Damage, or _Told, where the archive cannot be read on."""
    position, start = archive.offset, members.start(archive.offset)
    is_page = _is_page(record)
    raw, damage = _read_through(archive, record, members, MAX_PAGE_BYTES + 1 if is_page else 0)
    short = record.raw_stream.limit > 0
    if short and not damage:
        damage = Damage(start, f"record at byte {start}: the file ends inside it", sound=True)
    hurt = damage if damage and damage.start <= start and (short or not damage.sound) else None
    length = archive.member_info[1] if archive.member_info else None
    place = members.record_bytes(position, length)
    if is_page:
        row = _known(record, label) | _place(position, place)
        if hurt:
            yield problem(row, "record_truncated" if hurt.sound else "archive_damaged", str(hurt))
            raise _Told
        yield _with_content(row, record, raw)
    if damage:
        told = is_page and damage.start <= start  # the offset is the page's: the damage is behind it
        raise Damage(members.end if told else damage.start, str(damage))


def _read_through(archive: Any, record: Any, members: Members, wanted: int) -> tuple[bytes, Damage | None]:
    """At most `wanted` bytes of the record's body; reading goes on to the next record, or to the damage."""
    members.allowance = None
    raw, errors = b"", archive.err_count
    try:
        raw = record.raw_stream.read(wanted)
        while record.raw_stream.read(_READ_BYTES):
            pass
        members.allowance = _HEADER_BYTES
        archive.read_to_end()
    except Damage as damage:
        return raw, damage
    if archive.err_count > errors:
        start = members.start(archive.offset)
        why = f"byte {start}: the record before goes on behind its end; is its Content-Length wrong?"
        return raw, Damage(start, why, sound=True)
    return raw, None


def _is_page(record: Any) -> bool:
    if record.rec_type == "resource":
        return _media_type(record.content_type) in _HTML
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type != "response" or not url.lower().startswith(("http:", "https:")):
        return False
    if record.http_headers is None:  # a response of no bytes
        return True
    if _path(url) == "/robots.txt":
        return False
    status = _status(record)
    media_type = _media_type(record.http_headers.get_header("Content-Type"))
    return (status is None or 200 <= status < 300) and media_type in ("", *_HTML)


def _known(record: Any, label: str) -> Row:
    """What the headers say of the page."""
    headers, http = record.rec_headers, record.http_headers
    declared = http.get_header("Content-Type") if http else record.content_type
    charset = _CHARSET.search(declared or "")
    return {
        "id": headers.get_header("WARC-Record-ID"),
        "url": headers.get_header("WARC-Target-URI"),
        "date": utc(headers.get_header("WARC-Date")),
        "file_path": label,
        "charset": charset[1] if charset else None,
        "fetch_status": _status(record),
        "warc_filename": label,
    }


def _place(position: int, place: tuple[int, int | None] | None) -> Row:
    if place is None:  # it can only be reached by decompressing what stands before it
        return {"offset": position}
    offset, length = place
    return {"offset": offset, "warc_record_offset": offset, "warc_record_length": length}


def _with_content(row: Row, record: Any, raw: bytes) -> Row:
    """The row with the decoded page, or with why there is none."""
    where = f"record at byte {row['offset']}"
    http = record.http_headers
    if http is None:
        return too_large(row, where) if len(raw) > MAX_PAGE_BYTES else row | {"html": raw}
    stored, declared = record.payload_length, http.get_header("Content-Length") or ""
    cut_on_purpose = record.rec_headers.get_header("WARC-Truncated")
    chunked = http.get_header("Transfer-Encoding") or ""
    if not chunked and not cut_on_purpose and declared.isdecimal() and stored < int(declared):
        why = f"{where}: {stored:,} bytes of a body of {int(declared):,}"
        return problem(row, "record_truncated", why)
    if len(raw) > MAX_PAGE_BYTES:
        return too_large(row, where)
    try:
        html = decode(raw, chunked, http.get_header("Content-Encoding") or "")
    except BrokenBody as error:
        return problem(row, "record_truncated", f"{where}: {quoted(str(error))[1:-1]}")
    return too_large(row, where) if len(html) > MAX_PAGE_BYTES else row | {"html": html}


def _status(record: Any) -> int | None:
    code = record.http_headers.get_statuscode() if record.http_headers else ""
    return int(code) if re.fullmatch("[1-9][0-9]{2}", code) else None


def _media_type(declared: str | None) -> str:
    return (declared or "").partition(";")[0].strip().lower()


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # "http://[broken"
        return ""
