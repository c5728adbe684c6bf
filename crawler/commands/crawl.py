"""`scrapy crawl`: checks the arguments first, ends with a line that sums up and an exit code that tells."""

import argparse
import sys

from scrapy.commands import crawl
from scrapy.crawler import Crawler

from cleaners.errors import UsageError, WinnowError
from crawler.archive import REJECTS
from crawler.arguments import STANDARD_INPUT
from crawler.logs import without_tracebacks
from crawler.pipelines import ArchivePipeline
from crawler.spiders.base import PageSpider

INTERRUPTED = 130

NEXT_STEPS = {
    "fetch_failed": "check the address and that the host answers, then run the same command again",
    "tls_invalid": "if you trust the host all the same: -s DOWNLOAD_VERIFY_CERTIFICATES=False",
    "http_error": "open the address in a browser; the page may have moved",
    "robots_disallowed": "the host asks crawlers to stay out: choose other pages, or ask its owner",
    "robots_unreachable": "see that the host serves its robots.txt, then run the same command again",
    "opt_out": "choose other pages, or ask the owner; with a licence of theirs: -s OBEY_OPT_OUTS=False",
    "blocked_address": "if the host is yours, name it: -s ALLOW_PRIVATE=host or network",
    "too_many_redirects": "open the address in a browser and give the one it ends at",
    "not_html": "only HTML pages are kept: give addresses of pages",
    "too_large": "raise the cap: -s DOWNLOAD_MAXSIZE=bytes",
    "off_site": "give the address of the site that it redirects to",
    "scheme_not_allowed": "give addresses that begin with http:// or https://",
    "url_invalid": "correct the address",
    "crashes_crawler": "open the address in a browser, and report what kills the crawler, with its log",
}


class NothingFetchedError(WinnowError):
    """The crawl ran and not one page came of it."""

    exit_code = 69


class Command(crawl.Command):
    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        try:
            spider = self._spider_class(args)
            spider(**opts.spargs)  # only to check the arguments, while nothing runs yet
        except UsageError as error:
            self._stop(error)
            return
        without_tracebacks()
        crawler = self._create_crawler(spider)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:  # Scrapy has logged why
            self.exitcode = WinnowError.exit_code
        else:
            self._sum_up(crawler)

    def _spider_class(self, args: list[str]) -> type[PageSpider]:
        assert self.crawler_process is not None
        known = sorted(self.crawler_process.spider_loader.list())
        if len(args) != 1 or args[0] not in known:
            what = "name one spider" if len(args) != 1 else f"no spider {args[0]!r}"
            raise UsageError(what, f"choose from {', '.join(known)}, as in: scrapy crawl site -a url=…")
        found = self.crawler_process.spider_loader.load(args[0])
        assert issubclass(found, PageSpider)
        return found

    def _sum_up(self, crawler: Crawler) -> None:
        pipeline = crawler.get_item_pipeline(ArchivePipeline)
        assert pipeline is not None
        if pipeline.archive is not None:
            print(summary(pipeline), file=sys.stderr)
        if pipeline.error:
            self._stop(pipeline.error)
        elif crawler.stats.get_value("finish_reason") == "shutdown":
            self.exitcode = INTERRUPTED
        elif faults := crawler.stats.get_value("spider_exceptions/count"):
            what = f"the crawler itself failed on {_count(faults, 'answer')}"
            self._stop(WinnowError(what, "report it, with the log above"))
        elif not pipeline.stored:
            assert isinstance(crawler.spider, PageSpider)
            self._stop(nothing_fetched(crawler.spider, pipeline))

    def _stop(self, error: WinnowError) -> None:
        print(f"error: {error}", file=sys.stderr)
        self.exitcode = error.exit_code


def summary(pipeline: ArchivePipeline) -> str:
    """What was stored, what failed, and where."""
    failed = pipeline.rejected.total()
    why = f" (why: {pipeline.folder / REJECTS})" if failed else ""
    return f"stored {_count(pipeline.stored, 'page')} in {pipeline.folder}, {failed:,} failed{why}"


def nothing_fetched(spider: PageSpider, pipeline: ArchivePipeline) -> NothingFetchedError:
    source = spider.arguments.source
    source = "standard input" if source == STANDARD_INPUT else source
    tried = pipeline.rejected.most_common(3)
    if not tried:
        return NothingFetchedError(
            f"nothing was fetched from {source}: it lists no pages",
            "give a feed (RSS, Atom) or a list with one address a line that holds at least one",
        )
    why = ", ".join(f"{detail} ({_count(n, 'request')})" for (_, detail), n in tried)
    return NothingFetchedError(f"nothing was fetched from {source}: {why}", NEXT_STEPS[tried[0][0][0]])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
