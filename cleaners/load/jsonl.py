"""JSON lines, plain or compressed, from a file or from standard input."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pyarrow as pa

from cleaners.errors import UsageError
from cleaners.load.rows import (
    Columns,
    Input,
    Row,
    build_row,
    listed,
    no_content_column,
    problem,
    quoted,
    storage_errors,
)
from cleaners.schema import MAX_PAGE_BYTES

#: A longer line is skipped, and never held. JSON escapes can make a page larger, but hardly four times.
MAX_LINE_BYTES = 4 * MAX_PAGE_BYTES

_SKIP_BYTES = 1 << 20
_ZSTD_BUFFER = 1 << 10  # pyarrow drops what it has of a read that fails: small reads lose few good lines


class _Damage(Exception):
    """The compressed stream cannot be read on."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


def check(input: Input, columns: Columns) -> None:
    """Raises UsageError when the first row has no place for a page. Standard input is not touched."""
    if input.path is None:
        return
    try:
        with storage_errors(input), _opened(input) as stream:
            first = next((line for _, line in _lines(stream) if line is None or line.strip()), None) or b""
        if first.lstrip().startswith(b"[") or first.strip() == b"{":
            raise UsageError(
                f"{input.path}: one JSON document, not JSON lines",
                "write one object a line, for example with: jq -c '.[]'",
            )
        fields = json.loads(first.decode())
    except (_Damage, ValueError, RecursionError):
        return  # damage is no reason to stop: `read` tells of it
    if isinstance(fields, dict) and not any(name in fields for name in columns.names):
        raise no_content_column(input.path, columns, listed(fields))


def read(input: Input, columns: Columns) -> Iterator[Row]:
    """One row a line; `offset` counts lines from 1. Blank lines are passed over."""
    with _opened(input) as stream:
        try:
            for number, line in _lines(stream):
                if line is None:
                    row = {"file_path": input.label, "offset": number}
                    yield problem(row, "too_large", f"line {number}: more than {MAX_LINE_BYTES:,} bytes")
                elif line.strip():
                    yield _row(line, columns, input.label, number)
        except _Damage as damage:
            row = {"file_path": input.label, "offset": damage.line}
            yield problem(row, "archive_damaged", str(damage))


def _row(line: bytes, columns: Columns, label: str, number: int) -> Row:
    where = f"line {number}"
    try:
        fields = json.loads(line.decode().rstrip("\r\n"))
        if isinstance(fields, dict):
            return build_row(fields, columns, label, number, where)
        why = f"{where}: not a JSON object but {quoted(line.strip().decode(), 40)}"
    except UnicodeDecodeError as error:
        why = f"{where}, byte {error.start + 1}: not UTF-8: {error.reason} (0x{line[error.start]:02x})"
    except json.JSONDecodeError as error:
        why = f"{where}, character {error.pos + 1}: {error.msg}"
    except RecursionError:
        why = f"{where}: nested too deeply"
    except ValueError as error:  # a number of more digits than Python takes
        why = f"{where}: {error}"
    return problem({"file_path": label, "offset": number}, "row_invalid", why)


def _opened(input: Input) -> AbstractContextManager[Any]:
    if input.path is None:
        return nullcontext(sys.stdin.buffer)
    suffix = input.path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(input.path)
    if suffix == ".zst":
        return io.BufferedReader(pa.input_stream(str(input.path), compression="zstd"), _ZSTD_BUFFER)
    return input.path.open("rb")


def _lines(stream: Any) -> Iterator[tuple[int, bytes | None]]:
    """Lines, numbered from 1, without a byte order mark; None: a line above the limit. Raises _Damage."""
    number = 1
    while line := _readline(stream, MAX_LINE_BYTES + 1, number):
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = _readline(stream, _SKIP_BYTES, number)
            yield number, None
        else:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        number += 1


def _readline(stream: Any, limit: int, number: int) -> bytes:
    try:
        line: bytes = stream.readline(limit)
        return line
    except (EOFError, zlib.error) as error:
        raise _Damage(number, str(error)) from error
    except OSError as error:
        if error.errno:  # the device; what gzip and pyarrow find in the bytes has no number
            raise
        raise _Damage(number, str(error)) from error
