"""Parquet as a feed of anybody's Scrapy project: the schema is given and never inferred, nothing is lost unsaid."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from numbers import Real
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from itemadapter import ItemAdapter, is_item
from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from cleaners.errors import StorageError, UsageError
from cleaners.schema import RECORDS
from cleaners.scrapy_files import Failures, close_spider, failures_of

#: What the add-on puts on items: RECORDS, and why a page became no record.
ITEMS = RECORDS.append(pa.field("reject", pa.string()))

_ROW_GROUP = 32 << 20  # bytes of items in memory before they are written
_LEAST_ITEM = 4096  # bytes that the smallest item takes there


class UnfitItem(UsageError):
    """An item that the schema has no place for."""


class ParquetItemExporter(BaseItemExporter):
    """Items as rows of a schema that is given and never inferred. It raises nothing: `Failures` hears of it.

    An item that does not fit is left out and reported. If it is the crawl's first, the schema is wrong: that ends it.
    """

    def __init__(
        self, file: IO[bytes], failures: Failures, schema: pa.Schema, unwritten: Iterable[str] = (), **options: Any
    ) -> None:
        super().__init__(dont_fail=True, **options)
        self._file, self._failures, self._schema = file, failures, schema
        self._unwritten = frozenset(unwritten)  # fields that are left out although they hold something
        self._writer: pq.ParquetWriter | None = None
        self._pending: list[pa.RecordBatch] = []
        self._size = self._rows = self._refused = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], *, schema: Any = None, **options: Any) -> Any:
        try:
            failures = failures_of(crawler)
        except UsageError:
            close_spider(crawler)
            raise
        html = crawler.settings["WINNOW_HTML_FIELD"]
        try:
            found = schema_of(crawler.settings if schema is None else {"WINNOW_PARQUET_SCHEMA": schema})
        except UsageError as error:
            failures.report(error)
            found = ITEMS
            file.close()
        unwritten = {html} - {*found.names} if not options.get("fields_to_export") else ()
        return cls(file, failures, found, unwritten, **options)

    def start_exporting(self) -> None:
        if self._file is sys.stdout.buffer:
            self._failures.report(UsageError("Parquet cannot be written to standard output", "name a file"))
        elif not self._file.closed:
            self._guarded(self._begin)

    def export_item(self, item: Any) -> None:
        if self._writer is None:
            return  # that is reported already
        try:
            row = self._row(item)
        except UnfitItem as error:
            self._refused += 1
            if not self._failures.fitted:
                self._give_up()
            self._failures.report(error, stop=not self._failures.fitted)
            return
        self._failures.fitted = True
        self._rows += 1
        self._pending.append(row)
        self._size += max(row.nbytes, _LEAST_ITEM)
        if self._size >= _ROW_GROUP:
            self._guarded(self._write)

    def finish_exporting(self) -> None:
        if self._writer is None:
            return
        if self._refused and not self._rows:
            self._give_up()
        else:
            self._guarded(self._end)

    def _begin(self) -> None:
        options = {"compression": "zstd", "write_page_checksum": True, "write_page_index": True}
        self._writer = pq.ParquetWriter(self._file, self._schema, **options)

    def _write(self) -> None:
        assert self._writer is not None
        if self._pending:
            rows = pa.Table.from_batches(self._pending, self._schema).combine_chunks()
            self._pending, self._size = [], 0
            self._writer.write_table(rows, row_group_size=rows.num_rows)

    def _end(self) -> None:
        assert self._writer is not None
        self._write()
        self._writer.close()
        self._writer = None

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (OSError, pa.ArrowException) as error:
            what = f"cannot write {getattr(self._file, 'name', 'the feed')}: {error}"
            self._give_up()
            self._failures.report(StorageError(what, "make room, then crawl again"))

    def _give_up(self) -> None:
        """A file that is closed is never stored, whatever the storage."""
        if self._writer is not None:
            self._writer.is_open = False  # else it would write its footer when it is collected
        self._writer, self._pending = None, []
        with contextlib.suppress(OSError):
            self._file.close()

    def _row(self, item: Any) -> pa.RecordBatch:
        """Raises UnfitItem."""
        fields = dict(self.get_serialized_fields(item, include_empty=False))
        known = {*self._schema.names, *self._unwritten}
        if unknown := [name for name, value in fields.items() if name not in known and value is not None]:
            what = f"{_name(item)} has the field {unknown[0]!r}, which the schema lacks"
            raise UnfitItem(
                what, "add it to WINNOW_PARQUET_SCHEMA, or name the fields to write in FEED_EXPORT_FIELDS"
            )
        arrays = [_column(item, field, fields.get(field.name)) for field in self._schema]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


@cache
def _null(kind: pa.DataType) -> pa.Array:
    """Most columns of most items."""
    return pa.nulls(1, kind)


def _column(item: Any, field: pa.Field, value: Any) -> pa.Array:
    if value is None and field.nullable:
        return _null(field.type)
    value = _plain(value) if pa.types.is_nested(field.type) else value
    try:
        array = pa.array([value], field.type)
        if value is None or not _same(value, array[0].as_py()):
            raise ValueError
        return array
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        what = f"{_name(item)}: field {field.name!r} holds {_short(value)} ({type(value).__name__})"
        raise UnfitItem(f"{what}, the schema has {field.type}", "mend the spider, or the schema") from None


def _plain(value: Any) -> Any:
    """Items inside items as dicts."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return ItemAdapter(value).asdict() if is_item(value) else value


