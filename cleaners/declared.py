"""The elements by which a page describes itself, gathered in one pass."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from cleaners import json_ld, markup

TITLES = ("og:title", "twitter:title", "citation_title", "dc.title", "dcterms.title", "headline", "title")
AUTHORS = (
    "author", "article:author", "citation_author", "parsely-author", "sailthru.author", "dc.creator", "dc:creator",
    "dcterms.creator", "og:author", "og:article:author", "byl", "authors", "creator",
)  # fmt: skip
DATES = (
    "article:published_time", "og:published_time", "og:article:published_time", "datepublished",
    "citation_publication_date", "citation_online_date", "citation_date", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dc.issued", "dc.date", "dcterms.date",
    "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "published-date",
    "article:published", "article.published", "article_date_original", "cxenseparse:recs:publishtime", "bt:pubdate",
    "shareaholic:article_published_time", "datecreated", "uploaddate", "created", "date",
)  # fmt: skip
DESCRIPTIONS = ("description", "og:description")
SITES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher", "citation_journal_title")
_WANTED = frozenset((*TITLES, *AUTHORS, *DATES, *SITES, *DESCRIPTIONS, "og:type", "og:url", "content-language"))
_NAMING = ("property", "name", "itemprop", "http-equiv")
_TAGS = ("meta", "link", "script", "title", "h1", "time")
_SILENT = frozenset(["script", "style", "noscript", "template"])
_BREAKS = frozenset(["br", "div", "p", "h1", "h2", "li"])
_ENOUGH = 20  # elements of a kind
_LONGEST = 1_000  # characters of a title or a name; what is longer is none
_PARTS = 300  # elements inside one
_MARKUP = re.compile(r"</?(?:a|b|br|em|font|i|p|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says about itself; None where it does not."""

    title: str | None = None
    headlines: tuple[str, ...] = ()  # the title, and what else stands as one: the first <h1>, og:title
    author: str | None = None
    date_published: str | None = None  # YYYY-MM-DD
    site_name: str | None = None
    canonical_url: str | None = None
    declared_language: str | None = None  # lower case
    descriptions: tuple[str, ...] = ()  # what it declares to be its summary
    declared_types: tuple[str, ...] = ()  # og:type as "og:article", and the @type values of JSON-LD, in order


@dataclass(slots=True)
class Declared:
    """What these elements hold. `meta`: values by name in lower case; `times`: whether it is that of publication,
    and the value of `datetime`; `things`: what JSON-LD is about.
    """

    meta: dict[str, list[str]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    times: list[tuple[bool, str]] = field(default_factory=list)
    canonical: list[str] = field(default_factory=list)
    things: list[json_ld.Node] = field(default_factory=list)

    def values(self, names: Iterable[str]) -> Iterator[str]:
        return (value for name in names for value in self.meta.get(name, ()))

    def texts(self, names: Iterable[str]) -> Iterator[str]:
        """The first value of each name that is a line of text."""
        for name in names:
            if found := next(filter(None, map(one_line, self.meta.get(name, ()))), None):
                yield found


def collect(tree: HtmlElement) -> Declared:
    """Gather them. Of each kind the first few count: some pages hold thousands."""
    found = Declared()
    declarations: list[str] = []
    for element in tree.iter(*_TAGS):
        tag = element.tag
        if tag == "meta":
            _add_meta(element, found.meta)
        elif tag == "link":
            href = element.get("href")
            if href is not None and "canonical" in element.get("rel", "").lower() and len(found.canonical) < _ENOUGH:
                found.canonical.append(href)
        elif tag == "script":
            if "ld+json" in element.get("type", "").lower():
                _add(declarations, element.text)
        elif tag == "h1":
            if len(found.headings) < _ENOUGH:
                _add(found.headings, one_line(text_of(element)))
        elif tag == "title":
            if not found.titles and _is_of_page(element):
                _add(found.titles, one_line(text_of(element)))
        elif (value := element.get("datetime")) and len(found.times) < _ENOUGH:
            published = element.get("pubdate") is not None or "datePublished" in element.get("itemprop", "")
            found.times.append((published, value))
    found.things = json_ld.nodes(declarations)
    return found


def _add_meta(element: HtmlElement, meta: dict[str, list[str]]) -> None:
    content = element.get("content")
    if not content:
        return
    for attribute in _NAMING:
        if (name := element.get(attribute)) and (name := name.lower()) in _WANTED:
            _add(meta.setdefault(name, []), content)


def _add(values: list[str], value: str | None) -> None:
    if value and len(values) < _ENOUGH:
        values.append(value)


def _is_of_page(title: HtmlElement) -> bool:
    """Drawings have titles too."""
    parent = title.getparent()
    return parent is not None and parent.tag in ("head", "html", "body")


def text_of(element: HtmlElement) -> str:
    """Its text, with spaces where lines break. Empty if it holds more than a title would: an <h1> never closed."""
    pieces: list[str] = []
    for count, each in enumerate(element.iter(etree.Element)):
        if count >= _PARTS:
            return ""
        text = None if each.tag in _SILENT else each.text
        tail = each.tail if count else None
        pieces += [" " if each.tag in _BREAKS else "", text or "", tail or ""]
    return "".join(pieces)


def one_line(text: Any) -> str | None:
    """A line of text, or None. JSON-LD holds whatever its author liked: other types, markup, halves of emoji.

    >>> one_line(" The <b>bridge</b>\\n&amp; the river "), one_line(["The bridge"]), one_line("x" * 5_000)
    ('The bridge & the river', None, None)
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    if "&" in text or "<" in text:
        text = _MARKUP.sub(" ", markup.unescape(text))
    return " ".join(markup.sanitise(text).split()) or None
