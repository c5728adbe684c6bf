"""Damaged WARC files: every intact member is read, also behind a damaged one, and no page is given that was not so.

The archives are those of the benchmark: 200 pages there, fewer here.
"""

import gzip
import hashlib
import random
import sys
import tracemalloc
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.survival import archives  # noqa: E402
from cleaners.load import Columns, find_inputs, read  # noqa: E402
from cleaners.schema import MAX_PAGE_BYTES, REASONS  # noqa: E402

KINDS = (".warc.gz", ".warc.zst", ".warc")


def rows_of(path: Path, content: bytes) -> list[dict]:
    path.write_bytes(content)
    (found,) = find_inputs([str(path)], Columns())
    rows = list(read(found, Columns()))
    assert {row["problem"] for row in rows if "problem" in row} <= REASONS.keys()
    return rows


def pages(rows: list[dict]) -> list[bytes]:
    return [row["html"] for row in rows if "problem" not in row]


def told(rows: list[dict]) -> list[tuple]:
    return [(row["problem"], row.get("id"), row["problem_detail"]) for row in rows if "problem" in row]


@pytest.fixture(scope="module")
def made() -> dict[str, archives.Archive]:
    return {suffix: archives.archive(suffix, count=12) for suffix in KINDS}


# --- random damages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "trials"), [(".warc.gz", 64), (".warc.zst", 24), (".warc", 24)])
def test_of_randomly_damaged_files_every_intact_page_is_read_and_every_other_one_told(tmp_path, suffix, trials):
    made = archives.archive(suffix, count=40)
    outcome = archives.Outcome()
    for kind, edit in archives.edits(made, trials, seed=7):
        archives.trial(tmp_path / f"a{suffix}", made, edit, outcome)
        assert (outcome.returned, outcome.altered, outcome.untold) == (outcome.intact, 0, 0), (kind, edit)
    assert outcome.intact > trials * 20


# --- one damage at a time ---------------------------------------------------------------------------------------

GONE, CUT = "archive_damaged", "record_truncated"


def put(content: bytes, at: int, new: bytes, instead_of: int = 0) -> bytes:
    return content[:at] + new + content[at + instead_of :]


def damage(made: archives.Archive, name: str) -> bytes:
    """The archive with its sixth member (number 5) damaged; {5} is its first byte, {6} the one behind it."""
    content, (start, end) = made.content, made.members[5]
    return {
        "zeros in the body": put(content, start + 400, bytes(30), 30),
        "a broken magic number": put(content, start, b"XX", 2),
        "junk in front": put(content, start, b"junk and more of it"),
        "a wrong checksum": put(content, end - 8, b"crc!", 4),
        "a wrong length behind the checksum": put(content, end - 4, b"\1\2\3\4", 4),
        "the tail is missing": content[: end - 300] + content[end:],
        "the head is missing": content[:start] + content[start + 300 :],
        "the file ends inside": content[: start + 400],
        "the file ends inside its checksum": content[: end - 3],
        "an empty member in front": put(content, start, gzip.compress(b"")),
        "no WARC record in a member": content[:start] + gzip.compress(b"<p>Lost") + content[end:],
    }[name]


GZIP = [
    ("zeros in the body", GONE, "<urn:example:5>", "{5}-{6}"),
    ("a broken magic number", GONE, None, "{5}-{6}: no gzip member begins here"),
    (
        "a wrong checksum",
        GONE,
        "<urn:example:5>",
        "{5}-{6}: gzip member: Error -3 while decompressing data: incorrect",
    ),
    ("a wrong length behind the checksum", GONE, "<urn:example:5>", "{5}-{6}: gzip member: Error -3"),
    ("the tail is missing", GONE, "<urn:example:5>", "{5}-"),
    ("the head is missing", GONE, None, "{5}-"),
    ("no WARC record in a member", GONE, None, "{5}-"),
]


