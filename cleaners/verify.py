"""`winnow verify`: everything in an output folder is read again, and held against what was written.

Nothing is written. Memory holds one shard, and a digest for each row: of where it came from.
"""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from cleaners import dataset, lastrun, manifest, shards, soundness, storage, tombstones
from cleaners.accounts import Account, table
from cleaners.errors import ConditionsError
from cleaners.findings import KINDS, NOTE, Finding
from cleaners.load.rows import quoted
from cleaners.origins import Origins
from cleaners.progress import bar
from cleaners.settings import config_hash
from cleaners.shards import Footer
from cleaners.soundness import MANIFEST, Shard
from cleaners.splits import shard_name

_DATASET, _FORGOTTEN = "_run/dataset.json", f"_run/{tombstones.FILE}"


@dataclass(slots=True)
class Verified:
    """What was read of an output folder, and counted."""

    shards: int = 0
    total: Account = field(default_factory=Account)
    findings: int = 0
    notes: int = 0
    kinds: set[str] = field(default_factory=set)  # of findings and notes


@dataclass(frozen=True, slots=True)
class _Manifest:
    lines: dict[str, manifest.Line]
    sound: bool


def report(folder: Path, as_json: bool = False) -> int:
    """Print findings, totals and next steps. Returns the exit code: 0, or 1 with findings."""
    verified = Verified()
    size = sum(path.stat().st_size for kind in shards.KINDS for path in (folder / kind).glob("part-*"))
    with bar("verifying", size) as advance:
        for finding in verify(folder, verified, advance):
            if not as_json:
                click.echo(finding)
            elif not finding.is_note:
                click.echo(json.dumps(finding.as_dict()))
    total = verified.total
    counts = [("shards", verified.shards), ("pages", total.pages)]
    counts += [("  records", total.records), ("  rejects", total.rejects)]
    counts += [("forgotten", total.forgotten)] if total.forgotten else []
    counts.append(("findings", verified.findings))
    steps = [f"  next: {step}" for what, step in KINDS.items() if what in verified.kinds]
    click.echo("\n".join([table(counts), *steps]), err=as_json)
    return 1 if verified.findings else 0


def verify(folder: Path, verified: Verified, advance: Callable[[int], None] = lambda _: None) -> Iterator[Finding]:
    """One finding after another. `advance` is called with bytes that were read.

    Raises UsageError where this is no output folder, OSError where the device fails.
    """
    lastrun.check(folder)
    for finding in _findings(folder, verified, advance):
        verified.kinds.add(finding.what)
        verified.notes += finding.is_note
        verified.findings += not finding.is_note
        yield finding


def _findings(folder: Path, verified: Verified, advance: Callable[[int], None]) -> Iterator[Finding]:
    unfinished = lastrun.is_unfinished(folder)
    known = yield from _read_manifest(folder, unfinished)
    yield from _tombstones(folder)
    names = yield from _names(folder)
    origins = Origins()
    footers: list[Footer] = []
    for name in sorted(names | set(known.lines)):
        line = known.lines.get(name)
        shard = yield from soundness.check(folder, name, line, unfinished)
        if shard:
            footers.append(shard.footer)
            verified.shards += 1
            verified.total.add(soundness.counted(shard))
            yield from _doubles(origins, shard)
            if line is None and known.sound:
                what, yet = (NOTE, " yet") if unfinished else ("damaged", "")
                yield Finding(what, MANIFEST, f"it does not list {shard.files[0]}{yet}")
        advance(sum(path.stat().st_size for path in shards.paths(folder, name) if path.is_file()))
    yield from _gaps(footers, known, unfinished)
    yield from _description(folder, footers, unfinished)


def _names(folder: Path) -> Generator[Finding, None, set[str]]:
    """Shards that have a file."""
    names = set()
    for kind in shards.KINDS:
        for path in sorted((folder / kind).iterdir() if (folder / kind).is_dir() else ()):
            shard = shards.shard_of(path)
            if shards.is_name(shard) and path.name == shards.file_name(shard) and path.is_file():
                names.add(shard)
            elif path.name.startswith(storage.TEMPORARY):
                yield Finding(NOTE, f"{kind}/{path.name}", "left behind by a run that was killed")
            else:
                yield Finding("foreign", f"{kind}/{path.name}", "Winnow writes no file of this name")
    return names


