"""`winnow forget`: pages leave records and rejects by the way by which they came, shard by shard.

Tombstones are written first, so that from then on no run brings such a page back; then raw files, then shards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

from cleaners import crawls, lastrun, leftovers, locks, manifest, schema, shards, storage, tombstones
from cleaners.accounts import account, table
from cleaners.errors import StorageError, UsageError
from cleaners.load import Input
from cleaners.tombstones import Tombstones

_DONE, _PARTLY = 0, 3


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out of a dataset."""

    records: int
    rejects: int
    shards: int  # that were written again


def forget(
    folder: Path, urls: Sequence[str], hosts: Sequence[str], raw: Sequence[str] = (), *, dry_run: bool = False
) -> int:
    """Erase pages, print what went, and return the exit code: 3 where raw files are damaged, else 0.

    A host stands for itself and all below it. Running it again is harmless. Raises UsageError, LockedError,
    ConditionsError, and StorageError.
    """
    _check(folder, urls, hosts)
    marked = tombstones.joined(tombstones.load(folder), tombstones.told(urls, hosts))
    crawled = crawls.folders(raw)
    if dry_run:
        return _erased(folder, marked, _raw_files(folder, raw), crawled, dry_run=True)
    with locks.held(folder, None, _told(folder)), crawls.held(crawled):
        files = _raw_files(folder, raw)
        with storage.told(folder):
            leftovers.remove(folder, None)
        path = folder / "_run" / tombstones.FILE
        with storage.told(path):
            storage.replace(path, marked.as_json())
        return _erased(folder, marked, files, crawled, dry_run=False)


def _check(folder: Path, urls: Sequence[str], hosts: Sequence[str]) -> None:
    lastrun.check(folder)
    if not urls and not hosts:
        raise UsageError("nothing to forget: neither --url nor --host was given", "name pages or hosts")
    for name, given in (("--url", urls), ("--host", hosts)):
        if not all(value.strip().strip(".") for value in given):
            raise UsageError(f"{name} is empty", "name a page or a host")
    for host in hosts:
        if set(host) & set("/:@?#"):
            raise UsageError(f"--host {host} is no host name", "give a name such as example.org, or --url for a page")


def _told(folder: Path) -> dict[str, Any]:
    """For the lock: not the command as it was given, which holds addresses; and how the last run stood."""
    last = lastrun.last_clean(folder)
    return {"command": "winnow forget"} | ({"cleaned": last.stamp} if last else {})


def _raw_files(folder: Path, raw: Sequence[str]) -> list[Input]:
    if not raw:
        return []
    from cleaners.raw_files import raw_files

    return raw_files(folder, raw)


def _erased(folder: Path, marked: Tombstones, files: list[Input], crawled: list[Path], *, dry_run: bool) -> int:
    from cleaners.redact import redact

    count, damage = 0, list[str]()
    for entry in files:
        done = redact(entry, marked.covers, dry_run=dry_run)
        count += done.records
        damage += [f"{entry.path}: {each}" for each in done.damage]
    known = sum(crawls.forget(each, marked, dry_run=dry_run) for each in crawled)
    if not dry_run:
        for crawl in crawled:
            crawls.sealed_anew(crawl)
    found = apply(folder, marked, dry_run=dry_run)
    rows = [("records", found.records), ("rejects", found.rejects), ("shards", found.shards)]
    rows += [("raw records", count)] if files else []
    rows += [("addresses of crawls", known)] if crawled else []
    click.echo(table(rows))
    if not any(number for _, number in rows):
        click.echo("nothing of this is there")
    click.echo("nothing was written" if dry_run else "no run will bring such pages back")
    for each in damage:
        click.echo(f"warning: cannot be read, and may hold such pages: {each}", err=True)
    if damage:
        click.echo("  next: delete these files, or fetch them again, then run the same command again", err=True)
    return _PARTLY if damage else _DONE


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
    listed = manifest.load(folder)
    for path in sorted((folder / "records").glob("part-*.parquet")):
        footer, records, rejects = _shard(folder, shards.shard_of(path))
        kept_records, kept_rejects, count = without(marked, records, rejects)
        if count:
            found = Forgotten(
                found.records + records.num_rows - kept_records.num_rows,
                found.rejects + rejects.num_rows - kept_rejects.num_rows,
                found.shards + 1,
            )
        if dry_run:
            continue
        if count:
            counted = account(kept_records, kept_rejects, footer.account.forgotten + count)
            footer, digest = shards.write(folder, replace(footer, account=counted), kept_records, kept_rejects)
        elif (line := listed.get(footer.shard)) and line.is_of(footer):
            continue
        else:  # an earlier try was killed before it could list what it had written
            digest = shards.sha256(path)
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
    return footer, as_written(records, schema.RECORDS), as_written(rejects, schema.REJECTS)


def as_written(rows: pa.Table, columns: pa.Schema) -> pa.Table:
    """Rows that were read, as those which Winnow makes: Parquet calls the items of a list by another name.

    Without this, the same rows would be other bytes.
    """
    return rows.cast(columns) if rows.schema.equals(columns) else rows
