"""The folder of a crawl: created, and held by one process at a time."""

import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

from cleaners.errors import LockedError, OutputError
from crawler.items import now

LOCK = "_lock"


def hold(folder: Path) -> TextIO:
    """Creates the folder and takes its lock. The system frees it when this process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror}", "give another place: -s RAW_DIR=folder"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise LockedError(
            f"another crawl writes to {folder}: {holder}",
            "wait for it to end, or give this one a name of its own: -a crawl=NAME",
        ) from error
    lock.truncate(0)
    lock.write(f"pid {os.getpid()} on {socket.gethostname()} since {now():%Y-%m-%d %H:%M:%S} UTC\n")
    lock.flush()
    return lock


def sync(folder: Path) -> None:
    """Makes a rename in the folder outlast a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
