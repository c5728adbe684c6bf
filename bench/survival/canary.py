"""Requests for private addresses: hostile pages, listings and redirects that lead to a server of this machine.

The hostile site stands on addresses that ALLOW_PRIVATE names, the canary on others. The same crawls with the guard
taken out show that the canary counts; with its middleware taken out, what the resolver is worth alone.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.survival.canary_sites import HOSTILE_HOST, HOSTILE_NETWORK, ROUTES, Canary, Hostile, serving
from bench.survival.figures import Figure
from crawler import settings

ROOT = Path(__file__).resolve().parents[2]
# PORT and OTHER are the canary's. Those that only another machine could answer show that nothing breaks.
SPELLINGS = (
    *("http://127.0.0.1:PORT", "http://127.0.0.3:PORT", "http://127.0.0.1:OTHER", "HTTP://127.0.0.1:PORT"),
    *("http://127.1:PORT", "http://127.0.1:PORT", "http://2130706433:PORT", "http://0x7f000001:PORT"),
    *("http://0x7f.0.0.1:PORT", "http://0X7F.1:PORT", "http://0177.0.0.1:PORT", "http://0177.1:PORT"),
    *("http://017700000001:PORT", "http://127.0.0.0x1:PORT", "http://00000177.0.0.01:PORT", "http://127.0.0.1.:PORT"),
    *("http://127。0。0。1:PORT", "http://１２７.0.0.1:PORT", "http://①②⑦.⓪.⓪.①:PORT", "http://0x7f。1:PORT"),
    *("http://0.0.0.0:PORT", "http://0:PORT", "http://0x0:PORT", "http://0.0:PORT"),
    *("http://localhost:PORT", "http://LOCALHOST:PORT", "http://localhost.:PORT", "http://ⓛocalhost:PORT"),
    *("http://a.localhost:PORT", "http://HOSTNAME:PORT", "http://wiki.internal:PORT", "http://printer.local:PORT"),
    *("http://[::1]:PORT", "http://[0:0:0:0:0:0:0:1]:PORT", "http://[::]:PORT", "http://[::ffff:127.0.0.1]:PORT"),
    *("http://[::ffff:7f00:1]:PORT", "http://[::ffff:0.0.0.0]:PORT", "http://[::127.0.0.1]:PORT"),
    *("http://[64:ff9b::127.0.0.1]:PORT", "http://[64:ff9b:1::127.0.0.1]:PORT", "http://[2002:7f00:1::]:PORT"),
    *("http://[2001:0:7f00:1::80ff:fffe]:PORT", "http://[fe80::1%25lo]:PORT", "http://[::1%25lo]:PORT"),
    *("http://[fc00::1]:PORT", "http://[fec0::1]:PORT", "http://[ff02::1]:PORT", "http://[127.0.0.1]:PORT"),
    *("https://127.0.0.1:PORT", "https://localhost:PORT", "https://[::1]:PORT", "https://2130706433:PORT"),
    *("ftp://127.0.0.1:PORT", "gopher://127.0.0.1:PORT", "ws://127.0.0.1:PORT", "file://127.0.0.1:PORT"),
    *("http://me:pw@127.0.0.1:PORT", "http://example.org@127.0.0.1:PORT", "http://example.org%2f@127.0.0.1:PORT"),
    *("http://127.0.0.1:PORT\\@example.org", "http:\\\\127.0.0.1:PORT", "http:/127.0.0.1:PORT"),
    *("http://%31%32%37.0.0.1:PORT", "http://127.0.0.1%00.example.org:PORT", "http://127.0.0\t.1:PORT"),
)
_COUNTED = re.compile(r"/\d+/[a-z.-]+")
_LED = frozenset(("", "chain", "feed.xml", "index.xml", "pages.xml", "redirect", "robots.txt"))  # pages of the site
_QUICK = (
    *("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "RETRY_ENABLED=False"),
    *("-s", "CONCURRENT_REQUESTS=32", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=32", "-s", "DOWNLOAD_TIMEOUT=3"),
    *("-s", f"ALLOW_PRIVATE={HOSTILE_HOST},{HOSTILE_NETWORK}", "-s", "CONTACT=bench@example.org"),
    *("-s", "LOG_LEVEL=CRITICAL", "-s", "REDIRECT_MAX_TIMES=5"),
)
BOTH = ()
_OTHERS = {**settings.DOWNLOADER_MIDDLEWARES, "crawler.guard.GuardMiddleware": None}
RESOLVER = ("-s", f"DOWNLOADER_MIDDLEWARES={json.dumps(_OTHERS)}")
NEITHER = (*RESOLVER, "-s", "TWISTED_DNS_RESOLVER=scrapy.resolver.CachingHostnameResolver")


@dataclass(frozen=True)
class Round:
    """What came of the three crawls."""

    connections: int  # that the canary got
    reached: frozenset[str]  # its paths: number of the spelling, route
    unasked: frozenset[str]  # pages of the hostile site that lead to it and that nobody asked for
    told: tuple[str, ...]  # tracebacks


def measure(size: str) -> Iterator[Figure]:
    yield _both()
    if size != "minute":
        yield _resolver_alone()


def _both() -> Figure:
    guarded, bare = crawls(BOTH), crawls(NEITHER)
    routes = {path.split("/")[2] for path in bare.reached}
    missing = sorted({route.replace(" ", "-") for route in ROUTES} - routes)
    spellings = {path.split("/")[1] for path in bare.reached}
    tried = len(SPELLINGS) * len(ROUTES)
    counts = (
        f"{len(bare.reached)} of them, {len(spellings)} spellings by {len(routes)} routes, and {bare.connections}"
    )
    complaints = [f"without the guard nothing reached it by {route}" for route in missing]
    complaints += [f"the hostile site was not asked for its /{path}" for path in sorted(guarded.unasked)]
    complaints += [f"reached: {path}" for path in sorted(guarded.reached)] + list(guarded.told)
    more = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    return Figure(
        f"{tried} requests for private addresses: {len(SPELLINGS)} spellings by {len(ROUTES)} routes",
        "0 reach the canary",
        f"{len(guarded.reached)} of {tried}, {guarded.connections} connections"
        f" (with the guard taken out: {counts} connections){more}",
        not complaints and not guarded.connections and bool(bare.connections),
    )


def _resolver_alone() -> Figure:
    """What remains where a request has come past the middleware, as when a name changes its address in between."""
    found = crawls(RESOLVER)
    return Figure(
        "the same with the middleware taken out",
        "the resolver alone lets none through",
        f"{len(found.reached)} reached it, {found.connections} connections",
        not found.connections and not found.unasked,
    )


def crawls(without: Sequence[str]) -> Round:
    """Three processes of `scrapy crawl` side by side: a list, a feed, a site."""
    canary = Canary()
    hostile = Hostile([_address(number, text, canary) for number, text in enumerate(SPELLINGS)])
    with serving(canary, hostile), tempfile.TemporaryDirectory(prefix="winnow-canary-") as folder:
        listed = Path(folder, "list.txt")
        listed.write_text("\n".join(_list(hostile)), encoding="utf-8")
        runs = [
            _crawl(folder, without, "urls", "-a", f"file={listed}"),
            _crawl(folder, without, "feed", "-a", f"url={hostile.url('/feed.xml')}"),
            _crawl(folder, without, "site", "-a", f"url={hostile.url('/')}"),
        ]
        errors = [run.communicate(timeout=300)[1] for run in runs]
    told = tuple(f"a traceback: {text[-200:]}" for text in errors if "Traceback" in text)
    reached = frozenset(path for path in canary.paths if _COUNTED.fullmatch(path))
    return Round(canary.connections, reached, _LED - set(hostile.paths), told)


def _address(number: int, text: str, canary: Canary) -> str:
    port, other = (str(each) for each in canary.ports)
    text = text.replace("PORT", port).replace("OTHER", other).replace("HOSTNAME", socket.gethostname())
    return f"{text}/{number}/ROUTE"


def _list(hostile: Hostile) -> list[str]:
    numbers = range(len(hostile.addresses))
    return [
        *hostile.to("start"),
        *(hostile.url(f"/redirect/redirect/{number}") for number in numbers),
        *(hostile.url(f"/chain/{number}") for number in numbers),
        *(f"http://{host}:{hostile.port}/page" for host in hostile.hosts()),
    ]


def _crawl(folder: str, without: Sequence[str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scrapy", "crawl", *words, "-a", f"crawl={words[0]}", "-s", f"RAW_DIR={folder}"]
    return subprocess.Popen(
        [*command, *_QUICK, *without],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
