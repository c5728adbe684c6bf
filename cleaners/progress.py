"""A bar over bytes, on a terminal only."""

import contextlib
import sys
from collections.abc import Callable, Iterator

import click

Advance = Callable[[int], None]


@contextlib.contextmanager
def bar(label: str, length: int) -> Iterator[Advance]:
    """Call what it gives with the bytes that are done since the last call. On standard error."""
    if not sys.stderr.isatty() or not length:
        yield _ignore
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield shown.update


def _ignore(_: int) -> None:
    pass
