"""`kill -9` at random moments: of a run, its process group, a worker, in a refresh, in parts; and SIGTERM.

A trial makes one dataset from nothing, or refreshes one, and is stopped again and again until the same command is
left to finish. Whatever is visible after a stop must be readable; the end must be the uninterrupted dataset.
"""

import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

SEED = 20_260_301
STOPS = 5  # in a trial, on average, unless it is finished before
REACH = 0.7  # of an uninterrupted run: how late a stop may come
TRIES = 60  # of one trial
LEAVING_SECONDS = 60.0  # in which what a killed run had started is gone: a fork server first ends its imports
SIGTERM_SECONDS = 10.0
_STEPS = ("before the first shard", "between shards", "behind the last")


@dataclass(frozen=True)
class Size:
    name: str
    kills: int
    runs: int
    sigterms: int
    mixture: inputs.Mixture


SIZES = {
    "full": Size("full", 1_000, 200, 100, inputs.Mixture()),
    "short": Size("short", 50, 10, 4, inputs.Mixture()),
    "minute": Size("minute", 12, 4, 1, inputs.Mixture(jsonl=8, rows=5, warc=3, html=4)),
}


@dataclass(frozen=True)
class Kind:
    """One way of running and stopping. `share`: of the trials, in hundredths."""

    name: str
    share: int
    workers: bool = False
    group: bool = False
    refresh: bool = False
    parts: int = 1
    signal: int = signal.SIGKILL
    only_a_worker: bool = False
    sizes: tuple[str, ...] = ("full", "short", "minute")


KINDS = (
    Kind("run", 40),
    Kind("refresh", 15, refresh=True),
    Kind("two parts", 15, parts=2),
    Kind("SIGTERM", 10, signal=signal.SIGTERM),
    Kind("run with workers", 8, workers=True, sizes=("full", "short")),
    Kind("process group", 7, workers=True, group=True, sizes=("full",)),
    Kind("one worker", 5, workers=True, only_a_worker=True),
)


@dataclass(frozen=True)
class Scene:
    """What all trials share: a folder with `in`, `older/in` and the datasets of both, and what is typical."""

    folder: Path
    whole: dict[str, bytes]
    sound: frozenset[bytes]
    seconds: dict[str, float]  # of an uninterrupted run, by kind


@dataclass(frozen=True)
class Trial:
    kind: Kind
    seed: int


@dataclass
class Outcome:
    kind: str
    stops: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    lost: int = 0
    doubled: int = 0
    identical: bool = True
    complaints: list[str] = field(default_factory=list)


def measure(size: str) -> list[Figure]:
    asked = SIZES[size]
    launch.warm()
    with tempfile.TemporaryDirectory(prefix="winnow-kills-") as folder:
        scene = _scene(Path(folder), asked)
        outcomes: list[Outcome] = []
        for outcome in side_by_side(lambda trial: _tried(trial, scene), _trials(asked, outcomes)):
            outcomes.append(outcome)
            launch.progress(f"kills: {_kills(outcomes)} of {asked.kills} in {len(outcomes)} runs")
    return _figures(asked, outcomes)


def _trials(asked: Size, outcomes: list[Outcome]) -> Iterator[Trial]:
    """Kinds by their shares, until there were kills, runs and SIGTERMs enough."""
    usable = [kind for kind in KINDS if asked.name in kind.sizes]
    order = [kind for kind in usable for _ in range(kind.share)]
    random.Random(SEED).shuffle(order)
    opening = list(usable)  # each kind once, whatever the size
    seed = SEED
    while True:
        seed += 1
        terms = sum(outcome.stops for outcome in outcomes if outcome.kind == "SIGTERM")
        enough = _kills(outcomes) >= asked.kills and len(outcomes) >= asked.runs
        if not opening and enough and terms >= asked.sigterms:
            return
        if opening:
            yield Trial(opening.pop(0), seed)
        else:
            yield Trial(
                next(kind for kind in KINDS if kind.name == "SIGTERM") if enough else order[seed % len(order)], seed
            )


