"""What a page says about itself, read from the few elements that say it: JSON-LD, <meta>, <link>, <time>, titles."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urljoin

from lxml.html import HtmlElement

from cleaners import bylines, json_ld, titles
from cleaners.dates import day, day_in_address
from cleaners.declared import AUTHORS, DATES, DESCRIPTIONS, SITES, TITLES, Declared, Metadata, collect, one_line

_PUBLISHED = ("datePublished", "uploadDate", "dateCreated")
_TYPES = 20


def read(tree: HtmlElement, url: str | None, *, full: bool = False, size: int = 0) -> Metadata:
    """What a parsed page says about itself. `url`: where it was fetched; `size`: characters of the page.

    `full` asks trafilatura for what is still unknown, which costs some thirty times as much.
    """
    declared = collect(tree)
    canonical = _canonical_url(declared, url)
    names = _site_names(declared)
    site = titles.site_keys(names, url, canonical)
    given = [*declared.texts(TITLES[:1]), *_headlines(declared.things), *declared.texts(TITLES[1:])]
    whole = declared.titles[0] if declared.titles else None
    title = titles.headline(declared.headings, given, whole, site, url)
    found = Metadata(
        title=title,
        headlines=tuple(dict.fromkeys(filter(None, [title, *declared.headings[:1], *given[:1]]))),
        author=_author(tree, declared, site),
        date_published=_date(declared, url),
        site_name=next(iter(names), None) or titles.named_behind(whole or "", site) or titles.host_of(canonical),
        canonical_url=canonical,
        declared_language=_language(tree, declared),
        descriptions=tuple(declared.texts(DESCRIPTIONS)),
        declared_types=_types(declared),
    )
    return _completed(found, tree, size) if full else found


def _completed(found: Metadata, tree: HtmlElement, size: int) -> Metadata:
    from cleaners.full_metadata import read_all  # not before it is wanted: it brings much with it

    more = read_all(tree, size)
    title = found.title or more.title
    return replace(
        found,
        title=title,
        headlines=tuple(dict.fromkeys(filter(None, [title, *found.headlines]))),
        author=found.author or more.author,
        date_published=found.date_published or more.date_published,
        site_name=found.site_name or more.site_name,
    )


def _headlines(things: Iterable[json_ld.Node]) -> list[str]:
    """Titles of the works that JSON-LD tells of."""
    named = [thing.get("headline") or thing.get("name") for thing in things if json_ld.is_work(thing)]
    return [title for name in named for title in map(one_line, json_ld.strings(name)[:1]) if title]


def _site_names(declared: Declared) -> list[str]:
    """What the page calls its site, the best first."""
    names = [*declared.texts(SITES[:1])]
    for thing in declared.things:
        if "WebSite" in json_ld.types(thing):
            names += json_ld.strings(thing.get("name"))
    for thing in declared.things:
        names += json_ld.strings(thing.get("publisher"))
    return [name for name in map(one_line, [*names, *declared.texts(SITES[1:])]) if name]


def _author(tree: HtmlElement, declared: Declared, site: frozenset[str]) -> str | None:
    """Names, joined by semicolons: of JSON-LD, of <meta>, else of the byline."""
    by_id = {thing["@id"]: thing for thing in declared.things if isinstance(thing.get("@id"), str)}
    for thing in sorted(declared.things, key=json_ld.is_work, reverse=True):
        if names := bylines.names(json_ld.people(thing.get("author") or thing.get("creator"), by_id), site):
            return names
    for name in AUTHORS:
        given = declared.meta.get(name, [])
        if names := bylines.names([each for each in given if " " in each.strip() or not each.isascii()], site):
            return names  # a single word is an account, such as "admin"
    return bylines.shown(tree, site)


def _date(declared: Declared, url: str | None) -> str | None:
    """The day of publication: of the work, of <meta>, of <time>, of the address, of anything else that has one."""
    works = [thing for thing in declared.things if json_ld.is_work(thing)]
    others = [thing for thing in declared.things if not json_ld.is_work(thing)]
    for text in [
        *_published(works),
        *declared.values(DATES),
        *(text for published, text in declared.times if published),
    ]:
        if found := day(text):
            return found
    if found := day_in_address(url or ""):
        return found
    if found := next(filter(None, map(day, _published(others))), None):
        return found
    days = {day(text) for _, text in declared.times} - {None}  # a <time> may be that of reading
    return days.pop() if len(days) == 1 else None  # several: of teasers and comments


def _published(things: Sequence[json_ld.Node]) -> list[str]:
    dates = (thing.get(name) for name in _PUBLISHED for thing in things)
    return [date for date in dates if isinstance(date, str)]


def _canonical_url(declared: Declared, url: str | None) -> str | None:
    """What the page names as its own address. (trafilatura would also take <base> for one.)"""
    for link in [*declared.canonical, *declared.meta.get("og:url", ())]:
        try:
            absolute: str = urljoin(url or "", link.strip())
        except ValueError:
            continue
        if absolute.startswith(("http://", "https://")):
            return absolute
    return None


def _language(tree: HtmlElement, declared: Declared) -> str | None:
    named: str = tree.get("lang") or tree.get("xml:lang") or ""
    if not named.strip():
        named = next(declared.values(["content-language"]), "").split(",")[0]
    return named.strip().lower() or None


def _types(declared: Declared) -> tuple[str, ...]:
    named = [f"og:{kind.lower()}" for kind in declared.texts(["og:type"])]
    named += [kind for thing in declared.things for kind in map(one_line, json_ld.types(thing)) if kind]
    return tuple(dict.fromkeys(named))[:_TYPES]
