"""`scrapy crawl`: checks the arguments first, ends with a line that sums up and an exit code that tells."""

import argparse
import os
import signal
import sys
from functools import partial
from types import FrameType
from typing import Any

from scrapy import Spider
from scrapy.commands import crawl
from scrapy.crawler import Crawler

from cleaners.crawls import REJECTS
from cleaners.errors import UsageError, WinnowError
from crawler import guard, sharding
from crawler import scheduler as schedulers
from crawler.arguments import STANDARD_INPUT
from crawler.items import REASONS
from crawler.logs import without_tracebacks
from crawler.pipelines import ArchivePipeline
from crawler.scheduler import FrontierScheduler
from crawler.spiders.base import PageSpider

PATIENCE = 5  # seconds; what has not been answered by then is asked for again by the next run

NEXT_STEPS = {
    "fetch_failed": "check the address and that the host answers, then run the same command again",
    "tls_invalid": "if you trust the host all the same: -s DOWNLOAD_VERIFY_CERTIFICATES=False",
    "http_error": "open the address in a browser; the page may have moved",
    "robots_disallowed": "the host asks crawlers to stay out: choose other pages, or ask its owner",
    "robots_unreachable": "see that the host answers and serves its robots.txt, then run the same command again",
    "opt_out": "choose other pages, or ask the owner; with a licence of theirs: -s OBEY_OPT_OUTS=False",
    "blocked_address": "if the host is yours, name it: -s ALLOW_PRIVATE=host or network",
    "too_many_redirects": "open the address in a browser and give the one it ends at",
    "not_html": "only HTML pages are kept: give addresses of pages",
    "too_large": "raise the cap: -s DOWNLOAD_MAXSIZE=bytes",
    "off_site": "give the address of the site that it redirects to",
    "scheme_not_allowed": "give addresses that begin with http:// or https://",
    "url_invalid": "correct the address",
    "spider_error": "mend the spider, then run the same command again: the next round asks for the page",
    "crashes_crawler": "open the address in a browser, and report what kills the crawler, with its log",
}


class NothingFetchedError(WinnowError):
    """The crawl ran and not one page came of it."""

    exit_code = 69


class TooManyErrors(WinnowError):
    """Too large a share of the addresses failed."""

    exit_code = 3


class Command(crawl.Command):
    stopped_by = 0  # number of the signal

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        try:
            spider = self._spider_class(args)
            spider(**opts.spargs)  # only to check the arguments, while nothing runs yet
            assert self.settings is not None
            sharding.shard(self.settings)
            guard.allowed(self.settings)
        except UsageError as error:
            self._stop(error)
            return
        without_tracebacks()
        crawler = self._create_crawler(spider)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self._watch_signals(crawler)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:  # Scrapy has logged why
            self.exitcode = WinnowError.exit_code
        else:
            self._sum_up(crawler)

    def _spider_class(self, args: list[str]) -> type[Spider]:
        assert self.crawler_process is not None
        known = sorted(self.crawler_process.spider_loader.list())
        if len(args) != 1 or args[0] not in known:
            what = "name one spider" if len(args) != 1 else f"no spider {args[0]!r}"
            raise UsageError(what, f"choose from {', '.join(known)}, as in: scrapy crawl site -a url=…")
        return self.crawler_process.spider_loader.load(args[0])

    def _sum_up(self, crawler: Crawler) -> None:
        try:
            scheduler = schedulers.of(crawler)
        except KeyError:  # stopped before there was one
            self.exitcode = 128 + (self.stopped_by or signal.SIGTERM)
            return
        if scheduler.round is not None:
            print(summary(crawler, scheduler), file=sys.stderr)
        if scheduler.error is None and self._was_stopped(scheduler):
            self.exitcode = 128 + (self.stopped_by or signal.SIGTERM)
        elif error := scheduler.error or fault(crawler) or verdict(crawler, scheduler):
            self._stop(error)

    def _was_stopped(self, scheduler: FrontierScheduler) -> bool:
        """By a signal, also by one that came too early to be noted; unless all was done by then."""
        done = scheduler.round
        return done is None or (not done["finished"] and (self.stopped_by > 0 or done["stopped_by"] == "shutdown"))

    def _stop(self, error: WinnowError) -> None:
        print(f"error: {error}", file=sys.stderr)
        self.exitcode = error.exit_code

    def _watch_signals(self, crawler: Crawler) -> None:
        """Remembers the signal that ends the crawl, and does not wait long for answers that are under way."""
        from twisted.internet import reactor

        def note(number: int, frame: FrameType | None, usual: Any) -> None:
            self.stopped_by = number
            reactor.callFromThread(reactor.callLater, PATIENCE, give_up, number)
            usual(number, frame)

        def give_up(number: int) -> None:
            if schedulers.of(crawler).frontier is not None:
                schedulers.of(crawler).close("shutdown")
                os.kill(os.getpid(), number)  # to Scrapy, the second signal means: at once

        def watch() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                usual = signal.getsignal(number)
                if callable(usual):
                    signal.signal(number, partial(note, usual=usual))

        # Behind the handlers that Scrapy sets when the reactor starts, and before anything is fetched.
        reactor.callWhenRunning(reactor.callLater, 0, watch)


