"""How good the cleaning is, on labelled data that does not ship with Winnow.

    python bench/quality.py [lines|pages] [--data DIR] [--json FILE]
    python bench/quality.py lines [--write [--lower-floors]]
    python bench/quality.py pages [--short]

`lines`: what was asked for and what was reached, by default and with --thorough, on all documents, on the half that
was read while rules were made, and on the half that was not. Then each class's recall, and each rule's precision.
Exits 1 where a figure falls short of what was asked for, or below its floor in bench/floors.toml. --write
raises the floors to what was reached, and stores the rules' figures in cleaners/measured.toml.

`pages`: beside plain trafilatura in the same run, and beside trafilatura with nothing but the headline put where the
gold text has it (`headline`).

DIR (default ../shared) holds lines/, pages/ and the two scorers in score/.
"""

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs as a file, too

from bench import floors, lines, pages, precision  # noqa: E402
from cleaners.accounts import table  # noqa: E402
from cleaners.measured import FILE as MEASURED  # noqa: E402
from cleaners.rules import load_rules  # noqa: E402

FLOORS = ROOT / "bench" / "floors.toml"


def main() -> int:
    logging.disable(logging.CRITICAL)
    options = _options()
    failed = False
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        if options.part in (None, "lines"):
            found, failed = _lines(options, Path(scratch))
            figures |= found
        if options.part in (None, "pages"):
            found, is_short = _pages(options, Path(scratch))
            figures |= found
            failed = failed or is_short
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=["lines", "pages"])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--short", action="store_true", help="two sets of pages only")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="raise the floors, store the rules' figures")
    parser.add_argument("--lower-floors", action="store_true", help="with --write: lower floors, too")
    options = parser.parse_args()
    if not (options.data / "score").is_dir():
        parser.error(f"no labelled data in {options.data}: name its folder with --data")
    if options.lower_floors and not options.write:
        parser.error("--lower-floors goes with --write")
    return options


def _lines(options: argparse.Namespace, scratch: Path) -> tuple[dict[str, float], bool]:
    """Print it all; the figures, and whether one falls short or below its floor."""
    documents = lines.clean_all(options.data)
    found = lines.figures(documents, options.data, scratch)
    measured = precision.measure(documents, load_rules())
    short = lines.short_of(found)
    print(table([("figure", "asked for", *lines.HALVES, ""), *(_row(name, found, short) for name in found)]))
    print("\n" + table([("class in real", "lines", *lines.SETTINGS), *lines.recall_by_class(documents)]))
    print("\n" + table([("rule or stage", "hits", "precision", "lost", ""), *precision.rows(measured)]))
    print(f"\nshort of what was asked for: {', '.join(short) or 'none'}")
    print(f"rules under {precision.ASKED:.0%}: {', '.join(precision.short_of(measured)) or 'none'}")
    figures = {name: values["all"] for name, values in found.items()}
    held = figures | {f"precision of {name}": one for name, one in precision.shares(measured).items()}
    digests = lines.digests(options.data)
    fell, reason = floors.check(floors.read(FLOORS), held, digests)
    print(reason or "\n".join(f"fell: {each}" for each in fell) or "all floors hold")
    if options.write:
        try:
            floors.write(FLOORS, floors.raised(floors.read(FLOORS), held, digests, lower=options.lower_floors))
        except floors.Refused as refused:
            print(f"nothing written: {refused}")
            return figures, True
        precision.write(MEASURED, measured, digests)
        print(f"written: {FLOORS}, {MEASURED}")
        fell = []
    return figures, bool(short or fell)


def _row(name: str, found: dict[str, dict[str, float]], short: list[str]) -> tuple[str, ...]:
    asked = lines.ASKED.get(name)
    sign = "<=" if name.endswith(lines.LEAST) else ">="
    values = [f"{100 * found[name][part]:.2f} %" if part in found[name] else "-" for part in lines.HALVES]
    return name, "-" if asked is None else f"{sign} {100 * asked:.4g} %", *values, "short" if name in short else ""


def _pages(options: argparse.Namespace, scratch: Path) -> tuple[dict[str, float], bool]:
    found: dict[str, float] = {}
    for name in pages.SHORT if options.short else pages.PAGES:
        found |= pages.figures(name, options.data, scratch)
    rows = [
        (name, f"{pages.ASKED[name]:g}" if name in pages.ASKED else "-", f"{value:.4g}")
        for name, value in found.items()
    ]
    print(table([("figure", "asked for", "reached"), *rows]))
    short = [name for name, asked in pages.ASKED.items() if found.get(name, asked) < asked]
    print(f"short of what was asked for: {', '.join(short) or 'none'}")
    return found, bool(short)


if __name__ == "__main__":
    sys.exit(main())
