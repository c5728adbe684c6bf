"""A crawl as Scrapy alone does it: a spider that follows the links of one host and appends each page to a file.

The peer of `crawls`, with a JOBDIR, and of `bench/speed.py crawl`, without one. It runs outside of our project:

    scrapy runspider bench/survival/jobdir_peer.py -a url=http://127.0.0.1:8000/ -a out=pages.warc.gz -s JOBDIR=job
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class WarcPipeline:
    """One gzip member a record, written through to the system at once."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> "WarcPipeline":
        return cls(crawler)

    def open_spider(self) -> None:
        self.file = Path(self.crawler.spider.out).open("ab", buffering=0)  # noqa: SIM115

    def close_spider(self) -> None:
        self.file.close()

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        out = BytesIO()
        writer = WARCWriter(out, warc_version="1.1")
        headers = StatusAndHeaders("200 OK", item["headers"], "HTTP/1.1")
        body = item["body"]
        record = writer.create_warc_record(
            item["url"], "response", payload=BytesIO(body), length=len(body), http_headers=headers
        )
        writer.write_record(record)
        self.file.write(out.getvalue())
        return item


class RiverSpider(Spider):
    name = "river"
    custom_settings = {"ITEM_PIPELINES": {WarcPipeline: 300}}  # noqa: RUF012 (Scrapy's form)
    links = LinkExtractor()

    def __init__(self, url: str, out: str, **more: Any) -> None:
        super().__init__(**more)
        self.url, self.out = url, out
        self.allowed_domains = [urlsplit(url).hostname]

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url)

    def parse(self, response: Response) -> Iterator[Any]:
        kind = response.headers.get("Content-Type", b"")
        if not isinstance(response, TextResponse) or not kind.startswith(b"text/html"):
            return
        headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, vs in response.headers.items() for v in vs]
        yield {"url": response.url, "headers": headers, "body": response.body}
        for link in self.links.extract_links(response):
            yield Request(link.url)


def command(url: str, out: Path, *more: str) -> list[str]:
    return ["runspider", __file__, "-a", f"url={url}", "-a", f"out={out}", "-s", "ROBOTSTXT_OBEY=True", *more]


def pages(out: Path) -> Counter[str]:
    """How often each address stands in the file. A record is one write, which no kill cuts."""
    if not out.exists():
        return Counter()
    with out.open("rb") as stream:
        return Counter(record.rec_headers["WARC-Target-URI"] for record in ArchiveIterator(stream))
