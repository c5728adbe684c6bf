"""A page -> Document, through trafilatura; already-extracted text -> Document as it stands."""

import warnings
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urljoin

import htmldate.extractors
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction, extract_metadata
from trafilatura.settings import Extractor

from cleaners import charset, markup
from cleaners.blocks import blocks_of
from cleaners.document import Block, Document

# No today: the same page must yield the same record on another day. htmldate would complete "2021 March" with it.
_DATE_PARAMETERS = {"original_date": True, "max_date": "2099-12-31"}
_DATEUTIL = "dateutil_parse"
setattr(
    htmldate.extractors, _DATEUTIL, partial(getattr(htmldate.extractors, _DATEUTIL), default=datetime(2000, 1, 1))
)
warnings.filterwarnings("ignore", "tzname .* identified but not understood")  # a date in "CST" is a date all the same
_SLOW_DATES = 2_000_000  # characters of a page; htmldate's search through all of a larger one takes seconds


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
) -> Document:
    """Document of a page's main text. Its headline is `title`, and the first block with `headline_first`.

    `page`: bytes as fetched, or decoded text. `declared_language`: what the input said; the page's own
    `lang` wins. Raises PageRejected with the reason for the reject.
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
    fields = _metadata(tree, url, len(text))
    markup.set_apart(tree)
    blocks = tuple(blocks_of(_main_content(tree), markup.link_shares(tree)))
    if not blocks:
        raise PageRejected("no_text", "extraction found no main text")
    fields["declared_language"] = fields["declared_language"] or declared_language
    title = fields["title"]
    if headline_first and title:
        blocks = (Block(title, "headline", 0.0), *blocks)
    headlines = tuple(dict.fromkeys(filter(None, [title, _first_heading(tree)])))
    return Document(blocks=blocks, url=url, headlines=headlines, from_html=True, flags=flags, **fields)


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


def _metadata(tree: HtmlElement, url: str | None, size: int) -> dict[str, Any]:
    """What the page says about itself. A page is not lost because its metadata cannot be read."""
    try:
        dates = _DATE_PARAMETERS | {"extensive_search": size <= _SLOW_DATES}
        found = extract_metadata(tree, date_config=dates).as_dict()
    except Exception:
        found = {}
    language = tree.get("lang") or tree.get("xml:lang") or ""
    return {
        "title": _one_line(found.get("title")),
        "author": _one_line(found.get("author")),
        "date_published": found.get("date"),
        "site_name": _one_line(found.get("sitename")),
        "canonical_url": _canonical_url(tree, url),
        "page_kind": _one_line(found.get("pagetype")),
        "declared_language": language.strip().lower() or None,
    }


def _canonical_url(tree: HtmlElement, url: str | None) -> str | None:
    """What the page names as its own address. (trafilatura would also take <base> for one.)"""
    links = [
        link.get("href") for link in tree.iterfind(".//link[@href]") if "canonical" in link.get("rel", "").lower()
    ]
    links += [meta.get("content") for meta in tree.iterfind(".//meta[@property='og:url'][@content]")]
    for link in links:
        try:
            absolute: str = urljoin(url or "", link.strip())
        except ValueError:
            continue
        if absolute.startswith(("http://", "https://")):
            return absolute
    return None


def _first_heading(tree: HtmlElement) -> str | None:
    heading = tree.find(".//h1")
    return None if heading is None else _one_line(heading.text_content())


def _one_line(text: Any) -> str | None:
    """JSON-LD holds whatever its author liked: other types, control characters, halves of emoji."""
    return " ".join(markup.sanitise(text).split()) or None if isinstance(text, str) else None
