"""`scrapy crawl feed -a url=…`: the pages that an RSS or Atom feed lists, on whatever host they are."""

from collections.abc import AsyncIterator, Iterator

from scrapy import Request
from scrapy.http import Response

from crawler import listings
from crawler.failures import Refused
from crawler.items import Reject
from crawler.spiders.base import PageSpider


class FeedSpider(PageSpider):
    name = "feed"
    source = "url"

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.arguments.source, callback=self.parse_feed, errback=self.failed)

    def parse_feed(self, response: Response) -> Iterator[Reject | Request]:
        try:
            urls = listings.feed(response.body, response.url)
        except Refused as refused:
            yield Reject(response.url, refused.reason, refused.detail)
            return
        for url in urls:
            yield self.request(url)
