"""`winnow status`: what was done in an output folder, and what the same command would do next.

It reads locks, footers and inputs, takes no lock, cleans nothing and writes nothing.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import click

from cleaners import dataset, lastrun, shards, storage, tombstones
from cleaners.accounts import Account, table
from cleaners.errors import ConditionsError, UsageError
from cleaners.lastrun import Last
from cleaners.load import read
from cleaners.load.rows import quoted
from cleaners.progress import bar
from cleaners.splits import in_order, splits

_MOST_NAMES = 5


@dataclass(slots=True)
class Made:
    """What stands in the folder."""

    inputs: list[str]
    conditions: dict[str, Any]
    shards: int
    account: Account
    unreadable: list[str]  # records files without a footer that can be read
    leftovers: int
    forgetting: bool  # `winnow forget` did not come to its end


@dataclass(slots=True)
class Next:
    """What the same command would find."""

    shards: Counter[str] = field(default_factory=Counter)  # by how they stand: see dataset.standing
    pages: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)  # up to five sources each
    gone: list[str] = field(default_factory=list)  # sources of shards that no input makes any more
    missing: list[str] = field(default_factory=list)  # inputs that cannot be read now, and why
    dropped: list[str] = field(default_factory=list)  # inputs of the folder that the command does not name
    changed: list[str] = field(default_factory=list)  # conditions
    unknown: str = ""  # why nothing can be said

    @property
    def refused(self) -> bool:
        return bool(self.shards["content"] or self.shards["configuration"] or self.gone or self.changed)


def report(folder: Path, as_json: bool = False) -> None:
    """Raises UsageError where this is no output folder."""
    lastrun.check(folder)
    done, runs = made(folder), lastrun.runs(folder)
    last = lastrun.last_clean(folder)
    coming = upcoming(folder, last)
    if as_json:
        click.echo(json.dumps(_as_dict(done, runs, coming)))
        return
    click.echo("\n".join([*_past(done), *_runs(runs), *_future(coming, last)]))


def made(folder: Path) -> Made:
    try:
        described = dataset.described(folder)
    except (ConditionsError, FileNotFoundError):
        described = {"inputs": [], "conditions": {}}
    try:
        forgetting = tombstones.load(folder).pending
    except ConditionsError:
        forgetting = True
    total, count, unreadable = Account(), 0, []
    for path in sorted((folder / "records").glob("part-*.parquet")):
        footer = shards.read_footer(path)
        if footer is None:
            unreadable.append(f"records/{path.name}")
            continue
        count += 1
        total.add(footer.account)
    leftovers = sum(1 for _ in folder.glob(f"*/{storage.TEMPORARY}*"))
    return Made(described["inputs"], described["conditions"], count, total, unreadable, leftovers, forgetting)


def upcoming(folder: Path, last: Last | None) -> Next:
    """Reads the inputs of the last run, and looks for the shard of each of their splits."""
    coming = Next()
    if last is None:
        coming.unknown = "no run has told its command"
        return coming
    if "-" in last.options.get("inputs", ()):
        coming.unknown = "it reads standard input, which cannot be read again here"
        return coming
    try:
        settings = lastrun.settings_of(last)
        inputs, coming.missing = lastrun.inputs_of(last)
        hash_now = settings.config_hash
    except KeyError:
        coming.unknown = "the last run was one of another version of Winnow"
        return coming
    except UsageError as error:  # a rule file that is gone
        coming.unknown = str(error.args[0])
        return coming
    here = made(folder)
    coming.changed = [
        name for name, value in settings.conditions.items() if here.conditions.get(name, value) != value
    ]
    coming.dropped = sorted(set(here.inputs) - {entry.label.split("/")[0] for entry in inputs})
    seen = set()
    columns = lastrun.columns_of(last)
    with bar("reading", sum(entry.size for entry in inputs)) as advance:
        behind = 0
        for split in splits(in_order(inputs), partial(read, columns=columns)):
            state, _ = dataset.standing(folder, split, hash_now)
            seen.add(split.name)
            coming.shards[state] += 1
            coming.pages[state] += split.pages.num_rows
            if len(names := coming.names.setdefault(state, [])) < _MOST_NAMES:
                names.append(split.source)
            advance(split.bytes_done - behind)
            behind = split.bytes_done
    coming.gone = [*_gone(folder, seen)]
    return coming


def _gone(folder: Path, seen: set[str]) -> Iterator[str]:
    for path in sorted((folder / "records").glob("part-*.parquet")):
        if shards.shard_of(path) not in seen:
            footer = shards.read_footer(path)
            yield footer.source if footer else f"records/{path.name}"


def _past(done: Made) -> list[str]:
    total = done.account
    rows: list[tuple[Any, ...]] = [
        ("shards", done.shards),
        ("pages", total.pages),
        ("records", total.records),
        ("rejects", total.rejects),
        *((f"  {reason}", count) for reason, count in total.reasons.most_common()),
    ]
    rows += [("forgotten", total.forgotten)] if total.forgotten else []
    rows += [("damaged", len(done.unreadable))] if done.unreadable else []
    rows += [("leftovers", done.leftovers)] if done.leftovers else []
    chosen = {name: value for name, value in done.conditions.items() if name in _TOLD and value}
    lines = [f"made from {_names(done.inputs)}" if done.inputs else "what it was made from is not known"]
    if chosen:
        lines.append("with " + ", ".join(f"{name} {quoted(str(value))[1:-1]}" for name, value in chosen.items()))
    if done.forgetting:
        lines.append("`winnow forget` did not come to its end: run it again")
    return [*lines, table(rows)]


_TOLD = ("winnow", "headline", "dump", "thorough")


def _runs(runs: list[Last]) -> list[str]:
    return [f"{run.state} {run.when}, {run.who}: {quoted(run.command, 300)[1:-1]}" for run in runs]


def _future(coming: Next, last: Last | None) -> list[str]:
    if coming.unknown:
        return [f"what the same command would do next is not known: {coming.unknown}"]
    lines = [f"cannot be read now: {quoted(why, 300)[1:-1]}" for why in coming.missing]
    if coming.dropped:
        lines.append(f"input that is gone: {_names(coming.dropped)}")
    if coming.changed:
        lines.append(f"configuration that changed: {', '.join(coming.changed)}")
    for state, (before, what) in _STATES.items():
        if count := coming.shards[state]:
            names = "" if state == "finished" else f": {_names(coming.names[state])}"
            lines.append(f"{before}{_shards(count)} ({coming.pages[state]:,} pages) {what}{names}")
    if coming.gone:
        lines.append(f"{_shards(len(coming.gone))} of pages that the inputs no longer hold: {_names(coming.gone)}")
    return [*lines, f"  next: {_next_step(coming, last)}"]


_STATES = {
    "finished": ("", "finished, to be skipped"),
    "missing": ("", "missing, to be made"),
    "content": ("", "made from other content"),
    "configuration": ("", "made under another configuration"),
}


def _next_step(coming: Next, last: Last | None) -> str:
    if last and last.state == "running":
        return "wait: the run goes on"
    if coming.missing or coming.dropped:
        return "bring back the inputs; without them, the same command does nothing (exit code 2 or 78)"
    if coming.refused:
        return "the same command with --refresh; without it, exit code 78"
    return "the same command, to make what is missing" if coming.shards["missing"] else "nothing to do"


def _shards(count: int) -> str:
    return f"{count:,} shard{'s' if count > 1 else ''}"


def _names(names: list[str]) -> str:
    shown = ", ".join(name if name.isprintable() else quoted(name) for name in names[:_MOST_NAMES])
    return shown + (", …" if len(names) > _MOST_NAMES else "")


def _as_dict(done: Made, runs: list[Last], coming: Next) -> dict[str, Any]:
    return {
        "inputs": done.inputs,
        "conditions": done.conditions,
        "shards": done.shards,
        "account": done.account.as_dict(),
        "damaged": done.unreadable,
        "leftovers": done.leftovers,
        "runs": [
            {"state": run.state, "when": run.when, "command": run.command, "process": run.stamp.get("process")}
            for run in runs
        ],
        "next": {
            **{state: {"shards": coming.shards[state], "pages": coming.pages[state]} for state in _STATES},
            "gone": coming.gone,
            "missing_inputs": coming.missing + coming.dropped,
            "changed_conditions": coming.changed,
            "refused_without_refresh": coming.refused,
            "unknown": coming.unknown,
        },
    }
