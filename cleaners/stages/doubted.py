"""Blocks that were taken for the text at first, but are not, by all that the page tells of them."""

from collections.abc import Sequence

from cleaners.document import Cut, Document, kept, whole

RULE = "boilerplate"
REASON = "is no part of the text, by its place, links and neighbours on the page"
CATEGORY = "unclassified"


def cut_doubted(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut the blocks that the block model rejects. `detail` names what spoke loudest against each."""
    blocks = document.blocks
    return [
        whole(document, i, RULE, CATEGORY, blocks[i].doubt or "")
        for i in kept(document, cuts)
        if blocks[i].doubt is not None
    ]
