"""What the tree and the address of a page say of its kind: counts of tags, families of class names, declared types.

No word of the text is read, so that pages in all languages look alike. All features are whole numbers.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from cleaners import page_kind_words as words

_WORD = re.compile(r"[A-Z]?[a-z]+")
_LOWER = re.compile(r"[a-z]+")
_DATE = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])\b")
_NUMBER = re.compile(r"\d{4,}")
_HEX = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|\b[0-9a-f]{12,}\b")
_THREAD = re.compile(
    r"show-?thread|viewtopic|viewthread|/t/|/threads?[/-]|/topics?/|/questions?/|[?&](?:topic|tid|t)="
)
_EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp)$")
_TITLE_SIGN = re.compile(r"[|–—·»:-]")
_ADDRESS = 2_000  # characters of an address, a title, a class of <body> that are read
_READ = 200_000  # characters of class names
_CLASSES = etree.XPath("//@class|//@itemtype", smart_strings=False)
_REPEATED = 3  # times that the same class is set
_LONG = 80  # characters of a paragraph

_TAGS = {
    **{tag: tag for tag in ("p", "img", "h1", "h2", "form", "button", "pre", "code", "time", "table", "tr")},
    **{tag: tag for tag in ("article", "section", "blockquote", "figure", "iframe", "nav")},
    **dict.fromkeys(("h3", "h4", "h5", "h6"), "h3-6"),
    **dict.fromkeys(("input", "select", "textarea"), "input"),
    **dict.fromkeys(("dl", "dt", "dd"), "dl"),
    **dict.fromkeys(("svg", "video"), "media"),
}
_NAMES = tuple(dict.fromkeys(_TAGS.values()))
COUNTED = tuple(_TAGS)  # tags
_IN_ADDRESS = (
    *("url", "url_depth", "url_root", "url_hyphens", "url_number", "url_date", "url_thread", "url_extension"),
    *("url_parameters", "url_hash"),
    *(f"host_{name}" for name in words.PLACES),
    *(f"path_{name}" for name in words.PLACES),
)

#: Names of the features, in order. <…>: tags. class_, body_, type_, host_, path_, generator_: words of a group of
#: page_kind_words.py in class names (times, in distinct values), in <body>, declared types, the address, the
#: generator. most_repeated: uses of the commonest class value; classes_repeated: values used thrice or more;
#: share_repeated: their share of all uses, in per cent. Numbers without bound are logarithms, 8 * log2(1 + x); the
#: rest are flags, small counts and per cent.
FEATURES = (
    *(f"<{name}>" for name in _NAMES),
    *("paragraph_text", "long_paragraphs", "longest_paragraph", "text_a_paragraph", "headings_a_paragraph"),
    *("classes", "most_repeated", "classes_repeated", "share_repeated"),
    *(f"class_{name}" for name in words.CLASSES),
    *(f"body_{name}" for name in words.BODY),
    *(f"type_{name}" for name in words.TYPES),
    "types",
    *_IN_ADDRESS,
    *("title_size", "title_signs", "published", "price"),
    *(f"generator_{name}" for name in words.GENERATORS),
)
#: Columns that are all zero where the address of a page is unknown.
OF_ADDRESS = slice(FEATURES.index(_IN_ADDRESS[0]), FEATURES.index(_IN_ADDRESS[-1]) + 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is counted in one pass over a tree. `tags`: times that each of COUNTED occurs, 0 where it does not;
    `paragraphs`: characters of each <p> up to its first child; `values`: of all `class` and `itemtype` attributes.
    """

    tags: Mapping[str, int]
    paragraphs: Sequence[int]
    values: Counter[str]


def features(tree: HtmlElement, url: str | None, declared_types: Iterable[str]) -> list[int]:
    """A whole number for each of FEATURES. `tree`: as cleaners.markup.parse returns it.

    `declared_types`: what og:type and JSON-LD's @type say, such as `og:article` and `NewsArticle`.

    >>> from lxml.html import document_fromstring
    >>> row = features(document_fromstring("<p>A<p>B<p>C"), "https://forum.example/viewtopic.php?t=7", ())
    >>> found = dict(zip(FEATURES, row))
    >>> found["<p>"], found["url_thread"], found["host_forum"]
    (16, 1, 1)
    """
    return features_of(seen(tree), tree, url, declared_types)


def features_of(seen: Seen, tree: HtmlElement, url: str | None, declared_types: Iterable[str]) -> list[int]:
    """The same for a tree that was gone through already, which is most of the work."""
    items = [text for text in seen.values if "schema.org/" in text]
    return [
        *_tags(seen),
        *_classes(seen.values),
        *_body(tree),
        *_types([*declared_types, *items]),
        *_address(url),
        *_head(tree),
    ]


