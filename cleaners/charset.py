"""Bytes of a page -> text, by what the bytes allow rather than by what the page claims."""

import codecs
import re

import charset_normalizer
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

_BOMS = (  # the four-byte ones first: the UTF-32 mark begins with the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTI_BYTE = {"utf-8", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "euc_kr", "iso2022_jp", "hz"}
_NON_ASCII = re.compile(rb"[^\x00-\x7f](?:[\x00-\x7f]{0,3}[^\x00-\x7f]+)*")
_STRAY_SHARE = 0.002  # of the characters, that may fail to decode before an encoding counts as wrong
_SAMPLE_BYTES = 16_384


def decode(raw: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]] | None:
    """Text of a page and the flags to raise; None when no encoding fits.

    `declared` is what the transport said (an HTTP header). Order of trust: byte order mark; UTF-8 that
    decodes without an error; declared multi-byte encodings that do; declared single-byte ones; declared
    ones with a few stray bytes; a guess from the bytes.

    >>> decode("žluťoučký kůň".encode("iso-8859-2"), "iso-8859-2")
    ('žluťoučký kůň', ())
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _flagged(raw[len(mark) :].decode(encoding, "replace"))
    if utf16 := _utf16_without_mark(raw):
        return _flagged(raw.decode(utf16, "replace"))
    candidates = _declared_encodings(raw, declared)
    for encoding in candidates:
        try:
            return raw.decode(encoding), ()
        except UnicodeDecodeError:
            continue
    for encoding in candidates:
        text = raw.decode(encoding, "replace")
        if text.count("\ufffd") <= _STRAY_SHARE * len(text):
            return text, ("charset_lossy",)
    return _guess(raw)


def _declared_encodings(raw: bytes, declared: str | None) -> list[str]:
    """UTF-8, then what was declared: multi-byte encodings first, as single-byte ones accept any bytes."""
    page = html_body_declared_encoding(raw)
    found = dict.fromkeys(
        codecs.lookup(name).name
        for name in (resolve_encoding(declared) if declared else None, page)
        if name is not None
    )
    if "iso2022_jp" in found:  # pure ASCII bytes: UTF-8 would accept them
        return ["iso2022_jp", "utf-8"]
    return ["utf-8", *sorted(found, key=lambda name: name not in _MULTI_BYTE)]


def _utf16_without_mark(raw: bytes) -> str | None:
    head = raw[:256]
    if len(head) < 16:
        return None
    if head[1::2].count(0) > 0.4 * len(head[1::2]) and not head[::2].count(0):
        return "utf-16-le"
    if head[::2].count(0) > 0.4 * len(head[::2]) and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _guess(raw: bytes) -> tuple[str, tuple[str, ...]] | None:
    """Let charset-normalizer look at the non-ASCII runs only: markup says nothing about the encoding."""
    sample = b" ".join(_NON_ASCII.findall(raw[: 64 * _SAMPLE_BYTES]))[:_SAMPLE_BYTES]
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return None
    text = raw.decode(best.encoding, "replace")
    flags = ("charset_guessed", "charset_lossy") if "\ufffd" in text else ("charset_guessed",)
    return text, flags


def _flagged(text: str) -> tuple[str, tuple[str, ...]]:
    return text, (("charset_lossy",) if "\ufffd" in text else ())
