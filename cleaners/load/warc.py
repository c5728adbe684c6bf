"""WARC archives: the HTML pages in their response and resource records."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cleaners.load import wet
from cleaners.load.bodies import BrokenBody, decode
from cleaners.load.codecs import codec_of
from cleaners.load.members import Damage, Members
from cleaners.load.reader import MAGIC, Reader
from cleaners.load.records import Record, complete, fetched, next_record
from cleaners.load.rows import Input, Row, problem, quoted, too_large, utc
from cleaners.schema import MAX_PAGE_BYTES

_HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE)


def read(input: Input) -> Iterator[Row]:
    """One row a page, and one a stretch of the file that cannot be read; reading goes on behind it.

    Pages are `response` records with status 2xx and `resource` records, of type HTML or, for
    responses, of no type; in WET files also `conversion` records of plain text. `offset` is the byte
    of the file at which the record starts.
    """
    with Path(input.path or "-").open("rb") as file:
        reader = Reader(file, Members(file, codec_of(file, input.label, MAGIC)))
        text_too = input.format == "wet"
        while True:
            record = None
            try:
                record = next_record(reader)
                if record is None:
                    return
                row = _row(record, reader, input.label, text_too)
            except Damage as damage:
                row = _damaged(damage, record, reader, input.label, text_too)
            if row:
                yield row


def _row(record: Record, reader: Reader, label: str, text_too: bool) -> Row | None:
    """The record's page; None: it is none. Raises Damage unless the record is whole."""
    page, text = _is_page(record), text_too and wet.is_page(record)
    # where no checksum vouches for the headers, its digest tells whether this may have been a page
    doubtful = not reader.members.sealed and record.kind in ("response", "resource")
    raw = record.block.read(MAX_PAGE_BYTES + 1) if page or text or doubtful else b""
    held = raw if (page or text or doubtful) and not record.block.left else None
    place = complete(record, reader, held)
    if record.kind == "metadata":
        return _forgotten(record, label, place)
    if not (page or text):
        return None
    row = _known(record, label) | _place(record.offset, place)
    return wet.with_text(row, record, raw) if text else _with_content(row, record, raw)


def _damaged(damage: Damage, record: Record | None, reader: Reader, label: str, text_too: bool) -> Row:
    """The row for a stretch that cannot be read, behind which the reader goes. Of a page it says which it was."""
    start = reader.start
    row: Row = {"file_path": label, "offset": start}
    reason = "archive_damaged"
    if record and (_is_page(record) or (text_too and wet.is_page(record))):
        row = _known(record, label) | {"offset": start if reader.own else record.offset}
        reason = "record_truncated" if damage.cut else reason
    end = reader.resync(damage)
    return problem(row, reason, f"bytes {start}-{end - 1}: {damage}")


def _is_page(record: Record) -> bool:
    if record.kind == "resource":
        return _media_type(record["Content-Type"]) in _HTML
    if record.kind != "response" or not fetched(record.url):
        return False
    if record.http is None:  # a response of no bytes
        return True
    if _path(record.url or "") == "/robots.txt":
        return False
    status = _status(record)
    media_type = _media_type(record.http.get_header("Content-Type"))
    return (status is None or 200 <= status < 300) and media_type in ("", *_HTML)


def _known(record: Record, label: str) -> Row:
    """What the headers say of the page."""
    declared = record.http.get_header("Content-Type") if record.http else record["Content-Type"]
    charset = _CHARSET.search(declared or "")
    return {
        "id": record["WARC-Record-ID"],
        "url": record.url,
        "date": utc(record["WARC-Date"]),
        "file_path": label,
        "charset": charset[1] if charset else None,
        "fetch_status": _status(record),
        "warc_filename": label,
    }


def _forgotten(record: Record, label: str, place: tuple[int, int] | None) -> Row | None:
    """What `winnow forget` left in a page's place; None: it left nothing here, or it was no page."""
    digest, size = record["Winnow-Forgotten"] or "", record["Winnow-Forgotten-Bytes"] or ""
    if not (re.fullmatch("[0-9a-f]{64}", digest) and re.fullmatch("[0-9]{1,12}", size)):
        return None
    offset = place[0] if place else record.offset
    return {"file_path": label, "offset": offset, "forgotten": digest, "forgotten_bytes": int(size)}


def _place(position: int, place: tuple[int, int] | None) -> Row:
    if place is None:  # it can only be reached by decompressing what stands before it
        return {"offset": position}
    return {"offset": place[0], "warc_record_offset": place[0], "warc_record_length": place[1]}


def _with_content(row: Row, record: Record, raw: bytes) -> Row:
    """The row with the decoded page, or with why there is none."""
    where = f"record at byte {row['offset']}"
    http: Any = record.http
    if http is None:
        return too_large(row, where) if len(raw) > MAX_PAGE_BYTES else row | {"html": raw}
    stored, declared = record.length - len(record.block.head), http.get_header("Content-Length") or ""
    cut_on_purpose = record["WARC-Truncated"]
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


def _status(record: Record) -> int | None:
    code = record.http.get_statuscode() if record.http else ""
    return int(code) if re.fullmatch("[1-9][0-9]{2}", code) else None


def _media_type(declared: str | None) -> str:
    return (declared or "").partition(";")[0].strip().lower()


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # "http://[broken"
        return ""
