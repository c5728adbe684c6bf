"""Gradient-boosted trees in whole numbers, so that sums are the same in any order and on any machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

SCALE = 1024  # of all values: scores are in 1/1024 of a logit
_LEAF = -1
_TOGETHER = 256  # rows, so that a tree's steps stay in the processor's cache

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Trees:
    """Nodes of all trees, level by level. The right child of a node stands behind its left one.

    A leaf is its own left child, its feature is the first, and no value is above its threshold.
    """

    feature: Ints
    threshold: Ints
    left: Ints
    value: Ints
    roots: Ints
    depth: int


def trees_of(table: dict[str, list[int]], depth: int) -> Trees:
    """From the columns that bench/learn writes: one tree after the other, each node before its children."""
    columns = {name: np.array(table[name], dtype=np.int32) for name in table}
    order, at = columns["roots"].tolist(), 0
    while at < len(order):
        if columns["feature"][order[at]] != _LEAF:
            order += [int(columns["left"][order[at]]), int(columns["right"][order[at]])]
        at += 1
    place = np.zeros(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    leaf = columns["feature"][order] == _LEAF
    return Trees(
        np.where(leaf, 0, columns["feature"][order]),
        np.where(leaf, np.iinfo(np.int32).max, columns["threshold"][order]),
        np.where(leaf, place[order], place[columns["left"][order]]),
        columns["value"][order],
        np.arange(len(columns["roots"]), dtype=np.int32),
        depth,
    )


def sums(trees: Trees, rows: Ints) -> Ints:
    """What all trees together say of each row."""
    found = np.empty(len(rows), dtype=np.int32)
    for start in range(0, len(rows), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        *_, leaves = _paths(trees, rows[some])
        found[some] = trees.value.take(leaves).sum(axis=0, dtype=np.int32)
    return found


def merits(trees: Trees, rows: Ints) -> npt.NDArray[np.int64]:
    """How much each feature raised each row's sum. Shaped like `rows`.

    Each split on a row's way through a tree moves the expected score; the move is the merit of what was asked
    (Saabas, "Interpreting random forests", 2014).
    """
    found = np.zeros(rows.size)  # whole numbers, so the order of sums is no matter
    row = np.arange(0, rows.size, rows.shape[1])
    for node, child in pairwise(_paths(trees, rows)):
        moved = trees.value.take(child) - trees.value.take(node)
        found += np.bincount((trees.feature.take(node) + row).ravel(), weights=moved.ravel(), minlength=rows.size)
    return found.reshape(rows.shape).astype(np.int64)


def _paths(trees: Trees, rows: Ints) -> Iterator[Ints]:
    """The nodes that the rows pass, step by step. Axes: tree, row."""
    flat, row = rows.ravel(), np.arange(0, rows.size, rows.shape[1], dtype=np.int32)
    node = np.repeat(trees.roots[:, None], len(rows), axis=1)
    yield node
    for _ in range(trees.depth):
        value = flat.take(trees.feature.take(node) + row)
        node = trees.left.take(node) + (value > trees.threshold.take(node))
        yield node
