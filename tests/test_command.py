"""The command `winnow`: what it prints and where, and the code it exits with."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cleaners.document import Removal
from cleaners.errors import WinnowError
from cleaners.ledger import rebuild
from cleaners.schema import CATEGORIES, FLAGS, REASONS, RECORDS, REJECTS

BRIDGE = "The mayor opened the new footbridge on Thursday evening, after two years of work on both banks."
BAKER = "Some two hundred people walked across it in the first hour, and the baker on the far side ran out of bread."
TIMETABLE = "The ferry keeps its timetable until the end of the month, the harbour office said on Friday."
STOPPED = "stopped\n  next: run the same command again; with -o DIR it goes on behind the finished shards\n"
REPORT = """\
pages               1
records             1
rejects             0
words kept         39
words removed       3
  comment-heading   3
"""


def story(**fields):
    return {"text": f"{BRIDGE}\n{BAKER}\nLeave a Reply", **fields}


def rebuilt(record) -> str:
    return rebuild(record["text"], [Removal(**removal) for removal in record["removed"]])


def on_a_terminal(*arguments, cwd, streams=("stdout", "stderr")) -> str:
    """Everything that the command prints where the named streams are a terminal."""
    ours, theirs = pty.openpty()
    pipes = {name: theirs if name in streams else subprocess.DEVNULL for name in ("stdout", "stderr")}
    process = subprocess.Popen([sys.executable, "-m", "cleaners", *map(str, arguments)], cwd=cwd, **pipes)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux: the other end was closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def session(process) -> list[int]:
    """Ids of the processes that share the session of this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(number) == process.pid and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


# --- where things go -------------------------------------------------------------------------------------------


def test_a_folder_is_written_in_the_documented_layout_and_the_report_goes_to_standard_output(here, lines, tmp_path):
    lines("in.jsonl", [story()])
    done = here("clean", "in.jsonl", "-o", "out")
    assert (done.code, done.err) == (0, "")
    assert done.out == REPORT + "written to out/records and out/rejects\n"
    files = sorted(str(path.relative_to(tmp_path / "out")) for path in tmp_path.glob("out/**/*") if path.is_file())
    shard = files[-1].removeprefix("rejects/")
    assert re.fullmatch("part-[0-9a-f]{16}.parquet", shard)
    assert files == ["_run/dataset.json", "_run/lock", "_run/manifest.jsonl", f"records/{shard}", f"rejects/{shard}"]


def test_json_lines_have_every_column_in_order_and_the_report_goes_to_standard_error(here, lines):
    lines("in.jsonl", [story(), {"text": ""}])
    done = here("clean", "in.jsonl", "-o", "-", "--rejects", "rejects.jsonl")
    assert [list(row) for row in done.rows] == [RECORDS.names]
    rejects = [json.loads(line) for line in Path("rejects.jsonl").read_text().splitlines()]
    assert [list(row) for row in rejects] == [REJECTS.names]
    assert (rejects[0]["stage"], rejects[0]["reason"], rejects[0]["offset"]) == ("extract", "empty", 2)
    assert "records             1\nrejects             1\n  empty             1\n" in done.err


def test_json_lines_come_in_input_order_with_any_number_of_workers(winnow, here, lines):
    rows = [story(id=f"row {i}") if i % 7 else {"id": f"row {i}", "text": " "} for i in range(90)]
    lines("in/a.jsonl", rows[:66])
    lines("in/b.jsonl", rows[66:])
    runs = [run("clean", "in", "-o", "-", "--workers", n) for n, run in enumerate((here, winnow, winnow), 1)]
    assert [row["id"] for row in runs[0].rows] == [row["id"] for row in rows if row["text"].strip()]
    assert len({run.out for run in runs}) == 1
    assert [run.code for run in runs] == [0, 0, 0]


def test_json_lines_are_utf_8_whatever_the_locale(winnow):
    row = json.dumps({"text": "Žluťoučký kůň běžel po poli a nikdo ho neviděl."}).encode()
    done = winnow("clean", "-", "-o", "-", stdin=row, env={"PYTHONIOENCODING": "latin-1"})
    assert done.rows[0]["text"].startswith("Žluťoučký kůň")


