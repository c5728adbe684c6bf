"""What is known of a line without understanding it: its shape, its place, its neighbours, what the rules took.

All evidence is whole numbers, computed for all lines of a document at once, so that the same line in the same
document has the same evidence on every machine.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaners.learned.vocabulary import subjects
from cleaners.prose import LONG, SENTENCE

Ints = npt.NDArray[np.int32]

_SPACE, _LOWER, _UPPER, _LETTER, _WIDE, _DIGIT, _END, _COMMA, _BAR, _DASH, _COLON, _QUOTE, _BRACKET, _OTHER = range(
    14
)
_CLASSES = 14
_SIGNS = {
    _END: ".!?…。！？؟۔।॥",
    _COMMA: ",;、，；،",
    _BAR: "|/»›«‹·•>→▸►*■●",
    _DASH: "-–—‑―",
    _COLON: ":：",
    _QUOTE: "\"'“”„‟‘’‚`´「」『』",
    _BRACKET: "()[]{}（）【】",
}
_KINDS = ("line", "paragraph", "heading", "list_item", "quotation", "code", "table_row", "headline")
_FAR = 30  # lines; farther is as far
_NO_NEIGHBOUR = -1
_WORD = re.compile(r"[^\W\d_]{4,}")
_READ = 1_000  # characters of a line whose words are compared
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_MOMENT = re.compile(r"\d{1,2}[:.h]\d\d\b|\b(?:19|20)\d\d\b|\d[./-]\d{1,2}[./-]\d")
_LOGARITHMS = np.array([round(8 * float(np.log2(1 + x))) for x in range(4097)], dtype=np.int32)

#: Names of the columns, by the kind of evidence that `detail` tells of.
SHAPE = (
    *("length", "words", "upper", "digits", "signs", "ends", "commas", "first", "last", "bars", "dashes", "colons"),
    *("quotes", "brackets", "capitalised", "word_length", "address", "moment", "double_space", "exclaims", "kind"),
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
SUBJECTS = ("subjects", "subjects-1", "subjects+1", "subjects_around", "address", "address_around")
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


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Of each line its index, and where its page begins and stops among all lines."""

    index: Ints
    first: Ints
    stop: Ints


def evidence(pages: Sequence[Page], wording: Ints) -> Ints:
    """One row of FEATURES a line, all pages' lines one below the other. `wording`: see ngrams.score."""
    sizes = np.array([len(page.texts) for page in pages])
    stops = np.cumsum(sizes)
    bounds = _Bounds(
        np.arange(stops[-1], dtype=np.int32),
        np.repeat(stops - sizes, sizes).astype(np.int32),
        np.repeat(stops, sizes).astype(np.int32),
    )
    columns, prose = _shape(pages)
    columns |= _position(pages, prose, bounds) | _words(pages, prose)
    columns |= _context(pages, columns, prose, wording, bounds)
    return np.stack([columns[name] for name in FEATURES], axis=1)


def logarithm(numbers: Any) -> Ints:
    """8 * log2(1 + x), rounded, for whole numbers; from a table, as processors differ in the last bit."""
    found: Ints = _LOGARITHMS[np.clip(numbers, 0, 4096)]
    return found


