"""Trees in whole numbers: the same sums as a walk from root to leaf, whatever rows come together, on any machine."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners.learned.trees import merits, sums, trees_of

LEAF = -1
FEATURES = 4
Node = int | tuple[int, int, int, "Node", "Node"]  # a leaf's value, or feature, threshold, value, left, right

LIMIT = 1 << 20
VALUES = st.integers(-LIMIT, LIMIT)
NODES = st.recursive(
    VALUES,
    lambda below: st.tuples(st.integers(0, FEATURES - 1), st.integers(-3, 3), VALUES, below, below),
    max_leaves=12,
)
FORESTS = st.lists(NODES, min_size=1, max_size=6)
ROWS = st.lists(st.lists(st.integers(-4, 4), min_size=FEATURES, max_size=FEATURES), min_size=1, max_size=30)


def depth(node: Node) -> int:
    return 0 if isinstance(node, int) else 1 + max(depth(node[3]), depth(node[4]))


def table(forest: list[Node]) -> dict[str, list[int]]:
    """As bench/learn writes it: each node before its children."""
    columns: dict[str, list[int]] = {name: [] for name in ("feature", "threshold", "left", "right", "value", "roots")}

    def add(node: Node) -> int:
        number = len(columns["value"])
        feature, threshold, value, *below = (LEAF, 0, node) if isinstance(node, int) else node
        for name, each in (("feature", feature), ("threshold", threshold), ("value", value)):
            columns[name].append(each)
        columns["left"].append(LEAF)
        columns["right"].append(LEAF)
        if below:
            columns["left"][number], columns["right"][number] = add(below[0]), add(below[1])
        return number

    for node in forest:
        columns["roots"].append(add(node))
    return columns


def path(node: Node, row: list[int]) -> Iterator[tuple[int, int]]:
    """Value of each node that a row passes, and the feature that is asked there."""
    while not isinstance(node, int):
        feature, threshold, value, left, right = node
        yield value, feature
        node = right if row[feature] > threshold else left
    yield node, LEAF


def trees(forest: list[Node]):
    return trees_of(table(forest), max(map(depth, forest)))


def rows(given: list[list[int]]) -> np.ndarray:
    return np.array(given, dtype=np.int32).reshape(len(given), FEATURES)


STUMP = (1, 0, 5, -10, (2, 3, 7, 20, 30))


@pytest.mark.parametrize(
    ("row", "expected"),
    [([9, 0, 9, 9], -10), ([0, 1, 3, 0], 20), ([0, 1, 4, 0], 30), ([0, -5, 4, 0], -10)],
)
def test_what_is_above_the_threshold_goes_right(row, expected):
    assert sums(trees([STUMP]), rows([row])).tolist() == [expected]


@settings(max_examples=200, deadline=None)
@given(FORESTS, ROWS)
def test_sums_are_those_of_a_walk_through_each_tree(forest, given):
    walked = [sum([*path(node, row)][-1][0] for node in forest) for row in given]
    assert sums(trees(forest), rows(given)).tolist() == walked


@settings(deadline=None)
@given(FORESTS, ROWS)
def test_merits_are_the_moves_of_the_value_on_the_way(forest, given):
    expected = np.zeros((len(given), FEATURES), dtype=np.int64)
    for number, row in enumerate(given):
        for node in forest:
            steps = [*path(node, row)]
            for (value, feature), (after, _) in pairwise(steps):
                expected[number, feature] += after - value
    assert merits(trees(forest), rows(given)).tolist() == expected.tolist()


@settings(deadline=None)
@given(FORESTS, ROWS)
def test_what_a_row_gets_does_not_depend_on_the_rows_beside_it(forest, given):
    model = trees(forest)
    many = rows(given * (1 + 600 // len(given)))  # more than are computed together
    alone = [int(sums(model, rows([row]))[0]) for row in given]
    assert sums(model, many).tolist() == alone * (len(many) // len(given))
    assert merits(model, many)[: len(given)].tolist() == merits(model, rows(given)).tolist()


def test_a_leaf_stays_where_it_is_however_deep_the_other_trees_are():
    extreme = np.iinfo(np.int32)
    model = trees([7, STUMP])
    given = rows([[extreme.max, extreme.min, extreme.max, extreme.max], [extreme.min, extreme.max] * 2])
    assert sums(model, given).tolist() == [7 - 10, 7 + 20]


def test_no_row_has_no_sum():
    assert sums(trees([STUMP]), rows([])).tolist() == []


def test_sums_are_whole_numbers_of_32_bits():
    assert sums(trees([STUMP]), rows([[0, 0, 0, 0]])).dtype == np.int32
    assert merits(trees([STUMP]), rows([[0, 0, 0, 0]])).dtype == np.int64
