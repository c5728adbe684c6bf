"""What a crawl costs beside Scrapy alone: the part `crawl` of bench/speed.py.

Both follow the same links of the same site with the same settings, and write the same WARC. Each crawl is a process
of its own. What it spends on a site of one page is taken off, so that starting does not count.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.survival import crawl_pages, crawl_site, crawling, jobdir_peer

ROOT = Path(__file__).resolve().parent.parent
ASKED = 1.25
SIZE = 21_000  # characters of text a page: 25 kB of HTML
Command = Callable[[str, Path], tuple[list[str], Path]]


def figures(pages: int, pairs: int) -> dict[str, float]:
    """CPU milliseconds, of user and system: ours, Scrapy's, and the median of how many times Scrapy's ours are."""
    starts: dict[Command, list[float]] = {_ours: [], _theirs: []}
    wholes: dict[Command, list[float]] = {_ours: [], _theirs: []}
    with tempfile.TemporaryDirectory(prefix="winnow-speed-") as name:
        for pair in range(pairs):
            for command in (_ours, _theirs)[:: 1 if pair % 2 else -1]:
                folder = Path(name) / f"{command.__name__}-{pair}"
                starts[command].append(_spent(command, 1, folder / "start"))
                wholes[command].append(_spent(command, pages, folder / "whole"))
    ours, theirs = (
        [1000 * (whole - statistics.median(starts[command])) / (pages - 1) for whole in wholes[command]]
        for command in (_ours, _theirs)
    )
    times = [mine / peer for mine, peer in zip(ours, theirs, strict=True)]
    return {
        "crawl: pages": pages,
        "crawl: pairs of runs": pairs,
        "crawl: Scrapy alone, CPU ms a page": statistics.median(theirs),
        "crawl: Winnow, CPU ms a page": statistics.median(ours),
        "crawl: Scrapy alone, CPU ms to start": 1000 * statistics.median(starts[_theirs]),
        "crawl: Winnow, CPU ms to start": 1000 * statistics.median(starts[_ours]),
        "crawl: least of the pairs, times": min(times),
        "crawl: most of the pairs, times": max(times),
        "crawl: least of ours by the least of theirs, times": min(ours) / min(theirs),  # the quietest moments of each
        "times Scrapy alone: crawl": statistics.median(times),
    }


def _spent(command: Command, pages: int, folder: Path) -> float:
    """CPU seconds of one crawl, which has to store every page."""
    folder.mkdir(parents=True)
    plan = crawl_pages.Plan(pages=pages, size=SIZE, calm=True)
    with crawl_site.serve(plan) as site:
        words, place = command(site.url, folder)
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        with (folder / "log").open("wb") as log:
            crawl = subprocess.Popen([sys.executable, "-m", "scrapy", *words], cwd=place, env=environment, stderr=log)
            _, status, usage = os.wait4(crawl.pid, 0)
            crawl.returncode = os.waitstatus_to_exitcode(status)
    stored = jobdir_peer.pages(folder / "pages.warc.gz") + crawling.kept(folder / crawling.NAME).pages
    if crawl.returncode or stored.total() != pages or len(stored) != pages:
        told = (folder / "log").read_text(errors="replace")[-500:]
        raise RuntimeError(f"exit {crawl.returncode}, {stored.total()} of {pages} pages stored: {told}")
    return usage.ru_utime + usage.ru_stime


def _ours(url: str, folder: Path) -> tuple[list[str], Path]:
    return crawling.command(url, folder), ROOT


def _theirs(url: str, folder: Path) -> tuple[list[str], Path]:
    return jobdir_peer.command(url, folder / "pages.warc.gz", *crawling.FAST), folder
