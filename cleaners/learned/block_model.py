"""The learned block model: how surely each block of a page is part of its text.

Two steps: a first opinion on each block by its own evidence, then a second one that also sees the first opinions on
the blocks around it (stacking, as in Wolpert, "Stacked generalization", 1992). One chain of both is for pages that
another extractor voted on, one for pages of which only the markup is known. `blocks.json` holds whole numbers only;
it was made by bench/learn/blocks.py, and docs/model-card.md tells from what.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaners.dom_groups import BUCKETS
from cleaners.errors import WinnowError
from cleaners.learned import blocks, ngrams
from cleaners.learned.elements import PageBlocks
from cleaners.learned.places import Longs
from cleaners.learned.shape import KIND_CODES, SENTENCE_END, logarithm
from cleaners.learned.trees import SCALE, Ints, Trees, merits, sums, trees_of
from cleaners.page_kind import KINDS
from cleaners.prose import SENTENCE

FILE = Path(__file__).with_name("blocks.json")
FEATURES = {  # of the first and of the second opinion, by chain
    "voted": (blocks.FEATURES + blocks.VOTES, blocks.FEATURES + blocks.VOTES + blocks.OPINIONS),
    "markup": (blocks.FEATURES, blocks.FEATURES + blocks.OPINIONS),
}
_FINE = 16  # steps of an opinion to a logit
_FAR = 96  # steps; surer is as sure
_IF_LABEL = SCALE  # what a label of an article needs more: it harms more where it stays than where it goes
_SHORT = int(logarithm(SENTENCE)[()])  # in the column `length`
_LABELS = [KIND_CODES[kind] for kind in ("paragraph", "quotation", "table_row")]
_NAMED = 3  # pieces of evidence in a detail

Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    ngrams: Bytes
    names: Bytes  # axes: near and far; bucket
    chains: dict[str, tuple[Trees, Trees]]
    least: Longs  # score of a block that is part of the text, by page kind


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of a page's blocks, in 1/1024 of a logit, above what is asked for; and the evidence behind them."""

    scores: Ints
    rows: Ints
    chain: str
    kinds: Sequence[int]  # of the page: see page_kind.probabilities


@cache
def load() -> Model:
    """The model that comes with Winnow."""
    return model_of(json.loads(FILE.read_text(encoding="utf-8")))


def model_of(table: dict[str, Any]) -> Model:
    """The model in a table that bench/learn/blocks.py made. Raises WinnowError where it is of other features."""
    if {name: [list(step) for step in steps] for name, steps in FEATURES.items()} != table["features"]:
        raise WinnowError(
            "learned/blocks.json was made for other evidence than blocks.py computes",
            "install Winnow again; after a change of the evidence, run make train",
        )
    chains = {name: (_trees(steps[0]), _trees(steps[1])) for name, steps in table["chains"].items()}
    names = _bytes(table["names"]).reshape(2, BUCKETS)
    return Model(_bytes(table["ngrams"]), names, chains, np.array(table["least"], dtype=np.int64))


def _trees(table: dict[str, Any]) -> Trees:
    return trees_of(table["trees"], table["depth"])


def _bytes(text: str) -> Bytes:
    return np.frombuffer(base64.b64decode(text), dtype=np.int8)


def judge(model: Model, pages: Sequence[PageBlocks]) -> list[Judged]:
    """All pages at once, which costs less; each as if it were alone.

    Where there are votes, both chains are asked, and what they say on average counts.
    """
    judged: dict[int, Judged] = {}
    for chain, asked in (("voted", True), ("markup", False)):
        of_chain = {n: page for n, page in enumerate(pages) if (page.votes is not None) == asked}
        if of_chain:
            judged |= zip(of_chain, _judge(model, [*of_chain.values()], chain), strict=True)
    return [judged[n] for n in range(len(pages))]


def _judge(model: Model, pages: Sequence[PageBlocks], chain: str) -> list[Judged]:
    wording = ngrams.score([text for page in pages for text in page.blocks.texts], model.ngrams)
    known = blocks.evidence(pages, wording, model.names)
    scores, rows = _second_opinion(model, known, chain)
    if chain == "voted":
        bare = replace(known, rows=np.ascontiguousarray(known.rows[:, : len(blocks.FEATURES)]))
        scores = (scores + _second_opinion(model, bare, "markup")[0]) // 2
    kinds = np.array([page.kinds for page in pages], dtype=np.int64)
    least, articles = kinds @ model.least // 1000, kinds[:, KINDS.index("article")]
    more = _IF_LABEL * _is_label(known.rows) * articles[known.places.page] // 1000
    scores = (scores - least[known.places.page] - more).astype(np.int32)
    stops = np.cumsum([len(page.blocks.texts) for page in pages])[:-1]
    parts = zip(pages, np.split(scores, stops), np.split(rows, stops), strict=True)
    return [Judged(of_page, evidence, chain, page.kinds) for page, of_page, evidence in parts]


def _is_label(rows: Ints) -> npt.NDArray[np.bool_]:
    """Short, no sentence, neither heading nor item: credits, captions, dates, labels; a line of a poem, too."""
    column = blocks.FEATURES.index
    found: npt.NDArray[np.bool_] = (
        (rows[:, column("length")] < _SHORT)
        & (rows[:, column("last")] != SENTENCE_END)
        & np.isin(rows[:, column("kind")], _LABELS)
    )
    return found


def _second_opinion(model: Model, known: blocks.Evidence, chain: str) -> tuple[Ints, Ints]:
    """The scores, and the rows that they were found by."""
    first, second = model.chains[chain]
    opinion = fine(sums(first, known.rows))
    rows = blocks.with_opinions(known, opinion, percent(opinion))
    return sums(second, rows), rows


def fine(score: Ints) -> Ints:
    """A first opinion, as the second one sees it."""
    steps: Ints = np.clip(score // (SCALE // _FINE), -_FAR, _FAR).astype(np.int32)
    return steps


def percent(opinion: Ints) -> Longs:
    """Its probability; from a table, as processors differ in the last bit."""
    return _PERCENT.take(opinion + _FAR)


_PERCENT = np.array([round(100 / (1 + 2.718281828459045 ** (-k / _FINE))) for k in range(-_FAR, _FAR + 1)])


def reasons(model: Model, judged: Judged, wanted: Sequence[int]) -> list[str]:
    """What lowered the scores of some blocks most in both steps, the strongest first, with its values."""
    if not wanted:
        return []
    names = FEATURES[judged.chain][0]
    first, second = model.chains[judged.chain]
    rows = judged.rows[wanted]
    own = np.ascontiguousarray(rows[:, : len(names)])
    weights = merits(first, own) + merits(second, rows)[:, : len(names)]
    found = []
    for row, merit in zip(own.tolist(), weights, strict=True):
        strongest = np.argsort(merit, kind="stable")[:_NAMED].tolist()
        found.append(", ".join(f"{names[k]} {row[k]}" for k in strongest if merit[k] < 0))
    return found