def _kills(outcomes: list[Outcome]) -> int:
    return sum(outcome.stops for outcome in outcomes if outcome.kind != "SIGTERM")


def _scene(folder: Path, asked: Size) -> Scene:
    mixture, name = asked.mixture, asked.name
    inputs.mixed(folder / "in", mixture)
    inputs.mixed(folder / "older" / "in", mixture)
    for path in sorted((folder / "older" / "in").glob("rows-*.jsonl"))[::3]:
        path.write_text(path.read_text(encoding="utf-8").replace("the mill", "the old mill"), encoding="utf-8")
    (folder / "older" / "in" / "gone.jsonl").write_text('{"text": "Nobody waits here any more."}\n', encoding="utf-8")
    for place in (folder, folder / "older"):
        if (ended := launch.run(["clean", "in", "-o", "whole", *launch.ALONE], place)).code:
            raise RuntimeError(f"the uninterrupted run failed: {ended.told}")
    whole, older = folder / "whole", folder / "older" / "whole"
    reader = folders.Reader()
    if broken := reader.unreadable(whole) + reader.unreadable(older):
        raise RuntimeError(f"the uninterrupted run left unreadable files: {broken}")
    seconds: dict[str, float] = {}
    for kind in KINDS:
        if name not in kind.sizes or kind.only_a_worker:
            continue
        if known := next((seconds[k.name] for k in KINDS if k.workers and kind.workers and k.name in seconds), None):
            seconds[kind.name] = known
            continue
        out = folder / f"timed-{kind.name}"
        _prepare(kind, out, older)
        seconds[kind.name] = max(launch.run(words, folder).seconds for words in _commands(kind, out))
        shutil.rmtree(out)
    return Scene(folder, folders.files(whole), frozenset(reader.sound), seconds)


def _prepare(kind: Kind, out: Path, older: Path) -> None:
    if kind.refresh:
        shutil.copytree(older, out)


def _commands(kind: Kind, out: Path) -> list[list[str]]:
    words = ["clean", "in", "-o", out.name, *(["--workers", "2"] if kind.workers else launch.ALONE)]
    if kind.refresh:
        words.append("--refresh")
    if kind.parts == 1:
        return [words]
    return [[*words, "--part", f"{number}/{kind.parts}"] for number in range(1, kind.parts + 1)]


def _tried(trial: Trial, scene: Scene) -> Outcome:
    kind = trial.kind
    moments = random.Random(trial.seed)
    outcome = Outcome(kind.name)
    reader = folders.Reader(set(scene.sound))
    out = scene.folder / f"trial-{trial.seed}"
    _prepare(kind, out, scene.folder / "older" / "whole")
    waiting = _commands(kind, out)
    wanted = moments.randint(1, 2 * STOPS - 1) if not kind.only_a_worker else 1
    begun: list[launch.Run] = []
    while waiting and len(begun) < TRIES:
        runs = [(words, launch.begin(words, scene.folder)) for words in waiting]
        if outcome.stops < wanted:
            _stop([run for _, run in runs], kind, moments, scene, out, outcome)
        ended = [(words, run.wait(), run) for words, run in runs]
        outcome.unreadable += len(reader.unreadable(out))
        for _, end, run in ended:
            _judge(kind, end, outcome)
            begun.append(run)
        waiting = [words for words, end, _ in ended if end.code != 0]
    if left := sum(run.left_behind(LEAVING_SECONDS) for run in begun):
        outcome.complaints.append(f"{left} processes left behind")
    for run in begun:
        run.log.unlink(missing_ok=True)
    differs = folders.difference(out, scene.whole)
    if differs.names:
        outcome.identical, outcome.lost, outcome.doubled = False, differs.lost, differs.doubled
        outcome.complaints.append(f"{differs}")
    shutil.rmtree(out, ignore_errors=True)
    return outcome


