"""A page's tree -> its blocks, in order, and the elements that hold them: all text that the page shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from cleaners import markup
from cleaners.document import Kind
from cleaners.dom_groups import UNSEEN, look

#: Elements that end a line, before and after. Every other one stands inside a line.
BLOCK_TAGS = (
    *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details", "dialog"),
    *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "noscript", "ol", "p", "pre"),
    *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
)
TAG_CODES = {tag: code for code, tag in enumerate(BLOCK_TAGS)}
_SILENT = frozenset(
    [
        *("head", "script", "style", "template", "iframe", "object", "embed", "svg", "audio", "video", "canvas"),
        *("select", "option", "datalist", "textarea", "map", "source", "track", "frameset", "noframes"),
    ]
)
_KIND_OF_TAG: dict[str, Kind] = {"pre": "quotation", "li": "list_item", "blockquote": "quotation"}
_KIND_OF_TAG |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading")
_ANEW = frozenset(["div", "section", "article", "td", "th", "ul", "ol", "table", "dl", "aside", "main", "form"])
_UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LONGEST_NAMES = 300  # characters of an element's names that are looked at
_HTML_SPACE = re.compile(r"[ \t\r\n\f]+")  # not U+00A0: what an author or a plugin set apart stays apart
_INVISIBLE = re.compile("[\u00ad\ufeff]+")  # soft hyphens would split words for every reader
_LONGEST_CELL = 500  # characters; what is longer was not written as a cell of a table
_LONGEST_ROW = 120  # the same of a row with several lines in a cell
_CELL_SEPARATOR = " | "


@dataclass(slots=True)
class Blocks:
    """The blocks of a page and the elements that hold them, column by column, both in the order of the page."""

    texts: list[str] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)  # characters inside links, without spaces
    links: list[int] = field(default_factory=list)
    element: list[int] = field(default_factory=list)  # the innermost one around the block that ends lines
    # of each element:
    parent: list[int] = field(default_factory=list)  # -1 of the first
    tag: list[int] = field(default_factory=list)  # its place in BLOCK_TAGS
    own: list[int] = field(default_factory=list)  # bits of GROUPS that it belongs to
    groups: list[int] = field(default_factory=list)  # and those of all elements around it
    looks: list[int] = field(default_factory=list)  # elements of the same tag and names have the same number
    first: list[int] = field(default_factory=list)  # its first block
    stop: list[int] = field(default_factory=list)  # its last block, but one
    buckets: list[tuple[int, ...]] = field(default_factory=list)  # of each look: see dom_groups.look


def read(tree: etree._Element) -> Blocks:
    """The blocks of a page. A row of a table is one block, unless the table only places blocks on the page.

    >>> page = "<ul><li>One <a href=/>two</a><li>Three</ul><table><tr><td>Four<td>5</table>"
    >>> read(etree.HTML(page)).texts
    ['One two', 'Three', 'Four | 5']
    """
    walk = _Walk()
    walk.enter(tree, "html")
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag: str = element.tag
        if event == "start":
            if tag in _SILENT:
                walker.skip_subtree()
                continue
            if tag in TAG_CODES:
                if walk.pieces:
                    walk.flush()
                walk.links = 0
                walk.enter(element, tag)
            elif tag == "a":
                walk.open_links += 1
                walk.links += 1
            elif tag == "br":
                walk.flush()
            run = element.text
        else:
            if tag in TAG_CODES:
                if walk.pieces:
                    walk.flush()
                walk.links = 0
                walk.leave(tag)
            elif tag == "a":
                walk.open_links -= 1
            run = element.tail
        if run and (walk.pieces or not run.isspace()):
            walk.pieces.append(run)
            if walk.open_links:
                walk.linked += len("".join(run.split()))
    walk.flush()
    walk.leave("html")
    return walk.found


class _Walk:
    """How far a page is read: the line that is being put together, and the elements that are open."""

    def __init__(self) -> None:
        self.found = Blocks()
        self.pieces: list[str] = []
        self.linked = self.links = self.open_links = self.preformatted = 0
        self.open: list[int] = []
        self.kinds: list[Kind] = []
        self.cells: list[list[int]] = []  # of each open row, the blocks at which its cells begin
        self.looks: dict[tuple[str, str], tuple[int, int]] = {}  # number and groups, by tag and names

    def enter(self, element: etree._Element, tag: str) -> None:
        found, get = self.found, element.get
        parent = self.open[-1] if self.open else -1
        names = get("class") or ""
        for more in (get("id"), get("role"), get("itemprop")):
            if more:
                names = f"{names} {more}"
        key = tag, names[:_LONGEST_NAMES]
        if (known := self.looks.get(key)) is None:
            groups, buckets = look(*key)
            known = self.looks[key] = len(found.buckets), groups
            found.buckets.append(buckets)
        number, groups = known
        style = get("style")
        if (style and _UNSEEN_STYLE.search(style)) or get("hidden") is not None:
            groups |= UNSEEN
        self.open.append(len(found.parent))
        found.parent.append(parent)
        found.tag.append(TAG_CODES[tag])
        found.own.append(groups)
        found.groups.append(groups | found.groups[parent] if parent >= 0 else groups)
        found.looks.append(number)
        found.first.append(len(found.texts))
        found.stop.append(0)
        around: Kind = self.kinds[-1] if self.kinds else "paragraph"
        own: Kind = _KIND_OF_TAG.get(tag, "paragraph" if tag in _ANEW else around)
        if tag == "pre":
            self.preformatted += 1
            own = "code" if next(element.iter("code", "samp", "kbd"), None) is not None else own
        self.kinds.append("code" if around == "code" else own)
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th") and self.cells:
            self.cells[-1].append(len(found.texts))

    def leave(self, tag: str) -> None:
        element = self.open.pop()
        self.kinds.pop()
        self.preformatted -= tag == "pre"
        if tag == "tr":
            self.join_row(element, self.cells.pop())
        self.found.stop[element] = len(self.found.texts)

    def join_row(self, element: int, cells: list[int]) -> None:
        """Make one block of a row, unless its cells hold texts, or so many blocks that they are boxes of a page."""
        found, first = self.found, self.found.first[element]
        if len(found.texts) - first < 2 or not cells:
            return
        edges = zip([first, *cells], [*cells, len(found.texts)], strict=True)  # text may stand in front of the cells
        held = [" ".join(found.texts[start:stop]) for start, stop in edges]
        filled = sum(map(bool, held))
        several = len(found.texts) - first > filled
        if filled < 2 or max(map(len, held)) > _LONGEST_CELL or (several and sum(map(len, held)) > _LONGEST_ROW):
            return
        text, linked, links = (
            _CELL_SEPARATOR.join(filter(None, held)),
            sum(found.linked[first:]),
            sum(found.links[first:]),
        )
        for column in (found.texts, found.kinds, found.linked, found.links, found.element):
            del column[first:]
        self.add(text, "table_row", linked, links, element)
        for below in range(element + 1, len(found.parent)):
            found.first[below], found.stop[below] = first, first + 1

    def flush(self) -> None:
        """End the line."""
        text, self.pieces = "".join(self.pieces), []
        kind = self.kinds[-1]
        lines = [*_lines(text, kind, self.preformatted > 0)]
        size = sum(map(len, lines))
        for line in lines:  # of preformatted text nobody knows which line holds a link
            share = len(line) / size
            self.add(line, kind, round(self.linked * share), round(self.links * share), self.open[-1])
        self.linked = self.links = 0

    def add(self, text: str, kind: Kind, linked: int, links: int, element: int) -> None:
        found = self.found
        found.texts.append(text)
        found.kinds.append(kind)
        found.linked.append(linked)
        found.links.append(links)
        found.element.append(element)


def _lines(text: str, kind: Kind, preformatted: bool) -> Iterator[str]:
    """The text as it is read: one line, or each line of preformatted text, code with its indents."""
    if kind == "code":
        yield from (line.rstrip() for line in text.splitlines() if line.strip())
        return
    if preformatted and "\n" in text.strip():
        for line in text.splitlines():
            yield from _lines(line, kind, False)
        return
    text = " ".join(text.split()) if text.isascii() else _INVISIBLE.sub("", _HTML_SPACE.sub(" ", text))
    if text := " ".join(markup.unescape(text).splitlines()).strip():  # an escaped line break would split the block
        yield text
