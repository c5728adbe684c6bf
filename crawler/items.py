"""What the spiders yield: a Page that goes into the archive, or a Reject that says why there is none."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scrapy import Request

#: Why an address ended without a page. Closed: nothing else is ever written.
REASONS = {
    "fetch_failed": "no whole answer came: host not found, refused, timed out, broken off",
    "tls_invalid": "the host could not prove who it is",
    "http_error": "the answer's status is not 2xx",
    "robots_disallowed": "the host's robots.txt keeps crawlers from this address",
    "robots_unreachable": "the host's robots.txt could not be read, so nothing there is asked for",
    "opt_out": "the page, its headers or its host reserve it against this use",
    "blocked_address": "a private address, which ALLOW_PRIVATE does not name",
    "too_many_redirects": "the redirects did not come to an end",
    "not_html": "the answer is not an HTML page",
    "too_large": "the answer is larger than DOWNLOAD_MAXSIZE",
    "off_site": "the address leads away from the site being crawled",
    "scheme_not_allowed": "the address is neither http nor https",
    "url_invalid": "the address cannot be read",
    "spider_error": "the spider or an item pipeline failed on the answer; the log says how",
    "crashes_crawler": "the crawler was killed time and again while it worked on this address alone",
}

LONGEST_DETAIL = 120


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Page:
    """An HTML page as it was fetched, before anything was read out of it."""

    url: str  # behind all redirects
    status: int
    protocol: str  # HTTP/1.1
    headers: list[tuple[str, str]]  # repeated ones are kept
    body: bytes = field(repr=False)  # without transfer and content encoding: Scrapy has undone both
    fetched_at: datetime = field(default_factory=now)
    request: Request | None = field(default=None, repr=False)  # whose answer it is; set by FrontierMiddleware


@dataclass(slots=True)
class Reject:
    """An address that was asked for and gave no page."""

    url: str
    reason: str  # one of REASONS
    detail: str
    date: datetime = field(default_factory=now)
    request: Request | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """What a server says may hold anything, and details are shown in terminals."""
        self.url = self.url.encode("utf-8", "replace").decode()
        self.detail = self.detail.encode("unicode_escape").decode()[:LONGEST_DETAIL]

    def line(self) -> str:
        """As it stands in `rejects.jsonl`."""
        row = {"url": self.url, "reason": self.reason, "detail": self.detail}
        return json.dumps(row | {"date": f"{self.date:%Y-%m-%dT%H:%M:%SZ}"}, ensure_ascii=False)
