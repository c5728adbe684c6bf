"""WARC archives, written by warcio, whole and damaged."""

import gzip
import io
import random
import tracemalloc
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cleaners import schema
from cleaners.load import Columns, find_inputs, read

# warcio's writer leaves its temporary files open
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")

HTML = ("Content-Type", "text/html; charset=ISO-8859-1")


def rows_of(path: Path) -> list[dict]:
    (found,) = find_inputs([str(path)], Columns())
    rows = list(read(found, Columns()))
    for row in rows:
        assert row.get("problem") in (None, *schema.REASONS)
    pa.RecordBatch.from_pylist(rows, schema=schema.PAGES)
    return rows


def body(i: int, size: int = 3000) -> bytes:
    """Text of a page; random, or gzip would leave nothing of it to cut."""
    letters = random.Random(i).choices("abcdefghijklmnop   ", k=size)
    return f"<p>Page {i}. {''.join(letters)}</p>".encode()


class Archive:
    """An archive in memory; `starts` are the offsets of its records."""

    def __init__(self, packed: bool = True) -> None:
        self.buffer, self.starts = io.BytesIO(), []
        self.writer = WARCWriter(self.buffer, gzip=packed)

    def add(self, url="http://a.example/", kind="response", payload=b"", headers=(HTML,), status="200 OK", **warc):
        self.starts.append(self.buffer.tell())
        http = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        if kind not in ("response", "request", "revisit"):
            http = None
        content_type = warc.pop("content_type", "")
        record = self.writer.create_warc_record(
            url, kind, payload=io.BytesIO(payload), http_headers=http, warc_headers_dict=warc,
            warc_content_type=content_type,
        )  # fmt: skip
        self.writer.write_record(record)
        return self

    def save(self, path: Path) -> Path:
        path.write_bytes(self.buffer.getvalue())
        return path


def ten_pages(packed: bool) -> Archive:
    archive = Archive(packed)
    for i in range(10):
        archive.add(f"http://a.example/{i}", payload=body(i), **{"WARC-Record-ID": f"<urn:uuid:{i}>"})
    return archive


NAMES = {True: "a.warc.gz", False: "a.warc"}
both = pytest.mark.parametrize("packed", [True, False])


@both
def test_a_page_has_what_its_record_says_of_it_and_where_it_stands(tmp_path, packed):
    archive = Archive(packed)
    archive.add(kind="warcinfo", payload=b"software: test\r\n")
    archive.add(
        "http://a.example/caf%C3%A9",
        payload=b"<p>caf\xe9</p>",
        **{"WARC-Record-ID": "<urn:uuid:1>", "WARC-Date": "2026-01-02T03:04:05.678901Z"},
    )
    archive.add(kind="metadata", payload=b"via: x\r\n", content_type="application/warc-fields")
    path = archive.save(tmp_path / NAMES[packed])
    (row,) = rows_of(path)
    length = row.pop("warc_record_length")
    assert row == {
        "id": "<urn:uuid:1>",
        "url": "http://a.example/caf%C3%A9",
        "date": "2026-01-02T03:04:05Z",
        "file_path": path.name,
        "offset": archive.starts[1],
        "html": b"<p>caf\xe9</p>",
        "charset": "ISO-8859-1",
        "fetch_status": 200,
        "warc_filename": path.name,
        "warc_record_offset": archive.starts[1],
    }
    cut_out = path.read_bytes()[archive.starts[1] :][:length]
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / path.name).write_bytes(cut_out)
    assert rows_of(tmp_path / "one" / path.name)[0]["html"] == row["html"]
    assert archive.starts[2] - archive.starts[1] - length == (0 if packed else 4)  # the empty lines


