"""Stops or fails a run at the n-th step on disk. To be armed inside the run's own process."""

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

WRITES = ("write", "append", "extend", "stamp")  # their last argument is the content


@dataclass
class KillAt:
    """SIGKILL at the n-th point: before a step, half-way through what it writes, behind it. n = 0: count only."""

    n: int
    counted: Path | None = None  # gets a byte for each point
    passed: int = 0

    def __call__(self) -> None:
        _wrap(self._stepped)

    def _stepped(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        self._point()
        if name in WRITES:
            content = arguments[-1]
            self._point(lambda: step(*arguments[:-1], content[: len(content) // 2]))
        result = step(*arguments)
        self._point()
        return result

    def _point(self, half: Callable[[], Any] | None = None) -> None:
        self.passed += 1
        if self.counted:
            with self.counted.open("ab") as file:
                file.write(b".")
        if self.passed == self.n:
            if half:
                half()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class FailAt:
    """The n-th step raises OSError instead of being done; a write is half done. n = 0: count only."""

    n: int
    number: int = errno.EIO
    counted: Path | None = None  # gets a byte for each step
    passed: int = 0

    def __call__(self) -> None:
        _wrap(self._stepped)

    def _stepped(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        self.passed += 1
        if self.counted:
            with self.counted.open("ab") as file:
                file.write(b".")
        if self.passed == self.n:
            if name in WRITES:
                content = arguments[-1]
                step(*arguments[:-1], content[: len(content) // 2])
            raise OSError(self.number, os.strerror(self.number))
        return step(*arguments)


@dataclass
class SmallDisk:
    """A disk of so many bytes under the output folder: what does not fit is written in part, then ENOSPC."""

    folder: Path
    size: int  # bytes

    def __call__(self) -> None:
        _wrap(self._stepped)

    def _stepped(self, name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        if name in WRITES:
            used = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            room, content = self.size - used, arguments[-1]
            if len(content) > room:
                step(*arguments[:-1], content[: max(0, room)])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return step(*arguments)


def _wrap(stepped: Callable[..., Any]) -> None:
    from cleaners import storage

    def bound(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        return wraps(step)(lambda *arguments: stepped(name, step, *arguments))

    for name in storage.STEPS:
        setattr(storage, name, bound(name, getattr(storage, name)))
