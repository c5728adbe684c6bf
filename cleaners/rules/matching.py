"""What a single line tells: the rules, and how a line is held against them.

A line is matched in a form of the same length: typographic quotes, dashes and spaces made plain, decoration
at both ends (bullets, arrows, a colon at the end) left out. See docs/rules.md for the file format.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

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
_KNOWN = 100_000  # lines whose rules are known: the same short ones stand on page after page
_UNTOUCHED = ("code", "headline")
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
    if text.isascii():
        return text.replace("\t", " ")
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
    found = _judge(document, kept(document, cuts), _judged(tuple(rules), (None,)))
    return [found[i] for i in sorted(found)]


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
            taken = _judge(document, [i], judged)
            if not taken and is_prose(document.blocks[i]):
                break
            found |= dict.fromkeys(taken.values())
    return list(found)


Part = tuple[Rule, str, tuple[str, ...], int | None]  # a rule, one of its `parts`, clues.needles and clues.reach


@dataclass(frozen=True, eq=False, slots=True)
class _Judged:
    """Rules with one of some places, and how to ask them."""

    places: tuple[str | None, ...]
    taker: "_Taker"  # of any place
    parts: tuple[Part, ...]
    anywhere: tuple[Part, ...]  # of the parts, those that match elsewhere than at a line's end
    widest: int  # reach of the others
    hints: tuple[str, ...]  # one stands in the folded end of a line, of that reach, where one of the others matches


@cache
def _judged(rules: tuple[Rule, ...], places: tuple[str | None, ...]) -> _Judged:
    parts = tuple(
        (rule, part, needles(part), reach(part)) for rule in rules if rule.where in places for part in rule.parts
    )
    at_end = {part: widest for _, part, _, widest in parts if widest is not None}
    texts = {text for part in at_end for clue in clues(f".*(?:{part}).*") for text in clue.texts}
    hints = tuple(sorted(text for text in texts if not any(other in text for other in texts - {text})))
    anywhere = tuple(one for one in parts if one[1] not in at_end)
    return _Judged(places, _taker(rules), parts, anywhere, max(at_end.values(), default=0), hints)


def _judge(document: Document, lines: Sequence[int], judged: _Judged) -> dict[int, Cut]:
    """The cuts that the rules ask for, by line: of the whole block, or of a part of it."""
    lines = [i for i in lines if document.blocks[i].kind not in _UNTOUCHED]
    texts = [document.blocks[i].text for i in lines]
    found = {}
    for i, hits in zip(lines, _taken([line_form(text) for text in texts], judged.taker), strict=True):
        if hit := next((hit for hit in hits if hit[0].where in judged.places), None):
            found[i] = whole(document, i, hit[0].id, hit[0].category, hit[1])
    if judged.parts:
        found |= _parts(judged, {i: plain(text) for i, text in zip(lines, texts, strict=True) if i not in found})
    return found


def _parts(judged: _Judged, texts: dict[int, str]) -> dict[int, Cut]:
    """The cuts of the first part that is found in each text."""
    ends = {i: text[_start(text, judged.widest) :] for i, text in texts.items()}
    together = fold("\n".join(ends.values()))
    hints = [hint for hint in judged.hints if hint in together]
    found = {}
    for i, text in texts.items():
        may_end = hints and any(map(fold(ends[i]).__contains__, hints))
        for rule, part, known, widest in judged.parts if may_end else judged.anywhere:
            if known and not any(map(text.__contains__, known)):
                continue
            match = pattern(part).search(text, 0 if widest is None else _start(text, widest))
            if match and match.group():
                found[i] = Cut(i, match.start(), match.end(), rule.id, rule.category, part)
                break
    return found


def _start(text: str, widest: int) -> int:
    """Where a match begins at the earliest that reaches so far from the end, white space apart."""
    length = len(text.rstrip())
    return len(text[: length - widest].rstrip()) if widest < length else 0


def taken_by(form: str, rules: Sequence[Rule]) -> tuple[Hit, ...]:
    """The rules that take a line, given as line_form, by one of their `lines`: in order."""
    return _taken([form], _taker(tuple(rules)))[0]


@dataclass(frozen=True, eq=False, slots=True)
class _Taker:
    """The rules' lines and their index, for each band; and what is known of lines that were asked before."""

    bands: tuple[tuple[tuple[Hit, ...], Index], ...]
    known: dict[str, tuple[Hit, ...]]


@cache
def _taker(rules: tuple[Rule, ...]) -> _Taker:
    bands = (tuple((rule, line) for rule in rules if rule.longest > least for line in rule.lines) for least in _BANDS)
    return _Taker(tuple((lines, build([line for _, line in lines])) for lines in bands), {})


def _taken(forms: Sequence[str], taker: _Taker) -> list[tuple[Hit, ...]]:
    """What taken_by says of each line; many at once cost less."""
    found = {form: taker.known.get(form) for form in forms}
    new: dict[int, list[str]] = {}
    for form, hits in found.items():
        if hits is None:
            new.setdefault(bisect_left(_BANDS, len(form), lo=1) - 1, []).append(form)
    for band, own in new.items():
        lines, index = taker.bands[band]
        for form, numbers in zip(own, candidates(index, own), strict=True):
            found[form] = _hits(form, [lines[number] for number in numbers])
    if new:
        if len(taker.known) > _KNOWN:
            taker.known.clear()
        taker.known.update((form, hits) for form, hits in found.items() if hits is not None)
    return [found[form] or () for form in forms]


def _hits(form: str, lines: Sequence[Hit]) -> tuple[Hit, ...]:
    found: dict[Rule, str] = {}
    for rule, line in lines:
        if len(form) <= rule.longest and rule not in found and pattern(line).fullmatch(form):
            found[rule] = line
    return tuple(found.items())


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Compiled once, and only where it is needed: compiling all at the start would take seconds."""
    return re.compile(text, re.IGNORECASE)
