"""Inputs that double, grow, shrink and change: no page lost or doubled, only what is concerned written again."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

SPLIT = 2_000  # pages at which a file is cut
REFRESH_NEEDED = 78


@dataclass(frozen=True)
class Size:
    singles: int  # files of one page
    splits: int  # whole splits of the large file


SIZES = {"full": Size(2_500, 3), "short": Size(300, 1), "minute": Size(20, 1)}


@dataclass(frozen=True)
class Change:
    """What happens to the inputs. `code`: of a run without --refresh. What a --refresh writes, removes, leaves."""

    name: str
    make: Callable[[Path], object]
    change: Callable[[Path], object]
    code: int
    written: int | None = None  # shards; None: as many as their content says
    removed: int = 0
    sizes: tuple[str, ...] = ("full", "short", "minute")


def measure(size: str) -> list[Figure]:
    launch.warm()
    changes = [change for change in _changes(SIZES[size]) if size in change.sizes]
    with tempfile.TemporaryDirectory(prefix="winnow-changes-") as folder:
        told = list(
            side_by_side(lambda number: _tried(changes[number], Path(folder) / str(number)), range(len(changes)))
        )
    complaints = [complaint for one in told for complaint in one]
    more = f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
    return [
        Figure(
            "inputs that double, grow, shrink and change",
            "no page lost or doubled; only shards concerned are written, and only with --refresh",
            f"{sum(not one for one in told)} of {len(changes)} ({', '.join(c.name for c in changes)}){more}",
            not complaints,
        )
    ]


def _changes(size: Size) -> list[Change]:
    files = partial(_files, singles=0)
    singles = partial(_files, singles=size.singles)
    long = partial(_long, rows=size.splits * SPLIT + 20)
    return [
        Change("same content twice", files, _copy, 0, written=2),
        Change("file gained", files, lambda place: _rows(place / "files/new.jsonl", 700), 0, written=1),
        Change("file lost", files, lambda place: (place / "files/2.jsonl").unlink(), REFRESH_NEEDED, 0, removed=1),
        Change("file changed", files, lambda place: _rows(place / "files/2.jsonl", 700), REFRESH_NEEDED, 1),
        Change("all three", files, _all_three, REFRESH_NEEDED, 2, removed=1),
        Change("page file gained", singles, lambda place: _single(place, 9_999_999), REFRESH_NEEDED),
        Change("page file lost", singles, lambda place: _path(place, 7).unlink(), REFRESH_NEEDED),
        Change("rows at the end", long, lambda place: _add(place, 20), REFRESH_NEEDED, 1, sizes=("full", "short")),
        Change("many rows at the end", long, lambda place: _add(place, SPLIT), REFRESH_NEEDED, 2, sizes=("full",)),
        Change("row changed in the middle", long, _change_middle, REFRESH_NEEDED, 1),
    ]


def _files(place: Path, singles: int) -> None:
    for number in range(4):
        _rows(place / f"files/{number}.jsonl", 10 * number)
    for number in range(singles):
        _single(place, number)


def _rows(path: Path, start: int, count: int = 6) -> Path:
    """Rows without ids: Winnow makes them of where a row stands."""
    return inputs.jsonl(path, ({"text": inputs.text(number)} for number in range(start, start + count)))


def _path(place: Path, number: int) -> Path:
    return place / "files" / "pages" / f"{number % 10}" / f"{number:07}.txt"


def _single(place: Path, number: int) -> None:
    _path(place, number).parent.mkdir(parents=True, exist_ok=True)
    _path(place, number).write_text(f"{inputs.sentences(number, 1)[0]}\n", encoding="utf-8")


def _copy(place: Path) -> None:
    for name in ("again.jsonl", "deeper/1.jsonl"):
        (place / "files" / name).parent.mkdir(exist_ok=True)
        shutil.copy(place / "files" / "1.jsonl", place / "files" / name)


def _all_three(place: Path) -> None:
    (place / "files/0.jsonl").unlink()
    _rows(place / "files/1.jsonl", 800)
    _rows(place / "files/5.jsonl", 900)


def _long(place: Path, rows: int) -> None:
    inputs.jsonl(place / "files" / "long.jsonl", ({"text": f"Boat {number} left."} for number in range(rows)))


def _add(place: Path, rows: int) -> None:
    with (place / "files" / "long.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f'{{"text": "Boat {number} came back."}}\n' for number in range(rows))


def _change_middle(place: Path) -> None:
    path = place / "files" / "long.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[SPLIT // 2] = '{"text": "Nobody at the pier had expected another line here."}'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tried(change: Change, place: Path) -> list[str]:
    """The dataset of the inputs as they were; a run over the changed ones without --refresh, and one with it."""
    change.make(place)
    complaints = _finished(place, "out")
    old, states, content = _digests(place / "out"), folders.states(place / "out"), folders.files(place / "out")
    change.change(place)
    complaints += _finished(place, "fresh")
    new, fresh = _digests(place / "fresh"), folders.files(place / "fresh")
    doubled = [page for page, count in folders.pages(fresh).items() if count > 1]
    complaints += [f"{len(doubled)} pages doubled"] if doubled else []
    complaints += _counted(place, folders.pages(fresh))
    written = {shard for shard in new if new[shard] != old.get(shard)}
    if change.written is not None and len(written) != change.written:
        complaints.append(f"{len(written)} shards are concerned, not {change.written}")
    ended = launch.run(["clean", "files", "-o", "out", *launch.ALONE], place)
    if ended.code != change.code:
        complaints.append(f"without --refresh: {ended.told}")
    if change.code:
        kept = {name: state for name, state in folders.states(place / "out").items() if name in states}
        if kept != states or any(folders.files(place / "out")[name] != content[name] for name in states):
            complaints.append("the refused run changed a shard")
    ended = launch.run(["clean", "files", "-o", "out", "--refresh", *launch.ALONE], place)
    if ended.code:
        complaints.append(f"with --refresh: {ended.told}")
    complaints += _rewritten(states, folders.states(place / "out"), written, change.removed)
    if (differs := folders.difference(place / "out", fresh)).names:
        complaints.append(f"{differs}")
    return [f"{change.name}: {complaint}" for complaint in complaints]


def _finished(place: Path, out: str) -> list[str]:
    ended = launch.run(["clean", "files", "-o", out, *launch.ALONE], place)
    return [f"{out}: {ended.told}"] if ended.code else []


def _digests(out: Path) -> dict[str, str]:
    """What went into each shard, as the manifest says."""
    lines = [json.loads(line) for line in (out / "_run" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return {line["shard"]: line["content_digest"] for line in lines}


def _counted(place: Path, ids: Counter[str]) -> list[str]:
    """Every row and file is a page of the dataset."""
    rows = sum(len(path.read_bytes().splitlines()) for path in place.glob("files/**/*.jsonl"))
    wanted = rows + len([*place.glob("files/**/*.txt")])
    return [] if ids.total() == wanted else [f"{wanted} pages went in, {ids.total()} came out"]


def _rewritten(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], written: set[str], removed: int
) -> list[str]:
    touched = {name for name, state in after.items() if state != before.get(name)}
    wanted = {f"{kind}/part-{shard}.parquet" for kind in ("records", "rejects") for shard in written}
    complaints = [f"{name} was written, and was not concerned" for name in sorted(touched - wanted)]
    complaints += [f"{name} was not written" for name in sorted(wanted - touched)]
    gone = len(before.keys() - after.keys())
    return complaints + ([f"{gone} files removed, not {2 * removed}"] if gone != 2 * removed else [])