def test_a_row_keeps_its_own_columns(here, lines):
    own = {
        "id": "<urn:example:7>",
        "url": "https://harbour.example/ferry",
        "dump": "CC-MAIN-2026-05",
        "token_count": 4711,
        "date": "2026-01-02T03:04:05Z",
    }
    lines("in.jsonl", [story(**own), story(id=12)])
    full, sparse = here("clean", "in.jsonl", "-o", "-", "--dump", "spring").rows
    assert {name: full[name] for name in own} == own
    assert (sparse["id"], sparse["dump"], sparse["token_count"]) == ("12", "spring", None)


def test_lines_of_text_come_out_in_order_and_unchanged(here, lines):
    untouched = f"  {BRIDGE}\n\n{BAKER}  Two  spaces,\ttabs.  \n\n\n{TIMETABLE}   "
    with_leftover = f"{BRIDGE}  \nLeave a Reply\n\n{BAKER}\n- Advertisement -\n  {TIMETABLE}"
    lines("in.jsonl", [{"text": untouched}, {"text": with_leftover}])
    first, second = here("clean", "in.jsonl", "-o", "-").rows
    assert (first["text"], first["removed"]) == (untouched, [])
    assert second["text"] == f"{BRIDGE}  \n{BAKER}\n  {TIMETABLE}"
    assert [removal["rule"] for removal in second["removed"]] == ["comment-heading", "ad-marker"]
    assert rebuilt(second) == with_leftover


def test_headline_puts_the_title_in_front_of_html_and_of_nothing_else(here, lines, html):
    page = html("A footbridge for both banks", BRIDGE, BAKER, "Leave a Reply")
    lines("in.jsonl", [{"html": page}, story(title="A footbridge for both banks")])
    plain, _ = here("clean", "in.jsonl", "-o", "-").rows
    headed, text = here("clean", "in.jsonl", "-o", "-", "--headline").rows
    assert plain["text"] == f"{BRIDGE}\n{BAKER}"
    assert headed["text"] == f"A footbridge for both banks\n{BRIDGE}\n{BAKER}"
    assert rebuilt(headed) == f"A footbridge for both banks\n{rebuilt(plain)}"
    assert rebuilt(plain).endswith("\nLeave a Reply")
    assert text["text"] == f"{BRIDGE}\n{BAKER}"


def test_standard_input_is_json_lines(here):
    done = here("clean", "-", "-o", "-", stdin=json.dumps(story()).encode())
    assert (done.code, done.rows[0]["file_path"]) == (0, "-")


def test_a_dry_run_reports_and_writes_nothing(here, lines, tmp_path):
    lines("in.jsonl", [story()])
    done = here("clean", "in.jsonl", "-o", "out", "--dry-run")
    assert (done.code, done.out) == (0, REPORT + "nothing was written\n")
    assert here("clean", "in.jsonl", "--dry-run").out == done.out
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_progress_is_shown_on_a_terminal_only(here, lines, tmp_path):
    lines("in.jsonl", [story()])
    assert "cleaning" in on_a_terminal("clean", "in.jsonl", "-o", "a", cwd=tmp_path, streams=("stderr",))
    assert here("clean", "in.jsonl", "-o", "b").err == ""


# --- explain, rules, schema ------------------------------------------------------------------------------------

MARGIN = f"""\
                 | {BRIDGE}
 comment-heading | Leave a Reply
                 |
       ad-marker | - Advertisement -
                 | {TIMETABLE}
"""
LEFTOVERS = f"{BRIDGE}\nLeave a Reply\n\n- Advertisement -\n{TIMETABLE}"


def test_explain_prints_each_line_beside_its_rule(here, tmp_path, html):
    (tmp_path / "page.txt").write_text(LEFTOVERS)
    (tmp_path / "page").write_text(f"{LEFTOVERS}\n")
    assert here("explain", "page.txt").out == MARGIN
    assert here("explain", "page", "--text").out == MARGIN
    assert here("explain", "-", "--text", stdin=LEFTOVERS.encode()).out == MARGIN
    (tmp_path / "page.html").write_text(html("A footbridge", BRIDGE, "Leave a Reply", TIMETABLE))
    expected = f"        headline | A footbridge\n                 | {BRIDGE}\n comment-heading | Leave a Reply\n"
    assert here("explain", "page.html").out == f"{expected}                 | {TIMETABLE}\n"
    headed = here("explain", "page.html", "--headline").out
    assert headed.startswith(f"                 | A footbridge\n{expected}")


