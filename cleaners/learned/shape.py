"""The shape of a line: how long it is, which characters it is made of, how it begins and ends."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaners.prose import LONG, SENTENCE

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Classes = npt.NDArray[np.int8]

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
KIND_CODES = {
    kind: number
    for number, kind in enumerate(
        ("line", "paragraph", "heading", "list_item", "quotation", "code", "table_row", "headline")
    )
}
SENTENCE_END = _END  # in the column `last`
_NO_PROSE = [KIND_CODES[kind] for kind in ("code", "heading", "table_row")]
_MOMENT = re.compile(r"\d{1,2}[:.h]\d\d\b|\b(?:19|20)\d\d\b|\d[./-]\d{1,2}[./-]\d")
_LOGARITHMS = np.array([round(8 * float(np.log2(1 + x))) for x in range(4097)], dtype=np.int32)


def logarithm(numbers: Any) -> Ints:
    """8 * log2(1 + x), rounded, for whole numbers; from a table, as processors differ in the last bit."""
    found: Ints = _LOGARITHMS[np.minimum(np.maximum(numbers, 0), 4096)]
    return found


def shape(texts: Sequence[str], kinds_of: Sequence[str]) -> tuple[dict[str, Ints], Ints]:
    """What each line's characters are, and which lines are prose (as prose.is_prose says of text)."""
    sizes = np.array([len(text) for text in texts], dtype=np.int32)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    classes = _class_table().take(codes, mode="clip")
    line = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
    of, words, capitals = _counts(classes, line, len(texts))
    first, last = _ends(codes, classes, sizes)
    letters = of[_LOWER] + of[_UPPER] + of[_LETTER] + of[_WIDE]
    black = np.maximum(1, sizes - of[_SPACE])
    weights = sizes + 1.5 * of[_WIDE]
    kinds = np.array([KIND_CODES[kind] for kind in kinds_of], dtype=np.int32)
    prose = ((weights >= LONG) | ((weights >= SENTENCE) & (last == _END))) & ~np.isin(kinds, _NO_PROSE)
    has_digits = (of[_DIGIT] >= 3).tolist()
    columns = {
        "length": logarithm(weights.astype(np.int32)),
        "words": logarithm(words + of[_WIDE]),
        "upper": _percent(of[_UPPER], letters),
        "digits": _percent(of[_DIGIT], black),
        "signs": _percent(black - letters - of[_DIGIT], black),
        "ends": np.minimum(of[_END], 10),
        "commas": np.minimum(of[_COMMA], 10),
        "first": first,
        "last": last,
        "bars": np.minimum(of[_BAR], 10),
        "dashes": np.minimum(of[_DASH], 10),
        "colons": np.minimum(of[_COLON], 5),
        "quotes": np.minimum(of[_QUOTE], 10),
        "brackets": np.minimum(of[_BRACKET], 10),
        "capitalised": _percent(capitals, words),
        "word_length": 10 * (letters + of[_DIGIT]) // np.maximum(1, words + of[_WIDE]),
        "web_address": _flags(["://" in text or "www." in text or "@" in text for text in texts]),
        "moment": _flags(
            [some and _MOMENT.search(text[:300]) is not None for text, some in zip(texts, has_digits, strict=True)]
        ),
        "double_space": _flags(["  " in text for text in texts]),
        "exclaims": _flags(["!" in text or "！" in text for text in texts]),
        "kind": kinds,
    }
    return columns, prose.astype(np.int32)


def _counts(classes: Classes, line: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Of each line: its characters by class, one row a class; its words; the words that begin with a capital."""
    of = np.bincount(line * _CLASSES + classes, minlength=count * _CLASSES).reshape(count, _CLASSES)
    in_word = (classes >= _LOWER) & (classes <= _DIGIT) & (classes != _WIDE)
    starts = in_word.copy()
    starts[1:] &= ~in_word[:-1] | (line[1:] != line[:-1])
    at = np.flatnonzero(starts)
    owner = line.take(at)
    words = np.bincount(owner, minlength=count)
    capitals = np.bincount(owner[classes.take(at) == _UPPER], minlength=count)
    return of.T.astype(np.int32), words.astype(np.int32), capitals.astype(np.int32)


def _ends(codes: npt.NDArray[np.uint32], classes: Classes, sizes: Ints) -> tuple[Ints, Ints]:
    """Classes of the first and the last character, white space apart, and closing quotes and brackets at the end."""
    stops = np.cumsum(sizes)
    starts = stops - sizes
    black = np.flatnonzero(~_blank_table().take(codes, mode="clip"))
    at = np.append(black, len(codes)).take(np.searchsorted(black, starts))
    padded = np.append(classes, np.int8(_SPACE))
    first = np.where(at < stops, padded.take(np.minimum(at, len(codes))), _SPACE)
    # Of a blank line this is the end of another: it has no first character either.
    end = np.insert(black, 0, 0).take(np.searchsorted(black, stops))
    last = padded.take(end)
    found = last
    for back in (2, 1, 0):
        own = padded.take(np.maximum(end - back, 0))
        found = np.where((end - back >= starts) & (own != _QUOTE) & (own != _BRACKET), own, found)
    return first.astype(np.int32), np.where(at < stops, found, _SPACE).astype(np.int32)


@cache
def _blank_table() -> Flags:
    """What str.strip takes away; none of it stands behind the basic plane."""
    return np.array([chr(code).isspace() for code in range(0x10000)])


@cache
def _class_table() -> npt.NDArray[np.int8]:
    """Class of each code point of the basic plane; what lies behind it is taken for its last, a symbol."""
    table = np.full(0x10000, _OTHER, dtype=np.int8)
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


def _flags(values: Any) -> Ints:
    return np.array(values, dtype=np.bool_).astype(np.int32)


def _percent(part: Ints, whole: Ints) -> Ints:
    return 100 * part // np.maximum(1, whole)
