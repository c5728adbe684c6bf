"""Memory over many pages: the peak of a worker, and whether the parent process grows.

The peak is what `top` shows (VmHWM): libraries and rules that all workers share count in full for each. Its own part
(Pss) shares them out: that of all workers together is what a container's limit counts.
"""

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bench import page_warc
from bench.measured import Measured
from bench.survival import launch

WORKER = 250.0  # MB, the most that one may hold
FLAT = 1.10  # the parent's memory in the last quarter of a run, times that in the second
FLAT_MB = 20.0  # less than that is no growth
_FILE = 500  # pages
_SECONDS = 0.2  # between samples
_PATIENCE = 7_200.0  # seconds


def measure(data: Path, pages: int, profile: str, words: Sequence[str], folder: Path) -> list[Measured]:
    """Two workers over that many pages: the same file of 500 under many names."""
    source = folder / f"soak-{profile}"
    source.mkdir()
    first = source / "0000.warc.gz"
    page_warc.write(page_warc.sample(data, min(pages, _FILE)), first)
    for number in range(1, pages // _FILE):
        os.link(first, source / f"{number:04}.warc.gz")
    out = folder / f"soaked-{profile}"
    run = launch.begin(["clean", source, "-o", out, "--workers", 2, *words], folder, cold=())
    parent: list[float] = []
    peak = own = 0.0
    while run.poll() is None and time.monotonic() < run.started + _PATIENCE:
        workers = run.workers()
        peak = max([peak, *(memory(pid, "VmHWM") for pid in workers)])
        own = max([own, *(memory(pid, "Pss", "smaps_rollup") for pid in workers)])
        if any(out.glob("records/*.parquet")):  # before the first it warms up
            parent.append(memory(run.pid, "VmRSS"))
        launch.progress(f"memory, {profile}: {len(parent)} samples, a worker's peak {peak:.0f} MB")
        time.sleep(_SECONDS)
    ended = run.wait(1)
    if ended.code:
        return [Measured(f"memory: {profile}", f"not measured: {ended.told}", 1.0, 0.0, most=True)]
    return [
        Measured(f"memory: {profile}, a worker's peak", f"{peak:.0f} MB", peak, WORKER, most=True),
        Measured(f"memory: {profile}, a worker's own part", f"{own:.0f} MB"),
        growth(f"memory: {profile}, parent over {pages:,} pages", [one for one in parent if one]),
    ]


def growth(name: str, samples: Sequence[float]) -> Measured:
    """Whether the last quarter of the samples, in MB, is above the second.

    >>> growth("parent", [90, 100, 100, 101, 102, 102, 103, 103]).is_short
    False
    >>> growth("parent", [90, 100, 100, 101, 150, 150, 190, 190]).reached
    '100 MB in the second quarter of the run, 190 MB in the last'
    """
    quarter = len(samples) // 4
    if not quarter:
        return Measured(name, f"not measured: {len(samples)} samples are too few")
    early, late = statistics.median(samples[quarter : 2 * quarter]), statistics.median(samples[-quarter:])
    shown = f"{early:.0f} MB in the second quarter of the run, {late:.0f} MB in the last"
    return Measured(name, shown, 1.0 if late - early <= FLAT_MB else late / early, FLAT, most=True, wanted="flat")


def memory(pid: int, field: str, file: str = "status") -> float:
    """MB of a process, by a field of a file of /proc; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:")), 0.0)
