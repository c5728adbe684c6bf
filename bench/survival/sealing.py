"""A kill before, inside and behind every step on disk of a crawl that seals several files and two manifests."""

import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.survival import crawl_pages, crawl_site, crawling, launch
from bench.survival.failpoints import KillAt
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

SEED = 11
SAMPLES = {"full": None, "short": 24, "minute": 4}  # of all points, once and twice; None: each
PLAN = crawl_pages.Plan(pages=60, size=1_000)
PAGES = 16  # in a file, instead of a thousand
LONG = 60.0


@dataclass(frozen=True)
class Trial:
    n: int
    again: int  # killed once more at that point of the run that was to finish; 0: not


@dataclass(frozen=True)
class Outcome:
    files: int
    complaints: tuple[str, ...]


def measure(size: str) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="winnow-sealing-") as folder:
        crawling.warm(Path(folder))
        points = _points(Path(folder))
        outcomes = []
        trials = list(_trials(points, SAMPLES[size]))
        for outcome in side_by_side(lambda trial: _tried(trial, Path(folder)), trials):
            outcomes.append(outcome)
            launch.progress(f"sealing: {len(outcomes)} of {len(trials)} points")
    told = [complaint for outcome in outcomes for complaint in outcome.complaints]
    asked = "every one" if SAMPLES[size] is None else f"a sample of {SAMPLES[size]}"
    more = f"; {len(told)} complaints, first: {told[0]}" if told else ""
    yield Figure(
        f"kill before, in and behind each of {points} points of sealing, and once more in the next run",
        f"{asked}: the sealed files hold what those of the uninterrupted crawl hold, page for page",
        f"{sum(not outcome.complaints for outcome in outcomes)} of {len(outcomes)}"
        f" ({min(o.files for o in outcomes)} to {max(o.files for o in outcomes)} files a crawl){more}",
        not told and bool(outcomes),
    )


def _points(folder: Path) -> int:
    counted = folder / "counted"
    with crawl_site.serve(PLAN) as site:
        ended = _begin(site, folder / "whole", KillAt(0, counted)).wait(LONG)
    if ended.code:
        raise RuntimeError(f"the crawl that nobody stopped: {ended.told}")
    return counted.stat().st_size


def _trials(points: int, sample: int | None) -> Iterator[Trial]:
    by_chance = random.Random(SEED)
    once = [Trial(n, 0) for n in range(1, points + 1)]
    found = once + [Trial(trial.n, by_chance.randint(1, points)) for trial in once]
    yield from found if sample is None else by_chance.sample(found, sample)


def _begin(site: crawl_site.Site, folder: Path, kill: KillAt | None) -> launch.Run:
    folder.mkdir(exist_ok=True)

    def armed() -> None:
        from crawler import archive

        archive.SEGMENT_PAGES = PAGES
        if kill:
            kill()

    return crawling.begin(crawling.command(site.url, folder), folder, armed=armed)


def _tried(trial: Trial, folder: Path) -> Outcome:
    where = folder / f"trial-{trial.n}-{trial.again}"
    complaints = []
    with crawl_site.serve(PLAN) as site:
        for n in (trial.n, trial.again):
            ended = _begin(site, where, KillAt(n)).wait(LONG) if n else None
            if ended and ended.code not in (0, -signal.SIGKILL):
                complaints.append(f"{trial}: {ended.told}")
            if ended and ended.code == 0:
                break
        else:
            if (ended := _begin(site, where, None).wait(LONG)).code:
                complaints.append(f"{trial}: did not come to its end: {ended.told}")
        complaints += [f"{trial}: {each}" for each in _differences(site, where / crawling.NAME)]
    files = len(list((where / crawling.NAME).glob("seg-*")))
    shutil.rmtree(where)
    return Outcome(files, tuple(complaints))


def _differences(site: crawl_site.Site, folder: Path) -> Iterator[str]:
    kept = crawling.kept(folder)
    wanted = Counter(site.address(number) for number in range(PLAN.pages))
    if kept.pages != wanted:
        yield f"{(wanted - kept.pages).total()} pages lost, {(kept.pages - wanted).total()} too many"
    rejects = Counter((crawling.place(url), reason) for url, reason in kept.rejects.elements())
    if rejects != Counter(crawl_pages.expected_rejects(PLAN).items()):
        yield f"rejects are not as they should be: {rejects}"
    if left := [path.name for path in folder.glob("_tmp*")]:
        yield f"left behind: {left}"
