"""The output folder: the only module that writes to it.

A shard's file under its final name is the commit, and its name depends only on where its input stands. Files
appear whole: written under a temporary name, flushed to disk, counted again, renamed. Rejects come first, so a
records file always has its rejects beside it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleaners.accounts import Account, account
from cleaners.errors import ConditionsError, LockedError, OutputError, StorageError, WinnowError
from cleaners.settings import Settings
from cleaners.splits import Split

_FOOTER = b"winnow"
_FOLDERS = ("records", "rejects", "_run")


@dataclass(frozen=True, slots=True)
class Dataset:
    """An output folder that this process holds the lock of."""

    path: Path
    settings: Settings
    refresh: bool  # recompute shards made from other content or under other conditions


@contextlib.contextmanager
def open_dataset(path: Path, settings: Settings, inputs: list[str], *, refresh: bool = False) -> Iterator[Dataset]:
    """Hold the folder for one run. `inputs`: labels of the inputs' roots.

    Raises OutputError if the folder cannot be made, LockedError if another run holds it, ConditionsError if it
    was made from inputs that are not among these, or (without `refresh`) under another configuration.
    """
    try:
        for folder in _FOLDERS:
            (path / folder).mkdir(parents=True, exist_ok=True)
        lock = (path / "_run" / "lock").open("a+", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise OutputError(
            f"output folder cannot be made: {path}: {error.strerror}", "name a folder that can be written to"
        ) from None
    with lock:
        with _storage(Path(lock.name)):
            _hold(lock, path)
        dataset = Dataset(path, settings, refresh)
        with _storage(path):
            for leftover in [file for folder in _FOLDERS for file in (path / folder).glob("_tmp-*")]:
                leftover.unlink()
        _check_conditions(dataset, sorted(inputs))
        yield dataset


def _hold(lock: IO[str], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "a run that has just begun"
        raise LockedError(
            f"another run writes to {path}: {holder}",
            "wait for it, or write to another folder; nothing was changed",
        ) from None
    lock.truncate(0)
    holder = f"process {os.getpid()} on {socket.gethostname()}: {shlex.join(sys.argv)[:500]}\n"
    os.write(lock.fileno(), holder.encode("utf-8", "backslashreplace"))


def _check_conditions(dataset: Dataset, inputs: list[str]) -> None:
    """Compare with dataset.json, or write it."""
    path = dataset.path / "_run" / "dataset.json"
    conditions = dataset.settings.conditions
    if path.exists():
        made = _described(path)
        if gone := sorted(set(made["inputs"]) - set(inputs)):
            raise ConditionsError(
                f"{dataset.path} was made from other inputs: {', '.join(gone)}"
                f" {'is' if len(gone) == 1 else 'are'} not among those given",
                "name the same inputs (more may be added), or write to another folder",
            )
        changed = [name for name in conditions if made["conditions"].get(name) != conditions[name]]
        if changed and not dataset.refresh:
            was = ", ".join(f"{name} {made['conditions'].get(name)} -> {conditions[name]}" for name in changed)
            raise ConditionsError(
                f"{dataset.path} was made under another configuration: {was}",
                "run with --refresh to compute its shards anew, or write to another folder",
            )
        if not changed and made["inputs"] == inputs:
            return
    content = json.dumps({"conditions": conditions, "inputs": inputs}, indent=1, ensure_ascii=False)
    with _storage(path):
        _replace(path, lambda temporary: temporary.write_text(content + "\n", encoding="utf-8"))


def _described(path: Path) -> dict[str, Any]:
    try:
        made: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        made["inputs"], made["conditions"]
    except (ValueError, TypeError, KeyError):
        raise ConditionsError(
            f"{path} does not say what the folder was made from: somebody else wrote it",
            "restore it, or write to another folder",
        ) from None
    return made


def committed(dataset: Dataset, split: Split) -> Account | None:
    """The account of a split whose shard is in place; None if it is yet to be made.

    Raises ConditionsError where the shard was made from other content, unless the dataset is being refreshed.
    """
    records, rejects = _paths(dataset, split)
    footer = _footer(records)
    if footer is None or not rejects.exists() or footer["rejects_digest"] != _file_digest(rejects):
        return None
    if footer["content_digest"] == split.digest and footer["config_hash"] == dataset.settings.config_hash:
        return Account.from_dict(footer["account"])
    if dataset.refresh:
        return None
    what = "content" if footer["content_digest"] != split.digest else "configuration"
    raise ConditionsError(
        f"{records} was made from other {what} of {split.source}",
        "run with --refresh to compute such shards anew, or write to another folder",
    )


def commit(dataset: Dataset, split: Split, records: pa.Table, rejects: pa.Table) -> Account:
    """Write a split's shard: rejects, then records, whose appearance is the commit. Raises StorageError."""
    result = account(split.pages.num_rows, records, rejects)
    if result.pages != result.records + result.rejects:
        raise WinnowError(
            f"{split.source}: {result.pages} pages became {result.records} records and {result.rejects} rejects",
            "this is a fault in Winnow; please report it. Nothing of this shard was written",
        )
    records_path, rejects_path = _paths(dataset, split)
    _write(rejects_path, rejects, {"shard": split.name, "content_digest": split.digest})
    footer = {
        "shard": split.name,
        "source": split.source,
        "content_digest": split.digest,
        "config_hash": dataset.settings.config_hash,
        "rejects_digest": _file_digest(rejects_path),
        "account": result.as_dict(),
    }
    _write(records_path, records, footer)
    return result


