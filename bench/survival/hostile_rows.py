"""Hostile rows: lines of JSON, and columns of Parquet."""

import io
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.survival.corpus import PARAGRAPHS, TEXT, Content, Hostile, Table, listed, page

URLS = (
    "http://[::1]/", "http://[", "http://[fe80::1%25eth0]:80/", "http://user:pass@alder.example@b/",
        "javascript:alert(1)",
    "http://a\0b/", "https://älder.example/fähre?ö=ü#ß", "http://%zz/%", "http:///", "https://", "//",
        "file:///etc/passwd",
    "data:text/html,x", "http://a:99999999/", "http://a:b/", "not an address", " http://a/ ", "http://a..b../",
        "http://.",
    "http://xn--a/", "http://-a-.example/", "http://①②⑦.⓪.⓪.②/", "http://2130706433/", "http://0x7f.1/", "\n",
        "http://a/\r\nX: y",
    "https://alder.example/" + "x" * 100_000, "http://" + "a." * 20_000 + "example/", "http://" + "a" * 70_000,
        "\ud800",
    "https://alder.example/2024/99/99/", "https://alder.example/2024-02-30-ferry", "http://\u202ealder.example/",
        "http://İ/",
)  # fmt: skip
WRONG: tuple[Any, ...] = (True, 1.5, [], {}, ["x"], {"a": "b"})
COLUMNS = ("url", "title", "date", "dump", "file_path", "language", "html", "text")


def _line(**fields: Any) -> str:
    return json.dumps({"text": TEXT} | fields)


def _row(fields: str) -> str:
    """A line with the story and more fields, written by hand."""
    return f'{{"text": {json.dumps(TEXT)}, {fields}}}'


LINES: Table = [
    ("address of a row", "kept", lambda url: _line(url=url), URLS),
    ("address of a page in a row", "kept", lambda url: _line(url=url, html=page()), URLS[:12]),
    ("key twice in a line", "kept", _row, [f'"text": {json.dumps(TEXT)}',
        f'"html": null, "html": {json.dumps(page())}']),
    ("number that JSON does not know", "kept", _row, ['"score": NaN', '"score": Infinity', '"score": 1e999',
        '"score": -1e-999']),
    ("whole number of many digits", "kept", _row, ['"score": ' + "9" * 4_000]),
    ("whole number of more digits than Python takes", "row_invalid", _row, ['"score": ' + "9" * 5_000]),
    ("line nested deep", "row_invalid|kept", _row, ['"a": ' + "[" * 100_000 + "]" * 100_000,
        '"a": ' + '{"a":' * 900 + "1" + "}" * 900]),
    ("line that is no object", "row_invalid", str, ["[1]", '"text"', "7", "null", "true", "nonsense", "{", "}", "{]",
        "[" * 100_000]),
    ("line cut in two", "row_invalid", str, [_line()[:50], _line()[:-1], _line()[5:]]),
    ("two objects in a line", "row_invalid", str, [_line() + _line(), _line() + ","]),
    ("mark in the middle of the file", "row_invalid|kept", str, ["\ufeff" + _line()]),
    ("white space around a line", "kept", str, ["  \t" + _line() + " \r", "\r" + _line()]),
    ("line with other spaces around it", "row_invalid", str, ["\xa0" + _line(), "\x0b" + _line(),
        _line() + "\u2028"]),
    ("comment, quotes or commas of another format", "row_invalid", str, ["// x", "{'text': 'x'}", '{"text": "x",}',
        '{text: "x"}', "#"]),
    ("control character in a string", "row_invalid", str, ['{"text": "a\x01b"}', '{"text": "a\tb"}',
        '{"text": "a\0b"}']),
    ("line that is not UTF-8", "row_invalid", str, [b'{"text": "' + raw + b'"}' for raw in (b"\xff",
        b"\xe2\x80", b"\xc0\xaf", b"\xed\xa0\x80")]),
    ("line in UTF-16", "row_invalid", str, [_line().encode("utf-16-le"), _line().encode("utf-16-be")]),
    ("bytes of another format in a line", "row_invalid", str, [b"\x1f\x8b\x08\0\0\0", b"\x28\xb5\x2f\xfd\x04",
        b"PAR1\x15\x04", bytes(n for n in range(256) if n != 10)]),
    ("lone surrogate in an escape", "kept", _row, ['"title": "\\ud800"', '"id": "\\udfff x"', '"\\ud800": 1',
        '"dump": "\\ud83d", "language": "\\ud800"']),
    ("lone surrogate in a text", "record", str, ['{"text": "The ferry \\ud800 left."}',
        '{"html": "<p>The ferry \\udc00 left."}']),
    ("NUL in every column", "kept", _row, [", ".join(f'"{name}": "a\\u0000b"' for name in COLUMNS[:6])]),
    ("column of a wrong type", "row_invalid", lambda piece: piece, [json.dumps({"text": TEXT, name: wrong}) for name,
        wrong in zip(COLUMNS, (*WRONG, 7, 7.5), strict=True)]),
    ("identifier of a wrong type", "row_invalid", lambda piece: piece, [_line(id=wrong) for wrong in WRONG]),
    ("identifier of an unusual sort", "kept", lambda piece: piece, [_line(id=fit) for fit in (0, -1, 2**200, "",
        "x" * 100_000, "\n", "../../x", "\u202ex")]),
    ("count of a wrong sort", "row_invalid", lambda piece: piece, [_line(token_count=wrong) for wrong in (-1, 1.5,
        2**64, "7", True, [])]),
    ("count at the limits", "kept", lambda piece: piece, [_line(token_count=fit) for fit in (0, 2**63 - 1, 7.0,
        None)]),
    ("count without a number", "row_invalid", _row, ['"token_count": NaN', '"token_count": 1e999']),
    ("date that never was", "kept", lambda date: _line(date=date), ["0000-00-00", "99999-01-01", "-1", "x" * 50_000,
        "2016-12-31T23:59:60Z", ""]),
    ("language that is none", "kept", lambda code: _line(language=code), ["", "-", "_", "xx", "x" * 50_000,
        "EN_us.UTF-8", "İ", "\0"]),
    ("HTML and text in one line", "kept", lambda piece: piece, [_line(html=page()), _line(html=""), _line(html=None),
        json.dumps({"html": page(), "text": "x"})]),
    ("HTML without text beside a text", "no_text|kept|empty", lambda piece: piece, [_line(html="<p></p>"),
        _line(html=" ")]),
    ("line without content", "content_missing", str, ["{}", '{"id": "x"}', '{"text": null}',
        '{"html": null, "text": null}', '{"Text": "x"}']),
    ("line with empty content", "empty", str, ['{"text": ""}', '{"html": ""}', '{"text": " \\n"}',
        '{"html": "", "text": ""}']),
    ("columns of an earlier run", "kept", _row,
        ['"removed": [{"start": 0, "end": 9, "rule": "x", "text": "y"}], "flags": [], "word_count": "x", "ruleset": 7, "content_digest": {}',  # noqa: E501
        '"problem": "too_large", "problem_detail": "x", "charset": "rot13", "offset": -1, "fetch_status": "x"']),
    ("ten thousand columns", "kept", _row, [", ".join(f'"c{n}": {n}' for n in range(10_000)),
        lambda: ", ".join(f'"{"k" * 1_000}{n}": null' for n in range(1_000))]),
    ("another page's path", "kept", lambda path: _line(file_path=path), ["../../etc/passwd", "/", "x" * 5_000, "a\nb",
        "-"]),
    ("line of two megabytes", "kept", str, [lambda: _line(pad="x" * 2_000_000)]),
    ("text above the cap in a line", "too_large slow", str, [lambda: json.dumps({"text": "x" * (16 * 1024**2 + 1)})]),
    ("line above the cap", "too_large slow", str, [lambda: _line(pad="x" * (64 * 1024**2))]),
    ("text short by its letters and above the cap by its bytes", "too_large slow", str,
        [lambda: json.dumps({"text": "漢" * 6_000_000}, ensure_ascii=False)]),
]  # fmt: skip


