"""Patterns of somebody else's rules, tried for the first time, in a process of their own: a match cannot be stopped.

    python -c "from cleaners.rules.trial import main; main()"

Reads a Task as JSON. Writes the number of each pattern before it is tried, and at last a Verdict as JSON. What is
slow shows beside a reference, so that a busy machine changes nothing. Whoever runs this sets a deadline, too.
"""

import contextlib
import importlib
import json
import math
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypedDict

from cleaners.rules.attacks import attacks, walk

_LENGTHS = (16, 24, 36, 60, 100)
_BUDGET = 0.8  # seconds for a file's patterns
_LEAST_BUDGET = 0.02  # for each of them
_STOP = 0.1  # seconds after which a match is broken off
_STOP_COMPILING = 0.5
_TOO_SLOW = 3  # times what _REFERENCE costs, which is much for a pattern, and 0.01 s or less
_REFERENCE = (re.compile(r"\s*(a|b)$", re.IGNORECASE).search, " " * 1000)
_ANYTHING = (  # a rule may have a reason to take one of them
    "Wq zu xe 7, vob yy ka; lur po tti ga wen xo 52 dru, me fo qua zzi be hol yn ut ra sse gli pro mo ka",
    "жу вэ 7, щы ло ка; ру по тти га вен хо 52 дру, ме фо кэ ззи бе хол ын ут ра ссе гли про мо ка ющ",
    "楼七 雨木鸟, 石门风 草; 马火 山 52 水云 竹, 鱼田 虫 灯 海 米 花 舟 桥 雪 鼓 墙 瓦 井 松 梅 鹤 龟 豆 麦",
    "بت 7, جخ رز ک; گل مپ تتی غا 52 در, مه فو قه ززی به هل ین وت را سسه گلی پرو مو کا شظ طع ثذ صض",
)
_SHORT = (2, 4, 8, 16, 32, 64)
_FLAGS = re.IGNORECASE | re.UNICODE


class Trial(TypedDict):
    """A pattern, whether it must match a line, is searched in it or only begins it, and the longest such line."""

    pattern: str
    use: Literal["line", "part", "label"]
    longest: int


class Task(TypedDict):
    """What is to be tried, and examples: in the form for whole lines, and in the one for parts."""

    trials: list[Trial]
    forms: list[str]
    texts: list[str]


class Verdict(TypedDict):
    """The first pattern that will not do and why, or which of the lines each pattern takes."""

    at: int
    fault: str  # none, broken, not-alone, slow, empty, anything
    detail: str
    takes: list[list[int]]


class _Stopped(Exception):
    """Time is up."""


class Fault(Exception):
    """What is wrong with a pattern: a kind, and what there is to say about it."""


def try_out(task: Task, announce: Callable[[int], None] = lambda _: None) -> Verdict:
    """Try all patterns: first whether they can be compiled, then the time they take, those with most loops first."""
    compiled: dict[int, tuple[re.Pattern[str], Any]] = {}
    takes: list[list[int]] = []
    number = 0
    try:
        for number, trial in enumerate(task["trials"]):
            announce(number)
            compiled[number] = _compiled(trial["pattern"])
        suspicious = _TOO_SLOW * min(_reference() for _ in range(3))
        for number in sorted(compiled, key=lambda number: -_loops(compiled[number][1])):
            if task["trials"][number]["use"] != "label":  # it is among the lines, with a title behind it
                announce(number)
                _check_time(*compiled[number], task["trials"][number], suspicious, _BUDGET / len(compiled))
        for number, trial in enumerate(task["trials"]):
            announce(number)
            _check_width(compiled[number][0], trial)
        for number, trial in enumerate(task["trials"]):
            announce(number)
            takes.append(_taken(compiled[number][0], trial, task))
    except Fault as fault:
        return {"at": number, "fault": fault.args[0], "detail": fault.args[1], "takes": []}
    return {"at": -1, "fault": "none", "detail": "", "takes": takes}


def _compiled(text: str) -> tuple[re.Pattern[str], Any]:
    """A pattern and its parse tree. A rule's patterns are joined, so none may set flags or count groups."""
    parser: Any = importlib.import_module("re._parser")
    try:
        with warnings.catch_warnings(), _watched(_STOP_COMPILING):
            warnings.simplefilter("error")
            pattern, tree = re.compile(text, re.IGNORECASE), parser.parse(text, re.IGNORECASE)
    except _Stopped:
        raise Fault("slow", f"takes more than {_STOP_COMPILING} s to compile") from None
    except (re.error, Warning, OverflowError, RecursionError, ValueError) as error:
        raise Fault("broken", str(error) or type(error).__name__) from None
    if pattern.flags & ~_FLAGS:
        raise Fault("not-alone", "a flag")
    if pattern.groupindex:
        raise Fault("not-alone", f"the name {next(iter(pattern.groupindex))!r}")
    if any(code.startswith("GROUPREF") for code, _ in walk(tree)):
        raise Fault("not-alone", "a back-reference")
    return pattern, tree


