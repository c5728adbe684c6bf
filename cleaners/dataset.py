"""The output folder: what is in place, what is made, what is refused.

A shard's file under its final name is the commit, and its name depends only on where its input stands. Files
appear whole, rejects before records, so a records file always has its rejects beside it. What a run of the same
command finds in place it skips; nothing else is remembered, so nothing can disagree after a crash.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaners import forget, leftovers, locks, manifest, shards, storage, tombstones
from cleaners.accounts import Account, account
from cleaners.errors import ConditionsError, OutputError, WinnowError
from cleaners.parts import Part
from cleaners.settings import Settings
from cleaners.splits import Split
from cleaners.tombstones import Tombstones

_FOLDERS = (*shards.KINDS, "_run")


@dataclass(frozen=True, slots=True)
class Dataset:
    """An output folder that this process holds the lock of."""

    path: Path
    settings: Settings
    refresh: bool  # recompute shards made from other content or under other conditions
    part: Part | None  # of the dataset that this run makes; None: all of it
    tombstones: Tombstones
    manifest: dict[str, manifest.Line]


@contextlib.contextmanager
def open_dataset(
    path: Path,
    settings: Settings,
    inputs: list[str],
    *,
    refresh: bool = False,
    part: Part | None = None,
    told: dict[str, Any] | None = None,
) -> Iterator[Dataset]:
    """Hold the folder for one run. `inputs`: labels of the inputs' roots. `told`: for `winnow status`.

    Raises OutputError if the folder cannot be made, LockedError if another run holds it, ConditionsError if it
    was made from inputs that are not among these, or (without `refresh`) under another configuration.
    """
    try:
        for name in _FOLDERS:
            storage.make_folder(path / name)
        (path / "_run" / "lock").touch()
    except OSError as error:
        raise OutputError(
            f"output folder cannot be made: {path}: {error.strerror}", "name a folder that can be written to"
        ) from None
    with locks.held(path, part, told or {}):
        with storage.told(path):
            leftovers.remove(path, part)
        _check_conditions(path, settings, sorted(inputs), refresh)
        forgotten = tombstones.load(path)
        if forgotten.pending:
            _finish_forgetting(path, forgotten, part)
        yield Dataset(path, settings, refresh, part, forgotten, manifest.load(path))


def _finish_forgetting(path: Path, forgotten: Tombstones, part: Part | None) -> None:
    if part is not None:
        raise ConditionsError(
            f"`winnow forget` on {path} was interrupted", "run it again, or this command without --part"
        )
    forget.apply(path, forgotten)


def _check_conditions(folder: Path, settings: Settings, inputs: list[str], refresh: bool) -> None:
    """Compare with dataset.json, or write it."""
    path = folder / "_run" / "dataset.json"
    conditions = settings.conditions
    if path.exists():
        made = described(folder)
        if gone := sorted(set(made["inputs"]) - set(inputs)):
            raise ConditionsError(
                f"{folder} was made from other inputs: {', '.join(gone)}"
                f" {'is' if len(gone) == 1 else 'are'} not among those given",
                "name the same inputs (more may be added), or write to another folder",
            )
        changed = [name for name in conditions if made["conditions"].get(name) != conditions[name]]
        if changed and not refresh:
            was = ", ".join(f"{name} {made['conditions'].get(name)} -> {conditions[name]}" for name in changed)
            raise ConditionsError(
                f"{folder} was made under another configuration: {was}",
                "run with --refresh to compute its shards anew, or write to another folder",
            )
        if not changed and made["inputs"] == inputs:
            return
    content = json.dumps({"conditions": conditions, "inputs": inputs}, indent=1, ensure_ascii=False)
    with storage.told(path), manifest.alone(folder):
        storage.replace(path, content.encode() + b"\n")


def described(folder: Path) -> dict[str, Any]:
    """What dataset.json tells: `conditions` and `inputs`. Raises ConditionsError if it does not."""
    path = folder / "_run" / "dataset.json"
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        made["inputs"], made["conditions"]
    except (ValueError, TypeError, KeyError):
        raise ConditionsError(
            f"{path} does not say what the folder was made from: somebody else wrote it",
            "restore it, or write to another folder",
        ) from None
    return made


def standing(folder: Path, split: Split, config_hash: str) -> tuple[str, shards.Footer | None]:
    """How the shard of a split stands: finished, missing, or made from other `content` or `configuration`."""
    records, rejects = shards.paths(folder, split.name)
    footer = shards.read_footer(records)
    if footer is None or not rejects.exists() or footer.rejects_sha256 != shards.sha256(rejects):
        return "missing", None
    if footer.content_digest != split.digest:
        return "content", footer
    return ("finished" if footer.config_hash == config_hash else "configuration"), footer


def committed(dataset: Dataset, split: Split) -> Account | None:
    """The account of a split whose shard is in place; None if it is yet to be made.

    Raises ConditionsError where the shard was made from other content, unless the dataset is being refreshed.
    """
    records = shards.paths(dataset.path, split.name)[0]
    state, footer = standing(dataset.path, split, dataset.settings.config_hash)
    if footer is None:
        return None
    if state == "finished":
        return footer.account if _is_listed(dataset, footer) else None
    if dataset.refresh:
        return None
    raise ConditionsError(
        f"{records} was made from other {state} of {split.source}",
        "run with --refresh to compute such shards anew, or write to another folder",
    )


def _is_listed(dataset: Dataset, footer: shards.Footer) -> bool:
    """Whether the manifest has the shard. If not, it is read, and listed if it is sound."""
    known = dataset.manifest.get(footer.shard)
    if known and known.is_of(footer):
        return True
    path = shards.paths(dataset.path, footer.shard)[0]
    try:
        digest = shards.sha256(path)
        shards.read(path)
    except shards.Unreadable:
        return False
    manifest.add(dataset.path, manifest.line(footer, digest))
    return True


def commit(dataset: Dataset, split: Split, records: pa.Table, rejects: pa.Table) -> Account:
    """Write a split's shard, without pages that are to be forgotten. Raises StorageError."""
    if split.pages.num_rows != records.num_rows + rejects.num_rows:
        raise WinnowError(
            f"{split.source}: {split.pages.num_rows} pages became {records.num_rows} records and"
            f" {rejects.num_rows} rejects",
            "this is a fault in Winnow; please report it. Nothing of this shard was written",
        )
    records, rejects, forgotten = forget.without(dataset.tombstones, records, rejects)
    footer = shards.Footer(
        shard=split.name,
        group=split.group,
        number=split.number,
        source=split.source,
        content_digest=split.digest,
        config_hash=dataset.settings.config_hash,
        rows_digest="",
        rejects_sha256=None,
        account=account(records, rejects, forgotten + split.forgotten),
    )
    footer, digest = shards.write(dataset.path, footer, records, rejects)
    manifest.add(dataset.path, manifest.line(footer, digest))
    return footer.account


def finish(dataset: Dataset, made: set[str]) -> None:
    """End a run that has seen all its splits. `made`: the names of their shards.

    Shards of pages that the inputs no longer hold are removed with `refresh`, and raise ConditionsError
    without it.
    """
    part = dataset.part
    visible = [file for kind in shards.KINDS for file in (dataset.path / kind).glob("part-*.parquet")]
    names = {shards.shard_of(file) for file in visible} - made
    gone = sorted(name for name in names if shards.is_name(name) and (part is None or part.has(name)))
    if gone and not dataset.refresh:
        path = shards.paths(dataset.path, gone[0])[0]
        footer = shards.read_footer(path)
        raise ConditionsError(
            f"{path} was made from pages which the inputs no longer hold: {footer.source if footer else 'unknown'}",
            "run with --refresh to remove such shards, or write to another folder",
        )
    with storage.told(dataset.path):
        for name in gone:
            for path in shards.paths(
                dataset.path, name
            ):  # records come first: without them, rejects count for nothing
                storage.remove(path)
        manifest.arrange(dataset.path)
