"""The last stage: lines that no rule knows, judged by all evidence together."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cleaners.document import Cut, Document, remainders, whole
from cleaners.learned import model, ngrams
from cleaners.learned.evidence import FEATURES, Page, evidence
from cleaners.learned.shape import Ints
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.stages.kinds import is_recipe, is_thread

RULE = "learned"
REASON = "is like lines that turned out to be leftovers on other pages"
CATEGORY = "unclassified"

_COLUMN = {name: number for number, name in enumerate(FEATURES)}
_UNTOUCHED = ("code", "headline")
_FEW = 3  # lines; with fewer, and no rule's word on it, a page passes for clean
_SENTENCE = 25  # as prose.weight counts
_WORDED, _WORDED_THOROUGH = 10, 0  # wording of a line that reads like a leftover, whatever its place
_HEADLINE_WORDS, _HEADLINE_TOPIC = 19, 50  # logarithm of five words; percent of them in the text
_NAME_WORDS, _NAME_WORDED = 16, 25  # logarithm of three words; wording that no name has
_SMALL = 6  # lines; a page of fewer tells too little of its lines, but for their wording
_SERIES = 3  # lines
_LIST = 5  # lines
_NEVER = -(1 << 30)  # a score
_TOGETHER = 200_000  # characters
_DIGIT = re.compile(r"\d")
_LONG = 48  # logarithm of 63 letters
# How much more a line needs than `careful` or `thorough` says: little where leftovers are, much in the body.
_IN_HEAD, _IN_TAIL, _IN_BODY, _IN_BODY_UNWORDED, _IF_LONG, _IF_NAME = -300, -800, 0, 800, 300, 1200


def cut_learned(
    documents: Sequence[Document], cuts: Sequence[Sequence[Cut]], thorough: bool = False
) -> list[list[Cut]]:
    """Cut the lines whose score is high enough: of each document as if it were alone; many at once cost less.

    Whatever its score, a sentence stays unless it is worded like a leftover, and so does any line of a small page; a
    line without a letter stays unless it is beside a dropped one; in a list in the body, one whose neighbours stay.
    The headline of a text stays: the longest line above the prose, or one that shares its words. Threads, whose posts
    look like comments, are left alone, and so are recipes and pages without any prose. `detail` names what spoke
    loudest.
    """
    found: list[list[Cut]] = [[] for _ in documents]
    pages = {n: page for n, page in enumerate(map(_page, documents, cuts)) if page}
    for pile in _piles(pages):
        for n, lines in _judged(pile, thorough).items():
            found[n] = _cuts(documents[n], lines)
    return found


def _piles(pages: dict[int, Page]) -> Iterator[dict[int, Page]]:
    """Pages of so much text together that memory stays small."""
    pile: dict[int, Page] = {}
    size = 0
    for n, page in pages.items():
        own = sum(map(len, page.texts))
        if pile and size + own > _TOGETHER:
            yield pile
            pile, size = {}, 0
        pile[n] = page
        size += own
    if pile:
        yield pile


def _judged(pages: dict[int, Page], thorough: bool) -> dict[int, dict[int, Ints]]:
    """The lines that go, with their evidence."""
    weights = model.load()
    wordings = _parted(ngrams.score([text for page in pages.values() for text in page.texts], weights.ngrams), pages)
    taken = _taken(weights, pages, wordings, thorough)
    if thorough:  # what went is evidence against its neighbours
        again = {n: replace(pages[n], dropped=_without(pages[n].dropped, lines)) for n, lines in taken.items()}
        for n, lines in _taken(weights, again, wordings, thorough).items():
            taken[n] |= lines
    return taken


def _cuts(document: Document, lines: dict[int, Ints]) -> list[Cut]:
    """`lines`: number of each among the lines that are not blank, and its evidence."""
    numbers = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    order = sorted(lines)
    told = model.loudest(model.load(), np.array([lines[k] for k in order]))
    details = (", ".join(f"{name} {value}" for name, value in pieces) for pieces in told)
    return [whole(document, numbers[k], RULE, CATEGORY, detail) for k, detail in zip(order, details, strict=True)]


def _page(document: Document, cuts: Sequence[Cut]) -> Page | None:
    """The lines of a document, or None where none of them can go."""
    rests = remainders(document, cuts)
    lines = [
        (block, not rest.strip()) for block, rest in zip(document.blocks, rests, strict=True) if block.text.strip()
    ]
    if (
        document.judged
        or not any(map(is_prose, document.blocks))
        or all(gone for _, gone in lines)
        or is_thread(document)
        or is_recipe(document)
    ):
        return None
    return Page(
        texts=[block.text for block, _ in lines],
        dropped=[gone for _, gone in lines],
        kinds=[block.kind for block, _ in lines],
        link_shares=[block.link_share for block, _ in lines],
        titles=document.headlines,
    )


def _parted(column: Ints, pages: dict[int, Page]) -> dict[int, Ints]:
    """A column of all pages' lines, page by page."""
    stops = np.cumsum([len(page.texts) for page in pages.values()])
    return dict(zip(pages, np.split(column, stops[:-1]), strict=True))


def _without(dropped: Sequence[bool], lines: Collection[int]) -> list[bool]:
    return [was or k in lines for k, was in enumerate(dropped)]


