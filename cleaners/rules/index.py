"""Which of thousands of patterns a line is tried against: those of which it holds a clue."""

from collections.abc import Sequence
from dataclasses import dataclass

from cleaners.rules.clues import END, GOOD_MIDDLE, clues, fold, worth

_FEW = 200  # texts in the middle of a line, which are looked for one by one
_STARTS = (1, 2, 3, 4, 6, 9, 12)  # characters; in between, a beginning is cut to the next shorter of them


@dataclass(frozen=True, slots=True)
class Index:
    """Text of a clue -> the numbers of the patterns that have it."""

    starts: dict[str, tuple[int, ...]]
    middles: dict[str, dict[str, tuple[int, ...]]]  # by three characters of the text
    short: dict[str, tuple[int, ...]]  # other texts in the middle, and the empty one


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
    index = Index({text: tuple(numbers) for text, numbers in starts.items()}, {}, {})
    for text, found in anywhere.items():
        if len(text) < GOOD_MIDDLE or len(anywhere) < _FEW:
            index.short[text] = tuple(found)
            continue
        rarest = max(range(len(text) - 3), key=lambda i: worth(text[i : i + 4]))
        for place in (rarest, rarest + 1):
            index.middles.setdefault(text[place : place + 3], {})[text] = tuple(found)
    return index


def candidates(index: Index, line: str) -> list[int]:
    """The numbers of the patterns that may match the line, in order: on average 7 of 5,000.

    >>> candidates(build(["read more", ".{2,40} to your inbox", "more .*"]), "Straight to your Inbox")
    [1]
    """
    folded = fold(line) + END
    found: set[int] = set()
    for length in _STARTS:
        if numbers := index.starts.get(folded[:length]):
            found.update(numbers)
    found.update(*[numbers for text, numbers in index.short.items() if text in folded])
    # Every second place will do, as each text is listed by two neighbouring ones.
    grams = [folded[i : i + 3] for i in range(0, len(folded) - 2, 2)] if index.middles else []
    for middles in filter(None, map(index.middles.get, grams)):
        for text, numbers in middles.items():
            if text in folded:
                found.update(numbers)
    return sorted(found)
