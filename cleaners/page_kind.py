"""What kind of page it is: an article, a forum, … A logistic regression in whole numbers on the page's features.

`learned/page_kinds.json` was made by bench/learn/kinds.py; docs/model-card.md tells from what.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaners.errors import WinnowError
from cleaners.page_kind_features import FEATURES, features

__all__ = ["KINDS", "Model", "features", "kind_of", "load", "model_of", "probabilities"]

#: The columns of `probabilities`. Listings list articles, jobs, threads; collections, mostly, what is for sale;
#: services are the pages on which firms, programs and offices say what they do.
KINDS = ("article", "forum", "documentation", "product", "listing", "collection", "service")
SURE = 700  # per mille. Of pages with an address, on unseen sites, at least 85 % of those named a kind are of it
SCALE = 1 << 16  # of scores, to a natural logit

_STEP = 1 << 10  # of scores, between entries of the table
_EXP = np.array([round((1 << 30) * math.exp(-k * _STEP / SCALE)) for k in range(16 * SCALE // _STEP)], dtype=np.int64)

Ints = npt.NDArray[np.int64]
Rows = Ints | Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Model:
    """Bounds of each feature, and its weight for each kind. Axes of `weights`: feature, kind."""

    low: Ints
    high: Ints
    weights: Ints
    bias: Ints


@cache
def load() -> Model:
    """The model that comes with Winnow."""
    path = Path(__file__).parent / "learned" / "page_kinds.json"
    return model_of(json.loads(path.read_text(encoding="utf-8")))


def model_of(table: dict[str, Any]) -> Model:
    """The model in a table that bench.learn.kinds made. Raises WinnowError where it is of other features."""
    if tuple(table["features"]) != FEATURES or tuple(table["kinds"]) != KINDS:
        raise WinnowError(
            "learned/page_kinds.json was made for other features than page_kind_features.py computes",
            "install Winnow again; after a change of the features, run python -m bench.learn.kinds",
        )
    return Model(*(np.array(table[name], dtype=np.int64) for name in ("low", "high", "weights", "bias")))


def probabilities(rows: Rows, model: Model | None = None) -> Ints:
    """How probable each of KINDS is for each row of features, in per mille; a row's sum is 1,000, give or take 3.

    `model`: the one that comes with Winnow, if none is given.
    """
    model = model or load()
    given = np.asarray(rows, dtype=np.int64).reshape(-1, len(model.low))
    scores = np.clip(given, model.low, model.high) @ model.weights + model.bias
    behind = (scores.max(axis=1, keepdims=True) - scores) // _STEP
    shares = _EXP[np.minimum(behind, len(_EXP) - 1)]
    total = shares.sum(axis=1, keepdims=True)
    found: Ints = (1000 * shares + total // 2) // total
    return found


def kind_of(of_page: Sequence[int] | Ints) -> str | None:
    """The name of a page's kind by its row of `probabilities`; None where none is sure.

    >>> kind_of([20, 950, 10, 5, 5, 5, 5])
    'forum'
    >>> kind_of([480, 10, 0, 0, 500, 10, 0])
    """
    best = int(np.argmax(of_page))
    return KINDS[best] if of_page[best] >= SURE else None
