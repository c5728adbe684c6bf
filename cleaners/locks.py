"""One run at a time: the output folder, or a part of it, is held by a file lock that falls with its process."""

import contextlib
import fcntl
import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cleaners import storage
from cleaners.errors import LockedError, StorageError
from cleaners.parts import Part

_PATIENCE = 2.0  # seconds in which a run that has just begun says who it is
_EXCLUSIVE, _SHARED = fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_SH | fcntl.LOCK_NB


@contextlib.contextmanager
def held(folder: Path, part: Part | None, told: dict[str, Any]) -> Iterator[None]:
    """Hold the output folder for one run, whose file says `told` for `winnow status`.

    A whole run excludes every other; parts of the same division exclude only themselves. Raises LockedError,
    and StorageError where there are no file locks.
    """
    with contextlib.ExitStack() as stack:
        whole = _taken(stack, folder, "lock", _SHARED if part else _EXCLUSIVE)
        mine = _taken(stack, folder, f"lock-{part.number}-of-{part.of}", _EXCLUSIVE) if part else whole
        if part:
            _refuse_other_divisions(stack, folder, part)
        _stamp(mine, told | {"state": "running"})
        state = "stopped"
        try:
            yield
            state = "finished"
        finally:
            with contextlib.suppress(StorageError):  # what it would say is for `winnow status` alone
                _stamp(mine, told | {"state": state})


def holders(folder: Path) -> list[str]:
    """Who writes to the folder now, by what their locks say: one phrase each."""
    stamps = [read_stamp(lock) for lock in sorted((folder / "_run").glob("lock*"))]
    return [f"process {one['process']} on {one['host']}: {one['command']}" for one in stamps if is_running(one)]


def is_running(stamp: dict[str, Any]) -> bool:
    """Whether the process lives that left a stamp. Of another machine's only its own word is known."""
    if stamp.get("state") != "running":
        return False
    if stamp["host"] != socket.gethostname():
        return True
    try:
        os.kill(stamp["process"], 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True


def read_stamp(lock: Path) -> dict[str, Any]:
    """What the last holder of a lock said of itself; empty if it said nothing that can be read."""
    try:
        stamp = json.loads(lock.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _taken(stack: contextlib.ExitStack, folder: Path, name: str, mode: int) -> IO[str]:
    path = folder / "_run" / name
    with storage.told(path):
        file = stack.enter_context(path.open("a+", encoding="utf-8"))
        try:
            fcntl.flock(file, mode)
        except BlockingIOError:
            raise LockedError(
                f"another run writes to {folder}: {_holder(folder)}",
                "wait for it, or write to another folder; nothing was changed",
            ) from None
    return file


def _refuse_other_divisions(stack: contextlib.ExitStack, folder: Path, part: Part) -> None:
    """Part 1 of 2 and part 1 of 3 have shards in common."""
    for path in sorted((folder / "_run").glob("lock-*-of-*")):
        if not path.name.endswith(f"-of-{part.of}"):
            _taken(stack, folder, path.name, _SHARED)


def _holder(folder: Path) -> str:
    """Names the holder. One that has just begun is waited for until it has said who it is."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := holders(folder):
            return "; ".join(found)
        time.sleep(0.02)
    return "a run that has just begun"


def _stamp(lock: IO[str], told: dict[str, Any]) -> None:
    who = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "command": shlex.join(sys.argv)[:500],
        "folder": str(Path.cwd()),
    }
    content = json.dumps(who | told).encode()  # as ASCII: arguments may hold bytes that are no UTF-8
    with storage.told(Path(lock.name)):
        storage.stamp(lock.fileno(), content + b"\n")
