"""HTML of any kind -> a tree that trafilatura can read. Without this guard it loses pages without a word."""

import html
import re
import sys

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_STANDS_FOR = {"\x0b": " ", "\x0c": " "} | {chr(i): bytes([i]).decode("cp1252", "ignore") for i in range(0x80, 0xA0)}
SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"<[a-zA-Z!/?]")
_COMMON_TAG = re.compile(r"<(?:html|head|body|div|p|article)[\s>]", re.IGNORECASE)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\r"})
# What sanitise drops beyond ASCII, in UTF-8: 128-159, noncharacters, and halves of surrogate pairs.
_FORBIDDEN_BYTES = [
    *map(re.compile, (rb"\xc2[\x80-\x9f]", rb"\xef(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])", rb"\xed[\xa0-\xbf]"))
]
_DOCTYPE = re.compile(r"< ?! ?doctype", re.IGNORECASE)
_ODD_NAME = re.compile(r"<[a-z][\w.:-]*[^\w.:\-\s/>]", re.ASCII | re.IGNORECASE)
_SELF_CLOSED_ROOT = re.compile(r"(<html\b[^<>]*?)/>", re.IGNORECASE)
_BREAK_HINT = re.compile(r"</?wbr\b[^<>]*>", re.IGNORECASE)  # libxml2 does not know that it has no end tag: they nest
_GONE = "\ufdd3"  # marks the place of a reference that is dropped
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
_XML_NAME = re.compile(r"[A-Za-z_][\w.:-]*", re.ASCII)
_RAW_TEXT_TAGS = ("plaintext", "xmp", "listing")


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
    if _has_forbidden(text):
        text = SURROGATE.sub("\ufffd", _FORBIDDEN.sub(_plain_form, text))
    text = _REFERENCE.sub(_harmless_reference, text)
    if _GONE in text:
        text = _REFERENCE.sub(_harmless_reference, text.replace(_GONE, ""))  # what dropping one put together
    return text.replace(_GONE, "\ufffd")


def _has_forbidden(text: str) -> bool:
    """Whether a text holds a control character, a noncharacter or a lone surrogate. Bytes are searched sooner."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw.translate(None, _CONTROLS)) < len(raw):
        return True
    return not raw.isascii() and any(pattern.search(raw) for pattern in _FORBIDDEN_BYTES)


def _harmless_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) < 8 else sys.maxunicode + 1
    if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode:
        return "\ufffd"
    if not _FORBIDDEN.fullmatch(chr(code)):
        return f"&#{code};"
    return _STANDS_FOR.get(chr(code)) or _GONE


def _plain_form(match: re.Match[str]) -> str:
    return _STANDS_FOR.get(match[0], "")


def has_tags(text: str) -> bool:
    return _TAG.search(text) is not None


def is_page(text: str) -> bool:
    """Whether a text is HTML beyond doubt: it has a common tag, and next to nothing that no page would hold."""
    odd = len(_FORBIDDEN.findall(text)) + text.count("\ufffd")
    return odd <= 0.01 * len(text) and _COMMON_TAG.search(text) is not None


def parse(text: str, *, plain: bool = False) -> HtmlElement | None:
    """Tree of a sanitised page, None when there is nothing in it.

    `plain`: of lxml.etree's elements, which cost a third, and lack what trafilatura asks of those of lxml.html.
    `huge_tree` lifts libxml2's limits of 256 levels and 10 MB a node. Raises TooDeepError past 2,048 levels,
    where the parser drops the rest without an error.
    """
    parser = (etree.HTMLParser if plain else HTMLParser)(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    text = _SELF_CLOSED_ROOT.sub(r"\1>", _without_closed_doctype(_BREAK_HINT.sub("", text)), count=1)
    try:
        tree: HtmlElement | None = etree.fromstring(text.encode("utf-8"), parser=parser)
    except etree.ParserError:  # "Document is empty"
        return None
    if tree is None:
        return None
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise TooDeepError
    _join_roots(tree)
    if _ODD_NAME.search(text):
        _rename_odd(tree)
    for element in tree.iter(*_RAW_TEXT_TAGS):  # extraction would show the end tags behind them
        element.tag = "pre"
    return tree


def _without_closed_doctype(text: str) -> str:
    """Drops a doctype of one line with a slash in it: libxml2 writes a page that says XHTML with a second `xmlns`."""
    if not _DOCTYPE.match(text):
        return text
    end = text.find(">")
    slash = text.rfind("/", 0, end)
    if end < 0 or slash < 0 or not -1 == text.find("<", slash, end) == text.find("\n", 0, end):
        return text
    return text[end + 1 :]


def _rename_odd(tree: HtmlElement) -> None:
    """`<p"...>`: extraction cannot make an element of that name, and gives up."""
    odd = {tag for tag in {element.tag for element in tree.iter(etree.Element)} if not _XML_NAME.fullmatch(tag)}
    if odd:
        for element in [element for element in tree.iter(etree.Element) if element.tag in odd]:
            element.tag = "span"


def _join_roots(tree: HtmlElement) -> None:
    """Add what stands behind </html> to the body, as browsers do: the parser makes it a root of its own."""
    for more in [root for root in tree.itersiblings() if root.tag == "html"]:
        body = tree.find("body")
        body = tree if body is None else body
        if more.text:
            _append_text(body, more.text)
        for part in [*more]:
            mine = tree.find(part.tag) if part.tag in ("head", "body") else None
            if mine is None:
                body.append(part)
                continue
            if part.text:
                _append_text(mine, part.text)
            mine.extend([*part])


def _append_text(element: HtmlElement, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def unescape(text: str) -> str:
    """Resolve entities that the page had escaped twice (`&amp;#8217;`), as trafilatura does."""
    return html.unescape(text) if "&" in text else text
