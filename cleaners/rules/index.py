"""Which of thousands of patterns a line is tried against: those of which it holds a clue."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from cleaners.rules.clues import END, GOOD_MIDDLE, clues, fold, worth

_STARTS = (1, 2, 3, 4, 6, 9, 12)  # characters; in between, a beginning is cut to the next shorter of them
_MARKS = 1 << 18

Numbers = tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """Text of a clue -> the numbers of the patterns that have it."""

    starts: dict[str, Numbers]
    middles: dict[str, dict[str, Numbers]]  # by GOOD_MIDDLE characters of the text
    short: dict[str, Numbers]  # other texts in the middle, and the empty one
    marks: npt.NDArray[np.bool_]  # whether characters of this hash may be a key of `middles`


def build(patterns: Sequence[str]) -> Index:
    """The index of patterns that are to match all of a line, case ignored."""
    starts: dict[str, set[int]] = {}
    anywhere: dict[str, set[int]] = {}
    for number, pattern in enumerate(patterns):
        for clue in clues(pattern):
            for text in clue.texts:
                if clue.at_start and text:
                    text = text[: max(length for length in _STARTS if length <= len(text))]
                    starts.setdefault(text, set()).add(number)
                else:
                    anywhere.setdefault(text, set()).add(number)
    index = Index({text: tuple(found) for text, found in starts.items()}, {}, {}, np.zeros(_MARKS, dtype=np.bool_))
    for text, found in anywhere.items():
        if len(text) < GOOD_MIDDLE:
            index.short[text] = tuple(found)
            continue
        index.middles.setdefault(_rarest(text), {})[text] = tuple(found)
    index.marks[_hashes("".join(index.middles))[::GOOD_MIDDLE]] = True
    return index


def _rarest(text: str) -> str:
    """The characters of a text that stand in the fewest lines, as far as one can tell."""
    return max((text[i : i + GOOD_MIDDLE] for i in range(len(text) - GOOD_MIDDLE + 1)), key=worth)


def candidates(index: Index, lines: Sequence[str]) -> list[list[int]]:
    """The numbers of the patterns that may match each line, in order: on average 7 of 5,000.

    >>> candidates(build(["read more", ".{2,40} to your inbox", "more .*"]), ["Straight to your Inbox", "More news"])
    [[1], [2]]
    """
    folded = [fold(line) + END for line in lines]
    found = [_begun(index, line) for line in folded]
    text = "".join(folded)
    stops = list(accumulate(map(len, folded)))
    marked = np.flatnonzero(index.marks.take(_hashes(text)))
    owners = np.searchsorted(stops, marked, side="right")
    for at, owner in zip(marked.tolist(), owners.tolist(), strict=True):
        for middle, numbers in index.middles.get(text[at : at + GOOD_MIDDLE], {}).items():
            if middle in folded[owner]:
                found[owner].update(numbers)
    return [sorted(numbers) for numbers in found]


def _begun(index: Index, folded: str) -> set[int]:
    """What the beginning of a line calls for, and texts too short to be looked up."""
    found: set[int] = set()
    for length in _STARTS:
        if numbers := index.starts.get(folded[:length]):
            found.update(numbers)
    for text, numbers in index.short.items():
        if text in folded:
            found.update(numbers)
    return found


def _hashes(text: str) -> npt.NDArray[np.uint32]:
    """Of the characters that begin at each place, GOOD_MIDDLE of them: less than _MARKS."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    places = max(0, len(codes) - GOOD_MIDDLE + 1)
    rolling = np.zeros(places, dtype=np.uint32)
    for offset in range(GOOD_MIDDLE):
        rolling = rolling * np.uint32(0x01000193) + codes[offset : offset + places]
    return (rolling * np.uint32(0x9E3779B1)) >> np.uint32(14)