def test_explain_uses_colour_on_a_terminal_and_never_what_a_page_sends_to_it(here, tmp_path):
    (tmp_path / "page.txt").write_text(f"{BRIDGE}\nLeave a Reply\n{TIMETABLE} \x1b]0;owned\x07")
    shown = on_a_terminal("explain", "page.txt", cwd=tmp_path)
    assert "\x1b[33m comment-heading\x1b[0m | \x1b[31mLeave a Reply\x1b[0m\n" in shown
    assert "\x1b]" not in shown and "\x07" not in shown
    assert "\x1b" not in here("explain", "page.txt").out
    assert "\x1b[33m" in here("explain", "page.txt", "--colour").out


def test_explain_says_why_there_is_no_record(here, tmp_path):
    (tmp_path / "page.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    done = here("explain", "page.html")
    assert (done.code, done.out) == (65, "")
    assert done.err == (
        "error: page.html: no record can be made of this page: not_html: the bytes are a PNG image\n"
        "  next: `winnow clean` lists such a page among the rejects; with --text the file is read as extracted text\n"
    )
    missing = here("explain", "nothing.html")
    assert missing.code == 2
    assert missing.err == "error: cannot read nothing.html: No such file or directory\n  next: check the path\n"


def test_rules_are_listed_and_shown(here):
    head, *listed = here("rules", "list").out.splitlines()
    assert re.fullmatch("rule  +class  +hits  +precision  +lost  +reason", head)
    assert listed == sorted(listed)
    figures = r"(\d[\d,]*)  +([\d.]+ %|-)  +([\d,]+)  +(pooled)?"
    rows = [re.fullmatch(rf"([a-z-]+)  +([a-z-]+)  +{figures} *because it .*", line) for line in listed]
    assert all(rows)
    heading = next(row for row in rows if row[1] == "comment-heading")
    assert (heading[2], heading[6]) == ("comment-prompt", None)
    assert int(heading[3]) >= 10 and float(heading[4].removesuffix(" %")) >= 95
    assert any(row[6] for row in rows)
    shown = here("rules", "show", "comment-heading").out
    assert shown.startswith("comment-heading (comment-prompt, comment-prompt.toml)\nremoved because it invites the")
    assert re.search(rf"^measured: drops {heading[3]} labelled lines, {heading[4]} of them rightly; ", shown, re.M)
    assert "\ndrops:\n" in shown and "\nkeeps:\n" in shown
    rare = here("rules", "show", next(row[1] for row in rows if row[6])).out
    assert re.search(r"^measured, together with the other rare rules of [a-z-]+: drops", rare, re.M)
    stage = here("rules", "show", "headline").out
    assert stage == (
        "headline (stage)\nremoved because it repeats the headline, which is the column `title`\n"
        "not measured: drops none of the labelled lines\n"
    )


def test_an_unknown_rule_is_an_error(here):
    done = here("rules", "show", "comment-headin")
    assert (done.code, done.out) == (2, "")
    assert done.err == ("error: no rule is called 'comment-headin'\n  next: `winnow rules list` names them all\n")


def test_schema_names_every_column_reason_category_and_flag(here):
    printed = here("schema").out
    shown = {line.split()[0] for line in printed.splitlines() if line}
    assert {*RECORDS.names, *REJECTS.names, *REASONS, *CATEGORIES, *FLAGS} <= shown
    assert re.search(r"^  token_count +int64$", printed, re.MULTILINE)


# --- what goes -------------------------------------------------------------------------------------------------

BAY = "Der Hafen von Skell versandet jedes Jahr um eine Handbreit, und der Bagger wurde im Frühling verkauft."
KEEL = "Boote mit tiefem Kiel müssen jetzt auf die Flut warten, und die Fischer markieren die Rinne mit Ölkanistern."
SAND = f"Ein Hafen verschwindet im Sand\n{BAY}\n{KEEL}\n{BAY}\n{KEEL}"
SECTIONS = f"{SAND}\nPolitik\nWirtschaft\nPanorama"  # which the learned stage takes with --thorough only
MENU = f"Navigation\nLieder\nNoten\n{SAND}"  # of which it takes two lines without
WHAT_GOES = [
    (SECTIONS, (), SECTIONS),
    (SECTIONS, ("--thorough",), SAND),
    (SECTIONS, ("--thorough", "--no-learned"), SECTIONS),
    (MENU, (), SAND),
    (MENU, ("--no-learned",), f"Lieder\nNoten\n{SAND}"),
]


@pytest.mark.parametrize(("text", "options", "kept"), WHAT_GOES)
def test_thorough_takes_more_and_no_learned_less(here, lines, text, options, kept):
    lines("in.jsonl", [{"text": text}])
    (record,) = here("clean", "in.jsonl", "-o", "-", *options).rows
    assert record["text"] == kept
    assert rebuilt(record) == text
    shown = here("explain", "-", "--text", *options, stdin=text.encode()).out.splitlines()
    assert [line[19:] for line in shown if line.startswith(" " * 17)] == kept.split("\n")
    assert any(line.startswith("         learned | ") for line in shown) == (kept == SAND)


ANOTHER = [
    ("--thorough", "thorough False -> True"),
    ("--no-learned", "learned "),
    ("--metadata=full", "metadata basic -> full"),
]


@pytest.mark.parametrize(("option", "name"), ANOTHER)
def test_78_another_setting_of_what_goes_is_another_configuration(here, lines, tmp_path, option, name):
    lines("in.jsonl", [{"text": MENU}])
    assert here("clean", "in.jsonl", "-o", "out").code == 0
    before = sorted((path.name, path.stat().st_mtime_ns) for path in tmp_path.glob("out/records/*"))
    done = here("clean", "in.jsonl", "-o", "out", option)
    assert (done.code, done.out) == (78, "")
    assert done.err.startswith(f"error: out was made under another configuration: {name}")
    assert "\n  next: run with --refresh to compute its shards anew" in done.err
    assert sorted((path.name, path.stat().st_mtime_ns) for path in tmp_path.glob("out/records/*")) == before
    assert here("clean", "in.jsonl", "-o", "out", option, "--refresh").code == 0
    assert here("clean", "in.jsonl", "-o", "out", option).code == 0


@pytest.mark.parametrize(("options", "date"), [((), None), (("--metadata", "full"), "2025-03-04")])
def test_full_metadata_are_searched_for_in_the_text(here, lines, options, date):
    page = f"<html><body><article><p>Veröffentlicht am 4. März 2025</p><p>{BAY}</p><p>{KEEL}</p></article>"
    lines("in.jsonl", [{"html": page}])
    (record,) = here("clean", "in.jsonl", "-o", "-", *options).rows
    assert record["date_published"] == date


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_explain_reads_extracted_text_in_any_encoding(here, tmp_path, encoding):
    (tmp_path / "page").write_bytes(f"{SAND}\nKommentare\n".encode(encoding))
    expected = "".join(f"                 | {line}\n" for line in SAND.split("\n"))
    assert here("explain", "page", "--text").out == f"{expected} comment-heading | Kommentare\n"


def test_explain_says_that_a_text_cannot_be_decoded(here, tmp_path):
    (tmp_path / "page.txt").write_bytes(bytes(range(128, 160)) * 3)
    done = here("explain", "page.txt")
    assert (done.code, done.out) == (65, "")
    assert "charset_undecodable" in done.err


# --- exit codes ------------------------------------------------------------------------------------------------

USAGE = [
    (("clean", "in.jsonl"), "no output: -o is missing", "give -o DIR, -o - for JSON lines, or --dry-run"),
    (
        ("clean", "in.jsonl", "-o", "out", "--rejects", "r"),
        "--rejects goes with -o -",
        "with -o DIR the rejects are in DIR/rejects",
    ),
    (
        ("clean", "-", "-o", "out"),
        "standard input has no name to file its shards under",
        "give --input-name NAME, the same at every run",
    ),
    (
        ("clean", "pages", "-o", "pages/out"),
        "the output folder pages/out lies inside the input pages",
        "name a folder outside of it, or the next run takes these records for pages",
    ),
    (
        ("clean", "in.jsonl", "-o", "-", "--rejects", "in.jsonl"),
        "--rejects in.jsonl is one of the inputs",
        "name another file",
    ),
]


@pytest.mark.parametrize(("arguments", "what", "next_step"), USAGE)
def test_2_what_cannot_be_done_as_asked_for(here, lines, arguments, what, next_step):
    row = lines("in.jsonl", [story()]).read_text()
    lines("pages/in.jsonl", [story()])
    done = here(*arguments)
    assert (done.code, done.out, done.err) == (2, "", f"error: {what}\n  next: {next_step}\n")
    assert Path("in.jsonl").read_text() == row


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clean",), "Error: Missing argument 'IN...'."),
        (("clean", "in.jsonl", "--worker", "2"), "Error: No such option '--worker'."),
        (("clean", "in.jsonl", "-o", "-", "--max-rejects", "2"), "2.0 is not in the range 0<=x<=1"),
        (("clean", "in.jsonl", "-o", "-", "--workers", "-1"), "-1 is not in the range x>=0"),
        (("cleanse",), "Error: No such command 'cleanse'."),
    ],
)
def test_2_what_the_command_line_does_not_know(here, arguments, said):
    done = here(*arguments)
    assert done.code == 2
    assert said in done.err


