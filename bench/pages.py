"""Whole pages through the command, through trafilatura alone, and through trafilatura with the headline moved."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from trafilatura import extract as trafilatura_text

from cleaners.extract import PageRejected, from_html
from cleaners.ledger import split
from cleaners.stages.headline import cut_headline

PAGES = {  # set: whether its gold text has the headline
    "scrapinghub": False,
    "wcxb": False,
    "magic_article": False,
    "daniel": True,
    "magic_forum": True,
    "cleanportal": True,
}
SHORT = ("scrapinghub", "magic_article")
ASKED = {"scrapinghub: pages accounted for": 88.0}
_KEYS = ("shingle_f1", "word_f1", "clean", "residual_words", "lost_words")


def figures(name: str, data: Path, scratch: Path) -> dict[str, float]:
    """How near each of the three comes to the gold text of a set."""
    gold = data / "pages" / f"{name}.jsonl.gz"
    ours, theirs, headline = (scratch / f"{name}.{who}.jsonl" for who in ("ours", "theirs", "headline"))
    rejects = scratch / f"{name}.rejects.jsonl"
    command: list[Any] = [sys.executable, "-m", "cleaners", "clean", gold, "-o", "-", "--rejects", rejects]
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
    found: dict[str, float] = {f"{name}: pages accounted for": rows}
    for who, predicted in (("Winnow", ours), ("headline", headline), ("trafilatura", theirs)):
        scorer: list[Any] = [sys.executable, data / "score" / "score_pages.py", gold, predicted, "--json"]
        scored = subprocess.run(scorer, capture_output=True, text=True, check=True).stdout
        result = json.loads(scored)["all"]
        found |= {f"{name}: {key}, {who}": result[key] for key in _KEYS}
    return found


def _headline_only(html: str, headline_first: bool) -> str:
    try:
        document = from_html(html, headline_first=headline_first)
    except PageRejected:
        return ""
    return split(document, cut_headline(document, []))[0]
