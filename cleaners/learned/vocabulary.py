"""What the boxes of a page speak of, in many languages: see box_words.toml."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).parent.parent / "box_words.toml"
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_LONGEST = 500  # code points; no box says more in one line
_ADDRESS = "address"


def subjects(text: str) -> tuple[int, int]:
    """How many signs of boxes a line shows, and how often it speaks to its reader.

    >>> subjects("You can unsubscribe from our newsletter at any time.")
    (2, 2)
    """
    if len(text) > _LONGEST:
        return 0, 0
    beginnings, wholes, longest = _stems()
    found: set[str] = set()
    spoken = 0
    text = text.lower()
    for word in _WORD.findall(text):
        names = wholes.get(word, ())
        for size in range(3, min(len(word), longest) + 1):
            names = (*names, *beginnings.get(word[:size], ()))
        spoken += _ADDRESS in names
        found.update(names)
    if not text.isascii():
        for run in _UNSPACED.findall(text):
            for start in range(len(run)):
                for size in (1, 2, 3, 4):
                    found.update(beginnings.get(run[start : start + size], ()))
        spoken += _ADDRESS in found and not spoken
    return len(found - {_ADDRESS}), spoken


@cache
def _stems() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], int]:
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
    return beginnings, wholes, max(map(len, beginnings))
