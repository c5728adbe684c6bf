"""What the boxes of a page speak of, in many languages: see box_words.toml."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_WORDS = Path(__file__).parent.parent / "box_words.toml"
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_READ = 1_000  # code points of a line whose words are compared
_LONGEST = 500  # code points; no box says more in one line
_LONGEST_STEM = 4  # signs, of those looked for anywhere
_LEAST_LETTERS = 4  # of a word that tells what a text is about
_LEAST_SIGN = 2  # letters
_LAST_LISTED = 0xFFFF
_LETTER, _RUN_TOGETHER = 1, 2  # bits: what stands in a word, what in a script that does not set words apart
_SPACE, _BREAK = ord(" "), ord("\n")
_ADDRESS = "address"


class Words(NamedTuple):
    """A line as it is compared with others: in lower case, and cut where it is long."""

    size: int  # code points of the whole line
    text: str
    words: list[str]
    is_unspaced: bool  # some of its words are not set apart


def read(lines: Sequence[str]) -> list[Words]:
    """
    >>> read(["Where to, 3 of us?"])[0].words
    ['where', 'to', 'of', 'us']
    """
    if not lines:
        return []
    texts = [line[:_READ].lower() for line in lines]
    sizes = np.array([len(text) + 1 for text in texts])
    codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    signs = _signs().take(codes, mode="clip")
    beyond = np.flatnonzero(codes > _LAST_LISTED)
    signs[beyond] = [_sign(chr(code)) for code in codes[beyond].tolist()]
    stops = np.cumsum(sizes)
    unspaced = np.bitwise_or.reduceat(signs, stops - sizes) & _RUN_TOGETHER != 0
    plain = np.where(signs & _LETTER, codes, _SPACE).astype("<u4")
    plain[stops - 1] = _BREAK
    words = plain.tobytes().decode("utf-32-le").split("\n")
    return [
        Words(len(line), text, own.split(), is_unspaced)
        for line, text, own, is_unspaced in zip(lines, texts, words[:-1], unspaced.tolist(), strict=True)
    ]


@cache
def _signs() -> npt.NDArray[np.uint8]:
    """Signs of the basic plane."""
    return np.array([_sign(chr(code)) for code in range(_LAST_LISTED + 1)], dtype=np.uint8)


def _sign(char: str) -> int:
    is_letter = char.isalnum() and not char.isdecimal()
    return _LETTER * is_letter + _RUN_TOGETHER * (_UNSPACED.match(char) is not None)


def topics(line: Words) -> set[str]:
    """Words of four letters or more; where words are not set apart, pairs of signs.

    >>> sorted(topics(*read(["All about the river"])))
    ['about', 'river']
    """
    if line.is_unspaced:
        return {run[k : k + 2] for run in _UNSPACED.findall(line.text) for k in range(len(run) - 1)}
    return {word for word in line.words if len(word) >= _LEAST_LETTERS}


def subjects(lines: Sequence[Words]) -> list[tuple[int, int]]:
    """How many signs of boxes each line shows, and how often it speaks to its reader.

    >>> subjects(read(["You can unsubscribe from our newsletter at any time."]))
    [(2, 2)]
    """
    known = set[str]().union(*(line.words for line in lines if line.size <= _LONGEST))
    begun, wholes = _by_three(), _stems()[1]
    may_be = [word for word in known if word[:3] in begun or word in wholes]
    signs = {word: names for word in may_be if len(word) >= _LEAST_SIGN and (names := _names(word))}
    return [_subjects(line, signs) for line in lines]


def _subjects(line: Words, signs: dict[str, tuple[str, ...]]) -> tuple[int, int]:
    if line.size > _LONGEST:
        return 0, 0
    told = [signs[word] for word in line.words if word in signs]
    if not told and not line.is_unspaced:
        return 0, 0
    found = {name for names in told for name in names}
    spoken = sum(_ADDRESS in names for names in told)
    if line.is_unspaced:
        found.update(name for stem, names in _unspaced() if stem in line.text for name in names)
        spoken += _ADDRESS in found and not spoken
    return len(found - {_ADDRESS}), spoken


@lru_cache(maxsize=100_000)
def _names(word: str) -> tuple[str, ...]:
    """What a word is a sign of, as a whole or by its beginning."""
    begun = _by_three().get(word[:3], ())
    return _stems()[1].get(word, ()) + tuple(name for stem, names in begun if word.startswith(stem) for name in names)


@cache
def _by_three() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """The beginnings of words by their first three letters; shorter ones do not count."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for stem, names in _stems()[0].items():
        if len(stem) >= 3:
            found.setdefault(stem[:3], []).append((stem, names))
    return found


@cache
def _unspaced() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Signs by what is looked for anywhere in a line whose words are not set apart."""
    return tuple(
        (stem, names)
        for stem, names in _stems()[0].items()
        if len(stem) <= _LONGEST_STEM and _UNSPACED.fullmatch(stem)
    )


@cache
def box_words() -> dict[str, Any]:
    """A table a box, and the words that speak to the reader: not to be changed."""
    table: dict[str, Any] = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    return table


@cache
def _stems() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Signs by the beginnings of words, and by whole words."""
    table = box_words()
    beginnings: dict[str, tuple[str, ...]] = {}
    wholes: dict[str, tuple[str, ...]] = {}
    lists = {_ADDRESS: table[_ADDRESS]}
    boxes = {box: signs["signs"] for box, signs in table.items() if box != _ADDRESS}
    lists |= {f"{box} {sign}": stems for box, signs in boxes.items() for sign, stems in signs.items()}
    for name, stems in lists.items():
        for stem in "".join(stems.split("\n")).split(","):
            bare = stem.strip("_")
            if " " not in bare:
                place = wholes if stem.endswith("_") else beginnings
                place[bare] = (*place.get(bare, ()), name)
    return beginnings, wholes
