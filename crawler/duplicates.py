"""Which requests enter the frontier: each address once a round, unless the spider insists."""

import hashlib
from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakSet

from scrapy import Request, Spider
from scrapy.crawler import Crawler

from cleaners.parts import Part
from cleaners.tombstones import Tombstones
from crawler import requests, sharding
from crawler.frontier import Frontier, Known, State
from crawler.in_progress import InProgress
from crawler.items import Reject
from crawler.slots import Slots

ITSELF = "it redirects to itself"


class DuplicateFilter:
    """Knows what Scrapy does not tell: where a request comes from."""

    def __init__(
        self,
        crawler: Crawler,
        fingerprint: Callable[[Request], bytes],
        in_progress: InProgress,
        shard: Part | None,
    ) -> None:
        self.starting: WeakSet[Request] = WeakSet()  # from the spider's start()
        self.parents: WeakKeyDictionary[Request, Request] = WeakKeyDictionary()  # by what their callbacks asked for
        self._crawler, self._fingerprint = crawler, fingerprint
        self._in_progress, self._shard = in_progress, shard

    def open(self, frontier: Frontier, slots: Slots, spider: Spider, forgotten: Tombstones) -> None:
        self._frontier, self._slots = frontier, slots
        self._spider, self._forgotten = spider, forgotten

    def admit(self, request: Request) -> bool:
        """Whether a request is put into the frontier. Raises UsageError for one that cannot be stored."""
        if self._forgotten.covers(request.url):
            return False
        if self._shard and not sharding.ours(request.url, self._shard):
            if request not in self.starting:  # the others start from the same list
                self._hand_over(request)
            return False
        key = self._fingerprint(request)
        known = self._frontier.find(key)
        if known is None or (known.round < self._frontier.round and known.outcome != "crashes_crawler"):
            self._add(key, request)
            return True
        if known.outcome == "crashes_crawler" and known.state == State.DONE:
            return False
        if known.state in (State.UNDER_WAY, State.ALONE):
            return self._again(known, request)
        if request.dont_filter and request not in self.starting:
            return self._anyway(key, request)
        if request.url in request.meta.get("redirect_urls", ()) and known.outcome == "redirect":
            # It has led back to itself by way of others: none of them will end otherwise.
            self._in_progress.reject_ended(known.id, Reject(request.url, "too_many_redirects", ITSELF))
        if known.state == State.WAITING and request.priority > known.priority:
            self._frontier.prefer(known.id, request.priority)
        self._crawler.stats.inc_value("dupefilter/filtered")
        return False

    def _add(self, key: bytes, request: Request) -> None:
        if request in self.starting and request.dont_filter:
            # To fetch it once a round is all that start() means, also of where it redirects to.
            request = request.replace(dont_filter=False, meta=request.meta | {"allow_offsite": True})
        slot = self._crawler.engine.downloader.get_slot_key(request)
        self._frontier.add(key, request.url, requests.to_json(request, self._spider), slot, request.priority)
        self._slots.add(slot)
        self._crawler.stats.inc_value("scheduler/enqueued")

    def _again(self, known: Known, request: Request) -> bool:
        """A request under way comes back: as a retry, or because its own callback asks again; or by a loop."""
        handed = self._in_progress.by_id(known.id)
        if not request.dont_filter:
            if request.url in request.meta.get("redirect_urls", ()):
                handed.failure = ("too_many_redirects", ITSELF)
            return False
        if request not in self.parents:  # a middleware's retry: what it redirects to is fetched once, as before
            request = request.replace(dont_filter=handed.request.dont_filter)
        slot = self._crawler.engine.downloader.get_slot_key(request)
        self._frontier.again(known.id, requests.to_json(request, self._spider), slot, request.priority)
        self._slots.add(slot)
        handed.superseded = True
        return True

    def _anyway(self, key: bytes, request: Request) -> bool:
        """`dont_filter` for an address that this round knows: once for each request that asks for it so."""
        parent = self.parents.get(request)
        origin = self._fingerprint(parent) if parent else b""
        text = requests.to_json(request, self._spider)
        key = hashlib.sha1(key + origin + text.encode("utf-8", "replace"), usedforsecurity=False).digest()
        known = self._frontier.find(key)
        if known and known.round == self._frontier.round:
            return False
        self._add(key, request)
        return True

    def _hand_over(self, request: Request) -> None:
        key = self._fingerprint(request)
        shard = sharding.owner(request.url, self._shard.of) if self._shard else 0
        sharding.remember(self._frontier, key, shard, requests.to_json(request, self._spider))
