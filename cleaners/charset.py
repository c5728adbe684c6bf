"""Bytes of a page -> text, by what the bytes allow rather than by what the page claims."""

import codecs
import re

import chardet
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

_BOMS = (  # the four-byte ones first: the UTF-32 mark begins with the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MULTI_BYTE = frozenset(["utf-8", "gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949", "johab"])
_SINGLE_BYTE = re.compile(r"cp(125\d|874|866)|iso8859-\d+|koi8-[rtu]|mac-(roman|cyrillic)")
_WIDER = {"euc_jp": "euc_jis_2004"}  # the vendor characters that pages use under the standard's name
_SEVEN_BIT = {"iso2022_jp": b"\x1b$", "hz": b"~{"}  # UTF-8 would accept these bytes: escapes give them away
_ASCII = bytes(range(128))
_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_SCRIPT = re.compile(rb"<(script|style)\b.*?</\1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^>]{0,2000}>")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_WIDE = re.compile("utf-?(16|32)", re.IGNORECASE)  # markup in them is full of NULs: see _unmarked_wide
_SAMPLE_BYTES = 1 << 18
_ENOUGH_BYTES = 64  # of UTF-16 that no text would give without a NUL, and as UTF-8 too
_DOUBTFUL, _LEAST_CONFIDENCE = 0.5, 0.1
_STRAY_SHARE = {"utf-8": 0.2}  # of the non-ASCII characters, that may fail before an encoding counts as wrong
_STRAY_SHARE_ELSE = 0.05


def decode(raw: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]] | None:
    """Text of a page and the flags to raise; None when no encoding fits.

    `declared` is what the transport said (an HTTP header). Order of trust: byte order mark; NULs or escapes
    that only one encoding has; UTF-8 that decodes without an error; declared multi-byte encodings that do;
    declared single-byte ones; declared ones with a few stray bytes; a guess from the bytes.

    >>> decode("žluťoučký kůň".encode("iso-8859-2"), "iso-8859-2")
    ('žluťoučký kůň', ())
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            raw = raw[len(mark) :]
            return _flagged(raw.decode(_behind_mark(raw, encoding), "replace"))
    if unmarked := _unmarked_wide(raw[:4096]):
        return _flagged(raw.decode(unmarked, "replace"))
    candidates = _declared_encodings(raw, declared)
    for encoding in candidates:
        try:
            return raw.decode(encoding), ()
        except UnicodeDecodeError:
            if encoding == "utf-8" and (text := _with_surrogates(raw)):
                return _flagged(text)
    for encoding in candidates:
        text = raw.decode(encoding, "replace")
        foreign = len(text) - sum(map(text.count, map(chr, range(128))))
        if text.count("\ufffd") <= _STRAY_SHARE.get(encoding, _STRAY_SHARE_ELSE) * foreign:
            return text, ("charset_lossy",)
    return _guessed(raw)


def _behind_mark(raw: bytes, marked: str) -> str:
    """The encoding that a mark stands for, unless the bytes behind it tell of another."""
    if marked == "utf-8":
        return _unmarked_wide(raw[:4096]) or marked
    if len(raw) < _ENOUGH_BYTES or b"\0" in raw:
        return marked
    try:
        raw.decode()
    except UnicodeDecodeError:
        return marked
    return "utf-8"


def _guessed(raw: bytes) -> tuple[str, tuple[str, ...]] | None:
    """chardet's guess: from the text without markup, and where that leaves it in doubt, from its non-ASCII words."""
    first = _HIGH.search(raw)
    start = first.start() if first and first.start() >= _SAMPLE_BYTES else 0  # before it, nothing tells
    words = _TAG.sub(b" ", _SCRIPT.sub(b" ", raw[start : start + _SAMPLE_BYTES])).split()
    guess = chardet.detect(b" ".join(words))
    if guess["confidence"] < _DOUBTFUL:
        foreign = chardet.detect(b" ".join(word for word in words if not word.isascii()))
        guess = max(guess, foreign, key=lambda guess: guess["confidence"])
    encoding = guess["encoding"]
    if encoding is None or guess["confidence"] < _LEAST_CONFIDENCE or _WIDE.match(encoding):
        if not _is_nearly_ascii(raw):
            return None
        encoding = "cp1252"
    text, flags = _flagged(raw.decode(encoding, "replace"))
    return text, ("charset_guessed", *flags)


def _is_nearly_ascii(raw: bytes) -> bool:
    """Whether a page is lost for an accent or two: too few for a guess, and too few to matter if it is wrong."""
    return not _CONTROL.search(raw) and _count_high(raw) <= 0.1 * len(raw) and _looks_western(raw)


def _with_surrogates(raw: bytes) -> str | None:
    """UTF-8 with UTF-16's surrogates in it, as some software writes emoji. Those without a partner are lost."""
    try:
        halves = raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _declared_encodings(raw: bytes, declared: str | None) -> list[str]:
    """UTF-8, then what was declared: multi-byte encodings first, as single-byte ones accept any bytes.

    windows-1252 comes last: it is what servers declare that were never told. Pages full of long runs of
    non-ASCII bytes are not in it, whoever says so.
    """
    names = (resolve_encoding(declared) if declared else None, html_body_declared_encoding(raw))
    found = [_WIDER.get(name, name) for name in (codecs.lookup(name).name for name in names if name)]
    asked = [(name, mark) for name, mark in _SEVEN_BIT.items() if name in found or mark[0] == 27]
    seven_bit = [name for name, mark in asked if mark[0] in raw and mark in raw]  # a single byte is found sooner
    multi = [name for name in found if name in _MULTI_BYTE]
    single = [name for name in found if _SINGLE_BYTE.fullmatch(name) and name != "cp1252"]
    western = ["cp1252"] if "cp1252" in found and _looks_western(raw) else []
    return list(dict.fromkeys([*seven_bit, "utf-8", *multi, *single, *western]))


def _looks_western(raw: bytes) -> bool:
    """Whether non-ASCII bytes stand alone or in pairs, as accents and quotes do among Latin letters."""
    return sum(map(len, _HIGH_RUN.findall(raw))) <= 0.3 * _count_high(raw)


def _count_high(raw: bytes) -> int:
    return len(raw.translate(None, _ASCII))


def _unmarked_wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: markup has a NUL at the same place of each code unit."""
    if len(head) < 16:
        return None
    nuls = [head[k::4].count(0) / len(head[k::4]) for k in range(4)]
    if min(nuls[2:]) > 0.9 and nuls[0] < 0.1:
        return "utf-32-le"
    if min(nuls[:2]) > 0.9 and nuls[3] < 0.1:
        return "utf-32-be"
    even, odd = nuls[0] + nuls[2], nuls[1] + nuls[3]
    if head.count(0) > 3 and max(even, odd) > 0.1 and max(even, odd) > 4 * min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _flagged(text: str) -> tuple[str, tuple[str, ...]]:
    return text, (("charset_lossy",) if "\ufffd" in text else ())
