"""Parquet files, row group by row group, a few rows at a time, and only the columns that are needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cleaners.errors import UsageError
from cleaners.load.rows import (
    CARRIED,
    Columns,
    Input,
    Row,
    build_row,
    no_content_column,
    problem,
    quoted,
    storage_errors,
)

_BATCH_ROWS = 16
_BUFFER_BYTES = 1 << 20

_TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())
_HTML_TYPES = (*_TEXT_TYPES, pa.binary(), pa.large_binary())


class _Damage(Exception):
    """The file's bytes cannot be read as Parquet."""


def check(input: Input, columns: Columns) -> None:
    """Raises UsageError when a named column is unfit, or none can hold pages. Damage is left to `read`."""
    if input.path is None:
        return
    try:
        with storage_errors(input), _opened(input) as file:
            schema = file.schema_arrow
    except _Damage:
        return
    found = _found(schema)
    for option, name, types in (
        ("--html-column", columns.html, _HTML_TYPES),
        ("--text-column", columns.text, _TEXT_TYPES),
    ):
        if name is None or _type(schema, name) in types:
            continue
        there = "no column" if _type(schema, name) is None else "wrong type of column"
        raise UsageError(
            f"{input.path}: {there} {quoted(name, 40)}; found: {found}",
            f"give {option} a column of type {', '.join(map(str, types))}",
        )
    if not _content_columns(schema, columns):
        raise no_content_column(input.path, columns, found)


def read(input: Input, columns: Columns) -> Iterator[Row]:
    """One row a row; `offset` counts rows from 1. A damaged row group is told of, and passed over."""
    first = 1
    try:
        with _opened(input) as file:
            names = _names(file.schema_arrow, columns)
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                number = first
                try:
                    for batch in _batches(file, group, names):
                        for fields in _fields(batch):
                            yield _row(fields, columns, input.label, number)
                            number += 1
                except _Damage as damage:
                    why = f"rows {number} to {first + rows - 1}: {damage}"
                    yield problem({"file_path": input.label, "offset": number}, "archive_damaged", why)
                first += rows
    except _Damage as damage:
        yield problem({"file_path": input.label, "offset": first}, "archive_damaged", f"file: {damage}")


@contextmanager
def _opened(input: Input) -> Iterator[pq.ParquetFile]:
    with (
        _damage(),
        pq.ParquetFile(
            input.path, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True
        ) as file,
    ):
        yield file


@contextmanager
def _damage() -> Iterator[None]:
    """Turns what pyarrow says of an unreadable file into _Damage; errors of the device pass."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if getattr(error, "errno", None):
            raise
        raise _Damage(quoted(str(error))) from error


def _batches(file: pq.ParquetFile, group: int, names: list[str]) -> Iterator[pa.RecordBatch]:
    with _damage():
        for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=names, use_threads=False):
            yield _dates_as_text(batch)


def _dates_as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    place = batch.schema.get_field_index("date")
    if place < 0 or not pa.types.is_temporal(batch.schema.field(place).type):
        return batch
    seconds = batch.column(place).cast(pa.timestamp("s"), safe=False)
    return batch.set_column(place, "date", pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ"))


def _fields(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | UnicodeDecodeError]:
    """The values of each row by column; UnicodeDecodeError (not raised): a string is not UTF-8."""
    for i in range(batch.num_rows):
        try:
            yield {name: batch.column(name)[i].as_py() for name in batch.schema.names}
        except UnicodeDecodeError as error:
            yield error


def _row(fields: dict[str, Any] | UnicodeDecodeError, columns: Columns, label: str, number: int) -> Row:
    if isinstance(fields, dict):
        return build_row(fields, columns, label, number, f"row {number}")
    why = f"row {number}: not UTF-8: {fields.reason} at byte {fields.start + 1} of a string"
    return problem({"file_path": label, "offset": number}, "row_invalid", why)


def _names(schema: pa.Schema, columns: Columns) -> list[str]:
    """The columns to read. A carried one of an unfit type is not the column that is meant, and stays null."""
    carried = [name for name in CARRIED if _carries(name, _type(schema, name))]
    return [*_content_columns(schema, columns), *carried]


def _content_columns(schema: pa.Schema, columns: Columns) -> list[str]:
    html, text = columns.names
    fit = [html] if _type(schema, html) in _HTML_TYPES else []
    return fit + ([text] if _type(schema, text) in _TEXT_TYPES else [])


def _carries(name: str, column: pa.DataType | None) -> bool:
    if column is None:
        return False
    if pa.types.is_dictionary(column):
        column = column.value_type
    if name == "token_count":
        return bool(pa.types.is_integer(column) or pa.types.is_floating(column))
    if name == "id" and pa.types.is_integer(column):
        return True
    if name == "date" and (pa.types.is_timestamp(column) or pa.types.is_date(column)):
        return True
    return column in _TEXT_TYPES


def _type(schema: pa.Schema, name: str) -> pa.DataType | None:
    place = schema.get_field_index(name)  # -1 also where two columns have the name
    return schema.field(place).type if place >= 0 else None


def _found(schema: pa.Schema) -> str:
    """Names and types of the columns for a message, at most 20."""
    shown = [f"{quoted(field.name, 40)} {quoted(str(field.type), 40)[1:-1]}" for field in schema]
    more = [f"and {len(shown) - 20} more"] if len(shown) > 20 else []
    return ", ".join(shown[:20] + more) or "no columns"
