"""What is known of a page's blocks: their words, their place, the elements around them, and who else keeps them.

All evidence is whole numbers, computed for the blocks of many pages at once, each page as if it were alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleaners.dom_groups import GROUPS
from cleaners.learned import elements
from cleaners.learned import evidence as lines
from cleaners.learned.around import NO_NEIGHBOUR, Bounds, bounds_of, distances, means_around, shifted
from cleaners.learned.elements import Columns, PageBlocks
from cleaners.learned.places import LEVELS, Geometry, Longs, geometry, per, totals
from cleaners.learned.shape import Ints, shape
from cleaners.page_kind import KINDS

_OFFSETS = (-2, -1, 1, 2)
_LONG = 100  # characters
_READ = 10_000  # characters of a block whose words are looked at
_LONGEST_TITLE = 200  # characters
#: Names of the columns, by the kind of evidence.
SHAPE = (
    *("length", "words", "upper", "digits", "signs", "ends", "commas", "first", "last", "bars", "capitalised"),
    *("word_length", "moment", "kind"),
)
POSITION = (
    *("text_before", "text_after", "behind_first_prose", "behind_last_prose", "to_prose_above", "to_prose_below"),
    *("prose_above", "prose_below", "run_length", "place_in_run", "length_around", "prose_around"),
    *(f"length{offset:+d}" for offset in _OFFSETS),
)
WORDING = (
    *("wording", *(f"wording{offset:+d}" for offset in _OFFSETS), "wording_around", "wording_below"),
    *("repeated", "in_title"),
)
LINKS = ("link_share", "link_share-1", "link_share+1", "link_share_around", "links")
NAMES = ("depth", "tag", "names_near", "names_far")
AROUND = tuple(
    f"{name}@{level}"
    for level in range(LEVELS)
    for name in ("size", "count", "links", "long", "wording", "from_start", "from_end", "climbed")
)
ALIKE = ("alike", "alike_size", "alike_links", "alike_wording", "alike_place")
PAGE = (
    *("page_blocks", "page_size", "page_links", "page_long", "has_article", "has_main", "behind_heading"),
    *("in_description", *(f"kind_{kind}" for kind in KINDS)),
)
#: How an opinion on a block, in percent, compares with the opinions on the blocks around it.
_VOTE = ("", "_around", "_wide", "_above", "_below", *(f"@{level}" for level in range(LEVELS)), "_alike", "_page")
FEATURES = (*SHAPE, *POSITION, *WORDING, *LINKS, *GROUPS, *NAMES, *AROUND, *ALIKE, *PAGE)
VOTES = tuple(f"vote{part}" for part in _VOTE)
OPINIONS = ("opinion", *(f"opinion{offset:+d}" for offset in _OFFSETS), "opinion_around", "opinion_wide")
OPINIONS += tuple(f"opinion{part}" for part in _VOTE[3:])


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of FEATURES a block, then, where all pages have them, VOTES; and what opinions are compared by."""

    rows: Ints
    sizes: Longs
    places: Geometry
    bounds: Bounds


def evidence(pages: Sequence[PageBlocks], wording: Ints, names: npt.NDArray[np.int8]) -> Evidence:
    """`wording`: see ngrams.score. `names`: weights of the buckets of dom_groups.look, for the elements near a block
    and for all around it.
    """
    texts = [text[:_READ] for page in pages for text in page.blocks.texts]
    bounds = bounds_of([len(page.blocks.texts) for page in pages])
    places = geometry([page.blocks for page in pages])
    sizes = np.array([len(text) for page in pages for text in page.blocks.texts], dtype=np.int64)
    linked = np.array([count for page in pages for count in page.blocks.linked], dtype=np.int64)
    long = ((sizes >= _LONG) & (linked * 2 < sizes)).astype(np.int64)
    columns: Columns = _lines(pages, texts, wording, bounds) | _links(pages, sizes, linked, bounds)
    columns |= elements.groups(pages, places) | elements.names(pages, places, names)
    columns |= elements.around(places, sizes, linked, long, wording) | elements.alike(places, sizes, linked, wording)
    columns |= elements.page(pages, places, sizes, linked, long)
    wanted = FEATURES
    if all(page.votes is not None for page in pages):
        votes = np.array([vote for page in pages for vote in page.votes or ()], dtype=np.int64)
        columns |= _opinion("vote", votes, sizes, places, bounds)
        wanted = (*FEATURES, *VOTES)
    rows = np.empty((len(texts), len(wanted)), dtype=np.int32)
    for number, name in enumerate(wanted):
        rows[:, number] = columns[name]
    return Evidence(rows, sizes, places, bounds)


