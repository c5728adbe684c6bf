"""`scrapy crawl site -a url=…`: the pages of one site, from its sitemaps first, then along its links."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler import listings, optouts
from crawler.addresses import site
from crawler.failures import Refused
from crawler.items import Page, Reject
from crawler.links import links
from crawler.spiders.base import PageSpider, headers, is_html

# Requests with a higher number go first. A sitemap's pages come before the next sitemap, so that a small
# limit does not read an index of thousands.
ROBOTS, SITEMAP_PAGE, SITEMAP, LINK = 3, 2, 1, 0
REMEMBERED = 100_000  # links
UNREACHED = ("fetch_failed", "robots_unreachable", "tls_invalid")


class SiteSpider(PageSpider):
    name = "site"
    source = "url"

    revisits = True

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name, **given)
        self._found: dict[str, int] = {}  # links of this run, with the highest priority that they came with

    async def start(self) -> AsyncIterator[Request]:
        """The given page first: where it redirects to is the site (example.org to www.example.org)."""
        yield Request(self.arguments.source, callback=self.parse_first, errback=self.first_failed)

    def parse_first(self, response: Response) -> Iterator[Page | Reject | Request]:
        if site(response.url) != site(self.arguments.source):
            self.logger.warning("%s redirects to %s: crawling that site", self.arguments.source, response.url)
        response.meta["site"] = site(response.url)
        yield self._robots(response.url)
        yield from self.parse(response)

    def first_failed(self, failure: Failure) -> Iterator[Reject | Request]:
        for reject in self.failed(failure):
            yield reject
            if reject.reason not in UNREACHED:  # it answers: other pages may do better
                yield self._robots(self.arguments.source)

    def parse(self, response: Response, **_: Any) -> Iterator[Page | Reject | Request]:
        home = response.meta["site"]
        if site(response.url) != home:
            yield Reject(response.url, "off_site", f"redirected away from {home}")
            return
        yield from self.keep(response)
        if isinstance(response, TextResponse) and is_html(response) and not self._nofollow(response):
            yield from self._on_site(links(response.text, response.url, response.encoding), LINK, home)

    def parse_robots(self, response: Response) -> Iterator[Request]:
        named = listings.robots(response.body, response.url)
        yield from self._sitemaps(named or [urljoin(response.url, "/sitemap.xml")])

    def robots_failed(self, failure: Failure) -> Iterator[Request]:
        yield from self._sitemaps([urljoin(failure.request.url, "/sitemap.xml")])  # type: ignore[attr-defined]

    def parse_sitemap(self, response: Response) -> Iterator[Reject | Request]:
        try:
            sitemaps, pages = listings.sitemap(response.body)
        except Refused as refused:
            yield Reject(response.url, refused.reason, refused.detail)
            return
        yield from self._on_site(pages, SITEMAP_PAGE, site(response.url))
        yield from self._sitemaps(sitemaps)

    def no_sitemap(self, failure: Failure) -> Iterator[Reject]:
        """Few sites have every sitemap they announce; the links remain. One that is too large is told."""
        for reject in self.failed(failure):
            if reject.reason == "too_large":
                reject.detail = f"a sitemap of more than {listings.SITEMAP_BYTES:,} bytes"
                yield reject
            else:
                self.logger.info("no sitemap at %s: %s", reject.url, reject.detail)

    def _nofollow(self, response: Response) -> bool:
        obeyed = self.settings.getbool("OBEY_OPT_OUTS")
        return obeyed and optouts.read(headers(response), response.body).nofollow

    def _robots(self, url: str) -> Request:
        rules = urljoin(url, "/robots.txt")
        meta = {"dont_obey_robotstxt": True}  # robots.txt cannot forbid itself
        return Request(rules, callback=self.parse_robots, errback=self.robots_failed, priority=ROBOTS, meta=meta)

    def _sitemaps(self, urls: Iterable[str]) -> Iterator[Request]:
        meta = {"download_maxsize": listings.SITEMAP_BYTES}
        for url in urls:
            if site(url):
                yield Request(url, self.parse_sitemap, errback=self.no_sitemap, priority=SITEMAP, meta=meta)

    def _on_site(self, urls: Iterable[str], priority: int, home: str | None) -> Iterator[Reject | Request]:
        if len(self._found) > REMEMBERED:
            self._found.clear()
        for url in urls:
            # Most links stand on many pages. What was found before is in the frontier, or was refused there.
            if site(url) == home and self._found.get(url, priority - 1) < priority:
                self._found[url] = priority
                yield self.request(url, priority, {"site": home})