@pytest.mark.parametrize(("name", "reason", "page", "where"), GZIP)
def test_behind_a_damaged_member_reading_goes_on_and_one_row_tells_of_it(tmp_path, made, name, reason, page, where):
    whole = made[".warc.gz"]
    rows = rows_of(tmp_path / "a.warc.gz", damage(whole, name))
    assert pages(rows) == [*whole.pages[:5], *whole.pages[6:]]
    ((found, number, detail),) = told(rows)
    assert (found, number) == (reason, page)
    start, end = whole.members[5]
    assert detail.startswith("bytes " + where.replace("{5}", str(start)).replace("{6}", str(end - 1)))


@pytest.mark.parametrize("name", ["the file ends inside", "the file ends inside its checksum"])
def test_a_page_that_the_files_end_cuts_is_a_truncated_record_and_no_page(tmp_path, made, name):
    whole = made[".warc.gz"]
    content = damage(whole, name)
    rows = rows_of(tmp_path / "a.warc.gz", content)
    assert pages(rows) == list(whole.pages[:5])
    where = f"bytes {whole.members[5][0]}-{len(content) - 1}: the file ends inside the gzip member"
    assert told(rows) == [(CUT, "<urn:example:5>", where)]


def test_junk_between_members_costs_no_page(tmp_path, made):
    whole = made[".warc.gz"]
    rows = rows_of(tmp_path / "a.warc.gz", damage(whole, "junk in front"))
    start = whole.members[5][0]
    assert pages(rows) == list(whole.pages)
    assert told(rows) == [(GONE, None, f"bytes {start}-{start + 18}: no gzip member begins here")]


def test_an_empty_member_is_no_damage(tmp_path, made):
    rows = rows_of(tmp_path / "a.warc.gz", damage(made[".warc.gz"], "an empty member in front"))
    assert (pages(rows), told(rows)) == (list(made[".warc.gz"].pages), [])


def test_two_damaged_members_are_two_rows_and_one_stretch_is_one(tmp_path, made):
    whole = made[".warc.gz"]
    content = whole.content
    for number in (2, 3, 7):
        content = put(content, whole.members[number][1] - 8, b"crc!", 4)
    assert [row[1] for row in told(rows_of(tmp_path / "a.warc.gz", content))] == [
        "<urn:example:2>",
        "<urn:example:3>",
        "<urn:example:7>",
    ]
    (start, _), (_, end) = whole.members[2], whole.members[6]
    rows = rows_of(tmp_path / "b.warc.gz", put(whole.content, start, bytes(end - start), end - start))
    assert [row[2] for row in told(rows)] == [f"bytes {start}-{end - 1}: no gzip member begins here"]
    assert pages(rows) == [*whole.pages[:2], *whole.pages[7:]]


def test_places_of_pages_behind_damage_are_right(tmp_path, made):
    whole = made[".warc.gz"]
    rows = rows_of(tmp_path / "a.warc.gz", damage(whole, "zeros in the body"))
    for row, (start, end) in zip(rows, whole.members, strict=True):
        assert row["offset"] == start
        if "problem" not in row:
            assert (row["warc_record_offset"], row["warc_record_length"]) == (start, end - start)


# --- records that are not as long as they say -------------------------------------------------------------------


def record(
    number: int, page: bytes, length: int | None = None, digest: bool = False, kind: str = "response"
) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    said = f"WARC-Block-Digest: sha256:{hashlib.sha256(block).hexdigest()}\r\n" if digest else ""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:example:{number}>\r\n"
        f"WARC-Target-URI: https://river.example/{number}\r\n{said}"
        f"Content-Length: {len(block) if length is None else len(block) + length}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


PAGE = b"<p>The ferry leaves at nine. " * 9
THREE = [PAGE + bytes([65 + number]) for number in range(3)]
LENGTHS = [(-20, GONE), (20, CUT), (2000, CUT), (100_000, CUT)]


