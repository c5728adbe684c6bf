"""JSON lines and Parquet: the same columns, by one row builder."""

import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaners import schema
from cleaners.errors import StorageError
from cleaners.load import Columns, Input, find_inputs, read

PAGE = "<p>The bakery opens at six.</p>"


def rows_of(path: Path, columns: Columns | None = None) -> list[dict]:
    columns = columns or Columns()
    (found,) = find_inputs([str(path)], columns)
    rows = list(read(found, columns))
    for row in rows:
        assert set(row) <= set(schema.PAGES.names)
        assert row.get("problem") in (None, *schema.REASONS)
    pa.RecordBatch.from_pylist(rows, schema=schema.PAGES)  # every value fits its column
    return rows


def jsonl(tmp_path: Path, *lines: dict | bytes | str) -> Path:
    path = tmp_path / "a.jsonl"
    packed = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(packed) + b"\n")
    return path


def parquet(tmp_path: Path, *rows: dict, **options) -> Path:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows)), path, **options)
    return path


FULL = {
    "id": "row-1",
    "url": "https://example.org/bakery",
    "title": "Bakery",
    "date": "2026-02-03T04:05:06Z",
    "dump": "CC-MAIN-2026-05",
    "file_path": "s3://archive/1.warc.gz",
    "language": "en",
    "token_count": 9,
    "html": PAGE,
}


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_known_columns_are_carried_and_others_are_not(tmp_path, write):
    (row,) = rows_of(write(tmp_path, FULL | {"language_score": 0.9}))
    assert row == {
        "id": "row-1",
        "url": "https://example.org/bakery",
        "title": "Bakery",
        "date": "2026-02-03T04:05:06Z",
        "dump": "CC-MAIN-2026-05",
        "file_path": "s3://archive/1.warc.gz",
        "declared_language": "en",
        "token_count": 9,
        "html": PAGE.encode(),
        "charset": "utf-8",
        "offset": 1,
    }


@pytest.mark.parametrize("write", [jsonl, parquet])
@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"html": PAGE, "text": "kept out"}, {"html": PAGE.encode(), "charset": "utf-8"}),
        ({"html": "", "text": "The tide is low."}, {"text": "The tide is low."}),
        ({"html": None, "text": "The tide is low."}, {"text": "The tide is low."}),
        ({"text": ""}, {"text": ""}),
        ({"html": ""}, {"html": b"", "charset": "utf-8"}),
        ({"text": "x", "id": 12}, {"text": "x", "id": "12"}),
        ({"text": "x", "id": "", "url": None, "file_path": ""}, {"text": "x"}),
        ({"text": "x", "token_count": 3.0}, {"text": "x", "token_count": 3}),
        ({"text": "Grüße 🐟"}, {"text": "Grüße 🐟"}),
    ],
)
def test_html_wins_unless_it_is_null_or_empty_and_values_are_made_to_fit(tmp_path, write, fields, wanted):
    file = write(tmp_path, fields)
    assert rows_of(file) == [{"file_path": file.name, "offset": 1} | wanted]


@pytest.mark.parametrize("write", [jsonl, parquet])
def test_named_columns_are_read_in_place_of_the_usual_ones(tmp_path, write):
    file = write(tmp_path, {"body": "First.", "text": "Second."})
    assert rows_of(file, Columns(text="body"))[0]["text"] == "First."
    assert rows_of(file, Columns(html="body"))[0]["html"] == b"First."


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b'{"text": "x"', "row_invalid", "line 2, character 13: Expecting ',' delimiter"),
        (b"[1, 2]", "row_invalid", "line 2: not a JSON object but '[1, 2]'"),
        (b"\x1b[31m", "row_invalid", "line 2, character 1: Expecting value"),
        (b'"\\u001b"', "row_invalid", "line 2: not a JSON object but '\"\\\\u001b\"'"),
        (b'{"text": "\xff"}', "row_invalid", "line 2, byte 11: not UTF-8: invalid start byte (0xff)"),
        (b"[" * 200_000, "row_invalid", "line 2: nested too deeply"),
        ({"text": 5}, "row_invalid", "line 2: column 'text' holds a number; wanted: a string"),
        ({"html": [PAGE]}, "row_invalid", "line 2: column 'html' holds an array; wanted: a string"),
        ({"text": "x", "url": {}}, "row_invalid", "line 2: column 'url' holds an object; wanted: a string"),
        ({"text": "x", "id": True}, "row_invalid", "line 2: column 'id' holds a boolean; wanted: a string"),
        (
            {"text": "x", "token_count": "9"},
            "row_invalid",
            "line 2: column 'token_count' holds a string; wanted: a whole number from 0",
        ),
        (
            {"text": "x", "token_count": 2**63},
            "row_invalid",
            "line 2: column 'token_count' holds a number; wanted: a whole number from 0",
        ),
        (
            {"body": "x", "\x1b[31m": 1},
            "content_missing",
            "line 2: nothing in 'html' and 'text'; columns found: 'body', '\\x1b[31m'",
        ),
        ({"html": None}, "content_missing", "line 2: nothing in 'html' and 'text'; columns found: 'html'"),
        ({}, "content_missing", "line 2: nothing in 'html' and 'text'; columns found: none"),
    ],
)
def test_a_bad_line_becomes_a_row_with_its_problem_and_the_next_line_is_read(tmp_path, line, reason, detail):
    first, bad, last = rows_of(jsonl(tmp_path, {"text": "a"}, line, {"text": "b"}))
    assert (first["text"], last["text"], last["offset"]) == ("a", "b", 3)
    assert (bad["offset"], bad["problem"], bad["problem_detail"]) == (2, reason, detail)


