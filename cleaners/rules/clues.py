"""What a line must begin with or hold for a pattern to match it: so only a few of thousands are tried.

Read off the parsed pattern, never guessed: what cannot be read is left open. Being tried decides nothing, so a
clue may be too weak, never too strong. `re._parser` is private but has not changed in what is used here from
Python 3.11 to 3.14; without it every pattern would be tried, which is slow but right.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from unicodedata import category

try:
    from re import _constants as sre  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover
    parser = None

END = "\n"  # behind a folded line, which holds no other line break
_LENGTH = 12  # characters of a clue
_MOST = 40  # texts of a clue
_LARGEST_RANGE = 40  # characters of a class such as [a-z]
_LARGEST_REACH = 300
_GOOD_START, GOOD_MIDDLE = 3, 4  # characters: these tell enough

_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")

_Texts = tuple[set[str], set[str]]  # all that a piece of a pattern matches; beginnings of what else it matches


@dataclass(frozen=True, slots=True)
class Clue:
    """A line matches only if, folded and with END behind it, it starts with one of the texts or holds one."""

    texts: frozenset[str]
    at_start: bool


_ASCII = {p: " " if chr(p).isspace() else "0" if chr(p).isdecimal() else chr(p).lower() for p in range(128)}
_DIGIT, _SPACE = re.compile(r"[^\D0]"), re.compile(r"[^\S ]")


def fold(text: str) -> str:
    """The form in which lines are held against clues: one text for all that IGNORECASE, \\d or \\s take for the same.

    >>> fold("Ğ, İ, ı, STRASSE, Straße, 2026")
    'ğ, i, i, strasse, strasse, 0000'
    """
    if text.isascii():
        return text.translate(_ASCII)
    folded = text.upper().casefold().replace("\u0307", "")  # of Turkish İ, which matches i
    return _SPACE.sub(" ", _DIGIT.sub("0", folded))


@cache
def clues(pattern: str) -> list[Clue]:
    """A line matches all of the pattern, case ignored, only if one of these holds. An empty text always does.

    >>> [(sorted(clue.texts), clue.at_start) for clue in clues("leave a (reply|comment)")]
    [(['leave a comm', 'leave a repl'], True)]
    >>> [(sorted(clue.texts), clue.at_start) for clue in clues(".{2,40} to your inbox")]
    [([' to your inb'], False)]
    """
    if parser is None:  # pragma: no cover
        return [Clue(frozenset([""]), True)]
    if pattern and not _SPECIAL.search(pattern):
        return [Clue(frozenset([(fold(pattern) + END)[:_LENGTH]]), True)]
    return _clues(_pieces(parser.parse(pattern, re.IGNORECASE)))


def needles(pattern: str) -> tuple[str, ...]:
    """A text in which the pattern is found holds one of these, unfolded. Empty: none are known.

    >>> needles(r"\\s*[\\[(](read more|continue)\\b")
    ('(', '[')
    """
    if parser is None:  # pragma: no cover
        return ()
    for piece in _pieces(parser.parse(pattern, re.IGNORECASE)):
        whole, begun = _texts([piece])
        signs = all(text and all(category(char)[0] == "P" for char in text) for text in whole)  # not changed by fold
        if whole and not begun and signs:
            return tuple(sorted(_fewest(whole, at_start=False)))
    return ()


def reach(pattern: str) -> int | None:
    r"""How many characters a match takes at most if it ends where the text does, without white space at its ends.

    >>> reach(r"(?<=[.!?])\s*(read more|continue)\s*$"), reach("read more")
    (9, None)
    """
    if parser is None:  # pragma: no cover
        return None
    parsed = parser.parse(pattern, re.IGNORECASE)
    first, last = 0, len(parsed) - 1
    if last < 0 or parsed[last] != (sre.AT, sre.AT_END):
        return None
    while first < last and _is_border(*parsed[first]):
        first += 1
    while first < last and _is_border(*parsed[last - 1]):
        last -= 1
    widest: int = parsed[first:last].getwidth()[1]
    return widest if widest <= _LARGEST_REACH else None


def _is_border(op: Any, value: Any) -> bool:
    space = [(sre.IN, [(sre.CATEGORY, sre.CATEGORY_SPACE)])]
    return op in (sre.ASSERT, sre.ASSERT_NOT) or (op is sre.MAX_REPEAT and list(value[2]) == space)


def _pieces(parsed: Iterable[Any]) -> list[Any]:
    """The nodes of a pattern, with literals that follow each other as one folded text."""
    pieces: list[Any] = []
    for op, value in parsed:
        if op is not sre.LITERAL:
            pieces.append((op, value))
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += fold(chr(value))
        else:
            pieces.append(fold(chr(value)))
    return pieces


def _clues(pieces: list[Any]) -> list[Clue]:
    """One clue for the pieces in a row, or where that tells little, one for each way in which they may begin."""
    clue, tells_enough = _clue(pieces)
    ways = None if tells_enough else _ways(pieces)
    return [clue] if ways is None else [deeper for way in ways for deeper in _clues(way)]


def _ways(pieces: list[Any]) -> list[list[Any]] | None:
    if not pieces or isinstance(pieces[0], str):
        return None
    (op, value), *rest = pieces
    if op is sre.SUBPATTERN:
        return [[*_pieces(value[-1]), *rest]]
    if op is sre.BRANCH:
        return [[*_pieces(branch), *rest] for branch in value[1]]
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] == 0 and value[1] == 1:
        return [[*_pieces(value[2]), *rest], rest]
    return None


def _clue(pieces: list[Any]) -> tuple[Clue, bool]:
    """The beginning where it tells enough, or else the best of what follows; and whether that tells enough."""
    best, most = Clue(frozenset([""]), True), 0.0
    for position in range(max(1, len(pieces))):
        whole, begun = _texts(pieces[position:])
        clue = Clue(_fewest({text + END for text in whole} | begun, position == 0), position == 0)
        shortest = min(map(len, clue.texts), default=0)
        if position == 0 and shortest >= _GOOD_START:
            return clue, True
        value = min(map(worth, clue.texts), default=0.0) - len(clue.texts) / 100
        if value > most and (position == 0 or shortest >= GOOD_MIDDLE or best.texts == {""}):
            best, most = clue, value
    return best, most >= GOOD_MIDDLE - 1


def worth(text: str) -> float:
    """How much the characters of a text tell: digits and spaces stand in many lines."""
    return len(text) - 0.6 * (text.count("0") + text.count(" "))


def _fewest(texts: set[str], at_start: bool) -> frozenset[str]:
    """Without those that say no more than a shorter one."""
    kept: list[str] = []
    for text in sorted(texts) if at_start else sorted(texts, key=len):
        if not (kept and text.startswith(kept[-1]) if at_start else any(shorter in text for shorter in kept)):
            kept.append(text)
    return frozenset(kept)


def _texts(pieces: Sequence[Any]) -> _Texts:
    """What pieces in a row match, cut at _LENGTH, and not more than _MOST texts."""
    whole, begun = {""}, set[str]()
    for piece in pieces:
        if isinstance(piece, str):
            longer, cut = {text + piece for text in whole}, begun
        else:
            whole_next, begun_next = _node(piece[0], piece[1])
            if len(whole) * (len(whole_next) + len(begun_next)) > _MOST:
                return set(), begun | whole
            longer = {text + more for text in whole for more in whole_next}
            cut = begun | {(text + more)[:_LENGTH] for text in whole for more in begun_next}
        if max(map(len, longer), default=0) >= _LENGTH:
            cut = cut | {text[:_LENGTH] for text in longer if len(text) >= _LENGTH}
            longer = {text for text in longer if len(text) < _LENGTH}
        if len(longer) + len(cut) > _MOST:
            return set(), begun | whole
        whole, begun = longer, cut
        if not whole:
            break
    return whole, begun


def _node(op: Any, value: Any) -> _Texts:
    if op is sre.SUBPATTERN:
        return _texts(_pieces(value[-1]))
    if op is sre.BRANCH:
        branches = [_texts(_pieces(branch)) for branch in value[1]]
        return set().union(*(whole for whole, _ in branches)), set().union(*(begun for _, begun in branches))
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return _repeated(value[0], value[1], value[2])
    if op in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
        return {""}, set()
    found = _class(value) if op is sre.IN else set()
    return found, (set() if found else {""})


def _repeated(least: int, most: int, item: Any) -> _Texts:
    once, once_begun = _texts(_pieces(item))
    whole, begun, current = ({""} if least == 0 else set[str]()), set[str](), {""}
    for count in range(1, most + 1):
        begun |= {text + more for text in current for more in once_begun}
        current = {text + more for text in current for more in once}
        if not current:
            break
        if count == _LENGTH or len(whole) + len(begun) + len(current) > _MOST:
            return whole, begun | current
        if count >= least:
            whole |= current
    return whole, begun


def _class(items: Any) -> set[str]:
    """The folded characters of a class; none if they are too many to tell."""
    found: set[str] = set()
    for op, value in items:
        if op is sre.LITERAL:
            found.add(fold(chr(value)))
        elif op is sre.RANGE and value[1] - value[0] < _LARGEST_RANGE:
            found |= {fold(chr(point)) for point in range(value[0], value[1] + 1)}
        elif op is sre.CATEGORY and value in (sre.CATEGORY_DIGIT, sre.CATEGORY_SPACE):
            found.add("0" if value is sre.CATEGORY_DIGIT else " ")
        else:
            return set()
    return found
