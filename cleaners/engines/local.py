"""Splits through clean_batch on this machine, in as many processes as asked for, in input order."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pyarrow as pa

from cleaners.clean import clean_batch
from cleaners.errors import WinnowError
from cleaners.schema import RECORDS, REJECTS
from cleaners.settings import Settings
from cleaners.splits import Split

_BATCH_PAGES = 16
_WORTH_A_POOL = 64  # pages; starting workers takes as long as cleaning these
_Batches = tuple[pa.RecordBatch, pa.RecordBatch]
Result = tuple[Split, pa.Table, pa.Table]

_STOPS = (signal.SIGINT, signal.SIGTERM)

_worker_settings = Settings()


def clean_splits(splits: Iterable[Split], settings: Settings, workers: int | None = None) -> Iterator[Result]:
    """Each split with its records and rejects, in order. `workers` None: one for each processor."""
    workers = workers or os.cpu_count() or 1
    pool: ProcessPoolExecutor | None = None
    waiting: deque[tuple[Split, list[Future[_Batches]]]] = deque()
    try:
        for split in splits:
            batches = split.pages.to_batches(max_chunksize=_BATCH_PAGES)
            if workers == 1 or (pool is None and split.pages.num_rows < _WORTH_A_POOL):
                yield _joined(split, [clean_batch(batch, settings) for batch in batches])
                continue
            pool = pool or _pool(workers, settings)
            with _undisturbed():
                waiting.append((split, [pool.submit(_clean, batch) for batch in batches]))
            if len(waiting) > 1:  # one split is cleaned while the next is read
                yield _collected(*waiting.popleft())
        while waiting:
            yield _collected(*waiting.popleft())
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


def _pool(workers: int, settings: Settings) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_set_up, initargs=(settings,))


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Puts off what would stop this process until work is handed over: half a start leaves a worker that hangs.

    What is started here inherits the mask, so that Ctrl-C, which reaches every process of a terminal, leaves
    the workers alone from their first moment on.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are not handled here
        yield
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in _STOPS}
    for number in _STOPS:
        signal.signal(number, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for stop, handler in handlers.items():
            signal.signal(stop, handler)
        for missed in came:
            signal.raise_signal(missed)


def _set_up(settings: Settings) -> None:
    global _worker_settings
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker_settings = settings


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever: it holds both ends of its own queue."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _clean(batch: pa.RecordBatch) -> _Batches:
    return clean_batch(batch, _worker_settings)


def _collected(split: Split, futures: list[Future[_Batches]]) -> Result:
    try:
        return _joined(split, [future.result() for future in futures])
    except BrokenProcessPool:
        raise WinnowError(
            f"a worker process died while cleaning {split.source}",
            "run again with --workers 1 to see which page it is; finished shards are skipped",
        ) from None


def _joined(split: Split, batches: list[_Batches]) -> Result:
    records = pa.Table.from_batches([records for records, _ in batches], schema=RECORDS)
    rejects = pa.Table.from_batches([rejects for _, rejects in batches], schema=REJECTS)
    return split, records, rejects
