"""The learned weights, and what they say of lines: a score, and the evidence that spoke loudest.

`weights.json` holds whole numbers only, so that sums are the same in any order and on any machine. It was made by
bench/learn/train.py; docs/model-card.md tells from what.
"""

import base64
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cleaners.errors import WinnowError
from cleaners.learned.evidence import FEATURES
from cleaners.learned.shape import Ints, logarithm
from cleaners.learned.trees import SCALE, Trees, merits, sums, trees_of

_NAMED = 3  # pieces of evidence in a detail
_PENALTY = SCALE * math.log(2) / 16  # half a natural logarithm, of a logarithm() in eighths of a binary one
_SHORTEST = 20  # characters; a shorter line needs no less proof

Weights = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    ngrams: Weights
    trees: Trees
    careful: int  # least score of a line that goes
    thorough: int
    clean_page: int  # how much more it takes on a page where nothing else was found


@cache
def load() -> Model:
    """The model that comes with Winnow."""
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    if tuple(table["features"]) != FEATURES:
        raise WinnowError(
            "learned/weights.json was made for other evidence than evidence.py computes",
            "install Winnow again; after a change of evidence.py, run make train",
        )
    return Model(
        np.frombuffer(base64.b64decode(table["ngrams"]), dtype=np.int8),
        trees_of(table["trees"], table["depth"]),
        **table["cuts"],
    )


def scores(model: Model, rows: Ints, sizes: npt.NDArray[np.int64]) -> Ints:
    """How surely each line is a leftover; a long line needs more proof. `sizes`: characters of each line."""
    return sums(model.trees, rows) - penalty(sizes)


def penalty(sizes: npt.NDArray[np.int64]) -> Ints:
    """What a line's score is lowered by for its length: half the natural logarithm of its characters."""
    lowered: Ints = np.floor(_PENALTY * logarithm(np.maximum(sizes, _SHORTEST) - 1)).astype(np.int32)
    return lowered


def loudest(model: Model, rows: Ints) -> list[list[tuple[str, int]]]:
    """The pieces of evidence that raised each line's score most, with their values, the strongest first."""
    found = []
    for row, merit in zip(rows.tolist(), merits(model.trees, rows), strict=True):
        strongest = np.argsort(-merit, kind="stable")[:_NAMED].tolist()
        found.append([(FEATURES[feature], row[feature]) for feature in strongest if merit[feature] > 0])
    return found
