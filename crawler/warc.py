"""Pages as WARC 1.1 records. Each is a gzip member of its own, so that a file can be cut between records."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.failures import status_line
from crawler.items import Page

CHUNK = 1 << 16


def warcinfo_record(crawl: str, user_agent: str, robots: str) -> bytes:
    """The record that opens every file: by whom and how the pages below were fetched."""
    out = BytesIO()
    writer = WARCWriter(out, warc_version="1.1")
    info = {
        "software": user_agent.split(" ")[0],
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": crawl,
        "http-header-user-agent": user_agent,
        "robots": robots,
    }
    writer.write_record(writer.create_warcinfo_record(None, info))
    return out.getvalue()


def response_record(page: Page) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, warc_version="1.1")
    record = writer.create_warc_record(
        page.url,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(status_line(page.status), true_headers(page), page.protocol),
        warc_headers_dict={"WARC-Date": page.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")},
    )
    writer.write_record(record)
    return out.getvalue()


def true_headers(page: Page) -> list[tuple[str, str]]:
    """The headers as sent, save those that speak of the body on the wire and not of the body that is stored.

    >>> true_headers(Page("", 200, "", [("Content-Length", "7"), ("Via", "a"), ("Via", "b")], b"<p>longer"))
    [('X-Archive-Orig-Content-Length', '7'), ('Via', 'a'), ('Via', 'b'), ('Content-Length', '9')]
    """
    length = ("Content-Length", str(len(page.body)))
    sent = [header for header in page.headers if header != length]
    return [(f"X-Archive-Orig-{n}" if _frames_body(n) else n, value) for n, value in sent] + [length]


def _frames_body(header: str) -> bool:
    return header.lower() in ("content-length", "transfer-encoding")


def record_ends(file: BinaryIO) -> Iterator[int]:
    """The offsets where records end, as far as they are whole: it stops before the first that is not."""
    end, chunk = 0, file.read(CHUNK)
    while chunk:
        member = zlib.decompressobj(wbits=31)  # gzip, with its checksum
        while not member.eof:
            if not chunk:
                return
            try:
                member.decompress(chunk)
            except zlib.error:
                return
            end += len(chunk)
            chunk = file.read(CHUNK) if not member.eof else member.unused_data or file.read(CHUNK)
        end -= len(member.unused_data)
        yield end
