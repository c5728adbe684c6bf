"""Answers that unpack to a gigabyte: what they cost the process that crawls, and the page beside them.

A row for each bomb, in a `scrapy crawl` of its own; the memory is the operating system's count for that process.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.survival.bomb_site import (
    GZIP,
    XML,
    Answer,
    Site,
    attributes,
    elements,
    endless,
    entities,
    packed,
    page,
    tags,
)
from bench.survival.crawling import kept
from bench.survival.figures import Figure

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"full": 1024, "short": 1024, "minute": 128}  # MiB that a bomb unpacks to
MOST = 300  # MiB in memory
_PATIENCE = 120.0  # seconds
_SETTINGS = (
    *("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "LOG_LEVEL=CRITICAL"),
    *("-s", "ALLOW_PRIVATE=127.0.0.1", "-s", "CONTACT=bench@example.org"),
)


@dataclass(frozen=True)
class Bomb:
    name: str
    spider: str
    answers: Mapping[str, Answer]
    told: bool = True  # as a reject `too_large`: all but what is small as long as nobody expands it
    pages: int | None = 1  # that are stored all the same; None: as the rules for robots.txt will have it


@dataclass(frozen=True)
class Outcome:
    bomb: Bomb
    memory: float  # MiB, at its peak
    seconds: float
    complaints: tuple[str, ...]


def _packed(name: str, kind: str = "text/html", encoding: str = "") -> Answer:
    return Answer(partial(packed, name), kind, encoding or name)


def _in_site(name: str, answer: Answer, told: bool = True) -> Bomb:
    return Bomb(name, "site", {"/robots.txt": _text("Sitemap: /bomb"), "/bomb": answer}, told)


def _text(text: str) -> Answer:
    return Answer(lambda _: text.encode(), "text/plain")


_TWICE = Answer(lambda size: gzip.compress(packed("gzip", size)), "text/html", "gzip, gzip")
_FILE = Answer(partial(packed, "gzip"), GZIP)  # packed as a file, not for the way
_BOTH = Answer(lambda size: gzip.compress(packed("gzip", size)), GZIP, "gzip")
_ENDLESS_ROBOTS = Answer(endless, "text/plain", chunked=True)
_ENTITIES, _ELEMENTS = Answer(entities, XML), Answer(elements, XML, "gzip")
BOMBS = (
    *(Bomb(f"page, {name}", "urls", {"/bomb": _packed(name)}) for name in ("gzip", "deflate", "br", "zstd")),
    Bomb("page, gzip in gzip", "urls", {"/bomb": _TWICE}),
    Bomb("page, chunked", "urls", {"/bomb": Answer(endless, chunked=True)}),
    Bomb("page, its length told", "urls", {"/bomb": Answer(endless)}),
    Bomb("robots.txt, gzip", "urls", {"/robots.txt": _packed("gzip", "text/plain")}, told=False, pages=None),
    Bomb("robots.txt, chunked", "urls", {"/robots.txt": _ENDLESS_ROBOTS}, told=False, pages=None),
    _in_site("sitemap.xml, gzip", _packed("gzip", XML)),
    _in_site("sitemap.xml.gz", _FILE),
    _in_site("sitemap.xml.gz, gzip in gzip", _BOTH),
    _in_site("sitemap, entities", _ENTITIES, told=False),
    _in_site("sitemap, elements", _ELEMENTS),
    Bomb("feed, br", "feed", {"/bomb": _packed("br", XML)}, pages=0),
    Bomb("feed, entities", "feed", {"/bomb": _ENTITIES}, told=False, pages=0),
    Bomb("feed, elements", "feed", {"/bomb": _ELEMENTS}, pages=0),
    Bomb("page, tags", "site", {"/": Answer(tags, encoding="gzip")}, told=False, pages=5),
    Bomb("page, attributes", "site", {"/": Answer(attributes, encoding="gzip")}, told=False),
    Bomb("page with 10,000 links", "site", {"/": Answer(lambda _: page("links", 10_000))}, told=False, pages=20),
)
_FEW = ("page, br", "page, gzip in gzip", "robots.txt, gzip", "sitemap.xml.gz", "sitemap, elements", "feed, br")


def measure(size: str) -> Iterator[Figure]:
    with ThreadPoolExecutor(2) as lanes:
        bombs = [bomb for bomb in BOMBS if size != "minute" or bomb.name in _FEW]
        outcomes = list(lanes.map(partial(exploded, size=SIZES[size]), bombs))
    complaints = [complaint for outcome in outcomes for complaint in outcome.complaints]
    largest = max(outcomes, key=lambda outcome: outcome.memory)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    more = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    yield Figure(
        f"{len(bombs)} answers that unpack to {SIZES[size]:,} MiB or to millions of elements",
        f"below {MOST} MiB in memory, rejected as too_large, the page beside them stored",
        f"{sum(not outcome.complaints for outcome in outcomes)} of {len(outcomes)}; most memory"
        f" {largest.memory:.0f} MiB ({largest.bomb.name}),"
        f" longest {slowest.seconds:.1f} s ({slowest.bomb.name}){more}",
        not complaints,
    )


def exploded(bomb: Bomb, size: int) -> Outcome:
    """Crawls it."""
    for name in ("gzip", "deflate", "br", "zstd"):
        packed(name, size)  # not while the crawl waits
    with tempfile.TemporaryDirectory(prefix="winnow-bomb-") as folder, Site(bomb.answers, size) as site:
        if bomb.spider == "urls":
            paths = [path for path in bomb.answers if path != "/robots.txt"]
            Path(folder, "list").write_text("".join(f"{site.url}{path}\n" for path in ("/good", *paths)))
            source = f"file={folder}/list"
        else:
            source = f"url={site.url}{'/bomb' if bomb.spider == 'feed' else '/'}"
        start = time.monotonic()
        memory, error = _crawled(bomb, folder, source)
        seconds = time.monotonic() - start
        return Outcome(bomb, memory, seconds, tuple(_complaints(bomb, Path(folder, "crawl"), memory, error)))


def _crawled(bomb: Bomb, folder: str, source: str) -> tuple[float, str]:
    """Peak memory in MiB, and what was said."""
    words = [sys.executable, "-m", "scrapy", "crawl", bomb.spider, "-a", source, "-a", "crawl=crawl"]
    words += ["-a", f"limit={bomb.pages}"] if bomb.pages and bomb.pages > 1 else []
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    errors = Path(folder, "errors")
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [*words, "-s", f"RAW_DIR={folder}", *_SETTINGS], cwd=ROOT, env=environment, stdout=stderr, stderr=stderr
        )
        deadline = time.monotonic() + _PATIENCE
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                process.kill()
                deadline = float("inf")
            time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    said = errors.read_text("utf-8", "replace")
    if process.returncode < 0:
        said += f"Traceback: killed after {_PATIENCE:.0f} s"
    return ended[2].ru_maxrss / 1024, said


def _complaints(bomb: Bomb, folder: Path, memory: float, said: str) -> Iterator[str]:
    found = kept(folder)
    if memory >= MOST:
        yield f"{bomb.name}: {memory:.0f} MiB"
    if "Traceback" in said:
        yield f"{bomb.name}: {said[-200:]}"
    if bomb.pages is None and not found.pages and not found.rejects:
        yield f"{bomb.name}: the page is neither stored nor rejected"
    if bomb.pages is not None and len(found.pages) != bomb.pages:
        yield f"{bomb.name}: {len(found.pages)} pages stored instead of {bomb.pages}"
    told = {reason for url, reason in found.rejects if url.endswith("/bomb")}
    if bomb.told and told != {"too_large"}:
        yield f"{bomb.name}: rejected as {sorted(told) or 'nothing'}"
