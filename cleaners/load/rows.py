"""What all loaders share: inputs, rows, and one row builder for the columns of JSON lines and Parquet."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cleaners.errors import StorageError, UsageError
from cleaners.schema import MAX_PAGE_BYTES

#: Keys are names of `schema.PAGES`; a missing key is null.
Row = dict[str, Any]

#: Columns of JSON lines and Parquet rows that are carried along, and their names in PAGES.
CARRIED = {
    "id": "id",
    "url": "url",
    "title": "title",
    "date": "date",
    "dump": "dump",
    "file_path": "file_path",
    "language": "declared_language",
    "token_count": "token_count",
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array"}


@dataclass(frozen=True)
class Columns:
    """Which columns of JSON lines and Parquet rows hold the pages."""

    html: str | None = None  # None: "html" if there
    text: str | None = None  # None: "text" if there

    @property
    def names(self) -> tuple[str, str]:
        """The HTML column, the text column."""
        return self.html or "html", self.text or "text"


@dataclass(frozen=True)
class Input:
    """One file, or standard input."""

    path: Path | None  # None: standard input
    label: str  # the rows' file_path
    size: int  # bytes; 0 for standard input
    format: str  # warc, html, text, jsonl or parquet


def quoted(text: str, limit: int = 120) -> str:
    """Text from a page for a message: escaped, at most `limit` characters.

    >>> quoted("\\x1b]0;title")
    "'\\\\x1b]0;title'"
    """
    shown = repr(text[:limit])
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - 3] + "..."


def listed(names: Iterable[str]) -> str:
    """Names of columns for a message: escaped, at most 120 characters."""
    shown = ", ".join(quoted(name, 40) for name in names) or "none"
    return shown if len(shown) <= 120 else shown[:117] + "..."


def well_formed(text: str) -> str:
    """The text with lone surrogates as U+FFFD: Arrow refuses a whole batch for one of them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def utc(moment: str | None) -> str | None:
    """An ISO 8601 date and time as `YYYY-MM-DDTHH:MM:SSZ`; null where it is none. No zone means UTC.

    >>> utc("2026-03-01T01:30:00.25+02:00")
    '2026-02-28T23:30:00Z'
    """
    try:
        parsed = datetime.fromisoformat(moment or "")
        in_utc = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="seconds") + "Z"


def problem(row: Row, reason: str, detail: str) -> Row:
    """The row without its content, and with why it is no page."""
    known = {name: value for name, value in row.items() if name not in ("html", "text")}
    return known | {"problem": reason, "problem_detail": detail}


def too_large(row: Row, where: str, size: int | None = None) -> Row:
    """The row as `too_large`. `size` in bytes; None: not known, as nobody read to the end."""
    if size is None:
        return problem(row, "too_large", f"{where}: more than {MAX_PAGE_BYTES:,} bytes")
    return problem(row, "too_large", f"{where}: {size:,} bytes, and the cap is {MAX_PAGE_BYTES:,}")


def build_row(fields: Mapping[str, Any], columns: Columns, label: str, offset: int, where: str) -> Row:
    """One row of JSON lines or Parquet as a row of PAGES. HTML wins over text, unless it is null or empty.

    `where` says in a problem's detail which row it is.
    """
    row: Row = {"file_path": label, "offset": offset}
    try:
        _carry(fields, row)
        html, text = _html(fields, columns.names[0]), _string(fields, columns.names[1])
    except ValueError as error:
        return problem(row, "row_invalid", f"{where}: {error}")
    if html is None and text is None:
        wanted = " and ".join(quoted(name, 40) for name in columns.names)
        why = f"{where}: nothing in {wanted}; columns found: {listed(fields)}"
        return problem(row, "content_missing", why)
    if html or text is None:
        # A string has no encoding: its bytes are UTF-8 from here on, whatever the page's markup claims.
        charset = None if isinstance(fields[columns.names[0]], bytes) else "utf-8"
        content: Row = {"html": html, "charset": charset}
        size = len(html or b"")
    else:
        content, size = {"text": text}, len(text.encode())
    return too_large(row, where, size) if size > MAX_PAGE_BYTES else row | content


def _html(fields: Mapping[str, Any], name: str) -> bytes | None:
    value = fields.get(name)
    if isinstance(value, bytes):
        return value
    text = _string(fields, name)
    return None if text is None else text.encode()


def _string(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if name == "id" and type(value) is int:
        return str(value)
    if value is None or isinstance(value, str):
        return value and well_formed(value)
    raise _wrong(name, value, "a string")


def _carry(fields: Mapping[str, Any], row: Row) -> None:
    """Puts the carried columns into the row; an empty string is null. ValueError: a wrong type."""
    for name, column in CARRIED.items():
        value = _count(fields, name) if name == "token_count" else _string(fields, name)
        if value is not None and value != "":
            row[column] = value


def _count(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    # pandas writes whole numbers as floats where a column has gaps
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (type(value) is int and 0 <= value < 2**63):
        return value
    raise _wrong(name, fields[name], "a whole number from 0")


def _wrong(name: str, value: Any, wanted: str) -> ValueError:
    found = _JSON_NAMES.get(type(value), "an object")
    return ValueError(f"column {quoted(name, 40)} holds {found}; wanted: {wanted}")


def no_content_column(path: Path, columns: Columns, found: str) -> UsageError:
    """The error for rows in which neither the HTML nor the text column is there."""
    html, text = (quoted(name, 40) for name in columns.names)
    return UsageError(
        f"{path}: no usable column {html} or {text}; found: {found}",
        "name the column that holds the pages: --html-column NAME (strings or binary) "
        "or --text-column NAME (strings)",
    )


@contextmanager
def storage_errors(input: Input) -> Iterator[None]:
    """Turns what the device says (OSError) into StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{input.path or 'standard input'}: reading failed: {error.strerror or error}",
            "check the disk or the network share, then run the same command again",
        ) from error
