"""Language of a text. Script and function words settle most pages; langdetect is asked about the rest."""

import re
import threading
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_SAMPLE = 2_000  # code points that anything here looks at
_DETECTED = 600  # of them for langdetect, which takes 5 ms even so; as right as on whole pages, in 22 languages
_ENOUGH_LETTERS = 20  # below this every detector guesses
_CONFIRMED_SHARE = 0.1  # of the words, that are function words of the declared language
# Without a declaration more is asked for: on 3,400 pages and paragraphs that settled nine in ten, and langdetect
# agreed about every one; among the rest are the languages that share most of their function words.
_SETTLED_VOTES, _SETTLED_WORDS, _SETTLED_LEAD = 6, 4, 0.7

# Scripts by range of code points; those that one living language writes settle the language.
_SCRIPTS = {
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
    "Cyrl": "\u0400-\u052f",
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Deva": "\u0900-\u097f",
    "Hani": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Jpan": "\u3040-\u30ff",
    "Hang": "\u1100-\u11ff\uac00-\ud7af",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Hebr": "\u0590-\u05ff",
    "Thai": "\u0e00-\u0e7f",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff",
    "Mymr": "\u1000-\u109f",
    "Geor": "\u10a0-\u10ff",
    "Ethi": "\u1200-\u137f",
    "Khmr": "\u1780-\u17ff",
    "Armn": "\u0530-\u058f",
}
_RANGE = re.compile("(.)(?:-(.))?")
_SOLE_LANGUAGE = {
    "Hani": "zh",
    "Jpan": "ja",
    "Hang": "ko",
    "Grek": "el",
    "Hebr": "he",
    "Thai": "th",
    "Beng": "bn",
    "Guru": "pa",
    "Gujr": "gu",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Laoo": "lo",
    "Tibt": "bo",
    "Mymr": "my",
    "Geor": "ka",
    "Ethi": "am",
    "Khmr": "km",
    "Armn": "hy",
}
# With combining marks, as \w leaves out the vowels of Hindi.
_MARK = re.compile(r"[\u0300-\u036f\u064b-\u0652\u0900-\u0903\u093a-\u094f]")
_LETTERS = rf"(?:[^\W\d_]+|{_MARK.pattern}+)+"
_WORD = re.compile(rf"{_LETTERS}(?:'{_LETTERS})?")
_WORD_WITHOUT_MARKS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")  # finds the same, and sooner
_warming = threading.Lock()


@dataclass(frozen=True, slots=True)
class Language:
    """`code`: ISO 639-1 without region, None if unknown. `score`: None when no detector was asked."""

    code: str | None
    score: float | None
    script: str | None  # ISO 15924


def identify(text: str, declared: str | None = None) -> Language:
    """Language of a text, given what the page declared. Never raises.

    >>> identify("Η πόλη άνοιξε σήμερα τη νέα γέφυρα για τους πεζούς.")
    Language(code='el', score=None, script='Grek')
    """
    sample = text[:_SAMPLE]
    script, letters = _script(sample)
    if script is None or letters < _ENOUGH_LETTERS:
        return Language(_SOLE_LANGUAGE.get(script or ""), None, script)
    if script in _SOLE_LANGUAGE:
        return Language(_SOLE_LANGUAGE[script], None, script)
    code = declared.replace("_", "-").split("-")[0].lower() if declared else ""
    known = code if code and _confirms(sample, code) else _settled(sample)
    if known:
        return Language(known, None, script)
    return Language(*_detect(sample[:_DETECTED]), script)


def in_language(text: str, code: str) -> bool:
    """Whether cheap evidence says that a text is in the language: its script, or its function words."""
    script, letters = _script(text[:_SAMPLE])
    if script in _SOLE_LANGUAGE:
        return _SOLE_LANGUAGE[script] == code
    return letters >= _ENOUGH_LETTERS and _confirms(text[:_SAMPLE], code)


@lru_cache(maxsize=256)  # the stages ask about the same beginnings
def _script(sample: str) -> tuple[str | None, int]:
    """The script of most letters, and how many letters there are. Kana among ideographs mean Japanese."""
    codes = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found = np.bincount(_script_table().take(codes, mode="clip"), minlength=len(_SCRIPTS) + 1)
    counts = dict(zip(_SCRIPTS, found.tolist(), strict=False))  # what is no letter comes last
    if counts["Jpan"] * 10 >= counts["Hani"] > 0:
        counts["Jpan"] += counts.pop("Hani")
    best = max(counts, key=lambda script: counts[script])
    return (best if counts[best] else None), sum(counts.values())


@cache
def _script_table() -> npt.NDArray[np.int8]:
    """Number of the script of each code point of the basic plane; what lies behind it is taken for no letter."""
    table = np.full(0x10000, len(_SCRIPTS), dtype=np.int8)
    for number, ranges in enumerate(_SCRIPTS.values()):
        for first, last in _RANGE.findall(ranges):
            table[ord(first) : ord(last or first) + 1] = number
    return table


def _confirms(sample: str, code: str) -> bool:
    """Whether the text has the function words of a language, and no other language's much more often."""
    words, _, votes = _function_words(sample)
    return votes[code] >= max(3, _CONFIRMED_SHARE * words) and votes[code] >= 0.8 * max(votes.values())


def _settled(sample: str) -> str | None:
    """The language of which the text has many function words, and of no other nearly as many."""
    words, found, votes = _function_words(sample)
    (best, most), (_, second) = [*votes.most_common(2), ("", 0), ("", 0)][:2]
    enough = most >= max(_SETTLED_VOTES, _CONFIRMED_SHARE * words) and second <= _SETTLED_LEAD * most
    different = sum(best in _languages_of_word()[word] for word in found)
    return best if enough and different >= _SETTLED_WORDS else None


@lru_cache(maxsize=256)
def _function_words(sample: str) -> tuple[int, frozenset[str], Counter[str]]:
    """How many words, which function words are among them, and how many of them each language has."""
    languages = _languages_of_word()
    sample = sample.lower().replace("’", "'")
    words = (_WORD if _MARK.search(sample) else _WORD_WITHOUT_MARKS).findall(sample)
    found = [word for word in words if word in languages]
    return len(words), frozenset(found), Counter(chain.from_iterable(languages[word] for word in found))


@cache
def _languages_of_word() -> dict[str, frozenset[str]]:
    table = tomllib.loads(Path(__file__).with_name("function_words.toml").read_text(encoding="utf-8"))
    languages: dict[str, set[str]] = {}
    for code, words in table.items():
        for word in words.split():
            languages.setdefault(word, set()).add(code)
    return {word: frozenset(codes) for word, codes in languages.items()}


@lru_cache(maxsize=64)  # a page is asked about twice, mostly with the same beginning
def _detect(sample: str) -> tuple[str | None, float | None]:
    detector = warm()()
    try:
        detector.append(sample)
        best = detector.get_probabilities()[0]
    except Exception:  # langdetect: "No features in text", or no probability at all
        return None, None
    return best.lang.split("-")[0], round(float(best.prob), 6)


def warm() -> Callable[[], Any]:
    """What makes a langdetect detector, seeded, of profiles that are read once, under a lock.

    langdetect's shared factory gives wrong answers when threads are the first to use it.
    """
    with _warming:
        return _factory()


@cache
def _factory() -> Callable[[], Any]:
    from cleaners.detector import detectors

    return detectors()
