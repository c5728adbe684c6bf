"""RFC 9309: what may be asked for, and no sooner than the host wishes."""

from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import failures, hostfiles, robotstxt
from crawler.failures import Refused
from crawler.robotstxt import Rules

MOST_BYTES = 16 * 1024 * 1024  # of a robots.txt: 500 KiB of it are read, above this it counts as unreachable


class RobotsMiddleware:
    """Stands in for Scrapy's own, which lets everything through where a robots.txt could not be read.

    An answer of 2xx holds the rules. 4xx, and redirects that do not end: there are none. All else, from 5xx to a
    host name that is not found: nothing of the host is asked for, until a later try succeeds.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        if not settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self.crawler = crawler
        self.agent: str = settings["ROBOTSTXT_USER_AGENT"] or settings["BOT_NAME"]
        self.obeys_opt_outs = settings.getbool("OBEY_OPT_OUTS")
        self.longest_delay = settings.getfloat("LONGEST_CRAWL_DELAY")
        self.hosts = hostfiles.OncePerHost(self._ask)
        self.delays: dict[str, float] = {}  # seconds, by the downloader's name of the host

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        # AutoThrottle, an extension, was built earlier and hears of the answer first: what it shortened is undone.
        for signal in (signals.request_reached_downloader, signals.response_downloaded):
            crawler.signals.connect(middleware.keep_delay, signal)
        return middleware

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt") or not request.url.startswith(("http:", "https:")):
            return
        rules = await self.hosts.get(hostfiles.origin(request.url))
        if isinstance(rules, Refused):
            raise Refused(rules.reason, rules.detail)
        if not rules.allows(request.url):
            raise Refused("robots_disallowed", "robots.txt forbids it")
        if rules.delay > self.longest_delay:
            asked = f"its {rules.delay_field} of {rules.delay:.10g} s"
            raise Refused("robots_disallowed", f"{asked} is longer than LONGEST_CRAWL_DELAY")
        if self.obeys_opt_outs and rules.reserves(request.url):
            raise Refused("opt_out", f"robots.txt: {rules.reservation}")
        if rules.delay:
            slot = self.crawler.engine.downloader.get_slot_key(request)
            self.delays[slot] = max(self.delays.get(slot, 0.0), rules.delay)

    def keep_delay(self, request: Request) -> None:
        name: str = request.meta.get("download_slot", "")
        delay = self.delays.get(name)
        slot = self.crawler.engine.downloader.slots.get(name)
        if delay and slot:
            slot.delay = max(slot.delay, delay)
            slot.jitter = 0.0  # it would shorten every other pause

    async def _ask(self, origin: str) -> tuple[Rules | Refused, float]:
        url = f"{origin}/robots.txt"
        try:
            answer = await hostfiles.fetch(self.crawler, url, MOST_BYTES, dont_obey_robotstxt=True)
        except Refused as refused:
            return refused, hostfiles.ASKED_AGAIN
        except Exception as error:
            reason, detail = failures.reason(error)
            if detail == failures.UNTRUSTED:  # not robots.txt is at fault, and there is a switch for it
                return Refused(reason, detail), hostfiles.ASKED_AGAIN
            return _unreachable(f"larger than {MOST_BYTES} bytes" if reason == "too_large" else detail)
        if 200 <= answer.status < 300:
            return robotstxt.read(answer.body, self.agent), hostfiles.KEPT
        # 429 is a 4xx, but says that we come too often: asking for more would be the wrong answer.
        if 300 <= answer.status < 500 and answer.status != 429:
            return robotstxt.read(b"", self.agent), hostfiles.KEPT
        return _unreachable(failures.status_line(answer.status))


def _unreachable(detail: str) -> tuple[Refused, float]:
    return Refused("robots_unreachable", f"robots.txt: {detail}"), hostfiles.ASKED_AGAIN
