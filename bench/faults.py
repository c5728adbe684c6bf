"""What becomes of a dataset, and of a crawl, when things go wrong: kills, full disks, hostile pages and hosts.

    python bench/faults.py [dataset|crawl] [--short|--minute] [--only ROW ...] [--json FILE] [--data DIR]

Prints fault, what was asked for and what was reached, each row as soon as it is known; how far a long one is goes to
standard error. Exits 1 where a row falls short. --short: about five minutes on two cores, --minute: about one.
Figures of peers, which stand beside ours, carry no mark.

DIR (default ../shared) holds labelled pages; rows that need them say so where it is missing.
"""

import argparse
import importlib
import importlib.util
import inspect
import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs as a file, too

from bench.survival.figures import SIZES, Figure  # noqa: E402

PARTS = {
    "dataset": (
        "kills",
        "steps",
        "disks",
        "starts",
        "changes",
        "sameness",
        "deadlines",
        "poison",
        "soak",
        "hostile",
        "fuzz",
        "archives",
        "flips",
        "peers",
    ),
    "crawl": ("crawls", "sealing", "canary", "bombs", "robots", "rounds", "sharding", "junk"),
}


def main() -> int:
    logging.disable(logging.CRITICAL)
    options = _options()
    figures: list[dict[str, object]] = []
    begun = time.monotonic()
    ran = []
    for row in options.only or _rows(options.part):
        start = time.monotonic()
        for figure in _measured(row, options):
            print(
                f"{_mark(figure)} {figure.fault}\n      asked for  {figure.asked}\n      reached    {figure.reached}"
            )
            figures.append({"row": row, "fault": figure.fault, "reached": figure.reached, "ok": figure.ok})
        ran.append(f"{row} {time.monotonic() - start:.0f} s")
        sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    missed = [str(figure["fault"]) for figure in figures if not figure["ok"]]
    print(f"\nran in size {options.size!r}: {', '.join(ran)}; {time.monotonic() - begun:.0f} s in all")
    print(f"short of what was asked for: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=[*PARTS], help="all of them where none is named")
    parser.add_argument("--short", dest="size", action="store_const", const="short", default=SIZES[0])
    parser.add_argument("--minute", dest="size", action="store_const", const="minute")
    parser.add_argument("--only", nargs="+", metavar="ROW", help=f"of {', '.join(_rows(None))}")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    if unknown := set(options.only or ()) - set(_rows(options.part)):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(_rows(options.part))}")
    return options


def _rows(part: str | None) -> list[str]:
    return [row for name in PARTS if part in (name, None) for row in PARTS[name]]


def _measured(row: str, options: argparse.Namespace) -> Iterator[Figure]:
    """The figures of one row. One that cannot be measured falls short."""
    try:
        measure = importlib.import_module(f"bench.survival.{row}").measure
        more = {"data": options.data} if "data" in inspect.signature(measure).parameters else {}
        yield from measure(options.size, **more)
    except Exception as error:
        traceback.print_exc()
        yield Figure(row, "a figure", f"not measured: {type(error).__name__}: {str(error)[:300]}", ok=False)


def _mark(figure: Figure) -> str:
    return "ok   " if figure.ok else "SHORT"


if __name__ == "__main__":
    sys.exit(main())
