"""One shard against what was written of it: bytes, footers, columns, counts."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleaners import manifest, schema, shards
from cleaners.accounts import Account, account
from cleaners.findings import NOTE, Finding
from cleaners.forget import as_written
from cleaners.load.rows import quoted
from cleaners.shards import Footer
from cleaners.splits import shard_name

MANIFEST = "_run/manifest.jsonl"
_SCHEMAS = (schema.RECORDS, schema.REJECTS)


@dataclass(frozen=True, slots=True)
class Shard:
    """What was read of it. Each pair is of records and rejects."""

    files: tuple[str, str]
    rows: tuple[pa.Table, pa.Table]
    footers: tuple[Footer, Footer]
    digests: tuple[str, str]  # SHA-256 of the files' bytes

    @property
    def footer(self) -> Footer:
        return self.footers[0]


Check = Generator[Finding, None, Shard | None]


def check(folder: Path, name: str, line: manifest.Line | None, unfinished: bool) -> Check:
    """All findings on one shard but for its rows' origins. Returns the shard, if both its files can be read."""
    there = [path.is_file() for path in shards.paths(folder, name)]
    if not all(there):
        yield _incomplete(name, line, *there)
    read: list[tuple[str, pa.Table, Footer, str]] = []
    for kind, path in zip(shards.KINDS, shards.paths(folder, name), strict=True):
        if not path.is_file():
            continue
        file = f"{kind}/{path.name}"
        try:
            rows, footer = shards.read(path)
        except Exception as error:  # metadata with a flipped bit makes Arrow raise almost anything
            why = str(error) if isinstance(error, shards.Unreadable) else f"cannot be read: {error!r}"
            yield Finding("damaged", file, _plain(why))
            continue
        if (misnamed := _misnamed(folder, file, footer)) is not None:
            yield misnamed
            continue
        read.append((file, rows, footer, shards.sha256(path)))
    if len(read) < len(shards.KINDS):
        return None
    shard = Shard(*zip(*read, strict=True))
    if (finding := _other_bytes(shard, line, unfinished)) is not None:
        yield finding
    if (finding := _other_columns(shard)) is not None:
        yield finding
        return None
    yield from _other_counts(shard)
    return shard


def counted(shard: Shard) -> Account:
    """Its account, counted anew. Pages that were forgotten are nowhere to be counted."""
    return account(*shard.rows, shard.footer.account.forgotten)


def _incomplete(name: str, line: manifest.Line | None, records: bool, rejects: bool) -> Finding:
    file = f"{'rejects' if records else 'records'}/{shards.file_name(name)}"
    if line and not records and not rejects:
        return Finding(
            "missing", file, f"and its rejects file; the manifest lists it, made from {quoted(line.source)}"
        )
    if line or records:
        return Finding("missing", file, f"its {'records' if records else 'rejects'} file is there")
    rejects_file = f"rejects/{shards.file_name(name)}"
    return Finding(NOTE, rejects_file, "its records were not written yet, so it counts for nothing")


def _misnamed(folder: Path, file: str, footer: Footer) -> Finding | None:
    kind, _, name = file.partition("/")
    own = shards.file_name(footer.shard)
    if own != name:
        copied = (folder / kind / own).is_file() if own.isprintable() and "/" not in own else False
        why = f"its footer tells the name {quoted(own)}"
        return (
            Finding("duplicated", file, f"a copy of {kind}/{own}: {why}") if copied else Finding("foreign", file, why)
        )
    if shard_name(footer.group, footer.number) != footer.shard:
        why = f"part {footer.number} of {quoted(footer.group)}, which its footer tells, has another name"
        return Finding("foreign", file, why)
    return None


def _other_bytes(shard: Shard, line: manifest.Line | None, unfinished: bool) -> Finding | None:
    """Digests of the files against footer and manifest."""
    (records, rejects), (digest, rejects_digest) = shard.files, shard.digests
    footer, of_rejects = shard.footers
    told = {footer.rejects_sha256, line.rejects_sha256 if line else None}
    if rejects_digest not in told:
        if unfinished and _key(footer) != _key(of_rejects):
            return Finding(NOTE, rejects, "newer than its records, which were about to be made anew")
        return Finding("damaged", rejects, f"its bytes (SHA-256) are not those that {records} tells")
    if line is None or line == manifest.line(footer, digest):
        return None
    if digest != line.records_sha256 and unfinished and not line.is_of(footer):
        return Finding(NOTE, MANIFEST, f"it does not tell yet that {records} was made anew")
    again = shards.encode(as_written(shard.rows[0], schema.RECORDS), footer)
    if digest in (line.records_sha256, sha256(again).hexdigest()):
        return Finding("damaged", MANIFEST, f"its line on {records} does not tell what the file tells")
    return Finding("damaged", records, f"its bytes (SHA-256) are not those that {MANIFEST} tells")


def _other_columns(shard: Shard) -> Finding | None:
    for file, rows, wanted in zip(shard.files, shard.rows, _SCHEMAS, strict=True):
        if not rows.schema.equals(wanted):
            types = {column.name: column.type for column in wanted}
            other = [
                f"{column.name} {column.type}" for column in rows.schema if column.type != types.get(column.name)
            ]
            lost = [f"no {name}" for name in types if name not in rows.schema.names]
            why = ", ".join(other + lost) or "another order"
            return Finding("damaged", file, f"its columns are not those of this version: {_plain(why)}")
    return None


def _other_counts(shard: Shard) -> Iterator[Finding]:
    """Input = records + rejects, and each count anew."""
    told, found = shard.footer.account.as_dict(), counted(shard).as_dict()
    if told["pages"] != told["records"] + told["rejects"]:
        why = f"{told['pages']} pages became {told['records']} records and {told['rejects']} rejects"
        yield Finding("miscounted", shard.files[0], why)
    for name, count in found.items():
        if told[name] != count:
            why = f"{name}: its footer tells {_plain(told[name])}, and counted are {_plain(count)}"
            yield Finding("miscounted", shard.files[0], why)


def _key(footer: Footer) -> tuple[Any, ...]:
    return replace(footer, rows_digest="", rejects_sha256=None).as_json(), footer.shard


def _plain(text: Any) -> str:
    """What files and libraries say, on one line."""
    return quoted(str(text), 200).strip("'\"")