@pytest.mark.parametrize(
    ("record", "is_page"),
    [
        ({}, True),
        ({"headers": [("Content-Type", "application/xhtml+xml")]}, True),
        ({"headers": [("content-type", "TEXT/HTML")]}, True),
        ({"headers": []}, True),
        ({"status": "203 Non-Authoritative"}, True),
        ({"kind": "resource", "content_type": "text/html"}, True),
        ({"headers": [("Content-Type", "image/png")]}, False),
        ({"headers": [("Content-Type", "application/pdf")]}, False),
        ({"status": "301 Moved"}, False),
        ({"status": "404 Not Found"}, False),
        ({"status": "503 Busy"}, False),
        ({"url": "http://a.example/robots.txt"}, False),
        ({"url": "dns:a.example"}, False),
        ({"kind": "resource", "content_type": "text/css"}, False),
        ({"kind": "request"}, False),
        ({"kind": "revisit"}, False),
        ({"kind": "conversion", "content_type": "text/plain"}, False),
    ],
)
def test_html_that_was_fetched_is_a_page_and_other_records_are_passed_over(tmp_path, record, is_page):
    path = Archive().add(payload=b"<p>Rain.</p>", **record).save(tmp_path / "a.warc.gz")
    assert [row["html"] for row in rows_of(path)] == ([b"<p>Rain.</p>"] if is_page else [])


def test_a_page_without_a_body_is_a_page(tmp_path):
    path = Archive().add(payload=b"").save(tmp_path / "a.warc.gz")
    assert [row["html"] for row in rows_of(path)] == [b""]


def brotli(content: bytes) -> bytes:
    return pa.compress(content, "brotli", asbytes=True)


def zstd(content: bytes) -> bytes:
    return pa.compress(content, "zstd", asbytes=True)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


ENCODINGS = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli),
    ("ZSTD", zstd),
    ("identity", bytes),
    *((name, bytes) for name in ("gzip", "deflate", "br", "zstd")),  # stored decoded, under the old headers
]


@pytest.mark.parametrize(("name", "encode"), ENCODINGS)
@pytest.mark.parametrize("chunked", [False, True])
def test_content_and_transfer_encodings_are_undone(tmp_path, name, encode, chunked):
    payload, headers = encode(body(1)), [HTML, ("Content-Encoding", name)]
    if chunked:
        payload = b"%x\r\n%s\r\n5\r\n%s\r\n0\r\n\r\n" % (len(payload) - 5, payload[:-5], payload[-5:])
        headers.append(("Transfer-Encoding", "chunked"))
    path = Archive().add(payload=payload, headers=headers).save(tmp_path / "a.warc.gz")
    assert [row.get("html") for row in rows_of(path)] == [body(1)]


@pytest.mark.parametrize(
    ("name", "encode", "why"),
    [
        ("gzip", gzip.compress, "Content-Encoding gzip: the stream ends too early"),
        ("deflate", raw_deflate, "Content-Encoding deflate: the stream ends too early"),
        ("br", brotli, "Content-Encoding br: the stream ends too early"),
        ("zstd", zstd, "Content-Encoding zstd: the stream ends too early"),
    ],
)
def test_a_content_encoding_that_breaks_off_is_a_truncated_record(tmp_path, name, encode, why):
    payload = encode(body(1))[:-40]
    path = Archive().add(payload=payload, headers=[HTML, ("Content-Encoding", name)]).save(tmp_path / "a.warc.gz")
    (row,) = rows_of(path)
    assert (row["problem"], row["problem_detail"]) == ("record_truncated", f"record at byte 0: {why}")


@pytest.mark.parametrize(("name", "encode"), [e for e in ENCODINGS if e[0] != "ZSTD" or e[1] is zstd])
def test_a_body_that_swells_above_the_cap_is_too_large_and_is_not_inflated(tmp_path, name, encode):
    payload = encode(b"<" + bytes(schema.MAX_PAGE_BYTES))
    archive = Archive().add(payload=payload, headers=[HTML, ("Content-Encoding", name)]).add(payload=b"<p>Next.")
    bad, good = rows_of(archive.save(tmp_path / "a.warc.gz"))
    assert (bad["problem"], bad["problem_detail"]) == ("too_large", "record at byte 0: more than 25,165,824 bytes")
    assert good["html"] == b"<p>Next."


def test_a_body_shorter_than_its_content_length_is_a_truncated_record(tmp_path):
    path = Archive().add(payload=b"<p>Sh", headers=[HTML, ("Content-Length", "5000")]).save(tmp_path / "a.warc.gz")
    (row,) = rows_of(path)
    assert (row["problem"], row["url"]) == ("record_truncated", "http://a.example/")
    assert row["problem_detail"] == "record at byte 0: 5 bytes of a body of 5,000"


def test_a_page_that_the_crawler_cut_on_purpose_is_a_page(tmp_path):
    headers = [HTML, ("Content-Length", "5000")]
    archive = Archive().add(payload=b"<p>Sh", headers=headers, **{"WARC-Truncated": "length"})
    assert rows_of(archive.save(tmp_path / "a.warc.gz"))[0]["html"] == b"<p>Sh"


