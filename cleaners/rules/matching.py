"""What a single line tells: the rules, and how a line is held against them.

A line is matched in a form of the same length: typographic quotes, dashes and spaces made plain, decoration
at both ends (bullets, arrows, a colon at the end) left out. See docs/rules.md for the file format.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from cleaners.document import Cut, Document, kept, whole
from cleaners.prose import is_prose
from cleaners.rules.clues import clues, fold, needles, reach
from cleaners.rules.index import Index, build, candidates

WHERE = ("head", "tail", "edge")

_PLAIN = {
    **dict.fromkeys("’‘‚‛ʼ´`", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict(zip("：（）！？", ":()!?", strict=True)),
    **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000\t", " "),
}
_NOT_PLAIN = re.compile(f"[{re.escape(''.join(_PLAIN))}]")
_ORNAMENT = (
    r"\s\-•·‣⁃▪▫■□●○◦◆◇►▶▸▹→⇒➔➜➤↑↓←«»‹›<>*|#=~_…"
    "\u200b\u200e\u200f\ufe0f\u2190-\u21ff\u2600-\u27bf\U0001f000-\U0001faff"
)
_START = re.compile(rf"[{_ORNAMENT}:.]*")
_END_BACKWARDS = re.compile(rf"(?:[{_ORNAMENT}:]|\.{{2,}})*")
_RECENT = 4_096  # texts: of the page at hand, which stage after stage asks about
_BANDS = (0, 160, 260, 420, 1000)  # characters; few rules try longer lines, which cost most


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """One table of a rule file. `category` is the file's name: the class of leftovers."""

    id: str
    category: str
    reason: str
    drops: tuple[str, ...]
    keeps: tuple[str, ...]
    lines: tuple[str, ...] = ()  # must match the whole line; labels are among them
    parts: tuple[str, ...] = ()  # are searched in a line; only the match goes
    where: str | None = None  # head: before the first prose; tail: after the last; edge: either
    longest: int = 100  # code points; longer blocks are never tried
    section: bool = False  # a heading that opens a list of other articles: see stages/teasers.py
    thorough: bool = False  # only with --thorough
    source: str = ""  # file the rule stands in


Hit = tuple[Rule, str]  # a rule that takes a line, and the first of its `lines` that matches


@lru_cache(_RECENT)
def plain(text: str) -> str:
    """Quotes, dashes and spaces made plain, code point by code point, so that offsets hold."""
    return _NOT_PLAIN.sub(lambda match: _PLAIN[match[0]], text)


def undecorated(text: str) -> tuple[int, int]:
    """Where a plain line begins and ends without bullets, arrows, emoji and the like.

    >>> line = "» Read more: …"
    >>> line[slice(*undecorated(line))]
    'Read more'
    """
    start = _START.match(text).end()  # type: ignore[union-attr]  # matches the empty string
    end = len(text) - _END_BACKWARDS.match(text[::-1]).end()  # type: ignore[union-attr]
    return start, max(start, end)


@lru_cache(_RECENT)
def line_form(text: str) -> str:
    """The form in which a line is held against patterns: plain and undecorated.

    >>> line_form("» Don’t miss: …")
    "Don't miss"
    """
    text = plain(text)
    return text[slice(*undecorated(text))]


