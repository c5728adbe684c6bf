"""What an element's tag and names say of the text inside it: groups that pages of many sites have in common."""

import re
from functools import lru_cache

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TAGS = {
    "article": ("article",),
    "main": ("main",),
    "section": ("section",),
    "aside": ("aside",),
    "nav": ("nav",),
    "footer": ("footer",),
    "header": ("header", "hgroup"),
    "form": ("form", "fieldset", "dialog"),
    "figure": ("figure", "figcaption"),
    "table": ("table",),
    "list": ("ul", "ol", "menu", "dir"),
    "item": ("li",),
    "quote": ("blockquote",),
    "pre": ("pre",),
    "heading": _HEADINGS,
    "paragraph": ("p",),
    "button": ("button", "legend", "summary"),
    "noscript": ("noscript",),
}
#: How the words begin that classes, ids, roles and item properties are made of.
_NAMED = {
    "content": "content|body|text|story|prose|markdown|richtext|fulltext|wysiwyg",
    "article": "artic|artik|entry|hentry|blog|news|single",
    "post": "post|message|msg|topic|thread|answer|question|repl",
    "comment": "comment|disqus|komment|discuss|respond|feedback|review|coment",
    "nav": "nav|menu|bread|crumb|pag|toc|tab",
    "side": "side|widget|rail|right|module|block",
    "foot": "foot|copyright|legal|imprint|disclaim",
    "head": "head|mast|top|banner|hero|logo|brand",
    "title": "title|titre|titul|subhead|lead|deck|dek|summary|excerpt|intro|standfirst|abstract|teaser",
    "share": "shar|social|facebook|twitter|follow|bookmark|addth|sns",
    "related": "relat|recom|similar|also|trend|popular|latest|recent|more|suggest|outbrain|taboola|promo|next|prev",
    "ad": "ads?$|advert|sponsor|dfp|adsense|gpt|anzeige|werbung|publicid",
    "author": "author|autor|byline|bio$|profil|user|avatar|writer|vcard|creator",
    "meta": "meta|date|time|publish|info|stat|view|count|rat|vote|score",
    "tag": "tags?$|categ|keyword|label|badge|rubri",
    "newsletter": "newsletter|subsc|sign|paywall|premium|donat|cta|member|login|register",
    "consent": "cookie|consent|gdpr|modal|popup|overlay|notice|alert|toast",
    "media": "caption|figure|imag|img|photo|galler|video|player|media|slide|carousel|credit",
    "card": "card|tile|item|list|grid|feed|row|col",
    "product": "product|price|cart|shop|sku|buy|offer|spec|feature|detail|descr",
    "hidden": "hid|sr$|invisible|visually|noprint",
    "action": "button|btn|link|tool|action|control|print|search|form|input|toggle|dropdown|icon",
    "note": "footnote|ref|citation|source|correct|note",
    "code": "code|highlight|syntax|snippet|example|math|formula",
    "signature": "signature|sig$|quot",
}
#: A bit each, in this order. `unseen`: the element is not displayed.
GROUPS = (*(f"in_{name}" for name in _TAGS), *(f"of_{name}" for name in _NAMED), "unseen")
UNSEEN = 1 << GROUPS.index("unseen")
BUCKETS = 1 << 14

_BITS_OF_TAG = {tag: 1 << number for number, tags in enumerate(_TAGS.values()) for tag in tags}
_BITS_OF_NAMES = [(1 << GROUPS.index(f"of_{name}"), re.compile(words)) for name, words in _NAMED.items()]
_WORD = re.compile(r"[a-z]{2,}|[A-Z][a-z]+|[A-Z]{2,}")


@lru_cache(maxsize=20_000)
def look(tag: str, names: str) -> tuple[int, tuple[int, ...]]:
    """Bits of the GROUPS that an element belongs to, and the buckets of its tag and of the words in its names.

    >>> bits, buckets = look("div", "relatedPosts wide")
    >>> [name for number, name in enumerate(GROUPS) if bits >> number & 1], len(buckets)
    (['of_post', 'of_related'], 4)
    """
    words = {word.lower() for word in _WORD.findall(names)} if names else set()
    bits = _BITS_OF_TAG.get(tag, 0)
    for word in words:
        bits |= _bits_of_word(word)
    return bits, tuple(sorted({_bucket(word) for word in (f"<{tag}>", *words)}))


@lru_cache(maxsize=50_000)
def _bits_of_word(word: str) -> int:
    return sum(bit for bit, beginning in _BITS_OF_NAMES if beginning.match(word))


@lru_cache(maxsize=50_000)
def _bucket(word: str) -> int:
    """By the hash of Fowler, Noll and Vo (FNV-1a, 32 bits), mixed."""
    code = 0x811C9DC5
    for byte in word.encode():
        code = (code ^ byte) * 0x01000193 & 0xFFFFFFFF
    return (code ^ code >> 15) * 0x85EBCA6B >> 8 & BUCKETS - 1
