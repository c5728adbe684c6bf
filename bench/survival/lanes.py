"""Work side by side: forks of this process, each of which takes one item after another."""

import multiprocessing.connection
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from bench.survival import launch

Item = TypeVar("Item")
Result = TypeVar("Result")

LANES = 2


@dataclass(frozen=True)
class _Lane:
    pid: int
    link: "Connection[Any, Any]"


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], lanes: int = LANES) -> Iterator[Result]:
    """Results of `work`, in the order in which they are ready.

    An item is drawn when a lane is free for it, so that `items` may end as soon as enough is known.
    """
    source = iter(items)
    free = [_lane(work) for _ in range(lanes)]
    everyone = list(free)
    busy: dict[Any, _Lane] = {}
    try:
        while True:
            while free and (item := next(source, None)) is not None:
                lane = free.pop()
                lane.link.send(item)
                busy[lane.link] = lane
            if not busy:
                return
            for ready in multiprocessing.connection.wait([*busy]):
                lane = busy.pop(ready)
                result, failure = lane.link.recv()
                if failure:
                    raise RuntimeError(failure)
                free.append(lane)
                yield result
    finally:
        for lane in everyone:
            os.kill(lane.pid, signal.SIGKILL)  # and what it runs falls with it
        for lane in everyone:
            os.waitpid(lane.pid, 0)


def _lane(work: Callable[[Any], Any]) -> _Lane:
    here, there = multiprocessing.connection.Pipe()
    pid = os.fork()
    if pid:
        there.close()
        return _Lane(pid, here)
    here.close()
    try:
        launch.fall_with_parent()
        _serve(work, there)
    finally:
        os._exit(0)


def _serve(work: Callable[[Any], Any], link: "Connection[Any, Any]") -> None:
    while True:
        item = link.recv()
        result, failure = None, ""
        try:
            result = work(item)
        except Exception:
            failure = traceback.format_exc()
        link.send((result, failure))
