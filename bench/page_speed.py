"""What pages cost: extraction, whole pipelines, memory, and the worst pages. The part `pages` of bench/speed.py.

All of it is CPU time and comes as ratios within one run: milliseconds of one machine say little.
"""

import tempfile
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
    profiles = {profile: ["--profile", profile] for profile in PROFILES}
    if failure := environments.make(ENVIRONMENT, LOCK):
        return [Measured("other extractors and pipelines", f"not measured: {failure}")]
    with tempfile.TemporaryDirectory(prefix="winnow-page-speed-") as name:
        folder = Path(name)
        found += extractor_speed.measure(page_warc.sample(data, size.extracted), size.extraction_rounds, folder)
        pages = page_warc.sample(data, size.cleaned)
        found += pipeline_speed.measure(pages, size.pipeline_rounds, profiles, folder)
        for profile, words in profiles.items():
            if size.soaked:
                found += page_memory.measure(data, size.soaked, profile, words, folder)
            found += worst_pages.measure(profile, words, folder)
    return found
