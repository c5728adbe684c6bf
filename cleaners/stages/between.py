"""Short lines caught between dropped ones: a place name in a weather strip, a name in a comment form."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from cleaners.document import Cut, Document, kept, remainders, whole
from cleaners.prose import ends_like_sentence, is_prose, weight

RULE = "between-dropped"
REASON = "is a short line between dropped ones, or a bare number beside one"

_LONGEST_RUN = 2  # lines
_LONGEST_LINE = 60  # as prose.weight counts
_LONGEST_COUNTER = 20  # code points
_FACTS = re.compile(r"\d")  # a price, a date, a size: more than a stray label
_LONGEST_AT_HEAD = 25  # there a line may be the headline
_LONGEST_INSIDE = 25  # and there a subhead
# An ad or a picture's credit stands between any two lines of an article, so these say nothing about their neighbours.
_SILENT = ("ads-commerce", "media-ui", "meta-line", "related-inline", "source-credit", "headline", "placeholder-text")
_COUNTER = re.compile(r"\W*\d{0,3}\W*")
_COUNTED = ("comment-prompt", "engagement-widget", "share-buttons", "social-follow")


def cut_between(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut runs of one or two short lines with dropped lines on both sides, outside the article's body.

    The longest line above the body stays where no HTML told the headline: it may be the headline.
    """
    if not cuts:
        return []
    rests = remainders(document, cuts)
    lines = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    prose = [i for i in kept(document, cuts) if is_prose(document.blocks[i])]
    if not prose:
        return []
    head = [i for i in lines if i < prose[0] and rests[i].strip() and not document.headlines]
    headline = max(head, key=lambda i: weight(document.blocks[i].text), default=None)
    dropped = {cut.block: cut.category for cut in cuts if not rests[cut.block].strip()}
    found = []
    for run in _runs_of_kept(lines, rests):
        longest = _LONGEST_AT_HEAD if run[0] < prose[0] else _LONGEST_LINE
        outside = run[-1] < prose[0] or run[0] > prose[-1]
        if not outside:
            inside = len(run) == 1 and not {dropped[k] for k in _beside(run[0], lines)} & set(_SILENT)
            longest = _LONGEST_INSIDE if inside else 0
        if len(run) <= _LONGEST_RUN and headline not in run and _are_short(document, run, longest):
            found += [whole(document, i, RULE, _category(cuts, i, lines), "dropped lines on both sides") for i in run]
    taken = {cut.block for cut in found}
    for i in lines:
        if i in taken or not rests[i].strip() or not _is_counter(rests[i]):
            continue
        outside = i < prose[0] or i > prose[-1]
        if not outside and {dropped.get(k) for k in _beside(i, lines)} & {None, *_SILENT}:
            continue
        if category := next((dropped[k] for k in _beside(i, lines) if dropped.get(k) in _COUNTED), None):
            found.append(whole(document, i, RULE, category, "a bare number or sign beside a dropped line"))
    return found


def _beside(i: int, lines: list[int]) -> list[int]:
    """The line above and the line below."""
    at = bisect_left(lines, i)
    return lines[max(0, at - 1) : at] + lines[at + 1 : at + 2]


def _is_counter(text: str) -> bool:
    return len(text) <= _LONGEST_COUNTER and _COUNTER.fullmatch(text) is not None


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
