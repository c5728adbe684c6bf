"""Which of a page's headings and titles is its headline, and what of it is the site's name."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from cleaners.prose import words_key

_BORDER = re.compile(
    r"(\s+[|\-–—·•:»«/>‹›~]+\s+|\s*[|»¦｜]\s*|:\s+|(?<=[\u3040-\u9fff\uff00-\uffef])[_-])"  # no spaces in Chinese
)
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u0e00-\u0e7f\u3040-\u9fff]+")
_PARTS = 12
_LONGEST_NAME = 6  # words
_SHORTEST_NAME = 4  # letters, of a name that is found inside another
_ALIKE = 0.3  # share of words that a heading and a title have in common
_HEADLINE_SHARE = 0.4  # of a title, for one of its three or more parts


def site_keys(names: Iterable[str], *addresses: str | None) -> frozenset[str]:
    """What a site is called, as words_key has it: by its names, its hosts, and the longest label of each host.

    >>> sorted(site_keys(["Der Flussbote"], "https://www.fluss-bote.example/a"))
    ['derflussbote', 'flussbote', 'flussboteexample']
    """
    keys = {words_key(name) for name in names}
    for host in filter(None, map(host_of, addresses)):
        labels = host.split(".")
        keys |= {words_key(host), words_key(max(labels[:-1] or labels, key=len))}
    return frozenset(keys - {""})


def host_of(address: str | None) -> str | None:
    """Host of an address, without www.

    >>> host_of("https://www.flussbote.example/a"), host_of("https://[broken")
    ('flussbote.example', None)
    """
    try:
        host = urlsplit(address or "").hostname or ""
    except ValueError:
        return None
    return re.sub(r"^(?:www\d?|m)\.", "", host) or None


def without_site(title: str, site: frozenset[str]) -> str:
    """A title without the site's name behind or in front.

    >>> without_site("The bridge: a walk | Flussbote", site_keys(["Flussbote"]))
    'The bridge: a walk'
    """
    pieces = _BORDER.split(title, _PARTS)
    while len(pieces) > 1 and is_site(pieces[-1], site):
        pieces = pieces[:-2]
    while len(pieces) > 1 and is_site(pieces[0], site):
        pieces = pieces[2:]
    return "".join(pieces).strip()


def named_behind(title: str, site: frozenset[str]) -> str | None:
    """The site's name as a title has it behind its headline.

    >>> named_behind("The bridge | Der Flussbote", site_keys([], "https://flussbote.example/"))
    'Der Flussbote'
    """
    pieces = _BORDER.split(title, _PARTS)
    named = words_key(pieces[-1]) and is_site(pieces[-1], site)
    return pieces[-1].strip() if len(pieces) > 1 and named else None


def is_site(text: str, site: frozenset[str]) -> bool:
    """Whether a text only says what the site is called: "Flussbote", "Flussbote News", "flussbote.example"."""
    key = words_key(text)
    if not key or key in site:
        return True
    if len(text.split()) > _LONGEST_NAME:
        return False
    return any(
        (len(name) >= _SHORTEST_NAME and name in key and 2 * len(name) >= len(key))
        or (len(key) >= _SHORTEST_NAME and key in name and 2 * len(key) >= len(name))
        for name in site
    )


def headline(
    headings: Sequence[str], declared: Sequence[str], title: str | None, site: frozenset[str], url: str | None
) -> str | None:
    """The headline: the only <h1>, or the one that is worded most like a title; else a title. No site's name in it.

    `headings`: the page's <h1>s; `declared`: titles that its metadata name, best first; `title`: its <title>;
    `site`: what the site is called, of site_keys. All on one line each.
    """
    named = [*declared, *([title] if title else [])]
    bare = [without_site(each, site) for each in named]
    known = [n for n, each in enumerate(bare) if not is_site(each, site)]
    shown = [short for each in headings if not is_site(short := without_site(each, site), site)]
    if shown and (len(set(shown)) == 1 or not known):
        return shown[0]
    if shown:
        wanted = [*(words_of(bare[n]) for n in known), _words_of_address(url)]
        likeness = [_likeness(heading, wanted) for heading in shown]
        if max(likeness) >= _ALIKE:
            return shown[likeness.index(max(likeness))]
    if known:
        return _main_part(bare[known[0]], is_title=known[0] == len(declared))
    return next(iter(named), None)


def words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _likeness(heading: str, titles: Iterable[frozenset[str]]) -> float:
    own = words_of(heading)
    return max((len(own & words) / len(own | words) for words in titles if words), default=0.0)


def _words_of_address(url: str | None) -> frozenset[str]:
    """Of the folder that has the most: sites write headlines into addresses."""
    folders = (url or "").partition("?")[0].split("/")[3:]
    return max((words_of(folder) for folder in folders), key=len, default=frozenset())


def _main_part(title: str, *, is_title: bool) -> str:
    """A title without the sections behind it. `is_title`: it is <title>, which most often ends with the site's name.

    >>> _main_part("The bridge is open at last - Town - News", is_title=False)
    'The bridge is open at last'
    """
    pieces = _BORDER.split(title, _PARTS)
    if len(pieces) >= 5 and any(border.strip() != ":" for border in pieces[1::2]):
        longest = max(pieces[:-1:2], key=len)
        if len(longest) >= _HEADLINE_SHARE * len(title):
            return longest.strip()
    front = "".join(pieces[:-2])
    if is_title and len(pieces) >= 3 and pieces[-2].strip() != ":" and len(pieces[-1]) < len(front):
        return front.strip()
    return title
