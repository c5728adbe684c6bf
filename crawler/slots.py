"""Whose turn it is: hosts take turns, and none is asked for more at a time than it may be."""

from collections import Counter
from collections.abc import Callable, Mapping


class Slots:
    """The downloader's slots, mostly one a host, that have requests waiting.

    `capacity` says how many requests of a slot may be under way at a time.

    >>> slots = Slots({"a": 2, "b": 1}, lambda slot: 1)
    >>> [slots.next(), slots.next(), slots.next()]
    ['a', 'b', None]
    >>> slots.ended("a"); slots.next(), slots.waiting
    ('a', 0)
    """

    def __init__(self, waiting: Mapping[str, int], capacity: Callable[[str], int]) -> None:
        self._waiting = Counter(waiting)
        self._under_way: Counter[str] = Counter()
        self._capacity = capacity
        self._free = dict.fromkeys(waiting)  # those that may be asked, in turn
        self.waiting = self._waiting.total()

    def add(self, slot: str) -> None:
        """One more request waits."""
        self._waiting[slot] += 1
        self.waiting += 1
        self._queue(slot)

    def next(self) -> str | None:
        """The slot whose next request is now under way; None if all have to wait."""
        if not self._free:
            return None
        slot = next(iter(self._free))
        del self._free[slot]
        self._waiting[slot] -= 1
        self.waiting -= 1
        self._under_way[slot] += 1
        self._queue(slot)
        return slot

    def ended(self, slot: str) -> None:
        self._under_way[slot] -= 1
        self._queue(slot)
        if not self._waiting[slot] and not self._under_way[slot]:
            del self._waiting[slot], self._under_way[slot]

    def _queue(self, slot: str) -> None:
        if self._waiting[slot] > 0 and self._under_way[slot] < self._capacity(slot):
            self._free.setdefault(slot)
