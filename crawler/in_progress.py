"""The requests that Scrapy is working on: what they bring goes into the frontier, and so does their end."""

import hashlib
from collections import Counter
from collections.abc import Callable, Container

from scrapy import Request
from scrapy.http import Response

from crawler import content, optouts, outputs
from crawler.frontier import Frontier
from crawler.handed import Handed
from crawler.items import Page, Reject
from crawler.slots import Slots
from crawler.warc import response_record


class InProgress:
    """Handed out, and not yet known to have ended. `outcomes` counts those that ended in this run."""

    def __init__(self, fingerprint: Callable[[Request], bytes]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.details: Counter[tuple[str, str]] = Counter()  # reasons and details of rejects
        self._fingerprint = fingerprint
        self._handed: dict[Request, Handed] = {}

    def open(self, frontier: Frontier, slots: Slots) -> None:
        self._frontier, self._slots = frontier, slots

    def __len__(self) -> int:
        return len(self._handed)

    def add(self, handed: Handed) -> Handed:
        self._handed[handed.request] = handed
        return handed

    def alone(self) -> bool:
        """Whether a suspect is under way."""
        return any(one.alone for one in self._handed.values())

    def by_id(self, request_id: int) -> Handed:
        return next(one for one in self._handed.values() if one.id == request_id and not one.superseded)

    def scheduled(self, request: Request) -> None:
        """A request that Scrapy may enqueue: one that redirects tells how another ended."""
        if urls := request.meta.get("redirect_urls"):
            for handed in self._handed.values():
                handed.redirected = handed.redirected or handed.request.url == urls[-1]

    def of(self, request: Request | None) -> Handed | None:
        """By the request itself, or by its fingerprint where a middleware has put another in its place."""
        if request is None:
            return None
        if found := self._handed.get(request):
            return found
        key = self._fingerprint(request)
        return next((one for one in self._handed.values() if self._fingerprint(one.request) == key), None)

    def answered(self, response: Response) -> None:
        """An answer on its way to the spider."""
        if handed := self.of(response.request):
            handed.answer(response)

    def store(self, page: Page, obey_opt_outs: bool) -> bool:
        """Keeps a page, unless an earlier round stored the same, or it asks not to be kept. Whether it was kept."""
        handed = self.of(page.request)
        refuses = optouts.read(page.headers, page.body).refuses
        if refuses and obey_opt_outs:
            self.reject(Reject(page.url, "opt_out", refuses[0], request=page.request))
            return False
        digest = content.digest(page.body)
        if handed and handed.content == digest:
            handed.unchanged = True
            return False
        record = response_record(page, "; ".join(refuses))
        outputs.add_page(self._frontier.db, handed.id if handed else None, record)
        self._frontier.page_bytes += len(record)
        if handed:
            handed.pages += 1
            handed.content, handed.opt_out = digest, "; ".join(refuses) or None
        else:
            self.outcomes["page"] += 1
        return True

    def reject(self, reject: Reject) -> None:
        self.details[reject.reason, reject.detail] += 1
        handed = self.of(reject.request)
        if handed and _bare(reject.url) == _bare(handed.request.url):
            handed.rejected = reject.reason
            outputs.add_reject(self._frontier.db, handed.id, reject.line())
            return
        # An address that nobody will ask for, such as a link that cannot be read: told once a round. It is settled
        # with that, whatever becomes of the request that brought it.
        if self._frontier.add_ended(_key(reject.url), reject.url, reject.reason):
            outputs.add_reject(self._frontier.db, None, reject.line())
            self.outcomes[reject.reason] += 1

    def reject_ended(self, request_id: int, reject: Reject) -> None:
        """What a later answer says of a request that has ended."""
        self.details[reject.reason, reject.detail] += 1
        self.outcomes[reject.reason] += 1
        self._frontier.ended_otherwise(request_id, reject.reason)
        outputs.add_reject(self._frontier.db, None, reject.line())

    def reap(self, running: Container[Request]) -> bool:
        """Those that Scrapy runs no more have ended. Whether there was one."""
        ended = [request for request in self._handed if request not in running]
        for request in ended:
            self._end(self._handed.pop(request))
        return bool(ended)

    def _end(self, handed: Handed) -> None:
        self._slots.ended(handed.slot)
        if handed.superseded:
            return
        if handed.postponed:
            self._frontier.wait(handed.id)
            self._slots.add(handed.slot)
            return
        ending = handed.ending()
        if handed.failure and ending.outcome == handed.failure[0] and not handed.rejected:
            self.details[handed.failure] += 1
            outputs.add_reject(self._frontier.db, handed.id, Reject(handed.request.url, *handed.failure).line())
        self.outcomes[ending.outcome] += 1
        self._frontier.end(handed.id, ending)


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _key(url: str) -> bytes:
    """For an address that is no request, and so has no fingerprint."""
    return hashlib.sha1(b"rejected " + url.encode("utf-8", "replace"), usedforsecurity=False).digest()
