"""From the spiders into the archive."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from cleaners.errors import StorageError, WinnowError
from crawler.archive import Archive
from crawler.items import Page, Reject
from crawler.spiders.base import PageSpider
from crawler.warc import warcinfo_record


class ArchivePipeline:
    """Stores the items and counts them. The first failure to store ends the crawl, and `crawl` reports it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.archive: Archive | None = None
        self.stored = 0
        self.rejected: Counter[tuple[str, str]] = Counter()  # by reason and detail
        self.error: WinnowError | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.request_dropped, signals.request_dropped)
        return pipeline

    @property
    def folder(self) -> Path:
        assert isinstance(self.crawler.spider, PageSpider)
        return Path(self.crawler.settings["RAW_DIR"], self.crawler.spider.arguments.crawl)

    def open_spider(self) -> None:
        settings = self.crawler.settings
        robots = "obeyed" if settings.getbool("ROBOTSTXT_OBEY") else "ignored"
        try:
            self.archive = Archive(self.folder, warcinfo_record(self.folder.name, settings["USER_AGENT"], robots))
        except OSError as error:
            self.error = self._storage_error(error)
        except WinnowError as error:
            self.error = error
        if self.error:
            raise CloseSpider("storage")

    def process_item(self, item: Page | Reject) -> Page | Reject:
        if self.archive is None or self.error:
            return item
        try:
            if isinstance(item, Page):
                self.archive.store(item)
                self.stored += 1
            else:
                self.archive.reject(item)
                self.rejected[item.reason, item.detail] += 1
        except OSError as error:
            self.error = self._storage_error(error)
            # Not awaited: closing waits for this very item.
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="storage"))
        return item

    def request_dropped(self, request: Request) -> None:
        """An address that redirects to itself, often to set a cookie: Scrapy drops it and tells no spider."""
        if request.url in request.meta.get("redirect_urls", ()):
            self.process_item(Reject(request.url, "too_many_redirects", "it redirects to itself"))

    def close_spider(self) -> None:
        if self.archive is None:
            return
        try:
            self.archive.close()
        except OSError as error:
            self.error = self.error or self._storage_error(error)

    def _storage_error(self, error: OSError) -> StorageError:
        return StorageError(
            f"cannot store pages in {self.folder}: {error.strerror}",
            "make room or repair the disk, then run the same command again; sealed pages are kept",
        )