def _taken(
    weights: model.Model, pages: dict[int, Page], wordings: dict[int, Ints], thorough: bool
) -> dict[int, dict[int, Ints]]:
    """The lines that go, with their evidence, of the pages from which any goes."""
    asked = {n: _asked(page, wordings[n], thorough) for n, page in pages.items()}
    pages = {n: page for n, page in pages.items() if any(asked[n])}
    if not pages:
        return {}
    flags = np.concatenate([asked[n] for n in pages])
    rows = evidence(list(pages.values()), np.concatenate([wordings[n] for n in pages]), flags)
    sizes = np.array([len(text) for page in pages.values() for text in page.texts])
    score = np.full(len(rows), _NEVER, dtype=np.int32)
    score[flags] = model.scores(weights, rows[flags], sizes[flags])
    score -= (weights.thorough if thorough else weights.careful) + _zone(rows, thorough)
    above, rows_of = _parted(score, pages), _parted(rows, pages)
    found = {}
    for n, page in pages.items():
        if lines := _of_page(page, above[n], rows_of[n], weights.clean_page, thorough):
            found[n] = {k: rows_of[n][k] for k in lines}
    return found


def _asked(page: Page, wording: Ints, thorough: bool) -> list[bool]:
    """Lines that may go: what is dropped is not asked again, what stays whatever its score need not be."""
    worded = (wording >= _least_wording(thorough)).tolist()
    small = len(page.texts) < _SMALL
    beside = [False, *page.dropped[:-1]], [*page.dropped[1:], False]
    return [
        not gone
        and kind not in _UNTOUCHED
        and (is_worded or not (small or _is_sentence(text)))
        and (gone_above or gone_below or any(map(str.isalpha, text)))
        for text, kind, gone, is_worded, gone_above, gone_below in zip(
            page.texts, page.kinds, page.dropped, worded, *beside, strict=True
        )
    ]


def _least_wording(thorough: bool) -> int:
    return _WORDED_THOROUGH if thorough else _WORDED


def _is_sentence(text: str) -> bool:
    return ends_like_sentence(text) and weight(text) >= _SENTENCE


def _of_page(page: Page, above: Ints, rows: Ints, clean_page: int, thorough: bool) -> list[int]:
    """The lines of a page that go. `above`: by how much each score is above what is asked for."""
    lines = np.flatnonzero(above > 0).tolist()
    stay = {*_series(page, lines), *([] if thorough else _lonely(page, lines, rows))}
    if lines and not page.titles:
        stay.update(_headlines(rows, np.array(page.dropped)))
    lines = [k for k in lines if k not in stay]
    if len(lines) < _FEW and not any(page.dropped):
        lines = [k for k in lines if above[k] > clean_page]
    return lines


def _zone(rows: Ints, thorough: bool) -> Ints:
    """What is asked of each line beyond the least score, by where it stands."""
    worded = rows[:, _COLUMN["wording"]] >= _least_wording(thorough)
    above, below = rows[:, _COLUMN["prose_above"]] > 0, rows[:, _COLUMN["prose_below"]] > 0
    # Behind the last paragraph there may be more of the article, up to the first leftover.
    unseen = rows[:, _COLUMN["to_dropped_above"]] > rows[:, _COLUMN["to_prose_above"]]
    # Between paragraphs a few capitalised words may be whose letter it was, or who speaks.
    name = (rows[:, _COLUMN["capitalised"]] == 100) & (rows[:, _COLUMN["words"]] <= _NAME_WORDS)
    name &= (rows[:, _COLUMN["wording"]] < _NAME_WORDED) & (not thorough)
    in_body = np.where(worded, _IN_BODY, _IN_BODY_UNWORDED)
    in_tail = np.where(unseen & (not thorough), _IN_BODY, _IN_TAIL)
    zone = np.where(above & below, in_body, np.where(below, _IN_HEAD, in_tail))
    zone = np.where(name & above & (below | unseen), _IF_NAME, zone)
    return np.where(rows[:, _COLUMN["length"]] >= _LONG, np.maximum(zone, _IF_LONG), zone).astype(np.int32)


def _headlines(rows: Ints, dropped: Any) -> list[int]:
    """Lines above the prose that may be the headline, or the line that sums up the article."""
    head = (rows[:, _COLUMN["behind_first_prose"]] < 0) & ~dropped
    lines = np.flatnonzero(head).tolist()
    if not lines:
        return []
    longest = max(lines, key=lambda k: int(rows[k, _COLUMN["length"]]))
    about = head & (rows[:, _COLUMN["topic"]] >= _HEADLINE_TOPIC) & (rows[:, _COLUMN["words"]] >= _HEADLINE_WORDS)
    return [longest, *np.flatnonzero(about).tolist()]


def _lonely(page: Page, lines: Sequence[int], rows: Ints) -> list[int]:
    """Lines in a long run of short ones in the body, with lines that stay on both sides: part of a list."""
    going = {k for k, gone in enumerate(page.dropped) if gone} | {*lines}
    in_body = (rows[:, _COLUMN["prose_above"]] > 0) & (rows[:, _COLUMN["prose_below"]] > 0)
    in_list = in_body & (rows[:, _COLUMN["run_length"]] >= _LIST)
    return [k for k in lines if in_list[k] and not {k - 1, k + 1} & going]


def _series(page: Page, lines: Sequence[int]) -> list[int]:
    """Lines that differ from others only in their digits: the time stamps of a live blog, the rows of a table."""
    forms = {k: _DIGIT.sub("0", page.texts[k]) for k in lines if _DIGIT.search(page.texts[k])}
    if not forms:
        return []
    alike = Counter(_DIGIT.sub("0", text) for text in set(page.texts))
    return [k for k, form in forms.items() if alike[form] >= _SERIES]
