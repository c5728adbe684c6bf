"""What the archive and the frontier need to know of requests and answers."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import scheduler
from crawler.failures import NotModified
from crawler.items import Page, Reject
from crawler.requests import CONDITIONAL
from crawler.scheduler import FrontierScheduler


class KeepContentEncoding:
    """Copies Content-Encoding to the name web archives use, before Scrapy unpacks the body and drops it."""

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 (Scrapy's form)
        if encodings := response.headers.getlist("Content-Encoding"):
            response.headers.setlist("X-Archive-Orig-Content-Encoding", encodings)
        return response


class FrontierMiddleware:
    """Between the engine and the spider: tells the frontier whose answer, item and request is whose."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def _scheduler(self) -> FrontierScheduler:
        return scheduler.of(self._crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in start:
            if isinstance(output, Request):
                self._scheduler.duplicates.starting.add(output)
            yield output

    def process_spider_input(self, response: Response) -> None:
        in_progress = self._scheduler.in_progress
        in_progress.answered(response)
        if response.status == 304 and response.request and response.request.meta.get(CONDITIONAL):
            if handed := in_progress.of(response.request):
                handed.unchanged = True
            raise NotModified("not modified")

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in result:
            if isinstance(output, (Page, Reject)):
                output.request = response.request
            elif isinstance(output, Request) and response.request:
                self._scheduler.duplicates.parents[output] = response.request
            yield output

    def process_spider_exception(self, response: Response, exception: Exception) -> list[Any] | None:  # noqa: ARG002
        return [] if isinstance(exception, NotModified) else None
