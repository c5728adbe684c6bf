"""Extraction alone, page by page in turns: our profiles here, other extractors in one process of theirs."""

import gzip
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from bench import environments
from bench.extractors.texts import ENVIRONMENT, SCRIPT
from bench.measured import Measured
from bench.page_sets import PROFILES
from cleaners.extract import PageRejected, from_html

BASE = "trafilatura"
Clock = Callable[[int], float]


def measure(pages: Sequence[dict[str, Any]], rounds: int, folder: Path) -> list[Measured]:
    """CPU time of each extractor as a multiple of trafilatura's, the median of rounds over the same pages."""
    with _clocks(pages, folder) as clocks:
        for clock in clocks.values():
            clock(0)
        spent = [_round(clocks, len(pages), number) for number in range(rounds)]
    return [_measured(name, spent, len(pages)) for name in clocks]


def _round(clocks: dict[str, Clock], pages: int, number: int) -> dict[str, float]:
    """Seconds of each over all pages. Who comes first changes from page to page."""
    spent = dict.fromkeys(clocks, 0.0)
    names = [*clocks]
    for page in range(pages):
        first = (page + number) % len(names)
        for name in names[first:] + names[:first]:
            spent[name] += clocks[name](page)
    return spent


def _measured(name: str, spent: Sequence[dict[str, float]], pages: int) -> Measured:
    times = [one[name] / one[BASE] for one in spent]
    milliseconds = 1000 * statistics.median(one[name] for one in spent) / pages
    middle = statistics.median(times)
    shown = f"{middle:.2f} times trafilatura ({min(times):.2f}-{max(times):.2f}), {milliseconds:.1f} ms a page"
    return Measured(f"extraction: {name}", shown, middle)


@contextmanager
def _clocks(pages: Sequence[dict[str, Any]], folder: Path) -> Iterator[dict[str, Clock]]:
    """Extractor -> CPU seconds that it takes for the page of that number."""
    path = folder / "pages.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({name: page[name] for name in ("id", "url", "html")}) + "\n" for page in pages)
    command = [environments.python(ENVIRONMENT), str(SCRIPT), "clock", str(path)]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert peer.stdin and peer.stdout
    stdin, stdout = peer.stdin, peer.stdout

    def theirs(name: str, page: int) -> float:
        stdin.write(json.dumps([name, page]) + "\n")
        stdin.flush()
        return float(stdout.readline())

    def ours(options: dict[str, str], page: int) -> float:
        start = time.process_time()
        with suppress(PageRejected):
            from_html(pages[page]["html"], **options)  # type: ignore[arg-type]
        return time.process_time() - start

    profiles = {profile: {"profile": profile} for profile in PROFILES}
    try:
        names = json.loads(stdout.readline())
        yield {name: partial(ours, options) for name, options in profiles.items()} | {
            name: partial(theirs, name) for name in names
        }
    finally:
        stdin.close()
        peer.wait()
        stdout.close()
