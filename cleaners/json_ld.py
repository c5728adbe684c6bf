"""JSON-LD: what a page declares for machines. Broken, endless or senseless declarations are passed over."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

_LARGEST = 300_000  # characters of one declaration; most have fewer than 10,000
_MOST = 30  # declarations a page
_DEEPEST = 4  # declarations inside of declarations
_NODES = 200
_HOLDERS = ("@graph", "mainEntity", "mainEntityOfPage")
_WORK = re.compile(
    "(?:Article|Posting|Report|Review|Recipe|Question|Product|Course|Event|Book|Movie)$", re.IGNORECASE
)
_DECODER = json.JSONDecoder(strict=False)

Node = dict[str, Any]


def nodes(declarations: Iterable[str]) -> list[Node]:
    """The things that a page is declared to be about, in order: those at the top, in graphs, and main entities.

    >>> [node["@type"] for node in nodes(['{"@graph": [{"@type": "WebPage"}, {"@type": "Article"}]}', '{"@type":'])]
    ['WebPage', 'Article']
    """
    found: list[Node] = []
    for number, declaration in enumerate(declarations):
        if number >= _MOST:
            break
        found += _things(_loaded(declaration), _DEEPEST)
    return found[:_NODES]


def _loaded(declaration: str) -> Any:
    """The first JSON value in it. Some are wrapped as comments, or followed by a stray semicolon."""
    if len(declaration) > _LARGEST:
        return None
    start = min((at for at in (declaration.find("{"), declaration.find("[")) if at >= 0), default=-1)
    if start < 0:
        return None
    if declaration.startswith(("[CDATA[", "![CDATA["), start):
        start = declaration.find("{", start)
    try:
        return _DECODER.raw_decode(declaration, max(start, 0))[0]
    except (ValueError, RecursionError):
        return None


def _things(value: Any, depth: int) -> Iterator[Node]:
    if depth < 0:
        return
    for thing in value[:_NODES] if isinstance(value, list) else [value]:
        if isinstance(thing, list):
            yield from _things(thing, depth - 1)
        if not isinstance(thing, dict):
            continue
        if "@type" in thing:
            yield thing
        for name in _HOLDERS:
            if name in thing:
                yield from _things(thing[name], depth - 1)


def types(node: Node) -> list[str]:
    """Its @type values, without the vocabulary's address.

    >>> types({"@type": ["https://schema.org/NewsArticle", 7]})
    ['NewsArticle']
    """
    declared = node.get("@type")
    values = declared[:_NODES] if isinstance(declared, list) else [declared]
    return [kind for value in values if isinstance(value, str) and (kind := value.strip().rpartition("/")[2])]


def is_work(node: Node) -> bool:
    """Whether it is something that was written or made, and not the site, its owner or the page around it.

    >>> is_work({"@type": "NewsArticle"}), is_work({"@type": "WebSite"})
    (True, False)
    """
    return any(_WORK.search(kind) for kind in types(node))


def strings(value: Any, depth: int = 2) -> list[str]:
    """Strings of a value that may be one, a list of them, or a thing with a name.

    >>> strings([{"@type": "Organization", "name": "Flussbote"}, 7])
    ['Flussbote']
    """
    if isinstance(value, str):
        return [value]
    if depth < 0:
        return []
    if isinstance(value, list):
        return [text for each in value[:_MOST] for text in strings(each, depth - 1)]
    return strings(value.get("name"), depth - 1) if isinstance(value, dict) else []


def people(value: Any, by_id: dict[str, Node]) -> list[str]:
    """Names of the people among authors; `by_id`: things that others refer to.

    >>> people([{"@id": "#j"}, {"@type": "Organization", "name": "Flussbote"}], {"#j": {"name": "Jana Moor"}})
    ['Jana Moor']
    """
    names = []
    for each in value[:_MOST] if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            each = by_id.get(each["@id"], each) if isinstance(each.get("@id"), str) and "name" not in each else each
            if types(each) and "Person" not in types(each):
                continue
            if (
                "name" not in each
                and isinstance(each.get("givenName"), str)
                and isinstance(each.get("familyName"), str)
            ):
                each = {"name": f"{each['givenName']} {each['familyName']}"}
        names += strings(each)
    return names
