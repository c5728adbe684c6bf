"""What a page says against being kept, and against having its links followed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

AGENT = "webwinnow"
HEAD_BYTES = 256 * 1024  # in which the head of a page is looked for
# noarchive: we do keep an archive. noimageai is no signal here: we keep no images.
REFUSING = ("noindex", "none", "noai", "noml", "noarchive")
NOT_FOLLOWING = ("nofollow", "none")

_NAMES = ("robots", AGENT, "tdm-reservation")
_META = re.compile(rb"<meta\b[^<]*")
_WORDS = tuple(word.encode() for word in {*REFUSING, *NOT_FOLLOWING})
_PREFIX = re.compile(r"\s*([A-Za-z][\w.-]*)\s*:(.*)", re.DOTALL)
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_WISHES = {"train-ai": {"y": True, "n": False}, "ai-train": {"yes": True, "no": False}}


@dataclass(frozen=True)
class Signals:
    """`refuses`: each signal against storing, as in "X-Robots-Tag: noai". `nofollow`: its links are not followed."""

    refuses: tuple[str, ...] = ()
    nofollow: bool = False


@dataclass(frozen=True)
class Wish:
    allowed: bool
    words: str  # as in "ai-train=no"


def read(headers: Sequence[tuple[str, str]], body: bytes) -> Signals:
    """The signals of X-Robots-Tag, Content-Usage and tdm-reservation headers, and of meta elements.

    A meta element counts wherever it stands in the first 256 KiB: a head that a parser closed early still speaks for
    the page. `unavailable_after` is passed over.

    >>> read([("X-Robots-Tag", "noai, nofollow")], b"")
    Signals(refuses=('X-Robots-Tag: noai',), nofollow=True)
    >>> read([], b'<meta name=robots content="NoIndex">').refuses
    ('meta robots: noindex',)
    """
    said: list[tuple[str, str]] = []  # source and word
    usage: list[str] = []
    reserved: dict[str, list[str]] = {"meta tdm-reservation": [], "tdm-reservation": []}  # the more specific first
    for name, value in headers:
        match name.lower():
            case "x-robots-tag":
                said += [("X-Robots-Tag", word) for word in _header_words(value)]
            case "content-usage":
                usage.append(value)
            case "tdm-reservation":
                reserved["tdm-reservation"].append(value.strip())
    for name, content in _metas(body):
        if name == "tdm-reservation":
            reserved["meta tdm-reservation"].append(content.strip())
        else:
            said += [(f"meta {name}", word) for word in _words(content)]
    refusing = [f"{source}: {word}" for source, word in said if word in REFUSING]
    source, values = next(((source, values) for source, values in reserved.items() if values), ("", []))
    if "1" in values:
        refusing.append(f"{source}: 1")
    if (wish := training(",".join(usage))) and not wish.allowed:
        refusing.append(f"Content-Usage: {wish.words}")
    return Signals(tuple(dict.fromkeys(refusing)), any(word in NOT_FOLLOWING for _, word in said))


def training(value: str) -> Wish | None:
    """What Content-Usage (train-ai=n) or Content-Signal (ai-train=no) says of training; the last word counts.

    >>> training("search=yes, ai-train=no"), training("search=y")
    (Wish(allowed=False, words='ai-train=no'), None)
    """
    wish = None
    for item in re.split(r"[,\s]+", re.sub(r"\s*=\s*", "=", value.lower())):
        key, _, answer = item.partition(";")[0].partition("=")
        allowed = _WISHES.get(key, {}).get(answer)
        if allowed is not None:
            wish = Wish(allowed, f"{key}={answer}")
    return wish


def _words(text: str) -> list[str]:
    return re.split(r"[,;\s]+", text.strip().lower())


def _header_words(value: str) -> Iterator[str]:
    """Those for everyone and for us: a name before a colon is meant by all that follows, up to the next name."""
    agent = None
    for part in value.split(","):
        words = part
        if found := _PREFIX.fullmatch(part):
            if found[1].lower() in _WITH_VALUE:
                continue
            agent, words = found[1].lower(), found[2]
        if agent in (None, AGENT):
            yield from _words(words)


def _metas(body: bytes) -> list[tuple[str, str]]:
    """Name and content of the meta elements that matter. A parser is asked only where the bytes look as if."""
    head = body[:HEAD_BYTES]
    markup = head.replace(b"\0", b"") if b"\0" in head else head  # UTF-16, to look through
    if not _looks(markup.lower()):
        return []
    text, encoding = _decodable(head)
    root = etree.fromstring(text, etree.HTMLParser(encoding=encoding))
    return list(_named(root.iter("meta"))) if root is not None else []


def _looks(markup: bytes) -> bool:
    """Whether a tag names us and says one of the words."""
    if not any(name.encode() in markup for name in _NAMES):
        return False
    return any(
        b"tdm-reservation" in tag or (any(n.encode() in tag for n in _NAMES) and any(w in tag for w in _WORDS))
        for tag in _META.findall(markup)
    )


def _decodable(head: bytes) -> tuple[bytes, str]:
    """Bytes and an encoding that reads their markup, which is ASCII in all encodings of the web but UTF-16."""
    sample = head[:1024]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if head.startswith(b"\xff\xfe") or 4 * odd > len(sample):
        return head.decode("utf-16-le", "replace").encode(), "utf-8"
    if head.startswith(b"\xfe\xff") or 4 * even > len(sample):
        return head.decode("utf-16-be", "replace").encode(), "utf-8"
    return head.replace(b"\0", b""), "iso-8859-1"


def _named(metas: Iterable[etree._Element]) -> Iterator[tuple[str, str]]:
    for meta in metas:
        name = (meta.get("name") or "").strip().lower()
        if name in _NAMES and next(meta.iterancestors("template"), None) is None:
            yield name, meta.get("content") or ""
