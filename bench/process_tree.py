"""What a command costs with all that it starts: CPU time of processes that nobody waited for counts too.

`python process_tree.py COMMAND …` runs it, waits for its last descendant, and prints {code, cpu, seconds}.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 1_800.0  # seconds


@dataclass(frozen=True, slots=True)
class Spent:
    """How a command ended, and its cost in seconds: of CPU, of user and system, and by the clock."""

    code: int
    cpu: float
    seconds: float


def spent(command: Sequence[object], folder: Path) -> Spent:
    """Run a command in `folder`, its output in a file `log` there."""
    words = [sys.executable, str(Path(__file__).resolve()), *map(str, command)]
    with (folder / "log").open("ab") as log:
        told = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=log, timeout=PATIENCE, check=True)
    return Spent(**json.loads(told.stdout))


def _main(command: Sequence[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.monotonic()
    code = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr).wait()
    seconds = time.monotonic() - start
    while True:  # its descendants are ours now
        try:
            os.wait()
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"code": code, "cpu": usage.ru_utime + usage.ru_stime, "seconds": seconds}))


if __name__ == "__main__":
    _main(sys.argv[1:])
