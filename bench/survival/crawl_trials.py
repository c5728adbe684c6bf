"""One trial of the row `crawls`: a crawl that is stopped at moments by chance, and what it left.

It crawls the whole site from nothing, and is stopped again and again until the same command is left to finish.
Then each page must be stored once, and each address that gives no page must stand among the rejects once.
"""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import crawl_pages, crawl_site, crawling, jobdir_peer, launch

STOPS = 3  # in a trial, unless it is finished before
REACH = (-0.1, 1.1)  # of the requests of an uninterrupted crawl: the first tenth means, while it starts
LATER = 0.3  # seconds: a stop comes so long behind its request, or sooner
TRIES = 12
LONG = 90.0  # seconds after which a crawl hangs
SIGTERM_SECONDS = 10.0
THIRDS = ("while it starts", "in the first third", "in the second", "in the last", "while it ends")


@dataclass(frozen=True)
class Kind:
    name: str
    signal: int = signal.SIGKILL
    queue: str = ""  # of a peer


OURS, TERM = Kind("kill -9"), Kind("SIGTERM", signal.SIGTERM)
PEERS = (
    Kind("JOBDIR", queue="scrapy.squeues.PickleLifoDiskQueue"),
    Kind("JOBDIR of SQLite queues", queue="scrapy.squeues.PickleLifoSQLiteQueue"),
)


@dataclass(frozen=True)
class Scene:
    """Where the trials run, over which site, and what an uninterrupted crawl of each kind asks for and stores."""

    folder: Path
    plan: crawl_pages.Plan
    asked: dict[str, int]
    found: dict[str, int]


@dataclass(frozen=True)
class Trial:
    kind: Kind
    seed: int


@dataclass
class Outcome:
    kind: str
    stops: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    rejects: int = 0  # that are missing, wrong or written twice
    again: int = 0  # pages that were sent more than once
    complaints: list[str] = field(default_factory=list)


def _words(kind: Kind, url: str, folder: Path) -> list[str]:
    if not kind.queue:
        return crawling.command(url, folder)
    job = ("-s", f"JOBDIR={folder / 'job'}", "-s", f"SCHEDULER_DISK_QUEUE={kind.queue}")
    return jobdir_peer.command(url, folder / "pages.warc.gz", *job, *crawling.FAST)


def _begin(kind: Kind, url: str, folder: Path) -> launch.Run:
    return crawling.begin(_words(kind, url, folder), folder, project="" if kind.queue else "crawler.settings")


def alone(scene: Scene, kind: Kind) -> tuple[int, int]:
    """Requests and pages of a crawl that nobody stops."""
    folder = scene.folder / f"alone-{kind.name}-{time.monotonic_ns()}"
    folder.mkdir()
    with crawl_site.serve(scene.plan) as site:
        ended = _begin(kind, site.url, folder).wait(LONG)
        outcome = Outcome(kind.name)
        _compare(kind, site, folder, outcome, scene)
        asked = site.requests
    if ended.code or outcome.doubled or (not kind.queue and (outcome.lost or outcome.rejects)):
        raise RuntimeError(f"the crawl that nobody stopped: {ended.told} {outcome}")
    return asked, _stored(kind, folder).total()


def _stored(kind: Kind, folder: Path) -> Counter[str]:
    return jobdir_peer.pages(folder / "pages.warc.gz") if kind.queue else crawling.kept(folder / crawling.NAME).pages


def tried(trial: Trial, scene: Scene) -> Outcome:
    kind, moments = trial.kind, random.Random(trial.seed)
    outcome = Outcome(kind.name)
    stops = sorted(min(moments.uniform(*REACH), 1.0) * scene.asked[kind.name] for _ in range(STOPS))
    folder = scene.folder / f"trial-{kind.name}-{trial.seed}"
    folder.mkdir()
    with crawl_site.serve(scene.plan) as site:
        for _ in range(TRIES):
            before = site.requests
            run = _begin(kind, site.url, folder)
            stopped = bool(stops) and _stop(run, kind, stops.pop(0), moments, site, outcome)
            if stopped:
                share = site.requests / scene.asked[kind.name] if site.requests > before else 0.0
                outcome.moments[THIRDS[0 if not share else 4 if share >= 1 else 1 + int(3 * share)]] += 1
            asked_at = time.monotonic()
            ended = run.wait(LONG)
            _judge(kind, ended, time.monotonic() - asked_at if stopped else 0.0, outcome)
            run.log.unlink(missing_ok=True)
            if not stopped or ended.code == 0 or _is_finished(kind, folder):  # else the next round would begin
                break
        if ended.code and not _is_finished(kind, folder):
            outcome.complaints.append(f"did not come to its end: {ended.told}")
        _compare(kind, site, folder, outcome, scene)
    shutil.rmtree(folder)
    return outcome