def damaged(archive: Archive, damage: str) -> bytes:
    whole, start = archive.buffer.getvalue(), archive.starts[4]
    return {
        "cut in the body": whole[: start + 1500],
        "cut in the headers": whole[: start + 30],
        "cut between records": whole[:start],
        "cut 4 bytes before the end": whole[:-4],
        "zeros in the body": whole[: start + 1000] + bytes(20) + whole[start + 1020 :],
        "broken magic": whole[:start] + b"XXXX" + whole[start + 4 :],
        "wrong checksum": whole[: archive.starts[5] - 8] + b"crc!" + whole[archive.starts[5] - 4 :],
        "junk between": whole[:start] + b"junk\r\nand more\r\n" + whole[start:],
        "junk behind": whole + b"junk",
    }[damage]


LAST, ALL = [*range(9)], [*range(10)]
ALL_BUT_4 = [*range(4), *range(5, 10)]
CUT, BROKEN, NONE = "the file ends inside the", "gzip member: Error", "no gzip member begins here"


@pytest.mark.parametrize(
    ("packed", "damage", "pages", "problem", "told"),
    [
        (True, "cut in the body", ALL[:4], "record_truncated", f"{{4}}-{{end}}: {CUT} gzip member"),
        (True, "cut in the headers", ALL[:4], "archive_damaged", f"{{4}}-{{end}}: {CUT} gzip member"),
        (True, "cut between records", ALL[:4], None, None),
        (True, "cut 4 bytes before the end", LAST, "record_truncated", f"{{9}}-{{end}}: {CUT} gzip member"),
        (True, "zeros in the body", ALL_BUT_4, "archive_damaged", f"{{4}}-{{5}}: {BROKEN}"),
        (True, "broken magic", ALL_BUT_4, "archive_damaged", f"{{4}}-{{5}}: {NONE}"),
        (True, "wrong checksum", ALL_BUT_4, "archive_damaged", f"{{4}}-{{5}}: {BROKEN}"),
        (True, "junk between", ALL, "archive_damaged", f"{{4}}-{{junk}}: {NONE}"),
        (True, "junk behind", ALL, "archive_damaged", f"{{whole}}-{{end}}: {NONE}"),
        (False, "cut in the body", ALL[:4], "record_truncated", f"{{4}}-{{end}}: {CUT} record"),
        (False, "cut in the headers", ALL[:4], "archive_damaged", f"{{4}}-{{end}}: {CUT} record"),
        (False, "cut between records", ALL[:4], None, None),
        (False, "cut 4 bytes before the end", ALL, None, None),  # they are empty lines
        (False, "broken magic", ALL_BUT_4, "archive_damaged", "{4}-{5}: no WARC record but 'XXXX/1.0'"),
        (False, "junk between", ALL, "archive_damaged", "{4}-{junk}: no WARC record but 'junk'"),
        (False, "junk behind", ALL, "archive_damaged", "{whole}-{end}: no WARC record but 'junk'"),
    ],
)  # fmt: skip
def test_pages_around_the_damage_are_read_and_one_row_tells_of_it(
    tmp_path, capfd, packed, damage, pages, problem, told
):
    archive = ten_pages(packed)
    content = damaged(archive, damage)
    path = tmp_path / NAMES[packed]
    path.write_bytes(content)
    rows = rows_of(path)
    good = [row for row in rows if "problem" not in row]
    assert [row["html"] for row in good] == [body(i) for i in pages]
    starts, whole = archive.starts, len(archive.buffer.getvalue())
    places = {"4": starts[4], "5": starts[5] - 1, "9": starts[9], "junk": starts[4] + 15, "whole": whole}
    bad = [row for row in rows if "problem" in row]
    assert [row["problem"] for row in bad] == ([problem] if problem else [])
    for row in bad:
        expected = told
        for name, place in {**places, "end": len(content) - 1}.items():
            expected = expected.replace(f"{{{name}}}", str(place))
        assert row["problem_detail"].startswith(f"bytes {expected}")
    offsets = [row["offset"] for row in rows]
    assert offsets == sorted(offsets)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("damage", ["cut in the body", "zeros in the body", "wrong checksum"])
