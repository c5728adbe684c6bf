"""Whether robots.txt is read as RFC 9309 says, whatever a host sends in its place."""

import codecs
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.survival.figures import Figure
from bench.survival.robots_hosts import Hosts, Raw, answer, moved

ROOT = Path(__file__).resolve().parents[2]
OPEN, SHUT = "/page/open", "/page/shut"
RULES = b"User-agent: *\nDisallow: /page/shut\n"
FETCHED, FORBIDDEN, UNREACHABLE, BLOCKED = "fetched", "robots_disallowed", "robots_unreachable", "blocked_address"
DELAYS = {"full": (3, 6), "short": (2, 4), "minute": (1, 3)}  # Crawl-delay in seconds, and pages
SCRAPYS_OWN = '{"crawler.guard.GuardMiddleware": 10}'  # in place of our middlewares: its own robots.txt comes back
_FILLING = b"# Nothing is said in this line, which is one of very many.\n"
_SETTINGS = {
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_START_DELAY": 0,  # AutoThrottle stays on, and would like to hurry
    "DOWNLOAD_TIMEOUT": 2,
    "RETRY_ENABLED": False,
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 2,  # both pages of a host wait for its robots.txt
    "ALLOW_PRIVATE": "127.0.1.0/24",
    "CONTACT": "https://crawl.example/",
}


@dataclass(frozen=True)
class Row:
    """What a host answers, by path, and what must become of its open and of its shut page."""

    name: str
    answers: dict[str, Raw] | None
    open: str
    shut: str
    scheme: str = "http"


def _rules(name: str, robots: Raw, more: dict[str, Raw] | None = None) -> Row:
    return Row(name, {"/robots.txt": robots, **(more or {})}, FETCHED, FORBIDDEN)


def _none(name: str, robots: Raw, more: dict[str, Raw] | None = None) -> Row:
    return Row(name, {"/robots.txt": robots, **(more or {})}, FETCHED, FETCHED)


def _unreachable(name: str, robots: Raw | None, scheme: str = "http") -> Row:
    return Row(name, robots and {"/robots.txt": robots}, UNREACHABLE, UNREACHABLE, scheme)


def _hops(count: int) -> dict[str, Raw]:
    steps = {f"/hop/{n}": moved(f"/hop/{n + 1}") for n in range(1, count)}
    return steps | {f"/hop/{count}": answer(200, RULES)}


