"""Short lines caught between dropped ones: a place name in a weather strip, a name in a comment form."""

import re
from collections.abc import Sequence

from cleaners.document import Cut, Document, kept, remainders, whole
from cleaners.prose import ends_like_sentence, is_prose, weight

RULE = "between-dropped"
REASON = "is a short line between dropped ones, above or below the prose"

_LONGEST_RUN = 2  # lines
_LONGEST_LINE = 60  # as prose.weight counts
_FACTS = re.compile(r"\d")  # a price, a date, a size: more than a stray label
_LONGEST_AT_HEAD = 25  # there a line may be the headline


def cut_between(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut runs of one or two short lines with dropped lines on both sides, outside the article's body.

    The longest line above the body stays where no HTML told the headline: it may be the headline.
    """
    rests = remainders(document, cuts)
    lines = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    prose = [i for i in kept(document, cuts) if is_prose(document.blocks[i])]
    if not prose:
        return []
    head = [i for i in lines if i < prose[0] and rests[i].strip() and not document.headlines]
    headline = max(head, key=lambda i: weight(document.blocks[i].text), default=None)
    found = []
    for run in _runs_of_kept(lines, rests):
        longest = _LONGEST_AT_HEAD if run[0] < prose[0] else _LONGEST_LINE
        outside = run[-1] < prose[0] or run[0] > prose[-1]
        if outside and len(run) <= _LONGEST_RUN and headline not in run and _are_short(document, run, longest):
            found += [whole(document, i, RULE, _category(cuts, i, lines), "dropped lines on both sides") for i in run]
    return found


def _runs_of_kept(lines: list[int], rests: list[str]) -> list[list[int]]:
    """Runs of kept lines that have a dropped line directly before and directly behind them."""
    runs: list[list[int]] = []
    current: list[int] | None = None  # None until a dropped line was seen
    for i in lines:
        if rests[i].strip():
            if current is not None:
                current.append(i)
        else:
            if current:
                runs.append(current)
            current = []
    return runs


def _are_short(document: Document, run: list[int], longest: int) -> bool:
    blocks = [document.blocks[i] for i in run]
    return all(
        weight(block.text) <= longest
        and not _FACTS.search(block.text)
        and not ends_like_sentence(block.text)
        and block.kind not in ("code", "headline")
        for block in blocks
    )


def _category(cuts: Sequence[Cut], i: int, lines: list[int]) -> str:
    """The category of the dropped line above."""
    categories = {cut.block: cut.category for cut in cuts}
    return next(categories[j] for j in reversed(lines) if j < i and j in categories)
