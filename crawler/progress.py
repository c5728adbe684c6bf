"""How far a crawl is, on a terminal only."""

import sys
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from crawler import scheduler
from crawler.items import REASONS

SECONDS = 1.0
_CLEAR = "\r\x1b[K"


class StatusLine:
    """One line on standard error, written over every second and gone at the end."""

    def __init__(self, crawler: Crawler) -> None:
        if not sys.stderr.isatty():
            raise NotConfigured
        self.crawler = crawler
        self._loop = create_looping_call(self._show)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        line = cls(crawler)
        crawler.signals.connect(line._opened, signals.spider_opened)
        crawler.signals.connect(line._closed, signals.spider_closed)
        return line

    def _opened(self) -> None:
        self._loop.start(SECONDS, now=False)

    def _closed(self) -> None:
        if self._loop.running:
            self._loop.stop()
        print(_CLEAR, end="", file=sys.stderr, flush=True)

    def _show(self) -> None:
        crawl = scheduler.of(self.crawler)
        if crawl.frontier is None:
            return
        outcomes = crawl.in_progress.outcomes
        failed = sum(outcomes[reason] for reason in REASONS)
        told = f"{outcomes['page']:,} stored, {outcomes['unchanged']:,} unchanged, {failed:,} failed"
        waiting = f"{len(crawl.in_progress):,} under way, {crawl.slots.waiting:,} waiting"
        print(f"{_CLEAR}{told}, {waiting}", end="", file=sys.stderr, flush=True)
