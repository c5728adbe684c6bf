"""The labelled pages, by set, and what was asked of the two profiles on each."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROFILES = ("best", "fast")
SHORT = ("scrapinghub", "magic_article")
PAGES = {  # set: whether its gold text has the headline
    "scrapinghub": False,
    "daniel": True,
    "wcxb": False,
    "magic_article": False,
    "magic_forum": True,
    "cleanportal": True,
    "trafilatura": False,
}
_SHINGLES = {"F1": "shingle_f1", "clean": "clean"}
_WORDS = {"F1": "word_f1", "clean": "clean"}
_SNIPPETS = {"precision": "snip_p", "F1": "snip_f1"}


@dataclass(frozen=True, slots=True)
class Row:
    """A set of pages, or those of one kind in it.

    `measures`: our word for a figure -> the scorer's. `asked`: for each profile, the least that each figure may be,
    in that order; None: not asked. `above`: these are differences from trafilatura's figure.
    """

    set: str
    measures: Mapping[str, str]
    asked: Mapping[str, tuple[float | None, float | None]]
    kind: str | None = None
    above: bool = False

    @property
    def name(self) -> str:
        return f"{self.set}, {self.kind}s" if self.kind else self.set


ROWS = (
    Row("scrapinghub", _SHINGLES, {"best": (0.974, 0.60), "fast": (0.955, 0.40)}),
    Row("daniel", _SHINGLES, {"best": (0.91, 0.35), "fast": (0.90, 0.32)}),
    Row("wcxb", _WORDS, {"best": (0.865, 0.25), "fast": (0.83, 0.18)}),
    Row("wcxb", _WORDS, {"best": (0.952, 0.40), "fast": (0.935, 0.27)}, kind="article"),
    Row("magic_article", _SHINGLES, {"best": (0.84, 0.33), "fast": (0.82, 0.22)}),
    Row("magic_forum", _SHINGLES, {"best": (0.77, 0.17), "fast": (0.75, 0.12)}),
    Row("cleanportal", _SHINGLES, {"best": (0.95, 0.45), "fast": (0.935, 0.35)}),
    Row("trafilatura", _SNIPPETS, {"best": (0.03, 0.007), "fast": (None, -0.02)}, above=True),
)


def path(data: Path, name: str) -> Path:
    return data / "pages" / f"{name}.jsonl.gz"


def read(data: Path, name: str) -> list[dict[str, Any]]:
    """Rows {id, url, html, gold_text, …}."""
    with gzip.open(path(data, name), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def digests(data: Path) -> dict[str, str]:
    return {name: hashlib.sha256(path(data, name).read_bytes()).hexdigest() for name in PAGES}
