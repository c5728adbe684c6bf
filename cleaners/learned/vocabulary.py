"""What the boxes of a page speak of, in many languages: see box_words.toml."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).parent.parent / "box_words.toml"
_WORD = re.compile(r"[^\W\d_]{2,}")
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_LONGEST = 500  # code points; no box says more in one line
_LONGEST_STEM = 4  # signs, of those looked for anywhere
_ADDRESS = "address"


def subjects(text: str) -> tuple[int, int]:
    """How many signs of boxes a line shows, and how often it speaks to its reader.

    >>> subjects("You can unsubscribe from our newsletter at any time.")
    (2, 2)
    """
    if len(text) > _LONGEST:
        return 0, 0
    found: set[str] = set()
    spoken = 0
    text = text.lower()
    for names in filter(None, map(_names, _WORD.findall(text))):
        spoken += _ADDRESS in names
        found.update(names)
    if not text.isascii() and UNSPACED.search(text):
        for stem, names in _unspaced():
            if stem in text:
                found.update(names)
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
        if len(stem) <= _LONGEST_STEM and UNSPACED.fullmatch(stem)
    )


@cache
def _stems() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Signs by the beginnings of words, and by whole words."""
    table: dict[str, Any] = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    beginnings: dict[str, tuple[str, ...]] = {}
    wholes: dict[str, tuple[str, ...]] = {}
    lists = {_ADDRESS: table.pop(_ADDRESS)}
    lists |= {f"{box} {sign}": stems for box, signs in table.items() for sign, stems in signs["signs"].items()}
    for name, stems in lists.items():
        for stem in "".join(stems.split("\n")).split(","):
            bare = stem.strip("_")
            if " " not in bare:
                place = wholes if stem.endswith("_") else beginnings
                place[bare] = (*place.get(bare, ()), name)
    return beginnings, wholes
