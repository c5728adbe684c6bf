"""Pages in killable processes: a page that hangs, crashes or swells costs itself and no other.

Each worker is a process with a pipe and a thread of the parent's that attends to it, and has one batch in hand.
CPU time is bounded by a timer that the kernel keeps (SIGPROF kills, whatever code is running), memory by a limit on
address space, silence by a watch on the clock. The batch of a worker that is gone is cleaned again without the page
that was in hand. That page is tried once more, alone in a fresh process, and is rejected if that is lost, too.

Pebble's pool was measured first: at .3 ms a page it is quick enough, but kill -9 of its workers at random moments
broke the pool, or lost a task for ever, after one to four kills.
"""

import contextlib
import json
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import fields, replace
from multiprocessing import resource_tracker
from pathlib import Path

import pyarrow as pa

from cleaners.errors import WinnowError
from cleaners.rejects import reject
from cleaners.schema import RECORDS, REJECTS
from cleaners.settings import Settings
from cleaners.worker import OUT_OF_MEMORY, SETTINGS, Limits, serve

Batches = tuple[pa.RecordBatch, pa.RecordBatch]

_CONTEXT = multiprocessing.get_context("forkserver")
_LIFE = 4_000  # pages; then a worker is replaced, and what it leaked is gone
_START_SECONDS = 300.0  # a fork server that has just begun imports and compiles first
_STARTS = 5
_WATCH_SECONDS = 0.1
_FOREVER = float("inf")
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_birth = threading.Lock()  # multiprocessing collects its dead children whenever it starts one