def test_3_more_rejects_than_allowed(here, lines):
    lines("in.jsonl", [story(), {"text": " "}, {"text": "\n"}])
    assert here("clean", "in.jsonl", "-o", "-", "--max-rejects", "0.7").code == 0
    done = here("clean", "in.jsonl", "-o", "out", "--max-rejects", "0.6")
    assert done.code == 3
    assert done.err == (
        "warning: 66.7% of the pages were rejected, more than --max-rejects 0.6\n"
        "  next: look at the reasons in the rejects\n"
    )


def test_73_an_output_that_cannot_be_made(here, lines):
    lines("in.jsonl", [story()])
    done = here("clean", "in.jsonl", "-o", "-", "--rejects", "no/such/folder")
    assert (done.code, done.out) == (73, "")
    assert done.err == "error: cannot write no/such/folder: No such file or directory\n  next: name another file\n"


def small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))


def test_74_a_full_disk_leaves_no_part_of_a_shard_and_the_same_command_finishes(winnow, here, lines, tmp_path):
    lines("in.jsonl", [story()])
    done = winnow("clean", "in.jsonl", "-o", "out", preexec_fn=small_files_only)
    assert (done.code, done.out) == (74, "")
    assert re.fullmatch(
        r"error: cannot write out/re(cords|jects)/part-[0-9a-f]{16}.parquet: File too large\n"
        r"  next: make room or mend the device, then run the same command again: finished shards are skipped\n",
        done.err,
    )
    assert [*tmp_path.glob("out/records/*"), *tmp_path.glob("out/*/_tmp*")] == []
    assert here("clean", "in.jsonl", "-o", "out").code == 0
    assert pq.read_table(tmp_path / "out/records").num_rows == 1


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("clean", "in.jsonl", "-o", "-"), "cannot write standard output"),
        (("schema",), "reading or writing failed"),
    ],
)
def test_74_standard_output_on_a_full_disk(lines, tmp_path, arguments, where):
    lines("in.jsonl", [story()])
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cleaners", *arguments], stdout=full, stderr=subprocess.PIPE, cwd=tmp_path
        )
    assert done.returncode == 74
    assert done.stderr.decode().startswith(f"error: {where}: No space left on device\n  next: make room")
    assert b"Traceback" not in done.stderr and b"ignored" not in done.stderr


