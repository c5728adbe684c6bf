"""The folder of a crawl: created, and held by one process at a time."""

import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

from scrapy.crawler import Crawler

from cleaners.crawls import LOCK
from cleaners.errors import LockedError, OutputError
from cleaners.parts import Part
from crawler import addresses, sharding
from crawler.items import now


def of(crawler: Crawler, shard: Part | None) -> Path:
    """RAW_DIR/<crawl>, where a crawl is named by its spider's arguments, or by the spider's own name."""
    assert crawler.spider is not None
    arguments = getattr(crawler.spider, "arguments", None)
    name = arguments.crawl if arguments else getattr(crawler.spider, "crawl", crawler.spider.name)
    return Path(crawler.settings["RAW_DIR"], addresses.folder_name(name) + (sharding.suffix(shard) if shard else ""))


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
