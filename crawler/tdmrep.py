"""The TDM Reservation Protocol's file for a whole host (W3C community group report of 10 May 2024)."""

import json
from typing import Any, Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import hostfiles, robotstxt
from crawler.failures import Refused

PATH = "/.well-known/tdmrep.json"
MOST_BYTES = 1024 * 1024


class TdmRepMiddleware:
    """Refuses pages that /.well-known/tdmrep.json reserves, before they are fetched.

    A page may free itself by its own header or meta element, which we would have to fetch it to see. Whoever
    reserves a location asks not to be mined there, so we do not, and lose the few pages that are free after all; the
    file can free them, too, by a longer location.
    Where there is no such file, or none that can be read, nothing is reserved: it is an offer, unlike robots.txt.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("OBEY_OPT_OUTS"):
            raise NotConfigured
        self.crawler = crawler
        self.hosts = hostfiles.OncePerHost(self._ask)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if hostfiles.is_one(request) or not request.url.startswith(("http:", "https:")):
            return
        reserved = await self.hosts.get(hostfiles.origin(request.url))
        if not reserved.can_fetch(request.url, "*"):
            raise Refused("opt_out", "tdmrep.json: tdm-reservation: 1")

    async def _ask(self, origin: str) -> tuple[Protego, float]:
        try:
            answer = await hostfiles.fetch(self.crawler, origin + PATH, MOST_BYTES)
        except Exception:
            return read(b""), hostfiles.ASKED_AGAIN
        good = 200 <= answer.status < 300
        kept = hostfiles.ASKED_AGAIN if answer.status >= 500 else hostfiles.KEPT
        return read(answer.body if good else b""), kept


def read(body: bytes) -> Protego:
    """Its locations as rules: what is reserved may not be fetched.

    >>> read(b'[{"location": "/text/", "tdm-reservation": 1}]').can_fetch("https://example.org/text/a", "*")
    False
    """
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return robotstxt.protego([])
    found: dict[str, bool] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if (rule := _rule(entry)) is not None:
            found[rule[0]] = found.get(rule[0], False) or rule[1]
    return robotstxt.protego(("disallow" if reserved else "allow", path) for path, reserved in found.items())


def _rule(entry: Any) -> tuple[str, bool] | None:
    if not isinstance(entry, dict) or not isinstance(location := entry.get("location"), str):
        return None
    reservation = str(entry.get("tdm-reservation")).strip()
    if reservation not in ("0", "1"):
        return None
    return location.strip().replace("#", "%23").replace(" ", "%20"), reservation == "1"