def test_74_rejects_on_a_full_disk(here, lines):
    lines("in.jsonl", [story(), {"text": " "}])
    done = here("clean", "in.jsonl", "-o", "-", "--rejects", "/dev/full")
    assert done.code == 74
    assert done.err == (
        "error: cannot write /dev/full: No space left on device\n  next: make room, then run the same command again\n"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("workers", [1, 2])
def test_129_130_and_143_a_stopped_run_says_so_leaves_no_process_and_goes_on_later(
    here, begin, lines, until, tmp_path, number, code, workers
):
    lines("first.jsonl", [story(id=f"{i}") for i in range(70)])
    lines("second.jsonl", [story()])
    command = ("clean", "first.jsonl", "second.jsonl", "-", "--input-name", "x", "-o", "out", "--workers", workers)
    process = begin(*command)
    if workers == 1:  # the first shard is in place, the second is in hand, the third waits for standard input
        until(lambda: [*tmp_path.glob("out/records/part-*")])
    else:  # the workers are being started: the worst moment
        until(lambda: len(session(process)) >= 3)
    # Ctrl-C and a closed terminal reach every process there is
    process.send_signal(number) if number == signal.SIGTERM else os.killpg(process.pid, number)
    process.wait(20)
    assert (process.returncode, process.stderr.read().decode()) == (code, STOPPED)
    until(lambda: not session(process))
    again = here(*command, stdin=json.dumps(story()).encode())
    assert (again.code, again.out.split()[:2]) == (0, ["pages", "72"])


def test_workers_end_with_a_parent_that_was_killed(begin, lines, until, tmp_path):
    for name in ("first.jsonl", "second.jsonl"):
        lines(name, [story() for _ in range(70)])
    process = begin("clean", "first.jsonl", "second.jsonl", "-", "--input-name", "x", "-o", "out", "--workers", "2")
    until(lambda: [*tmp_path.glob("out/records/part-*")])  # the workers have worked, and wait for more
    process.kill()
    until(lambda: not session(process), seconds=20)


@pytest.mark.parametrize("command", ["clean in.jsonl -o - --workers 1", "schema"])
def test_141_a_reader_that_has_seen_enough_is_no_fault(lines, tmp_path, command):
    lines("in.jsonl", [story() for _ in range(100)])
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "cleaners", *command.split()], stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


