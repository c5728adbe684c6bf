"""How good the cleaning is, on labelled data that does not ship with Winnow.

    python bench/quality.py [lines|pages] [--data DIR] [--short] [--json FILE]

Prints, row by row, what was asked for and what was reached, beside plain trafilatura in the same run, and beside
trafilatura with nothing but the headline put where the gold text has it (`headline`); exits 1 where a row falls
short. DIR (default ../shared) holds lines/, pages/ and the two scorers in score/.
"""

import argparse
import gzip
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from trafilatura import extract as trafilatura_text

from cleaners import clean_text
from cleaners.accounts import table
from cleaners.extract import PageRejected, from_html
from cleaners.ledger import split
from cleaners.stages.headline import cut_headline

ROOT = Path(__file__).resolve().parent.parent
LINES = ("seeds", "written", "real")
PAGES = {  # set: whether its gold text has the headline
    "scrapinghub": False,
    "wcxb": False,
    "magic_article": False,
    "daniel": True,
    "magic_forum": True,
    "cleanportal": True,
}
SHORT = ("scrapinghub", "magic_article")
ASKED = {"seeds: dirty documents perfect": 1.0, "scrapinghub: pages accounted for": 88}


def main() -> int:
    logging.disable(logging.CRITICAL)
    options = _options()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        if options.part in (None, "lines"):
            for name in LINES:
                figures |= _score_lines(name, options.data, Path(scratch))
        if options.part in (None, "pages"):
            for name in SHORT if options.short else PAGES:
                figures |= _score_pages(name, options.data, Path(scratch))
    rows = [(name, ASKED.get(name, "-"), f"{value:.4g}") for name, value in figures.items()]
    print(table([("figure", "asked for", "reached"), *((n, str(a), r) for n, a, r in rows)]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    missed = [name for name, asked in ASKED.items() if figures.get(name, asked) < asked]
    print(f"short of what was asked for: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=["lines", "pages"])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--short", action="store_true", help="two sets of pages only")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if not (options.data / "score").is_dir():
        parser.error(f"no labelled data in {options.data}: name its folder with --data")
    return options


def _score_lines(name: str, data: Path, scratch: Path) -> dict[str, float]:
    """Already-extracted text: which lines went, against labels line by line."""
    gold = data / "lines" / f"{name}.jsonl"
    predicted, scores = scratch / f"{name}.jsonl", scratch / f"{name}.json"
    documents = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    rows = [{"id": row["id"], "kept_lines": _kept_lines(row["lines"])} for row in documents]
    predicted.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _run([data / "score" / "score_lines.py", gold, predicted, "--json", scores, "--quiet"])
    result = json.loads(scores.read_text(encoding="utf-8"))["ALL"]
    wanted = {
        "drop precision": "drop_precision",
        "drop recall": "drop_recall",
        "drop F1": "drop_f1",
        "keep characters lost": "keep_chars_lost",
        "dirty documents perfect": "dirty_docs_perfect",
        "clean documents untouched": "clean_docs_untouched",
    }
    return {f"{name}: {label}": result[key] for label, key in wanted.items() if result[key] is not None}


def _kept_lines(lines: list[str]) -> list[int]:
    cleaned = clean_text("\n".join(lines))
    gone = {cut.block for cut in cleaned.cuts if cut.start == 0 and cut.end == len(lines[cut.block])}
    return [i for i in range(len(lines)) if i not in gone]


def _score_pages(name: str, data: Path, scratch: Path) -> dict[str, float]:
    """Whole pages through the command, and through trafilatura alone."""
    gold = data / "pages" / f"{name}.jsonl.gz"
    ours, theirs, headline = (scratch / f"{name}.{who}.jsonl" for who in ("ours", "theirs", "headline"))
    rejects = scratch / f"{name}.rejects.jsonl"
    command = [sys.executable, "-m", "cleaners", "clean", gold, "-o", "-", "--rejects", rejects]
    with ours.open("w", encoding="utf-8") as out:
        subprocess.run(
            [*command, *(["--headline"] if PAGES[name] else [])], stdout=out, stderr=subprocess.PIPE, check=True
        )
    with gzip.open(gold, "rt", encoding="utf-8") as pages, theirs.open("w") as plain, headline.open("w") as moved:
        for page in map(json.loads, pages):
            text = trafilatura_text(page["html"], include_comments=False) or ""
            plain.write(json.dumps({"id": page["id"], "text": text}) + "\n")
            text = _headline_only(page["html"], PAGES[name])
            moved.write(json.dumps({"id": page["id"], "text": text}) + "\n")
    rows = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ours, rejects))
    figures: dict[str, float] = {f"{name}: pages accounted for": rows}
    for who, predicted in (("Winnow", ours), ("headline", headline), ("trafilatura", theirs)):
        result = json.loads(_run([data / "score" / "score_pages.py", gold, predicted, "--json"]))["all"]
        for key in ("shingle_f1", "word_f1", "clean", "residual_words", "lost_words"):
            figures[f"{name}: {key}, {who}"] = result[key]
    return figures


def _headline_only(html: str, headline_first: bool) -> str:
    try:
        document = from_html(html, headline_first=headline_first)
    except PageRejected:
        return ""
    return split(document, cut_headline(document, []))[0]


def _run(command: list[Any]) -> str:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