def _loops(tree: Any) -> int:
    """How many repetitions a pattern holds: the more, the sooner it is tried."""
    return sum(code.endswith("REPEAT") for code, _ in walk(tree))


def _check_time(pattern: re.Pattern[str], tree: Any, trial: Trial, suspicious: float, budget: float) -> None:
    """Try the longest lines first. `budget`: seconds after which no more are tried, if none took too long."""
    if not any(code.endswith("REPEAT") or code == "BRANCH" for code, _ in walk(tree)):
        return
    longest = trial["longest"]
    tried, takes = attacks(tree), _matcher(pattern, trial)
    begin = time.process_time()
    for length in sorted({min(length, longest) for length in (*_LENGTHS, longest)}, reverse=True):
        for start, unit, end in tried:
            if time.process_time() - begin > max(budget, _LEAST_BUDGET):
                return
            times = (length - len(start) - len(end)) // len(unit)
            line = (start + unit * max(times, 1) + end)[:longest]
            if _seconds(takes, line) < suspicious:
                continue
            share, spent = min(_measured(takes, line) for _ in range(3))
            if share > _TOO_SLOW:
                shown = f"{start}{unit * 3}..."
                raise Fault("slow", f"takes {spent:.2g} s or more on {len(line)} characters like {shown!r}")


def _measured(takes: Callable[[str], object], line: str) -> tuple[float, float]:
    """How many times the reference a match takes, measured at the same moment, and seconds."""
    spent = _seconds(takes, line)
    return spent / _reference(), spent


def _check_width(pattern: re.Pattern[str], trial: Trial) -> None:
    """A pattern must want something: neither nothing at all, nor any line whatsoever."""
    takes, longest = _matcher(pattern, trial), trial["longest"]
    try:
        with _watched():
            if takes(""):
                raise Fault("empty", "")
            for length in (*(length for length in _SHORT if length < longest), longest):
                if all(takes(line[:length]) for line in _ANYTHING):
                    is_part = trial["use"] == "part"
                    raise Fault(
                        "anything", "something of any line" if is_part else f"any line of {length} characters"
                    )
    except _Stopped:
        raise Fault("slow", f"takes more than {_STOP} s on ordinary lines") from None


def _taken(pattern: re.Pattern[str], trial: Trial, task: Task) -> list[int]:
    """Numbers of the examples that a pattern takes."""
    takes, is_part = _matcher(pattern, trial), trial["use"] == "part"
    lines = task["texts"] if is_part else task["forms"]
    try:
        with _watched():
            return [at for at, line in enumerate(lines) if (is_part or len(line) <= trial["longest"]) and takes(line)]
    except _Stopped:
        raise Fault("slow", f"takes more than {_STOP} s on the examples of all rules") from None


def _matcher(pattern: re.Pattern[str], trial: Trial) -> Callable[[str], object]:
    return pattern.search if trial["use"] == "part" else pattern.fullmatch


def _seconds(takes: Callable[[str], object], line: str) -> float:
    """Time of a match, as far as it is let go."""
    begin = time.perf_counter()
    with contextlib.suppress(_Stopped), _watched():
        takes(line)
    return time.perf_counter() - begin


def _reference() -> float:
    return _seconds(*_REFERENCE)


_until = [math.inf]  # processor time at which what is watched is broken off


@contextlib.contextmanager
def _watched(seconds: float = _STOP) -> Iterator[None]:
    """Raises _Stopped in what takes longer, where main has set up the signal for it."""
    _until[0] = time.process_time() + seconds
    try:
        yield
    finally:
        _until[0] = math.inf


def _tick(_signum: int, _frame: object) -> None:
    if time.process_time() > _until[0]:
        _until[0] = math.inf
        raise _Stopped


def main() -> None:
    if hasattr(signal, "setitimer"):  # re asks for signals while it matches
        signal.signal(signal.SIGPROF, _tick)
        signal.setitimer(signal.ITIMER_PROF, _STOP / 3, _STOP / 3)
    verdict = try_out(json.load(sys.stdin.buffer), announce=lambda number: print(number, flush=True))
    if hasattr(signal, "setitimer"):  # a last one would kill this process while it ends
        signal.setitimer(signal.ITIMER_PROF, 0)
    print(json.dumps(verdict))