def _stop(
    runs: list[launch.Run], kind: Kind, moments: random.Random, scene: Scene, out: Path, outcome: Outcome
) -> None:
    """Stop each run at a moment of its own. What ended before its moment is not stopped."""
    if kind.only_a_worker:  # its moments begin when there are workers
        while not runs[0].workers() and not runs[0].poll():
            time.sleep(0.01)
    reach = scene.seconds[KINDS[0].name if kind.only_a_worker else kind.name] * REACH
    begun = time.monotonic()
    if kind.signal == signal.SIGTERM:
        while not runs[0].poll() and not runs[0].heeds_sigterm():
            time.sleep(0.001)
    for moment, run in sorted(((moments.uniform(0, reach), run) for run in runs), key=lambda pair: pair[0]):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        if run.poll():
            continue
        shards = len([*out.glob("records/part-*")])
        behind = 2 if 2 * shards >= sum(name.startswith("re") for name in scene.whole) else bool(shards)
        if kind.only_a_worker:
            if not (workers := run.workers()):
                continue
            launch.signal_one(moments.choice(workers), signal.SIGKILL)
        else:
            run.kill(kind.signal, group=kind.group)
        outcome.stops += 1
        outcome.moments[_STEPS[behind]] += 1


def _judge(kind: Kind, end: launch.Ended, outcome: Outcome) -> None:
    """Codes that a stopped or finished run may end with."""
    allowed = {0, 143} if kind.signal == signal.SIGTERM else {0, -signal.SIGKILL}
    if kind.only_a_worker:
        allowed = {0, 70}
    if end.code not in allowed or "Traceback" in end.err:
        outcome.complaints.append(f"{end.told}")
    if end.code == 143 and end.seconds > SIGTERM_SECONDS + 1:
        outcome.complaints.append(f"ended {end.seconds:.0f} s after SIGTERM")


def _figures(asked: Size, outcomes: list[Outcome]) -> list[Figure]:
    killed = [outcome for outcome in outcomes if outcome.kind != "SIGTERM"]
    termed = [outcome for outcome in outcomes if outcome.kind == "SIGTERM"]
    kinds = Counter({kind.name: sum(o.stops for o in killed if o.kind == kind.name) for kind in KINDS})
    spread = ", ".join(f"{name} {count}" for name, count in (+kinds).items())
    moments: Counter[str] = sum((outcome.moments for outcome in killed), Counter())
    places = ", ".join(f"{moments[name]} {name}" for name in _STEPS)
    return [
        Figure(
            "kill -9 at random moments",
            f"{asked.kills} kills over {asked.runs} runs or more: all identical, 0 lost, 0 doubled, 0 unreadable",
            f"{_kills(outcomes)} kills over {len(killed)} runs: {_sum(killed)} ({spread}; {places}; seed {SEED})",
            _is_sound(killed) and _kills(outcomes) >= asked.kills and len(outcomes) >= asked.runs,
        ),
        Figure(
            "SIGTERM at random moments",
            f"exit 143 within {SIGTERM_SECONDS:.0f} s, then identical",
            f"{sum(outcome.stops for outcome in termed)} over {len(termed)} runs: {_sum(termed)}",
            _is_sound(termed),
        ),
    ]


def _sum(outcomes: list[Outcome]) -> str:
    same = sum(outcome.identical for outcome in outcomes)
    lost, doubled, unreadable = (
        sum(getattr(o, name) for o in outcomes) for name in ("lost", "doubled", "unreadable")
    )
    told = [complaint for outcome in outcomes for complaint in outcome.complaints]
    more = f"; {len(told)} complaints, first: {told[0]}" if told else ""
    return f"{same} of {len(outcomes)} identical, {lost} lost, {doubled} doubled, {unreadable} unreadable{more}"


def _is_sound(outcomes: list[Outcome]) -> bool:
    return all(o.identical and not o.complaints and not o.unreadable for o in outcomes)
