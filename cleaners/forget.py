"""`winnow forget`: pages leave records and rejects by the way by which they came, shard by shard."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from cleaners import manifest, shards, storage, tombstones
from cleaners.accounts import account
from cleaners.errors import StorageError
from cleaners.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out of a dataset."""

    records: int
    rejects: int
    shards: int  # that were written again


def without(marked: Tombstones, records: pa.Table, rejects: pa.Table) -> tuple[pa.Table, pa.Table, int]:
    """Records and rejects without the pages that are to be forgotten, and how many those were."""
    if not marked:
        return records, rejects, 0
    kept = [
        rows.filter(pa.array([not mark for mark in marked.marks(rows)], pa.bool_())) for rows in (records, rejects)
    ]
    return kept[0], kept[1], records.num_rows + rejects.num_rows - kept[0].num_rows - kept[1].num_rows


def apply(folder: Path, marked: Tombstones, *, dry_run: bool = False) -> Forgotten:
    """Take the pages out of every shard that holds some. The folder's lock is held.

    Killed half-way, it is finished by the next run: the tombstones stay `pending` until the last shard is done.
    Raises StorageError, also for a shard that cannot be read: what it holds is not known.
    """
    found = Forgotten(0, 0, 0)
    for path in sorted((folder / "records").glob("part-*.parquet")):
        footer, records, rejects = _shard(folder, shards.shard_of(path))
        kept_records, kept_rejects, count = without(marked, records, rejects)
        if not count:
            continue
        found = Forgotten(
            found.records + records.num_rows - kept_records.num_rows,
            found.rejects + rejects.num_rows - kept_rejects.num_rows,
            found.shards + 1,
        )
        if dry_run:
            continue
        counted = account(kept_records, kept_rejects, footer.account.forgotten + count)
        footer, digest = shards.write(folder, replace(footer, account=counted), kept_records, kept_rejects)
        with storage.told(manifest.path_of(folder)):
            manifest.add(folder, manifest.line(footer, digest))
    if not dry_run:
        with storage.told(folder):
            manifest.arrange(folder)
            storage.replace(folder / "_run" / tombstones.FILE, replace(marked, pending=False).as_json())
    return found


def _shard(folder: Path, shard: str) -> tuple[shards.Footer, pa.Table, pa.Table]:
    path, rejects_path = shards.paths(folder, shard)
    try:
        records, footer = shards.read(path)
        path = rejects_path
        rejects, _ = shards.read(path)
    except shards.Unreadable as error:
        raise StorageError(
            f"{path}: {error}", "delete its records file, run `winnow clean` again, then this command"
        ) from None
    return footer, records, rejects
