"""Starts `winnow` often and cheaply: a process that has imported everything forks for each run.

What is started this way is a real process, the leader of a session of its own, and is killed for real. `cold` starts
the command as a shell does, with an interpreter of its own.
"""

import contextlib
import ctypes
import gc
import logging
import multiprocessing.util
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ALONE = ["--workers", "0"]  # cleans in its own process, which starts quickly
PATIENCE = 600.0  # seconds after which a run counts as one that hangs
_PR_SET_PDEATHSIG = 1
_SIGTERM_CAUGHT = 1 << (signal.SIGTERM - 1)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, or minus the number of the signal that ended it."""

    code: int
    err: str
    seconds: float

    @property
    def told(self) -> str:
        """For a complaint: the code and the last line of the message."""
        return f"exit {self.code}: {' | '.join(self.err.split(chr(10))[-3:])[:300].strip(' |')}"


@dataclass
class Run:
    """A command on its way."""

    pid: int
    log: Path
    started: float = field(default_factory=time.monotonic)
    end: Ended | None = None

    def poll(self) -> Ended | None:
        if self.end is None:
            pid, status, _ = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self._ended(status)
        return self.end

    def wait(self, seconds: float = PATIENCE) -> Ended:
        """Until it ends. One that does not is killed, and ends with -9 after `seconds`."""
        deadline = time.monotonic() + seconds
        pause = 0.002
        while self.poll() is None:
            if time.monotonic() > deadline:
                self.kill(signal.SIGKILL, group=True)
                _, status, _ = os.wait4(self.pid, 0)
                return self._ended(status)
            time.sleep(pause)
            pause = min(0.02, pause * 1.2)
        assert self.end is not None
        return self.end

    def kill(self, number: int, *, group: bool = False) -> None:
        if self.end is None:
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(self.pid, number)

    def family(self) -> list[int]:
        """Process ids of what it started, itself left out, as long as they live."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.pid:
                stat = _stat(entry)
                if stat and stat[3] == str(self.pid) and stat[0] != "Z":
                    found.append(int(entry.name))
        return found

    def workers(self) -> list[int]:
        """Those of its family that clean: children of a child of its own."""
        family = set(self.family())
        return sorted(pid for pid in family if _parent(pid) in family)

    def heeds_sigterm(self) -> bool:
        """Whether it has come far enough to handle SIGTERM."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) & _SIGTERM_CAUGHT)
        return False

    def left_behind(self, seconds: float = 10.0) -> int:
        """How many of its family live on that long after its end. They are killed."""
        deadline = time.monotonic() + seconds
        while (count := len(self.family())) and time.monotonic() < deadline:
            time.sleep(0.02)
        if count:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        return count

    def _ended(self, status: int) -> Ended:
        err = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        self.end = Ended(os.waitstatus_to_exitcode(status), err.strip(), time.monotonic() - self.started)
        return self.end


def _stat(process: Path) -> list[str]:
    """State, parent, group and session of a process; empty where it is gone."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    stat = _stat(Path(f"/proc/{pid}"))
    return int(stat[1]) if stat else 0


def warm() -> None:
    """Import and compile here all that a run needs, so that what is forked has it."""
    import cleaners.batch
    import cleaners.run  # noqa: F401
    from cleaners import clean_html
    from cleaners.cli import main  # noqa: F401

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    sentence = "The ferry crosses the river every morning, and the ferryman knows all of his passengers by name."
    for number in range(3):
        clean_html(f"<article><h1>Ferry</h1><p>{number} {sentence}</p><p>Share this</p><p>Home</p></article>")
    gc.collect()
    gc.freeze()


def begin(
    arguments: Sequence[object],
    folder: Path,
    *,
    env: dict[str, str] | None = None,
    first: Callable[[], None] | None = None,
    stdin: int | None = None,
    cold: Sequence[str] | None = None,
    program: Sequence[str] = (),
) -> Run:
    """Start `winnow` with these arguments in `folder`. `first` is called in the new process before the command.

    `cold`: start an interpreter for it, behind these words of a command (none: ()). `program`: this, and not
    `winnow`.
    """
    log = folder / f"log-{time.monotonic_ns()}"
    words = [*map(str, arguments)]
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Run(pid, log)
    code = 70
    try:
        _set_up(folder, log, env or {}, stdin)
        if first:
            first()
        if cold is not None:
            program = [*cold, sys.executable, "-m", "cleaners"]
        if program:
            os.execvp(program[0], [*program, *words])
        code = _command(words)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def run(arguments: Sequence[object], folder: Path, **options: Any) -> Ended:
    """Start it, and wait for its end."""
    command = begin(arguments, folder, **options)
    ended = command.wait()
    command.log.unlink(missing_ok=True)
    return ended


def _set_up(folder: Path, log: Path, env: dict[str, str], stdin: int | None) -> None:
    os.setsid()
    fall_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.chdir(folder)
    os.environ.update(env)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY) if stdin is None else stdin), (2, out)):
        os.dup2(file, number)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def fall_with_parent() -> None:
    """Nothing outlives the bench."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _command(words: list[str]) -> int:
    """What `python -m cleaners` does, up to the end of multiprocessing."""
    import cleaners.__main__
    from cleaners.cli import main

    sys.argv = ["winnow", *words]
    sys.modules["__main__"] = cleaners.__main__  # which workers import
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode) for number, mode in enumerate(("r", "w", "w")))  # noqa: SIM115, PTH123
    try:
        main(args=words, prog_name="winnow")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    multiprocessing.util._exit_function()  # type: ignore[attr-defined]  # as when Python ends
    sys.stdout.flush()
    return code


def signal_one(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


_last_progress = 0.0


def progress(text: str) -> None:
    """Tell how far a long row is, at most every ten seconds, on standard error."""
    global _last_progress
    if time.monotonic() - _last_progress > 10:
        _last_progress = time.monotonic()
        print(text, file=sys.stderr, flush=True)
