"""The inside of a worker process: its limits, and a loop from batches to records and rejects."""

import contextlib
import ctypes
import gc
import os
import resource
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa

from cleaners.schema import PAGES
from cleaners.settings import Settings

OUT_OF_MEMORY = 86  # exit code
READY = "ready"
SETTINGS = "WINNOW_SETTINGS"  # environment of the fork server: those of the run, as a JSON object
_PR_SET_PDEATHSIG = 1
_UNSURE = ("no_text", "extract_error", "clean_error")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may take."""

    deadline: float = 10.0  # seconds of CPU time
    memory: int = 2 << 30  # bytes of address space, beyond what a worker has at its start

    @property
    def wall(self) -> float:
        """Seconds on the clock, for what sleeps or is stopped: generous, as a busy machine must change nothing."""
        return 6 * self.deadline


def serve(pipe: Connection, settings: Settings, limits: Limits) -> None:
    """Clean batches until the pipe is closed.

    For each batch the parent hears of each page that is begun (its number, or None for all together), and then
    gets records and rejects, or a message if neither could be made.
    """
    _keep_to_ourselves()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        warm(settings)
        ceiling = _bound_memory(limits)
        pipe.send(READY)
        while True:
            batch = pa.ipc.read_record_batch(pipe.recv_bytes(), PAGES)
            pipe.send(_answer(pipe, batch, settings, limits, ceiling))


def _answer(
    pipe: Connection, batch: pa.RecordBatch, settings: Settings, limits: Limits, ceiling: int
) -> tuple[pa.RecordBatch, pa.RecordBatch] | str:
    from cleaners.batch import clean_batch

    def watch(page: int | None) -> None:
        pipe.send(page)
        if page is not None or batch.num_rows > 1:  # one page has one deadline for everything
            signal.setitimer(signal.ITIMER_PROF, limits.deadline)

    try:
        answer = clean_batch(batch, settings, watch)
        if _doubtful(answer[1]) and _status("VmPeak") > ceiling - limits.memory // 2:
            raise MemoryError
        return answer
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]!r}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def warm(settings: Settings) -> None:
    """Do once what the first page would wait for: imports, rules, learned weights, language profiles."""
    from cleaners.batch import clean_batch
    from cleaners.language import warm as warm_up

    page = "<html><body><article><p>The ferry left the pier.</p><p>Share this</p></article></body></html>"
    rows = [{"html": page.encode(), "url": "https://example.org/"}, {"text": "The ferry left.\nShare this"}]
    clean_batch(pa.RecordBatch.from_pylist(rows, schema=PAGES), settings)
    warm_up()


def settle() -> None:
    """Make memory fit to be shared with forked workers, for good: once, in the fork server."""
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)  # what warming up took and freed would count for each worker


def _keep_to_ourselves() -> None:
    """Signals of the terminal are the parent's. What kills a page must be deadly, and end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # the kernel's first choice when memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000")
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _bound_memory(limits: Limits) -> int:
    """Bounds the address space, and returns its largest size in bytes."""
    ceiling = _status("VmSize") + limits.memory
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    return ceiling


def _doubtful(rejects: pa.RecordBatch) -> bool:
    """Whether a lack of memory may be behind them: libraries in C say that they found nothing, or broken markup."""
    return not set(rejects["reason"].to_pylist()).isdisjoint(_UNSURE)


def _status(field: str) -> int:
    """A size of this process in bytes; 0 where the system does not tell."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024
    return 0
