"""From the spiders into the frontier."""

from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import _schedule_coro
from twisted.python.failure import Failure

from crawler import scheduler as schedulers
from crawler.items import Page, Reject
from crawler.scheduler import FrontierScheduler


class ArchivePipeline:
    """Stores pages and rejects; other items pass. At the limit, it ends the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stored = 0
        for receiver, signal in (
            (self._dropped, signals.item_dropped),
            (self._item_failed, signals.item_error),
            (self._spider_failed, signals.spider_error),
        ):
            crawler.signals.connect(receiver, signal)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def _scheduler(self) -> FrontierScheduler:
        return schedulers.of(self.crawler)

    def process_item(self, item: Any) -> Any:
        scheduler = self._scheduler
        if scheduler.frontier is None or scheduler.error:
            return item
        if isinstance(item, Page):
            self._store(item)
        elif isinstance(item, Reject):
            with scheduler.stopping():
                scheduler.in_progress.reject(item)
        return item

    def _store(self, page: Page) -> None:
        """Answers that still come behind the limit are asked for again by the next run."""
        scheduler, limit = self._scheduler, getattr(self.crawler.spider, "limit", None)
        if limit and self.stored >= limit:
            if handed := scheduler.in_progress.of(page.request):
                handed.postponed = True
            return
        with scheduler.stopping():
            self.stored += scheduler.in_progress.store(page, self.crawler.settings.getbool("OBEY_OPT_OUTS"))
        if limit and self.stored == limit:
            _schedule_coro(self.crawler.engine.close_spider_async(reason="limit"))

    def _dropped(self, response: Response | Failure | None) -> None:
        if handed := self._scheduler.in_progress.of(getattr(response, "request", None)):
            handed.dropped = True

    def _item_failed(self, response: Response | Failure | None) -> None:
        self._failed(response, "an item pipeline failed on it")

    def _spider_failed(self, response: Response | Failure | None) -> None:
        self._failed(response, "the spider failed on it")

    def _failed(self, response: Response | Failure | None, detail: str) -> None:
        if handed := self._scheduler.in_progress.of(getattr(response, "request", None)):
            handed.failure = ("spider_error", detail)
