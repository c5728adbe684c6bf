"""What the cleaning costs, beside what extraction costs, and what a crawl costs, beside Scrapy alone.

    python bench/speed.py [text|pages|crawl] [--pages N] [--data DIR] [--short] [--json FILE]

`text`: CPU time of rules, stages and language on already-extracted text, as a share of what bare trafilatura took
to extract that text: page by page in turns, in one run. Half of the pages go through clean_text one by one, the
other half through clean_batch. What happens once in a process is told apart: reading the rules, and compiling their
patterns, all of them here, in life those which a line calls for. DIR (default ../shared) holds pages/; the labelled
pages do not ship with Winnow.

`pages`: CPU time of our profiles beside that of other extractors and pipelines, memory, and the worst pages: see
bench/page_speed.py. --pages is the number of pages in the WARC file. --short leaves memory out.

`crawl`: CPU time of a crawl, a page, beside that of Scrapy alone; see bench/crawl_speed.py.

Without a part it runs all. Exits 1 where a figure falls short of what was asked for.
"""

import argparse
import json
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from trafilatura import extract

from cleaners import clean, clean_batch
from cleaners.accounts import table
from cleaners.language import warm
from cleaners.rules import load_rules
from cleaners.rules.matching import pattern
from cleaners.schema import PAGES
from cleaners.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs as a file, too

from bench import crawl_speed, page_speed, page_warc  # noqa: E402

PARTS = ("text", "pages", "crawl")
ASKED = {"share": 0.10, "times": crawl_speed.ASKED}  # by the first word of a figure
COUNTS = {"text": 120, "crawl": 600}  # pages
SHORT_COUNTS = {"text": 40, "crawl": 150}
PAIRS = {False: 7, True: 3}  # of crawls, by --short
BATCH = 16
WAYS = ("clean_text", "clean_batch")
WARMING = (
    "The ferry crosses the river every morning, and the ferryman knows all of his passengers, each by their name.\n"
    "He has done so since the bridge was washed away, and he says that he will do so until another one is built.\n"
    "Share this\n2 °C\nHome\nAll about the river\nThe ferry\nOther news of the day"  # the learned stage is asked too
)

now = time.process_time


def main() -> int:
    logging.disable(logging.CRITICAL)
    options = _options()
    figures: dict[str, float] = {}
    missed: list[str] = []
    for part in [options.part] if options.part else PARTS:
        if part == "pages":
            found, short = _pages(options)
            figures |= found
            missed += short
            continue
        count = options.pages or (SHORT_COUNTS if options.short else COUNTS)[part]
        if part == "text":
            found = _start() | _text(page_warc.sample(options.data, count))
        else:
            found = crawl_speed.figures(count, PAIRS[options.short])
        rows = [(name, _shown(name, _limit(name)), _shown(name, value)) for name, value in found.items()]
        print(table([("figure", "asked for", "reached"), *rows]))
        figures |= found
        missed += [name for name, reached in found.items() if (limit := _limit(name)) and reached > limit]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"short of what was asked for: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def _pages(options: argparse.Namespace) -> tuple[dict[str, float], list[str]]:
    size = page_speed.SHORT if options.short else page_speed.FULL
    found = page_speed.measure(options.data, replace(size, cleaned=options.pages) if options.pages else size)
    print(table([("figure", "asked for", "reached", ""), *(one.row() for one in found)]))
    values = {one.name: one.value for one in found if one.value is not None}
    return values, [one.name for one in found if one.is_short]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=PARTS, help="all where none is named")
    parser.add_argument("--pages", type=int, metavar="N")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--short", action="store_true", help="fewer pages")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.part != "crawl" and not (options.data / "pages").is_dir():
        parser.error(f"no labelled data in {options.data}: name its folder with --data")
    return options


def _limit(name: str) -> float | None:
    return ASKED.get(name.split(" ")[0])


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if name.startswith("share") else f"{value:.3g}"


def _start() -> dict[str, float]:
    """What happens once in a process, in CPU milliseconds."""
    figures = {}
    start = now()
    rules = load_rules()
    figures["once: read the rules, ms"] = 1000 * (now() - start)
    start = now()
    warm()
    figures["once: read langdetect's profiles, ms"] = 1000 * (now() - start)
    start = now()
    clean.clean_text(WARMING, rules=rules)
    figures["once: index the rules, and the first text, ms"] = 1000 * (now() - start)
    start = now()
    for rule in rules:
        for text in (*rule.lines, *rule.parts):
            pattern(text)
    figures["once: compile every pattern, ms"] = 1000 * (now() - start)
    return figures


def _text(pages: list[dict[str, Any]]) -> dict[str, float]:
    """Milliseconds a page, and shares."""
    settings = Settings()
    clean_batch(_batch([{"url": "https://a.example/", "text": WARMING}]), settings)
    extract(pages[0]["html"], include_comments=False)
    parts = _watched()
    extraction, cleaning = dict.fromkeys(WAYS, 0.0), dict.fromkeys(WAYS, 0.0)
    counts = dict.fromkeys(WAYS, 0)
    for way, pile in _piles(pages):
        rows = []
        for page in pile:
            start = now()
            text = extract(page["html"], include_comments=False)
            spent = now() - start
            if text:
                rows.append({"url": page["url"], "text": text})
                extraction[way] += spent
        batch = _batch(rows)
        start = now()
        if way == "clean_batch":
            clean_batch(batch, settings)
        else:
            for row in rows:
                clean.clean_text(row["text"], rules=settings.rules)
        cleaning[way] += now() - start
        counts[way] += len(rows)
    figures: dict[str, float] = {}
    for way in WAYS:
        figures[f"{way}: pages"] = counts[way]
        figures[f"{way}: trafilatura, ms a page"] = 1000 * extraction[way] / counts[way]
        figures[f"{way}: cleaning, ms a page"] = 1000 * cleaning[way] / counts[way]
    parts["rest"] = sum(cleaning.values()) - sum(parts.values())
    figures |= {f"of it, {part}, ms a page": 1000 * spent / sum(counts.values()) for part, spent in parts.items()}
    return figures | {f"share of trafilatura: {way}": cleaning[way] / extraction[way] for way in WAYS}


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=PAGES)


def _piles(pages: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Small piles in turns: one batch for clean_batch, then as many pages for clean_text, one by one."""
    halves = pages[0::2], pages[1::2]
    for start in range(0, len(halves[0]), BATCH):
        yield "clean_batch", halves[0][start : start + BATCH]
        for page in halves[1][start : start + BATCH]:
            yield "clean_text", [page]


def _watched() -> dict[str, float]:
    """CPU seconds by part of the pipeline, from now on."""
    spent: dict[str, float] = defaultdict(float)

    def timed(call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            start = now()
            try:
                return call(*arguments)
            finally:
                spent[name] += now() - start

        return run

    def stages(*arguments: Any, **switches: Any) -> list[Any]:
        found = original(*arguments, **switches)
        return [timed(stage, getattr(stage, "func", stage).__name__) for stage in found]

    original: Callable[..., list[Any]] = clean.stages
    named = {"cut_learned": "cut_learned", "identify": "language"}
    vars(clean).update({call: timed(vars(clean)[call], name) for call, name in named.items()}, stages=stages)
    return spent


if __name__ == "__main__":
    sys.exit(main())
