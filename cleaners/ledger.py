"""The ledger: cuts -> the text that stays and the spans that went, from which the page can be rebuilt."""

from collections.abc import Iterable, Sequence

from cleaners.document import Cut, Document, Removal, remainders


def added(found: Iterable[Cut], earlier: Iterable[Cut]) -> list[Cut]:
    """What of new cuts neither earlier ones nor each other have taken."""
    by_block: dict[int, list[Cut]] = {}
    for cut in earlier:
        by_block.setdefault(cut.block, []).append(cut)
    new = []
    for cut in found:
        others = by_block.setdefault(cut.block, [])
        rest = uncovered(cut, others)
        others += rest
        new += rest
    return new


def uncovered(cut: Cut, earlier: Sequence[Cut]) -> list[Cut]:
    """What of a cut no earlier cut of the same block has taken: one removal, one reason.

    >>> [(c.start, c.end) for c in uncovered(Cut(0, 0, 9, "b", "x"), [Cut(0, 2, 4, "a", "x")])]
    [(0, 2), (4, 9)]
    """
    spans = [(cut.start, cut.end)]
    for other in earlier:
        if other.block == cut.block:
            spans = [
                (start, end)
                for left, right in spans
                for start, end in ((left, min(right, other.start)), (max(left, other.end), right))
                if start < end
            ]
    return [Cut(cut.block, start, end, cut.rule, cut.category, cut.detail) for start, end in spans]


def split(document: Document, cuts: Sequence[Cut]) -> tuple[str, tuple[Removal, ...]]:
    """The cleaned text, and the removals with their offsets in the extracted text, in order.

    The line breaks (and blank lines) behind a removed block go with it; those before it where nothing that
    stays follows.

    >>> from cleaners.document import Block, whole
    >>> page = Document((Block("A."), Block("Share"), Block("B.")))
    >>> split(page, [whole(page, 1, "share", "share-buttons")])
    ('A.\\nB.', (Removal(start=3, end=9, rule='share', category='share-buttons', detail='', text='Share\\n'),))
    """
    text = document.text
    spans = _spans(document, cuts)
    stays, position = [], 0
    for start, end, _ in spans:
        stays.append(text[position:start])
        position = end
    stays.append(text[position:])
    removals = tuple(
        Removal(start, end, cut.rule, cut.category, cut.detail, text[start:end]) for start, end, cut in spans
    )
    return "".join(stays), removals


def rebuild(text: str, removed: Sequence[Removal]) -> str:
    """The extracted text: the reverse of `split`.

    >>> rebuild("A.\\nB.", [Removal(3, 9, "share", "share-buttons", "", "Share\\n")])
    'A.\\nShare\\nB.'
    """
    pieces, length, position = [], 0, 0
    for removal in removed:
        stay = text[position : position + removal.start - length]
        pieces += [stay, removal.text]
        position += len(stay)
        length = removal.end
    return "".join([*pieces, text[position:]])


def _spans(document: Document, cuts: Sequence[Cut]) -> list[tuple[int, int, Cut]]:
    starts = _starts(document)
    length = len(document.text)
    rests = remainders(document, cuts)
    lines = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    last_kept = max((i for i in lines if rests[i].strip()), default=-1)
    of_block: dict[int, list[Cut]] = {}
    for cut in sorted(cuts, key=lambda cut: cut.start):
        of_block.setdefault(cut.block, []).append(cut)
    spans = []
    for number, i in enumerate(lines):
        own = [(starts[i] + cut.start, starts[i] + cut.end, cut) for cut in of_block.get(i, ())]
        if own and not rests[i].strip():
            before = starts[lines[number - 1]] + len(document.blocks[lines[number - 1]].text) if number else 0
            behind = starts[lines[number + 1]] if number + 1 < len(lines) else length
            end = starts[i] + len(document.blocks[i].text)
            own = _closed(own, starts[i], end)
            if i < last_kept:
                own[-1] = (own[-1][0], behind, own[-1][2])
            else:
                own[0] = (before, own[0][1], own[0][2])
                if number + 1 == len(lines):
                    own[-1] = (own[-1][0], behind, own[-1][2])
        spans += own
    return spans


def _closed(own: list[tuple[int, int, Cut]], start: int, end: int) -> list[tuple[int, int, Cut]]:
    """Cuts of a block of which nothing but white space stays: stretched until they cover it."""
    ends = [following[0] for following in own[1:]] + [end]
    return [(start if k == 0 else left, ends[k], cut) for k, (left, _, cut) in enumerate(own)]


def _starts(document: Document) -> list[int]:
    starts, position = [], 0
    for block in document.blocks:
        starts.append(position)
        position += len(block.text) + 1
    return starts
