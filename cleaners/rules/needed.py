"""What a line must hold for a pattern to match it, read from the pattern without compiling it.

Compiling all patterns takes seconds; most can be ruled out for a line by a word that it lacks.
"""

import re
from dataclasses import dataclass, field
from functools import cache

_TOKEN = re.compile(
    r"(?P<open>\((?:\?(?:[:>]|[aimsux-]+:|P<\w+>|(?P<look><?[=!])))?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|\\(?P<escaped>.)|(?P<plain>[^\\()\[|.^$?*+{]+(?![?*+{])|[^\\])",
    re.DOTALL,
)
_REPEATED = re.compile(r"(?:[?*+]|\{\d*,?\d*\})[?+]?")
_AT_LEAST_ONCE = re.compile(r"\+|\{[1-9]")
_FOLDED = str.maketrans({"ı": "i", "\u0307": "", "ſ": "s"})  # re.IGNORECASE holds i and ı for the same letter
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Group:
    """A group that is being read: what its finished alternatives need, and what the present one does."""

    is_look: bool = False
    finished: list[frozenset[str]] = field(default_factory=list)
    best: frozenset[str] = _NOTHING
    run: str = ""

    def need(self, words: frozenset[str]) -> None:
        if words and min(map(len, words)) > min(map(len, self.best), default=0):
            self.best = words

    def end_run(self) -> None:
        self.need(frozenset({folded(self.run)} if self.run else ()))
        self.run = ""

    def end_alternative(self) -> None:
        self.end_run()
        self.finished.append(self.best)
        self.best = _NOTHING

    def end(self) -> frozenset[str]:
        self.end_alternative()
        return frozenset().union(*self.finished) if all(self.finished) and not self.is_look else _NOTHING


@cache
def needed(pattern: str) -> frozenset[str]:
    """Texts of which one stands in the folded form of whatever the pattern matches; none if that cannot be told.

    >>> sorted(needed(r"(read|see) (more )?here"))
    ['here']
    >>> sorted(needed(r"(articles?|posts)[ :]+\\d"))
    ['article', 'posts']
    """
    groups, at = [_Group()], 0
    while token := _TOKEN.match(pattern, at):
        at = token.end()
        repeated = "" if token["open"] or token["bar"] else _repetition(pattern, at)
        at += len(repeated)
        is_sure = not repeated or _AT_LEAST_ONCE.match(repeated) is not None
        if token["open"]:
            groups[-1].end_run()
            groups.append(_Group(is_look=token["look"] is not None))
        elif token["bar"]:
            groups[-1].end_alternative()
        elif token["close"]:
            words = groups.pop().end()
            groups[-1].need(words if is_sure else _NOTHING)
        else:
            letters = _letters(token)
            if letters and is_sure:
                groups[-1].run += letters
            if not letters or repeated:
                groups[-1].end_run()
    return groups[0].end()


def folded(text: str) -> str:
    """Equal for texts that differ in case only."""
    return text.casefold().translate(_FOLDED)


def _repetition(pattern: str, at: int) -> str:
    found = _REPEATED.match(pattern, at)
    return found[0] if found else ""


def _letters(token: re.Match[str]) -> str:
    """The characters that a token stands for, if it stands for no others."""
    if token["escaped"]:
        return "" if token["escaped"].isalnum() else token["escaped"]
    return token["plain"] if token["plain"] and token["plain"] not in ".^$" else ""