def judge(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cuts for what is a leftover wherever it stands."""
    judged = _judged(tuple(rules), (None,))
    found = []
    for i in kept(document, cuts):
        found += _judge_block(document, i, judged)
    return found


def judge_edges(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cuts for what is a leftover only above the first or below the last paragraph of prose.

    A block that goes does not count: behind a dropped tail, the tail begins anew. A document without any
    prose (a poem, a table, a list) has neither head nor tail.
    """
    remaining = kept(document, cuts)
    if not any(is_prose(document.blocks[i]) for i in remaining):
        return []
    found: dict[Cut, None] = {}
    for side, order in (("tail", reversed(remaining)), ("head", iter(remaining))):
        judged = _judged(tuple(rules), (side, "edge"))
        for i in order:
            hits = _judge_block(document, i, judged)
            if not hits and is_prose(document.blocks[i]):
                break
            found |= dict.fromkeys(hits)
    return list(found)


Part = tuple[Rule, str, tuple[str, ...], int | None]  # a rule, one of its `parts`, clues.needles and clues.reach


@dataclass(frozen=True, eq=False, slots=True)
class _Judged:
    """Rules with one of some places, and how to ask them."""

    places: tuple[str | None, ...]
    takers: Callable[[str], tuple[Hit, ...]]  # of any place
    parts: tuple[Part, ...]
    anywhere: tuple[Part, ...]  # of the parts, those that match elsewhere than at a line's end
    widest: int  # reach of the others
    hint: re.Pattern[str]  # found in the folded end of a line, of that reach, wherever one of the others matches


@cache
def _judged(rules: tuple[Rule, ...], places: tuple[str | None, ...]) -> _Judged:
    parts = tuple(
        (rule, part, needles(part), reach(part)) for rule in rules if rule.where in places for part in rule.parts
    )
    at_end = {part: widest for _, part, _, widest in parts if widest is not None}
    texts = {text for part in at_end for clue in clues(f".*(?:{part}).*") for text in clue.texts}
    hint = re.compile("|".join(map(re.escape, sorted(texts))) or "(?!)")
    anywhere = tuple(one for one in parts if one[1] not in at_end)
    return _Judged(places, _taker(rules), parts, anywhere, max(at_end.values(), default=0), hint)


def _judge_block(document: Document, i: int, judged: _Judged) -> list[Cut]:
    """The cut that the rules ask for: of the whole block, or of a part of it."""
    block = document.blocks[i]
    if block.kind in ("code", "headline"):
        return []
    for rule, line in judged.takers(line_form(block.text)):
        if rule.where in judged.places:
            return [whole(document, i, rule.id, rule.category, line)]
    if not judged.parts:
        return []
    text = plain(block.text)
    end = fold(text[_start(text, judged.widest) :])
    for rule, part, known, widest in judged.parts if judged.hint.search(end) else judged.anywhere:
        if known and not any(map(text.__contains__, known)):
            continue
        match = pattern(part).search(text, 0 if widest is None else _start(text, widest))
        if match and match.group():
            return [Cut(i, match.start(), match.end(), rule.id, rule.category, part)]
    return []


def _start(text: str, widest: int) -> int:
    """Where a match begins at the earliest that reaches so far from the end, white space apart."""
    length = len(text.rstrip())
    return len(text[: length - widest].rstrip()) if widest < length else 0


def taken_by(form: str, rules: Sequence[Rule]) -> tuple[Hit, ...]:
    """The rules that take a line, given as line_form, by one of their `lines`: in order."""
    return _taker(tuple(rules))(form)


@cache
def _taker(rules: tuple[Rule, ...]) -> Callable[[str], tuple[Hit, ...]]:
    """The same short lines stand on page after page."""
    return lru_cache(maxsize=100_000)(partial(_takers, rules))


def _takers(rules: tuple[Rule, ...], form: str) -> tuple[Hit, ...]:
    found: dict[Rule, str] = {}
    lines, index = _lines(rules)[bisect_left(_BANDS, len(form), lo=1) - 1]
    for number in candidates(index, form) if lines else ():
        rule, line = lines[number]
        if len(form) <= rule.longest and rule not in found and pattern(line).fullmatch(form):
            found[rule] = line
    return tuple(found.items())


@cache
def _lines(rules: tuple[Rule, ...]) -> tuple[tuple[tuple[Hit, ...], Index], ...]:
    """The rules' lines and their index, for each band."""
    bands = (tuple((rule, line) for rule in rules if rule.longest > least for line in rule.lines) for least in _BANDS)
    return tuple((lines, build([line for _, line in lines])) for lines in bands)


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Compiled once, and only where it is needed: compiling all at the start would take seconds."""
    return re.compile(text, re.IGNORECASE)
