"""Private addresses are not asked, whatever leads to them, and nobody is asked by a crawler without a CONTACT.

Two layers: the middleware refuses a request before anything is sent and says why; the resolver hands Twisted only
addresses that may be asked, so that a name which changes its address in between gains nothing.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Self, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.resolver import CachingHostnameResolver, HostResolution
from scrapy.settings import BaseSettings
from scrapy.utils.datatypes import LocalCache
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.interfaces import IReactorTime

from cleaners.errors import ConditionsError, UsageError, WinnowError
from crawler import contact
from crawler.failures import Refused
from crawler.private import Address, Allowed, is_public, literal, problem, read

_REMEMBERED = 10_000  # names whose addresses were all private


def allowed(settings: BaseSettings) -> Allowed:
    """What ALLOW_PRIVATE names. Raises UsageError where it cannot be read."""
    return read(settings.getlist("ALLOW_PRIVATE"))


class GuardedResolver(CachingHostnameResolver):
    """IPv4 and IPv6; of a name's addresses only those that may be asked are passed on.

    A lookup has no time limit of its own: the download, or the middleware, ends the wait.
    """

    def __init__(self, reactor: ReactorBase, cache_size: int) -> None:
        super().__init__(reactor, cache_size)
        self.allowed = Allowed()
        self.proxies: set[str] = set()  # hosts that whoever runs the crawl has set up as proxies
        self.refused: LocalCache[str, str] = LocalCache(_REMEMBERED)  # the private address by name

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        with contextlib.suppress(UsageError):  # nothing is allowed, then; the middleware ends the crawl and says so
            resolver.allowed = allowed(crawler.settings)
        resolver.proxies = {host for url in getproxies().values() if (host := _proxy_host(url))}
        return resolver

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Any]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        free = hostName.lower() in self.proxies
        checked: Any = _Checked(resolutionReceiver, hostName, addressTypes, self, free)
        # All types are asked for, because the cache knows only names.
        super().resolveHostName(checked, hostName, portNumber, None, transportSemantics)
        return HostResolution(hostName)

    def lookup(self, name: str) -> "Deferred[list[Address]]":
        """The addresses of a page's host that may be asked; where there are none, `refused` may know why."""
        found = _Found()
        checked: Any = _Checked(found, name, None, self, free=False)
        super().resolveHostName(checked, name)
        return found.done


class _Checked:
    """Passes on to a receiver what may be asked. (Twisted's IResolutionReceiver, which no type checker can read.)"""

    def __init__(
        self,
        receiver: Any,
        name: str,
        types: Sequence[type[Any]] | None,
        resolver: GuardedResolver,
        free: bool,
    ) -> None:
        self.receiver, self.name, self.types, self.resolver = receiver, name.lower(), types, resolver
        self.free = free or resolver.allowed.host(name)
        self.passed = False
        self.refused = ""

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        found = ip_address(address.host)
        if not (self.free or is_public(found) or self.resolver.allowed.holds(found)):
            self.refused = str(found)
        elif self.types is None or type(address) in self.types:
            self.passed = True
            self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        if not self.free:
            self.resolver.refused.pop(self.name, None)
        if self.refused and not self.passed:
            self.resolver.refused[self.name] = self.refused
        self.receiver.resolutionComplete()


class _Found:
    """Gathers what is resolved."""

    def __init__(self) -> None:
        self.addresses: list[Address] = []
        self.done: Deferred[list[Address]] = Deferred()

    def resolutionBegan(self, resolution: Any) -> None:
        pass

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        self.addresses.append(ip_address(address.host))

    def resolutionComplete(self) -> None:
        if not self.done.called:
            self.done.callback(self.addresses)


class GuardMiddleware:
    """Stands first: robots.txt, redirects and all else pass it. `error` is why nothing may be asked at all."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.error: WinnowError | None = None
        self.allowed = Allowed()
        try:
            self.allowed = allowed(settings)
        except UsageError as error:
            self.error = error
        self.no_contact = contact.problem(settings)
        self.longest = min(settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getfloat("DNS_TIMEOUT"))
        self.proxies = set(getproxies()) if settings.getbool("HTTPPROXY_ENABLED") else set()  # by scheme
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        resolver = _resolver()
        self.error = self.error or (None if resolver else _no_resolver(self.crawler.settings))
        if self.error or not resolver:
            raise self._stop()
        if found := problem(request.url, self.allowed):
            raise Refused(*found)
        if not await self._is_own(request, resolver) and self.no_contact:
            self.error = self.no_contact
            raise self._stop()

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A name that turned private between our look-up and the connection."""
        resolver, host = _resolver(), _host(request)
        if resolver and isinstance(exception, CannotResolveHostError) and host in resolver.refused:
            raise Refused("blocked_address", f"{host} is {resolver.refused[host]}") from exception

    async def _is_own(self, request: Request, resolver: GuardedResolver) -> bool:
        """Whether ALLOW_PRIVATE names the host; raises Refused for one that is private all the same."""
        host = _host(request)
        if self.allowed.host(host):
            return True
        if address := literal(host):
            return self.allowed.holds(address)
        found = await self._lookup(host, resolver)
        if not found and host in resolver.refused:
            raise Refused("blocked_address", f"{host} is {resolver.refused[host]}")
        if not found and self._has_proxy(request, host):  # which may know it, and as a private one
            raise Refused("fetch_failed", "host name not found here, so the proxy is not asked for it")
        return bool(found) and all(self.allowed.holds(address) for address in found)

    async def _lookup(self, host: str, resolver: GuardedResolver) -> list[Address]:
        from twisted.internet import reactor

        waiting = resolver.lookup(host)
        if not waiting.called:
            waiting.addTimeout(self.longest, cast(IReactorTime, reactor))
        try:
            return await maybe_deferred_to_future(waiting)
        except TimeoutError:
            raise DownloadTimeoutError(f"the name {host} was not found within {self.longest:g} seconds") from None

    def _has_proxy(self, request: Request, host: str) -> bool:
        if "proxy" in request.meta:
            return request.meta["proxy"] is not None
        return urlparse_cached(request).scheme in self.proxies and not proxy_bypass(host)

    def _stop(self) -> Refused:
        """Ends the crawl; what is under way waits for the next run."""
        if self._closing is None:
            # Not awaited: closing waits for this very request.
            reason = "contact" if self.error is self.no_contact else "settings"
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=reason))
        return Refused("fetch_failed", "not asked: the crawl stops")


def _resolver() -> GuardedResolver | None:
    from twisted.internet import reactor

    found = cast(ReactorBase, reactor).nameResolver
    return found if isinstance(found, GuardedResolver) else None


def _no_resolver(settings: BaseSettings) -> WinnowError:
    what = f"TWISTED_DNS_RESOLVER={settings['TWISTED_DNS_RESOLVER']} lets names lead to private addresses"
    return ConditionsError(what, "leave this setting as it is, crawler.guard.GuardedResolver")


def _host(request: Request) -> str:
    return urlparse_cached(request).hostname or ""


def _proxy_host(url: str) -> str | None:
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:
        return None
