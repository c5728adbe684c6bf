"""Bad input of every kind: the exact message and exit code, and never a traceback (the fixtures see to that)."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

STORY = "The mayor opened the new footbridge on Thursday evening, after two years of work on both banks."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TYPES = (
    "wanted: .warc .wet .jsonl .ndjson .json (also with .gz or .zst), .parquet, .html .htm .xhtml, .txt, "
    ".zip, .tar .tar.gz .tgz .tar.bz2 .tar.xz .tar.zst"
)
FETCH_AGAIN = "  next: check or fetch the input again\n"
PARTLY = (
    "warning: 1 part(s) of the input could not be read; see the rejects (archive_damaged, record_truncated)\n"
    "  next: fetch the damaged files again, then run with --refresh\n"
)


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def row(number: int) -> bytes:
    return json.dumps({"id": str(number), "text": f"{STORY} {number * 7919}"}).encode() + b"\n"


def response(number: int) -> bytes:
    page = f"<html><body><article><p>{STORY} It was day {number}.</p></article></body></html>".encode()
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:example:{number}>\r\n"
        f"WARC-Target-URI: https://river.example/{number}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


ROWS = packed(b"".join(row(number) for number in range(120)))
WARC = packed(response(1)) + packed(response(2))
DEEP = b"<div>" * 50_000 + f"<p>{STORY}</p>".encode() + b"</div>" * 50_000
CUT = "the file ends inside the gzip member"
DAMAGED_WARC = f"bytes {len(packed(response(1)))}-{len(WARC) - 21}: {CUT}"

# File, its bytes, exit code, number of records, rejects as (stage, reason, detail), what is said below the report
BYTES = [
    ("a.html", b"", 0, 0, [("extract", "empty", "the page holds no bytes, or nothing but white space")], ""),
    ("a.jsonl", b"", 65, 0, [], f"error: no page could be read from a.jsonl: empty\n{FETCH_AGAIN}"),
    ("a.warc.gz", b"", 65, 0, [], f"error: no page could be read from a.warc.gz: empty\n{FETCH_AGAIN}"),
    (
        "a.jsonl.gz",
        packed(row(1))[:-12],
        65,
        0,
        [
            (
                "load",
                "archive_damaged",
                "line 1: Compressed file ended before the end-of-stream marker was reached",
            )
        ],
        f"error: no page could be read from a.jsonl.gz: damaged\n{FETCH_AGAIN}",
    ),
    (
        "a.warc.gz",
        packed(response(1))[:60],
        65,
        0,
        [("load", "archive_damaged", f"bytes 0-59: {CUT}")],
        f"error: no page could be read from a.warc.gz: damaged\n{FETCH_AGAIN}",
    ),
    ("a.warc.gz", WARC[:-20], 3, 1, [("load", "record_truncated", DAMAGED_WARC)], PARTLY),
    ("a.html", PNG, 0, 0, [("extract", "not_html", "the bytes are a PNG image")], ""),
    ("a.html", f"<html><p>{STORY}</p>".encode("utf-16"), 0, 1, [], ""),
    ("a.txt", STORY.encode("utf-16"), 0, 1, [], ""),
    ("a.html", DEEP, 0, 0, [("extract", "too_deep", "tags are nested more than 2,048 levels deep")], ""),
    (
        "a.jsonl",
        b'{"text": "' + STORY.encode() + b'"}\n[1]\n{"text": 7}\n{"id": "x"}\nnonsense\n',
        0,
        1,
        [
            ("load", "row_invalid", "line 2: not a JSON object but '[1]'"),
            ("load", "row_invalid", "line 3: column 'text' holds a number; wanted: a string"),
            ("load", "content_missing", "line 4: nothing in 'html' and 'text'; columns found: 'id'"),
            ("load", "row_invalid", "line 5, character 1: Expecting value"),
        ],
        "",
    ),
]


@pytest.mark.parametrize(("name", "content", "code", "records", "rejects", "said"), BYTES)
def test_bytes_that_are_no_page(here, tmp_path, name, content, code, records, rejects, said):
    (tmp_path / name).write_bytes(content)
    done = here("clean", name, "-o", "-", "--rejects", "rejects")
    found = [json.loads(line) for line in (tmp_path / "rejects").read_text().splitlines()]
    assert [(reject["stage"], reject["reason"], reject["detail"]) for reject in found] == rejects
    assert (done.code, len(done.rows)) == (code, records)
    assert all(STORY in record["text"] for record in done.rows)
    assert done.err.endswith(said)
    assert ("error" in done.err or "warning" in done.err) == bool(said)


def test_a_truncated_gzip_gives_the_rows_before_the_break(here, tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(ROWS[: len(ROWS) // 2])
    done = here("clean", "a.jsonl.gz", "-o", "out")
    records = pq.read_table(tmp_path / "out/records")["id"].to_pylist()
    (reject,) = pq.read_table(tmp_path / "out/rejects").to_pylist()
    assert (done.code, done.err) == (3, PARTLY)
    assert 20 < len(records) < 120
    assert records == [str(number) for number in range(len(records))]
    assert (reject["reason"], reject["offset"]) == ("archive_damaged", len(records) + 1)
    assert reject["detail"] == (
        f"line {len(records) + 1}: Compressed file ended before the end-of-stream marker was reached"
    )


MEGABYTES = b"x" * 1_000_000


@pytest.mark.parametrize(
    ("name", "begins", "ends", "detail"),
    [
        ("a.jsonl", b'{"text": "', b'"}\n' + row(1), "line 1: 100,000,000 bytes, and the cap is 25,165,824"),
        ("a.html", b"<p>", b"</p>", "file: 100,000,007 bytes, and the cap is 25,165,824"),
        ("a.txt", b"", b"\n", "file: 100,000,001 bytes, and the cap is 25,165,824"),
    ],
)
def test_a_line_of_100_mb_is_a_reject_and_keeps_memory_low(tmp_path, name, begins, ends, detail):
    with (tmp_path / name).open("wb") as file:
        file.writelines([begins, *[MEGABYTES] * 100, ends])
    code = (
        "import sys\nfrom cleaners.cli import main\n"
        f"try: main(['clean', {name!r}, '-o', '-', '--rejects', 'rejects'])\n"
        # not ru_maxrss, which begins with what this process, its parent, holds
        "finally: print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    (tmp_path / name).unlink()
    (reject,) = map(json.loads, (tmp_path / "rejects").read_text().splitlines())
    assert (done.returncode, reject["reason"], reject["detail"]) == (0, "too_large", detail)
    assert len(done.stdout.splitlines()) == (name == "a.jsonl")  # the row behind the long one
    assert int(done.stderr.split()[-1]) < 400_000  # KB


def parquet(path: Path) -> None:
    pq.write_table(pa.table({"headline": ["A footbridge"], "html": [3], "body": [b"<p>"]}), path)


NO_COLUMN = (
    "name the column that holds the pages: --html-column NAME (strings or binary) or --text-column NAME (strings)"
)
FOUND = "found: 'headline' string, 'html' int64, 'body' binary"

# Files to make, arguments after `clean`, exit code, message, next step
REFUSED = [
    (
        ["a.parquet"],
        ("a.parquet", "-o", "out"),
        2,
        f"a.parquet: no usable column 'html' or 'text'; {FOUND}",
        NO_COLUMN,
    ),
    (
        ["a.parquet"],
        ("a.parquet", "-o", "out", "--text-column", "body"),
        2,
        f"a.parquet: wrong type of column 'body'; {FOUND}",
        "give --text-column a column of type string, large_string, string_view",
    ),
    (
        [],
        ("nothing.html", "-o", "out"),
        2,
        "no such input: nothing.html",
        "check the path; wanted: a file, a folder, a pattern in quotes, or - for standard input",
    ),
    (["a.docx"], ("a.docx", "-o", "out"), 2, "a.docx: unknown file type", TYPES),
    (["in/a.docx"], ("in", "-o", "out"), 2, "in: no input in this folder; found: 1 x .docx", TYPES),
    (
        ["a.html", "file"],
        ("a.html", "-o", "file/out"),
        73,
        "output folder cannot be made: file/out: Not a directory",
        "name a folder that can be written to",
    ),
    (
        ["a.html", "file"],
        ("a.html", "-o", "file"),
        73,
        "output folder cannot be made: file: Not a directory",
        "name a folder that can be written to",
    ),
    (
        ["a.html"],
        ("a.html", "-o", "/proc/winnow"),
        73,
        "output folder cannot be made: /proc/winnow: No such file or directory",
        "name a folder that can be written to",
    ),
]


@pytest.mark.parametrize(("made", "arguments", "code", "what", "next_step"), REFUSED)
def test_what_is_refused_before_any_work(here, tmp_path, made, arguments, code, what, next_step):
    for name in made:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        parquet(path) if path.suffix == ".parquet" else path.write_text(STORY)
    done = here("clean", *arguments)
    assert (done.code, done.out, done.err) == (code, "", f"error: {what}\n  next: {next_step}\n")
    assert not (tmp_path / "out").exists()


RULE = """
[read-on]
reason = "sends the reader elsewhere"
lines = ['read on, dear reader']
drops = ["Read on, dear reader"]
keeps = ["Read on a train, the novel takes three hours."]
"""


def test_a_rule_file_of_ones_own_is_used(here, tmp_path):
    (tmp_path / "mine.toml").write_text(RULE)
    (tmp_path / "a.txt").write_text(f"{STORY}\nRead on, dear reader")
    (record,) = here("clean", "a.txt", "-o", "-", "--rules", "mine.toml").rows
    assert (record["text"], record["removed"][0]["rule"]) == (STORY, "read-on")
    assert here("rules", "show", "read-on", "--rules", "mine.toml").out.startswith("read-on (mine, mine.toml)\n")
    missing = here("clean", "a.txt", "-o", "-", "--rules", "yours.toml")
    assert missing.code == 2
    assert missing.err == (
        "error: yours.toml: rule file cannot be read: No such file or directory\n  next: check the path\n"
    )