def _same(value: Any, kept: Any) -> bool:
    """Whether Arrow kept the value: it would also make 3.7 an integer, a word a list, and drop a key of a struct.

    >>> _same(3.7, 3), _same(3.0, 3), _same("ab", ["a", "b"]), _same({"a": 1, "b": 2}, {"a": 1})
    (False, True, False, False)
    """
    if isinstance(kept, dict):
        return (
            isinstance(value, Mapping) and not {*value} - {*kept} and all(_same(value.get(k), kept[k]) for k in kept)
        )
    if isinstance(kept, list | tuple):
        return isinstance(value, list) and len(value) == len(kept) and all(map(_same, value, kept))
    if isinstance(value, bool) or isinstance(kept, bool):
        return value is kept
    return isinstance(value, Real) if isinstance(kept, float) else bool(value == kept)


def _name(item: Any) -> str:
    fields = ItemAdapter(item)
    for name in ("url", "id"):
        if fields.get(name):
            return f"item with {name} {_short(fields[name])}"
    return f"item {_short(fields.asdict())}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"


def schema_of(settings: BaseSettings | Mapping[str, Any]) -> pa.Schema:
    """Of Parquet feeds: a schema, the import path of one, or names and types. Raises UsageError.

    >>> schema_of({"WINNOW_PARQUET_SCHEMA": {"name": "string", "tags": "list<string>"}}).types
    [DataType(string), ListType(list<item: string>)]
    """
    given = settings.get("WINNOW_PARQUET_SCHEMA")
    if given is None:
        return ITEMS
    try:
        if isinstance(given, str):
            given = json.loads(given) if given.startswith("{") else load_object(given)  # JSON: from the command line
        if isinstance(given, Mapping):
            given = pa.schema([(name, _type(kind)) for name, kind in given.items()])
    except (ImportError, NameError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"WINNOW_PARQUET_SCHEMA: {error}", "see docs/scrapy.md for what it may hold") from None
    if not isinstance(given, pa.Schema):
        raise UsageError(f"WINNOW_PARQUET_SCHEMA holds no schema: {_short(given)}", "name a pyarrow.Schema")
    return given


def _type(name: Any) -> pa.DataType:
    if isinstance(name, str) and name.startswith("list<") and name.endswith(">"):
        return pa.list_(_type(name[5:-1]))
    return pa.type_for_alias(name) if isinstance(name, str) else name
