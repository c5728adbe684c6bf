"""What is known of a line without understanding it: its shape, its place, its neighbours, what the rules took.

All evidence is whole numbers, computed for all lines of a document at once, so that the same line in the same
document has the same evidence on every machine.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleaners.learned.around import FAR, NO_NEIGHBOUR, Bounds, bounds_of, distances, means, means_around, shifted
from cleaners.learned.shape import Flags, Ints, shape
from cleaners.learned.vocabulary import Words, read, subjects, topics

_NEAR = 3  # lines

#: Names of the columns, by the kind of evidence that `detail` tells of.
SHAPE = (
    *("length", "words", "upper", "digits", "signs", "ends", "commas", "first", "last", "bars", "dashes", "colons"),
    *(
        "quotes",
        "brackets",
        "capitalised",
        "word_length",
        "web_address",
        "moment",
        "double_space",
        "exclaims",
        "kind",
    ),
)
POSITION = (
    *("index", "from_end", "text_before", "text_after", "behind_first_prose", "behind_last_prose", "to_prose_above"),
    *("to_prose_below", "prose_above", "prose_below", "run_length", "place_in_run"),
)
_OFFSETS = (-3, -2, -1, 1, 2, 3)
NEIGHBOURS = (
    *(f"{name}{offset:+d}" for offset in _OFFSETS for name in ("length", "last", "prose", "capitalised")),
    *("length_around", "prose_around", "same_length_above", "same_length_below"),
)
DROPPED = (
    *(f"dropped{offset:+d}" for offset in _OFFSETS),
    *("dropped_around", "dropped_above", "dropped_below", "to_dropped_above", "to_dropped_below"),
)
WORDING = (
    *("wording", "wording-2", "wording-1", "wording+1", "wording+2", "wording_around", "wording_below"),
    *("topic", "repeated", "in_title"),
)
SUBJECTS = ("subjects", "subjects-1", "subjects+1", "subjects_around", "spoken", "spoken_around")
LINKS = ("link_share", "link_share-1", "link_share+1", "link_share_around")
FEATURES = (*SHAPE, *POSITION, *NEIGHBOURS, *DROPPED, *WORDING, *SUBJECTS, *LINKS)


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a document, without blank ones. `dropped`: whether an earlier stage took the line."""

    texts: Sequence[str]
    dropped: Sequence[bool]
    kinds: Sequence[str]
    link_shares: Sequence[float | None]
    titles: Sequence[str] = ()


def evidence(pages: Sequence[Page], wording: Ints, asked: Flags | None = None) -> Ints:
    """One row of FEATURES a line, all pages' lines one below the other. `wording`: see ngrams.score.

    `asked`: the lines whose rows are to be right in all columns; of the others, words are not compared, which takes
    longest.
    """
    bounds = bounds_of([len(page.texts) for page in pages])
    texts = [text for page in pages for text in page.texts]
    wanted = np.ones(len(texts), dtype=np.bool_) if asked is None else asked
    columns, prose = shape(texts, [kind for page in pages for kind in page.kinds])
    near = _near(wanted)
    compared = (near | (prose == 1)).tolist()
    titles = [" ".join(page.titles) for page in pages]
    lines = read([*titles, *(text if some else "" for text, some in zip(texts, compared, strict=True))])
    of_titles, lines = lines[: len(pages)], lines[len(pages) :]
    columns |= position(texts, prose, bounds) | shared_words(pages, of_titles, lines, prose, wanted)
    columns |= _neighbours(columns, prose, bounds) | _dropped(pages, bounds) | wording_around(wording, bounds)
    columns |= _subjects(lines, near, bounds) | _links(pages, bounds)
    return np.stack([columns[name] for name in FEATURES], axis=1)


def _near(asked: Flags) -> Flags:
    """The lines that are asked, and those so near to one that they count as its neighbours."""
    near = np.zeros(len(asked), dtype=np.bool_)
    for k in np.flatnonzero(asked).tolist():
        near[max(0, k - _NEAR) : k + _NEAR + 1] = True
    return near


def position(texts: Sequence[str], prose: Ints, bounds: Bounds) -> dict[str, Ints]:
    """Where a line stands on its page: counted in lines, in text, and from the prose."""
    index, first, stop, starts = bounds.index, bounds.first, bounds.stop, bounds.starts
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    through = np.cumsum(sizes)
    before = (through - sizes) - (through - sizes)[first]
    total = np.maximum(1, through[stop - 1] - (through - sizes)[first])
    above, below = distances(prose, bounds)
    prose_through = np.cumsum(prose)
    prose_above = prose_through - prose - (prose_through - prose)[first]
    all_prose = prose_through[stop - 1] - (prose_through - prose)[first]
    is_prose = prose == 1
    first_prose = np.minimum.reduceat(np.where(is_prose, index, stop), starts)[bounds.page]
    last_prose = np.maximum.reduceat(np.where(is_prose, index, -1), starts)[bounds.page]
    run_start = np.maximum(np.maximum.accumulate(np.where(is_prose, index + 1, 0)), first)
    run_stop = np.minimum(np.minimum.accumulate(np.where(is_prose, index, len(prose))[::-1])[::-1], stop)
    columns = {
        "index": np.minimum(index - first, FAR),
        "from_end": np.minimum(stop - 1 - index, FAR),
        "text_before": 100 * before // total,
        "text_after": 100 * (total - before - sizes) // total,
        "behind_first_prose": _within(index - first_prose),
        "behind_last_prose": np.where(last_prose >= 0, _within(index - last_prose), -FAR),
        "to_prose_above": above,
        "to_prose_below": below,
        "prose_above": np.minimum(prose_above, 20),
        "prose_below": np.minimum(all_prose - prose_above - prose, 20),
        "run_length": np.where(is_prose, 0, np.minimum(run_stop - run_start, FAR)),
        "place_in_run": np.where(is_prose, 0, np.minimum(index - run_start, FAR)),
    }
    return {name: column.astype(np.int32) for name, column in columns.items()}


