"""A request that Scrapy is working on, and what is known of how it will end."""

from dataclasses import dataclass

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler import failures
from crawler.frontier import Ending


@dataclass(slots=True, eq=False)
class Handed:
    """Filled in while the answer passes the middlewares, the spider and the pipelines."""

    id: int  # in the frontier
    slot: str
    request: Request
    content: bytes | None  # digest of what an earlier round stored
    alone: bool  # a suspect
    answered: bool = False  # an answer reached the spider's middlewares
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    pages: int = 0
    unchanged: bool = False
    dropped: bool = False  # an item pipeline wanted none of it
    opt_out: str | None = None
    rejected: str | None = None  # the reason of the reject that the spider gave
    failure: tuple[str, str] | None = None  # reason and detail of one that nobody else tells
    redirected: bool = False
    superseded: bool = False  # it waits again already
    postponed: bool = False  # it has to wait again

    def answer(self, response: Response) -> None:
        self.answered = True
        self.status = response.status
        if response.status in (200, 304):
            self.etag = _text(response, "ETag")
            self.last_modified = _text(response, "Last-Modified")

    def noted(self, failure: Failure) -> Failure:
        """The errback of a request that has none: what went wrong is kept, and all goes on as without it."""
        assert failure.value is not None
        self.failure = failures.reason(failure.value)
        if isinstance(failure.value, HttpError):
            self.status = failure.value.response.status
        return failure

    def ending(self) -> Ending:
        if self.pages:
            outcome = "page"
        elif self.unchanged:
            outcome = "unchanged"
        elif self.rejected or self.failure:
            outcome = self.rejected or (self.failure or ("", ""))[0]
        elif self.dropped:
            outcome = "dropped"
        elif self.answered:
            outcome = "read"
        else:
            outcome = "redirect" if self.redirected else "failed"  # and its errback knew what to do
        return Ending(outcome, self.status, self.etag, self.last_modified, self.content, self.opt_out)


def _text(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