class _Lost(Exception):
    """A worker is gone, or has no answer. `page`: the one in hand; None: several were."""

    def __init__(self, page: int | None, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.page, self.reason, self.detail = page, reason, detail


class _Worker:
    """A process, its pipe, and the moment at which it has been silent for too long."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        """Raises OSError or EOFError where no process can be had."""
        self.pages = 0  # cleaned so far
        self.limits = limits
        self._overdue = False
        self._due = time.monotonic() + _START_SECONDS
        self._pipe, theirs = _CONTEXT.Pipe()
        with _birth, theirs:
            self._process = _CONTEXT.Process(target=serve, args=(theirs, settings, limits), daemon=True)
            self._process.start()

    def ready(self) -> "_Worker":
        """Waits until it can be given work."""
        self._pipe.recv()
        self._due = _FOREVER
        return self

    def clean(self, batch: pa.RecordBatch) -> Batches:
        """Raises _Lost; the worker is then of no more use."""
        page: int | None = 0
        try:
            self._due = time.monotonic() + self.limits.wall
            self._pipe.send_bytes(batch.serialize())  # pickled, a slice takes all of its table with it
            while not isinstance(answer := self._pipe.recv(), tuple):
                if isinstance(answer, str):
                    raise _Lost(page, "clean_error", answer)
                page = answer
                self._due = time.monotonic() + self.limits.wall
        except (OSError, EOFError):
            reason, detail = self._why_gone()
            raise _Lost(page, reason, detail) from None
        self._due = _FOREVER
        self.pages += batch.num_rows
        return answer

    def kill_if_overdue(self) -> None:
        if time.monotonic() > self._due:
            self._overdue = True
            self._process.kill()

    def end(self) -> int | None:
        """Kill it, and return its exit code."""
        self._process.kill()
        with _birth:
            self._process.join(timeout=5)
        self._pipe.close()
        return self._process.exitcode

    def _why_gone(self) -> tuple[str, str]:
        with _birth:
            self._process.join(timeout=0.5)
        lives = self._process.is_alive()
        code = self.end()
        if self._overdue:
            return "timeout", f"no sign of life for {self.limits.wall:g} seconds"
        if lives:
            return "worker_killed", "its process closed the pipe to the run"
        if code == -signal.SIGPROF:
            return "timeout", f"more than {self.limits.deadline:g} seconds of CPU time"
        if code == OUT_OF_MEMORY:
            return "memory", f"more than {self.limits.memory >> 20:,} MiB of memory"
        if code is None or code >= 0:
            return "worker_killed", f"its process ended with exit code {code}"
        return "worker_killed", f"its process was ended by {_signal_name(-code)}"


class Workers:
    """`count` worker processes, started when there is something to do; all are gone when the context ends."""

    def __init__(self, settings: Settings, count: int, limits: Limits) -> None:
        rule_files = tuple(str(Path(file).resolve()) for file in settings.rule_files)
        self._settings, self._limits = replace(settings, rule_files=rule_files), limits
        self._tasks: queue.SimpleQueue[tuple[pa.RecordBatch, Future[Batches]] | None] = queue.SimpleQueue()
        self._seats: list[_Worker | None] = [None] * count
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for _seat in self._seats:
            self._tasks.put(None)
        for worker in filter(None, self._seats):
            worker.end()
        for thread in self._threads:  # one that waits for the fork server ends its worker when it has it
            thread.join(timeout=0.2)

    def submit(self, batch: pa.RecordBatch) -> Future[Batches]:
        """Have a batch of PAGES cleaned; the future gives records and rejects, in input order."""
        if not self._threads:
            self._begin()
        future: Future[Batches] = Future()
        self._tasks.put((batch, future))
        return future

    def _begin(self) -> None:
        told = {each.name: getattr(self._settings, each.name) for each in fields(self._settings) if each.init}
        os.environ[SETTINGS] = json.dumps(told)
        _CONTEXT.set_forkserver_preload(["cleaners.warm"])
        _start_tracker()
        attending = [threading.Thread(target=self._attend, args=(n,), daemon=True) for n in range(len(self._seats))]
        self._threads = [*attending, threading.Thread(target=self._watch, daemon=True)]
        for thread in self._threads:
            thread.start()

    def _attend(self, seat: int) -> None:
        """What each of the threads does: signals are the main thread's, and no child is to get them either."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        while (task := self._tasks.get()) is not None and not self._closed.is_set():
            batch, future = task
            try:
                future.set_result(self._cleaned(seat, batch))
            except BaseException as error:  # whatever it is, the one who waits must hear of it
                future.set_exception(error)

    def _watch(self) -> None:
        while not self._closed.wait(_WATCH_SECONDS):
            for worker in filter(None, self._seats):
                worker.kill_if_overdue()

    def _cleaned(self, seat: int, batch: pa.RecordBatch) -> Batches:
        try:
            return self._tried(seat, batch)
        except _Lost as lost:
            page = lost.page
        if page is None:
            return _joined([self._alone(seat, batch.slice(n, 1)) for n in range(batch.num_rows)])
        before, behind = batch.slice(0, page), batch.slice(page + 1)
        parts = [self._cleaned(seat, before)] if before.num_rows else []
        parts.append(self._alone(seat, batch.slice(page, 1)))
        parts += [self._cleaned(seat, behind)] if behind.num_rows else []
        return _joined(parts)

    def _alone(self, seat: int, page: pa.RecordBatch) -> Batches:
        """The second try of a page, and its last, in a process that has seen no other."""
        self._retire(seat)
        try:
            return self._tried(seat, page)
        except _Lost as lost:
            (fields,) = page.to_pylist()
            row = reject(fields, "extract" if lost.page == 0 else "clean", lost.reason, lost.detail)
            none = pa.RecordBatch.from_pylist([], schema=RECORDS)
            return none, pa.RecordBatch.from_pylist([row], schema=REJECTS)

    def _tried(self, seat: int, batch: pa.RecordBatch) -> Batches:
        worker = self._seats[seat]
        if worker is None or worker.pages >= _LIFE:
            self._retire(seat)
            worker = self._started(seat)
        try:
            return worker.clean(batch)
        except _Lost:
            self._retire(seat)
            raise

    def _started(self, seat: int) -> _Worker:
        for _ in range(_STARTS):
            with contextlib.suppress(OSError, EOFError):
                worker = self._seats[seat] = _Worker(self._settings, self._limits)
                if not self._closed.is_set():
                    return worker.ready()
            self._retire(seat)
            if self._closed.is_set():
                break
        raise WinnowError(
            f"a worker process ended {_STARTS} times before its first page",
            "look whether memory or processes are limited too tightly; with --workers 0 pages are cleaned unguarded",
        )

    def _retire(self, seat: int) -> None:
        worker, self._seats[seat] = self._seats[seat], None
        if worker:
            worker.end()


def _start_tracker() -> None:
    """multiprocessing's own helper process: a closed terminal must not end it, and its start undoes signal masks."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _joined(parts: Iterable[Batches]) -> Batches:
    records, rejects = zip(*parts, strict=True)
    return pa.concat_batches(records), pa.concat_batches(rejects)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