def seen(tree: HtmlElement) -> Seen:
    """What `features_of` needs of a tree, counted."""
    tags, paragraphs = dict.fromkeys(COUNTED, 0), []
    for element in tree.iter(*COUNTED):
        tag = element.tag
        tags[tag] += 1
        if tag == "p":
            paragraphs.append(len(element.text or ""))
    return Seen(tags, paragraphs, Counter(_CLASSES(tree)))


def _log(number: int) -> int:
    """8 * log2(1 + x), rounded down, as a straight line between the powers of two."""
    power = (number + 1).bit_length() - 1
    return 8 * power + ((number + 1 - (1 << power)) * 8 >> power)


def _percent(part: int, whole: int) -> int:
    return min(1000, 100 * part // max(1, whole))


def _tags(seen: Seen) -> list[int]:
    counts, sizes = dict.fromkeys(_NAMES, 0), seen.paragraphs
    for tag, name in _TAGS.items():
        counts[name] += seen.tags[tag]
    return [
        *map(_log, counts.values()),
        _log(sum(sizes)),
        _log(sum(size >= _LONG for size in sizes)),
        _log(max(sizes, default=0)),
        _log(sum(sizes) // max(1, len(sizes))),
        _percent(counts["h2"] + counts["h3-6"], len(sizes)),
    ]


def _classes(found: Counter[str]) -> list[int]:
    counts = dict.fromkeys(words.CLASSES, 0)
    times = Counter(_WORD.findall("\n".join(found)[:_READ]))
    for word in times.keys() & words.CLASS_OF.keys():
        counts[words.CLASS_OF[word]] += times[word]
    repeated = [uses for uses in found.values() if uses >= _REPEATED]
    return [
        _log(len(found)),
        _log(max(found.values(), default=0)),
        _log(len(repeated)),
        _percent(sum(repeated), found.total()),
        *map(_log, counts.values()),
    ]


def _body(tree: HtmlElement) -> list[int]:
    elements = (element for element in (tree, tree.find("body")) if element is not None)
    text = " ".join(element.get(name, "")[:_ADDRESS] for element in elements for name in ("class", "id"))
    return _has(words.BODY, {words.BODY_OF.get(word) for word in _WORD.findall(text)})


def _has(names: Iterable[str], found: set[str | None]) -> list[int]:
    return [int(name in found) for name in names]


def _types(declared: list[str]) -> list[int]:
    names = {text.strip().rpartition("/")[2].lower().removeprefix("og:") for text in declared}
    return [*_has(words.TYPES, {words.TYPE_OF.get(name) for name in names}), _log(len(names))]


def _address(url: str | None) -> Iterator[int]:
    try:
        parts = urlsplit((url or "")[:_ADDRESS].lower())
        host = parts.hostname or ""
    except ValueError:  # "http://[" and the like
        host = ""
    if not host:
        yield from [0] * len(_IN_ADDRESS)
        return
    path, query = parts.path, parts.query
    whole = f"{path}?{query}"
    steps = [step for step in path.split("/") if step]
    name = _EXTENSION.sub("", steps[-1]) if steps else ""
    yield 1
    yield min(8, len(steps))
    yield int(not steps)
    yield min(12, name.count("-") + name.count("_"))
    yield min(12, max(map(len, _NUMBER.findall(whole)), default=0))
    yield int(_DATE.search(path) is not None)
    yield int(_THREAD.search(whole) is not None)
    yield int(_EXTENSION.search(path) is not None)
    yield min(4, query.count("="))
    yield int(_HEX.search(whole) is not None)
    in_host, in_path = (set(_LOWER.findall(text)) for text in (host, f"{path} {query.partition('=')[0]}"))
    whole_steps = {step.partition(".")[0] for step in steps}
    for place in words.PLACES.values():
        yield int(not in_host.isdisjoint(place))
    for place in words.PLACES.values():  # a step of its own says more than a word of a headline
        yield 2 if not whole_steps.isdisjoint(place) else int(not in_path.isdisjoint(place))


def _head(tree: HtmlElement) -> list[int]:
    title, published, price = "", 0, 0
    generators: set[str | None] = set()
    for element in tree.iterfind("head/*"):
        if element.tag == "title":
            title = title or (element.text or "")[:_ADDRESS]
        elif element.tag == "meta":
            name = (element.get("property") or element.get("name") or "")[:_ADDRESS].lower()
            published |= "published" in name or "pubdate" in name
            price |= "price" in name
            if name == "generator":
                given = _LOWER.findall(element.get("content", "")[:_ADDRESS].lower())
                generators |= {words.GENERATOR_OF.get(word) for word in given}
    signs = len(_TITLE_SIGN.findall(title))
    return [_log(len(title)), min(8, signs), int(published), int(price), *_has(words.GENERATORS, generators)]
