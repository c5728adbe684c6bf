"""Language of a text. Script and function words settle most pages; langdetect is asked about the rest."""

import re
import threading
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_SAMPLE = 2_000  # code points that anything here looks at
_DETECTED = 600  # of them for langdetect, which takes 5 ms even so; as right as on whole pages, in 22 languages
_ENOUGH_LETTERS = 20  # below this every detector guesses
_CONFIRMED_SHARE = 0.1  # of the words, that are function words of the declared language

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
_RUNS = {script: re.compile(f"[{ranges}]+") for script, ranges in _SCRIPTS.items()}
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
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u0652\u0900-\u0903\u093a-\u094f])"
_WORD = re.compile(rf"{_LETTER}+(?:'{_LETTER}+)?")
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
    if code and _confirms(sample, code):
        return Language(code, None, script)
    return Language(*_detect(sample[:_DETECTED]), script)


def in_language(text: str, code: str) -> bool:
    """Whether cheap evidence says that a text is in the language: its script, or its function words."""
    script, letters = _script(text[:_SAMPLE])
    if script in _SOLE_LANGUAGE:
        return _SOLE_LANGUAGE[script] == code
    return letters >= _ENOUGH_LETTERS and _confirms(text[:_SAMPLE], code)


def _script(sample: str) -> tuple[str | None, int]:
    """The script of most letters, and how many letters there are. Kana among ideographs mean Japanese."""
    counts = {script: sum(map(len, run.findall(sample))) for script, run in _RUNS.items()}
    if counts["Jpan"] * 10 >= counts["Hani"] > 0:
        counts["Jpan"] += counts.pop("Hani")
    best = max(counts, key=lambda script: counts[script])
    return (best if counts[best] else None), sum(counts.values())


def _confirms(sample: str, code: str) -> bool:
    """Whether the text has the function words of a language, and no other language's much more often."""
    words = _WORD.findall(sample.lower().replace("’", "'"))
    votes: Counter[str] = Counter()
    for word in words:
        votes.update(_languages_of_word().get(word, ()))
    return votes[code] >= max(3, _CONFIRMED_SHARE * len(words)) and votes[code] >= 0.8 * max(votes.values())


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
    detector = warm().create()
    try:
        detector.append(sample)
        best = detector.get_probabilities()[0]
    except Exception:  # langdetect: "No features in text", or no probability at all
        return None, None
    return best.lang.split("-")[0], round(best.prob, 6)


def warm() -> Any:
    """langdetect's profiles in a factory of our own, seeded. Made once, under a lock.

    langdetect's shared factory gives wrong answers when threads are the first to use it.
    """
    with _warming:
        return _factory()


@cache
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.seed = 0
    profiles = sorted(Path(PROFILES_DIRECTORY).iterdir())  # the order of a folder differs between machines
    factory.load_json_profile([profile.read_text(encoding="utf-8") for profile in profiles if profile.is_file()])
    return factory
