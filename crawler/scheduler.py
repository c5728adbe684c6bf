"""Scrapy's scheduler and duplicate filter over the frontier.

Scrapy tells nobody when a request has ended, and it ends in many ways: a callback, an errback, a retry or redirect
made by a middleware, a denial before it was sent. One place sees all of them: the engine's own list of requests in
progress. What has left it has ended, and every output of it has arrived here before.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any, Self
from weakref import WeakKeyDictionary

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.utils.defer import _schedule_coro

from cleaners import crawls, tombstones
from cleaners.errors import StorageError, WinnowError
from crawler import folder, outputs, requests, rounds, sharding
from crawler.archive import Archive
from crawler.duplicates import DuplicateFilter
from crawler.frontier import Frontier, Taken
from crawler.handed import Handed
from crawler.in_progress import InProgress
from crawler.items import Reject, now
from crawler.slots import Slots

NOT_ASKED = ("contact", "settings")  # the guard's reasons to stop before anything is sent

_schedulers: WeakKeyDictionary[Crawler, "FrontierScheduler"] = WeakKeyDictionary()


def of(crawler: Crawler) -> "FrontierScheduler":
    """The scheduler of a crawl, also when the engine has let go of it. Raises KeyError before there is one."""
    return _schedulers[crawler]


class FrontierScheduler:
    """One crawl's frontier, as Scrapy's engine wants it. `error` says why it stopped, if it had to."""

    def __init__(self, crawler: Crawler) -> None:
        _schedulers[crawler] = self
        self.crawler = crawler
        self.shard = sharding.shard(crawler.settings)
        self.folder = folder.of(crawler, self.shard)
        self.error: WinnowError | None = None
        self.frontier: Frontier | None = None
        self.round: dict[str, Any] | None = None  # its manifest, once the crawl has ended
        self.in_progress = InProgress(self._fingerprint)
        self.duplicates = DuplicateFilter(crawler, self._fingerprint, self.in_progress, self.shard)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Takes the folder, and goes on with its round or begins the next. If it cannot, the crawl ends at once."""
        self.crawler.signals.connect(self._opened, signals.spider_opened)
        self.crawler.signals.connect(self.in_progress.scheduled, signals.request_scheduled)
        try:
            with self._told():
                self._lock = folder.hold(self.folder)
                self._open(spider)
        except WinnowError as error:
            self.error = error

    def _opened(self) -> None:
        """Here and not in `open`, behind which Scrapy would fail to close what it has not opened yet."""
        if self.error:
            raise CloseSpider("storage")

    def _open(self, spider: Spider) -> None:
        settings = self.crawler.settings
        robots = "obeyed" if settings.getbool("ROBOTSTXT_OBEY") else "ignored"
        frontier = Frontier(self.folder / crawls.FRONTIER)
        rounds.check_owner(frontier, spider)
        self.archive = Archive(self.folder, frontier, settings["USER_AGENT"], robots)
        for url in frontier.recover():
            reject = Reject(url, "crashes_crawler", "the crawler was killed whenever it worked on it alone")
            outputs.add_reject(frontier.db, None, reject.line())
        handed_over = sharding.take(frontier, self.folder, self.shard) if self.shard else []
        if handed_over and frontier.round:
            frontier.reopen_round()
        elif frontier.finished:
            frontier.begin_round(f"{now():%Y-%m-%dT%H:%M:%SZ}", revisit=getattr(spider, "revisits", False))
        self.slots = Slots(frontier.waiting(), self._capacity)
        self.suspects = frontier.suspects()
        self.in_progress.open(frontier, self.slots)
        forgotten = tombstones.read(self.folder / crawls.FORGOTTEN)
        self.duplicates.open(frontier, self.slots, spider, forgotten)
        for text in handed_over:
            self.duplicates.admit(requests.from_json(text, spider))
        frontier.commit()
        self.frontier, self.spider = frontier, spider

    def _fingerprint(self, request: Request) -> bytes:
        return self.crawler.request_fingerprinter.fingerprint(request)

    def _reap(self) -> bool:
        slot = self.crawler.engine._slot
        ended = self.in_progress.reap(slot.inprogress if slot else set())
        if ended and self.archive.due():
            self.archive.seal()
        return ended

    def _capacity(self, slot: str) -> int:
        downloader = self.crawler.engine.downloader
        if slot in downloader.slots:
            return int(downloader.slots[slot].concurrency)
        return int(downloader.per_slot_settings.get(slot, {}).get("concurrency", downloader.domain_concurrency))

    # What the engine asks

    def has_pending_requests(self) -> bool:
        return self.frontier is not None and not self.error and bool(self.slots.waiting or self.suspects)

    def enqueue_request(self, request: Request) -> bool:
        if self.frontier is None or self.error:
            return False
        with self.stopping():
            return self.duplicates.admit(request)
        return False

    def next_request(self) -> Request | None:
        if self.frontier is None or self.error:
            return None
        with self.stopping():
            ended = self._reap()
            request = self._next(self.frontier)
            if ended or request:
                self.frontier.commit()
            return request
        return None

    def close(self, reason: str) -> None:
        """Seals what was stored, and ends the round if nothing is left of it. What is under way waits again."""
        if self.frontier is None:
            return
        frontier, self.frontier = self.frontier, None
        try:
            with self.stopping():
                if not isinstance(self.error, StorageError):
                    self._close(frontier, reason)
        finally:
            frontier.close()
            self._lock.close()

    def _close(self, frontier: Frontier, reason: str) -> None:
        if self.error or reason in NOT_ASKED:
            outputs.take_back(frontier.db)  # the next run asks for them again, and gets the same
        else:
            self._reap()
        frontier.put_back()
        frontier.commit()
        self.archive.seal()
        if self.shard:
            sharding.hand_over(frontier, self.folder, self.shard)
        if reason == "finished" and not self.error:
            frontier.finish_round()
        self.round = rounds.write(frontier, self.folder, reason)  # before the commit: no finished round is without
        frontier.commit()

    # What goes out

    def _next(self, frontier: Frontier) -> Request | None:
        if self.in_progress.alone():
            return None
        taken, alone = None, False
        if slot := self.slots.next():
            taken = frontier.take(slot)
        elif self.suspects and not self.slots.waiting and not len(self.in_progress):
            taken, alone = frontier.take_suspect(), True
            self.suspects -= 1
        if taken is None:
            return None
        request = self._conditional(taken, requests.from_json(taken.request, self.spider))
        handed = self.in_progress.add(Handed(taken.id, taken.slot, request, taken.content, alone))
        if request.errback is None:
            request.errback = handed.noted
        self.crawler.stats.inc_value("scheduler/dequeued")
        return request

    def _conditional(self, taken: Taken, request: Request) -> Request:
        if request.method == "GET" and getattr(self.spider, "conditional", False):
            for header, value in (("If-None-Match", taken.etag), ("If-Modified-Since", taken.last_modified)):
                if value and header not in request.headers:
                    request.headers[header] = value
                    request.meta[requests.CONDITIONAL] = True
        return request

    # When it cannot go on

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what SQLite and the device say into StorageError."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise StorageError(
                f"cannot store pages in {self.folder}: {why}",
                "make room or repair the disk, then run the same command again; it goes on where this one stopped",
            ) from error

    @contextlib.contextmanager
    def stopping(self) -> Iterator[None]:
        """The first failure ends the crawl, and `crawl` reports it."""
        try:
            with self._told():
                yield
        except WinnowError as error:
            if self.error is None:
                self.error = error
                _schedule_coro(self.crawler.engine.close_spider_async(reason="storage"))
