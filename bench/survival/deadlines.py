"""How long a bad page holds its worker: from the batch's arrival to its answer, in a pool of one.

A page is tried twice, so it may take two deadlines, or two of the waits on the clock, and a second for each.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from bench.survival import trap
from bench.survival.figures import Figure
from cleaners.schema import PAGES
from cleaners.settings import Settings
from cleaners.worker import Limits
from cleaners.workers import Workers

LIMITS = Limits(deadline=1.0)
FAULT = f"pages that hang or crash, --deadline {LIMITS.deadline:g}: the time until they are rejects"
ASKED = "deadline (on the clock for those that sleep) plus a second, for each of two tries"
SILENT = ("sleep", "stop")  # they use no CPU time: what counts is the clock
AT_ONCE = ("segfault", "kill", "exit", "close-files", "memory-error", "recursion-error")
SIZES = {
    "full": (*AT_ONCE, "spin-in-c", "spin-in-re", "swallow", *SILENT),
    "short": (*AT_ONCE, "spin-in-c", "spin-in-re", "swallow", "stop"),
}


def measure(size: str) -> list[Figure]:
    """The trap must be in the environment before the fork server starts, so a process of its own measures."""
    if size not in SIZES:
        return [Figure(FAULT, ASKED, "not run in this size, which is a test's: a busy machine decides it", True)]
    with tempfile.TemporaryDirectory(prefix="winnow-deadlines-") as folder:
        command = [sys.executable, "-m", "bench.survival.deadlines", *SIZES[size]]
        environment = {**os.environ, **trap.armed(Path(folder))}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds: dict[str, float] = json.loads(done.stdout)
    over = {name: taken - 2 * _allowed(name) for name, taken in seconds.items()}
    late = {name: f"{over[name]:.2f} s" for name in seconds if over[name] > 2}
    return [
        Figure(
            FAULT,
            ASKED,
            f"{len(seconds) - len(late)} of {len(seconds)}; at most {max(over.values()):.2f} s over for both tries"
            + (f"; late: {late}" if late else ""),
            not late,
        )
    ]


def _allowed(name: str) -> float:
    """Seconds of one try, but for the second that comes on top."""
    return LIMITS.wall if name in SILENT else 0.0 if name in AT_ONCE else LIMITS.deadline


def _timed(names: list[str]) -> dict[str, float]:
    seconds = {}
    with Workers(Settings(), 1, LIMITS) as workers:
        workers.submit(_batch("")).result()
        for name in names:
            start = time.monotonic()
            records, rejects = workers.submit(_batch("", trap.mark(name), "")).result()
            seconds[name] = time.monotonic() - start
            if (records.num_rows, rejects.num_rows) != (2, 1):
                raise RuntimeError(f"{name}: {records.num_rows} records and {rejects.num_rows} rejects")
    return seconds


def _batch(*marks: str) -> pa.RecordBatch:
    page = "<html><body><article><p>The mayor opened the bridge on Thursday.</p>{}</article></body></html>"
    rows = [{"html": page.format(mark).encode(), "url": "https://bridge.example/"} for mark in marks]
    return pa.RecordBatch.from_pylist(rows, schema=PAGES)


if __name__ == "__main__":
    print(json.dumps(_timed(sys.argv[1:])))