def _read_manifest(folder: Path, unfinished: bool) -> Generator[Finding, None, _Manifest]:
    path = manifest.path_of(folder)
    lines: dict[str, manifest.Line] = {}
    if not path.exists():
        if not unfinished:
            yield Finding("missing", MANIFEST, "the list of shards and digests")
        return _Manifest(lines, False)
    sound = True
    for number, content in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        try:
            line = manifest.Line(**json.loads(content))
            if json.dumps(asdict(line), ensure_ascii=False).encode() + b"\n" != content:
                raise ValueError("not what was written")
            lines[line.shard] = line
        except (ValueError, TypeError):
            sound = False
            yield Finding("damaged", MANIFEST, "no line that Winnow wrote", number)
    return _Manifest(lines, sound)


def _tombstones(folder: Path) -> Iterator[Finding]:
    try:
        if tombstones.load(folder).pending:
            yield Finding(NOTE, _FORGOTTEN, "`winnow forget` did not come to its end: run it again")
    except ConditionsError:
        yield Finding("damaged", _FORGOTTEN, "which pages are to be forgotten is not known; forget them again")


def _doubles(origins: Origins, shard: Shard) -> Iterator[Finding]:
    for file, rows in zip(shard.files, shard.rows, strict=True):
        for number, first in origins.doubles(file, rows, shard.footer):
            where = "a row before it" if first == file else f"a row of {first}"
            yield Finding("duplicated", file, f"its page has {where} already", number)


def _gaps(footers: list[Footer], known: _Manifest, unfinished: bool) -> Iterator[Finding]:
    """Parts of an input that are missing before its last one."""
    groups: dict[str, set[int]] = {}
    for footer in footers:
        groups.setdefault(footer.group, set()).add(footer.number)
    for group, numbers in sorted(groups.items()):
        for number in sorted(set(range(max(numbers))) - numbers):
            name = shard_name(group, number)
            if name not in known.lines:
                why = f"part {number} of {quoted(group)}, of which later parts are there"
                yield Finding(NOTE if unfinished else "missing", f"records/{shards.file_name(name)}", why)


def _description(folder: Path, footers: list[Footer], unfinished: bool) -> Iterator[Finding]:
    """dataset.json against the shards."""
    try:
        made = dataset.described(folder)
        content = json.dumps({name: made[name] for name in ("conditions", "inputs")}, indent=1, ensure_ascii=False)
        if (folder / _DATASET).read_bytes() != content.encode() + b"\n":
            raise ValueError("not what was written")
    except FileNotFoundError:
        if footers or not unfinished:
            yield Finding("missing", _DATASET, "what the folder was made from")
        return
    except (ConditionsError, ValueError):
        yield Finding("damaged", _DATASET, "not as Winnow wrote it")
        return
    wanted = config_hash(made["conditions"])
    strangers = [footer for footer in footers if footer.config_hash != wanted]
    if strangers and len(strangers) == len(footers) and not unfinished:
        why = f"it tells another configuration ({wanted}) than all shards ({footers[0].config_hash})"
        yield Finding("damaged", _DATASET, why)
    else:
        for footer in strangers:
            why = f"made under another configuration ({footer.config_hash}) than {_DATASET} tells ({wanted})"
            if unfinished:
                why += "; a refresh was not finished: run the same command with --refresh"
            yield Finding(NOTE if unfinished else "mixed", f"records/{shards.file_name(footer.shard)}", why)
    roots = Counter(root for footer in footers for root in _roots(footer))
    for root in sorted(set(roots) - set(made["inputs"])):
        yield Finding("damaged", _DATASET, f"it does not name the input {quoted(root)}, which shards were made from")


def _roots(footer: Footer) -> set[str]:
    """Names of inputs that a shard was made from, as far as its footer tells them."""
    labels = [footer.group, *(footer.source.split(" … ") if footer.source.count(" … ") <= 1 else ())]
    if " … " in footer.group:
        labels = [footer.group]
    return {label.split("/")[0] for label in labels} - {""}
