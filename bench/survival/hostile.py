"""The catalogue of hostile inputs, through the command as its users run it.

    python -m bench.survival.hostile full|short|minute

Every page is accounted for exactly once, ends as its entry says, and leaves its neighbours as they are without it.
`short` leaves out the slowest, `minute` takes a tenth of the others.
"""

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import (
    hostile_characters,
    hostile_files,
    hostile_markup,
    hostile_metadata,
    hostile_rows,
    hostile_texts,
)
from bench.survival.corpus import TEXT, Hostile
from bench.survival.figures import Figure
from bench.survival.outcomes import Run, faults_of, outcomes, rows_of

SEED = 20_240_314
INPUTS, MECHANISMS, NEIGHBOURS = 300, 150, 20
SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "sites"
_GROUPS = {".html": "html", ".txt": "text", ".line": "lines"}
_FIRST_LINE = f'{{"id": "ordinary", "text": "{TEXT.splitlines()[0]}"}}\n'.encode()


@dataclass(slots=True)
class Tally:
    pages: int = 0
    records: int = 0
    rejects: int = 0
    crashes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # pages that did not end as they should
    neighbours: list[str] = field(default_factory=list)  # runs in which an ordinary page changed


def catalogue() -> list[Hostile]:
    modules = (hostile_characters, hostile_markup, hostile_metadata, hostile_texts, hostile_rows, hostile_files)
    return [entry for module in modules for entry in module.inputs()]


def chosen(size: str) -> list[Hostile]:
    entries = catalogue()
    if size == "full":
        return entries
    quick = [entry for entry in entries if not entry.slow]
    return quick if size == "short" else sorted(random.Random(SEED).sample(quick, len(quick) // 10), key=quick.index)


def measure(size: str) -> list[Figure]:
    entries = chosen(size)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        alone = rows_of(_ordinary(Path(folder, "ordinary")))
        for name, group in _grouped(entries):
            _judge_group(Path(folder, name), group, alone, tally)
        for number, entry in enumerate(entry for entry in entries if entry.codes):
            _judge_alone(Path(folder, f"alone-{number}"), entry, tally)
    return _figures(entries, tally, size)


def _figures(entries: Sequence[Hostile], tally: Tally, size: str) -> list[Figure]:
    mechanisms = len({entry.mechanism for entry in entries})
    for fault in (*tally.crashes, *tally.faults, *tally.neighbours):
        print(f"  {fault}", file=sys.stderr)
    least = (INPUTS, MECHANISMS) if size != "minute" else (0, 0)
    return [
        Figure(
            "hostile inputs",
            f">= {INPUTS} inputs, >= {MECHANISMS} mechanisms",
            f"{len(entries)} inputs, {mechanisms} mechanisms",
            len(entries) >= least[0] and mechanisms >= least[1],
        ),
        Figure("hostile inputs: crashes of the run", "0", f"{len(tally.crashes)}", not tally.crashes),
        Figure(
            "hostile inputs: pages accounted for, each as it should be",
            "input = records + rejects, no unexplained rejection",
            f"{tally.pages} = {tally.records} + {tally.rejects}, {len(tally.faults)} unexplained",
            tally.pages == tally.records + tally.rejects and not tally.faults,
        ),
        Figure(
            f"hostile inputs: {NEIGHBOURS} ordinary pages beside them",
            "unchanged in every run",
            f"changed in {len(tally.neighbours)} runs",
            not tally.neighbours,
        ),
    ]


def _grouped(entries: Sequence[Hostile]) -> Iterator[tuple[str, list[Hostile]]]:
    groups: dict[str, list[Hostile]] = {}
    for entry in entries:
        if not entry.codes:
            groups.setdefault(_GROUPS.get(entry.suffix, "files"), []).append(entry)
    yield from groups.items()


def _ordinary(folder: Path) -> Run:
    """A run over ordinary pages alone."""
    _write_neighbours(folder / "corpus")
    return _run(folder, "corpus")


def _write_neighbours(corpus: Path) -> None:
    corpus.mkdir(parents=True)
    pages = sorted(path for path in SAMPLES.rglob("*.html") if path.name != "index.html")
    for number, path in enumerate(pages[:NEIGHBOURS]):
        (corpus / f"ordinary-{number:02}.html").write_bytes(path.read_bytes())


def _judge_group(folder: Path, group: Sequence[Hostile], alone: dict[str, dict[str, object]], tally: Tally) -> None:
    _write_neighbours(folder / "corpus")
    expected = dict(_written(folder / "corpus", group))
    run = _run(folder, "corpus")
    if run.code not in (0, 3) or "Traceback" in run.said:
        tally.crashes.append(f"{folder.name}: exit code {run.code}: {run.said[-300:]}")
        return
    found = outcomes(run)
    for place, outcome in found.items():
        if place[0].startswith("corpus/ordinary"):
            continue
        tally.records += outcome.record is not None
        tally.rejects += outcome.reject is not None
        if place not in expected:
            tally.faults.append(f"{place[0]}, page {place[1]}: nobody put it there")
    for place, (entry, ends) in expected.items():
        tally.pages += 1
        tally.faults += [f"{entry.name}: {fault}" for fault in faults_of(found.get(place), entry, ends)]
    if {name: row for name, row in rows_of(run).items() if name in alone} != alone:
        tally.neighbours.append(f"{folder.name}: an ordinary page changed")


def _judge_alone(folder: Path, entry: Hostile, tally: Tally) -> None:
    """An input that is refused as a whole: nothing is cleaned, and the exit code says why."""
    folder.mkdir()
    name = f"input{entry.suffix}"
    (folder / name).write_bytes(entry.built())
    run = _run(folder, name)
    if run.code not in entry.codes or "Traceback" in run.said or "next:" not in run.said:
        tally.crashes.append(f"{entry.name}: exit code {run.code}, wanted {entry.codes}: {run.said[-300:]}")


Expected = tuple[tuple[str, int], tuple[Hostile, str]]  # file and number of the page in it; what it is, how it ends


def _written(corpus: Path, group: Sequence[Hostile]) -> Iterator[Expected]:
    """Writes the inputs, and tells where each of their pages stands."""
    lines = [entry for entry in group if entry.suffix == ".line"]
    for number, entry in enumerate(entry for entry in group if entry.suffix != ".line"):
        name = f"{number:03}-{re.sub('[^a-z]+', '-', entry.name.lower())[:60]}{entry.suffix}"
        (corpus / name).write_bytes(entry.built())
        for page, ends in enumerate(entry.ends):
            yield (f"corpus/{name}", page), (entry, ends)
    for name, some in (
        ("lines.jsonl", [one for one in lines if not one.slow]),
        ("slow.jsonl", [one for one in lines if one.slow]),
    ):
        if not some:
            continue
        with (corpus / name).open("wb") as file:
            file.write(_FIRST_LINE)
            yield (f"corpus/{name}", 0), (Hostile("the first line", "none", b"", ("record",), ".line"), "record")
            for number, entry in enumerate(some):
                file.write(entry.built().replace(b"\n", b"") + b"\n")
                yield (f"corpus/{name}", number + 1), (entry, entry.ends[0])


def _run(folder: Path, name: str) -> Run:
    command = [sys.executable, "-m", "cleaners", "clean", name, "-o", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    return Run(done.returncode, done.stderr, folder)


def main() -> int:
    size = sys.argv[1] if len(sys.argv) > 1 else "full"
    figures = measure(size)
    for figure in figures:
        print(f"{'ok  ' if figure.ok else 'MISS'} {figure.fault}: {figure.reached} (asked: {figure.asked})")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
