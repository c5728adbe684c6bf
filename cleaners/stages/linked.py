"""Lines that are nothing but links, as only HTML tells: menus above the text, lists of other articles below it."""

from collections.abc import Iterator, Sequence

from cleaners.document import Block, Cut, Document, kept, whole
from cleaners.prose import is_prose, weight
from cleaners.stages.kinds import is_thread

RULE = "linked-lines"
REASON = "is nothing but a link, in a run of such lines outside the text"

_WHOLLY = 0.9  # share of a line's characters inside links
_LEAST_RUN = 2
_LONGEST = 250  # as prose.weight counts
_LARGEST_SHARE = 0.4  # of all blocks: a page with more of them is a list of links
_LEAST_BEFORE = 300  # characters of the text above a tail


def cut_linked(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut runs of wholly linked lines above the first and below the last paragraph, not under a heading."""
    blocks = document.blocks
    linked = {i for i, block in enumerate(blocks) if _is_linked(block)}
    remaining = kept(document, cuts)
    prose = [i for i in remaining if is_prose(blocks[i]) and i not in linked]
    if not prose or not linked or len(linked) > _LARGEST_SHARE * len(blocks):
        return []
    enough = sum(len(blocks[i].text) for i in range(prose[-1] + 1)) >= _LEAST_BEFORE
    found = []
    for run in _runs(remaining, linked):
        in_tail = run[0] > prose[-1] and enough and _follows_prose(document, set(remaining), run[0])
        if (in_tail or run[-1] < prose[0]) and len(run) >= (1 if thorough and in_tail else _LEAST_RUN):
            category = "related-list" if in_tail else "nav-menu"
            found += [whole(document, i, RULE, category, "wholly linked, as its neighbours are") for i in run]
    return [] if found and is_thread(document) else found


def _is_linked(block: Block) -> bool:
    if block.link_share is None or block.link_share < _WHOLLY:
        return False
    return block.kind not in ("code", "table_row", "headline", "quotation") and weight(block.text) <= _LONGEST


def _runs(remaining: list[int], linked: set[int]) -> Iterator[list[int]]:
    """Runs of linked lines; dropped lines between them do not part them."""
    run: list[int] = []
    for i in remaining:
        if i in linked:
            run.append(i)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _follows_prose(document: Document, open_lines: set[int], first: int) -> bool:
    """Whether a run stands directly below prose or a dropped line: below a heading it may be the article's own."""
    above = document.blocks[first - 1]
    return first - 1 not in open_lines or (is_prose(above) and not above.text.rstrip().endswith((":", "：")))
