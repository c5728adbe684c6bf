"""Killable workers: what a page that hangs, crashes or swells costs, and what it does not."""

import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from bench.survival import trap
from cleaners import clean_batch
from cleaners.schema import PAGES, REASONS
from cleaners.settings import Settings
from cleaners.worker import SETTINGS, Limits
from cleaners.workers import Workers

CPU, SILENCE = "more than 0.5 seconds of CPU time", "no sign of life for 3 seconds"

FATES = [  # what the page does, reason, detail
    ("spin-in-c", "timeout", CPU),
    ("swallow", "timeout", CPU),
    ("stop", "timeout", SILENCE),
    ("segfault", "worker_killed", "its process was ended by SIGSEGV"),
    ("kill", "worker_killed", "its process was ended by SIGKILL"),
    ("exit", "worker_killed", "its process ended with exit code 3"),
    ("memory-error", "memory", "more than 2,048 MiB of memory"),
    ("recursion-error", "clean_error", "RecursionError: ''"),
]


@pytest.fixture
def settings():
    return Settings(learned=False)


def pages(html, count: int) -> pa.RecordBatch:
    rows = [
        {"id": str(i), "html": html(f"Ferry {i}", f"The ferry left at {i} past ten.").encode()} for i in range(count)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=PAGES)


def test_a_deadly_page_costs_itself_and_no_other(winnow, lines, html, tmp_path):
    rows = []
    for i, (name, *_) in enumerate(FATES):
        for k in range(4):
            page = html(f"Pier {i}.{k}", f"The pier has stood for {4 * i + k} years, says the harbour master.")
            rows.append({"id": f"{name} {k}", "html": page + (trap.mark(name) if k == 2 else "")})
    lines("in.jsonl", rows)
    command = ("clean", "in.jsonl", "-o", "-", "--deadline", "0.5", "--workers", "2", "--rejects", "rejects.jsonl")
    harmless = {row["id"]: row for row in winnow(*command).rows}
    armed = winnow(*command, env=trap.armed(tmp_path))
    assert armed.code == 0
    assert len(harmless) == len(rows)
    assert armed.rows == [row for row in harmless.values() if not row["id"].endswith(" 2")]
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [(row["id"], row["reason"], row["detail"]) for row in rejects] == [
        (f"{name} 2", reason, detail) for name, reason, detail in FATES
    ]
    assert {row["reason"] for row in rejects} < set(REASONS)


def test_a_real_page_that_takes_too_long_is_a_reject(here, lines, tmp_path):
    page = f"<html><body><p>The ferry left.</p>{'<p>a</p>' * 19_000}</body></html>"
    lines("in.jsonl", [{"id": "long", "html": page}, {"id": "short", "text": "The ferry left the pier."}])
    done = here("clean", "in.jsonl", "-o", "-", "--deadline", "0.3", "--rejects", "rejects.jsonl")
    assert [row["id"] for row in done.rows] == ["short"]
    (row,) = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert (row["id"], row["stage"], row["reason"]) == ("long", "extract", "timeout")


def test_workers_that_are_killed_from_outside_lose_no_page(html, settings):
    """kill -9 at random moments: idle, with work in the pipe, at work."""
    batches = [pages(html, 3) for _ in range(100)]
    expected = clean_batch(batches[0], settings)
    moments, done = random.Random(4), threading.Event()

    def kill() -> None:
        while not done.wait(moments.uniform(0, 1.2)):
            if children := [child for child in multiprocessing.active_children() if child.pid]:
                os.kill(moments.choice(children).pid, signal.SIGKILL)

    with Workers(settings, 2, Limits()) as workers:
        workers.submit(batches[0]).result()
        killer = threading.Thread(target=kill)
        killer.start()
        try:
            results = [future.result(60) for future in [workers.submit(batch) for batch in batches]]
        finally:
            done.set()
            killer.join()
    # A page that is killed twice is a reject; all of them are accounted for, in order.
    for records, rejects in results:
        assert records.num_rows + rejects.num_rows == 3
        assert set(rejects["reason"].to_pylist()) <= {"worker_killed"}
    whole = [records for records, rejects in results if not rejects.num_rows]
    assert len(whole) > 80
    assert all(records.equals(expected[0]) for records in whole)


def test_a_worker_holds_the_pages_of_its_own_batch_and_no_others(html, settings):
    """A batch is a slice of a split of 64 MiB, and Arrow pickles a slice with all that it was cut from."""
    page = html("Ferry", f"The ferry left the pier.</p><!--{'note ' * 200_000}--><p>It came back.").encode()
    split = pa.RecordBatch.from_pylist([{"html": page}] * 64, schema=PAGES)
    with Workers(settings, 1, Limits()) as workers:
        workers.submit(pages(html, 1)).result()
        (worker,) = multiprocessing.active_children()
        before = peak(worker.pid)
        records, _ = workers.submit(split.slice(63, 1)).result()
        assert records["text"][0].as_py().endswith("The ferry left the pier.\nIt came back.")
        assert peak(worker.pid) - before < 32 << 20


def peak(pid: int) -> int:
    """The most memory that a process has held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])


@pytest.mark.parametrize("profile", ["best", "fast"])
def test_the_fork_server_warms_up_for_the_settings_of_the_run_and_no_others(html, profile):
    """What it does not have, each worker would read by itself; what the run does not need is not read at all."""
    chosen = Settings(profile=profile)
    with Workers(chosen, 1, Limits()) as workers:
        workers.submit(pages(html, 1)).result()
    assert Settings(**json.loads(os.environ[SETTINGS])).config_hash == chosen.config_hash
    program = "import sys, cleaners.warm; print(*{'trafilatura', 'justext', 'dateparser'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert {*found.split()} == ({"trafilatura", "justext"} if profile == "best" else set())


def test_no_process_is_left_when_the_context_ends(html, settings):
    with Workers(settings, 2, Limits()) as workers:
        for future in [workers.submit(pages(html, 2)) for _ in range(4)]:
            future.result()
        assert multiprocessing.active_children()
    deadline = time.monotonic() + 5
    while multiprocessing.active_children():
        assert time.monotonic() < deadline


def test_without_workers_pages_are_cleaned_in_the_process_itself(here, lines, until):
    lines("in.jsonl", [{"text": "The ferry left the pier."}])
    until(lambda: not multiprocessing.active_children())
    assert here("clean", "in.jsonl", "-o", "-", "--workers", "0").rows[0]["word_count"] == 5
    assert not multiprocessing.active_children()