def finish(dataset: Dataset, shards: dict[str, tuple[str, Account]]) -> None:
    """End a run that has seen all its splits. `shards`: source and account of each, by name.

    Shards of pages that the inputs no longer hold are removed with `refresh`, and raise ConditionsError
    without it. The manifest is a cache of the footers, for those who count.
    """
    visible = [*dataset.path.glob("records/part-*.parquet"), *dataset.path.glob("rejects/part-*.parquet")]
    gone = sorted(file for file in visible if file.stem.removeprefix("part-") not in shards)
    if gone and not dataset.refresh:
        footer = _footer(gone[0]) or {}
        raise ConditionsError(
            f"{gone[0]} was made from pages which the inputs no longer hold: {footer.get('source', 'unknown')}",
            "run with --refresh to remove such shards, or write to another folder",
        )
    lines = [
        json.dumps({"shard": name, "source": source, **result.as_dict()}, ensure_ascii=False)
        for name, (source, result) in sorted(shards.items())
    ]
    manifest = dataset.path / "_run" / "manifest.jsonl"
    with _storage(manifest):
        for file in gone:  # records come first: without them, rejects count for nothing
            file.unlink()
        _replace(manifest, lambda temporary: temporary.write_text("".join(f"{line}\n" for line in lines), "utf-8"))


def _paths(dataset: Dataset, split: Split) -> tuple[Path, Path]:
    name = f"part-{split.name}.parquet"
    return dataset.path / "records" / name, dataset.path / "rejects" / name


def _write(path: Path, rows: pa.Table, footer: dict[str, Any]) -> None:
    """One Parquet file, whole or not at all. Arrow's chunks would show in the bytes, so they are joined."""
    metadata = {_FOOTER: json.dumps(footer, sort_keys=True).encode()}
    whole = rows.combine_chunks().replace_schema_metadata(metadata)

    def write(temporary: Path) -> None:
        pq.write_table(whole, temporary, compression="zstd", write_page_checksum=True, write_page_index=True)
        if pq.read_metadata(temporary).num_rows != rows.num_rows:
            raise OSError(f"{temporary} holds fewer rows than were written")

    with _storage(path):
        _replace(path, write)


def _replace(path: Path, write: Any) -> None:
    temporary = path.with_name(f"_tmp-{path.name}-{os.getpid()}")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _storage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {os.strerror(error.errno) if error.errno else error}",
            "make room or mend the device, then run the same command again: finished shards are skipped",
        ) from None


def _footer(path: Path) -> dict[str, Any] | None:
    """What a shard says of itself; None if there is no readable shard of that name."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return None
    content: dict[str, Any] | None = json.loads(metadata[_FOOTER]) if _FOOTER in metadata else None
    return content


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
