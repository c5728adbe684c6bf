"""`winnow status`: what was done, and what the same command would do next."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.survival.flips import story


def snapshot(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def rows(name: str, start: int, folder: Path, count: int = 10) -> None:
    content = "".join(json.dumps(story(start + i)) + "\n" for i in range(count))
    (folder / name).write_text(content)


@pytest.fixture
def made(here, tmp_path):
    """Three finished shards, made by a command that ran in tmp_path."""
    (tmp_path / "in").mkdir()
    for i in range(3):
        rows(f"in/{i}.jsonl", 10 * i, tmp_path)
    assert here("clean", "in", "-o", "out", "--dump", "spring").code == 0
    return tmp_path


def remove_shard(folder: Path) -> None:
    for kind in ("records", "rejects"):
        min((folder / "out" / kind).iterdir()).unlink()


def set_condition(folder: Path) -> None:
    """As if the folder was made by another version."""
    path = folder / "out/_run/dataset.json"
    path.write_text(path.read_text().replace('"winnow": "', '"winnow": "0.'))


DONE = ["2 shards (20 pages) finished, to be skipped"]
REFRESH = "  next: the same command with --refresh; without it, exit code 78"
#: What happened since, and what the same command would do.
SINCE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda _: None, ["3 shards (30 pages) finished, to be skipped", "  next: nothing to do"]),
    "a shard was lost": (
        remove_shard,
        [*DONE, r"1 shard \(10 pages\) missing, to be made: in/\d.jsonl", "  next: the same command, .+"],
    ),
    "an input came": (
        lambda folder: rows("in/3.jsonl", 30, folder),
        ["3 shards .+", "1 shard (10 pages) missing, to be made: in/3.jsonl", "  next: the same command, .+"],
    ),
    "an input changed": (
        lambda folder: rows("in/1.jsonl", 70, folder, 9),
        [*DONE, "1 shard (9 pages) made from other content: in/1.jsonl", REFRESH],
    ),
    "a file of a folder is gone": (
        lambda folder: (folder / "in/1.jsonl").unlink(),
        [*DONE, "1 shard of pages that the inputs no longer hold: in/1.jsonl", REFRESH],
    ),
    "the input is gone": (
        lambda folder: (folder / "in").rename(folder / "elsewhere"),
        [
            "cannot be read now: no such input: in",
            "input that is gone: in",
            "3 shards of .+",
            "  next: bring back .+",
        ],
    ),
    "the configuration changed": (
        set_condition,
        ["configuration that changed: winnow", "3 shards .+", REFRESH],
    ),
}


def matches(line: str, pattern: str) -> bool:
    return line == pattern or bool(re.fullmatch(pattern, line))


@pytest.mark.parametrize("name", SINCE)
def test_it_says_what_the_same_command_would_do_and_writes_nothing(here, made, name):
    change, expected = SINCE[name]
    change(made)
    before = snapshot(made)
    done = here("status", "out")
    assert (done.code, done.err, snapshot(made)) == (0, "", before)
    assert all(map(matches, done.out.splitlines()[-len(expected) :], expected)), done.out
    assert re.match(r"made from in\nwith winnow [\d.]+, dump spring\nshards    \d\npages    \d0\n", done.out)
    assert re.search(r"\nfinished \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, process \d+ on ", done.out)


def test_it_can_be_asked_from_another_folder(made):
    (made / "else").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "cleaners", "status", "../out"], cwd=made / "else", capture_output=True, text=True
    )
    assert done.stdout.endswith("3 shards (30 pages) finished, to be skipped\n  next: nothing to do\n")


@pytest.mark.parametrize(
    ("state", "process", "shown"),
    [
        ("finished", 1, "finished"),
        ("stopped", 1, "stopped"),
        ("running", 1, "running"),
        ("running", 2**22 + 1, "killed"),
    ],
)
def test_how_the_last_run_ended(here, made, state, process, shown):
    path = made / "out/_run/lock"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"state": state, "process": process}))
    done = here("status", "out")
    assert re.search(rf"^{shown} \d{{4}}-.+Z, process {process} on ", done.out, re.MULTILINE)
    assert (done.out.splitlines()[-1] == "  next: wait: the run goes on") is (shown == "running")


@pytest.mark.usefixtures("made")
def test_a_forget_hands_on_what_the_last_run_told(here):
    assert here("forget", "out", "--host", "gone.example").code == 0
    done = here("status", "out")
    assert re.search(r"^finished .+: winnow forget$", done.out, re.MULTILINE)
    assert done.out.endswith("3 shards (30 pages) finished, to be skipped\n  next: nothing to do\n")


def test_standard_input_cannot_be_read_again(here):
    stdin = json.dumps(story(1)).encode()
    assert here("clean", "-", "--input-name", "more", "-o", "out", stdin=stdin).code == 0
    done = here("status", "out")
    last = done.out.splitlines()[-1]
    assert last.endswith("is not known: it reads standard input, which cannot be read again here")


def test_json_says_the_same(here, made):
    rows("in/1.jsonl", 70, made, 9)
    (told,) = here("status", "out", "--json").rows
    assert (told["shards"], told["account"]["pages"], told["runs"][0]["state"]) == (3, 30, "finished")
    assert told["next"]["finished"] == {"shards": 2, "pages": 20}
    assert told["next"]["content"] == {"shards": 1, "pages": 9}
    assert told["next"]["refused_without_refresh"] is True


def test_it_loads_no_extractor(made):
    code = (
        "import sys; from cleaners.cli import main; main(['status', 'out'], standalone_mode=False);"
        "assert 'trafilatura' not in sys.modules and 'scrapy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=made, check=True, stdout=subprocess.DEVNULL)
