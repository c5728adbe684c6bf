"""For other people's Scrapy projects: clean fields on their items, and Parquet feeds. See docs/scrapy.md.

ADDONS = {"cleaners.scrapy_addon.WinnowAddon": 500}
"""

import asyncio
import logging
import multiprocessing
import os
from collections.abc import Awaitable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

import pyarrow as pa
from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import is_asyncio_available
from scrapy.utils.misc import build_from_crawler, load_object
from twisted.internet.defer import Deferred

from cleaners.errors import UsageError, WinnowError
from cleaners.schema import PAGES
from cleaners.scrapy_feeds import ITEMS, schema_of
from cleaners.scrapy_files import Failures, LocalStorage, failures_of
from cleaners.settings import Settings
from cleaners.worker import Limits
from cleaners.workers import Batches, Workers

#: What cleaning knows of a page, and the columns that only a crawl or a run over files knows.
_ELSEWHERE = {"dump", "url", "date", "file_path", "token_count", "fetch_status"}
FIELDS = tuple(name for name in ITEMS.names if name not in _ELSEWHERE and not name.startswith("warc_"))

_DEFAULTS = {
    "WINNOW_HTML_FIELD": "html",
    "WINNOW_URL_FIELD": "url",
    "WINNOW_LEARNED": True,
    "WINNOW_PROFILE": "best",
    "WINNOW_METADATA": "basic",
}
_EXPORTER = "cleaners.scrapy_feeds.ParquetItemExporter"
_NO_WORKERS = (
    'a script must start its crawl under `if __name__ == "__main__":`; '
    "else look whether memory or processes are limited too tightly"
)
_log = logging.getLogger(__name__)