def _parquet(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def _not_utf8() -> bytes:
    raw = [b"\xff\xfe The ferry.", TEXT.encode()]
    offsets = pa.py_buffer(b"".join(sum(map(len, raw[:n])).to_bytes(4, "little") for n in range(3)))
    return _parquet({"text": pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"".join(raw))])})


STORY = [TEXT, TEXT]
HTML = [page(), page(PARAGRAPHS + "<p>x")]
_Files = Iterable[tuple[str, tuple[str, ...], Callable[[], Content]]]
TABLES: _Files = [
    ("pages as a dictionary", ("row_invalid|kept|content_missing",) * 2,
        lambda: _parquet({"html": pa.array(HTML).dictionary_encode(), "text": STORY})),
    ("pages as large strings", ("kept",) * 2, lambda: _parquet({"html": pa.array(HTML, pa.large_string())})),
    ("pages as large binaries", ("kept",) * 2, lambda: _parquet({"html": pa.array([one.encode() for one in HTML],
        pa.large_binary())})),
    ("pages in lists, beside a text", ("kept",) * 2, lambda: _parquet({"html": [[one] for one in HTML],
        "text": STORY})),
    ("pages in structs, beside a text", ("kept",) * 2, lambda: _parquet({"html": [{"a": one} for one in HTML],
        "text": STORY})),
    ("pages of fixed size, beside a text", ("kept",) * 2, lambda: _parquet({"html": pa.array([b"abcd"] * 2,
        pa.binary(4)), "text": STORY})),
    ("column of nulls", ("content_missing",) * 2, lambda: _parquet({"text": pa.array([None, None], pa.string())})),
    ("column of the type null, beside a text", ("kept",) * 2, lambda: _parquet({"html": pa.nulls(2), "text": STORY})),
    ("table without rows", (), lambda: _parquet({"text": pa.array([], pa.string())})),
    ("string that is not UTF-8", ("row_invalid", "kept"), _not_utf8),
    ("moments at the limits", ("kept",) * 2, lambda: _parquet({"text": STORY, "date": pa.array([-(2**63) + 1,
        2**63 - 1], pa.timestamp("us"))})),
    ("moments of nanoseconds, with a zone", ("kept",) * 2, lambda: _parquet({"text": STORY,
        "date": pa.array([datetime(2024, 3, 14)] * 2, pa.timestamp("ns", "Asia/Kathmandu"))})),
    ("days and times for dates", ("kept",) * 2, lambda: _parquet({"text": STORY, "date": pa.array([0, 2**31 - 1],
        pa.date32())})),
    ("time of a day for a date", ("kept",) * 2, lambda: _parquet({"text": STORY, "date": pa.array([0, 1],
        pa.time64("us"))})),
    ("two columns of one name beside a page", ("kept",) * 2, lambda: _parquet(pa.Table.from_arrays([pa.array(STORY),
        pa.array(["a", "b"]), pa.array([1, 2])], ["text", "url", "url"]))),
    ("columns of unfit types", ("kept",) * 2, lambda: _parquet({"text": STORY, "id": [[1], [2]], "url": [1, 2],
        "title": [True, False], "language": pa.array([b"\xff", b"x"]), "token_count": ["x", "y"]})),
    ("identifiers beyond signed numbers", ("kept",) * 2, lambda: _parquet({"text": STORY, "id": pa.array([2**64 - 1,
        0], pa.uint64())})),
    ("decimals and floats for counts", ("row_invalid|kept", "row_invalid|kept"), lambda: _parquet({"text": STORY,
        "token_count": [float("nan"), 1e300]})),
    ("half floats for counts", ("kept", "row_invalid|kept"), lambda: _parquet({"text": STORY,
        "token_count": pa.array([7.0, -1.0], pa.float32())})),
    ("three thousand columns", ("kept",) * 2, lambda: _parquet({"text": STORY} | {f"c{n}": [n,
        n] for n in range(3_000)})),
    ("row groups of one row", ("kept",) * 40, lambda: _parquet({"text": STORY * 20}, row_group_size=1)),
    ("compressed in every way", ("kept",) * 2, lambda: _parquet({"text": STORY, "html": HTML},
        compression={"text": "brotli", "html": "zstd"}, data_page_version="2.0")),
    ("plain without statistics", ("kept",) * 2, lambda: _parquet({"text": STORY}, use_dictionary=False,
        write_statistics=False, compression="none", store_schema=False)),
    ("names of columns with line breaks", ("kept",) * 2, lambda: _parquet({"text": STORY, "a\nb\x1b": [1, 2], "": [1,
        2], "\u202e": [1, 2]})),
    ("texts of every length", ("empty|kept", "record"), lambda: _parquet({"text": ["", "x"]})),
    ("nested columns by the hundred", ("kept",) * 2, lambda: _parquet({"text": STORY, "deep": [_nested(60)] * 2})),
]  # fmt: skip
# For files that are damaged throughout, one reject without a page of its own tells of it.
DAMAGED: _Files = [
    ("table cut short", ("archive_damaged",), lambda: _parquet({"text": STORY})[:-20]),
    ("footer of noughts", ("archive_damaged",),
        lambda: _parquet({"text": STORY})[:-300] + bytes(292) + b"\x2c\x01\0\0PAR1"),
    ("length of the footer beyond the file", ("archive_damaged",),
        lambda: _parquet({"text": STORY})[:-8] + b"\xff\xff\xff\x7fPAR1"),
    ("footer that is encrypted", ("archive_damaged",), lambda: _parquet({"text": STORY})[:-4] + b"PARE"),
    ("nothing but the magic number", ("archive_damaged",), lambda: b"PAR1PAR1"),
    ("other bytes under the name of a table", ("archive_damaged",), lambda: page().encode()),
    ("table of no bytes", ("archive_damaged",), lambda: b""),
    ("page of a table smashed", ("archive_damaged",), lambda: _smashed()),
]  # fmt: skip


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"a": 1}
    for _ in range(depth):
        value = {"a": value}
    return value


def _smashed() -> bytes:
    content = bytearray(
        _parquet({"text": [TEXT + str(n) for n in range(9)]}, compression="none", write_page_checksum=True)
    )
    content[200:240] = b"\xaa" * 40
    return bytes(content)


UNUSABLE: _Files = [
    ("table without a usable column", (), lambda: _parquet({"body": STORY})),
    ("two columns of one name, the page's", (), lambda: _parquet(pa.Table.from_arrays([pa.array(STORY)] * 2, ["text",
        "text"]))),
    ("numbers for pages", (), lambda: _parquet({"text": [1, 2], "html": [1.5, 2.5]})),
    ("table without columns", (), lambda: _parquet(pa.table({}))),
]  # fmt: skip


def inputs() -> list[Hostile]:
    files = [Hostile(name, name, content, ends, ".parquet") for name, ends, content in (*TABLES, *DAMAGED)]
    unusable = [Hostile(name, name, content, ends, ".parquet", (2,)) for name, ends, content in UNUSABLE]
    return [*listed(LINES, ".line"), *files, *unusable]
