"""What looks like an author's paragraph. Script-aware: a Chinese sentence is short in characters."""

import re
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from cleaners.document import Block

_WIDE = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WORD = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    "|[^\\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_LAST_LISTED = 0xFFFF
_IN_WORD, _A_WORD = 1, 2
_NOT_A_WORD = re.compile(r"[\W_]+")
_FULL_STOPS = tuple(".!?…。！？؟۔।॥։")
_RECENT = 4_096  # texts: of the page at hand, which stage after stage asks about
_CLOSING = "\"'”’»«)]」』】*"

LONG = 200  # a block of this weight is prose however it ends
SENTENCE = 80  # one of this weight is, if it ends like a sentence


def weight(text: str) -> float:
    """Length of a text in letters of an alphabet; an ideograph, kana or Hangul syllable counts 2.5.

    >>> weight("abc"), weight("漢字")
    (3.0, 5.0)
    """
    return float(len(text)) if text.isascii() else _weight(text)


@lru_cache(_RECENT)
def _weight(text: str) -> float:
    return len(text) + 1.5 * len(_WIDE.findall(text))


def count_words(text: str) -> int:
    """Number of words; an ideograph, a kana or a Thai letter counts as one.

    >>> count_words("Bridge opens: 橋が開く")
    6
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if codes.max(initial=0) > _LAST_LISTED:
        return len(_WORD.findall(text))
    found = _word_table().take(codes)
    in_word = found == _IN_WORD
    return int(np.count_nonzero(found == _A_WORD) + np.count_nonzero(in_word) - (in_word[1:] & in_word[:-1]).sum())


@cache
def _word_table() -> npt.NDArray[np.int8]:
    """What each code point of the basic plane is to _WORD."""
    table = np.array([char.isalnum() or char == "_" for char in map(chr, range(_LAST_LISTED + 1))], dtype=np.int8)
    for first, last in ("\u0e00\u0e7f", "\u3040\u30ff", "\u3400\u4dbf", "\u4e00\u9fff", "\uf900\ufaff"):
        table[ord(first) : ord(last) + 1] = _A_WORD
    return table


def ends_like_sentence(text: str) -> bool:
    return text.rstrip().rstrip(_CLOSING).endswith(_FULL_STOPS)


def is_prose(block: Block) -> bool:
    """A paragraph that an author may have written, as against a label, a headline or a teaser's title."""
    if block.kind in ("code", "heading", "table_row"):
        return False
    return _reads_like_prose(block.text)


@lru_cache(_RECENT)
def _reads_like_prose(text: str) -> bool:
    size = weight(text)
    return size >= LONG or (size >= SENTENCE and ends_like_sentence(text))


def words_key(text: str) -> str:
    """The text without anything that extraction might change: spaces, punctuation, case.

    >>> words_key("– Read  More …")
    'readmore'
    """
    return _NOT_A_WORD.sub("", text).casefold()
