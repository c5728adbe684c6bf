"""Splits through clean_batch on this machine, in as many processes as asked for, in input order."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future

import pyarrow as pa

from cleaners.schema import RECORDS, REJECTS
from cleaners.settings import Settings
from cleaners.splits import Split
from cleaners.worker import Limits
from cleaners.workers import Batches, Workers

_BATCH_PAGES = 16
Result = tuple[Split, pa.Table, pa.Table]


def clean_splits(
    splits: Iterable[Split], settings: Settings, workers: int | None = None, limits: Limits | None = None
) -> Iterator[Result]:
    """Each split with its records and rejects, in order.

    `workers` None: a process for each processor. 0: in this process, where a page that hangs or crashes takes the
    run with it. Raises WinnowError if no process can be had.
    """
    if workers == 0:
        yield from _unguarded(splits, settings)
        return
    waiting: deque[tuple[Split, list[Future[Batches]]]] = deque()
    with Workers(settings, workers or os.cpu_count() or 1, limits or Limits()) as pool:
        for split in splits:
            waiting.append((split, [pool.submit(batch) for batch in _batches(split)]))
            if len(waiting) > 1:  # one split is cleaned while the next is read
                yield _collected(*waiting.popleft())
        while waiting:
            yield _collected(*waiting.popleft())


def _unguarded(splits: Iterable[Split], settings: Settings) -> Iterator[Result]:
    from cleaners.batch import clean_batch

    for split in splits:
        yield _joined(split, [clean_batch(batch, settings) for batch in _batches(split)])


def _batches(split: Split) -> list[pa.RecordBatch]:
    found: list[pa.RecordBatch] = split.pages.to_batches(max_chunksize=_BATCH_PAGES)
    return found


def _collected(split: Split, futures: list[Future[Batches]]) -> Result:
    return _joined(split, [future.result() for future in futures])


def _joined(split: Split, batches: list[Batches]) -> Result:
    records = pa.Table.from_batches([records for records, _ in batches], schema=RECORDS)
    rejects = pa.Table.from_batches([rejects for _, rejects in batches], schema=REJECTS)
    return split, records, rejects
