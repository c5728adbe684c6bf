"""A WARC file of labelled pages, as Common Crawl would have stored them, and the sample that goes into it."""

import gzip
import io
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

DATE = "2026-11-21T12:00:00Z"


def sample(data: Path, wanted: int) -> list[dict[str, Any]]:
    """Pages from all sets, evenly spaced and mixed, the same each time. A small set gives a page more than once."""
    sets = []
    for path in sorted((data / "pages").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            sets.append([json.loads(line) for line in lines])
    each = -(-wanted // len(sets))
    chosen = [[pages[i * len(pages) // each] for i in range(each)] for pages in sets]
    mixed = [page for turn in zip(*chosen, strict=True) for page in turn][:wanted]
    random.Random(0).shuffle(mixed)
    return mixed


def write(pages: Iterable[dict[str, Any]], path: Path) -> None:
    """One response record a page. WARC-Identified-Payload-Type: without it datatrove skips pages."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, page in enumerate(pages):
            body = page["html"].encode("utf-8", "replace")
            headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
            record = writer.create_warc_record(
                page["url"] or f"https://page.example/{number}",
                "response",
                payload=io.BytesIO(body),
                http_headers=StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1"),
                warc_headers_dict={
                    "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'page {number}')}>",
                    "WARC-Date": DATE,
                    "WARC-Identified-Payload-Type": "text/html",
                },
            )
            writer.write_record(record)
            record.raw_stream.close()  # a temporary file
