"""Inline promotion on two lines: a label such as "Read also:", and below it the title of another article."""

from collections.abc import Sequence

from cleaners.document import Block, Cut, Document, kept, whole
from cleaners.prose import count_words, ends_like_sentence, is_prose, weight
from cleaners.stages.teasers import points_forward

RULE = "inline-title"
REASON = "is the title of another article, below a dropped label"

_CATEGORY = "related-inline"
_LONGEST_LABEL = 40  # code points; a longer line holds its title itself
_LONGEST_TITLE = 160  # as prose.weight counts
_LEAST_WORDS, _LEAST_WEIGHT = 7, 40  # a subhead is shorter
_LEAST_WEIGHT_THOROUGH = 28
_WHOLLY_LINKED = 0.9


def cut_promos(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut the title that stands alone between a dropped label and a paragraph, or whatever else follows."""
    if not any(cut.category == _CATEGORY for cut in cuts):
        return []
    blocks = document.blocks
    open_lines = set(kept(document, cuts))
    labels = {
        cut.block
        for cut in cuts
        if cut.category == _CATEGORY and cut.block not in open_lines and _is_label(blocks[cut.block].text.strip())
    }
    if not labels:
        return []
    lines = [i for i, block in enumerate(blocks) if block.text.strip()]
    found = []
    for label, i, behind in zip(lines, lines[1:], [*lines[2:], None], strict=False):
        follows = behind is None or behind not in open_lines or is_prose(blocks[behind])
        if label in labels and i in open_lines and follows and _is_title(blocks[i], thorough):
            found.append(whole(document, i, RULE, _CATEGORY, f"below {blocks[label].text.strip()!r}"))
    return found


def _is_label(text: str) -> bool:
    """A label alone: what holds a title of its own behind a colon is none."""
    return len(text) <= _LONGEST_LABEL and ":" not in text[:-1] and points_forward(text)


def _is_title(block: Block, thorough: bool) -> bool:
    if is_prose(block) or block.kind in ("code", "quotation", "table_row", "headline"):
        return False
    if weight(block.text) > _LONGEST_TITLE or ends_like_sentence(block.text.rstrip("?!…")):
        return False
    if block.link_share is not None:
        return block.link_share >= _WHOLLY_LINKED
    words, size = count_words(block.text), weight(block.text)
    return (words >= _LEAST_WORDS and size >= _LEAST_WEIGHT) or (thorough and size >= _LEAST_WEIGHT_THOROUGH)
