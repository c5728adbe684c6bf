"""`winnow verify`: each kind of damage is named, and what is no damage is not."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from bench.survival.flips import story
from cleaners import manifest, shards
from cleaners.accounts import Account
from cleaners.forget import as_written
from cleaners.schema import RECORDS, REJECTS
from cleaners.splits import shard_name

NAMES = {label: shards.file_name(shard_name(label, 0)) for label in ("in/0.jsonl", "in/1.jsonl", "in/2.jsonl")}
FIRST, SECOND = NAMES["in/0.jsonl"], NAMES["in/1.jsonl"]


@pytest.fixture
def out(here, lines, tmp_path):
    """Three finished shards of ten pages each; one reject in each."""
    for i in range(3):
        lines(f"in/{i}.jsonl", [story(10 * i + k) for k in range(10)])
    assert here("clean", "in", "-o", "out").code == 0
    return tmp_path / "out"


def flip(path: Path, place: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 4
    path.write_bytes(content)


def rewrite(out: Path, records=lambda rows: rows, rejects=lambda rows: rows, footer=lambda told: told) -> None:
    """The first shard as somebody would forge it: all digests are right, also in the manifest."""
    rows, told = shards.read(out / "records" / FIRST)
    others, _ = shards.read(out / "rejects" / FIRST)
    rows, others = records(as_written(rows, RECORDS)), rejects(as_written(others, REJECTS))
    written, digest = shards.write(out, footer(told), rows, others)
    manifest.add(out, manifest.line(written, digest))
    manifest.arrange(out)


def unlist(out: Path) -> None:
    path = out / "_run/manifest.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def edit(out: Path, name: str, old: str, new: str) -> None:
    path = out / "_run" / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows, rows.slice(0, 1)]).combine_chunks()


def as_column(rows: pa.Table) -> pa.Table:
    return rows.set_column(0, "text", rows["text"].cast(pa.large_string()))


def misnumber(out: Path) -> None:
    rewrite(out, footer=lambda told: replace(told, number=3))


def add_part(out: Path) -> None:
    """A later part of an input whose second part is missing."""
    rows, told = shards.read(out / "records" / FIRST)
    told = replace(told, number=2, shard=shard_name(told.group, 2), account=Account())
    written, digest = shards.write(out, told, as_written(rows, RECORDS).slice(0, 0), REJECTS.empty_table())
    manifest.add(out, manifest.line(written, digest))
    manifest.arrange(out)


MANIFEST, DATASET = "_run/manifest.jsonl", "_run/dataset.json"
#: What is done to the folder, and the lines that name it.
DAMAGE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "records, a flipped bit": (
        lambda out: flip(out / "records" / FIRST),
        [f"damaged: records/{FIRST}: .+"],
    ),
    "records, the first byte": (
        lambda out: flip(out / "records" / FIRST, 0),
        [f"damaged: records/{FIRST}: .+"],
    ),
    "records, cut": (
        lambda out: (out / "records" / FIRST).write_bytes(b"PAR1"),
        [f"damaged: records/{FIRST}: cannot be read: .+"],
    ),
    "rejects, a flipped bit": (
        lambda out: flip(out / "rejects" / FIRST),
        [f"damaged: rejects/{FIRST}: .+"],
    ),
    "records gone": (
        lambda out: (out / "records" / FIRST).unlink(),
        [f"missing: records/{FIRST}: its rejects file is there"],
    ),
    "rejects gone": (
        lambda out: (out / "rejects" / FIRST).unlink(),
        [f"missing: rejects/{FIRST}: its records file is there"],
    ),
    "a shard gone": (
        lambda out: [(out / kind / FIRST).unlink() for kind in shards.KINDS],
        [f"missing: records/{FIRST}: and its rejects file; the manifest lists it, made from 'in/0.jsonl'"],
    ),
    "a part gone": (
        add_part,
        [f"missing: records/part-{shard_name('in/0.jsonl', 1)}.parquet: part 1 of 'in/0.jsonl', of which later .+"],
    ),
    "a foreign file": (
        lambda out: (out / "rejects/part-1.parquet").write_text("x"),
        ["foreign: rejects/part-1.parquet: Winnow writes no file of this name"],
    ),
    "a foreign file whose name is hostile": (
        lambda out: (out / "records/\x1b[2J\n.parquet").write_text("x"),
        [r"foreign: 'records/\\x1b\[2J\\n.parquet': .+"],
    ),
    "another shard's name": (
        lambda out: [(out / kind / FIRST).replace(out / kind / f"part-{'0' * 16}.parquet") for kind in shards.KINDS],
        [
            f"foreign: records/part-{'0' * 16}.parquet: its footer tells the name '{FIRST}'",
            f"foreign: rejects/part-{'0' * 16}.parquet: its footer tells the name '{FIRST}'",
            f"missing: records/{FIRST}: .+",
        ],
    ),
    "a copied shard": (
        lambda out: [
            shutil.copy(out / kind / FIRST, out / kind / f"part-{'f' * 16}.parquet") for kind in shards.KINDS
        ],
        [
            f"duplicated: records/part-{'f' * 16}.parquet: a copy of records/{FIRST}: its footer tells .+",
            f"duplicated: rejects/part-{'f' * 16}.parquet: a copy of rejects/{FIRST}: its footer tells .+",
        ],
    ),
    "a part under another number": (
        misnumber,
        [f"foreign: {kind}/{FIRST}: part 3 of 'in/0.jsonl', which its footer .+" for kind in shards.KINDS],
    ),
    "a reject twice": (
        lambda out: rewrite(out, rejects=twice),
        [
            f"duplicated: rejects/{FIRST} row 2: its page has a row before it already",
            f"miscounted: records/{FIRST}: pages: its footer tells 10, and counted are 11",
            f"miscounted: records/{FIRST}: reasons: .+",
            f"miscounted: records/{FIRST}: rejects: its footer tells 1, and counted are 2",
        ],
    ),
    "a record fewer": (
        lambda out: rewrite(out, records=lambda rows: rows.slice(1)),
        [
            f"miscounted: records/{FIRST}: pages: .+",
            f"miscounted: records/{FIRST}: records: its footer tells 9, and counted are 8",
            f"miscounted: records/{FIRST}: words_kept: .+",
            f"miscounted: records/{FIRST}: words_removed: .+",
        ],
    ),
    "a column of another type": (
        lambda out: rewrite(out, records=as_column),
        [f"damaged: records/{FIRST}: its columns are not those of this version: text large_string"],
    ),
    "a shard of another configuration": (
        lambda out: rewrite(out, footer=lambda told: replace(told, config_hash="0" * 16)),
        [rf"mixed: records/{FIRST}: made under another configuration \(0+\) than _run/dataset.json tells .+"],
    ),
    "dataset.json, another configuration": (
        lambda out: edit(out, "dataset.json", '"headline": false', '"headline": true'),
        [rf"damaged: {DATASET}: it tells another configuration \(.+"],
    ),
    "dataset.json, another input": (
        lambda out: edit(out, "dataset.json", '"in"', '"io"'),
        [f"damaged: {DATASET}: it does not name the input 'in', which shards were made from"],
    ),
    "dataset.json, broken": (
        lambda out: edit(out, "dataset.json", "{", "["),
        [f"damaged: {DATASET}: not as Winnow wrote it"],
    ),
    "dataset.json, gone": (
        lambda out: (out / DATASET).unlink(),
        [f"missing: {DATASET}: what the folder was made from"],
    ),
    "manifest, no line": (
        lambda out: edit(out, "manifest.jsonl", "{", "["),
        [f"damaged: {MANIFEST} row 1: no line that Winnow wrote"],
    ),
    "manifest, another digest": (
        lambda out: edit(out, "manifest.jsonl", '"records_sha256": "', '"records_sha256": "0'),
        [f"damaged: {MANIFEST}: its line on records/.+ does not tell what the file tells"],
    ),
    "manifest, another count": (
        lambda out: edit(out, "manifest.jsonl", '"pages": 10', '"pages": 11'),
        [f"damaged: {MANIFEST}: its line on records/.+"],
    ),
    "manifest, a line gone": (unlist, [f"damaged: {MANIFEST}: it does not list records/.+"]),
    "manifest, gone": (
        lambda out: (out / MANIFEST).unlink(),
        [f"missing: {MANIFEST}: the list of shards and digests"],
    ),
    "forgotten.json": (
        lambda out: (out / "_run/forgotten.json").write_text('{"hosts": [], "pending": false, "urls": []}'),
        ["damaged: _run/forgotten.json: which pages are to be forgotten is not known; forget them again"],
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_1_a_finding_names_the_file_and_why_and_nothing_is_written(here, out, name):
    damage, expected = DAMAGE[name]
    damage(out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    done = here("verify", "out")
    assert done.code == 1
    shown = sorted(line for line in done.out.splitlines() if re.match(r"[a-z]+: ", line))
    assert len(shown) == len(expected), done.out
    for line, pattern in zip(shown, sorted(expected), strict=True):
        assert re.fullmatch(pattern, line), (pattern, line)
    assert re.search(rf"\nfindings +{len(expected)}\n  next: ", done.out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def stamp(out: Path, **told: object) -> None:
    """The last run was killed."""
    path = out / "_run/lock"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": "stopped"} | told))


#: What a run that was stopped may leave, and the note on it.
LEFT: dict[str, tuple[Callable[[Path], object], str]] = {
    "half a file": (lambda out: (out / "records/_tmp-a").write_text("x"), "note: records/_tmp-a: left behind .+"),
    "rejects without records": (
        lambda out: [unlist(out), (out / "records" / json.loads(LISTED["line"])).unlink()],
        "note: rejects/.+: its records were not written yet, so it counts for nothing",
    ),
    "a shard not listed yet": (unlist, f"note: {MANIFEST}: it does not list records/.+ yet"),
    "a shard of another configuration": (
        lambda out: rewrite(out, footer=lambda told: replace(told, config_hash="0" * 16)),
        f"note: records/{FIRST}: made under another configuration .+ run the same command with --refresh",
    ),
}
LISTED = {"line": json.dumps(min(NAMES.values()))}  # the manifest's first


@pytest.mark.parametrize("name", LEFT)
def test_what_a_stopped_run_left_is_a_note_and_no_finding(here, out, name):
    leave, expected = LEFT[name]
    stamp(out)
    leave(out)
    done = here("verify", "out")
    assert done.code == 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("note: ")]
    assert re.fullmatch(expected, line)


def test_a_sound_dataset_has_no_findings_and_its_pages_are_counted(here, out):
    done = here("verify", out)
    assert (done.code, done.err) == (0, "")
    assert done.out == "shards      3\npages      30\n  records  27\n  rejects   3\nfindings    0\n"


def test_rows_that_bring_the_same_id_and_path_by_right_are_no_findings(here, lines, html, tmp_path):
    again = [story(1) | {"file_path": "theirs", "id": "one"}, story(10) | {"file_path": "theirs", "id": "one"}]
    lines("in/a.jsonl", again * 3)
    lines("in/b.jsonl", again)
    for name in ("c", "d"):
        (tmp_path / f"in/{name}.html").write_text(html("The harbour wall", story(3)["text"]))
    records = here("clean", "in", "-o", "-").rows
    lines("in/e.jsonl", records * 2)  # ids that Winnow made, brought twice
    assert here("clean", "in", "-o", "out").code == 0
    assert here("verify", "out").code == 0


def test_a_page_that_has_a_row_in_two_groups_is_named(here, html, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.html").write_text(html("The harbour wall", story(3)["text"]))
    here("clean", "in", "-o", "out")
    (path,) = (tmp_path / "out/records").iterdir()
    rows, told = shards.read(path)
    told = replace(told, group="in/a.html", shard=shard_name("in/a.html", 0))
    rows = as_written(rows, RECORDS)
    written, digest = shards.write(tmp_path / "out", told, rows, REJECTS.empty_table())
    manifest.add(tmp_path / "out", manifest.line(written, digest))
    manifest.arrange(tmp_path / "out")
    done = here("verify", "out")
    assert done.code == 1
    assert re.match(r"duplicated: records/part-\w+.parquet row 1: its page has a row of records/part-\w+", done.out)


def test_json_gives_one_object_a_finding(here, out):
    (out / "records/notes").write_text("x")
    (out / "records/_tmp-a").write_text("x")
    done = here("verify", "out", "--json")
    finding = {"file": "records/notes", "row": None, "what": "foreign", "why": "Winnow writes no file of this name"}
    assert (done.code, done.rows) == (1, [finding])
    assert "findings    1\n" in done.err


@pytest.mark.parametrize("command", [("verify",), ("status",), ("forget", "--host", "a.example")])
def test_2_what_is_no_output_folder(here, tmp_path, command):
    for folder in ("nowhere", "."):
        done = here(command[0], folder, *command[1:])
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"error: {folder} is no output folder of `winnow clean`: it has no folder _run\n"
            "  next: name the folder given with -o\n"
        )
    assert [*tmp_path.iterdir()] == []
