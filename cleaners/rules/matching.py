"""What a single line tells: the rules, and how a line is held against them.

A line is matched in a form of the same length: typographic quotes, dashes and spaces made plain, decoration
at both ends (bullets, arrows, a colon at the end) left out. See docs/rules.md for the file format.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaners.document import Cut, Document, kept, whole
from cleaners.prose import is_prose

WHERE = ("head", "tail", "edge")

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("’‘‚‛ʼ´`", "'"),
        **dict.fromkeys("“”„‟", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict(zip("：（）！？", ":()!?", strict=True)),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\u3000\t", " "),
    }
)
_ORNAMENT = (
    r"\s\-•·‣⁃▪▫■□●○◦◆◇►▶▸▹→⇒➔➜➤↑↓←«»‹›<>*|#=~_…"
    "\u200b\u200e\u200f\ufe0f\u2190-\u21ff\u2600-\u27bf\U0001f000-\U0001faff"
)
_START = re.compile(rf"[{_ORNAMENT}:.]*")
_END = re.compile(rf"(?:[{_ORNAMENT}:]|\.{{2,}})*$")


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
    source: str = ""  # file the rule stands in


def plain(text: str) -> str:
    """Quotes, dashes and spaces made plain, code point by code point, so that offsets hold."""
    return text.translate(_PLAIN)


def undecorated(text: str) -> tuple[int, int]:
    """Where a plain line begins and ends without bullets, arrows, emoji and the like.

    >>> line = "» Read more: …"
    >>> line[slice(*undecorated(line))]
    'Read more'
    """
    start = _START.match(text).end()  # type: ignore[union-attr]  # matches the empty string
    return start, _END.search(text, start).start()  # type: ignore[union-attr]


def line_form(text: str) -> str:
    """The form in which a line is held against patterns: plain and undecorated.

    >>> line_form("» Don’t miss: …")
    "Don't miss"
    """
    text = plain(text)
    return text[slice(*undecorated(text))]


def judge(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cuts for what is a leftover wherever it stands."""
    everywhere = tuple(rule for rule in rules if rule.where is None)
    found = []
    for i in kept(document, cuts):
        found += _judge_block(document, i, everywhere)
    return found


def judge_edges(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cuts for what is a leftover only above the first or below the last paragraph of prose.

    A block that goes does not count: behind a dropped tail, the tail begins anew. A document without any
    prose (a poem, a table, a list) has neither head nor tail.
    """
    remaining = kept(document, cuts)
    if not any(is_prose(document.blocks[i]) for i in remaining):
        return []
    found: list[Cut] = []
    for side, order in (("tail", reversed(remaining)), ("head", iter(remaining))):
        limited = tuple(rule for rule in rules if rule.where in (side, "edge"))
        for i in order:
            hits = _judge_block(document, i, limited)
            if not hits and is_prose(document.blocks[i]):
                break
            found += [hit for hit in hits if hit not in found]
    return found


def _judge_block(document: Document, i: int, rules: tuple[Rule, ...]) -> list[Cut]:
    block = document.blocks[i]
    if block.kind in ("code", "headline"):
        return []
    if hit := _whole_line(line_form(block.text), rules):
        rule, line = hit
        return [whole(document, i, rule.id, rule.category, line)]
    text = plain(block.text)
    return [
        Cut(i, match.start(), match.end(), rule.id, rule.category, part)
        for rule in rules
        for part in rule.parts
        for match in [pattern(part).search(text)]
        if match and match.group()
    ][:1]


@lru_cache(maxsize=100_000)  # the same short lines stand on page after page
def _whole_line(form: str, rules: tuple[Rule, ...]) -> tuple[Rule, str] | None:
    for rule in rules:
        if matches_line(form, rule):
            return rule, next(line for line in rule.lines if pattern(line).fullmatch(form))
    return None


def matches_line(form: str, rule: Rule) -> bool:
    """Whether a rule takes a line, given as line_form, by one of its `lines`."""
    return len(form) <= rule.longest and _any_line(rule).fullmatch(form) is not None


@cache
def _any_line(rule: Rule) -> re.Pattern[str]:
    """All lines of a rule as one pattern: pages are judged in less than half the time of trying each."""
    return re.compile("|".join(rule.lines) or "(?!)", re.IGNORECASE)


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Compiled once, and only where it is needed: compiling all at the start would take seconds."""
    return re.compile(text, re.IGNORECASE)
