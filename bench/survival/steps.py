"""A kill before, inside and behind every step on disk, one after the other, until a run completes."""

import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.failpoints import KillAt
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

SEED = 7
SAMPLES = {"full": None, "short": 60, "minute": 12}  # of all points of all ways; None: each
FORGOTTEN = "https://river.example/3"


@dataclass(frozen=True)
class Way:
    """A command whose every step is a point. `before`: which folder it starts from, and `after`: what it must be."""

    name: str
    words: tuple[str, ...]
    before: str | None = None
    after: str = "whole"
    twice: bool = False  # killed once more, at a random point, before it may finish
    finish: tuple[tuple[str, ...], ...] = ()  # what finishes it, if not the command itself


CLEAN = ("clean", "in", "-o", "OUT")
FORGET = ("forget", "OUT", "--url", FORGOTTEN)
WAYS = (
    Way("clean", CLEAN),
    Way("clean, killed twice", CLEAN, twice=True),
    Way("refresh", (*CLEAN, "--refresh"), before="older"),
    Way("refresh, killed twice", (*CLEAN, "--refresh"), before="older", twice=True),
    Way("part 1 of 2", (*CLEAN, "--part", "1/2"), finish=((*CLEAN, "--part", "2/2"), (*CLEAN, "--part", "1/2"))),
    Way("forget", FORGET, before="whole", after="forgotten"),
    Way("forget, finished by clean", FORGET, before="whole", after="forgotten", finish=(CLEAN,)),
)


@dataclass(frozen=True)
class Trial:
    way: Way
    n: int
    last: bool  # one more than the points: here the run must complete


@dataclass(frozen=True)
class Scene:
    folder: Path
    wholes: dict[str, dict[str, bytes]]
    sound: frozenset[bytes]


@dataclass
class Outcome:
    way: str
    complaints: list[str] = field(default_factory=list)


def measure(size: str) -> list[Figure]:
    launch.warm()
    with tempfile.TemporaryDirectory(prefix="winnow-steps-") as folder:
        scene = _scene(Path(folder), inputs.Mixture(jsonl=2 if size == "minute" else 3, rows=4, warc=0, html=2))
        trials = list(_trials(scene, SAMPLES[size]))
        outcomes = []
        for outcome in side_by_side(lambda trial: _tried(trial, scene), trials):
            outcomes.append(outcome)
            launch.progress(f"steps: {len(outcomes)} of {len(trials)} points")
    told = [complaint for outcome in outcomes for complaint in outcome.complaints]
    counts = ", ".join(f"{way} {count}" for way, count in sorted(Counter(o.way for o in outcomes).items()))
    asked = "every one" if SAMPLES[size] is None else f"a sample of {SAMPLES[size]}"
    sound = sum(not outcome.complaints for outcome in outcomes)
    more = f"; {len(told)} complaints, first: {told[0]}" if told else ""
    return [
        Figure(
            "kill before, in and behind each disk step",
            f"{asked}: finished by the next run, identical, nothing unreadable",
            f"{sound} of {len(outcomes)} ({counts}){more}",
            not told and bool(outcomes),
        )
    ]


def _scene(folder: Path, mixture: inputs.Mixture) -> Scene:
    inputs.mixed(folder / "in", mixture)
    inputs.mixed(folder / "before" / "in", mixture)
    changed = folder / "before" / "in" / "rows-001.jsonl"
    changed.write_text(changed.read_text(encoding="utf-8").replace("river", "lake"), encoding="utf-8")
    inputs.jsonl(folder / "before" / "in" / "gone.jsonl", [inputs.row(900)])
    _must(["clean", "in", "-o", "whole", *launch.ALONE], folder)
    _must(["clean", "in", "-o", "../older", *launch.ALONE], folder / "before")
    shutil.copytree(folder / "whole", folder / "forgotten")
    _must(["forget", "forgotten", "--url", FORGOTTEN], folder)
    reader = folders.Reader()
    wholes = {}
    for name in ("whole", "older", "forgotten"):
        if broken := reader.unreadable(folder / name):
            raise RuntimeError(f"the uninterrupted run left unreadable files: {broken}")
        wholes[name] = folders.files(folder / name)
    return Scene(folder, wholes, frozenset(reader.sound))


def _must(words: list[str], folder: Path) -> None:
    if (ended := launch.run(words, folder)).code:
        raise RuntimeError(f"the uninterrupted run failed: {ended.told}")


def _trials(scene: Scene, sample: int | None) -> Iterator[Trial]:
    """Each point of each way, counted in a run of its own; or a random sample of them, with every way's last."""
    found = []
    for number, way in enumerate(WAYS):
        counted = scene.folder / f"counted-{number}"
        out = _prepared(way, scene, f"counting-{number}")
        if (ended := launch.run(_words(way.words, out), scene.folder, first=KillAt(0, counted))).code:
            raise RuntimeError(f"{way.name} failed: {ended.told}")
        points = counted.stat().st_size
        shutil.rmtree(out)
        found += [Trial(way, n, n > points) for n in range(1, points + 2)]
    if sample is None:
        yield from found
    else:
        yield from random.Random(SEED).sample(found, sample)


def _prepared(way: Way, scene: Scene, name: str) -> Path:
    out = scene.folder / name
    if way.before:
        shutil.copytree(scene.folder / way.before, out)
    return out


def _words(words: tuple[str, ...], out: Path) -> list[str]:
    given = [out.name if word == "OUT" else word for word in words]
    return [*given, *launch.ALONE] if words[0] == "clean" else given


def _tried(trial: Trial, scene: Scene) -> Outcome:
    way, outcome = trial.way, Outcome(trial.way.name)
    reader = folders.Reader(set(scene.sound))
    out = _prepared(way, scene, f"{way.name}-{trial.n}".replace(" ", "-").replace(",", ""))
    at = f"{way.name}, point {trial.n}"
    points = [trial.n]
    if way.twice:
        points.append(random.Random(trial.n).randint(1, max(2, trial.n)))
    for turn, point in enumerate(points):
        ended = launch.run(_words(way.words, out), scene.folder, first=KillAt(point))
        expected = {0 if trial.last else -signal.SIGKILL} if turn == 0 else {0, -signal.SIGKILL}
        if ended.code not in expected:
            outcome.complaints.append(f"{at}: {ended.told}")
        outcome.complaints += [f"{at}: {name} is unreadable" for name in reader.unreadable(out)]
    after = way.after
    if way.finish == (CLEAN,) and not (out / "_run" / "forgotten.json").exists():
        after = "whole"  # killed before it had written down what it was told: another command knows nothing of it
    for words in way.finish or (way.words,):
        if (ended := launch.run(_words(words, out), scene.folder)).code:
            outcome.complaints.append(f"{at}: finishing it: {ended.told}")
    if (differs := folders.difference(out, scene.wholes[after])).names:
        outcome.complaints.append(f"{at}: {differs}")
    shutil.rmtree(out, ignore_errors=True)
    return outcome
