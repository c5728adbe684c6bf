"""Records as JSON lines on standard output, and rejects into a file of them."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from cleaners.accounts import Account, account
from cleaners.engines.local import Result
from cleaners.errors import OutputError, StorageError


def to_json_lines(results: Iterable[Result], rejects_file: str | None) -> Account:
    """Raises OutputError and StorageError; BrokenPipeError where the reader has gone away."""
    total = Account()
    out: IO[bytes] = sys.stdout.buffer  # UTF-8, whatever the locale says
    with _opened(rejects_file) as rejects_out:
        for _, records, rejects in results:
            with _writing("standard output"):
                _write_lines(records.to_pylist(), out)
            if rejects_out is not None:
                with _writing(rejects_file):
                    _write_lines(rejects.to_pylist(), rejects_out)
            total.add(account(records, rejects))
    return total


@contextlib.contextmanager
def _opened(rejects_file: str | None) -> Iterator[IO[bytes] | None]:
    if rejects_file is None:
        yield None
        return
    try:
        out = Path(rejects_file).open("wb")  # noqa: SIM115 - closed below, where a full disk is told of
    except OSError as error:
        raise OutputError(f"cannot write {rejects_file}: {error.strerror}", "name another file") from None
    try:
        yield out
    finally:
        with _writing(rejects_file):
            out.close()


@contextlib.contextmanager
def _writing(where: str | None) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # `| head` has seen enough: that is no fault
        raise
    except OSError as error:
        raise StorageError(
            f"cannot write {where}: {error.strerror}", "make room, then run the same command again"
        ) from None


def _write_lines(rows: list[dict[str, Any]], out: IO[bytes]) -> None:
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    out.flush()