def _within(distance: Ints) -> Ints:
    return np.maximum(np.minimum(distance, FAR), -FAR)


def shared_words(
    pages: Sequence[Page], titles: Sequence[Words], lines: Sequence[Words], prose_flags: Ints, asked_flags: Flags
) -> dict[str, Ints]:
    """How many of a line's words stand in the prose around it, and in the title; how often the line is printed."""
    prose, asked, size = prose_flags.tolist(), asked_flags.tolist(), len(lines)
    topic, repeated, in_title = [NO_NEIGHBOUR] * size, [0] * size, [NO_NEIGHBOUR] * size
    start = 0
    for page, title_line in zip(pages, titles, strict=True):
        stop = start + len(page.texts)
        words = {i: topics(lines[i]) for i in range(start, stop) if asked[i] or prose[i]}
        once: set[str] = set()  # words of at least one line of prose, of at least two
        twice: set[str] = set()
        for own in (words[i] for i in words if prose[i]):
            twice |= once & own
            once |= own
        title = topics(title_line)
        times = Counter(page.texts)
        repeated[start:stop] = [min(times[text], 5) for text in page.texts]
        for i, own in words.items():
            if own and asked[i]:
                topic[i] = 100 * len(own & (twice if prose[i] else once)) // len(own)
                in_title[i] = 100 * len(own & title) // len(own) if title else NO_NEIGHBOUR
        start = stop
    columns = {"topic": topic, "repeated": repeated, "in_title": in_title}
    return {name: np.array(column, dtype=np.int32) for name, column in columns.items()}


def _neighbours(own: dict[str, Ints], prose: Ints, bounds: Bounds) -> dict[str, Ints]:
    names = ("length", "last", "prose", "capitalised")
    length = own["length"]
    values = np.stack([length, own["last"], prose, own["capitalised"]])
    columns = named(names, _OFFSETS, shifted(values, _OFFSETS, bounds))
    columns["length_around"], columns["prose_around"] = means_around(np.stack([length, prose * 100]), 4, bounds)
    columns["same_length_above"] = np.abs(length - columns["length-1"])
    columns["same_length_below"] = np.abs(length - columns["length+1"])
    return columns


def _dropped(pages: Sequence[Page], bounds: Bounds) -> dict[str, Ints]:
    dropped = np.array([[flag for page in pages for flag in page.dropped]], dtype=np.int32)
    columns = named(("dropped",), _OFFSETS, shifted(dropped, _OFFSETS, bounds))
    percent = dropped * 100
    (columns["dropped_around"],) = means_around(percent, 4, bounds)
    (columns["dropped_above"],) = means(percent, bounds.first, bounds.index)
    (columns["dropped_below"],) = means(percent, bounds.index + 1, bounds.stop)
    columns["to_dropped_above"], columns["to_dropped_below"] = distances(dropped[0], bounds)
    return columns


def wording_around(wording: Ints, bounds: Bounds) -> dict[str, Ints]:
    offsets = (-2, -1, 1, 2)
    columns = {"wording": wording} | named(("wording",), offsets, shifted(wording[None], offsets, bounds, 0))
    (columns["wording_around"],) = means_around(wording[None], 3, bounds)
    (columns["wording_below"],) = means(wording[None], bounds.index + 1, bounds.stop)
    return columns


def _subjects(lines: Sequence[Words], near: Flags, bounds: Bounds) -> dict[str, Ints]:
    """What boxes speak of, and whether they speak to the reader."""
    spoken = np.zeros((2, len(lines)), dtype=np.int32)
    at = np.flatnonzero(near)
    if at.size:
        spoken[:, at] = np.array(subjects([lines[k] for k in at.tolist()]), dtype=np.int32).T
    columns = named(("subjects",), (-1, 1), shifted(spoken[:1], (-1, 1), bounds))
    columns["subjects"], columns["spoken"] = spoken
    columns["subjects_around"], columns["spoken_around"] = means_around(spoken * 10, _NEAR, bounds)
    return columns


def _links(pages: Sequence[Page], bounds: Bounds) -> dict[str, Ints]:
    shares = [share for page in pages for share in page.link_shares]
    links = np.array([[-1 if share is None else round(100 * share) for share in shares]], dtype=np.int32)
    columns = {"link_share": links[0]} | named(("link_share",), (-1, 1), shifted(links, (-1, 1), bounds))
    (columns["link_share_around"],) = means_around(links, 3, bounds)
    return columns


def named(names: Sequence[str], offsets: Sequence[int], found: Ints) -> dict[str, Ints]:
    """Columns such as length-1, of what `shifted` found."""
    return {
        f"{name}{offset:+d}": column
        for name, of_name in zip(names, found, strict=True)
        for offset, column in zip(offsets, of_name, strict=True)
    }
