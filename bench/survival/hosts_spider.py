"""For the row `sharding`: a spider that follows links to whatever host, run with -s SPIDER_MODULES."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor

from crawler.items import Page, Reject
from crawler.spiders.base import PageSpider


class HostsSpider(PageSpider):
    name = "hosts"
    source = "file"
    links = LinkExtractor()

    async def start(self) -> AsyncIterator[Request | Reject]:
        for line in Path(self.arguments.source).read_text("utf-8").splitlines():
            yield self.request(line)

    def parse(self, response: Response, **_: Any) -> Iterator[Page | Reject | Request]:
        yield from self.keep(response)
        if isinstance(response, TextResponse):
            for link in self.links.extract_links(response):
                yield self.request(link.url)
