"""Feeds in whole local files, and failures of feeds that end the crawl with an exit code other than 0.

Scrapy logs the failure of a feed and exits with 0. Here `Failures` makes the crawl itself fail.
"""

import asyncio
import contextlib
import fcntl
import glob
import io
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.extensions.feedexport import FeedExporter
from scrapy.utils.asyncio import is_asyncio_available, run_in_thread, sleep
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred
from w3lib.url import file_uri_to_path

from cleaners import storage
from cleaners.errors import OutputError, StorageError, UsageError, WinnowError

_log = logging.getLogger(__name__)


class Failures:
    """What went wrong with a crawl's feeds. The first of it comes out of the crawl as its exception."""

    def __init__(self, crawler: Crawler) -> None:
        self.first: WinnowError | None = None
        self.fitted = False  # whether an item was written to any Parquet feed
        self._last = ""
        self._running = self._raised = False
        self._crawler = crawler
        crawler.signals.connect(self._guard, signals.spider_opened)
        crawler.signals.connect(self._drop_dead_feeds, signals.spider_closed)  # before FeedExporter's own handler

    def report(self, error: WinnowError, *, stop: bool = True) -> None:
        """Log it, keep it for the end, and close the spider unless told otherwise."""
        if str(error) != self._last:
            _log.error("%s", error, extra={"spider": self._crawler.spider})
        self._last = str(error)
        self.first = self.first or error
        if stop and self._running:
            self._running = False
            close_spider(self._crawler)

    def _guard(self, spider: Spider) -> None:
        """No signal's handler can make a crawl fail, so what Scrapy awaits is replaced, in this engine alone."""
        del spider
        engine = self._crawler.engine
        start, close = engine.start_async, engine.close_async

        async def start_async(*arguments: Any, **options: Any) -> None:
            self._check()
            self._raise()
            self._running = True
            await start(*arguments, **options)
            self._raise()

        async def close_async(*arguments: Any, **options: Any) -> None:
            await close(*arguments, **options)
            self._raise()

        vars(engine).update(start_async=start_async, close_async=close_async)

    def _check(self) -> None:
        """What can be known before the first page is fetched."""
        feeds = self._crawler.get_extension(FeedExporter)
        if feeds is None and self._crawler.settings.getdict("FEEDS"):
            self.report(UsageError("no feed can be written", "look at the errors logged above"))
        for slot in feeds.slots if feeds else ():
            if isinstance(slot.storage, LocalStorage):
                slot.storage.check()
        if feeds and self.first:
            feeds.slots.clear()  # a crawl that does not begin writes no empty files over full ones

    def _drop_dead_feeds(self) -> None:
        """What is reported already needs no traceback of Scrapy's."""
        if (feeds := self._crawler.get_extension(FeedExporter)) is None:
            return
        for slot in [*feeds.slots]:
            if slot.format == "parquet":
                slot.finish_exporting()  # the last that can fail
            if slot.file is not None and slot.file.closed:
                feeds.slots.remove(slot)
                self._crawler.stats.inc_value(f"feedexport/failed_count/{type(slot.storage).__name__}")
                if isinstance(slot.storage, LocalStorage):
                    slot.storage.discard()

    def _raise(self) -> None:
        self._count_others()
        if self.first is None:
            return
        if is_asyncio_available() and (task := asyncio.current_task()):
            task.add_done_callback(_retrieved)
        if not self._raised:
            self._raised = True
            raise self.first.with_traceback(None)

    def _count_others(self) -> None:
        """Feeds of other formats, or to other places: Scrapy counts them."""
        counts = self._crawler.stats.get_stats().items()
        failed = sum(count for name, count in counts if name.startswith("feedexport/failed_count/"))
        if failed and self.first is None:
            self.report(StorageError(f"{failed} feeds were not stored", "look at the errors logged above"))