@pytest.mark.parametrize(("wrong", "reason"), LENGTHS)
@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_a_wrong_content_length_costs_its_own_page_only(tmp_path, wrong, reason, pack):
    content = b"".join(pack(record(n, page, wrong if n == 1 else None)) for n, page in enumerate(THREE))
    rows = rows_of(tmp_path / ("a.warc" if pack is bytes else "a.warc.gz"), content)
    assert pages(rows) == [THREE[0], THREE[2]]
    ((found, number, _),) = told(rows)
    swallows_the_next = pack is bytes and wrong == 20
    assert (found, number) == (GONE if swallows_the_next else reason, "<urn:example:1>")


HEADERS = {
    "no Content-Length": (b"Content-Length", b"Content-Lungth", "a record without Content-Length"),
    "no number": (b"Content-Length: ", b"Content-Length: x", "a record without Content-Length"),
    "no type": (b"WARC-Type", b"WARC-Tipe", "a record without WARC-Type"),
    "a type that is none": (b": response", b": responze", "a record of unknown type 'responze'"),
    "an address that is none": (b"https:", b"hxtps:", "a response from 'hxtps://river.example/1'"),
    "another version": (b"WARC/1.0", b"WARC/7.0", "no WARC record but 'WARC/7.0'"),
    "another magic": (b"WARC/1.0", b"FRAC/1.0", "no WARC record but 'FRAC/1.0'"),
}


@pytest.mark.parametrize(("old", "new", "why"), HEADERS.values(), ids=HEADERS)
def test_a_record_with_broken_headers_is_told_of_and_the_next_one_read(tmp_path, old, new, why):
    parts = [record(n, page) for n, page in enumerate(THREE)]
    parts[1] = parts[1].replace(old, new, 1)
    rows = rows_of(tmp_path / "a.warc", b"".join(parts))
    assert pages(rows) == [THREE[0], THREE[2]]
    where = f"bytes {len(parts[0])}-{len(parts[0] + parts[1]) - 1}"
    assert told(rows) == [(GONE, None, f"{where}: {why}")]


def test_where_no_checksum_is_the_digest_of_the_block_decides(tmp_path):
    parts = [record(n, page, digest=True) for n, page in enumerate(THREE)]
    parts[1] = parts[1].replace(b"leaves at nine", b"leaves at five", 1)
    rows = rows_of(tmp_path / "a.warc", b"".join(parts))
    assert pages(rows) == [THREE[0], THREE[2]]
    assert [row[:2] for row in told(rows)] == [(GONE, "<urn:example:1>")]
    rows = rows_of(tmp_path / "b.warc", b"".join(parts).replace(b"\r\n\r\nWARC/1.0", b"\r\n??WARC/1.0"))
    assert pages(rows) == [THREE[0], THREE[2]]  # the digest proves the first one, whatever follows it


def test_a_file_that_is_one_member_is_read_up_to_the_damage(tmp_path):
    rng = random.Random(5)
    noisy = [b"<p>%d %s" % (n, rng.randbytes(1500).hex().encode()) for n in range(30)]
    content = gzip.compress(b"".join(record(n, page, digest=True) for n, page in enumerate(noisy)))
    middle = len(content) // 2
    rows = rows_of(tmp_path / "a.warc.gz", put(content, middle, b"\xff" * 40, 40))
    given = pages(rows)
    assert 10 < len(given) < 20
    assert given == noisy[: len(given)]
    assert told(rows)[-1][2].startswith(f"bytes 0-{len(content) - 1}: ")
    assert len(rows) - len(given) <= 2  # the page in which it lies, and what could not be read


def test_records_may_go_on_in_the_next_member(tmp_path):
    whole = b"".join(record(n, page) for n, page in enumerate(THREE))
    content = b"".join(gzip.compress(whole[at : at + 100]) for at in range(0, len(whole), 100))
    rows = rows_of(tmp_path / "a.warc.gz", content)
    assert (pages(rows), told(rows)) == (THREE, [])


# --- what looks like a record, and is none ----------------------------------------------------------------------


