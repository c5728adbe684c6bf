"""HTML of any kind -> a tree that trafilatura can read. Without this guard it loses pages without a word."""

import html
import re
import sys
from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.utils import repair_faulty_html

from cleaners.prose import words_key

_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_STANDS_FOR = {"\x0b": " ", "\x0c": " "} | {chr(i): bytes([i]).decode("cp1252", "ignore") for i in range(0x80, 0xA0)}
SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"<[a-zA-Z!/?]")
_COMMON_TAG = re.compile(r"<(?:html|head|body|div|p|article)[\s>]", re.IGNORECASE)
_SELF_CLOSED_ROOT = re.compile(r"(<html\b[^<>]*?)/>", re.IGNORECASE)
_BREAK_HINT = re.compile(r"</?wbr\b[^<>]*>", re.IGNORECASE)  # libxml2 does not know that it has no end tag: they nest
_NO_BREAK = re.compile(r"(?<=\S)[ \xa0]*\xa0[ \xa0]*(?=\S)")
_SPACE = "\ufdd2"
_LINE = "\ufdd0"  # marks a line of <pre>, where extraction would see white space; a noncharacter that no page holds
_BINARY = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"RIFF", "an image, audio or video file"),
    (b"\x7fELF", "a program"),
    (b"OggS", "an audio or video file"),
    (b"PAR1", "a Parquet file"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1aE\xdf\xa3", "a video file"),
    (b"wOF", "a font"),
    (b"SQLite format 3\0", "a database"),
)
_BLOCK_TAGS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer
        form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead
        tr ul""",
    )
)
_XML_NAME = re.compile(r"[A-Za-z_][\w.:-]*", re.ASCII)
_LISTS = frozenset(["ol", "ul"])
_RAW_TEXT_TAGS = ("plaintext", "xmp", "listing")
_PHRASE_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo br cite code del em font i ins kbd mark q s small span strong sub sup u",
    )
)
_SENTENCE = 100  # characters, that are neither label nor headline
_NO_TEXT_TAGS = frozenset(["script", "style", "noscript", "template", "head"])


class TooDeepError(Exception):
    """The page nests its tags deeper than libxml2 follows (2,048 levels)."""


def binary_format(raw: bytes) -> str | None:
    """What the bytes are when they are not a page at all.

    >>> binary_format(b"%PDF-1.7 ...")
    'a PDF document'
    """
    for magic, name in _BINARY:
        if raw.startswith(magic):
            return name
    return None


def sanitise(text: str) -> str:
    """Drop what XML cannot hold: control characters, raw or as references. Lone surrogates become U+FFFD.

    128-159 are control characters that nobody writes: where they stand, windows-1252 is meant.

    >>> sanitise("a&#1;b&#146;c&#xFFFE;d\\ud800")
    'ab’cd�'
    """
    text = _REFERENCE.sub(_harmless_reference, SURROGATE.sub("\ufffd", _FORBIDDEN.sub(_plain_form, text)))
    return _REFERENCE.sub(
        lambda match: _harmless_reference(match) or "\ufffd", text
    )  # what dropping one put together


def _harmless_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) < 8 else sys.maxunicode + 1
    if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode:
        return "\ufffd"
    return _FORBIDDEN.sub(_plain_form, chr(code)) if _FORBIDDEN.fullmatch(chr(code)) else f"&#{code};"


def _plain_form(match: re.Match[str]) -> str:
    return _STANDS_FOR.get(match[0], "")


def has_tags(text: str) -> bool:
    return _TAG.search(text) is not None


def is_page(text: str) -> bool:
    """Whether a text is HTML beyond doubt: it has a common tag, and next to nothing that no page would hold."""
    odd = len(_FORBIDDEN.findall(text)) + text.count("\ufffd")
    return odd <= 0.01 * len(text) and _COMMON_TAG.search(text) is not None


def parse(text: str) -> HtmlElement | None:
    """Tree of a sanitised page, None when there is nothing in it.

    `huge_tree` lifts libxml2's limits of 256 levels and 10 MB a node. Raises TooDeepError past 2,048 levels,
    where the parser drops the rest without an error.
    """
    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    try:
        text = _BREAK_HINT.sub("", text)
        text = _SELF_CLOSED_ROOT.sub(r"\1>", repair_faulty_html(text, text[:50].lower()), count=1)
        tree = document_fromstring(text.encode("utf-8"), parser=parser)
    except etree.ParserError:  # "Document is empty"
        return None
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise TooDeepError
    _join_roots(tree)
    for element in tree.iter(etree.Element):
        if not _XML_NAME.fullmatch(element.tag):  # `<p"...>`: extraction cannot make one of that name, and gives up
            element.tag = "span"
    for element in tree.iter(*_RAW_TEXT_TAGS):  # extraction would show the end tags behind them
        element.tag = "pre"
    return tree


def _join_roots(tree: HtmlElement) -> None:
    """Add what stands behind </html> to the body, as browsers do: the parser makes it a root of its own."""
    for more in [root for root in tree.itersiblings() if root.tag == "html"]:
        for part in [*more]:
            mine = tree.find(part.tag) if part.tag in ("head", "body") else None
            if mine is None:
                tree.append(part)
                continue
            if part.text:
                _append_text(mine, part.text)
            mine.extend([*part])


def _append_text(element: HtmlElement, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def set_apart(tree: HtmlElement) -> None:
    """Keep what extraction would run together: words on both sides of a block's border, lines of <pre>, spaces
    set on purpose. Undone by `lines` and `plain_spaces`.
    """
    for element in [*tree.iter("article", "section", "main", "center")]:
        _keep_loose_words(element)
    for element in tree.iter():
        text, tail = element.text, element.tail
        if text and "\xa0" in text:
            element.text = _NO_BREAK.sub(_marked_spaces, text)
        if tail and "\xa0" in tail:
            element.tail = _NO_BREAK.sub(_marked_spaces, tail)
    for element in tree.iter(*_BLOCK_TAGS):
        before, tail = element.getprevious(), element.tail or ""
        # Where no text stands between two blocks, only lists, quotations and items without a list run them together.
        stray = element.tag == "li" and element.getparent().tag not in _LISTS
        touches = bool(tail) or (
            element.getnext() is not None
            and (stray or next(element.iterancestors("li", "blockquote"), None) is not None)
        )
        if touches and not tail[:1].isspace():
            element.tail = f" {tail}"
        holder, attribute = (element.getparent(), "text") if before is None else (before, "tail")
        text = holder is not None and getattr(holder, attribute)
        if text and not text[-1].isspace():
            setattr(holder, attribute, f"{text} ")
    for preformatted in tree.iter("pre"):
        for element in preformatted.iter():
            element.text = element.text and element.text.replace("\n", f"\n{_LINE}")
            if element is not preformatted and element.tail:
                element.tail = element.tail.replace("\n", f"\n{_LINE}")


def _keep_loose_words(element: HtmlElement) -> None:
    """Make paragraphs of text outside of any, where a sentence of it comes first: extraction would pass it over."""
    words = element.text or ""
    for child in element:
        if child.tag not in _PHRASE_TAGS:
            break
        words += child.text_content() + (child.tail or "")
    if len(words.strip()) < _SENTENCE:
        return
    parts: list[HtmlElement] = [_paragraph(element, element.text)]
    loose = True
    for child in [*element]:
        if child.tag in _PHRASE_TAGS:
            if not loose:
                parts.append(_paragraph(element, None))
            parts[-1].append(child)
            loose = True
            continue
        tail, child.tail = child.tail, None
        parts.append(child)
        loose = bool(tail and tail.strip())
        if loose:
            parts.append(_paragraph(element, tail))
    element.text = None
    element[:] = parts


def _paragraph(of: HtmlElement, text: str | None) -> HtmlElement:
    paragraph = of.makeelement("p")
    paragraph.text = text
    return paragraph


def _marked_spaces(match: re.Match[str]) -> str:
    return match[0].replace("\xa0", _SPACE)


def plain_spaces(text: str) -> str:
    return text.replace(_SPACE, "\xa0")


def lines(text: str) -> list[str]:
    """Lines of preformatted text; any other text as it is. A mark without its break stood at the start of a block."""
    return [line.replace(_LINE, "") for line in text.split(f"\n{_LINE}")]


def link_shares(tree: HtmlElement) -> dict[str, float]:
    """Share of link characters in each innermost block and table row of the page, by the words_key of its text."""
    shares: dict[str, float] = {}
    for text, linked in _innermost_blocks(tree):
        size = len("".join(text.split()))
        for line in lines(text):
            if key := words_key(unescape(line)):
                shares[key] = min(1.0, linked / size)
    return shares


def _innermost_blocks(tree: HtmlElement) -> Iterator[tuple[str, int]]:
    """Text between two block borders, or in a row that holds no other, and its non-space characters in links."""
    pieces: list[str] = []
    row: list[tuple[str, int]] | None = None
    linked = links = silent = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if tag in _BLOCK_TAGS or tag == "br":
            if pieces:
                block = "".join(pieces), linked
                yield block
                if row is not None:
                    row.append(block)
            pieces, linked = [], 0
        if tag == "tr":
            if event == "end" and row:
                yield "".join(text for text, _ in row), sum(count for _, count in row)
            row = [] if event == "start" else None
        step = 1 if event == "start" else -1
        links += step * (tag == "a")
        silent += step * (tag in _NO_TEXT_TAGS)
        run: Any = element.text if event == "start" else element.tail
        if run and not silent:
            pieces.append(run)
            linked += len("".join(run.split())) if links > 0 else 0
    if pieces:
        yield "".join(pieces), linked


def unescape(text: str) -> str:
    """Resolve entities that the page had escaped twice (`&amp;#8217;`), as trafilatura does."""
    return html.unescape(text) if "&" in text else text
