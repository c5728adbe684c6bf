"""A disk that is full, broken, or allows no large files: the message, the exit code, and the run after it."""

import contextlib
import errno
import os
import random
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.failpoints import FailAt, SmallDisk
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

KIB = 1024
SEED = 11
CODES = (73, 74)  # cannot be made; writing failed
ROOM = "64m"


@dataclass(frozen=True)
class Size:
    chance: int  # bytes in each page that nothing compresses
    rows: int  # in each of four files
    steps: int | None  # how many sizes, limits and steps are tried; None: each
    straces: int


SIZES = {
    "full": Size(chance=24_000, rows=30, steps=None, straces=6),
    "short": Size(chance=12_000, rows=12, steps=10, straces=2),
    "minute": Size(chance=12_000, rows=3, steps=3, straces=0),
}


@dataclass(frozen=True)
class Trial:
    fault: str
    amount: int  # bytes of the disk or of a file; number of the step


@dataclass(frozen=True)
class Scene:
    folder: Path
    whole: dict[str, bytes]
    can_mount: bool


@dataclass
class Outcome:
    fault: str
    failed: bool  # whether the fault was met; if not, the run went through
    complaints: list[str] = field(default_factory=list)


def measure(size: str) -> list[Figure]:
    asked = SIZES[size]
    launch.warm()
    with tempfile.TemporaryDirectory(prefix="winnow-disks-") as folder:
        scene = _scene(Path(folder), asked)
        outcomes: list[Outcome] = []
        for outcome in side_by_side(lambda trial: _tried(trial, scene), _trials(scene, asked, outcomes)):
            outcomes.append(outcome)
            launch.progress(f"disks: {len(outcomes)} faults")
    size_of_all = sum(map(len, scene.whole.values()))
    disk = "a tmpfs" if scene.can_mount else "injected, as no tmpfs can be mounted here"
    named = {
        "ENOSPC": f"disk full ({disk}, {size_of_all / KIB:.0f} KiB needed)",
        "EFBIG": "no files above a size (RLIMIT_FSIZE)",
        "EIO": "EIO in place of each disk step",
        "strace": "EIO by the kernel's answer to fsync (strace)",
    }
    return [_figure(name, told, [o for o in outcomes if o.fault == name], asked) for name, told in named.items()]


def _figure(name: str, told: str, outcomes: list[Outcome], asked: Size) -> Figure:
    wanted = f"{'every' if asked.steps is None else 'a sample of'} {'64 KiB' if name == 'ENOSPC' else 'step'}: "
    wanted += "message, exit 73 or 74, nothing visible in part, then identical"
    if not outcomes:
        why = "not in this size" if name == "strace" and not asked.straces else "not possible here"
        return Figure(told, wanted, f"skipped: {why}", ok=name == "strace")
    complaints = [complaint for outcome in outcomes for complaint in outcome.complaints]
    sound = sum(not outcome.complaints for outcome in outcomes)
    met = sum(outcome.failed for outcome in outcomes)
    more = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    return Figure(
        told, wanted, f"{sound} of {len(outcomes)}, {met} of which met it{more}", not complaints and met > 0
    )


def _scene(folder: Path, asked: Size) -> Scene:
    inputs.mixed(folder / "in", inputs.Mixture(jsonl=4, rows=asked.rows, warc=0, html=2, chance=asked.chance))
    if (ended := launch.run(["clean", "in", "-o", "whole", *launch.ALONE], folder)).code:
        raise RuntimeError(f"the uninterrupted run failed: {ended.told}")
    return Scene(folder, folders.files(folder / "whole"), _can_mount(folder))


def _can_mount(folder: Path) -> bool:
    with contextlib.suppress(OSError, subprocess.CalledProcessError), _tmpfs(folder / "probe", "64k"):
        return True
    return False


@contextlib.contextmanager
def _tmpfs(place: Path, size: str) -> Iterator[None]:
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(place)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _trials(scene: Scene, asked: Size, outcomes: list[Outcome]) -> Iterator[Trial]:
    """Disks from 64 KiB up to one that is large enough, and so with files; each step of a run."""
    needed = sum(map(len, scene.whole.values()))
    largest = max(map(len, scene.whole.values()))
    counted = scene.folder / "counted"
    launch.run(["clean", "in", "-o", "count", *launch.ALONE], scene.folder, first=FailAt(0, counted=counted))
    steps = counted.stat().st_size
    for fault, amounts in (
        ("ENOSPC", range(64 * KIB, needed + largest, 64 * KIB)),
        ("EFBIG", range(4 * KIB, largest + 16 * KIB, 16 * KIB)),
        ("EIO", range(1, steps + 1)),
    ):
        chosen = list(amounts)
        if asked.steps is not None:
            chosen = sorted({amounts[0], *random.Random(SEED).sample(chosen, min(asked.steps, len(chosen)) - 1)})
        for amount in chosen:
            if fault == "EIO" or not any(one.fault == fault and not one.failed for one in outcomes):
                yield Trial(fault, amount)
    if shutil.which("strace") and _can_trace():
        yield from (Trial("strace", number) for number in range(1, asked.straces + 1))


def _can_trace() -> bool:
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


def _tried(trial: Trial, scene: Scene) -> Outcome:
    with contextlib.ExitStack() as stack:
        place = scene.folder / f"{trial.fault}-{trial.amount}"
        if trial.fault == "ENOSPC" and scene.can_mount:
            stack.enter_context(_tmpfs(place, str(trial.amount)))
        else:
            place.mkdir()
        outcome = _judged(trial, scene, place / "out")
    shutil.rmtree(place, ignore_errors=True)
    return outcome


def _judged(trial: Trial, scene: Scene, out: Path) -> Outcome:
    words = ["clean", "in", "-o", str(out), *launch.ALONE]
    first: Callable[[], None] | None = {
        "ENOSPC": None if scene.can_mount else SmallDisk(out, trial.amount),
        "EFBIG": partial(_limit_files, trial.amount),
        "EIO": FailAt(trial.amount, errno.EIO),
    }.get(trial.fault)
    cold = None
    if trial.fault == "strace":
        inject = f"inject=fsync:error=EIO:when={trial.amount}"
        cold = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync", "-e", inject]
    ended = launch.run(words, scene.folder, first=first, cold=cold)
    outcome = Outcome(trial.fault, failed=ended.code != 0)
    at = f"{trial.fault} at {trial.amount}"
    if ended.code == 0 and folders.difference(out, scene.whole).names:
        outcome.complaints.append(f"{at}: exit 0, and the folder is not finished")
    if ended.code:
        if ended.code not in CODES or "Traceback" in ended.err:
            outcome.complaints.append(f"{at}: {ended.told}")
        elif not ended.err.startswith("error: ") or "\n  next: " not in ended.err:
            outcome.complaints.append(f"{at}: no message with what is next: {ended.told}")
    outcome.complaints += [f"{at}: {name} is unreadable" for name in folders.Reader().unreadable(out)]
    if trial.fault == "ENOSPC" and scene.can_mount:
        subprocess.run(["mount", "-o", f"remount,size={ROOM}", str(out.parent)], check=True)
    if (again := launch.run(words, scene.folder)).code:
        outcome.complaints.append(f"{at}: with room again: {again.told}")
    if (differs := folders.difference(out, scene.whole)).names:
        outcome.complaints.append(f"{at}: {differs}")
    return outcome


def _limit_files(size: int) -> None:
    """No file above so many bytes; Python ignores the signal that comes with it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
