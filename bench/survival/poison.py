"""Pages that kill, hang or bloat their worker: rejects with a reason each, and every other page as without them."""

import random
import resource
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.survival import inputs, launch, trap
from bench.survival.figures import Figure

SEED = 5
WORKERS = 2
_FILE_ROWS = 500
_ADDRESS_SPACE = 8 << 30  # bytes: this machine is not to suffer where nothing else limits a worker
_KILLED, _LATE, _MEMORY = {"worker_killed"}, {"timeout"}, {"memory"}
_FAILED = {"clean_error", "extract_error"}


@dataclass(frozen=True)
class Poison:
    """`content`: of the page. `reasons`: any of these is right; empty: also a record."""

    name: str
    content: str
    reasons: frozenset[str]


@dataclass(frozen=True)
class Size:
    pages: int
    deadline: int  # CPU seconds
    names: tuple[str, ...] | None = None  # None: all


SIZES = {
    "full": Size(10_000, 2),
    "short": Size(600, 1, ("spin-in-c", "sleep", "swallow", "segfault", "kill", "exit", "bloat", "memory-error")),
    "minute": Size(60, 1, ("spin-in-re", "segfault", "memory-error", "exit")),
}
_REASONS: dict[str, set[str]] = {
    "sleep": _LATE,
    "spin-in-c": _LATE,
    "spin-in-re": _LATE,
    "swallow": _LATE,
    "stop": _LATE,
    "segfault": _KILLED,
    "kill": _KILLED,
    "exit": _KILLED,
    "close-files": _KILLED | _LATE,
    "bloat": _MEMORY,
    "bloat-in-c": _MEMORY | _LATE,  # whichever comes first
    "memory-error": _MEMORY,
    "recursion-error": _FAILED,
}
#: Pages that need no trap: extraction takes much longer for them than their size tells.
_REAL = {
    "line breaks": f"<html><body><article>{'A line of it.<br>' * 200_000}</article></body></html>",
    "attributes": f"<html><body {' '.join(f'a{n}={n}' for n in range(32_000))}><p>A line.</p></body></html>",
}


def measure(size: str) -> list[Figure]:
    asked = SIZES[size]
    named = f"{len(_poison(asked))} pages that kill, hang or bloat among {asked.pages:,}"
    wanted = "each a reject with its reason, the others as without them, exit 0"
    launch.warm()
    with tempfile.TemporaryDirectory(prefix="winnow-poison-") as folder:
        return [_measured(asked, Path(folder), named, wanted)]


def _measured(asked: Size, folder: Path, named: str, wanted: str) -> Figure:
    poison = _placed(asked)
    (plain := folder / "plain").mkdir()
    (bad := folder / "bad").mkdir()
    _write(plain, asked.pages, {})
    _write(bad, asked.pages, poison)
    guarded = asked.names is None  # else time is saved: the rows are the same
    without = _run(asked, plain, {}) if guarded else launch.run(_words(asked, 0), plain)
    complaints = [f"without them: {without.told}"] if without.code else []
    launch.progress(f"poison: {without.seconds:.0f} s without them")
    within = _run(asked, bad, trap.armed(folder))
    if within.code or "Traceback" in within.err:
        complaints.append(f"with them: {within.told}")
    ids = {f"page {number}" for number in poison}
    same = 0
    for kind in ("records", "rejects"):
        wanted_rows, found_rows = (_rows(place / "out" / kind, ids) for place in (plain, bad))
        same += sum(found_rows.get(page) == row for page, row in wanted_rows.items())
        if more := found_rows.keys() - wanted_rows.keys():
            complaints.append(f"{len(more)} pages that went to {kind} did not without them")
    if same != asked.pages - len(poison):
        complaints.append(f"only {same} of the other pages are the same")
    complaints += _misjudged(bad / "out", poison)
    extra = (within.seconds - without.seconds) * WORKERS / len(poison)
    cost = f"{extra:.1f} worker seconds for each bad page" if guarded else f"{within.seconds:.0f} s"
    told = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    return Figure(
        named,
        wanted,
        f"{same:,} of {asked.pages - len(poison):,} others the same, exit {within.code}; {cost} at"
        f" --deadline {asked.deadline}{told}",
        not complaints,
    )


def _poison(asked: Size) -> list[Poison]:
    trapped = [
        Poison(name, inputs.html(90_000).replace("<body>", f"<body>{trap.mark(name)}"), frozenset(_REASONS[name]))
        for name in (asked.names or _REASONS)
    ]
    real = [Poison(name, content, frozenset()) for name, content in _REAL.items()]
    return trapped + (real if asked.names is None else [])


def _placed(asked: Size) -> dict[int, Poison]:
    """Bad pages by number, somewhere among the others; two of them next to each other."""
    poison = _poison(asked)
    numbers = random.Random(SEED).sample(range(0, asked.pages - 1, 2), len(poison))
    numbers[1] = numbers[0] + 1
    return dict(zip(numbers, poison, strict=True))


def _write(place: Path, pages: int, poison: dict[int, Poison]) -> None:
    for start in range(0, pages, _FILE_ROWS):
        rows = []
        for number in range(start, min(start + _FILE_ROWS, pages)):
            one = inputs.row(number, as_html=True)
            rows.append(one | {"html": poison[number].content} if number in poison else one)
        inputs.jsonl(place / "in" / f"{start:06}.jsonl", rows)


def _words(asked: Size, workers: int) -> list[object]:
    return ["clean", "in", "-o", "out", "--workers", workers, "--deadline", asked.deadline]


def _run(asked: Size, place: Path, env: dict[str, str]) -> launch.Ended:
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    return launch.run(_words(asked, WORKERS), place, env=env, first=limit, cold=())


def _rows(folder: Path, without: set[str]) -> dict[str, dict[str, Any]]:
    """Rows by id, but for those of bad pages."""
    files = sorted(folder.glob("part-*.parquet"))
    return {row["id"]: row for path in files for row in pq.read_table(path).to_pylist() if row["id"] not in without}


def _misjudged(out: Path, poison: dict[int, Poison]) -> list[str]:
    """Bad pages that are missing, doubled, or rejected for another reason."""
    counted: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for kind in ("records", "rejects"):
        for path in sorted((out / kind).glob("part-*.parquet")):
            for row in pq.read_table(path, columns=["id", *(["reason"] if kind == "rejects" else [])]).to_pylist():
                counted[row["id"]] += 1
                reasons[row["id"]] = row.get("reason", "record")
    told = []
    for number, bad in poison.items():
        page = f"page {number}"
        if counted[page] != 1:
            told.append(f"{bad.name}: stands {counted[page]} times")
        elif bad.reasons and reasons[page] not in bad.reasons:
            told.append(f"{bad.name}: {reasons[page]}, not {' or '.join(sorted(bad.reasons))}")
    return told
