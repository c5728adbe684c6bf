"""Files that speak for a whole host, as robots.txt does: asked for once, followed where they moved, kept a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from w3lib.url import safe_url_string

from crawler import addresses

KEPT = 24 * 3600.0  # seconds; RFC 9309, 2.4: a robots.txt is not to be used for longer
ASKED_AGAIN = 300.0  # seconds until a host whose file could not be read is asked once more
HOPS = 5  # redirects; RFC 9309, 2.3.1.2: at least five are to be followed
MOST_HOSTS = 10_000  # remembered at a time; the one used longest ago is forgotten, and asked anew when it comes up
_MOVED = (301, 302, 303, 307, 308)
_FIRST = 1000  # priority: pages of the host are waiting for this one
_OWN = "winnow_host_file"

T = TypeVar("T")


def origin(url: str) -> str:
    """Scheme, host and port: what such a file speaks for.

    >>> origin("https://Example.org:443/a"), origin("http://[::1]:8000/"), origin("http://example.org")
    ('https://example.org', 'http://[::1]:8000', 'http://example.org')
    """
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, addresses.SCHEMES.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_one(request: Request) -> bool:
    """Whether this request was made here."""
    return _OWN in request.meta


async def fetch(crawler: Crawler, url: str, most: int, **meta: Any) -> Response:
    """The answer behind the redirects; one more than HOPS, or one that leads nowhere, comes back as it is.

    `most`: bytes, whatever DOWNLOAD_MAXSIZE says. Raises what Scrapy raises, and what a middleware refuses with.
    """
    # Not by Scrapy's middleware: it may be off, or set to fewer hops, and then a forbidden host would be open.
    meta |= {_OWN: True, "dont_redirect": True, "download_maxsize": most, "allow_offsite": True}
    for hop in range(HOPS + 1):
        request = Request(url, callback=NO_CALLBACK, priority=_FIRST, meta=dict(meta))
        response = await crawler.engine.download_async(request)
        to = _target(response)
        if to is None or hop == HOPS:
            break
        url = to
    return response


def _target(response: Response) -> str | None:
    location = response.headers.get("Location")
    if response.status not in _MOVED or location is None:
        return None
    try:
        target = addresses.join(response.url, safe_url_string(location.strip()))
    except ValueError:
        return None
    return None if addresses.problem(target) else target


@dataclass
class _Known(Generic[T]):
    value: T | None = None
    until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OncePerHost(Generic[T]):
    """What `ask` says of an origin, for as many seconds as it says; asked once, however many wait for it."""

    def __init__(self, ask: Callable[[str], Awaitable[tuple[T, float]]]) -> None:
        self._ask = ask
        self._known: dict[str, _Known[T]] = {}  # the one used last stands last

    async def get(self, origin: str) -> T:
        known = self._known.pop(origin, None) or _Known()
        self._known[origin] = known
        if len(self._known) > MOST_HOSTS:
            del self._known[next(iter(self._known))]
        async with known.lock:
            if known.value is None or known.until <= monotonic():
                known.value, seconds = await self._ask(origin)
                known.until = monotonic() + seconds
            return known.value
