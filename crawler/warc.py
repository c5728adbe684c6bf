"""Pages as WARC 1.1 records. Each is a gzip member of its own, so that a file can be cut between records."""

import gzip
import uuid
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.failures import status_line
from crawler.items import Page


def warcinfo_record(crawl: str, user_agent: str, robots: str, record_id: uuid.UUID, date: str) -> bytes:
    """The record that opens every file: by whom and how the pages below were fetched."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    info = {
        "software": user_agent.split(" ")[0],
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": crawl,
        "http-header-user-agent": user_agent,
        "robots": robots,
    }
    record = writer.create_warcinfo_record(None, info)
    record.rec_headers.replace_header("WARC-Record-ID", f"<{record_id.urn}>")
    record.rec_headers.replace_header("WARC-Date", date)
    writer.write_record(record)
    return _packed(out)


def response_record(page: Page, opt_out: str = "") -> bytes:
    """`opt_out`: what the page reserves, where it is stored all the same."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    headers = {"WARC-Date": page.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if opt_out:
        headers["X-Winnow-Opt-Out"] = opt_out
    record = writer.create_warc_record(
        page.url,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(status_line(page.status), true_headers(page), page.protocol),
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return _packed(out)


def _packed(record: BytesIO) -> bytes:
    """At zlib's usual level: warcio's own, the highest, takes twice the time for a hundredth of the size."""
    return gzip.compress(record.getbuffer(), compresslevel=6, mtime=0)


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