def test_a_page_in_which_the_damage_lies_keeps_its_id_url_and_place(tmp_path, damage):
    archive = ten_pages(packed=True)
    (tmp_path / "a.warc.gz").write_bytes(damaged(archive, damage))
    (bad,) = [row for row in rows_of(tmp_path / "a.warc.gz") if "problem" in row]
    assert (bad["id"], bad["url"], bad["offset"]) == ("<urn:uuid:4>", "http://a.example/4", archive.starts[4])
    assert "html" not in bad


@both
def test_damage_in_a_record_that_is_no_page_is_told_too(tmp_path, packed):
    archive = Archive(packed).add(payload=body(1)).add(kind="request", payload=body(2)).add(payload=body(3))
    content = archive.buffer.getvalue()[: archive.starts[2] - 200]
    (tmp_path / NAMES[packed]).write_bytes(content)
    good, bad = rows_of(tmp_path / NAMES[packed])
    assert good["html"] == body(1)
    assert (bad["problem"], bad["offset"]) == ("archive_damaged", archive.starts[1])


def test_a_content_length_that_reaches_beyond_the_file_is_a_truncated_record(tmp_path):
    archive = ten_pages(packed=False)
    content, start = archive.buffer.getvalue(), archive.starts[4]
    head = content[start : archive.starts[5]].replace(b"Content-Length: 3", b"Content-Length: 93", 1)
    (tmp_path / "a.warc").write_bytes(content[:start] + head + content[archive.starts[5] :])
    rows = rows_of(tmp_path / "a.warc")
    assert [row.get("html") for row in rows] == [*map(body, range(4)), None, *map(body, range(5, 10))]
    bad = rows[4]
    assert (bad["id"], bad["problem"]) == ("<urn:uuid:4>", "record_truncated")


@both
def test_a_content_length_that_is_too_short_gives_no_short_page(tmp_path, packed, capfd):
    plain = ten_pages(packed=False)
    content, start = plain.buffer.getvalue(), plain.starts[9]
    last = content[start:].replace(b"Content-Length: 3", b"Content-Length: 2", 1)
    path = tmp_path / NAMES[packed]
    path.write_bytes(gzip.compress(content[:start]) + gzip.compress(last) if packed else content[:start] + last)
    rows = rows_of(path)
    assert [row.get("problem") for row in rows] == [None] * 9 + ["archive_damaged"]
    assert rows[-1]["problem_detail"].endswith(": the record does not match its WARC-Block-Digest")
    assert (rows[-1]["id"], capfd.readouterr()) == ("<urn:uuid:9>", ("", ""))


def test_an_archive_in_one_gzip_member_is_read_whole_but_its_records_have_no_place_of_their_own(tmp_path):
    plain = ten_pages(packed=False)
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(plain.buffer.getvalue()))
    rows = rows_of(tmp_path / "a.warc.gz")
    assert [row["html"] for row in rows] == [body(i) for i in range(10)]
    assert [row["offset"] for row in rows] == plain.starts
    assert all("warc_record_offset" not in row for row in rows[1:])


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_an_empty_archive_has_no_pages(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    assert rows_of(tmp_path / name) == []


def test_headers_without_an_end_are_damage_and_are_not_held(tmp_path):
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(b"WARC/1.0\r\nX: " + bytes(40_000_000)))
    (row,) = rows_of(tmp_path / "a.warc.gz")
    assert row["problem_detail"] == "bytes 0-38925: headers of a record that do not end"


def test_text_of_a_page_in_a_detail_is_escaped_and_short(tmp_path):
    (tmp_path / "a.warc").write_bytes(b"\x1b]0;" + b"long " * 99)
    (row,) = rows_of(tmp_path / "a.warc")
    assert row["problem_detail"].startswith("bytes 0-498: no WARC record but '\\x1b]0;long long")
    assert len(row["problem_detail"]) <= 120


def test_reading_holds_a_page_and_not_the_archive(tmp_path):
    archive, page = Archive(), body(1, 100_000)
    for _ in range(300):
        archive.add(payload=page)
    (found,) = find_inputs([str(archive.save(tmp_path / "a.warc.gz"))], Columns())
    del archive
    tracemalloc.start()
    try:
        count = sum(1 for row in read(found, Columns()) if row["html"] == page)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 300
    assert peak < 3_000_000  # the pages are 30 MB
