"""Many starts at once on one folder: one runs, and the others refuse and name it."""

import json
import os
import tempfile
import time
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.figures import Figure

TIMES = {"full": 10, "short": 3, "minute": 1}
STARTS = 20
_LONG = 60.0  # seconds in which the others must have refused


def measure(size: str) -> list[Figure]:
    launch.warm()
    complaints: list[str] = []
    refusals = 0
    with tempfile.TemporaryDirectory(prefix="winnow-starts-") as folder:
        rows = "".join(f"{json.dumps(inputs.row(number))}\n" for number in range(40)).encode()
        whole = _whole(Path(folder), rows)
        for turn in range(TIMES[size]):
            found, told = _at_once(Path(folder), f"out-{turn}", rows)
            refusals += found
            complaints += told
            if (differs := folders.difference(Path(folder) / f"out-{turn}", whole)).names:
                complaints.append(f"{differs}")
    more = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    return [
        Figure(
            f"{STARTS} starts at once on one folder",
            f"1 runs, {STARTS - 1} refuse with exit 75 and name its process",
            f"{refusals} of {TIMES[size] * (STARTS - 1)} refused so, in {TIMES[size]} turns{more}",
            not complaints and refusals == TIMES[size] * (STARTS - 1),
        )
    ]


def _words(out: str) -> list[str]:
    return ["clean", "-", "--input-name", "rows", "-o", out, *launch.ALONE]


def _whole(folder: Path, rows: bytes) -> dict[str, bytes]:
    reading, writing = os.pipe()
    command = launch.begin(_words("whole"), folder, stdin=reading, first=lambda: os.close(writing))
    os.close(reading)
    with open(writing, "wb") as file:  # noqa: PTH123
        file.write(rows)
    if (ended := command.wait()).code:
        raise RuntimeError(f"the run alone failed: {ended.told}")
    return folders.files(folder / "whole")


def _at_once(folder: Path, out: str, rows: bytes) -> tuple[int, list[str]]:
    """All wait for one pipe to close before they begin. The one that runs then waits for more input than it got."""
    waiting, starting = os.pipe()
    reading, writing = os.pipe()

    def first() -> None:
        os.close(starting)
        os.close(writing)
        os.read(waiting, 1)

    runs = [launch.begin(_words(out), folder, stdin=reading, first=first) for _ in range(STARTS)]
    os.close(waiting)
    os.close(reading)
    os.close(starting)
    deadline = time.monotonic() + _LONG
    while sum(run.poll() is None for run in runs) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    running = [run for run in runs if run.poll() is None]
    os.write(writing, rows)
    os.close(writing)
    if len(running) != 1:
        for run in running:
            run.wait()
        return 0, [f"{len(running)} of {STARTS} run at once"]
    complaints = []
    if (ended := running[0].wait()).code:
        complaints.append(f"the one that ran: {ended.told}")
    refused = [run.wait() for run in runs if run is not running[0]]
    holder = f"process {running[0].pid} "
    good = [end for end in refused if end.code == 75 and holder in end.err and "next:" in end.err]
    complaints += [end.told for end in refused if end not in good]
    return len(good), complaints