@pytest.mark.parametrize("broken", [False, True])
def test_magic_numbers_in_a_payload_are_no_members(tmp_path, broken):
    """Stored blocks keep a payload as it is: here the magic number of gzip, and a whole gzip file of HTML."""
    page = b"<p>" + b"\x1f\x8b\x08" * 50 + gzip.compress(b"<html><p>A page inside of a page.") + b"end"
    member = gzip.compress(record(1, page), compresslevel=0)
    if broken:
        member = member[:-8] + b"crc!" + member[-4:]
    content = gzip.compress(record(0, THREE[0])) + member + gzip.compress(record(2, THREE[2]))
    rows = rows_of(tmp_path / "a.warc.gz", content)
    assert pages(rows) == ([THREE[0], THREE[2]] if broken else [THREE[0], page, THREE[2]])
    assert len(told(rows)) == broken


@pytest.mark.parametrize("pack", [lambda content: gzip.compress(content, compresslevel=0), bytes])
def test_an_archive_inside_an_intact_record_is_not_looked_into(tmp_path, pack):
    inside = b"<p>An archive:\r\n" + pack(record(9, b"<p>Inner")) + record(8, b"<p>Inner too")
    rows = rows_of(
        tmp_path / ("a.warc" if pack is bytes else "a.warc.gz"), pack(record(0, inside)) + pack(record(1, PAGE))
    )
    assert (pages(rows), told(rows)) == ([inside, PAGE], [])


def test_nor_inside_a_wrong_record_whose_member_is_intact(tmp_path):
    inside = b"<p>" + gzip.compress(record(9, b"<p>Inner")) + b"<p>The end of the page."
    wrong = gzip.compress(record(0, inside, length=-20), compresslevel=0)
    rows = rows_of(tmp_path / "a.warc.gz", wrong + gzip.compress(record(1, PAGE)))
    assert pages(rows) == [PAGE]
    assert [row[:2] for row in told(rows)] == [(GONE, "<urn:example:0>")]


# --- memory and time --------------------------------------------------------------------------------------------


def test_a_bomb_costs_no_memory_and_the_pages_around_it_are_read(tmp_path):
    huge = gzip.compress(record(1, b"<" + bytes(200_000_000)), compresslevel=9)
    (tmp_path / "a.warc.gz").write_bytes(gzip.compress(record(0, PAGE)) + huge + gzip.compress(record(2, PAGE)))
    (found,) = find_inputs([str(tmp_path / "a.warc.gz")], Columns())
    del huge
    tracemalloc.start()
    rows = [(row.get("problem"), row.get("html")) for row in read(found, Columns())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == [(None, PAGE), ("too_large", None), (None, PAGE)]
    assert peak < 3 * MAX_PAGE_BYTES


def test_looking_for_the_next_record_holds_small_buffers_only(tmp_path):
    rng = random.Random(3)
    with (tmp_path / "a.warc.gz").open("wb") as file:
        file.write(b"\x1f\x8b\x08\x00broken")
        for _ in range(40):
            file.write(rng.randbytes(1_000_000))
        file.write(gzip.compress(record(2, PAGE)))
    (found,) = find_inputs([str(tmp_path / "a.warc.gz")], Columns())
    tracemalloc.start()
    rows = list(read(found, Columns()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(rows), pages(rows)) == (2, [PAGE])
    assert peak < 8_000_000


def test_records_that_all_claim_the_rest_of_the_file_take_no_square_of_time(tmp_path):
    """Of 80,000 headers half claim 4 MB: reading these again and again would be 160 GB, and as many rejects."""
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nContent-Length: 4000007\r\n\r\n"
    content = (head + b"HTTP/1.1 200\r\n\r\n") * 80_000
    rows = rows_of(tmp_path / "a.warc", content)
    assert 10 < len(told(rows)) == len(rows) < 1000
    assert rows[-1]["problem_detail"].startswith(f"bytes {rows[-1]['offset']}-{len(content) - 1}: ")
