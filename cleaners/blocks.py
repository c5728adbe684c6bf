"""trafilatura's tree -> blocks: what is a line, and of which kind."""

import re
from collections.abc import Iterator

from lxml import etree

from cleaners import markup
from cleaners.document import Block, Kind
from cleaners.prose import words_key

# The later a tag stands here, the less it says: a paragraph in a quotation is a quotation.
_KIND_OF_TAG: dict[str, Kind] = {
    "row": "table_row",
    "code": "code",
    "item": "list_item",
    "quote": "quotation",
    "head": "heading",
    "p": "paragraph",
}
# trafilatura leaves tags of HTML in place where it does not expect them, such as a table in a list.
_HTML_BLOCKS = ["article", "dd", "div", "dt", "figure", "footer", "header", "li", "main", "section", "td", "th", "tr"]
_BORDERS = frozenset([*_KIND_OF_TAG, *_HTML_BLOCKS, "ab", "body", "lb", "list", "table"])
_SENTENCE_TAGS = frozenset(["p", "head", "item", "cell"])
_LONGEST_CELL = 500  # characters; what is longer was not written as a cell of a table
_CELL_BORDER, _CELL_SEPARATOR = "\ufdd1", " | "  # the border is a noncharacter, which markup.sanitise drops
_INVISIBLE = str.maketrans("", "", "\u00ad\ufeff")  # soft hyphens would split words for every reader
_HTML_SPACE = re.compile(r"[ \t\r\n\f]+")  # not U+00A0: what an author or a plugin set apart stays apart


def blocks_of(body: etree._Element, link_shares: dict[str, float]) -> Iterator[Block]:
    """The blocks of an extracted page. `link_shares`: see markup.link_shares."""
    for text, kind in _lines(body):
        yield Block(text, kind, link_shares.get(words_key(text)))


def _lines(body: etree._Element) -> Iterator[tuple[str, Kind]]:
    """Text and kind of each line of trafilatura's tree: cut at the borders of blocks, line breaks and code lines."""
    pieces: list[str] = []
    open_tags: list[str] = []
    layout: dict[etree._Element, bool] = {}
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = _role(element, layout)
        in_cell = "row" in open_tags and tag != "row"
        if tag in _BORDERS and not in_cell:
            yield from _finished(pieces, open_tags)
            pieces = []
        elif tag in _BORDERS:  # a block inside a table cell: words must not run together
            pieces.append(" ")
        if event == "start":
            open_tags.append(tag)
            pieces.append(element.text or "")
            continue
        if tag == "cell":
            pieces.append(_CELL_BORDER)
        open_tags.pop()
        pieces.append(element.tail or "")
    yield from _finished(pieces, open_tags)


def _role(element: etree._Element, layout: dict[etree._Element, bool]) -> str:
    """The tag, and what it means: code or a quotation inside a sentence is no block, a row for layout no row.

    `layout` remembers which rows are for layout: each of their cells asks.
    """
    tag, parent = element.tag, element.getparent()
    if tag in ("code", "quote") and parent is not None and parent.tag in _SENTENCE_TAGS:
        return tag if len(element) or "\n" in (element.text or "") else "inline"
    row = element if tag == "row" else parent if tag == "cell" else None
    if row is None or row.tag != "row":
        return str(tag)
    if row not in layout:
        layout[row] = _is_layout(row)
    return "div" if layout[row] else str(tag)


def _is_layout(row: etree._Element) -> bool:
    """Whether a table row only places blocks on the page, as old sites do: one cell with blocks, or an article."""
    cells = [cell for cell in row.iterchildren("cell") if "".join(cell.itertext()).strip()]
    if len(cells) == 1 and len(cells[0]):
        return True
    return any(len("".join(cell.itertext())) > _LONGEST_CELL for cell in cells)


def _finished(pieces: list[str], open_tags: list[str]) -> Iterator[tuple[str, Kind]]:
    kind: Kind = next((kind for tag, kind in _KIND_OF_TAG.items() if tag in open_tags), "paragraph")
    text = markup.plain_spaces("".join(pieces))
    if kind == "code":
        text = "\n".join(markup.lines(text)).replace(_CELL_BORDER, " ")
        yield from ((line.rstrip(), kind) for line in text.splitlines() if line.strip())
        return
    for line in markup.lines(text):
        line = markup.unescape(_HTML_SPACE.sub(" ", line)).translate(_INVISIBLE)
        line = " ".join(line.splitlines())  # an escaped or exotic line break would split the block
        line = _CELL_SEPARATOR.join(filter(None, (cell.strip() for cell in line.split(_CELL_BORDER))))
        if line:
            yield (f"- {line}" if kind == "list_item" else line), kind
