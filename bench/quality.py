"""How good the cleaning is, on labelled data that does not ship with Winnow.

    python bench/quality.py [lines|pages] [--data DIR] [--json FILE] [--write [--lower-floors]]
    python bench/quality.py pages [--short] [--worst N] [--fresh]

`lines`: what was asked for and what was reached, by default and with --thorough, on all documents, on the half that
was read while rules were made, and on the half that was not. Then each class's recall, and each rule's precision.

`pages`: the profiles `best` and `fast`, by models that have not seen a page's site, beside what was asked for and
beside trafilatura; then beside other extractors, which run in an environment of their own. The same headline mode
for all: the headline taken from the text, or the page's title put in front, as the gold text of a set has it. ± is
the deviation of the second figure over 200 bootstrap samples. --worst lists the N worst pages of each set.

Exits 1 where a figure falls short of what was asked for, or below its floor in bench/floors.toml. --write raises the
floors to what was reached, and stores the rules' figures in cleaners/measured.toml.

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

from bench import floors, lines, page_sets, pages, precision  # noqa: E402
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
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N worst pages of each set")
    parser.add_argument("--fresh", action="store_true", help="make the texts of other extractors anew")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="raise the floors, store the rules' figures")
    parser.add_argument("--lower-floors", action="store_true", help="with --write: lower floors, too")
    options = parser.parse_args()
    if not (options.data / "score").is_dir():
        parser.error(f"no labelled data in {options.data}: name its folder with --data")
    if options.lower_floors and not options.write:
        parser.error("--lower-floors goes with --write")
    if options.write and options.short:
        parser.error("--write goes with all sets, not with --short")
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
    fell = _held("lines", held, digests, options)
    if options.write and not fell:
        precision.write(MEASURED, measured, digests)
        print(f"written: {MEASURED}")
    return figures, bool(short) or fell


def _held(part: str, figures: dict[str, float], digests: dict[str, str], options: argparse.Namespace) -> bool:
    """Hold figures against their floors, and write these where that was asked for; whether it fails."""
    known = floors.read(FLOORS, part)
    fell, reason = floors.check(known, figures, digests)
    print(reason or "\n".join(f"fell: {each}" for each in fell) or "all floors hold")
    if not options.write:
        return bool(fell)
    try:
        floors.write(FLOORS, part, floors.raised(known, figures, digests, lower=options.lower_floors))
    except floors.Refused as refused:
        print(f"nothing written: {refused}")
        return True
    print(f"written: {FLOORS}")
    return False


def _row(name: str, found: dict[str, dict[str, float]], short: list[str]) -> tuple[str, ...]:
    asked = lines.ASKED.get(name)
    sign = "<=" if name.endswith(lines.LEAST) else ">="
    values = [f"{100 * found[name][part]:.2f} %" if part in found[name] else "-" for part in lines.HALVES]
    return name, "-" if asked is None else f"{sign} {100 * asked:.4g} %", *values, "short" if name in short else ""


def _pages(options: argparse.Namespace, scratch: Path) -> tuple[dict[str, float], bool]:
    sets = page_sets.SHORT if options.short else [*page_sets.PAGES]
    found = pages.measure(options.data, sets, worst=options.worst, fresh=options.fresh)
    print(table(pages.table_of_asked(found)))
    print("\n" + table(pages.table_of_peers(found)))
    if options.worst:
        print("\n" + table(pages.table_of_worst(found)))
    print(f"\n{pages.note(fresh=options.fresh)}")
    for name, reason in found.missing.items():
        print(f"{name}: not measured: {reason}")
    accounted, wanted = pages.accounted_for(options.data, scratch)
    print(f"pages of scrapinghub that the command made a record or a reject: {accounted} of {wanted}")
    short = [*pages.short_of(found), *(["pages accounted for"] if accounted != wanted else [])]
    print(f"short of what was asked for: {', '.join(short) or 'none'}")
    fell = _held("pages", pages.figures(found, page_sets.PROFILES), page_sets.digests(options.data), options)
    figures = pages.figures(found) | pages.deviations(found)
    return figures, bool(short) or fell


if __name__ == "__main__":
    sys.exit(main())