def _retrieved(task: "asyncio.Task[Any]") -> None:
    """It is logged already: asyncio need not say with a traceback that nobody asked for it."""
    if not task.cancelled():
        task.exception()


def close_spider(crawler: Crawler) -> None:
    if crawler.engine.running and crawler.engine.spider:
        deferred_from_coro(_closed(crawler))


async def _closed(crawler: Crawler) -> None:
    """Scrapy 2.19 waits for ever where the last items came from `start()`: nobody tells it that they are done."""
    engine = crawler.engine
    deferred_from_coro(engine.close_spider_async(reason="export_failed"))
    while engine.spider:
        await sleep(0.1)
        slot = engine.scraper.slot
        if slot and slot.closing and not slot.closing.called and slot.is_idle():
            slot.closing.callback(engine.spider)


def failures_of(crawler: Crawler) -> Failures:
    """Raises UsageError where the add-on is not enabled."""
    for addon in crawler.addons.addons:
        if isinstance(found := getattr(addon, "failures", None), Failures):
            return found
    what = "Parquet feeds need Winnow's add-on: without it a killed crawl leaves a broken file"
    raise UsageError(what, 'add to settings.py: ADDONS = {"cleaners.scrapy_addon.WinnowAddon": 500}')


class LocalStorage:
    """A local file that appears whole under its name, or not at all."""

    def __init__(self, failures: Failures, uri: str, feed_options: Mapping[str, Any] | None) -> None:
        options = feed_options or {}
        self.path = Path(file_uri_to_path(uri) if uri.startswith("file:") else uri).absolute()
        self._temporary = self.path.with_name(f"{storage.TEMPORARY}{self.path.name}-{os.getpid()}")
        self._failures = failures
        self._overwrite = bool(options.get("overwrite"))
        self._packed = bool(options.get("postprocessing"))

    def check(self) -> None:
        """Report what can be known before there is an item."""
        self.open().close()
        self.discard()

    def open(self, spider: Spider | None = None) -> IO[bytes]:
        """The file to write to; one that is closed where there can be none, which is then reported."""
        del spider
        try:
            self._refuse()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(self.path)
            file = self._temporary.open("xb")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # falls with this process
            return file
        except WinnowError as error:
            self._failures.report(error)
        except OSError as error:
            what = f"cannot write {self.path}: {error.strerror or error}"
            self._failures.report(OutputError(what, "name a folder that can be written to"))
        closed = io.BytesIO()
        closed.close()
        return closed

    def store(self, file: IO[bytes]) -> "Deferred[None]":
        return deferred_from_coro(self._stored(file))

    async def _stored(self, file: IO[bytes]) -> None:
        try:
            await run_in_thread(self._commit, file)
        except WinnowError as error:
            if not file.closed or self._failures.first is None:
                self._failures.report(error)
            raise
        finally:
            with contextlib.suppress(OSError):
                file.close()
            self.discard()

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._temporary.unlink()

    def _commit(self, file: IO[bytes]) -> None:
        if file.closed:
            raise StorageError(f"{self.path} was not written", "look at the error logged above")
        self._refuse()
        with storage.told(self.path):
            file.flush()
            storage.sync(self._temporary)
            storage.rename(self._temporary, self.path)
            storage.sync_folder(self.path.parent)

    def _refuse(self) -> None:
        if self._packed:
            raise UsageError(f"{self.path}: Parquet is packed already", "remove `postprocessing` from the feed")
        if self.path.exists() and not self._overwrite:
            what = f"{self.path} is there already, and nothing can be appended to a Parquet file"
            raise OutputError(what, 'use -O to replace it, or "overwrite": True, or %(time)s in its name')


def _remove_abandoned(path: Path) -> None:
    """What crawls that were killed left of this file: nobody holds its lock."""
    for old in path.parent.glob(f"{glob.escape(storage.TEMPORARY + path.name)}-*"):
        with contextlib.suppress(OSError), old.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            old.unlink()
