"""The shape of a line: how long it is, which characters it is made of, how it begins and ends."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cleaners.prose import LONG, SENTENCE

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

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
_KINDS = {
    kind: number
    for number, kind in enumerate(
        ("line", "paragraph", "heading", "list_item", "quotation", "code", "table_row", "headline")
    )
}
_NO_PROSE = [_KINDS[kind] for kind in ("code", "heading", "table_row")]
_MOMENT = re.compile(r"\d{1,2}[:.h]\d\d\b|\b(?:19|20)\d\d\b|\d[./-]\d{1,2}[./-]\d")
_LOGARITHMS = np.array([round(8 * float(np.log2(1 + x))) for x in range(4097)], dtype=np.int32)


def logarithm(numbers: Any) -> Ints:
    """8 * log2(1 + x), rounded, for whole numbers; from a table, as processors differ in the last bit."""
    found: Ints = _LOGARITHMS[np.minimum(np.maximum(numbers, 0), 4096)]
    return found


def shape(texts: Sequence[str], kinds_of: Sequence[str]) -> tuple[dict[str, Ints], Ints]:
    """What each line's characters are, and which lines are prose (as prose.is_prose says of text)."""
    sizes = np.array([len(text) for text in texts], dtype=np.int32)
    of, words, capitals = _counts(texts, sizes)
    letters = of[_LOWER] + of[_UPPER] + of[_LETTER] + of[_WIDE]
    black = np.maximum(1, sizes - of[_SPACE])
    weights = sizes + 1.5 * of[_WIDE]
    last = np.array([_last_class(text) for text in texts], dtype=np.int32)
    kinds = np.array([_KINDS[kind] for kind in kinds_of], dtype=np.int32)
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
        "first": np.array([_class_of(text.lstrip()[:1]) for text in texts], dtype=np.int32),
        "last": last,
        "bars": np.minimum(of[_BAR], 10),
        "dashes": np.minimum(of[_DASH], 10),
        "colons": np.minimum(of[_COLON], 5),
        "quotes": np.minimum(of[_QUOTE], 10),
        "brackets": np.minimum(of[_BRACKET], 10),
        "capitalised": _percent(capitals, words),
        "word_length": 10 * (letters + of[_DIGIT]) // np.maximum(1, words + of[_WIDE]),
        "web_address": _flags("://" in text or "www." in text or "@" in text for text in texts),
        "moment": _flags(some and _MOMENT.search(text[:300]) for text, some in zip(texts, has_digits, strict=True)),
        "double_space": _flags("  " in text for text in texts),
        "exclaims": _flags("!" in text or "！" in text for text in texts),
        "kind": kinds,
    }
    return columns, prose.astype(np.int32)


def _counts(texts: Sequence[str], sizes: Ints) -> tuple[Ints, Ints, Ints]:
    """Of each line: its characters by class, one row a class; its words; the words that begin with a capital."""
    count = len(texts)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    line = np.repeat(np.arange(count, dtype=np.int32), sizes)
    classes = _class_table().take(codes, mode="clip")
    of = np.bincount(line * _CLASSES + classes, minlength=count * _CLASSES).reshape(count, _CLASSES)
    in_word = (classes >= _LOWER) & (classes <= _DIGIT) & (classes != _WIDE)
    starts = in_word.copy()
    starts[1:] &= ~in_word[:-1] | (line[1:] != line[:-1])
    at = np.flatnonzero(starts)
    owner = line.take(at)
    words = np.bincount(owner, minlength=count)
    capitals = np.bincount(owner[classes.take(at) == _UPPER], minlength=count)
    return of.T.astype(np.int32), words.astype(np.int32), capitals.astype(np.int32)


def _last_class(text: str) -> int:
    """Class of the last character, looking through closing quotes and brackets."""
    text = text.rstrip()
    for sign in text[-3:][::-1]:
        found = _class_of(sign)
        if found not in (_QUOTE, _BRACKET):
            return found
    return _class_of(text[-1:])


@lru_cache(maxsize=4_096)
def _class_of(sign: str) -> int:
    return int(_class_table()[min(ord(sign), 0xFFFF)]) if sign else _SPACE


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
    return np.array([1 if value else 0 for value in values], dtype=np.int32)


def _percent(part: Ints, whole: Ints) -> Ints:
    return 100 * part // np.maximum(1, whole)
