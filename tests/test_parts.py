"""`--part I/N`: many runs, on as many machines as you like, make one dataset."""

import json
import re

import pytest

from tests.test_dataset import files, story

PARTS = ("1/3", "2/3", "3/3")


@pytest.fixture
def inputs(lines):
    for i in range(9):
        lines(f"in/{i}.jsonl", [story(10 * i + k) for k in range(3)])


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_the_parts_in_any_order_are_the_whole(here, tmp_path, order):
    here("clean", "in", "-o", "whole")
    pages = 0
    for n in order:
        done = here("clean", "in", "-o", "out", "--part", PARTS[n])
        assert done.code == 0
        pages += int(done.out.split()[1])
    assert pages == 27
    assert files(tmp_path / "out") == files(tmp_path / "whole")


@pytest.mark.usefixtures("inputs")
def test_the_parts_side_by_side_are_the_whole(here, begin, tmp_path):
    here("clean", "in", "-o", "whole")
    runs = [begin("clean", "in", "-o", "out", "--workers", "0", "--part", part) for part in PARTS]
    assert [run.wait(120) for run in runs] == [0, 0, 0]
    assert files(tmp_path / "out") == files(tmp_path / "whole")


@pytest.mark.usefixtures("inputs")
def test_75_a_part_excludes_itself_the_whole_and_parts_of_another_division(here, begin, until, tmp_path):
    command = ("clean", "in", "-", "--input-name", "more", "-o", "out", "--workers", "0")
    process = begin(*command, "--part", "1/3")
    until(lambda: (tmp_path / "out/_run/lock-1-of-3").exists())
    for options in (("--part", "1/3"), (), ("--part", "1/2")):
        done = here(*command, *options)
        assert done.code == 75
        assert re.match(rf"error: another run writes to out: process {process.pid} on \S+: ", done.err)
    process.communicate(json.dumps(story(100)).encode(), timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize("part", ["0/3", "4/3", "3", "a/b", "-1/3", "1/"])
def test_2_what_is_no_part(here, lines, part):
    lines("in.jsonl", [story(1)])
    done = here("clean", "in.jsonl", "-o", "out", "--part", part)
    assert (done.code, done.err.splitlines()[0]) == (2, f"error: --part {part} is no part")


@pytest.mark.parametrize("output", [("-o", "-"), ("--dry-run",)])
def test_2_a_part_needs_a_folder(here, lines, output):
    lines("in.jsonl", [story(1)])
    assert here("clean", "in.jsonl", *output, "--part", "1/2").code == 2


@pytest.mark.usefixtures("inputs")
def test_a_part_leaves_alone_what_another_has_in_the_making(here, tmp_path):
    """Half-written files are removed by the part to which their shard belongs, and by a run of the whole."""
    here("clean", "in", "-o", "out")
    shards = [path.stem.removeprefix("part-") for path in (tmp_path / "out/records").glob("part-*")]
    for shard in shards:
        (tmp_path / f"out/records/_tmp-part-{shard}.parquet-99").touch()
    here("clean", "in", "-o", "out", "--part", "1/3")
    left = {path.name[10:26] for path in (tmp_path / "out/records").glob("_tmp-*")}
    assert left == {shard for shard in shards if int(shard, 16) % 3 != 0}
    here("clean", "in", "-o", "out")
    assert not [*(tmp_path / "out/records").glob("_tmp-*")]


def test_a_line_of_the_manifest_that_was_cut_off_takes_no_other_with_it(here, lines, tmp_path):
    manifest = tmp_path / "out/_run/manifest.jsonl"
    for name in "ab":
        lines(f"{name}.jsonl", [story(ord(name))])
    here("clean", "a.jsonl", "b.jsonl", "-o", "whole")
    here("clean", "a.jsonl", "-o", "out")
    manifest.write_bytes(manifest.read_bytes()[:-40])
    here("clean", "a.jsonl", "b.jsonl", "-o", "out")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


@pytest.mark.usefixtures("html")
def test_the_order_in_which_inputs_are_named_changes_nothing(here, html, lines, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.html").write_text(html(name, "The ferry left the pier in the morning."))
    lines("d.jsonl", [story(1)])
    names = ["a.html", "b.html", "c.html", "d.jsonl"]
    here("clean", *names, "-o", "one")
    here("clean", *reversed(names), "-o", "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
