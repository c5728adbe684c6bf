"""What stands around a line: columns of numbers, one a line, looked at from each line up and down its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleaners.learned.shape import Ints

FAR = 30  # lines; farther is as far
NO_NEIGHBOUR = -1


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of each line its index, and where its page begins and stops among all lines. `starts`: of each page."""

    index: Ints
    first: Ints
    stop: Ints
    starts: Ints
    page: Ints  # the number of each line's page


def bounds_of(sizes: Sequence[int]) -> Bounds:
    """`sizes`: lines of each page, the pages one below the other."""
    count = np.array([size for size in sizes if size], dtype=np.int32)
    stops = np.cumsum(count, dtype=np.int32)
    starts = stops - count
    page = np.repeat(np.arange(len(count), dtype=np.int32), count)
    return Bounds(np.arange(len(page), dtype=np.int32), starts[page], stops[page], starts, page)


def shifted(columns: Ints, offsets: Sequence[int], bounds: Bounds, fill: int = NO_NEIGHBOUR) -> Ints:
    """The columns' values so many lines further down the page. Axes: column, offset, line."""
    wanted = bounds.index + np.array(offsets, dtype=np.int32)[:, None]
    inside = (wanted >= bounds.first) & (wanted < bounds.stop)
    return np.where(inside, columns.take(wanted, axis=1, mode="clip"), np.int32(fill))


def means_around(columns: Ints, reach: int, bounds: Bounds) -> Ints:
    """Mean of the lines up to `reach` away, without the line itself."""
    start = np.maximum(bounds.index - reach, bounds.first)
    stop = np.minimum(bounds.index + reach + 1, bounds.stop)
    return _means(columns, start, stop, columns, stop - start - 1)


def means(columns: Ints, start: Ints, stop: Ints) -> Ints:
    """Mean of the lines from `start` to `stop`, rounded down; 0 of none."""
    return _means(columns, start, stop, 0, stop - start)


def _means(columns: Ints, start: Ints, stop: Ints, without: Any, size: Ints) -> Ints:
    sums = np.zeros((len(columns), columns.shape[1] + 1), dtype=np.int64)
    np.cumsum(columns, axis=1, out=sums[:, 1:])
    between = sums.take(stop, axis=1) - sums.take(start, axis=1) - without
    return np.where(size > 0, between // np.maximum(1, size), 0).astype(np.int32)


def distances(flags: Ints, bounds: Bounds) -> tuple[Ints, Ints]:
    """Lines to the nearest flagged line above, and below, on the same page; FAR if there is none."""
    index, count = bounds.index, len(flags)
    above, below = np.full(count, -1, np.int32), np.full(count, count, np.int32)
    above[1:] = np.maximum.accumulate(np.where(flags == 1, index, -1))[:-1]
    below[:-1] = np.minimum.accumulate(np.where(flags == 1, index, count)[::-1])[::-1][1:]
    return (
        np.where(above >= bounds.first, np.minimum(index - above, FAR), FAR).astype(np.int32),
        np.where(below < bounds.stop, np.minimum(below - index, FAR), FAR).astype(np.int32),
    )
