"""Names of authors: what is one, and where a page shows it."""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from cleaners import titles
from cleaners.declared import one_line, text_of

_BY = re.compile(
    r"^\W*(?:(?:written|words|posted|story|text) )?(?:by|von|par|por|door|av|af|di)[\s:]+", re.IGNORECASE
)
_NO_NAME = re.compile(r"https?:|www\.|@|\d{3}|[<>{}\[\]|=]", re.IGNORECASE)
_LONGEST = 120  # characters
_WORDS = 6  # of a name that the page shows
_CLASSES = frozenset(
    ["author", "author-link", "author-name", "author_name", "author__name", "article-author", "entry-author",
    "post-author", "byline", "byline-author", "byline-name", "byline__name"]
)  # fmt: skip
_TAGS = ("a", "span", "address")
_TRIES = 20


def names(given: Iterable[str], site: frozenset[str]) -> str | None:
    """Those that are people's, joined by semicolons. `site`: what the site is called, of titles.site_keys.

    >>> names(["By Jana Moor", "https://flussbote.example/jana", "Flussbote"], frozenset(["flussbote"]))
    'Jana Moor'
    """
    found = (name for each in given if (name := _name(each)) and not titles.is_site(name, site))
    return "; ".join(dict.fromkeys(found)) or None


def shown(tree: HtmlElement, site: frozenset[str]) -> str | None:
    """The first name that the page marks as its author's: by rel, itemprop or class."""
    tries = 0
    for element in tree.iter(*_TAGS):
        if not _is_byline(element):
            continue
        name = names([text_of(element)], site)
        if name and len(name.split()) <= _WORDS:
            return name
        tries += 1
        if tries >= _TRIES:
            break
    return None


def _is_byline(element: HtmlElement) -> bool:
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    marks = element.get("class", "")
    return ("author" in marks or "byline" in marks) and not _CLASSES.isdisjoint(marks.split())


def _name(text: str) -> str | None:
    name = one_line(text)
    if not name or len(name) > _LONGEST:
        return None
    name = _BY.sub("", name).strip(" ,;:|–—-")
    return name if name[:1].isalpha() and not _NO_NAME.search(name) else None