class WinnowAddon:
    """Adds the pipeline and the exporter to a project's settings."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self.failures = Failures(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "WinnowAddon":
        return cls(crawler)

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """A worker process imports the script that started the crawl, and must not crawl too."""
        del settings
        if getattr(multiprocessing.current_process(), "_inheriting", False):
            raise SystemExit(_NO_WORKERS)

    def update_settings(self, settings: BaseSettings) -> None:
        for name, value in _DEFAULTS.items():
            settings.set(name, value, priority="default")
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", CleanPipeline, 300)
        exporters, storages = settings.getdict("FEED_EXPORTERS"), settings.getdict("FEED_STORAGES")
        exporters.setdefault("parquet", _EXPORTER)
        usual = settings.getwithbase("FEED_STORAGES")
        for scheme in ("", "file"):
            if usual[scheme]:  # None: the project wants no local files
                storages[scheme] = partial(self._storage, usual[scheme])
        for name, value in (("FEED_EXPORTERS", exporters), ("FEED_STORAGES", storages)):
            settings.set(name, value, settings.getpriority(name) or 0)
        try:
            schema_of(settings)
        except UsageError as error:
            self.failures.report(error)

    def _storage(self, usual: Any, uri: str, *, feed_options: Mapping[str, Any] | None = None) -> Any:
        """Other formats keep the storage that they had."""
        if (feed_options or {}).get("format") == "parquet":
            return LocalStorage(self.failures, uri, feed_options)
        return build_from_crawler(load_object(usual), self._crawler, uri, feed_options=feed_options)


class CleanPipeline:
    """Puts clean text, and what cleaning found out, on each item that holds a page."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler, self._failures = crawler, failures_of(crawler)
        self._html, self._text, self._url = (settings[f"WINNOW_{name}_FIELD"] for name in ("HTML", "TEXT", "URL"))
        self._drop = settings.getbool("WINNOW_DROP_REJECTED")
        self._seen = self._without = 0
        self._workers: Workers | None = None
        try:
            self._fields, self._strict = _fields(settings)
            self._workers = _workers(settings)
        except WinnowError as error:
            self._failures.report(error)
        except ValueError as error:
            self._failures.report(UsageError(f"a WINNOW_ setting: {error}", "see docs/scrapy.md"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CleanPipeline":
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Raises DropItem for a rejected page, if WINNOW_DROP_REJECTED is set."""
        fields = ItemAdapter(item)
        self._seen += 1
        if self._workers is None or not {self._html, self._text} & {*fields}:
            self._without += 1
            return item
        page = self._page(fields)
        try:
            self._look_for_fields(item)
            found = await self._cleaned(page)
            self._fill(item, found)
        except WinnowError as error:
            self._failures.report(error)
        else:
            self._tell(page, found)
        return item

    async def _cleaned(self, page: dict[str, Any]) -> dict[str, Any]:
        """A row of RECORDS or REJECTS. Raises WinnowError where no worker process can be had."""
        assert self._workers is not None
        try:
            records, rejects = await _awaited(self._workers.submit(_batch(page)))
        except WinnowError as error:
            raise WinnowError(f"no page can be cleaned: {error.args[0]}", _NO_WORKERS) from None
        row: dict[str, Any] = (records.to_pylist() or rejects.to_pylist())[0]
        return row

    def close_spider(self) -> None:
        if self._workers is None:
            return
        self._workers.__exit__()
        if self._seen and self._without == self._seen and self._failures.first is None:
            named = " or ".join(repr(name) for name in (self._html, self._text) if name)
            _log.warning("Winnow cleaned nothing: none of %d items has a field %s", self._seen, named)

    def _page(self, fields: ItemAdapter) -> dict[str, Any]:
        """A row of PAGES."""
        html, text = fields.get(self._html), fields.get(self._text)
        row: dict[str, Any] = {"url": _string(fields.get(self._url))}
        if not isinstance(html, str | bytes | None) or not isinstance(text, str | None):
            kind = type(text if isinstance(html, str | bytes | None) else html).__name__
            return row | {"problem": "row_invalid", "problem_detail": f"a page of the type {kind}"}
        if isinstance(html, str):
            return row | {"html": html.encode("utf-8", "surrogatepass"), "charset": "utf-8", "text": _string(text)}
        return row | {"html": html, "text": _string(text), "title": None if html else _string(fields.get("title"))}

    def _look_for_fields(self, item: Any) -> None:
        """Raises UsageError where a class lacks a field that was asked for; if none was, it needs `text`."""
        for ours, theirs in self._fields.items():
            if not _takes(item, theirs) and (self._strict or ours == "text"):
                what = f"items of {type(item).__name__} have no field {theirs!r} for {ours!r}"
                raise UsageError(what, "declare it, or choose fields with WINNOW_FIELDS")

    def _fill(self, item: Any, found: dict[str, Any]) -> None:
        """What the spider filled stays as it is, but for the text. Raises UsageError."""
        fields = ItemAdapter(item)
        values = found | {"reject": found.get("reason")}
        for ours, theirs in self._fields.items():
            if _takes(item, theirs) and (
                (ours == "text" and ours in values) or fields.get(theirs) in (None, "", [], ())
            ):
                _set(fields, theirs, values.get(ours))

    def _tell(self, page: dict[str, Any], found: dict[str, Any]) -> None:
        reason = found.get("reason")
        self._crawler.stats.inc_value(f"winnow/rejected/{reason}" if reason else "winnow/cleaned")
        if reason:
            message = f"no clean text from {page['url'] or 'an item'}: {reason}: {found['detail'] or ''}"
            if self._drop:
                raise DropItem(message)
            _log.info("%s", message, extra={"spider": self._crawler.spider})


def _fields(settings: BaseSettings) -> tuple[dict[str, str], bool]:
    """Which of FIELDS goes into which field of an item, and whether each must be there. Raises UsageError."""
    given = settings.getdictorlist("WINNOW_FIELDS")
    fields = dict(given) if isinstance(given, dict) and given else {name: name for name in given or FIELDS}
    if unknown := {*fields} - {*FIELDS}:
        raise UsageError(f"WINNOW_FIELDS: unknown: {', '.join(sorted(unknown))}", f"choose from {', '.join(FIELDS)}")
    return fields, bool(given)


def _workers(settings: BaseSettings) -> Workers:
    """Processes that clean; they start with the first page. Raises UsageError or ValueError."""
    conditions = Settings(
        headline=settings.getbool("WINNOW_HEADLINE"),
        rule_files=tuple(settings.getlist("WINNOW_RULES")),
        thorough=settings.getbool("WINNOW_THOROUGH"),
        learned=settings.getbool("WINNOW_LEARNED"),
        profile=settings.get("WINNOW_PROFILE"),
        metadata=settings.get("WINNOW_METADATA"),
    )
    _ = conditions.rules
    count = settings.getint("WINNOW_WORKERS") or os.cpu_count() or 1
    deadline = settings.getfloat("WINNOW_DEADLINE") or Limits().deadline
    if count < 1 or deadline < 0:
        raise UsageError("WINNOW_WORKERS and WINNOW_DEADLINE must be more than 0", "leave them out")
    return Workers(conditions, count, Limits(deadline=deadline))


def _batch(page: dict[str, Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([page], schema=PAGES)


def _string(value: Any) -> str | None:
    """Text that Arrow takes: no halves of surrogate pairs.

    >>> _string("a\\ud83d\\ude00\\ud83d"), _string(7)
    ('a😀\ufffd', None)
    """
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else None


def _takes(item: Any, field: str) -> bool:
    return isinstance(item, dict) or field in ItemAdapter(item).field_names()


def _set(fields: ItemAdapter, name: str, value: Any) -> None:
    try:
        fields[name] = value
    except Exception as error:  # frozen classes, validators: each library has its own
        what = f"items of {type(fields.item).__name__} do not take the field {name!r}: {error!r}"
        raise UsageError(what, "let it be set, or choose fields with WINNOW_FIELDS") from None


def _awaited(future: "Future[Batches]") -> Awaitable[Batches]:
    """Under asyncio and under Twisted's other reactors; the crawl goes on meanwhile."""
    if is_asyncio_available():
        return asyncio.shield(asyncio.wrap_future(future))
    from twisted.internet import reactor

    deferred: Deferred[Batches] = Deferred()

    def hand_on() -> None:
        error = future.exception()
        deferred.callback(future.result()) if error is None else deferred.errback(error)

    future.add_done_callback(lambda _: reactor.callFromThread(hand_on))
    return deferred
