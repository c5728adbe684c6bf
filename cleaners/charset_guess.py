"""The encoding of bytes that declare none, or a wrong one: that under which they read like some language."""

import math
import re
from collections import Counter
from itertools import islice

from cleaners import language

_SAMPLE_BYTES = 1 << 18
_SAMPLE = 600  # non-ASCII characters that are weighed
_MOST_ERRORS = 0.02
_SINGLE_BYTE = (  # the likelier first: it wins a draw
    "cp1252",
    "cp1251",
    "cp1250",
    "iso8859-2",
    "koi8-u",
    "cp1256",
    "cp1254",
    "cp1253",
    "cp1255",
    "cp874",
    "cp1257",
    "cp866",
)
# Script, encoding, and first bytes of its rows of frequent characters; how much of a text they make at least.
_EAST_ASIAN = (
    ("cp932", "shift_jis", 0x82, 0x83, 0.2),  # kana
    ("euc_jis_2004", "euc_jp", 0xA4, 0xA5, 0.2),
    ("cp949", "euc_kr", 0xB0, 0xC8, 0.9),  # Hangul; a Chinese text strays into the rows of hanja
    ("gb18030", "gb2312", 0xB0, 0xD7, 0.75),  # ideographs of the first level
    ("big5hkscs", "big5", 0xA4, 0xC6, 0.75),
)
_WIDE = re.compile("[\u3041-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_USUAL_SIGNS = frozenset("“”‘’„‚–—…«»€£°§©®™·•¿¡½¼²³ºª×\xa0\xad")
_BACKED_OFF = 1e-4  # a letter of the language between letters that it never stands between
_LEAST = 1e-9
_LAST_LATIN = "\u024f"
_SIGN, _ODD, _NEVER = math.log(1e-4), math.log(1e-7), math.log(_LEAST)
_NONSENSE = math.log(1e-6)  # a character on average; what reads like a language lies above
_FEW = 0.1  # of the bytes: a page of ASCII with some odd bytes is no nonsense


def guess(raw: bytes) -> str | None:
    """Python's name of the likeliest encoding, None if the bytes read like nothing.

    >>> guess("Als de brug klaar is, één keer per uur – “misschien”.".encode("cp1252"))
    'cp1252'
    """
    raw = raw[:_SAMPLE_BYTES]
    return _east_asian(raw) or _single_byte(raw)


def _east_asian(raw: bytes) -> str | None:
    shares = {}
    for encoding, narrow, first, last, least in _EAST_ASIAN:
        text = raw.decode(encoding, "replace")
        wide = _WIDE.findall(text)[:_SAMPLE]
        if text.count("\ufffd") > _MOST_ERRORS * len(wide):
            continue
        rows = [character.encode(narrow, "ignore")[:1] for character in wide]
        share = sum(first <= row[0] <= last for row in rows if row) / max(1, len(wide))
        if share >= least:
            if encoding not in ("gb18030", "big5hkscs"):
                return encoding
            shares[encoding] = share
    return max(shares, key=lambda encoding: shares[encoding], default=None)


def _single_byte(raw: bytes) -> str | None:
    scores = {encoding: _likelihood(raw.decode(encoding, "replace")) for encoding in _SINGLE_BYTE}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= _NONSENSE:
        return best
    return "cp1252" if len(_HIGH.findall(raw)) <= _FEW * len(raw) else None


def _likelihood(text: str) -> float:
    """Mean logarithm of the probability of each non-ASCII character between its neighbours.

    Of letters, in the language that fits them best. The signs between words are the same in all.
    """
    found = list(islice(_NON_ASCII.finditer(text), _SAMPLE))
    padded = f" {text} "
    signs, letters = 0.0, Counter[str]()
    for match in found:
        left, here, right = tuple(padded[match.start() : match.start() + 3])
        if here > _LAST_LATIN and (left + right).isascii() and (left.isalpha() or right.isalpha()):
            signs += _NEVER  # a word of two scripts
        elif here.isalpha():
            letters[f"{left if left.isalpha() else ' '}{here}{right if right.isalpha() else ' '}"] += 1
        elif here in _USUAL_SIGNS:
            signs += _ODD if left.isalpha() and right.isalpha() and here not in "’·\xad" else _SIGN
        else:
            signs += _NEVER if here < "\xa0" or here == "\ufffd" else _ODD
    ngrams = language.ngrams()
    unknown = (0.0,) * len(next(iter(ngrams.values())))
    by_language = [0.0] * len(unknown)
    for trigram, count in letters.items():
        together, alone = ngrams.get(trigram, unknown), ngrams.get(trigram[1], unknown)
        for k, probability in enumerate(together):
            by_language[k] += count * math.log(max(probability, _BACKED_OFF * alone[k], _LEAST))
    return (signs + max(by_language)) / max(1, len(found))
