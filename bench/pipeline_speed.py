"""Whole pipelines over one WARC file, as processes in turns: `winnow clean`, datatrove, a script as many write it.

What a pipeline spends on a file of two pages is taken off, so that starting does not count.
"""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench import environments, page_warc, process_tree
from bench.extractors.texts import ENVIRONMENT, HERE
from bench.measured import Measured

FEW = 2  # pages
DATATROVE = "datatrove with language"
NAIVE = "naive script with metadata"
ASKED = {("best", DATATROVE): 1.1, ("fast", DATATROVE): 3.0, ("best", NAIVE): 2.0}  # how many times its speed
TWO_WORKERS = 1.1  # times the CPU time of one worker, at most
Command = Callable[[Path, Path], list[str]]  # of a WARC file and a folder to write to


def measure(
    pages: Sequence[dict[str, Any]], rounds: int, profiles: Mapping[str, list[str]], folder: Path
) -> list[Measured]:
    """CPU time a page of each pipeline, and how many times ours theirs is: medians of interleaved rounds."""
    page_warc.write(pages, folder / "whole.warc.gz")
    page_warc.write(pages[:FEW], folder / "few.warc.gz")
    model = _model()
    pipelines = _ours(profiles) | _theirs(model)
    starts: dict[str, list[float]] = {name: [] for name in pipelines}
    wholes: dict[str, list[float]] = {name: [] for name in pipelines}
    rows = {}
    for number in range(rounds):
        print(f"pipelines: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for name in [*pipelines][:: -1 if number % 2 else 1]:
            starts[name].append(_spent(pipelines[name], folder / "few.warc.gz", folder)[0])
            spent, rows[name] = _spent(pipelines[name], folder / "whole.warc.gz", folder)
            wholes[name].append(spent)
    each = {name: a_page(wholes[name], starts[name], len(pages)) for name in pipelines}
    used = "its default" if model == "ft176" else f"{model}, as its default model cannot be fetched here"
    note = Measured("pipelines: language filter of datatrove", used)
    costs = [_cost(name, each[name], statistics.median(starts[name]), rows[name], len(pages)) for name in pipelines]
    return [note, *costs, *compared(each, profiles)]


def a_page(wholes: Sequence[float], starts: Sequence[float], pages: int) -> list[float]:
    """CPU seconds a page in each round, without the start.

    >>> a_page([12.0, 14.0], [2.0, 4.0, 2.0], 12)
    [1.0, 1.2]
    """
    return [(whole - statistics.median(starts)) / (pages - FEW) for whole in wholes]


def compared(each: Mapping[str, Sequence[float]], profiles: Mapping[str, Sequence[str]]) -> list[Measured]:
    """Ratios of CPU time a page, round by round."""
    found = []
    for profile in profiles:
        for peer in (DATATROVE, "datatrove without language", NAIVE):
            asked = ASKED.get((profile, peer))
            middle, shown = times(each[peer], each[profile])
            found.append(Measured(f"pipelines: {peer} / {profile}", shown, middle, asked))
        middle, shown = times(each[f"{profile}, two workers"], each[profile])
        found.append(Measured(f"pipelines: {profile}, two workers / one", shown, middle, TWO_WORKERS, most=True))
    return found


def times(above: Sequence[float], below: Sequence[float]) -> tuple[float, str]:
    """Median of ratios, and how it is shown: with the least and the most.

    >>> times([2.0, 3.0, 9.0], [1.0, 1.0, 1.0])
    (3.0, '3.00 (2.00-9.00)')
    """
    ratios = [one / other for one, other in zip(above, below, strict=True)]
    middle = statistics.median(ratios)
    return middle, f"{middle:.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _cost(name: str, each: Sequence[float], start: float, rows: int, pages: int) -> Measured:
    middle = 1000 * statistics.median(each)
    shown = f"{middle:.1f} ms a page ({1000 * min(each):.1f}-{1000 * max(each):.1f}), {start:.1f} s to start"
    return Measured(f"pipelines: {name}", f"{shown}, {rows} rows of {pages} pages", middle)


def _ours(profiles: Mapping[str, list[str]]) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for profile, words in profiles.items():
        commands[profile] = _winnow(*words, "--workers", "1")
        commands[f"{profile}, --metadata full"] = _winnow(*words, "--metadata", "full", "--workers", "1")
        commands[f"{profile}, two workers"] = _winnow(*words, "--workers", "2")
    return commands


def _winnow(*words: str) -> Command:
    return lambda warc, out: [sys.executable, "-m", "cleaners", "clean", str(warc), "-o", str(out), *words]


def _theirs(model: str) -> dict[str, Command]:
    python = environments.python(ENVIRONMENT)

    def datatrove(language: str) -> Command:
        return lambda warc, out: [python, str(HERE / "pipeline_datatrove.py"), str(warc), str(out), language]

    return {
        DATATROVE: datatrove(model),
        "datatrove without language": datatrove("none"),
        NAIVE: lambda warc, out: [python, str(HERE / "pipeline_naive.py"), str(warc), str(out)],
    }


def _model() -> str:
    """The language model that datatrove can have here."""
    command = [environments.python(ENVIRONMENT), str(HERE / "pipeline_datatrove.py"), "model"]
    try:
        fetched = subprocess.run(command, capture_output=True, timeout=300).returncode == 0
    except subprocess.TimeoutExpired:
        fetched = False
    return "ft176" if fetched else "py3langid"


def _spent(command: Command, warc: Path, folder: Path) -> tuple[float, int]:
    """CPU seconds of a run, and the rows that it wrote. Raises RuntimeError unless it exits 0."""
    out = folder / "out"
    ended = process_tree.spent(command(warc, out), folder)
    if ended.code:
        told = (folder / "log").read_text(encoding="utf-8", errors="replace")[-500:]
        raise RuntimeError(f"exit {ended.code} of {command(warc, out)}: {told}")
    written = [path for path in out.rglob("*.parquet") if path.parent.name != "rejects"]
    rows = sum(pq.read_metadata(path).num_rows for path in written)
    for left in (out, out.with_name("out-logs")):
        shutil.rmtree(left, ignore_errors=True)
    return ended.cpu, rows