def _context(
    pages: Sequence[Page], own: dict[str, Ints], prose: Ints, wording: Ints, bounds: _Bounds
) -> dict[str, Ints]:
    """What the lines around are, which of them were dropped, how they are worded, whether they are links."""
    columns: dict[str, Ints] = {"wording": wording}
    dropped = np.array([flag for page in pages for flag in page.dropped], dtype=np.int32)
    shares = [share for page in pages for share in page.link_shares]
    links = np.array([-1 if share is None else round(100 * share) for share in shares], dtype=np.int32)
    length = own["length"]
    for offset in _OFFSETS:
        columns[f"length{offset:+d}"] = _shifted(length, offset, bounds)
        columns[f"last{offset:+d}"] = _shifted(own["last"], offset, bounds)
        columns[f"prose{offset:+d}"] = _shifted(prose, offset, bounds)
        columns[f"capitalised{offset:+d}"] = _shifted(own["capitalised"], offset, bounds)
        columns[f"dropped{offset:+d}"] = _shifted(dropped, offset, bounds)
    columns["length_around"] = _mean_around(length, 4, bounds)
    columns["prose_around"] = _mean_around(prose * 100, 4, bounds)
    columns["same_length_above"] = np.abs(length - columns["length-1"])
    columns["same_length_below"] = np.abs(length - columns["length+1"])
    columns["dropped_around"] = _mean_around(dropped * 100, 4, bounds)
    columns["dropped_above"] = _mean(dropped * 100, bounds.first, bounds.index)
    columns["dropped_below"] = _mean(dropped * 100, bounds.index + 1, bounds.stop)
    columns["to_dropped_above"], columns["to_dropped_below"] = _distances(dropped, bounds)
    for offset in (-2, -1, 1, 2):
        columns[f"wording{offset:+d}"] = _shifted(wording, offset, bounds, 0)
    columns["wording_around"] = _mean_around(wording, 3, bounds)
    columns["wording_below"] = _mean(wording, bounds.index + 1, bounds.stop)
    spoken = np.array([subjects(text) for page in pages for text in page.texts], dtype=np.int32)
    columns["subjects"], columns["address"] = spoken[:, 0], spoken[:, 1]
    columns["subjects-1"], columns["subjects+1"] = (
        _shifted(spoken[:, 0], -1, bounds),
        _shifted(spoken[:, 0], 1, bounds),
    )
    columns["subjects_around"] = _mean_around(spoken[:, 0] * 10, 3, bounds)
    columns["address_around"] = _mean_around(spoken[:, 1] * 10, 3, bounds)
    columns["link_share"] = links
    columns["link_share-1"], columns["link_share+1"] = _shifted(links, -1, bounds), _shifted(links, 1, bounds)
    columns["link_share_around"] = _mean_around(links, 3, bounds)
    return columns


