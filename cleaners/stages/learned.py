"""The last stage: lines that no rule knows, judged by all evidence together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cleaners.document import Cut, Document, remainders, whole
from cleaners.learned import model, ngrams
from cleaners.learned.evidence import FEATURES, Ints, Page, evidence
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.stages.kinds import is_thread

RULE = "learned"
REASON = "is like lines that turned out to be leftovers on other pages"
CATEGORY = "unclassified"

_COLUMN = {name: number for number, name in enumerate(FEATURES)}
_UNTOUCHED = ("code", "headline")
_FEW = 3  # lines; with fewer, and no rule's word on it, a page passes for clean
_SENTENCE = 25  # as prose.weight counts
_WORDED, _WORDED_THOROUGH = 10, 0  # wording of a line that reads like a leftover, whatever its place
_HEADLINE_WORDS, _HEADLINE_TOPIC = 19, 50  # logarithm of five words; percent of them in the text
_SMALL = 6  # lines; a page of fewer tells too little of its lines, but for their wording
_SERIES = 3  # lines
_DIGIT = re.compile(r"\d")
_LONG = 48  # logarithm of 63 letters
# How much more a line needs than `careful` or `thorough` says: little where leftovers are, much in the body.
_IN_HEAD, _IN_TAIL, _IN_BODY, _IN_BODY_UNWORDED, _IF_LONG = -300, -800, 0, 800, 300


def cut_learned(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut the lines whose score is high enough. `detail` names the evidence that spoke loudest.

    Whatever its score, a sentence stays unless it is worded like a leftover, and so does any line of a small page.
    The headline of a text stays: the longest line above the prose, or one that shares its words. Threads are left
    alone, whose posts look like comments, and pages without any prose.
    """
    lines = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    page = _page(document, lines, remainders(document, cuts))
    if not any(map(is_prose, document.blocks)) or all(page.dropped) or is_thread(document):
        return []
    weights = model.load()
    wording = ngrams.score(page.texts, weights.ngrams)
    rows, found = _found(weights, page, wording, thorough)
    if thorough and found.any():  # what went is evidence against its neighbours
        gone = [was or now for was, now in zip(page.dropped, found.tolist(), strict=True)]
        again, more = _found(weights, replace(page, dropped=gone), wording, thorough)
        rows, found = np.where(found[:, None], rows, again), found | more
    return [
        whole(document, lines[k], RULE, CATEGORY, _detail(weights, rows[k])) for k in np.flatnonzero(found).tolist()
    ]


def _page(document: Document, lines: list[int], rests: list[str]) -> Page:
    blocks = [document.blocks[i] for i in lines]
    return Page(
        texts=[block.text for block in blocks],
        dropped=[not rests[i].strip() for i in lines],
        kinds=[block.kind for block in blocks],
        link_shares=[block.link_share for block in blocks],
        titles=document.headlines,
    )


def _found(weights: model.Model, page: Page, wording: Ints, thorough: bool) -> tuple[Ints, Any]:
    """The evidence of each line, and whether the line goes."""
    rows = evidence([page], wording)
    score = model.scores(weights, rows, np.array([len(text) for text in page.texts]))
    dropped = np.array(page.dropped)
    worded = rows[:, _COLUMN["wording"]] >= (_WORDED_THOROUGH if thorough else _WORDED)
    least = (weights.thorough if thorough else weights.careful) + _zone(rows, worded)
    found = (score > least) & ~dropped & ~np.isin(page.kinds, _UNTOUCHED)
    small = len(page.texts) < _SMALL
    for k in np.flatnonzero(found & ~worded).tolist():
        found[k] = not small and not (ends_like_sentence(page.texts[k]) and weight(page.texts[k]) >= _SENTENCE)
    found[_series(page, found)] = False
    if not page.titles:
        found[_headlines(rows, dropped)] = False
    if not dropped.any() and found.sum() < _FEW:
        found &= score > least + weights.clean_page
    return rows, found


def _zone(rows: Ints, worded: Any) -> Ints:
    """What is asked of each line beyond the least score, by where it stands."""
    above, below = rows[:, _COLUMN["prose_above"]] > 0, rows[:, _COLUMN["prose_below"]] > 0
    in_body = np.where(worded, _IN_BODY, _IN_BODY_UNWORDED)
    zone = np.where(above & below, in_body, np.where(below, _IN_HEAD, _IN_TAIL))
    return np.where(rows[:, _COLUMN["length"]] >= _LONG, np.maximum(zone, _IF_LONG), zone).astype(np.int32)


def _headlines(rows: Ints, dropped: Any) -> list[int]:
    """Lines above the prose that may be the headline, or the line that sums up the article."""
    head = (rows[:, _COLUMN["prose_above"]] == 0) & (rows[:, _COLUMN["prose_below"]] > 0) & ~dropped
    lines = np.flatnonzero(head).tolist()
    if not lines:
        return []
    longest = max(lines, key=lambda k: int(rows[k, _COLUMN["length"]]))
    about = head & (rows[:, _COLUMN["topic"]] >= _HEADLINE_TOPIC) & (rows[:, _COLUMN["words"]] >= _HEADLINE_WORDS)
    return [longest, *np.flatnonzero(about).tolist()]


def _series(page: Page, found: Any) -> list[int]:
    """Lines that differ from others only in their digits: the time stamps of a live blog, the rows of a table."""
    lines = np.flatnonzero(found).tolist()
    forms = {k: _DIGIT.sub("0", page.texts[k]) for k in lines if _DIGIT.search(page.texts[k])}
    if not forms:
        return []
    alike = Counter(_DIGIT.sub("0", text) for text in set(page.texts))
    return [k for k, form in forms.items() if alike[form] >= _SERIES]


def _detail(weights: model.Model, row: Ints) -> str:
    return ", ".join(f"{name} {value}" for name, value in model.loudest(weights, row))
