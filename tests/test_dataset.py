"""The output folder: what is skipped, what is made again, what is refused, and what a kill leaves behind."""

import json
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaners.accounts import Account
from cleaners.dataset import commit, open_dataset
from cleaners.engines.local import clean_splits
from cleaners.load import Columns, Input, read
from cleaners.settings import Settings
from cleaners.shards import sha256
from cleaners.splits import splits

REFRESH = "  next: run with --refresh to compute such shards anew, or write to another folder\n"


def story(i: int) -> dict[str, str]:
    text = (
        f"The council met for the {i}th time this year and agreed on the budget for the harbour wall.\n"
        f"Work begins in spring, said the engineer who drew the plans, and ends {i} weeks later.\nLeave a Reply"
    )
    return {"id": f"story {i}", "text": text if i % 10 else " "}


@pytest.fixture
def folder(lines, tmp_path):
    """Five files of ten stories each: five shards."""
    for i in range(5):
        lines(f"in/{i}.jsonl", [story(10 * i + k) for k in range(10)])
    return tmp_path / "in"


def files(out: Path) -> dict[str, bytes]:
    """What everybody may see, but for the locks."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.glob("*/*") if "lock" not in path.name}


def times(out: Path) -> dict[str, int]:
    return {str(path.relative_to(out)): path.stat().st_mtime_ns for path in out.glob("re*/*")}


def rewritten(out: Path, before: dict[str, int]) -> set[str]:
    return {name for name, time in times(out).items() if time != before.get(name)}


def shard_of(out: Path, label: str) -> str:
    """Name of the one shard made from this input."""
    manifest = [json.loads(line) for line in (out / "_run/manifest.jsonl").read_text().splitlines()]
    return next(f"part-{line['shard']}.parquet" for line in manifest if line["source"] == label)


# --- what a shard is -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_shard_says_what_went_into_it_and_the_manifest_repeats_that(here, tmp_path):
    report = here("clean", "in", "-o", "out").out
    shards = {}
    for path in sorted(tmp_path.glob("out/records/*")):
        footer = json.loads(pq.read_schema(path).metadata[b"winnow"])
        account = Account.from_dict(footer["account"])
        assert path.name == f"part-{footer['shard']}.parquet"
        assert (account.pages, account.records, account.rejects, account.forgotten) == (10, 9, 1, 0)
        assert (account.reasons, account.words_removed) == ({"empty": 1}, {"comment-heading": 27})
        assert pq.read_metadata(path).num_rows == 9
        rejects = tmp_path / "out/rejects" / path.name
        assert pq.read_metadata(rejects).num_rows == 1
        assert footer["rejects_sha256"] == sha256(rejects)
        told = {name: footer[name] for name in ("shard", "source", "content_digest", "config_hash", "account")}
        shards[footer["shard"]] = told | {"records_sha256": sha256(path), "rejects_sha256": sha256(rejects)}
    assert len(shards) == 5
    manifest = [json.loads(line) for line in (tmp_path / "out/_run/manifest.jsonl").read_text().splitlines()]
    assert manifest == [shards[name] for name in sorted(shards)]
    assert re.match(r"pages +50\nrecords +45\nrejects +5\n", report)


def test_a_flipped_bit_in_a_shard_is_found_by_its_page_checksums(here, lines, tmp_path):
    lines("in.jsonl", [story(1)])
    here("clean", "in.jsonl", "-o", "out")
    (path,) = tmp_path.glob("out/records/*")
    column = pq.read_metadata(path).row_group(0).column(0)
    content = bytearray(path.read_bytes())
    content[(column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="CRC checksum"):
        pq.ParquetFile(path, page_checksum_verification=True).read()


# --- the same command again ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_second_run_skips_finished_shards_and_reports_the_same(here, tmp_path):
    first = here("clean", "in", "-o", "out")
    before, content = times(tmp_path / "out"), files(tmp_path / "out")
    assert here("clean", "in", "-o", "out") == first
    assert (rewritten(tmp_path / "out", before), files(tmp_path / "out")) == (set(), content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("damage", [Path.unlink, truncate, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("kind", ["records", "rejects"])
@pytest.mark.usefixtures("folder")
def test_a_shard_that_is_lost_or_cut_is_made_again_byte_for_byte(here, tmp_path, kind, damage):
    out = tmp_path / "out"
    first = here("clean", "in", "-o", "out")
    content, before = files(out), times(out)
    name = shard_of(out, "in/3.jsonl")
    damage(out / kind / name)
    assert here("clean", "in", "-o", "out") == first
    assert files(out) == content
    assert rewritten(out, before) == {f"records/{name}", f"rejects/{name}"}


@pytest.mark.usefixtures("folder")
def test_leftovers_of_a_killed_run_are_removed_and_other_peoples_files_are_not(here, tmp_path):
    here("clean", "in", "-o", "out")
    leftovers = [tmp_path / "out" / name for name in ("records/_tmp-a", "rejects/_tmp-b", "_run/_tmp-c")]
    others = [tmp_path / "out" / name for name in ("records/README", "notes/_tmp-d")]
    others[1].parent.mkdir()
    for path in leftovers + others:
        path.write_text("half a file")
    assert here("clean", "in", "-o", "out").code == 0
    assert [path.exists() for path in leftovers + others] == [False, False, False, True, True]


def test_after_kill_9_at_any_moment_all_that_is_visible_is_whole_and_the_same_command_finishes(
    begin, here, lines, until, html, tmp_path
):
    for i in range(15):
        rows = [story(20 * i + k) for k in range(20)]
        rows[7] = {"id": f"page {i}", "html": html("The harbour wall", *rows[7]["text"].split("\n"))}
        lines(f"in/{i:02}.jsonl", rows)
    first = here("clean", "in", "-o", "whole")
    out, moments = tmp_path / "out", random.Random(7)
    stopped = []
    for _ in range(3):
        known = len([*out.glob("*/part-*")])
        process = begin("clean", "in", "-o", "out", "--workers", "1")
        until(lambda known=known: len([*out.glob("*/part-*")]) > known)
        try:
            process.wait(moments.uniform(0, 0.06))
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        stopped.append(process.returncode == -signal.SIGKILL)
        for path in out.glob("*/part-*"):
            assert pq.ParquetFile(path, page_checksum_verification=True).read().num_rows >= 0
    assert any(stopped)
    assert here("clean", "in", "-o", "out").out == first.out.replace("whole/", "out/")
    assert files(out) == files(tmp_path / "whole")


def die_in_a_write(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_process_that_dies_inside_a_write_leaves_nothing_visible_of_it(here, lines, html, tmp_path):
    """The kernel kills it at a byte that we choose: SIGXFSZ, which Python ignores unless told otherwise."""
    lines("in.jsonl", [{"html": html(f"Wall {i}", *story(i)["text"].split("\n"))} for i in range(1, 60)] + [story(0)])
    first = here("clean", "in.jsonl", "-o", "whole")
    (records,), (rejects,) = ([*tmp_path.glob(f"whole/{kind}/*")] for kind in ("records", "rejects"))
    out = tmp_path / "out"
    assert records.stat().st_size > rejects.stat().st_size + 1000
    code = (
        "import signal; from cleaners.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL); main(['clean', 'in.jsonl', '-o', 'out'])"
    )
    for size, visible in (
        (100, []),
        (rejects.stat().st_size - 1, ["rejects"]),
        (records.stat().st_size - 1, ["records", "rejects"]),
    ):
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, preexec_fn=die_in_a_write(size))
        assert done.returncode == -signal.SIGXFSZ
        assert [path.parent.name for path in sorted(out.glob("re*/part-*"))] == visible[1:]
    assert here("clean", "in.jsonl", "-o", "out").out == first.out.replace("whole/", "out/")
    assert files(out) == files(tmp_path / "whole")


def test_arrows_chunks_do_not_show_in_the_bytes(tmp_path, lines):
    path = lines("in.jsonl", [story(i) for i in range(40)])
    entry = Input(path, "in.jsonl", path.stat().st_size, "jsonl")
    ((split, records, rejects),) = clean_splits(splits([entry], partial(read, columns=Columns())), Settings(), 1)
    many = replace(split, pages=pa.concat_tables([split.pages] * 50))
    whole, others = pa.concat_tables([records] * 50).combine_chunks(), pa.concat_tables([rejects] * 50)
    texts = pa.array([f"{i:04} " * 600 for i in range(whole.num_rows)])  # more than fits into one page
    whole = whole.set_column(0, whole.schema.field(0), texts)
    chunks = pa.concat_tables([whole[i : i + 7] for i in range(0, whole.num_rows, 7)])
    for name, table in (("a", whole), ("b", chunks)):
        with open_dataset(tmp_path / name, Settings(), ["in.jsonl"]) as dataset:
            commit(dataset, many, table, others)
    assert files(tmp_path / "a") == files(tmp_path / "b")


# --- other conditions ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_78_changed_content_of_a_known_input_and_refresh_makes_only_its_shards_anew(here, lines, tmp_path):
    out = tmp_path / "out"
    here("clean", "in", "-o", "out")
    content, before, name = files(out), times(out), shard_of(out, "in/2.jsonl")
    lines("in/2.jsonl", [story(k) for k in range(20, 29)])
    done = here("clean", "in", "-o", "out")
    assert (done.code, done.out) == (78, "")
    assert done.err == f"error: out/records/{name} was made from other content of in/2.jsonl\n{REFRESH}"
    assert files(out) == content
    refreshed = here("clean", "in", "-o", "out", "--refresh")
    assert refreshed.code == 0
    assert rewritten(out, before) == {f"records/{name}", f"rejects/{name}"}
    fresh = here("clean", "in", "-o", "fresh")
    assert refreshed.out == fresh.out.replace("fresh/", "out/")
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.usefixtures("folder")
def test_78_another_configuration_and_refresh_makes_all_shards_anew(here, tmp_path):
    out = tmp_path / "out"
    here("clean", "in", "-o", "out")
    content, before = files(out), times(out)
    done = here("clean", "in", "-o", "out", "--headline", "--dump", "spring")
    assert (done.code, done.out, files(out)) == (78, "", content)
    assert done.err == (
        "error: out was made under another configuration: headline False -> True, dump None -> spring\n"
        "  next: run with --refresh to compute its shards anew, or write to another folder\n"
    )
    assert here("clean", "in", "-o", "out", "--headline", "--dump", "spring", "--refresh").code == 0
    assert rewritten(out, before) == set(before)
    here("clean", "in", "-o", "fresh", "--headline", "--dump", "spring")
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.usefixtures("folder")
def test_78_a_refresh_that_was_interrupted_is_not_taken_for_finished(here, tmp_path):
    out = tmp_path / "out"
    here("clean", "in", "-o", "out")
    shutil.copytree(out, tmp_path / "old")
    here("clean", "in", "-o", "out", "--dump", "spring", "--refresh")
    name = shard_of(out, "in/4.jsonl")
    for kind in ("records", "rejects"):
        shutil.copy(tmp_path / "old" / kind / name, out / kind / name)
    done = here("clean", "in", "-o", "out", "--dump", "spring")
    assert (done.code, done.out) == (78, "")
    assert done.err == f"error: out/records/{name} was made from other configuration of in/4.jsonl\n{REFRESH}"


def test_78_other_inputs_but_more_inputs_are_welcome(here, lines, tmp_path):
    for name in "abc":
        lines(f"{name}.jsonl", [story(ord(name))])
    assert here("clean", "a.jsonl", "-o", "out").code == 0
    before = times(tmp_path / "out")
    more = here("clean", "b.jsonl", "a.jsonl", "-o", "out")
    assert (more.code, more.out.split()[:2]) == (0, ["pages", "2"])
    assert rewritten(tmp_path / "out", before).isdisjoint(before)
    done = here("clean", "c.jsonl", "-o", "out")
    assert (done.code, done.out) == (78, "")
    assert done.err == (
        "error: out was made from other inputs: a.jsonl, b.jsonl are not among those given\n"
        "  next: name the same inputs (more may be added), or write to another folder\n"
    )


def test_78_pages_that_are_gone_and_refresh_removes_their_shards(here, folder, tmp_path):
    out = tmp_path / "out"
    here("clean", "in", "-o", "out")
    content, name = files(out), shard_of(out, "in/1.jsonl")
    (folder / "1.jsonl").unlink()
    done = here("clean", "in", "-o", "out")
    assert (done.code, files(out)) == (78, content)
    assert done.err == (
        f"error: out/records/{name} was made from pages which the inputs no longer hold: in/1.jsonl\n"
        "  next: run with --refresh to remove such shards, or write to another folder\n"
    )
    assert here("clean", "in", "-o", "out", "--refresh").code == 0
    here("clean", "in", "-o", "fresh")
    assert files(out) == files(tmp_path / "fresh")


def test_78_a_folder_whose_description_somebody_else_wrote(here, lines, tmp_path):
    lines("in.jsonl", [story(1)])
    (tmp_path / "out/_run").mkdir(parents=True)
    (tmp_path / "out/_run/dataset.json").write_text("{}")
    done = here("clean", "in.jsonl", "-o", "out")
    assert done.code == 78
    assert done.err == (
        "error: out/_run/dataset.json does not say what the folder was made from: somebody else wrote it\n"
        "  next: restore it, or write to another folder\n"
    )


def test_75_the_lock_names_its_holder_and_falls_with_it(begin, here, lines, until, tmp_path):
    for name in ("a.jsonl", "b.jsonl"):  # a split is written while the next one is cleaned
        lines(name, [story(1)])
    command = ("clean", "a.jsonl", "b.jsonl", "-", "--input-name", "more", "-o", "out")
    process = begin(*command)
    until(lambda: [*tmp_path.glob("out/records/*")])
    done = here(*command)
    assert (done.code, done.out) == (75, "")
    assert re.fullmatch(
        rf"error: another run writes to out: process {process.pid} on \S+: \S+ clean a.jsonl b.jsonl -"
        r" --input-name more -o out\n  next: wait for it, or write to another folder; nothing was changed\n",
        done.err,
    )
    process.kill()
    process.wait()
    assert here(*command, stdin=json.dumps(story(2)).encode()).code == 0


# --- splits ----------------------------------------------------------------------------------------------------


def tiny(label: str) -> Input:
    return Input(Path(label), label, 1, "html")


def split_up(labels: list[str]) -> dict[str, str]:
    found = list(splits(map(tiny, labels), lambda entry: iter([{"file_path": entry.label, "text": entry.label}])))
    assert [label for split in found for label in split.pages["file_path"].to_pylist()] == labels
    names = [split.name for split in found]
    assert len(set(names)) == len(names)
    return {split.name: split.digest for split in found}


def test_a_large_folder_that_gains_a_file_changes_few_shards():
    labels = [f"site/{i:05}.html" for i in range(0, 12_000, 2)]
    before = split_up(labels)
    assert len(before) >= 4
    for new in (1, 3_999, 7_001, 11_999):
        after = split_up(sorted([*labels, f"site/{new:05}.html"]))
        changed = {name for name in before | after if before.get(name) != after.get(name)}
        assert 1 <= len(changed) <= 3


def test_files_named_one_by_one_between_folders_have_shards_of_their_own():
    labels = ["a.html", "site/b.html", "c.html", "d.html", "other/e.html", "site/f.html", "g.html"]
    assert len(split_up(labels)) == 6


def test_a_split_holds_at_most_2000_pages_or_64_mib():
    rows = [{"file_path": "in.jsonl", "offset": i, "text": "x"} for i in range(1, 4_002)]
    many = list(splits([Input(Path("in.jsonl"), "in.jsonl", 1, "jsonl")], lambda _: iter(rows)))
    assert [split.pages.num_rows for split in many] == [2_000, 2_000, 1]
    page = b"<p>x" * 4 * 1024 * 1024
    large = splits([Input(Path("a.warc"), "a.warc", 1, "warc")], lambda _: iter([{"html": page}] * 5))
    assert [split.pages.num_rows for split in large] == [4, 1]
    assert all(isinstance(split.pages, pa.Table) for split in many)
