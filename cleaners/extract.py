"""A page -> Document, through trafilatura; already-extracted text -> Document as it stands."""

from typing import Any

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from cleaners import charset, markup, metadata
from cleaners.blocks import blocks_of
from cleaners.document import Block, Document


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
    text = markup.SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
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
    full_metadata: bool = False,
) -> Document:
    """Document of a page's main text. Its headline is `title`, and the first block with `headline_first`.

    `page`: bytes as fetched, or decoded text. `declared_language`: what the input said; the page's own
    `lang` wins. `full_metadata`: search the text, too, for what the page does not declare. Raises PageRejected
    with the reason for the reject.
    """
    text, flags = _decoded(page, charset_hint)
    text = markup.sanitise(text)
    if not markup.has_tags(text):
        return _plain(text, url=url, declared_language=declared_language, flags=flags)
    try:
        tree = markup.parse(text)
    except markup.TooDeepError:
        raise PageRejected("too_deep", "tags are nested more than 2,048 levels deep") from None
    except etree.LxmlError as error:
        raise _failed(error) from error
    if tree is None:
        raise PageRejected("no_text", "the page holds no element")
    said = metadata.read(tree, url, full=full_metadata, size=len(text))
    markup.set_apart(tree)
    blocks = tuple(blocks_of(_main_content(tree), markup.link_shares(tree)))
    if not blocks:
        raise PageRejected("no_text", "extraction found no main text")
    if headline_first and said.title:
        blocks = (Block(said.title, "headline", 0.0), *blocks)
    return Document(
        blocks=blocks,
        url=url,
        title=said.title,
        headlines=said.headlines,
        author=said.author,
        date_published=said.date_published,
        site_name=said.site_name,
        canonical_url=said.canonical_url,
        page_kind=said.page_kind,
        declared_language=said.declared_language or declared_language,
        from_html=True,
        flags=flags,
    )


def _plain(text: str, **fields: Any) -> Document:
    """A "page" without a single tag: plain text, whose lines would run together as HTML."""
    lines = (line.strip() for line in text.splitlines())
    blocks = tuple(Block(line, "paragraph", 0.0) for line in lines if line)
    if not blocks:
        raise PageRejected("no_text", "the page holds no text")
    return Document(blocks, from_html=True, **fields)


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
    if decoded[0].count("\0") > 0.01 * len(decoded[0]) and not markup.is_page(decoded[0].replace("\0", "")):
        raise PageRejected("not_html", "the bytes are full of NUL characters")
    return decoded


def _main_content(tree: HtmlElement) -> etree._Element:
    """trafilatura's body. It returns None for an error and for no text alike, so no minimum size is set here."""
    options = Extractor(output_format="python", comments=False, with_metadata=False)
    options.min_output_size = options.min_output_comm_size = 0
    try:
        extracted = bare_extraction(tree, options=options)
    except Exception as error:
        raise _failed(error) from error
    if extracted is None:
        raise PageRejected("extract_error", "trafilatura gave up on the page")
    body: etree._Element = extracted.body  # type: ignore[union-attr]  # a dict only with as_dict=True
    return body


def _failed(error: Exception) -> PageRejected:
    return PageRejected("extract_error", f"{type(error).__name__}: {str(error)[:200]!r}")
