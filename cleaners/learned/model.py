"""The learned weights, and what they say of lines: a score, and the evidence that spoke loudest.

`weights.json` holds whole numbers only, so that sums are the same in any order and on any machine. It was made by
bench/learn/train.py; docs/model-card.md tells from what.
"""

import base64
import json
import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cleaners.errors import WinnowError
from cleaners.learned.evidence import FEATURES
from cleaners.learned.shape import Ints, logarithm

SCALE = 1024  # of all numbers in the trees: scores are in 1/1024 of a logit
_LEAF = -1
_NAMED = 3  # pieces of evidence in a detail
_PENALTY = SCALE * math.log(2) / 16  # half a natural logarithm, of a logarithm() in eighths of a binary one
_SHORTEST = 20  # characters; a shorter line needs no less proof

Weights = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Model:
    """Nodes of all trees, level by level. The right child of a node stands behind its left one.

    A leaf is its own left child, its feature is the first, and no value is above its threshold.
    """

    ngrams: Weights
    feature: Ints
    threshold: Ints
    left: Ints
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
        raise WinnowError(
            "learned/weights.json was made for other evidence than evidence.py computes",
            "install Winnow again; after a change of evidence.py, run make train",
        )
    trees = table["trees"]
    columns = {name: np.array(trees[name], dtype=np.int32) for name in trees}
    return Model(
        np.frombuffer(base64.b64decode(table["ngrams"]), dtype=np.int8),
        *_in_levels(columns),
        depth=table["depth"],
        **table["cuts"],
    )


def _in_levels(columns: dict[str, Ints]) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Feature, threshold, left, value and roots of the nodes, in the order that Model asks for."""
    order, at = columns["roots"].tolist(), 0
    while at < len(order):
        if columns["feature"][order[at]] != _LEAF:
            order += [int(columns["left"][order[at]]), int(columns["right"][order[at]])]
        at += 1
    place = np.zeros(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    leaf = columns["feature"][order] == _LEAF
    return (
        np.where(leaf, 0, columns["feature"][order]),
        np.where(leaf, np.iinfo(np.int32).max, columns["threshold"][order]),
        np.where(leaf, place[order], place[columns["left"][order]]),
        columns["value"][order],
        np.arange(len(columns["roots"]), dtype=np.int32),
    )


def scores(model: Model, rows: Ints, sizes: npt.NDArray[np.int64]) -> Ints:
    """How surely each line is a leftover; a long line needs more proof. `sizes`: characters of each line."""
    node = _paths(model, rows)[-1]
    proof: Ints = model.value.take(node).sum(axis=0, dtype=np.int32)
    return proof - penalty(sizes)


def _paths(model: Model, rows: Ints) -> list[Ints]:
    """The nodes that the lines pass, step by step. Axes: tree, line."""
    flat, line = rows.ravel(), np.arange(0, rows.size, rows.shape[1], dtype=np.int32)
    node = np.repeat(model.roots[:, None], len(rows), axis=1)
    path = [node]
    for _ in range(model.depth):
        value = flat.take(model.feature.take(node) + line)
        node = model.left.take(node) + (value > model.threshold.take(node))
        path.append(node)
    return path


def penalty(sizes: npt.NDArray[np.int64]) -> Ints:
    """What a line's score is lowered by for its length: half the natural logarithm of its characters."""
    lowered: Ints = np.floor(_PENALTY * logarithm(np.maximum(sizes, _SHORTEST) - 1)).astype(np.int32)
    return lowered


def loudest(model: Model, rows: Ints) -> list[list[tuple[str, int]]]:
    """The pieces of evidence that raised each line's score most, with their values, the strongest first.

    Each split on a line's way through a tree moves the expected score; the move is the merit of what was asked
    (Saabas, "Interpreting random forests", 2014).
    """
    size = rows.size
    merits = np.zeros(size)  # whole numbers, so the order of sums is no matter
    line = np.arange(0, size, rows.shape[1])
    for node, child in pairwise(_paths(model, rows)):
        moved = model.value.take(child) - model.value.take(node)
        merits += np.bincount((model.feature.take(node) + line).ravel(), weights=moved.ravel(), minlength=size)
    found = []
    for row, merit in zip(rows.tolist(), merits.reshape(rows.shape), strict=True):
        strongest = np.argsort(-merit, kind="stable")[:_NAMED].tolist()
        found.append([(FEATURES[feature], row[feature]) for feature in strongest if merit[feature] > 0])
    return found
