"""What pages cost: extraction, whole pipelines, memory, and the worst pages. The part `pages` of bench/speed.py.

All of it is CPU time and comes as ratios within one run: milliseconds of one machine say little.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import environments, extractor_speed, page_memory, page_warc, pipeline_speed, worst_pages
from bench.extractors.texts import ENVIRONMENT, LOCK
from bench.measured import Measured
from bench.page_sets import PROFILES


@dataclass(frozen=True, slots=True)
class Size:
    extracted: int  # pages
    extraction_rounds: int
    cleaned: int  # pages of a WARC file
    pipeline_rounds: int
    soaked: int  # pages for memory


FULL = Size(extracted=60, extraction_rounds=5, cleaned=300, pipeline_rounds=3, soaked=5_000)
SHORT = Size(extracted=12, extraction_rounds=2, cleaned=60, pipeline_rounds=2, soaked=0)


def measure(data: Path, size: Size) -> list[Measured]:
    """All figures. What cannot be measured is among them, with the reason."""
    found: list[Measured] = []
    command = [sys.executable, "-m", "cleaners", "clean", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    profiles = known_profiles(told)
    if failure := environments.make(ENVIRONMENT, LOCK):
        return [Measured("other extractors and pipelines", f"not measured: {failure}")]
    with tempfile.TemporaryDirectory(prefix="winnow-page-speed-") as name:
        folder = Path(name)
        found += extractor_speed.measure(page_warc.sample(data, size.extracted), size.extraction_rounds, folder)
        pages = page_warc.sample(data, size.cleaned)
        has_metadata = "--metadata" in told
        found += pipeline_speed.measure(pages, size.pipeline_rounds, profiles, folder, metadata=has_metadata)
        for profile, words in profiles.items():
            if size.soaked:
                found += page_memory.measure(data, size.soaked, profile, words, folder)
            found += worst_pages.measure(profile, words, folder)
    missing = [profile for profile in PROFILES if profile not in profiles]
    found += [Measured(profile, "not measured: `winnow clean` has no such profile yet") for profile in missing]
    return found


def known_profiles(told: str) -> Mapping[str, list[str]]:
    """Profile -> the words that choose it, as far as the help of `winnow clean` names them.

    >>> known_profiles("--workers N")
    {'best': []}
    >>> known_profiles("--profile best|fast")["fast"]
    ['--profile', 'fast']
    """
    if "--profile" not in told:
        return {"best": []}
    return {profile: ["--profile", profile] for profile in PROFILES}
