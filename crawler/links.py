"""The links of a page, read in time and memory that grow with its length alone, whatever it holds.

A parser that builds a tree does not promise that: 16 MB of tags take libxml2 1 GB, and one tag of 64,000 attributes
15 seconds, of a million an hour.
"""

import logging
import re
from collections.abc import Iterator
from html import unescape

from scrapy.linkextractors import IGNORED_EXTENSIONS
from w3lib.url import safe_url_string

from crawler.addresses import join

MOST_LINKS = 20_000  # of a page; what stands behind them is left, and the log says so
LONGEST_LINK = 4096
_log = logging.getLogger(__name__)
_MOST_ATTRIBUTES = 100  # of a tag
_NO_PAGES = tuple(f".{extension}" for extension in IGNORED_EXTENSIONS)
# Without its semicolon, `&sect` in `?a=1&section=2` is no sign but the name of a parameter.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Possessive, so that nothing is read twice. Comments and scripts are passed over.
_PART = re.compile(r"<(?:(?P<raw>!--|script\b|style\b)|(?P<tag>a|area|base)(?=[\s/]))", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+""")
_ENDS = {
    "!--": re.compile("-->"),
    "script": re.compile(r"</script\b", re.IGNORECASE),
    "style": re.compile(r"</style\b", re.IGNORECASE),
}


def links(text: str, url: str, encoding: str = "utf-8") -> list[str]:
    """The addresses that the `a` and `area` of a page lead to, each once, in its order; without pictures and such.

    >>> links('<base href="/b/"><a class=x href="c?a&amp;b">C</a><!-- <a href=d> --><A HREF=e>', "https://example.org/")
    ['https://example.org/b/c?a&b', 'https://example.org/b/e']
    """
    base, found = None, dict[str, None]()
    for tag, link in _hrefs(text):
        if tag == "base":
            base = base or join(url, link)
        else:
            found[link] = None
        if len(found) == MOST_LINKS:
            _log.warning("more than %s links at %s: the rest is left", f"{MOST_LINKS:,}", url)
            break
    whole = dict.fromkeys(_whole(base or url, link, encoding) for link in found)
    return [link for link in whole if link and not _path(link).endswith(_NO_PAGES)]


def _hrefs(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while part := _PART.search(text, at):
        at = part.end()
        if raw := part["raw"]:
            end = _ENDS[raw.lower()].search(text, at)
            if end is None:
                return
            at = end.end()
        else:
            href, at = _href(text, at)
            if href is not None and len(href) <= LONGEST_LINK:
                yield part["tag"].lower(), _ENTITY.sub(lambda found: unescape(found[0]), href).strip()


def _href(text: str, at: int) -> tuple[str | None, int]:
    """The value of a tag's href, and where the tag has been read to."""
    href = None
    for _ in range(_MOST_ATTRIBUTES):
        attribute = _ATTRIBUTE.match(text, at)
        if attribute is None:
            break
        at = attribute.end()
        if href is None and attribute[1].lower() == "href":
            href = next((value for value in attribute.groups()[1:] if value is not None), None)
    return href, at


def _path(link: str) -> str:
    return link.partition("#")[0].partition("?")[0].lower()


def _whole(base: str, link: str, encoding: str) -> str:
    try:
        return join(base, safe_url_string(link, encoding))
    except ValueError:
        return ""
