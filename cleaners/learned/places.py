"""The elements around blocks, in numbers: one entry a block, the blocks of many pages one below the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaners.dom import Blocks

Longs = npt.NDArray[np.int64]
LEVELS = 3
_STEPS = 12  # elements upwards that are tried for each level


@dataclass(frozen=True, slots=True)
class Geometry:
    """`spans`: for each of LEVELS the first and the last block, but one, of an element around the block; each is the
    next one that holds more blocks. `climbed`: how many elements above the innermost that is. `alike`: blocks of
    a page whose element, and the two around it, look the same have the same number.
    """

    element: Longs
    parent: Longs  # of each element; its own number where there is none
    spans: tuple[tuple[Longs, Longs], ...]
    climbed: tuple[Longs, ...]
    alike: Longs
    page: Longs  # the number of each block's page


def geometry(pages: Sequence[Blocks]) -> Geometry:
    """Of the blocks of all pages, one page below the other."""
    counts, elements = [len(page.texts) for page in pages], [len(page.parent) for page in pages]
    before, above = np.cumsum([0, *counts])[:-1], np.cumsum([0, *elements])[:-1]
    block_shift, shift = np.repeat(before, elements), np.repeat(above, elements)
    own = np.arange(sum(elements))
    parent = _joined([page.parent for page in pages])
    parent = np.where(parent < 0, own, parent + shift)
    first = _joined([page.first for page in pages]) + block_shift
    stop = _joined([page.stop for page in pages]) + block_shift
    element = _joined([page.element for page in pages]) + np.repeat(above, counts)
    look = _joined([page.looks for page in pages]) + shift
    spans, climbed = _spans(element, parent, first, stop)
    of, size = look[element], sum(elements) + 1
    above, over = look[parent[element]], look[parent[parent[element]]]
    _, pair = np.unique(of * size + above, return_inverse=True)
    _, alike = np.unique(pair * size + over, return_inverse=True)
    return Geometry(element, parent, spans, climbed, alike, np.repeat(np.arange(len(pages)), counts))


Levels = tuple[tuple[tuple[Longs, Longs], ...], tuple[Longs, ...]]


def _spans(element: Longs, parent: Longs, first: Longs, stop: Longs) -> Levels:
    at, held, height, size = element, stop - first, np.zeros_like(element), np.zeros_like(element)
    spans, climbed = [], []
    for _ in range(LEVELS):
        for _ in range(_STEPS):
            up = (held[at] <= size) & (parent[at] != at)
            if not up.any():
                break
            at = np.where(up, parent[at], at)
            height = height + up
        spans.append((first[at], stop[at]))
        climbed.append(height)
        size = held[at]
    return tuple(spans), tuple(climbed)


def totals(columns: Longs) -> Longs:
    """Sums of the columns up to each block, to take sums over spans from. Axes: column, block."""
    sums = np.zeros((len(columns), columns.shape[1] + 1), dtype=np.int64)
    np.cumsum(columns, axis=1, out=sums[:, 1:])
    return sums


def per(group: Longs, values: Longs) -> Longs:
    """Sum of the values of each group."""
    return np.bincount(group, weights=values).astype(np.int64)


def _joined(columns: Sequence[Sequence[int]]) -> Longs:
    return np.concatenate([np.array(column, dtype=np.int64) for column in columns])
