"""Starts `scrapy crawl` often and cheaply, as `launch` does for `winnow`, and reads what a crawl left."""

import importlib
import json
import logging
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

from bench.survival import launch

REJECTS = "rejects.jsonl"
ROBOT = ("-s", "ALLOW_PRIVATE=127.0.0.0/8", "-s", "CONTACT=bench@example.org")
FAST = (
    *("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "LOG_LEVEL=ERROR"),
    *("-s", "CONCURRENT_REQUESTS=8", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8"),
)
NAME = "river"
_REACTORS = ("reactor", "asyncioreactor", "epollreactor", "selectreactor", "pollreactor")


@dataclass(frozen=True)
class Kept:
    """What stands in the folder of a crawl: how often each address is stored, or rejected and why."""

    pages: Counter[str]
    rejects: Counter[tuple[str, str]]
    bodies: dict[str, bytes]  # the newest of each address


def command(url: str, raw: Path, *more: str, name: str = NAME) -> list[str]:
    return ["crawl", "site", "-a", f"url={url}", "-a", f"crawl={name}", "-s", f"RAW_DIR={raw}", *ROBOT, *FAST, *more]


def warm(folder: Path) -> None:
    """Import here what a crawl needs, all but the reactor: what a crawl of nothing has imported in the end."""
    reading, writing = os.pipe()

    def told() -> None:
        with open(writing, "w", encoding="utf-8") as out:  # noqa: PTH123
            out.write("\n".join(sys.modules))

    run = begin(command("http://127.0.0.1:9/", folder / "warm"), folder, last=told)
    os.close(writing)
    with open(reading, encoding="utf-8") as names:  # noqa: PTH123
        imported = names.read().split("\n")
    run.wait()
    for name in imported:
        if name not in sys.modules and not name.endswith(_REACTORS) and name != "__main__":
            try:
                importlib.import_module(name)
            except ImportError:  # made while running, and no module of a file
                continue
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("a reactor is installed in the process that forks")


def begin(
    words: Sequence[str],
    folder: Path,
    *,
    project: str = "crawler.settings",
    last: Callable[[], None] | None = None,
    armed: Callable[[], None] | None = None,
) -> launch.Run:
    """Start `scrapy` with these words; its log stands in `folder`. `project`: the settings, or none."""
    environment = {"SCRAPY_SETTINGS_MODULE": project, "NO_PROXY": "*"}

    def instead() -> None:
        code = 70
        try:
            if armed:
                armed()
            code = _scrapy(["scrapy", *words], launch.ROOT if project else folder)
            if last:
                last()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    return launch.begin([], folder, env=environment, first=instead)


def _scrapy(words: list[str], folder: Path) -> int:
    """What `python -m scrapy` does, up to the exit handlers."""
    import scrapy.cmdline

    logging.disable(logging.NOTSET)
    os.chdir(folder)
    if not os.environ["SCRAPY_SETTINGS_MODULE"]:
        del os.environ["SCRAPY_SETTINGS_MODULE"]
    sys.argv = words
    try:
        scrapy.cmdline.execute(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def kept(folder: Path) -> Kept:
    pages: Counter[str] = Counter()
    bodies: dict[str, bytes] = {}
    for segment in sorted(folder.glob("seg-*.warc.gz")):
        with segment.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                if record.rec_type == "response":
                    url = record.rec_headers["WARC-Target-URI"]
                    pages[url] += 1
                    bodies[url] = record.content_stream().read()
    rejects = folder / REJECTS
    lines = rejects.read_text("utf-8").splitlines() if rejects.exists() else []
    rows = [json.loads(line) for line in lines]
    return Kept(pages, Counter((row["url"], row["reason"]) for row in rows), bodies)


def manifest(folder: Path, number: int) -> dict[str, Any]:
    """What a crawl says of a round; nothing before the end of its first run."""
    path = folder / "_rounds" / f"{number:06}.json"
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return found


def place(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path