# --- imports ---------------------------------------------------------------------------------------------------

HEAVY = ("scrapy", "trafilatura", "pyarrow", "lxml")


def python(code: str, tmp_path) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    return done.stdout


def test_help_and_the_package_itself_import_nothing_heavy(tmp_path):
    loaded = f"print([name for name in {HEAVY} if name in sys.modules])"
    assert python(f"import sys, cleaners; {loaded}", tmp_path) == "[]\n"
    code = f"import sys, cleaners.cli as cli\ntry: cli.main(['--help'])\nexcept SystemExit: {loaded}"
    assert python(code, tmp_path).endswith("\n[]\n")


def test_cleaners_works_without_scrapy_and_has_its_four_functions(tmp_path, html):
    code = (
        "import sys; sys.modules['scrapy'] = None\n"
        "from cleaners import clean_html, clean_text, clean_batch, load_rules\n"
        "import pyarrow as pa\n"
        "from cleaners.schema import PAGES\n"
        f"page = {html('A footbridge', BRIDGE, BAKER, 'Leave a Reply')!r}\n"
        "batch = pa.RecordBatch.from_pylist([{'html': page.encode()}], schema=PAGES)\n"
        "records, rejects = clean_batch(batch)\n"
        f"assert records['text'][0].as_py() == clean_html(page).text == {BRIDGE + chr(10) + BAKER!r}\n"
        "assert rejects.num_rows == 0 and len(load_rules()) > 5\n"
        "print(clean_text('One.\\nLeave a Reply').text)\n"
        "import cleaners.cli, cleaners.run\n"
    )
    assert python(code, tmp_path) == "One.\n"


# --- documentation ---------------------------------------------------------------------------------------------


PAGE = Path(__file__).parents[1] / "docs" / "command.md"


def test_every_command_option_and_exit_code_is_documented():
    from cleaners.cli import main

    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    commands = {**main.commands, **{f"rules {name}": it for name, it in main.commands["rules"].commands.items()}}
    del commands["rules"]
    for name, command in commands.items():
        (section,) = [section for section in sections if section.startswith(f"`winnow {name}")]
        options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
        for option in [name for parameter in options for name in parameter.opts + parameter.secondary_opts]:
            assert f"`{option}`" in section, (name, option)
    for option in [option for parameter in main.params for option in parameter.opts]:
        assert f"{option}`" in sections[-2] or f"{option} " in sections[-2], option
    table = (PAGE.parent / "reliability.md").read_text().partition("## Exit codes and signals")[2]
    codes = [int(code) for code in re.findall(r"^\| (\d+) ", table, re.MULTILINE)]
    errors = [error for error in WinnowError.__subclasses__() if error.__module__.startswith("cleaners.")]
    raised = {error.exit_code for error in [WinnowError, *errors]}
    assert codes == sorted({0, 1, 3, 129, 130, 141, 143} | raised)


def test_the_documented_session_is_true(tmp_path):
    session = PAGE.read_text().partition("```console\n")[2].partition("```")[0]
    winnow = f'winnow() {{ "{sys.executable}" -m cleaners "$@"; }}'
    shown = ""
    for command in re.findall(r"^\$ (.*)", session, re.MULTILINE):
        done = subprocess.run(
            ["bash", "-c", f"{winnow}; {command}"], cwd=tmp_path, stdout=-1, stderr=subprocess.STDOUT, text=True
        )
        shown += f"$ {command}\n{done.stdout}"
    assert shown == session


def test_the_page_says_that_what_goes_is_part_of_the_configuration():
    folder = PAGE.read_text().split("### The output folder")[1].split("\n## ")[0]
    (settings,) = re.findall(r"another configuration \(([^)]*)\)", folder)
    assert {"`--thorough`", "`--no-learned`"} <= set(re.findall(r"`[^`]+`", settings))
