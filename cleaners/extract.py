"""A page -> Document, through trafilatura; already-extracted text -> Document as it stands."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction, extract_metadata
from trafilatura.settings import Extractor

from cleaners import charset, markup
from cleaners.document import Block, Document
from cleaners.prose import words_key

# The later a tag stands here, the less it says: a paragraph in a quotation is a quotation.
_KIND_OF_TAG = {
    "row": "table_row",
    "code": "code",
    "item": "list_item",
    "quote": "quotation",
    "head": "heading",
    "p": "paragraph",
}
_BLOCK_TAGS = frozenset([*_KIND_OF_TAG, "list", "table", "body", "ab", "div", "article", "section", "main"])
_INVISIBLE = str.maketrans("", "", "\u00ad\ufeff")  # soft hyphens would split words for every reader
_HTML_SPACE = re.compile(r"[ \t\r\n\f]+")  # not U+00A0: what an author or a plugin set apart stays apart
# A fixed horizon in place of today's date, or the same page would yield other records on another day.
_DATE_PARAMETERS = {"original_date": True, "extensive_search": True, "max_date": "2099-12-31"}


class PageRejected(Exception):
    """The page becomes a reject. `reason` is one of schema.REASONS."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def from_text(text: str, **fields: Any) -> Document:
    """Document of already-extracted text: each line is a block, unchanged.

    Line ends become `\\n`, lone surrogates U+FFFD. Raises PageRejected (`empty`).

    >>> [block.text for block in from_text("Title\\r\\n\\r\\nText.").blocks]
    ['Title', '', 'Text.']
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if not text.strip():
        raise PageRejected("empty", "the text holds nothing but white space")
    return Document(blocks=tuple(Block(line) for line in text.split("\n")), **fields)


def from_html(
    page: bytes | str,
    charset_hint: str | None = None,
    *,
    url: str | None = None,
    declared_language: str | None = None,
    headline_first: bool = False,
) -> Document:
    """Document of a page's main text. Its headline is `title`, and the first block with `headline_first`.

    `page`: bytes as fetched, or decoded text. `declared_language`: what the input said; the page's own
    `lang` wins. Raises PageRejected with the reason for the reject.
    """
    text, flags = _decoded(page, charset_hint)
    try:
        tree = markup.parse(markup.sanitise(text))
    except markup.TooDeepError:
        raise PageRejected("too_deep", "tags are nested more than 2,048 levels deep") from None
    if tree is None:
        raise PageRejected("no_text", "the page holds no element")
    blocks = tuple(_blocks(_main_content(tree), markup.link_shares(tree)))
    if not blocks:
        raise PageRejected("no_text", "extraction found no main text")
    fields = _metadata(tree)
    fields["declared_language"] = fields["declared_language"] or declared_language
    title = fields["title"]
    if headline_first and title:
        blocks = (Block(title, "headline", 0.0), *blocks)
    headlines = tuple(dict.fromkeys(filter(None, [title, _first_heading(tree)])))
    return Document(blocks=blocks, url=url, headlines=headlines, from_html=True, flags=flags, **fields)


def _decoded(page: bytes | str, charset_hint: str | None) -> tuple[str, tuple[str, ...]]:
    if not page.strip():
        raise PageRejected("empty", "the page holds no bytes, or nothing but white space")
    if isinstance(page, str):
        return page, ()
    if name := markup.binary_format(page):
        raise PageRejected("not_html", f"the bytes are {name}")
    decoded = charset.decode(page, charset_hint)
    if decoded is None:
        raise PageRejected("charset_undecodable", f"tried UTF-8, {charset_hint or 'no declared encoding'}, a guess")
    if decoded[0].count("\0") > 0.01 * len(decoded[0]):
        raise PageRejected("not_html", "the bytes are full of NUL characters")
    return decoded


def _main_content(tree: HtmlElement) -> etree._Element:
    """trafilatura's body. It returns None for an error and for no text alike, so no minimum size is set here."""
    options = Extractor(output_format="python", comments=False, with_metadata=False)
    options.min_output_size = options.min_output_comm_size = 0
    try:
        extracted = bare_extraction(tree, options=options)
    except Exception as error:
        raise PageRejected("extract_error", f"{type(error).__name__}: {str(error)[:200]!r}") from error
    if extracted is None:
        raise PageRejected("extract_error", "trafilatura gave up on the page")
    body: etree._Element = extracted.body  # type: ignore[union-attr]  # a dict only with as_dict=True
    return body


def _metadata(tree: HtmlElement) -> dict[str, Any]:
    """What the page says about itself. A page is not lost because its metadata cannot be read."""
    try:
        found = extract_metadata(tree, date_config=dict(_DATE_PARAMETERS)).as_dict()
    except Exception:
        found = {}
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return {
        "title": _one_line(found.get("title")),
        "author": _one_line(found.get("author")),
        "date_published": found.get("date"),
        "site_name": _one_line(found.get("sitename")),
        "canonical_url": found.get("url"),
        "page_kind": found.get("pagetype"),
        "declared_language": language.strip().lower() or None,
    }


def _first_heading(tree: HtmlElement) -> str | None:
    heading = tree.find(".//h1")
    return None if heading is None else _one_line(heading.text_content())


def _one_line(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _blocks(body: etree._Element, link_shares: dict[str, float]) -> Iterator[Block]:
    for text, kind in _lines(body):
        yield Block(text, kind, link_shares.get(words_key(text)))


def _lines(body: etree._Element) -> Iterator[tuple[str, str]]:
    """Text and kind of each line of trafilatura's tree: cut at the borders of blocks, line breaks and code lines."""
    pieces: list[str] = []
    open_tags: list[str] = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = element.tag
        border = tag in _BLOCK_TAGS and not (open_tags.count("row") and tag != "row")
        if border or tag == "lb":
            yield from _finished(pieces, open_tags)
            pieces = []
        if event == "start":
            open_tags.append(tag)
            pieces.append(element.text or "")
            continue
        if tag == "cell" and element.getnext() is not None:
            pieces.append(" | ")
        elif not border and tag in _BLOCK_TAGS:  # a block inside a table cell: words must not run together
            pieces.append(" ")
        open_tags.pop()
        pieces.append(element.tail or "")
    yield from _finished(pieces, open_tags)


def _finished(pieces: list[str], open_tags: list[str]) -> Iterator[tuple[str, str]]:
    kind = next((kind for tag, kind in _KIND_OF_TAG.items() if tag in open_tags), "paragraph")
    text = "".join(pieces)
    if kind == "code":
        yield from ((line.rstrip(), kind) for line in text.split("\n") if line.strip())
        return
    text = markup.unescape(_HTML_SPACE.sub(" ", text)).translate(_INVISIBLE).strip()
    text = " ".join(text.splitlines())  # an escaped or exotic line break would split the block
    if text.strip(" |"):
        yield (f"- {text}" if kind == "list_item" else text), kind
