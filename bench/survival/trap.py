"""Pages that hang, kill or bloat the process that reads them: a trap which each process of a run carries.

`armed` gives the environment that puts it into every interpreter of a run, workers included. Where the bytes of a
page hold a mark, cleaners.page.read does what the mark says before it reads the page.
"""

import contextlib
import ctypes
import importlib.machinery
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import etree

_MARK = re.compile(rb"trap:([a-z-]+)")
_WRAPPED = "cleaners.page"


def mark(name: str) -> str:
    """What stands in a page that is to spring the trap: a comment."""
    return f"<!-- trap:{name} -->"


def armed(folder: Path) -> dict[str, str]:
    """Environment of a run with the trap. `folder` gets a file."""
    (folder / "sitecustomize.py").write_text("from bench.survival import trap\n\ntrap.arm()\n", encoding="utf-8")
    root = Path(__file__).resolve().parent.parent.parent
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(root)])}


def arm() -> None:
    sys.meta_path.insert(0, _Finder())


class _Finder:
    """Wraps page.read as soon as its module was loaded, before anybody can have taken it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _WRAPPED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_and_wrap(module: ModuleType) -> None:
                load(module)
                module.read = _trapped(module.read)  # type: ignore[attr-defined]

            spec.loader.exec_module = load_and_wrap  # type: ignore[method-assign]
        return spec


def _trapped(read: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(read)
    def trapped(page: bytes | str, *rest: Any, **named: Any) -> Any:
        content = page if isinstance(page, bytes) else page.encode("utf-8", "replace")
        if found := _MARK.search(content):
            TRAPS[found[1].decode()]()
        return read(page, *rest, **named)

    return trapped


def _spin_in_c() -> None:
    tree = etree.fromstring(f"<a>{'<b/>' * 20_000}</a>")
    tree.xpath("//b[count(//b[count(//b) > 0]) > 0]")


def _spin_in_re() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def _swallow() -> None:
    while True:
        with contextlib.suppress(BaseException):
            while True:
                time.monotonic()


def _bloat() -> None:
    held = []
    while True:
        held.append(bytearray(1 << 26))


def _bloat_in_c() -> None:
    root = etree.Element("a")
    while True:
        etree.SubElement(root, "b").text = "ferry " * 1_000_000


def _raise(error: type[BaseException]) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


TRAPS: dict[str, Callable[[], object]] = {
    "sleep": lambda: time.sleep(1_000_000),
    "spin-in-c": _spin_in_c,
    "spin-in-re": _spin_in_re,
    "swallow": _swallow,
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "close-files": lambda: os.closerange(3, 1_024),
    "bloat": _bloat,
    "bloat-in-c": _bloat_in_c,
    "memory-error": _raise(MemoryError),
    "recursion-error": _raise(RecursionError),
}
