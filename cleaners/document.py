"""The types that flow through the stages: Block, Document, Cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

#: What a block can be. `line` is a line of already-extracted text, of which no page tells more; `headline` is
#: the title that --headline puts in front, which no rule touches.
Kind = Literal["headline", "heading", "paragraph", "list_item", "quotation", "code", "table_row", "line"]

_LEAST_BEFORE = 300  # characters that stand before a page's end, if it has a beginning


#: Ways to find the text: "best" asks trafilatura too, "fast" does without.
Profile = Literal["best", "fast"]
PROFILES: tuple[Profile, ...] = get_args(Profile)


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, table row, quotation, or line of code: text without a line break."""

    text: str
    kind: Kind = "line"
    link_share: float | None = None  # share of the characters that stand inside links; None: not from HTML
    doubt: str | None = None  # evidence that the block is no part of the text, where the block model says so


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A block that extraction left out, in front of block `before` of the document, with its evidence."""

    before: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A page after extraction. Its extracted text is the blocks' texts, joined by line breaks.

    Blank lines of already-extracted text are blocks with empty text, so that nothing is lost.
    """

    blocks: tuple[Block, ...]
    url: str | None = None
    title: str | None = None
    headlines: tuple[str, ...] = ()  # the title, and the <h1> where the page words it otherwise
    author: str | None = None
    date_published: str | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    page_kind: str | None = None
    declared_language: str | None = None
    from_html: bool = False
    judged: bool = False  # by the block model
    left_out: tuple[LeftOut, ...] = ()  # only where it was asked for
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Cut:
    """A removed span of one block. `start` and `end` count code points of the original block."""

    block: int
    start: int
    end: int
    rule: str
    category: str
    detail: str = ""


class Removal(NamedTuple):
    """A removed span of the extracted text: a cut with the line breaks that went with it."""

    start: int
    end: int
    rule: str
    category: str
    detail: str
    text: str


def whole(document: Document, block: int, rule: str, category: str, detail: str = "") -> Cut:
    """The cut that takes all of a block."""
    return Cut(block, 0, len(document.blocks[block].text), rule, category, detail)


def kept(document: Document, cuts: Iterable[Cut]) -> list[int]:
    """Indices of the blocks that still hold text after the cuts, in order. Blank lines are not among them.

    >>> page = Document((Block("A"), Block(""), Block("B")))
    >>> kept(page, [whole(page, 0, "some-rule", "nav-menu")])
    [2]
    """
    return [i for i, rest in enumerate(remainders(document, cuts)) if rest and not rest.isspace()]


def first_behind(blocks: Sequence[Block], share: float) -> int:
    """Position of the first block that stands behind this share of the text, and not too near its beginning.

    The number of blocks where there is none.

    >>> first_behind([Block("a" * 400), Block("b" * 100), Block("c" * 300)], 0.6)
    2
    """
    total, before = sum(len(block.text) for block in blocks), 0
    for position, block in enumerate(blocks):
        if before >= _LEAST_BEFORE and before >= share * total:
            return position
        before += len(block.text)
    return len(blocks)


def remainders(document: Document, cuts: Iterable[Cut]) -> list[str]:
    """What is left of each block's text after the cuts."""
    rests = [block.text for block in document.blocks]
    for cut in sorted(cuts, key=lambda cut: (cut.block, cut.start), reverse=True):
        rests[cut.block] = rests[cut.block][: cut.start] + rests[cut.block][cut.end :]
    return rests