def with_opinions(evidence: Evidence, score: Ints, percent: Longs) -> Ints:
    """The rows with OPINIONS behind them: a first score of each block, and its probability in percent."""
    columns = _opinion("opinion", percent, evidence.sizes, evidence.places, evidence.bounds)
    columns["opinion"] = score
    columns |= lines.named(("opinion",), _OFFSETS, shifted(score[None], _OFFSETS, evidence.bounds))
    for name, reach in (("around", 4), ("wide", 12)):
        (columns[f"opinion_{name}"],) = means_around(score[None], reach, evidence.bounds)
    more = np.stack([columns[name] for name in OPINIONS], axis=1).astype(np.int32)
    return np.concatenate([evidence.rows, more], axis=1)


def _lines(pages: Sequence[PageBlocks], texts: list[str], wording: Ints, bounds: Bounds) -> Columns:
    """What can be told of text alone."""
    shapes, prose = shape(texts, [kind for page in pages for kind in page.blocks.kinds])
    columns: Columns = {**shapes}
    columns |= lines.position(texts, prose, bounds) | lines.wording_around(wording, bounds)
    length = shapes["length"]
    columns["length_around"], columns["prose_around"] = means_around(np.stack([length, prose * 100]), 4, bounds)
    columns |= lines.named(("length",), _OFFSETS, shifted(length[None], _OFFSETS, bounds))
    columns["repeated"] = np.array([times for page in pages for times in _repeated(page)], dtype=np.int32)
    columns["in_title"] = np.array([share for page in pages for share in _in_title(page)], dtype=np.int32)
    return columns


def _repeated(page: PageBlocks) -> list[int]:
    """How often each block is printed on the page."""
    times = Counter(page.blocks.texts)
    return [min(times[text], 5) for text in page.blocks.texts]


def _in_title(page: PageBlocks) -> list[int]:
    """Percent of each block's words that stand in a title; -1 of a block that is longer than any title."""
    titles = set(" ".join(page.titles).lower().split())
    found = []
    for text in page.blocks.texts:
        words = set(text.lower().split()) if titles and len(text) <= _LONGEST_TITLE else None
        found.append(100 * len(words & titles) // len(words) if words else NO_NEIGHBOUR)
    return found


def _links(pages: Sequence[PageBlocks], sizes: Longs, linked: Longs, bounds: Bounds) -> Columns:
    share = np.minimum(100, 100 * linked // np.maximum(1, sizes)).astype(np.int32)
    columns: Columns = {"link_share": share}
    columns |= lines.named(("link_share",), (-1, 1), shifted(share[None], (-1, 1), bounds))
    (columns["link_share_around"],) = means_around(share[None], 3, bounds)
    columns["links"] = np.minimum([count for page in pages for count in page.blocks.links], 20).astype(np.int32)
    return columns


def _opinion(name: str, percent: Longs, sizes: Longs, places: Geometry, bounds: Bounds) -> Columns:
    columns: Columns = {name: percent}
    narrow = percent.astype(np.int32)[None]
    (columns[f"{name}_around"],) = means_around(narrow, 4, bounds)
    (columns[f"{name}_wide"],) = means_around(narrow, 12, bounds)
    columns[f"{name}_above"], columns[f"{name}_below"] = distances((percent >= 50).astype(np.int32), bounds)
    sums = totals(np.stack([sizes, sizes * percent]))
    for level, (first, stop) in enumerate(places.spans):
        size, kept = sums[:, stop] - sums[:, first]
        columns[f"{name}@{level}"] = kept // np.maximum(1, size)
    for part, group in (("alike", places.alike), ("page", places.page)):
        columns[f"{name}_{part}"] = (per(group, sizes * percent) // np.maximum(1, per(group, sizes)))[group]
    return columns
