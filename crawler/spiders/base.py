"""What the three spiders share: their arguments, the limit, and one item for every address."""

from collections.abc import Iterator
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import addresses, arguments, failures
from crawler.items import Page, Reject

HTML_TYPES = ("text/html", "application/xhtml+xml")
HTML_STARTS = (b"<!doctype html", b"<html")
SNIFFED_BYTES = 1024


class PageSpider(Spider):
    """A spider that yields a Page or a Reject for every address it was given or found."""

    source: ClassVar[str]  # its mandatory argument: url or file
    conditional = True  # a page that an earlier round stored is asked for only if it has changed
    revisits = False  # whether a new round asks again for all that is known, or for what it finds again

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name)
        self.arguments = arguments.read(self.name, self.source, given)
        self.limit = self.arguments.limit

    def request(self, url: str, priority: int = 0, meta: dict[str, Any] | None = None) -> Request | Reject:
        if found := addresses.problem(url):
            return Reject(url, *found)
        try:
            return Request(url, callback=self.parse, errback=self.failed, priority=priority, meta=meta)
        except ValueError as error:
            return Reject(url, "url_invalid", str(error))

    def parse(self, response: Response, **_: Any) -> Iterator[Page | Reject | Request]:
        yield from self.keep(response)

    def keep(self, response: Response) -> Iterator[Page | Reject]:
        """The page, if it is one."""
        if not is_html(response):
            kind = response.headers.get("Content-Type", b"")
            yield Reject(response.url, "not_html", _text(kind) or "no content type, and not HTML")
            return
        yield to_page(response)

    def failed(self, failure: Failure) -> Iterator[Reject]:
        request: Request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        if not isinstance(failure.value, failures.NotModified):
            yield Reject(request.url, *failures.reason(failure.value), request=request)


def is_html(response: Response) -> bool:
    """By the declared type; by the first bytes where none is declared."""
    if declared := response.headers.get("Content-Type"):
        return _text(declared).split(";")[0].strip().lower() in HTML_TYPES
    return any(start in response.body[:SNIFFED_BYTES].lower() for start in HTML_STARTS)


def to_page(response: Response) -> Page:
    return Page(response.url, response.status, response.protocol or "HTTP/1.1", headers(response), response.body)


def headers(response: Response) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, values in response.headers.items() for value in values]


def _text(header: bytes | None) -> str:
    return (header or b"").decode("latin-1")
