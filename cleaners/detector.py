"""langdetect with its profiles packed: the same numbers to the last bit, in 4 MB instead of 70."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_LONGEST = 3  # characters of an n-gram
_BITS = np.uint64(21)  # of a code point


@dataclass(frozen=True, eq=False, slots=True)
class Profiles:
    """Chances of n-grams: those of n-gram k are from starts[k] to starts[k + 1]. Most are in 2 of 55 languages."""

    codes: list[str]
    ngrams: npt.NDArray[np.uint64]  # as numbers, in order
    starts: npt.NDArray[np.intp]
    languages: npt.NDArray[np.uint8]  # places in `codes`
    chances: npt.NDArray[np.float64]


class _All:
    """Has every n-gram: which of them the profiles know is looked up for a whole text at once."""

    def __contains__(self, ngram: str) -> bool:
        return True


def detectors() -> Callable[[], Any]:
    """What makes detectors of langdetect's, seeded, that share profiles read here and now."""
    from langdetect.detector import Detector
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    class AllAtOnce(Detector):  # type: ignore[misc]
        """The same numbers for all languages at once. Its n-grams are places in `_chances`."""

        def _extract_ngrams(self) -> list[int]:
            self._chances, ngrams = _known(profiles, super()._extract_ngrams())
            return ngrams

        def _init_probability(self) -> npt.NDArray[np.float64]:
            return np.full(len(self.langlist), 1.0 / len(self.langlist))

        def _update_lang_prob(self, prob: npt.NDArray[np.float64], ngram: int, alpha: float) -> None:
            prob *= self._chances[ngram] + alpha / self.BASE_FREQ

        def _normalize_prob(self, prob: npt.NDArray[np.float64]) -> float:
            prob /= sum(prob.tolist())  # numpy would add in another order
            return float(prob.max())

    factory = DetectorFactory()
    factory.seed = 0
    paths = sorted(Path(PROFILES_DIRECTORY).iterdir())  # the order of a folder differs between machines
    profiles = _read([path for path in paths if path.is_file()])
    factory.langlist, factory.word_lang_prob_map = profiles.codes, _All()
    return lambda: AllAtOnce(factory)


def _known(profiles: Profiles, ngrams: Sequence[str]) -> tuple[list[npt.NDArray[np.float64]], list[int]]:
    """Chances of the known n-grams in all languages, and the place there of each n-gram of the text, in its order."""
    numbers = _numbers(ngrams)
    at = np.searchsorted(profiles.ngrams, numbers)
    known, places = np.unique(at[profiles.ngrams.take(at, mode="clip") == numbers], return_inverse=True)
    starts = profiles.starts[known]
    sizes = profiles.starts[known + 1] - starts
    row = np.repeat(np.arange(len(known)), sizes)
    entry = np.arange(len(row)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    chances = np.zeros((len(known), len(profiles.codes)))
    chances[row, profiles.languages[entry]] = profiles.chances[entry]
    return [*chances], places.tolist()


def _read(paths: Sequence[Path]) -> Profiles:
    codes, numbers, chances = [], [], []
    for path in paths:
        profile = json.loads(path.read_text(encoding="utf-8"))
        codes.append(profile["name"])
        counts, totals = profile["freq"], np.array(profile["n_words"])  # of n-grams of one, two and three characters
        sizes = np.fromiter(map(len, counts), dtype=np.intp, count=len(counts))
        numbers.append(_numbers([*counts]))
        chances.append(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)) / totals[sizes - 1])
    languages = np.repeat(np.arange(len(codes), dtype=np.uint8), [len(own) for own in numbers])
    every = np.concatenate(numbers)
    order = np.argsort(every, kind="stable")
    ngrams, starts = np.unique(every[order], return_index=True)
    return Profiles(codes, ngrams, np.append(starts, len(every)), languages[order], np.concatenate(chances)[order])


def _numbers(ngrams: Sequence[str]) -> npt.NDArray[np.uint64]:
    """N-grams of up to three characters as numbers."""
    codes = np.array(ngrams, dtype=f"<U{_LONGEST}").view("<u4").reshape(-1, _LONGEST).astype(np.uint64)
    found: npt.NDArray[np.uint64] = (codes[:, 0] << _BITS | codes[:, 1]) << _BITS | codes[:, 2]
    return found
