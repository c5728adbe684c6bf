"""What became of each page of a run, and what is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.survival.corpus import WITNESSES, Hostile
from cleaners.document import Removal
from cleaners.ledger import rebuild
from cleaners.prose import words_key
from cleaners.schema import REASONS

Place = tuple[str, int]  # a file, and the number of the page in it
_PAGE_FILES = (".html", ".txt")
_STAGES = ("load", "extract", "clean", "run")
_WITHOUT_DETAIL = ("timeout", "memory", "worker_killed")
_FAULTS_OF_OURS = ("clean_error",)


@dataclass(frozen=True)
class Run:
    code: int
    said: str
    folder: Path


@dataclass(frozen=True)
class Outcome:
    record: dict[str, Any] | None = None
    reject: dict[str, Any] | None = None


def _shards(run: Run) -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Source, records and rejects of each shard."""
    out = run.folder / "out"
    for line in (out / "_run" / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        rows = [
            pq.read_table(out / kind / f"part-{entry['shard']}.parquet").to_pylist()
            for kind in ("records", "rejects")
        ]
        yield entry["source"], rows[0], rows[1]


def rows_of(run: Run) -> dict[str, dict[str, Any]]:
    """The records of the ordinary pages, by their file."""
    return {
        row["file_path"]: row
        for _, records, _ in _shards(run)
        for row in records
        if row["file_path"].startswith("corpus/ordinary")
    }


def outcomes(run: Run) -> dict[Place, Outcome]:
    """What became of each page. Files of many pages have shards of their own, in the order of their pages."""
    found: dict[Place, Outcome] = {}
    for source, records, rejects in _shards(run):
        if (records and records[0]["file_path"].endswith(_PAGE_FILES)) or (
            rejects and rejects[0]["file_path"].endswith(_PAGE_FILES)
        ):
            found |= {(row["file_path"], 0): Outcome(record=row) for row in records}
            found |= {(row["file_path"], 0): Outcome(reject=row) for row in rejects}
            continue
        found |= _in_order(source, records, rejects)
    return found


def _in_order(source: str, records: list[dict[str, Any]], rejects: list[dict[str, Any]]) -> dict[Place, Outcome]:
    """Rejects stand where their offset says, records where there is room; archives count bytes, so they come last."""
    first = 1 if source.endswith((".jsonl", ".ndjson", ".json", ".gz", ".zst", ".parquet")) else None
    total = len(records) + len(rejects)
    if first is None:
        taken = {len(records) + n: reject for n, reject in enumerate(rejects)}
    else:
        taken = {}
        for reject in rejects:
            place = reject["offset"] - first
            taken[place if place < total else total - 1] = reject
    rest = iter(records)
    return {(source, n): Outcome(reject=taken[n]) if n in taken else Outcome(record=next(rest)) for n in range(total)}


def faults_of(outcome: Outcome | None, entry: Hostile, ends: str) -> Iterator[str]:
    """What is wrong with the end of a page."""
    if outcome is None:
        yield "neither a record nor a reject"
        return
    wanted = ends.split("|")
    if outcome.reject is not None:
        yield from _faults_of_reject(outcome.reject, wanted)
        return
    record = outcome.record or {}
    if "record" not in wanted and "kept" not in wanted:
        yield f"a record, and should be {ends}: {record['text'][:80]!r}"
    elif "record" not in wanted and (missing := _missing(record["text"])):
        yield f"the text lacks {missing[:2]}"
    yield from _faults_of_ledger(record, entry)


def _faults_of_reject(reject: dict[str, Any], wanted: list[str]) -> Iterator[str]:
    told = f"{reject['reason']}: {reject['detail']}"
    if reject["reason"] not in wanted:
        yield f"rejected as {told}, and should be {'|'.join(wanted)}"
    if reject["stage"] not in _STAGES or reject["reason"] not in REASONS or reject["reason"] in _FAULTS_OF_OURS:
        yield f"a reject that explains nothing: {reject['stage']}, {told}"
    if not reject["detail"] and reject["reason"] not in _WITHOUT_DETAIL:
        yield f"a reject without a detail: {told}"


def _missing(text: str) -> list[str]:
    key = words_key(text)
    return [witness for witness in WITNESSES if words_key(witness) not in key]


def _faults_of_ledger(record: dict[str, Any], entry: Hostile) -> Iterator[str]:
    """The ledger rebuilds the extracted text, and what is kept is the rest of it, in order."""
    text = record["text"]
    removed = [Removal(**removal) for removal in record["removed"]]
    extracted = rebuild(text, removed)
    if any(extracted[one.start : one.end] != one.text for one in removed):
        yield "the ledger does not rebuild the text"
    pieces, position = [], 0
    for one in removed:
        pieces.append(extracted[position : one.start])
        position = one.end
    if "".join([*pieces, extracted[position:]]) != text:
        yield "what is kept is not the rest of the extracted text"
    if entry.suffix == ".txt" and extracted != _read(entry.built()):
        yield "the ledger does not rebuild the file"


def _read(content: bytes) -> str:
    from cleaners.load.single import decode

    text = (decode(content) or "").encode("utf-8", "replace").decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")
