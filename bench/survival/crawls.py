"""`kill -9` of crawls at random moments, and SIGTERM; and the same kills for Scrapy's own way to resume."""

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import crawl_pages, crawl_site, crawling, launch
from bench.survival.crawl_trials import (
    LONG,
    OURS,
    PEERS,
    SIGTERM_SECONDS,
    STOPS,
    TERM,
    THIRDS,
    Kind,
    Outcome,
    Scene,
    Trial,
    alone,
    tried,
    wait,
)
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

SEED = 20_261_101


@dataclass(frozen=True)
class Size:
    trials: int
    sigterms: int
    peers: int
    plan: crawl_pages.Plan = field(default_factory=crawl_pages.Plan)

    @property
    def kills(self) -> int:
        return self.trials * STOPS


SIZES = {
    "full": Size(100, 20, 10),
    "short": Size(8, 3, 3),
    "minute": Size(1, 1, 0, crawl_pages.Plan(pages=60, size=1_000)),
}


def measure(size: str) -> Iterator[Figure]:
    asked = SIZES[size]
    with tempfile.TemporaryDirectory(prefix="winnow-crawls-") as folder:
        crawling.warm(Path(folder))
        peers = PEERS if asked.peers else ()
        scene = Scene(Path(folder), asked.plan, {}, {})
        for kind in (OURS, *peers):
            scene.asked[kind.name], scene.found[kind.name] = alone(scene, kind)
        scene.asked[TERM.name] = scene.asked[OURS.name]
        outcomes: list[Outcome] = []
        for outcome in side_by_side(lambda trial: tried(trial, scene), _trials(asked, outcomes)):
            outcomes.append(outcome)
            launch.progress(f"crawls: {_kills(outcomes)} kills in {len(outcomes)} crawls")
        early = [_stopped_early(scene, turn) for turn in range(asked.sigterms)]
    yield from _ours(asked, outcomes)
    yield _early(early)
    for kind in peers:
        yield _peer(kind, scene, [outcome for outcome in outcomes if outcome.kind == kind.name])


def _trials(asked: Size, outcomes: list[Outcome]) -> Iterator[Trial]:
    """Ours until there are enough kills, then the others."""
    seed = SEED
    while _kills(outcomes) < asked.kills or seed < SEED + asked.trials:
        yield Trial(OURS, seed)
        seed += 1
    for kind, count in ((TERM, asked.sigterms), *((kind, asked.peers) for kind in PEERS)):
        for turn in range(count):
            yield Trial(kind, SEED + turn)  # the same moments again


def _kills(outcomes: list[Outcome]) -> int:
    return sum(outcome.stops for outcome in outcomes if outcome.kind == OURS.name)


def _stopped_early(scene: Scene, turn: int) -> launch.Ended:
    """SIGTERM as soon as it is handled, later by ten milliseconds with each turn."""
    folder = scene.folder / f"early-{turn}"
    folder.mkdir()
    with crawl_site.serve(scene.plan) as site:
        run = crawling.begin(crawling.command(site.url, folder), folder)
        wait(run, run.heeds_sigterm)
        time.sleep(turn / 100)
        run.kill(signal.SIGTERM)
        return run.wait(LONG)


def _early(ends: list[launch.Ended]) -> Figure:
    good = [ended for ended in ends if ended.code in (130, 143) and ended.seconds < SIGTERM_SECONDS]
    bad = next((f"; first of the others: {ended.told}" for ended in ends if ended not in good), "")
    return Figure(
        "SIGTERM as soon as a crawl handles it",
        "exit 130 or 143, for it is not done",
        f"{len(good)} of {len(ends)} so{bad}",
        len(good) == len(ends),
    )


def _ours(asked: Size, outcomes: list[Outcome]) -> Iterator[Figure]:
    killed = [outcome for outcome in outcomes if outcome.kind == OURS.name]
    termed = [outcome for outcome in outcomes if outcome.kind == TERM.name]
    yield Figure(
        f"kill -9 of a crawl of {asked.plan.pages} pages at random moments",
        f"{asked.kills} kills over {asked.trials} crawls or more: 0 lost, 0 doubled, 0 rejects missing or doubled",
        f"{_sum(killed)} ({_moments(killed)}; seed {SEED})",
        _is_sound(killed) and _kills(killed) >= asked.kills,
    )
    yield Figure(
        "SIGTERM of a crawl at random moments",
        f"exit 130 or 143 within {SIGTERM_SECONDS:.0f} s, then the same",
        f"{_sum(termed)} ({_moments(termed)})",
        _is_sound(termed),
    )


def _peer(kind: Kind, scene: Scene, outcomes: list[Outcome]) -> Figure:
    lost = [outcome.lost for outcome in outcomes]
    doubled = [outcome.doubled for outcome in outcomes]
    hung = sum("hangs" in outcome.complaints for outcome in outcomes)
    return Figure(
        f"the same kills, Scrapy alone with a JOBDIR ({kind.queue.rpartition('.')[2]})",
        "a peer: no mark",
        f"{sum(outcome.stops for outcome in outcomes)} kills over {len(outcomes)} crawls of {scene.found[kind.name]}"
        f" pages: {min(lost)} to {max(lost)} lost, {min(doubled)} to {max(doubled)} doubled, {hung} hung",
        True,
    )


def _sum(outcomes: list[Outcome]) -> str:
    lost, doubled, rejects, again = (
        sum(getattr(outcome, name) for outcome in outcomes) for name in ("lost", "doubled", "rejects", "again")
    )
    told = [complaint for outcome in outcomes for complaint in outcome.complaints]
    more = f"; {len(told)} complaints, first: {told[0]}" if told else ""
    return (
        f"{sum(outcome.stops for outcome in outcomes)} stops over {len(outcomes)} crawls: {lost} lost,"
        f" {doubled} doubled, {rejects} rejects wrong, {again} pages fetched again{more}"
    )


def _moments(outcomes: list[Outcome]) -> str:
    moments: Counter[str] = sum((outcome.moments for outcome in outcomes), Counter())
    return ", ".join(f"{moments[name]} {name}" for name in THIRDS)


def _is_sound(outcomes: list[Outcome]) -> bool:
    return not any(o.lost or o.doubled or o.rejects or o.complaints for o in outcomes)
