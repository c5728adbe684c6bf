"""Lines made to cost a pattern as much time as possible.

A pattern takes long where its repetitions can share out a line in many ways, and none of them fits. So what is
repeated here are samples of each repetition's body, made of the characters that most of the pattern's classes
share, and those characters alone; the end is one that the pattern does not expect.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Nodes = Any  # what re._parser makes of a pattern: pairs of a code and its arguments
Attack = tuple[str, str, str]  # beginning, what is repeated, end

_LONGEST = 1000
_LOOPS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_CHARACTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_CLASSES = {"DIGIT": "1", "SPACE": " ", "WORD": "aé文", "NOT_DIGIT": "a", "NOT_SPACE": "a", "NOT_WORD": "- "}
_ESCAPES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w", "NOT_DIGIT": r"\D", "NOT_SPACE": r"\S", "NOT_WORD": r"\W"}
_WRONG_END = "\x00"


def attacks(tree: Nodes) -> list[Attack]:
    """What to try a parsed pattern on, at any length."""
    letters = _shared_letters(tree)
    ends = [_WRONG_END, *(_sample(body, letters[:1]) + _WRONG_END for body in _asserted(tree))][:3]
    found: dict[Attack, None] = {}
    loops = sorted(_loops(tree, "", letters[:1], 0), key=lambda loop: -loop[0])
    for _, start, body in loops[:10]:
        units = _units(body, letters)
        pairs = [one + other for one in units[:4] for other in units[:4] if one != other]
        found |= {(start, unit, end): None for unit in (*units[:24], *pairs) if unit for end in ends}
    found |= {("", letter, end): None for letter in letters[:12] for end in ends}
    return list(found)[:200]


def _units(body: Nodes, letters: list[str]) -> list[str]:
    """Samples of a loop's body: short and long, with each alternative that begins like another."""
    choices = max(map(len, _alternatives(body)), default=1)
    picks = [*_alike(body, letters), *range(min(choices, 4))][:10]
    samples = {
        _sample(body, [letter], pick, is_long): None
        for pick in picks
        for letter in letters[:6] or [""]
        for is_long in (False, True)
    }
    return list(samples)


def _alike(body: Nodes, letters: list[str]) -> list[int]:
    """Numbers of alternatives that begin with all of another one."""
    found: list[int] = []
    for options in _alternatives(body):
        samples = sorted((_sample(option, letters[:1]), number) for number, option in enumerate(options))
        for (one, _), (other, number) in pairwise(samples):
            if other.startswith(one):
                found.append(number)
    return found[:6]


def walk(nodes: Nodes) -> Iterator[tuple[str, Any]]:
    """All nodes, from the outside in."""
    for code, value in nodes:
        yield str(code), value
        for inner in _inner(str(code), value):
            yield from walk(inner)


def _inner(code: str, value: Any) -> list[Nodes]:
    if code in _LOOPS:
        return [value[2]]
    if code == "BRANCH":
        return list(value[1])
    if code == "SUBPATTERN":
        return [value[3]]
    if code in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    return [value] if code == "ATOMIC_GROUP" else []


def _alternatives(nodes: Nodes) -> list[list[Nodes]]:
    return [value[1] for code, value in walk(nodes) if code == "BRANCH"]


def _asserted(nodes: Nodes) -> list[Nodes]:
    return [value[1] for code, value in walk(nodes) if code == "ASSERT"]


def _loops(nodes: Nodes, start: str, letters: list[str], depth: int) -> Iterator[tuple[int, str, Nodes]]:
    """Depth, what stands before it, and the body of each repetition."""
    for node in nodes:
        code, value = str(node[0]), node[1]
        is_loop = code in _LOOPS and value[1] > 1
        if is_loop:
            yield depth, start, value[2]
        for inner in _inner(code, value):
            yield from _loops(inner, start, letters, depth + is_loop)
        start += _sample([node], letters)


def _sample(nodes: Nodes, letters: list[str], pick: int = 0, is_long: bool = False) -> str:
    """A text that the nodes match, of the given letters where they may stand."""
    text = ""
    for node in nodes:
        code, value = str(node[0]), node[1]
        if code in _LOOPS:
            times = min(max(value[0], int(is_long)), 50)
            text += _sample(value[2], letters, pick, is_long) * times if times else ""
        elif code == "BRANCH":
            text += _sample(value[1][pick % len(value[1])], letters, pick, is_long)
        elif code == "SUBPATTERN":
            text += _sample(value[3], letters, pick, is_long)
        elif code == "ATOMIC_GROUP":
            text += _sample(value, letters, pick, is_long)
        elif code in _CHARACTER:
            text += next((letter for letter in (*letters, *_members(code, value)) if _fits(code, value, letter)), "")
        if len(text) > _LONGEST:
            break
    return text[:_LONGEST]


def _shared_letters(tree: Nodes) -> list[str]:
    """Characters that the pattern names, those first that fit most of its classes."""
    nodes = [(code, value) for code, value in walk(tree) if code in _CHARACTER][:400]
    letters = list(dict.fromkeys(letter for code, value in nodes for letter in _members(code, value)))[:60]
    classes = [(code, value) for code, value in nodes if code != "LITERAL"][:60]
    return sorted(letters, key=lambda letter: -sum(_fits(code, value, letter) for code, value in classes))


def _members(code: str, value: Any) -> str:
    """A few characters that a class names, whether it wants them or not."""
    if code in ("LITERAL", "NOT_LITERAL"):
        return chr(value).lower() + ("" if code == "LITERAL" else "a1 ")
    if code == "ANY":
        return "a"
    text = ""
    for kind, content in value[:12]:
        if str(kind) == "LITERAL":
            text += chr(content)
        elif str(kind) == "RANGE":
            text += chr(content[0]) + chr(sum(content) // 2) + chr(content[1])
        elif str(kind) == "CATEGORY":
            text += _CLASSES.get(_category(content), "")
    return text.lower() + ("a1 文-" if str(value[0][0]) == "NEGATE" else "")


def _fits(code: str, value: Any, letter: str) -> bool:
    if code == "ANY":
        return True
    if not letter:
        return False
    if code != "IN":
        return (letter.lower() == chr(value).lower()) is (code == "LITERAL")
    negated = str(value[0][0]) == "NEGATE"
    return negated is not any(_is_in(str(kind), content, letter) for kind, content in value[negated:])


def _is_in(kind: str, content: Any, letter: str) -> bool:
    if kind == "CATEGORY":
        return re.match(_ESCAPES.get(_category(content), "(?!)"), letter) is not None
    low, high = content if kind == "RANGE" else (content, content)
    return any(low <= ord(form) <= high for form in {letter, letter.lower(), letter.upper()} if len(form) == 1)


def _category(content: Any) -> str:
    return str(content).removeprefix("CATEGORY_").removeprefix("UNI_")