def _huge(before: int) -> bytes:
    """2 MB, with the rules behind so many bytes."""
    return _FILLING * (before // len(_FILLING)) + RULES + _FILLING * ((2_000_000 - before) // len(_FILLING))


ROWS = (  # the first is where another one's redirect leads
    _rules("200", answer(200, RULES)),
    _rules("byte order mark", answer(200, codecs.BOM_UTF8 + RULES)),
    _rules("UTF-16", answer(200, RULES.decode().encode("utf-16"))),
    _rules("lines ended by CR", answer(200, RULES.replace(b"\n", b"\r"))),
    _rules("no line end at the end, odd case", answer(200, RULES.upper().replace(b"/PAGE/SHUT\n", b"/page/shut"))),
    _rules("1 redirect", moved("/hop/1"), _hops(1)),
    _rules("5 redirects", moved("/hop/1"), _hops(5)),
    _rules("redirect to another host", moved("http://127.0.1.1:PORT/robots.txt")),
    _rules("2 MB, rules in the first 500 KiB", answer(200, _huge(480_000))),
    _none("2 MB, rules behind them", answer(200, _huge(1_000_000))),
    _none("6 redirects", moved("/hop/1"), _hops(6)),
    _none("redirect loop", moved("/robots.txt")),
    _none("redirect to nowhere", moved("http://[")),
    _none("empty", answer()),
    _none("204", answer(204)),
    _none("HTML", answer(200, b"<html><p>User-agent: *<br>Disallow: /</p></html>", "Content-Type: text/html")),
    _none("binary", answer(200, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)),
    *(_none(str(status), answer(status, RULES)) for status in (400, 401, 403, 404, 410, 451)),
    *(_unreachable(str(status), answer(status, b"")) for status in (429, 500, 502, 503, 599)),
    _unreachable("503 with rules", answer(503, RULES)),
    _unreachable("time-out", Raw(b"", "hang")),
    _unreachable("time-out in the body", Raw(answer(200, RULES, length=1000).sent, "hang")),
    _unreachable("refused", None),
    _unreachable("reset", Raw(b"", "reset")),
    _unreachable("reset in the body", Raw(answer(200, RULES, length=1000).sent, "reset")),
    _unreachable("cut off", answer(200, RULES, length=1000)),
    _unreachable("not HTTP", Raw(b"220 ready\r\n")),
    _unreachable("no TLS", answer(200, RULES), "https"),
    _unreachable("larger than we read", answer(200, RULES, length=17 * 1024 * 1024)),
    Row(
        "redirect to a private address", {"/robots.txt": moved("http://127.0.2.1:PORT/robots.txt")}, BLOCKED, BLOCKED
    ),
    Row("Crawl-delay of a day", {"/robots.txt": answer(200, RULES + b"Crawl-delay: 86400\n")}, FORBIDDEN, FORBIDDEN),
)


@dataclass(frozen=True)
class Outcome:
    """What became of a host: its two pages, the details of their rejects, how often robots.txt was asked for."""

    open: str
    shut: str
    details: tuple[str, ...]
    asked: int
    crossed: int  # pages that were asked for and should not have been


def measure(size: str) -> Iterator[Figure]:
    outcomes = crawl(ROWS)
    wrong = []
    for row in ROWS:
        found = outcomes[row.name]
        if (found.open, found.shut) != (row.open, row.shut):
            wrong.append(f"{row.name}: open {found.open}, shut {found.shut}")
    right = f"{len(ROWS) - len(wrong)} of {len(ROWS)}"
    yield Figure(
        "answers in place of robots.txt, against RFC 9309's table",
        f"{len(ROWS)} of {len(ROWS)} as it says",
        "; ".join([right, *wrong]),
        not wrong,
    )
    crossed = sum(found.crossed for found in outcomes.values())
    more = ""
    if size != "minute":
        others = crawl(ROWS, DOWNLOADER_MIDDLEWARES=SCRAPYS_OWN)
        more = f"; with Scrapy's own middleware {sum(found.crossed for found in others.values())}"
    fault = "pages asked for that robots.txt forbids, or where it is unreachable"
    yield Figure(fault, "0", f"{crossed}{more}", crossed == 0)
    delay, pages = DELAYS[size]
    pause = shortest_pause(delay, pages)
    fault = f"Crawl-delay of {delay} s, with AutoThrottle, jitter and many requests waiting"
    # Measured where requests arrive: one that was held up on its way shortens the pause behind it.
    right = pause >= 0.9 * delay
    yield Figure(fault, f"no pause below {delay} s, less 10 % for the way", f"the shortest: {pause:.2f} s", right)


def crawl(rows: tuple[Row, ...], **settings: str) -> dict[str, Outcome]:
    """One crawl over all hosts."""
    with Hosts({row.name: row.answers for row in rows}).serve() as hosts:
        urls = {row.name: [hosts.url(row.name, path, row.scheme) for path in (OPEN, SHUT)] for row in rows}
        rejects = _run([url for both in urls.values() for url in both], settings)
        return {row.name: _outcome(row, urls[row.name], rejects, hosts) for row in rows}


def _outcome(row: Row, urls: list[str], rejects: dict[str, tuple[str, str]], hosts: Hosts) -> Outcome:
    asked = [path for _, path in hosts.asked[row.name]]
    fetched = [(FETCHED if path in asked else "never asked for", "") for path in (OPEN, SHUT)]
    ends = [rejects.get(url, end) for url, end in zip(urls, fetched, strict=True)]
    closed = [path for path, wanted in ((OPEN, row.open), (SHUT, row.shut)) if wanted != FETCHED]
    details = tuple(detail for _, detail in ends if detail)
    crossed = sum(path in closed for path in asked)
    return Outcome(ends[0][0], ends[1][0], details, asked.count("/robots.txt"), crossed)


def shortest_pause(delay: int, pages: int, **settings: str) -> float:
    """Seconds between two requests to a host that asks for a Crawl-delay, its robots.txt among them."""
    answers = {"/robots.txt": answer(200, f"User-agent: *\nCrawl-delay: {delay}\n".encode())}
    with Hosts({"slow": answers}).serve() as hosts:
        hurry = {"CONCURRENT_REQUESTS_PER_DOMAIN": "8", "DOWNLOAD_DELAY_JITTER": "0.9"}
        if rejects := _run([hosts.url("slow", f"/page/{n}") for n in range(pages)], hurry | settings):
            raise RuntimeError(f"not fetched: {rejects}")
        if len(hosts.pages("slow")) != pages:
            raise RuntimeError(f"{len(hosts.pages('slow'))} of {pages} pages were asked for")
        times = [when for when, _ in hosts.asked["slow"]]
    return min(later - earlier for earlier, later in pairwise(times))


def _run(urls: list[str], settings: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The rejects of a crawl of these pages."""
    with tempfile.TemporaryDirectory(prefix="winnow-robots-") as folder:
        (Path(folder) / "pages.txt").write_text("\n".join(urls), "utf-8")
        given = _SETTINGS | {"RAW_DIR": f"{folder}/raw"} | settings
        options = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
        command = [sys.executable, "-m", "scrapy", "crawl", "urls", "-a", f"file={folder}/pages.txt", *options]
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        if "Traceback" in ended.stderr:
            raise RuntimeError(ended.stderr)
        rejects: dict[str, tuple[str, str]] = {}
        for file in Path(folder).rglob("*rejects.jsonl"):
            for row in map(json.loads, file.read_text("utf-8").splitlines()):
                rejects[row["url"]] = (row["reason"], row["detail"])
        if not rejects and ended.returncode:
            raise RuntimeError(f"exit {ended.returncode}: {ended.stderr}")
        return rejects