def fault(crawler: Crawler) -> WinnowError | None:
    """What keeps a crawl from being one."""
    guarded = crawler.get_downloader_middleware(guard.GuardMiddleware)
    if guarded and guarded.error:
        return guarded.error
    if faults := crawler.stats.get_value("spider_exceptions/count"):
        what = f"the crawler itself failed on {_count(faults, 'answer')}"
        return WinnowError(what, "report it, with the log above")
    return None


def summary(crawler: Crawler, scheduler: FrontierScheduler) -> str:
    """What this run stored, what failed, what is left, and where."""
    outcomes, done = scheduler.in_progress.outcomes, scheduler.round
    assert done is not None
    pipeline = crawler.get_item_pipeline(ArchivePipeline)
    failed = sum(outcomes[reason] for reason in REASONS)
    parts = [f"stored {_count(pipeline.stored if pipeline else 0, 'page')} in {scheduler.folder}"]
    if outcomes["unchanged"]:
        parts.append(f"{outcomes['unchanged']:,} unchanged")
    parts.append(f"{failed:,} failed" + (f" (why: {scheduler.folder / REJECTS})" if failed else ""))
    if done["waiting"]:
        parts.append(f"{_count(done['waiting'], 'address', 'es')} left: the same command goes on with them")
    return ", ".join(parts)


def verdict(crawler: Crawler, scheduler: FrontierScheduler) -> WinnowError | None:
    """What a schedule has to know of a crawl that ran to its end."""
    done = scheduler.round
    if done is None:
        return None
    good = done["pages"] + done["unchanged"] + (0 if isinstance(crawler.spider, PageSpider) else done["listings"])
    if not good and (scheduler.in_progress.details or not scheduler.shard):  # a shard may have nothing to do
        return nothing_fetched(crawler, scheduler)
    asked = good + done["errors"]
    if done["errors"] > crawler.settings.getfloat("MAX_ERRORS") * asked:
        return TooManyErrors(
            f"{done['errors']:,} of {_count(asked, 'address', 'es')} could not be fetched: more than MAX_ERRORS",
            f"see {scheduler.folder / REJECTS}; the next round asks for them again",
        )
    return None


def nothing_fetched(crawler: Crawler, scheduler: FrontierScheduler) -> NothingFetchedError:
    arguments = getattr(crawler.spider, "arguments", None)
    source = arguments.source if arguments else crawler.spidercls.name
    source = "standard input" if source == STANDARD_INPUT else source
    tried = scheduler.in_progress.details.most_common(3)
    if not tried:
        return NothingFetchedError(
            f"nothing was fetched from {source}: it lists no pages",
            "give a feed (RSS, Atom) or a list with one address a line that holds at least one",
        )
    why = ", ".join(f"{detail} ({_count(n, 'request')})" for (_, detail), n in tried)
    return NothingFetchedError(f"nothing was fetched from {source}: {why}", NEXT_STEPS[tried[0][0][0]])


def _count(number: int, what: str, many: str = "s") -> str:
    return f"{number:,} {what}{'' if number == 1 else many}"
