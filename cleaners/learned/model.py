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

from cleaners.learned.evidence import FEATURES, Ints, logarithm

SCALE = 1024  # of all numbers in the trees: scores are in 1/1024 of a logit
_LEAF = -1
_NAMED = 3  # pieces of evidence in a detail
_PENALTY = SCALE * math.log(2) / 16  # half a natural logarithm, of a logarithm() in eighths of a binary one
_SHORTEST = 20  # characters; a shorter line needs no less proof

Weights = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    """Nodes of all trees one after the other. A leaf's children are itself, its feature is the first."""

    ngrams: Weights
    feature: Ints
    threshold: Ints
    left: Ints
    right: Ints
    value: Ints
    roots: Ints
    depth: int
    careful: int  # least score of a line that goes
    thorough: int
    clean_page: int  # how much more it takes on a page where nothing else was found


@cache
def load() -> Model:
    """The model that comes with Winnow."""
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    if tuple(table["features"]) != FEATURES:
        raise RuntimeError("weights.json was made for other evidence than evidence.py computes: train again")
    trees = table["trees"]
    columns = {name: np.array(trees[name], dtype=np.int32) for name in trees}
    leaf = columns["feature"] == _LEAF
    own = np.arange(len(leaf), dtype=np.int32)
    return Model(
        ngrams=np.frombuffer(base64.b64decode(table["ngrams"]), dtype=np.int8),
        feature=np.where(leaf, 0, columns["feature"]),
        threshold=columns["threshold"],
        left=np.where(leaf, own, columns["left"]),
        right=np.where(leaf, own, columns["right"]),
        value=columns["value"],
        roots=columns["roots"],
        depth=table["depth"],
        **table["cuts"],
    )


def scores(model: Model, rows: Ints, sizes: npt.NDArray[np.int64]) -> Ints:
    """How surely each line is a leftover; a long line needs more proof. `sizes`: characters of each line."""
    node = np.broadcast_to(model.roots, (len(rows), len(model.roots)))
    line = np.arange(len(rows))[:, None]
    for _ in range(model.depth):
        goes_left = rows[line, model.feature[node]] <= model.threshold[node]
        node = np.where(goes_left, model.left[node], model.right[node])
    proof: Ints = model.value[node].sum(axis=1, dtype=np.int32)
    return proof - penalty(sizes)


def penalty(sizes: npt.NDArray[np.int64]) -> Ints:
    """What a line's score is lowered by for its length: half the natural logarithm of its characters."""
    lowered: Ints = np.floor(_PENALTY * logarithm(np.maximum(sizes, _SHORTEST) - 1)).astype(np.int32)
    return lowered


def loudest(model: Model, row: Ints) -> list[tuple[str, int]]:
    """The pieces of evidence that raised a line's score most, with their values, the strongest first.

    Each split on a line's way through a tree moves the expected score; the move is the merit of what was asked
    (Saabas, "Interpreting random forests", 2014).
    """
    merits: dict[int, int] = {}
    for root in model.roots.tolist():
        node = root
        while model.left[node] != node:
            feature = int(model.feature[node])
            child = int((model.left if row[feature] <= model.threshold[node] else model.right)[node])
            merits[feature] = merits.get(feature, 0) + int(model.value[child] - model.value[node])
            node = child
    strongest = sorted(merits.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    return [(FEATURES[feature], int(row[feature])) for feature, merit in strongest if merit > 0]
