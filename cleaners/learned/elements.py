"""What the elements around blocks say of them, and the page as a whole: columns of numbers, one entry a block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaners.dom import TAG_CODES, Blocks
from cleaners.dom_groups import GROUPS
from cleaners.learned.around import FAR
from cleaners.learned.places import Geometry, Longs, per, totals
from cleaners.learned.shape import Ints, logarithm
from cleaners.page_kind import KINDS
from cleaners.prose import words_key

Columns = dict[str, Ints | Longs]

_LONGEST = 600  # characters of a block that repeats a summary
_SHORTEST = 20  # letters of a block that repeats a summary
_WORDED = 200  # characters of a block that count when wordings are averaged


@dataclass(frozen=True, slots=True)
class PageBlocks:
    """A page's blocks, of which there is one at least, and what is said of the page.

    `votes`: percent of each block that another extractor kept; None if none was asked. `descriptions`: what the page
    declares to be its summary, as prose.words_key has it; `kinds`: as page_kind.probabilities has them.
    """

    blocks: Blocks
    votes: Sequence[int] | None = None
    descriptions: Sequence[str] = ()
    titles: Sequence[str] = ()
    kinds: Sequence[int] = ()


def groups(pages: Sequence[PageBlocks], places: Geometry) -> Columns:
    """For each group 2 if the element around a block, or the two around that, are in it; 1 if another one is."""
    own = np.array([bits for page in pages for bits in page.blocks.own], dtype=np.int64)
    every = np.array([bits for page in pages for bits in page.blocks.groups], dtype=np.int64)[places.element]
    up = places.parent
    near = (own | own[up] | own[up[up]])[places.element]
    columns = {name: (every >> bit & 1) + (near >> bit & 1) for bit, name in enumerate(GROUPS)}
    tags = np.array([tag for page in pages for tag in page.blocks.tag], dtype=np.int64)
    return columns | {"tag": tags[places.element]}


def names(pages: Sequence[PageBlocks], places: Geometry, weights: npt.NDArray[np.int8]) -> Columns:
    """Sums of the weights of the names of the element around a block and the next, and of all elements around it."""
    near: list[int] = []
    far: list[int] = []
    depth: list[int] = []
    for page in pages:
        blocks = page.blocks
        counts = [len(buckets) for buckets in blocks.buckets]
        bucket = np.array([each for buckets in blocks.buckets for each in buckets], dtype=np.int64)
        starts = np.cumsum([0, *counts[:-1]])
        of_look = np.add.reduceat(weights.take(bucket, axis=1).astype(np.int64), starts, axis=1).tolist()
        summed: list[int] = []
        levels: list[int] = []
        for look, parent in zip(blocks.looks, blocks.parent, strict=True):
            summed.append(of_look[1][look] + (summed[parent] if parent >= 0 else 0))
            levels.append(levels[parent] + 1 if parent >= 0 else 0)
        near += [of_look[0][look] for look in blocks.looks]
        far += summed
        depth += levels
    own, above = np.array(near, dtype=np.int64), places.parent
    own = own + np.where(above == np.arange(len(own)), 0, own[above])
    columns = {
        "names_near": own,
        "names_far": np.array(far, dtype=np.int64),
        "depth": np.array(depth, dtype=np.int64),
    }
    return {name: column[places.element] for name, column in columns.items()}


def around(places: Geometry, sizes: Longs, linked: Longs, long: Longs, wording: Ints) -> Columns:
    """What the elements around a block hold: each the next that holds more blocks."""
    worded = np.minimum(sizes, _WORDED)
    sums = totals(np.stack([sizes, linked, long, wording * worded, worded]))
    index = np.arange(len(sizes))
    columns: Columns = {}
    for level, ((first, stop), climbed) in enumerate(zip(places.spans, places.climbed, strict=True)):
        size, inside, prose, words, counted = sums[:, stop] - sums[:, first]
        columns |= {
            f"size@{level}": logarithm(size // 4),
            f"count@{level}": logarithm(stop - first),
            f"links@{level}": np.minimum(100, 100 * inside // np.maximum(1, size)),
            f"long@{level}": np.minimum(prose, 20),
            f"wording@{level}": words // np.maximum(1, counted),
            f"from_start@{level}": np.minimum(index - first, FAR),
            f"from_end@{level}": np.minimum(stop - 1 - index, FAR),
            f"climbed@{level}": climbed,
        }
    return columns


def alike(places: Geometry, sizes: Longs, linked: Longs, wording: Ints) -> Columns:
    """What the blocks are like that stand in elements of the same looks: cards, posts, entries of a menu."""
    group = places.alike
    count = np.bincount(group)
    size = np.maximum(1, per(group, sizes))
    order = np.argsort(group, kind="stable")
    place = np.empty_like(group)
    place[order] = np.arange(len(group)) - (np.cumsum(count) - count)[group[order]]
    return {
        "alike": logarithm(count)[group],
        "alike_size": logarithm(size // count)[group],
        "alike_links": np.minimum(100, 100 * per(group, linked) // size)[group],
        "alike_wording": (per(group, wording.astype(np.int64)) // count)[group],
        "alike_place": np.minimum(place, FAR),
    }


def page(pages: Sequence[PageBlocks], places: Geometry, sizes: Longs, linked: Longs, long: Longs) -> Columns:
    of = places.page
    size, count = np.maximum(1, per(of, sizes)), np.bincount(of)
    of_pages: Columns = {
        "page_blocks": logarithm(count),
        "page_size": logarithm(size // 16),
        "page_links": np.minimum(100, 100 * per(of, linked) // size),
        "page_long": np.minimum(40, per(of, long)),
        "has_article": np.array([min(5, page.blocks.tag.count(TAG_CODES["article"])) for page in pages]),
        "has_main": np.array([min(3, page.blocks.tag.count(TAG_CODES["main"])) for page in pages]),
    }
    of_pages |= {f"kind_{kind}": np.array([page.kinds[k] for page in pages]) for k, kind in enumerate(KINDS)}
    heading = np.array([_main_heading(page) for page in pages])[of]
    behind = np.arange(len(of)) - (np.cumsum(count) - count)[of] - heading
    return {name: column[of] for name, column in of_pages.items()} | {
        "behind_heading": np.where(heading < 0, -FAR - 1, np.clip(behind, -FAR, FAR)),
        "in_description": np.array([said for page in pages for said in _described(page)]),
    }


def _main_heading(page: PageBlocks) -> int:
    """Number of the heading that is worded most like the titles, the first of them; -1 if there is none."""
    words = set(" ".join(page.titles).lower().split())
    best, found = -1.0, -1
    for number, kind in enumerate(page.blocks.kinds):
        if kind == "heading":
            own = set(page.blocks.texts[number].lower().split())
            alike = len(own & words) / max(1, len(own | words))
            if alike > best:
                best, found = alike, number
    return found


def _described(page: PageBlocks) -> list[int]:
    """Of each block 100 if it stands in the page's summary, or the summary in it; -1 where there is no summary."""
    if not page.descriptions:
        return [-1] * len(page.blocks.texts)
    return [
        100 * (_SHORTEST < len(text) < _LONGEST and _is_described(words_key(text), page.descriptions))
        for text in page.blocks.texts
    ]


def _is_described(key: str, descriptions: Sequence[str]) -> bool:
    return len(key) > _SHORTEST and any(
        key in said or (len(said) > _SHORTEST and said in key) for said in descriptions
    )