def test_a_row_with_a_problem_keeps_its_id_and_url_and_has_no_content(tmp_path):
    (row,) = rows_of(jsonl(tmp_path, {"id": "1", "url": "http://a.example/", "dump": [], "text": "x"}))
    assert (row["id"], row["url"], row["problem"]) == ("1", "http://a.example/", "row_invalid")
    assert "text" not in row


def test_lone_surrogates_become_replacement_characters(tmp_path):
    line = b'{"html": "a\\ud800b", "title": "\\udfff", "id": "\\ud83d\\ude00"}'
    (row,) = rows_of(jsonl(tmp_path, line))
    assert (row["html"], row["title"], row["id"]) == ("a\ufffdb".encode(), "\ufffd", "\U0001f600")


def test_blank_lines_are_passed_over_but_counted_and_a_byte_order_mark_is_ignored(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n  \n{"text": "b"}')
    assert [(row["offset"], row["text"]) for row in rows_of(path)] == [(1, "a"), (4, "b")]


@pytest.mark.parametrize("write", [jsonl, parquet])
@pytest.mark.parametrize("column", ["html", "text"])
def test_a_page_above_the_cap_is_too_large_and_one_at_the_cap_is_not(tmp_path, write, column):
    at_cap = "a" * (schema.MAX_PAGE_BYTES - 2) + "é"
    good, bad = rows_of(write(tmp_path, {column: at_cap, "id": "1"}, {column: at_cap + "b", "id": "2"}))
    assert "problem" not in good
    assert (bad["id"], bad["problem"], column in bad) == ("2", "too_large", False)
    assert bad["problem_detail"].endswith(" 2: 25,165,825 bytes, and the cap is 25,165,824")


def test_a_line_above_four_caps_is_skipped_without_being_held(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n{"text": "')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"text": "b"}\n')
    first, bad, last = rows_of(path)
    assert (first["text"], last["text"], last["offset"]) == ("a", "b", 3)
    assert (bad["problem"], bad["problem_detail"]) == ("too_large", "line 2: more than 100,663,296 bytes")


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


PACKERS = {".gz": gzip.compress, ".zst": zstd}
LINES = [json.dumps({"text": os.urandom(400).hex()}).encode() + b"\n" for _ in range(2000)]


@pytest.mark.parametrize("suffix", PACKERS)
def test_compressed_json_lines_are_read_also_from_several_members(tmp_path, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(PACKERS[suffix](b"".join(LINES[:50])) + PACKERS[suffix](b"".join(LINES[50:90])))
    rows = rows_of(path)
    assert [row["offset"] for row in rows] == list(range(1, 91))
    assert rows[89]["text"] == json.loads(LINES[89])["text"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_rows_before_the_cut_of_a_compressed_file_are_read_and_then_the_line_of_the_cut_is_named(tmp_path, suffix):
    packed = PACKERS[suffix](b"".join(LINES))
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    *good, bad = rows_of(path)
    assert len(good) > 1000
    assert all("problem" not in row for row in good)
    assert (bad["problem"], bad["offset"]) == ("archive_damaged", len(good) + 1)
    why = {
        ".gz": "Compressed file ended before the end-of-stream marker was reached",
        ".zst": "Truncated compressed stream",
    }[suffix]
    assert bad["problem_detail"] == f"line {len(good) + 1}: {why}"


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("content", [b"not compressed at all", b"\x1f\x8b\x08"])
def test_a_file_that_is_not_compressed_as_its_name_says_is_damaged_from_line_1(tmp_path, suffix, content):
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(content)
    (row,) = rows_of(path)
    assert (row["problem"], row["offset"]) == ("archive_damaged", 1)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_an_empty_file_has_no_rows(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    assert rows_of(tmp_path / name) == []


def test_standard_input_is_read_as_json_lines():
    script = (
        "from cleaners.load import *\n"
        "(found,) = find_inputs(['-'], Columns(), 'feed')\n"
        "print([(r['file_path'], r['offset'], r['text']) for r in read(found, Columns())])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=b'{"text": "a"}\n\n{"text": "b"}', capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "[('feed', 1, 'a'), ('feed', 3, 'b')]"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_reading_holds_a_page_and_not_the_file(tmp_path, name):
    path = tmp_path / name
    line = {"text": "The harbour was quiet. " * 1000}
    if name == "a.parquet":
        # pages of 16 rows: pyarrow decodes a page at a time, and its writer looks at their size that seldom
        table = pa.Table.from_pylist([line] * 1300)
        pq.write_table(table, path, compression="none", use_dictionary=False, write_batch_size=16)
        del table
    else:
        opener = gzip.open if name.endswith("gz") else open
        with opener(path, "wb") as file:
            file.writelines([json.dumps(line).encode() + b"\n"] * 1300)
    (found,) = find_inputs([str(path)], Columns())
    held = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        count, peak = 0, 0
        for _ in read(found, Columns()):
            count += 1
            peak = max(peak, pa.total_allocated_bytes() - held)
        peak += tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 1300
    assert peak < 6_000_000  # the rows are 30 MB


def test_parquet_rows_are_counted_across_row_groups_and_batches(tmp_path):
    rows = rows_of(parquet(tmp_path, *({"text": str(i)} for i in range(100)), row_group_size=33))
    assert [(row["offset"], row["text"]) for row in rows] == [(i + 1, str(i)) for i in range(100)]


def test_binary_html_keeps_its_bytes_and_declares_no_charset(tmp_path):
    (row,) = rows_of(parquet(tmp_path, {"html": b"caf\xe9"}))
    assert (row["html"], row["charset"]) == (b"caf\xe9", None)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (datetime(2026, 2, 3, 4, 5, 6, 789), "2026-02-03T04:05:06Z"),
        (datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-02-03T04:05:06Z"),
        (date(2026, 2, 3), "2026-02-03T00:00:00Z"),
        (["not", "a", "date"], None),
    ],
)
def test_a_date_column_may_be_a_timestamp_and_one_of_an_unfit_type_is_left_null(tmp_path, value, wanted):
    (row,) = rows_of(parquet(tmp_path, {"text": "x", "date": value}))
    assert row.get("date") == wanted


def test_dictionary_encoded_columns_are_carried(tmp_path):
    table = pa.table({"text": ["x"], "language": pa.array(["fr"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "a.parquet")
    assert rows_of(tmp_path / "a.parquet")[0]["declared_language"] == "fr"


def test_a_string_in_parquet_that_is_not_utf8_is_an_invalid_row(tmp_path):
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"ok", b"\xff!"]).buffers())
    pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
    good, row = rows_of(tmp_path / "a.parquet")
    assert good["text"] == "ok"
    assert (row["problem"], row["problem_detail"]) == (
        "row_invalid",
        "row 2: not UTF-8: invalid start byte at byte 1 of a string",
    )


def test_a_broken_parquet_file_is_one_damaged_row(tmp_path):
    path = parquet(tmp_path, FULL)
    path.write_bytes(path.read_bytes()[:-20])
    (row,) = rows_of(path)
    assert (row["file_path"], row["offset"], row["problem"]) == ("a.parquet", 1, "archive_damaged")
    assert row["problem_detail"].startswith("file: 'Parquet magic bytes not found in footer.")


def test_behind_a_damaged_row_group_the_next_one_is_read(tmp_path):
    path = parquet(
        tmp_path,
        *({"text": f"{i} " + "x" * 500} for i in range(90)),
        row_group_size=30,
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
    )
    content = bytearray(path.read_bytes())
    place = content.index(b"45 xxx")
    content[place] ^= 1
    path.write_bytes(content)
    rows = rows_of(path)
    assert [row["offset"] for row in rows] == [*range(1, 32), *range(61, 91)]
    assert rows[30]["problem"] == "archive_damaged"
    assert rows[30]["problem_detail"].startswith("rows 31 to 60: 'could not verify page integrity")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
@pytest.mark.parametrize("form", ["html", "text", "jsonl", "warc"])
def test_an_error_of_the_device_stops_the_run(form):
    """Byte 0 of this process's memory cannot be read: EIO."""
    with pytest.raises(StorageError) as caught:
        list(read(Input(Path("/proc/self/mem"), "mem", 1, form), Columns()))
    assert caught.value.args[0] == "/proc/self/mem: reading failed: Input/output error"
    assert caught.value.next_step == "check the disk or the network share, then run the same command again"
