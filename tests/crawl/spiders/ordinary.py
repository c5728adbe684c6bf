"""Spiders as users write them: no part of Winnow but its scheduler, and Page where they want a page kept."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import scrapy
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import DropItem
from scrapy.http import Response

from crawler.spiders.base import to_page


class PickyPipeline:
    def process_item(self, item: Any) -> Any:
        if "/dropped" in str(getattr(item, "url", "")):
            raise DropItem("nobody wants it")
        if "/breaks-pipeline" in str(getattr(item, "url", "")):
            raise ValueError("a fault of the pipeline")
        return item


class OrdinarySpider(scrapy.Spider):
    """Each address it asks for ends in another way."""

    name = "ordinary"
    custom_settings: ClassVar[dict[str, Any]] = {
        "ITEM_PIPELINES": {"ordinary.PickyPipeline": 100, "crawler.pipelines.ArchivePipeline": 300},
        "LOG_LEVEL": "CRITICAL",
    }
    plain = (
        "page",
        "dropped",
        "breaks-pipeline",
        "moved",
        "private/a",
        "away",
        "missing",
        "flaky",
        "flaky-moved",
        "down",
        "picture",
    )

    def __init__(self, url: str, **arguments: str) -> None:
        super().__init__(**arguments)
        self.start_urls = [f"{url}/start"]
        self.allowed_domains = ["127.0.0.1"]

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield {"title": "an item of their own"}
        for path in self.plain:
            yield response.follow(f"/{path}", self.parse_page)
        yield response.follow("/item", self.parse_item, cb_kwargs={"number": 7, "raw": b"\xff"}, priority=5)
        yield response.follow("/missing-told", self.parse_page, errback=self.told)
        yield response.follow("/nothing", self.parse_nothing)
        yield response.follow("/breaks-spider", self.parse_badly)
        yield response.follow("/again", self.parse_again, meta={"turn": 0})
        yield response.follow("/asks-to-retry", self.parse_retry)
        yield response.follow("/page", self.parse_item, dont_filter=True, cb_kwargs={"number": 8, "raw": b""})
        yield scrapy.FormRequest(response.urljoin("/form"), formdata={"name": "Ada"}, callback=self.parse_page)

    def parse_page(self, response: Response) -> Iterator[Any]:
        yield to_page(response)

    def parse_item(self, response: Response, number: int, raw: bytes) -> Iterator[Any]:
        assert isinstance(raw, bytes)
        yield {"url": response.url, "number": number, "depth": response.meta["depth"]}

    def parse_nothing(self, response: Response) -> None:
        pass

    def parse_badly(self, response: Response) -> Iterator[Any]:
        yield {"url": response.url}
        raise KeyError("a fault of the spider")

    def parse_again(self, response: Response) -> Iterator[Any]:
        yield to_page(response)
        if response.meta["turn"] < 2:
            yield response.request.replace(dont_filter=True, meta={"turn": response.meta["turn"] + 1})

    def parse_retry(self, response: Response) -> Iterator[Any]:
        if again := get_retry_request(response.request, spider=self, reason="not yet", max_retry_times=1):
            yield again
        else:
            yield to_page(response)

    def told(self, failure: Any) -> Iterator[Any]:
        yield failure.request.replace(url=failure.request.url.replace("missing-told", "instead"), errback=None)


class FromUrl(scrapy.Spider):
    """What begins at paths of the site that `-a url=` names."""

    paths = ("/start",)

    def __init__(self, url: str, **arguments: str) -> None:
        super().__init__(**arguments)
        self.start_urls = [url + path for path in self.paths]


class LambdaSpider(FromUrl):
    name = "lambda"

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield to_page(response)
        yield response.follow("/page", lambda _: None)


class OrderSpider(scrapy.Spider):
    """Priorities, the order of discovery, and depth."""

    name = "order"

    def __init__(self, url: str, **arguments: str) -> None:
        super().__init__(**arguments)
        self.url = url

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(f"{self.url}/start", self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        for name, priority in (("c", 0), ("d", 0), ("b", 1), ("a", 9), ("d", 0)):
            yield response.follow(f"/order/{name}", self.parse_page, priority=priority)

    def parse_page(self, response: Response) -> Iterator[Any]:
        yield to_page(response)
        yield response.follow(f"{response.url}/{response.meta['depth']}", self.parse_page)


class StartsSpider(FromUrl):
    """Two start addresses, of which the second redirects to the first."""

    name = "starts"
    paths = ("/page", "/to-page")

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield to_page(response)


class HostsSpider(FromUrl):
    """Follows links wherever they lead."""

    name = "hosts"

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        yield to_page(response)
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.parse)