def _shape(pages: Sequence[Page]) -> tuple[dict[str, Ints], Ints]:
    """What a line's characters are, and which lines are prose (as prose.is_prose says of text)."""
    texts = [text for page in pages for text in page.texts]
    count = len(texts)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    sizes = np.array([len(text) for text in texts])
    line = np.repeat(np.arange(count), sizes)
    classes = _class_table()[np.minimum(codes, 0xFFFF)]
    counts = np.bincount(line * _CLASSES + classes, minlength=count * _CLASSES).reshape(count, _CLASSES)
    of = counts.T.astype(np.int32)
    letters = of[_LOWER] + of[_UPPER] + of[_LETTER] + of[_WIDE]
    in_word = (classes >= _LOWER) & (classes <= _DIGIT) & (classes != _WIDE)
    starts = in_word & ~_previous(in_word, line)
    words = np.bincount(line[starts], minlength=count).astype(np.int32)
    capitals = np.bincount(line[starts & (classes == _UPPER)], minlength=count).astype(np.int32)
    black = np.maximum(1, sizes - of[_SPACE]).astype(np.int32)
    signs = black - letters - of[_DIGIT]
    weights = sizes + 1.5 * of[_WIDE]
    last = np.array([_last_class(text) for text in texts], dtype=np.int32)
    kinds = np.array([_KINDS.index(kind) for page in pages for kind in page.kinds], dtype=np.int32)
    no_prose = np.isin(kinds, [_KINDS.index(kind) for kind in ("code", "heading", "table_row")])
    prose = (((weights >= LONG) | ((weights >= SENTENCE) & (last == _END))) & ~no_prose).astype(np.int32)
    has_digits = (of[_DIGIT] >= 3).tolist()
    columns = {
        "length": logarithm(weights.astype(np.int32)),
        "words": logarithm(words + of[_WIDE]),
        "upper": _percent(of[_UPPER], letters),
        "digits": _percent(of[_DIGIT], black),
        "signs": _percent(signs, black),
        "ends": np.minimum(of[_END], 10),
        "commas": np.minimum(of[_COMMA], 10),
        "first": np.array([_class_of(text.lstrip()[:1]) for text in texts], dtype=np.int32),
        "last": last,
        "bars": np.minimum(of[_BAR], 10),
        "dashes": np.minimum(of[_DASH], 10),
        "colons": np.minimum(of[_COLON], 5),
        "quotes": np.minimum(of[_QUOTE], 10),
        "brackets": np.minimum(of[_BRACKET], 10),
        "capitalised": _percent(capitals, words),
        "word_length": (10 * (letters + of[_DIGIT]) // np.maximum(1, words + of[_WIDE])).astype(np.int32),
        "address": _flags("://" in text or "www." in text or "@" in text for text in texts),
        "moment": _flags(some and _MOMENT.search(text[:300]) for text, some in zip(texts, has_digits, strict=True)),
        "double_space": _flags("  " in text for text in texts),
        "exclaims": _flags("!" in text or "！" in text for text in texts),
        "kind": kinds,
    }
    return columns, prose


def _position(pages: Sequence[Page], prose: Ints, bounds: _Bounds) -> dict[str, Ints]:
    """Where a line stands on its page: counted in lines, in text, and from the prose."""
    index, first, stop = bounds.index, bounds.first, bounds.stop
    sizes = np.array([len(text) for page in pages for text in page.texts], dtype=np.int64)
    through = np.cumsum(sizes)
    before, total = _since(through - sizes, first), np.maximum(1, through[stop - 1] - (through - sizes)[first])
    above, below = _distances(prose, bounds)
    prose_through = np.cumsum(prose)
    prose_above = prose_through - prose - (prose_through - prose)[first]
    all_prose = prose_through[stop - 1] - (prose_through - prose)[first]
    starts = np.unique(first)
    pages_of = np.searchsorted(starts, first)
    first_prose = np.minimum.reduceat(np.where(prose == 1, index, stop), starts)[pages_of]
    last_prose = np.maximum.reduceat(np.where(prose == 1, index, -1), starts)[pages_of]
    run_start = np.maximum(np.maximum.accumulate(np.where(prose == 1, index + 1, 0)), first)
    run_stop = np.minimum(np.minimum.accumulate(np.where(prose == 1, index, len(prose))[::-1])[::-1], stop)
    columns = {
        "index": np.minimum(index - first, _FAR),
        "from_end": np.minimum(stop - 1 - index, _FAR),
        "text_before": 100 * before // total,
        "text_after": 100 * (total - before - sizes) // total,
        "behind_first_prose": np.clip(index - first_prose, -_FAR, _FAR),
        "behind_last_prose": np.where(last_prose >= 0, np.clip(index - last_prose, -_FAR, _FAR), -_FAR),
        "to_prose_above": above,
        "to_prose_below": below,
        "prose_above": np.minimum(prose_above, 20),
        "prose_below": np.minimum(all_prose - prose_above - prose, 20),
        "run_length": np.where(prose == 1, 0, np.minimum(run_stop - run_start, _FAR)),
        "place_in_run": np.where(prose == 1, 0, np.minimum(index - run_start, _FAR)),
    }
    return {name: column.astype(np.int32) for name, column in columns.items()}


def _words(pages: Sequence[Page], prose: Ints) -> dict[str, Ints]:
    """How many of a line's words stand in the prose around it, and in the title; how often the line is printed."""
    topic, repeated, in_title = [], [], []
    start = 0
    for page in pages:
        flags = prose[start : start + len(page.texts)].tolist()
        start += len(page.texts)
        words = [_word_set(text) for text in page.texts]
        lines_with = Counter(word for own, is_prose in zip(words, flags, strict=True) if is_prose for word in own)
        title = _word_set(" ".join(page.titles))
        times = Counter(page.texts)
        for text, own, is_prose in zip(page.texts, words, flags, strict=True):
            elsewhere = sum(lines_with[word] > is_prose for word in own)
            topic.append(100 * elsewhere // len(own) if own else _NO_NEIGHBOUR)
            in_title.append(100 * len(own & title) // len(own) if own and title else _NO_NEIGHBOUR)
            repeated.append(min(times[text], 5))
    columns = {"topic": topic, "repeated": repeated, "in_title": in_title}
    return {name: np.array(column, dtype=np.int32) for name, column in columns.items()}


def _word_set(text: str) -> set[str]:
    """Words of four letters or more; where words are not set apart, pairs of signs."""
    text = text[:_READ].lower()
    if text.isascii() or not _UNSPACED.search(text):
        return set(_WORD.findall(text))
    return {run[k : k + 2] for run in _UNSPACED.findall(text) for k in range(len(run) - 1)}


def _last_class(text: str) -> int:
    """Class of the last character, looking through closing quotes and brackets."""
    text = text.rstrip()
    for sign in text[-3:][::-1]:
        found = _class_of(sign)
        if found not in (_QUOTE, _BRACKET):
            return found
    return _class_of(text[-1:])


def _class_of(sign: str) -> int:
    return int(_class_table()[min(ord(sign), 0xFFFF)]) if sign else _SPACE


@cache
def _class_table() -> npt.NDArray[np.int64]:
    """Class of each code point of the basic plane; what lies behind it is taken for its last, a symbol."""
    table = np.full(0x10000, _OTHER, dtype=np.int64)
    by_category = {"Ll": _LOWER, "Lu": _UPPER, "Lt": _UPPER, "Nd": _DIGIT, "Zs": _SPACE, "Cc": _SPACE}
    for code in range(0xFFFF):
        category = unicodedata.category(chr(code))
        if category in by_category:
            table[code] = by_category[category]
        elif category[0] in "LM":
            table[code] = _LETTER
    for first, last in ((0x0E00, 0x0E7F), (0x1100, 0x11FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF)):
        letters = table[first : last + 1]
        letters[letters == _LETTER] = _WIDE
    for sign_class, signs in _SIGNS.items():
        table[[ord(sign) for sign in signs]] = sign_class
    return table


def _previous(flags: npt.NDArray[np.bool_], line: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """The flag of the character before, within the same line."""
    before = np.zeros_like(flags)
    before[1:] = flags[:-1] & (line[1:] == line[:-1])
    return before


def _flags(values: Any) -> Ints:
    return np.array([1 if value else 0 for value in values], dtype=np.int32)


def _percent(part: Ints, whole: Ints) -> Ints:
    return (100 * part // np.maximum(1, whole)).astype(np.int32)


def _since(through: Any, first: Ints) -> Any:
    return through - through[first]


def _shifted(column: Ints, offset: int, bounds: _Bounds, fill: int = _NO_NEIGHBOUR) -> Ints:
    """The column's value `offset` lines further down the page."""
    wanted = bounds.index + offset
    inside = (wanted >= bounds.first) & (wanted < bounds.stop)
    return np.where(inside, column.take(wanted, mode="clip"), np.int32(fill))


def _mean_around(column: Ints, reach: int, bounds: _Bounds) -> Ints:
    """Mean of the lines up to `reach` away, without the line itself."""
    start = np.maximum(bounds.index - reach, bounds.first)
    return _mean(column, start, np.minimum(bounds.index + reach + 1, bounds.stop), without=column)


def _mean(column: Ints, start: Ints, stop: Ints, without: Ints | int = 0) -> Ints:
    """Mean of the lines from `start` to `stop`, rounded down; 0 of none."""
    sums = np.concatenate(([0], np.cumsum(column, dtype=np.int64)))
    size = stop - start - (without is column)
    return np.where(size > 0, (sums[stop] - sums[start] - without) // np.maximum(1, size), 0).astype(np.int32)


def _distances(flags: Ints, bounds: _Bounds) -> tuple[Ints, Ints]:
    """Lines to the nearest flagged line above, and below, on the same page; _FAR if there is none."""
    index, count = bounds.index, len(flags)
    last = np.maximum.accumulate(np.where(flags == 1, index, -1))
    above = np.concatenate((np.full(1, -1, np.int32), last[:-1]))
    following = np.minimum.accumulate(np.where(flags == 1, index, count)[::-1])[::-1]
    below = np.concatenate((following[1:], np.full(1, count, np.int32)))
    return (
        np.where(above >= bounds.first, np.minimum(index - above, _FAR), _FAR).astype(np.int32),
        np.where(below < bounds.stop, np.minimum(below - index, _FAR), _FAR).astype(np.int32),
    )