def _is_finished(kind: Kind, folder: Path) -> bool:
    return not kind.queue and bool(crawling.manifest(folder / crawling.NAME, 1).get("finished"))


def _stop(
    run: launch.Run, kind: Kind, after: float, moments: random.Random, site: crawl_site.Site, outcome: Outcome
) -> bool:
    """A moment behind so many requests; False where the crawl had ended before, or hangs."""
    wait(run, lambda: kind.signal != signal.SIGTERM or run.heeds_sigterm())
    wait(run, lambda: site.requests >= after)
    moment = time.monotonic() + moments.uniform(0, LATER)
    wait(run, lambda: time.monotonic() >= moment)
    if run.poll() or site.requests < after:
        return False
    run.kill(kind.signal, group=moments.random() < 0.5)
    outcome.stops += 1
    return True


def wait(run: launch.Run, condition: Callable[[], bool]) -> None:
    """As long as the crawl runs and does not hang."""
    while not run.poll() and not condition() and time.monotonic() < run.started + LONG:
        time.sleep(0.002)


def _judge(kind: Kind, ended: launch.Ended, seconds: float, outcome: Outcome) -> None:
    """The codes with which a crawl that was stopped, or ended, may end."""
    allowed = {0, -signal.SIGKILL} if kind.signal == signal.SIGKILL else {0, 130, 143}
    if not kind.queue and (ended.code not in allowed or "Traceback" in ended.err):
        outcome.complaints.append(ended.told)
    if ended.seconds >= LONG:
        outcome.complaints.append("hangs")
    elif seconds > SIGTERM_SECONDS and kind.signal == signal.SIGTERM:
        outcome.complaints.append(f"ended {seconds:.0f} s after SIGTERM")


def _compare(kind: Kind, site: crawl_site.Site, folder: Path, outcome: Outcome, scene: Scene) -> None:
    """What is kept, with what should be."""
    sent = Counter(asked.path for asked in site.log() if asked.status == 200)
    wanted = {site.address(number): number for number in range(site.plan.pages)}
    outcome.again = sum(sent[crawling.place(url)] - 1 for url in wanted if sent[crawling.place(url)])
    found = _stored(kind, folder)
    outcome.doubled = found.total() - len(found)
    if kind.queue:
        outcome.lost = max(0, scene.found.get(kind.name, 0) - len(found))
        return
    kept = crawling.kept(folder / crawling.NAME)
    outcome.lost = len(wanted.keys() - kept.pages.keys())
    if stray := kept.pages.keys() - wanted.keys():
        outcome.complaints.append(f"stored beside the site: {sorted(stray)[:3]}")
    rejects = Counter((crawling.place(url), reason) for url, reason in kept.rejects.elements())
    asked = Counter(crawl_pages.expected_rejects(site.plan).items())
    told = crawling.manifest(folder / crawling.NAME, 1)
    if (told.get("finished"), told.get("pages")) != (True, len(wanted)):
        outcome.complaints.append(f"the manifest tells of {told.get('pages')} pages, {told.get('waiting')} waiting")
    wrong = (asked - rejects) + (rejects - asked)
    outcome.rejects = wrong.total()
    if wrong:
        outcome.complaints.append(f"rejects missing, doubled or for another reason: {sorted(wrong)[:3]}")
    if altered := [
        url for url, number in wanted.items() if url in kept.bodies and not _is(site, number, kept.bodies)
    ]:
        outcome.complaints.append(f"stored otherwise than sent: {altered[:3]}")


def _is(site: crawl_site.Site, number: int, bodies: dict[str, bytes]) -> bool:
    """Whether a page is stored as it was sent; of those with tokens this is not known."""
    if not crawl_pages.tells_version(site.plan, number):
        return True
    sent = crawl_pages.html(site.plan, number, crawl_pages.State(), "").replace(b":PORT", b":%d" % site.port)
    return bodies[site.address(number)] == sent
