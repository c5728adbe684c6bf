"""Peers under the same kills: a script as many write it, in two forms, and datatrove with its own resume.

Each is killed with all its processes, as a scheduler does, at random moments, and started again until it exits 0.
Their figures carry no mark.
"""

import itertools
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench import environments
from bench.survival import inputs, launch
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

HERE = Path(__file__).resolve().parent
LOCK = HERE / "peers_requirements.lock"
ENVIRONMENT = "peers"
SEED = 17
STOPS = 3  # in a trial, on average
KILLS = {"full": 100, "short": 10, "minute": 4}
TRIES = 40
ASKED = "for comparison: kill -9 of all its processes, then the same command until it exits 0"


@dataclass(frozen=True)
class Peer:
    name: str
    script: str
    way: tuple[str, ...] = ()
    apart: bool = False  # in the environment of peers
    sizes: tuple[str, ...] = ("full", "short", "minute")

    def program(self, place: Path, out: Path) -> list[str]:
        python = environments.python(ENVIRONMENT) if self.apart else sys.executable
        logs = [str(_logs(out))] if self.apart else []
        return [python, str(HERE / self.script), *self.way, str(place / "in"), str(out), *logs]


PEERS = (
    Peer("a script that writes one file and starts over", "peer_naive.py", ("one",)),
    Peer("a script with a file for each input, skipping those that exist", "peer_naive.py", ("files",)),
    Peer("datatrove 0.10.1", "peer_datatrove.py", apart=True, sizes=("full", "short")),
)


@dataclass(frozen=True)
class Outcome:
    stops: int
    unreadable_then: int  # visible files behind a kill
    unreadable: int  # at the end
    lost: int
    doubled: int
    equal: bool
    finished: bool


def measure(size: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="winnow-peers-") as folder:
        place = Path(folder)
        for number in range(8):
            rows = [{"id": f"{number}-{n}", "text": inputs.html(100 * number + n)} for n in range(12)]
            inputs.jsonl(place / "in" / f"{number}.jsonl", rows)
        return [_measured(peer, place, KILLS[size]) for peer in PEERS if size in peer.sizes]


def _measured(peer: Peer, place: Path, kills: int) -> Figure:
    if peer.apart and (failure := environments.make(ENVIRONMENT, LOCK)):
        return Figure(peer.name, ASKED, f"not measured: {failure}", ok=True)
    whole = place / "whole"
    ended = launch.run([], place, program=peer.program(place, whole))
    if ended.code:
        return Figure(peer.name, ASKED, f"not measured: {ended.told}", ok=True)
    wanted = _rows(whole)
    outcomes: list[Outcome] = []
    seeds = itertools.takewhile(lambda _: sum(one.stops for one in outcomes) < kills, itertools.count(SEED))
    for outcome in side_by_side(lambda seed: _tried(peer, place, seed, ended.seconds, wanted), seeds):
        outcomes.append(outcome)
        launch.progress(f"peers: {peer.name}: {sum(one.stops for one in outcomes)} of {kills} kills")
    for left in (whole, _logs(whole)):
        shutil.rmtree(left, ignore_errors=True)
    return Figure(peer.name, ASKED, _sums(outcomes), ok=True)


def _sums(outcomes: list[Outcome]) -> str:
    def total(name: str) -> int:
        return sum(getattr(outcome, name) for outcome in outcomes)

    return (
        f"{total('stops')} kills over {len(outcomes)} runs: {total('equal')} of {len(outcomes)} equal to an"
        f" uninterrupted one, {total('lost')} pages lost, {total('doubled')} doubled; unreadable visible files:"
        f" {total('unreadable_then')} behind kills, {total('unreadable')} at the end; {total('finished')} exited 0"
    )


def _tried(peer: Peer, place: Path, seed: int, seconds: float, wanted: dict[str, str | None]) -> Outcome:
    moments = random.Random(seed)
    out = place / f"{peer.script}-{seed}"
    program = peer.program(place, out)
    stops = unreadable = 0
    intended = moments.randint(1, 2 * STOPS - 1)
    finished = False
    for _ in range(TRIES):
        command = launch.begin([], place, program=program)
        if stops < intended:
            deadline = command.started + moments.uniform(0, seconds)
            while not command.poll() and time.monotonic() < deadline:
                time.sleep(0.005)
            if not command.poll():
                command.kill(signal.SIGKILL, group=True)
                stops += 1
        ended = command.wait()
        command.left_behind()
        if ended.code == -signal.SIGKILL:
            unreadable += len(_read(out)[1])
        if finished := ended.code == 0:
            break
    rows, broken = _read(out)
    ids = Counter(page for page, _ in rows)
    texts = dict(rows)
    for left in (out, _logs(out)):
        shutil.rmtree(left, ignore_errors=True)
    doubled = sum(count - 1 for count in ids.values())
    equal = not broken and not doubled and texts == wanted
    return Outcome(stops, unreadable, len(broken), len(wanted.keys() - ids.keys()), doubled, equal, finished)


def _logs(out: Path) -> Path:
    return out.with_name(f"{out.name}-logs")


def _rows(out: Path) -> dict[str, str | None]:
    return dict(_read(out)[0])


def _read(out: Path) -> tuple[list[tuple[str, str | None]], list[Path]]:
    """Rows of all visible Parquet files, and those that cannot be read."""
    rows: list[tuple[str, str | None]] = []
    broken = []
    for path in sorted(out.rglob("*.parquet")):
        try:
            table = pq.read_table(pa.BufferReader(path.read_bytes()), columns=["id", "text"], use_threads=False)
        except (OSError, pa.ArrowException):
            broken.append(path)
        else:
            rows += zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True)
    return rows, broken
