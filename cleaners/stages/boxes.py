"""The prose of boxes: what stands beside a dropped prompt and speaks of the same thing goes with it.

"You can unsubscribe at any time" below a dropped "Sign up for our newsletter"; the rules of the comment area above a
dropped "Leave a reply".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cleaners.document import Cut, Document, kept, whole
from cleaners.learned.vocabulary import box_words
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.stages.kinds import is_thread

RULE = "box-text"
REASON = "speaks of the same as the dropped prompt beside it, such as the rules for comments or a newsletter"

_LONGEST = 1_000  # as prose.weight counts; no box says more in one paragraph
_SHORT, _LONG = 60, 350
_NO_WORD = re.compile(r"[\W_]+")
_COMMENTS = ("comment-prompt", "comment-policy")
_COMMENTS_REACH = 3  # lines below a comment heading
_SPEECH = re.compile(r"[\"“”„«»「]")
_STAYS = ("code", "headline", "heading", "table_row")


@dataclass(frozen=True, eq=False, slots=True)
class Box:
    """One kind of box: the classes of prompts that it goes with, and what it speaks of."""

    name: str
    beside: frozenset[str]
    category: str
    signs: tuple[tuple[str, ...], ...]


def cut_boxes(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut paragraphs beside a dropped prompt that speak to the reader of its subject; each may be the next's prompt.

    Below the last paragraph of the article any dropped line will do, if the signs are more.
    """
    if not cuts:
        return []
    lines = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    open_lines = set(kept(document, cuts))
    dropped = {cut.block: cut.category for cut in cuts if cut.block not in open_lines}
    found: dict[int, Cut] = {}
    for order, downwards in ((lines, True), (lines[::-1], False)):
        in_tail = not downwards
        prompt, distance = "", 0
        for i in order:
            block = document.blocks[i]
            distance += 1
            reach = _COMMENTS_REACH if downwards and prompt in _COMMENTS else 1
            if i not in dropped and prompt and distance <= reach and block.kind not in _STAYS:
                hit = _box_of(block.text, prompt, downwards, in_tail, thorough)
                if hit and not _is_subject(document, hit[0], open_lines, i):
                    box, signs = hit
                    found[i] = whole(document, i, RULE, box.category, f"{box.name} box: {', '.join(signs)}")
                    dropped[i] = box.category
                    open_lines.discard(i)
            in_tail = in_tail and (i in dropped or not is_prose(block))
            if i in dropped:
                prompt, distance = dropped[i], 0
    return [] if found and is_thread(document) else [found[i] for i in sorted(found)]


@lru_cache(maxsize=256)  # the stage runs twice a page
def _box_of(
    text: str, prompt: str, downwards: bool, in_tail: bool, thorough: bool
) -> tuple[Box, tuple[str, ...]] | None:
    """The box whose signs a line shows in sufficient number, beside a dropped line of the class `prompt`.

    Above a prompt the article's last paragraph may stand, so more is asked for there than below one.
    """
    size = weight(text)
    if size > _LONGEST:
        return None
    words = _words(text)
    is_sentence = size > _SHORT or ends_like_sentence(text)
    addresses = any(stem in words for stem in _address())
    for box in _boxes():
        if prompt in box.beside:
            needed = (1 if size <= _SHORT else 2) + (size > _LONG)
            spoken_to = addresses or not is_sentence or (downwards and box.name == "comments")
        else:
            needed = (2 if thorough else 3) + (size > _LONG)
            spoken_to = in_tail and addresses and size > _SHORT and not _SPEECH.search(text)
        if spoken_to and len(signs := _signs(words, box)) >= needed:
            return box, signs
    return None


def _words(text: str) -> str:
    return f" {_NO_WORD.sub(' ', text.lower())} "


def _signs(words: str, box: Box) -> tuple[str, ...]:
    found = (next((stem for stem in sign if stem in words), None) for sign in box.signs)
    return tuple(stem.strip() for stem in found if stem)


def _is_subject(document: Document, box: Box, open_lines: set[int], i: int) -> bool:
    """Whether the article itself speaks of these things: then a paragraph on them may be its own."""
    others = (document.blocks[k].text[:_LONGEST] for k in open_lines if abs(k - i) > 2)
    return sum(len(_signs(_words(text), box)) >= 2 for text in others) >= 2


@cache
def _address() -> tuple[str, ...]:
    return _stems(box_words()["address"])


@cache
def _boxes() -> tuple[Box, ...]:
    return tuple(
        Box(name, frozenset(table["beside"]), table["category"], tuple(map(_stems, table["signs"].values())))
        for name, table in box_words().items()
        if name != "address"
    )


def _stems(listed: str) -> tuple[str, ...]:
    return tuple(stem.strip("\n").replace("_", " ") for stem in listed.split(","))
