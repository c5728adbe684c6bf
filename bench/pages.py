"""Our two profiles and other extractors, held against gold texts: the part `pages` of bench/quality.py."""

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import page_scores, page_sets
from bench.extractors import texts as peers
from bench.learn import folds
from bench.page_scores import Fault, Score
from bench.page_sets import PROFILES, ROWS, Row

TRAFILATURA = "trafilatura"
DIGITS = 6  # of a figure that count


@dataclass(frozen=True)
class Found:
    """Scores by row and extractor, the worst pages of `best` by set, and what could not be measured, and why."""

    scores: dict[tuple[str, str], Score] = field(default_factory=dict)
    worst: dict[str, list[Fault]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        names = {name for name, _ in self.scores}
        return [row for row in ROWS if row.name in names]


def measure(data: Path, sets: Iterable[str], *, worst: int = 0, fresh: bool = False) -> Found:
    """Score every extractor on these sets."""
    found = Found()
    for name in sets:
        print(f"pages: {name}", file=sys.stderr, flush=True)
        pages = page_sets.read(data, name)
        for extractor, texts in _texts(data, name, found.missing, fresh=fresh).items():
            accounts = page_scores.judged(data, pages, texts)
            for row in ROWS:
                if row.set == name:
                    found.scores[row.name, extractor] = page_scores.score(data, row, pages, accounts)
            if extractor == PROFILES[0]:
                found.worst[name] = page_scores.worst(pages, accounts, worst)
    return found


def _texts(data: Path, name: str, missing: dict[str, str], *, fresh: bool) -> dict[str, Mapping[str, str]]:
    texts: dict[str, Mapping[str, str]] = {}
    for profile in PROFILES:
        try:
            texts[profile] = dict(folds.predict(profile, name, data))
        except folds.NotTrained as reason:
            missing[profile] = str(reason)
    try:
        texts |= peers.texts(data, name, fresh=fresh)
    except peers.NotMade as reason:
        missing["other extractors"] = str(reason)
    return texts


def accounted_for(data: Path, scratch: Path) -> tuple[int, int]:
    """Records and rejects that the command makes of all scrapinghub pages, and the number of these."""
    source, rejects = page_sets.path(data, "scrapinghub"), scratch / "rejects.jsonl"
    command: list[Any] = [sys.executable, "-m", "cleaners", "clean", source, "-o", "-", "--rejects", rejects]
    done = subprocess.run(command, capture_output=True, check=True)
    rows = sum(len(content.splitlines()) for content in (done.stdout, rejects.read_bytes()))
    return rows, len(page_sets.read(data, "scrapinghub"))


# --- what was asked ------------------------------------------------------------------------------------------------


def asked(row: Row, profile: str, found: Found) -> tuple[float | None, float | None]:
    """The least that the two figures of a profile may be. None: not asked, or nothing to be measured against."""
    if not row.above:
        return row.asked[profile]
    base = found.scores.get((row.name, TRAFILATURA))
    first, second = (
        None if base is None or more is None else value + more
        for value, more in zip(base.values if base else (0.0, 0.0), row.asked[profile], strict=True)
    )
    return first, second


def short_of(found: Found) -> list[str]:
    """Figures of the profiles that are below what was asked for."""
    return [
        f"{row.name}: {figure}, {profile}"
        for row in found.rows()
        for profile in PROFILES
        if (score := found.scores.get((row.name, profile)))
        for figure, value, least in zip(row.measures, score.values, asked(row, profile, found), strict=True)
        if least is not None and round(value, DIGITS) < round(least, DIGITS)
    ]


def figures(found: Found, who: Sequence[str] | None = None) -> dict[str, float]:
    """Each figure by its name: of all, or of these extractors."""
    return {
        f"{row}: {figure}, {extractor}": value
        for (row, extractor), score in found.scores.items()
        if who is None or extractor in who
        for figure, value in zip(_row(row).measures, score.values, strict=True)
    }


def deviations(found: Found) -> dict[str, float]:
    """Bootstrap deviation of the second figure of each row."""
    return {
        f"{row}: deviation of {[*_row(row).measures][1]}, {extractor}": score.deviation
        for (row, extractor), score in found.scores.items()
    }


def _row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


# --- tables --------------------------------------------------------------------------------------------------------


def table_of_asked(found: Found) -> list[tuple[str, ...]]:
    """A line for each row: trafilatura, then for each profile what was asked for and what was reached."""
    short = short_of(found)
    head = ("set", "figures", "headline", TRAFILATURA)
    lines: list[tuple[str, ...]] = [(*head, *(f"{who}{part}" for who in PROFILES for part in (", asked", "")), "")]
    for row in found.rows():
        cells = [row.name, " / ".join(row.measures), "with" if page_sets.PAGES[row.set] else "without"]
        cells.append(shown(found.scores.get((row.name, TRAFILATURA)), deviation=True))
        for profile in PROFILES:
            cells.append(" / ".join("-" if one is None else digits(one) for one in asked(row, profile, found)))
            cells.append(shown(found.scores.get((row.name, profile)), deviation=True))
        missed = [who for who in PROFILES if any(f"{row.name}: {each}, {who}" in short for each in row.measures)]
        lines.append((*cells, f"short: {', '.join(missed)}" if missed else ""))
    return lines


def table_of_peers(found: Found) -> list[tuple[str, ...]]:
    """A line for each extractor, a column for each row."""
    rows = found.rows()
    who = dict.fromkeys(extractor for _, extractor in found.scores)
    lines = [("extractor", *(row.name for row in rows))]
    return lines + [(one, *(shown(found.scores.get((row.name, one))) for row in rows)) for one in who]


def table_of_worst(found: Found) -> list[tuple[Any, ...]]:
    """The pages of each set on which `best` does worst."""
    head = ("set", "page", "words too many", "lost", "of the gold text's")
    faults = ((name, fault) for name, faults in found.worst.items() for fault in faults)
    return [head, *((name, fault.page, fault.residual, fault.lost, fault.wanted) for name, fault in faults)]


def shown(score: Score | None, *, deviation: bool = False) -> str:
    """
    >>> shown(Score((0.9641, 0.455), 0.0512)), shown(Score((1.0, 0.5), 0.04), deviation=True)
    ('.964 / .455', '1.000 / .500 ±.040')
    """
    if score is None:
        return "-"
    return " / ".join(map(digits, score.values)) + (f" ±{digits(score.deviation)}" if deviation else "")


def digits(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def note(*, fresh: bool) -> str:
    """Where the figures come from."""
    made = (
        "made now"
        if fresh
        else "made once and kept, by digest of pages, lock file and script; --fresh makes them anew"
    )
    return f"best, fast: {folds.MODELS}. Others: texts {made}."
