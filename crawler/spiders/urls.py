"""`scrapy crawl urls -a file=…`: the pages of a list, one address a line."""

import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from scrapy import Request, signals

from crawler import scheduler
from crawler.arguments import STANDARD_INPUT
from crawler.items import Reject
from crawler.spiders.base import PageSpider

AHEAD = 10_000  # addresses of a list of millions that wait: enough for many hosts to take turns


class UrlsSpider(PageSpider):
    name = "urls"
    source = "file"

    async def start(self) -> AsyncIterator[Request | Reject]:
        for url in self._addresses():
            while scheduler.of(self.crawler).slots.waiting >= AHEAD:
                await self.crawler.signals.wait_for(signals.scheduler_empty)
            yield self.request(url)

    def _addresses(self) -> Iterator[str]:
        if self.arguments.source == STANDARD_INPUT:
            yield from addresses(sys.stdin)
        else:
            with Path(self.arguments.source).open(encoding="utf-8-sig", errors="replace") as lines:
                yield from addresses(lines)


def addresses(lines: Iterable[str]) -> Iterator[str]:
    """The lines that are neither blank nor comments.

    >>> list(addresses(["# mine", "", " https://example.org/a#top \\n"]))
    ['https://example.org/a#top']
    """
    for line in lines:
        if (text := line.strip()) and not text.startswith("#"):
            yield text
