"""Many pages with some poison: the memory and the open files of the parent process stay flat."""

import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.survival import inputs, launch, trap
from bench.survival.figures import Figure

SEED = 3
MIB = 1 << 20
_POISON_EVERY = 1_000  # pages
_QUICK = ("segfault", "kill", "memory-error", "exit", "segfault", "kill", "memory-error", "spin-in-re")
_FILES = 20
_HTML_EVERY = 10  # pages; the others are text
_SECONDS = 1.0  # between samples
_FLAT_SHARE, _FLAT_BYTES = 0.10, 20 * MIB
PAGES = {"full": 200_000, "short": 3_000, "minute": 0}


@dataclass(frozen=True)
class Sample:
    memory: int  # bytes, resident
    files: int  # open


def measure(size: str) -> list[Figure]:
    pages = PAGES[size]
    named = f"{pages:,} pages with 0.1 % poison" if pages else "many pages with 0.1 % poison"
    wanted = "memory and open files of the parent flat after warm-up (10 % or 20 MB)"
    if not pages:
        return [Figure(named, wanted, "skipped: not in this size", ok=True)]
    with tempfile.TemporaryDirectory(prefix="winnow-soak-") as folder:
        return [_measured(pages, Path(folder), named, wanted)]


def _measured(pages: int, folder: Path, named: str, wanted: str) -> Figure:
    poisoned = _write(folder, pages)
    words = ["clean", "in", "-o", "out", "--workers", 2, "--deadline", 1]
    command = launch.begin(words, folder, env=trap.armed(folder), cold=())
    samples: list[Sample] = []
    pause = _SECONDS if pages > 10_000 else _SECONDS / 5
    while command.poll() is None:
        shards = len([*folder.glob("out/records/part-*")])
        if (sample := _sample(command.pid)) and shards:  # before the first one it warms up
            samples.append(sample)
        launch.progress(f"soak: {shards} shards, {samples[-1:]}")
        time.sleep(pause)
    ended = command.wait()
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:] if quarter else []
    if ended.code or not early:
        return Figure(named, wanted, f"{ended.told} ({len(samples)} samples)", ok=False)
    memory = [statistics.median(one.memory for one in part) for part in (early, late)]
    files = [statistics.median(one.files for one in part) for part in (early, late)]
    is_flat = abs(memory[1] - memory[0]) <= max(_FLAT_SHARE * memory[0], _FLAT_BYTES)
    left = command.left_behind()
    return Figure(
        named,
        wanted,
        f"{memory[0] / MIB:.0f} MiB in the second quarter, {memory[1] / MIB:.0f} in the last; {files[0]:g} open files"
        f" and {files[1]:g}; {poisoned} bad pages, {ended.seconds:.0f} s, {left} processes left behind",
        is_flat and abs(files[1] - files[0]) <= max(2, _FLAT_SHARE * files[0]) and not left,
    )


def _write(folder: Path, pages: int) -> int:
    """Rows of text and of HTML; how many of them are bad."""
    moments = random.Random(SEED)
    bad = set(moments.sample(range(pages), max(1, pages // _POISON_EVERY)))
    each = pages // _FILES
    for start in range(0, pages, each):
        rows = []
        for number in range(start, min(start + each, pages)):
            one = inputs.row(number, as_html=number in bad or number % _HTML_EVERY == 0)
            if number in bad:
                one["html"] = one["html"].replace("<body>", f"<body>{trap.mark(moments.choice(_QUICK))}")
            rows.append(one)
        inputs.jsonl(folder / "in" / f"{start:07}.jsonl", rows)
    return len(bad)


def _sample(pid: int) -> Sample | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        files = len([*Path(f"/proc/{pid}/fd").iterdir()])
    except OSError:
        return None
    memory = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return Sample(memory * 1024, files) if memory else None
