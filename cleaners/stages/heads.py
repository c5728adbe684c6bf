"""What stands above the headline: breadcrumbs, menus, the strip of place, weather and sections of a site's header."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cleaners.document import Block, Cut, Document, kept, whole
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.stages.kinds import is_recipe, looks_like_code

RULE = "head-line"
REASON = "belongs to the site's header above the text: a breadcrumb, a menu, a run of section names"

_LONGEST_ENTRY = 25  # as prose.weight counts: a section's name
_LONGEST_TRAIL = 80  # what a breadcrumb has in front of the headline
_LEAST_HEADLINE = 15
_LEAST_SEGMENTS = 4
_LEAST_CODE = 2  # lines above the first paragraph: a manual, which begins with a listing
_LEAST_RUN, _LEAST_RUN_THOROUGH = 4, 3
_SEPARATOR = re.compile(r"\s*[|•·›»>]\s*|\s/\s|\u3000+|\s{2,}")
_NO_ENTRY = re.compile(r"\d|[,;:、，]\s*$")


def cut_head(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut header lines above the first paragraph of prose. What may be the headline or a standfirst stays.

    A document without prose has no head: it may be a poem or a table.
    """
    remaining = kept(document, cuts)
    first = next((i for i in remaining if is_prose(document.blocks[i])), None)
    if first is None or first == remaining[0]:
        return []
    head = [i for i in remaining if i < first and document.blocks[i].kind not in ("code", "headline", "table_row")]
    if sum(looks_like_code(document.blocks[i].text) for i in head) >= _LEAST_CODE:
        return []
    found = dict.fromkeys(_trails(document, head), "a breadcrumb that ends in the headline")
    found |= {i: "a menu" for i in head if i not in found and _is_menu(document.blocks[i])}
    found |= {i: "stands there twice" for i in _twins(document, head) if i not in found}
    rest = [i for i in head if i not in found]
    dropped = {cut.block for cut in cuts} - set(remaining) | found.keys()
    for run in _runs(document, rest, first):
        beside_dropped = any(i - 1 in dropped or i + 1 in dropped for i in run)
        least = _LEAST_RUN_THOROUGH if thorough else _LEAST_RUN
        if len(run) >= least and beside_dropped:
            found |= dict.fromkeys(run, "a run of short lines beside a dropped one")
    if found and is_recipe(document):
        return []
    return [whole(document, i, RULE, "nav-menu", found[i]) for i in sorted(found)]


def _trails(document: Document, head: list[int]) -> Iterator[int]:
    """Lines that end with a later line of the head: "Home / Sport / The headline"."""
    texts = [document.blocks[i].text.strip() for i in head]
    last_at = {text: number for number, text in enumerate(texts)}
    for number, text in enumerate(texts):
        longest = min(_LONGEST_TRAIL, len(text) - _LEAST_HEADLINE)
        if any(last_at.get(text[trail:], -1) > number for trail in range(1, longest + 1)):
            yield head[number]


def _is_menu(block: Block) -> bool:
    """Many short names with separators between them."""
    text = block.text.strip()
    if text.startswith("|") or ends_like_sentence(text) or looks_like_code(text):
        return False
    segments = [segment for segment in _SEPARATOR.split(text) if segment]
    return len(segments) >= _LEAST_SEGMENTS and all(
        weight(segment) <= _LONGEST_ENTRY and not _NO_ENTRY.search(segment) for segment in segments
    )


def _twins(document: Document, head: list[int]) -> list[int]:
    """Short lines printed twice, one below the other, above a longer one that may be the headline."""
    texts = [document.blocks[i].text.strip() for i in head]
    found = set()
    for k, (text, below) in enumerate(pairwise(texts)):
        is_entry = weight(text) <= _LONGEST_ENTRY and not looks_like_code(text)
        if text == below and is_entry and any(len(t) > len(text) for t in texts[k + 2 :]):
            found |= {head[k], head[k + 1]}
    return sorted(found)


def _runs(document: Document, head: list[int], first: int) -> Iterator[list[int]]:
    """Runs of lines that may be entries of a menu, without the line that may be the headline."""
    longest = max(head, key=lambda i: weight(document.blocks[i].text), default=None)
    run: list[int] = []
    for i in [*head, first]:
        text = document.blocks[i].text.strip()
        is_entry = weight(text) <= _LONGEST_ENTRY and not _NO_ENTRY.search(text) and not ends_like_sentence(text)
        if i != first and is_entry and (i != longest or document.headlines):
            run.append(i)
        elif run:
            yield run
            run = []
