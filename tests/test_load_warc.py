"""WARC in zstd with and without a dictionary, and WET: text that a crawl extracted."""

import contextlib
import gzip
import random
import sys
from pathlib import Path

import pytest

from cleaners.load import Columns, bodies, find_inputs, read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FERRY = "The ferry at Alder leaves at nine, and the café on board opens at ten."


def rows_of(path: Path, content: bytes) -> list[dict]:
    path.write_bytes(content)
    (found,) = find_inputs([str(path)], Columns())
    return list(read(found, Columns()))


def record(number: int, content: bytes, kind: str = "response", media: str = "text/html", **said: str) -> bytes:
    if kind == "response":
        content = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n%s" % (media.encode(), content)
        media = "application/http; msgtype=response"
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:example:{number}>\r\n"
        f"WARC-Target-URI: https://river.example/{number}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n{more}"
        f"Content-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode() + (content + b"\r\n\r\n")


def noisy(number: int) -> bytes:
    letters = random.Random(number).choices("abcdefghij klmnop", k=800)
    return f"<p>{FERRY} No. {number}: {''.join(letters)}".encode()


PAGES = [noisy(number) for number in range(8)]
RECORDS = [record(number, page) for number, page in enumerate(PAGES)]


# --- zstd -------------------------------------------------------------------------------------------------------


def skippable(content: bytes, number: int = 0x184D2A5D) -> bytes:
    return number.to_bytes(4, "little") + len(content).to_bytes(4, "little") + content


@pytest.fixture(scope="module")
def dictionary() -> zstd.ZstdDict:
    return zstd.train_dict([record(number, noisy(number)) for number in range(400)], 4000)


def with_dictionary(dictionary: zstd.ZstdDict, packed: bool) -> list[bytes]:
    """The dictionary's frame, then one frame a record."""
    content = dictionary.dict_content
    frames = [zstd.compress(each, zstd_dict=dictionary) for each in RECORDS]
    return [skippable(zstd.compress(content) if packed else content), *frames]


@pytest.mark.parametrize("kind", ["frames", "dictionary", "packed dictionary", "skippable frames between"])
def test_each_record_is_a_frame_and_the_dictionary_may_stand_in_front(tmp_path, dictionary, kind):
    frames = [zstd.compress(each) for each in RECORDS]
    if "dictionary" in kind:
        frames = with_dictionary(dictionary, kind.startswith("packed"))
    elif "between" in kind:
        frames = [part for frame in frames for part in (frame, skippable(b"anything", 0x184D2A50))]
    rows = rows_of(tmp_path / "a.warc.zst", b"".join(frames))
    assert [row["html"] for row in rows] == PAGES
    places = [(row["offset"], row["warc_record_offset"], row["warc_record_length"]) for row in rows]
    for (offset, again, length), frame in zip(places, [f for f in frames if f[:1] == b"\x28"], strict=True):
        assert offset == again
        assert b"".join(frames)[offset : offset + length] == frame


@pytest.mark.parametrize("packed", [False, True])
def test_behind_a_damaged_frame_reading_goes_on_with_the_dictionary(tmp_path, dictionary, packed):
    frames = with_dictionary(dictionary, packed)
    start = sum(map(len, frames[:4]))
    frames[4] = bytes(20) + frames[4][20:]
    rows = rows_of(tmp_path / "a.warc.zst", b"".join(frames))
    assert [row.get("html") for row in rows] == [*PAGES[:3], None, *PAGES[4:]]
    assert rows[3]["problem_detail"] == f"bytes {start}-{start + len(frames[4]) - 1}: no zstd frame begins here"


def test_a_damaged_dictionary_is_one_reject_over_all_that_needs_it(tmp_path, dictionary):
    frames = with_dictionary(dictionary, packed=False)
    content = frames[0][:8] + b"XXXX" + b"".join(frames)[12:]
    (row,) = rows_of(tmp_path / "a.warc.zst", content)
    assert row["problem"] == "archive_damaged"
    assert row["problem_detail"].startswith(f"bytes {len(frames[0])}-{len(content) - 1}: zstd frame: ")


def test_a_frame_whose_checksum_is_wrong_gives_no_page(tmp_path):
    options = {zstd.CompressionParameter.checksum_flag: 1}
    frames = [zstd.compress(each, options=options) for each in RECORDS]
    frames[2] = frames[2][:-4] + b"crc!"
    rows = rows_of(tmp_path / "a.warc.zst", b"".join(frames))
    assert [row.get("html") for row in rows] == [*PAGES[:2], None, *PAGES[3:]]
    assert (rows[2]["id"], rows[2]["problem"]) == ("<urn:example:2>", "archive_damaged")


def test_a_frame_that_asks_for_too_much_memory_is_told_of(tmp_path):
    options = {zstd.CompressionParameter.window_log: 28, zstd.CompressionParameter.content_size_flag: 0}
    packer = zstd.ZstdCompressor(options=options)
    greedy = packer.compress(RECORDS[1], packer.FLUSH_BLOCK) + packer.flush()
    rows = rows_of(tmp_path / "a.warc.zst", zstd.compress(RECORDS[0]) + greedy + zstd.compress(RECORDS[2]))
    assert [row.get("html") for row in rows] == [PAGES[0], None, PAGES[2]]
    assert "too much memory" in rows[1]["problem_detail"]


# --- WET --------------------------------------------------------------------------------------------------------


def conversion(number: int, text: bytes, **said: str) -> bytes:
    return record(number, text, kind="conversion", media="text/plain", **said)


@pytest.mark.parametrize("name", ["a.wet", "a.wet.gz", "a.warc.wet", "a.warc.wet.gz", "a.warc.wet.zst"])
def test_conversions_of_wet_files_are_pages_of_text(tmp_path, name):
    pack = {".gz": gzip.compress, ".zst": zstd.compress}.get(Path(name).suffix, bytes)
    content = conversion(1, f"{FERRY}\r\nOn time.".encode(), WARC_Identified_Content_Language="deu,eng")
    info = pack(record(0, b"software: x", kind="warcinfo", media="application/warc-fields"))
    (row,) = rows_of(tmp_path / name, info + pack(content))
    assert (row.pop("warc_record_offset"), row.pop("warc_record_length") > 150) == (len(info), True)
    assert {key: value for key, value in row.items() if value is not None} == {
        "id": "<urn:example:1>",
        "url": "https://river.example/1",
        "date": "2026-01-02T03:04:05Z",
        "file_path": name,
        "offset": len(info),
        "text": f"{FERRY}\nOn time.",
        "declared_language": "de",
        "warc_filename": name,
    }


@pytest.mark.parametrize(
    ("said", "language"), [("eng", "en"), ("zho,eng", "zh"), ("xyz", None), ("", None), ("fr", "fr"), (None, None)]
)
def test_the_first_language_of_a_conversion_is_what_it_declares(tmp_path, said, language):
    headers = {} if said is None else {"WARC_Identified_Content_Language": said}
    (row,) = rows_of(tmp_path / "a.wet", conversion(1, FERRY.encode(), **headers))
    assert row["declared_language"] == language


def test_text_that_is_not_utf8_or_too_large_is_a_reject_with_its_id(tmp_path):
    content = (
        conversion(1, "Café au lait".encode("latin-1")) + conversion(2, b"x" * 26_000_000) + conversion(3, b"Fine.")
    )
    first, second, third = rows_of(tmp_path / "a.wet", content)
    assert (first["id"], first["problem"]) == ("<urn:example:1>", "charset_undecodable")
    assert first["problem_detail"] == "record at byte 0, byte 4 of its text: not UTF-8: invalid continuation byte"
    assert (second["id"], second["problem"]) == ("<urn:example:2>", "too_large")
    assert third["text"] == "Fine."


def test_a_conversion_that_is_cut_is_a_truncated_record(tmp_path):
    whole = gzip.compress(conversion(1, FERRY.encode()))
    (row,) = rows_of(tmp_path / "a.wet.gz", whole[:-9])
    assert (row["id"], row["problem"], row.get("text")) == ("<urn:example:1>", "record_truncated", None)


def test_in_other_warc_files_conversions_are_passed_over(tmp_path):
    assert rows_of(tmp_path / "a.warc", conversion(1, FERRY.encode())) == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_broken_bodies_leave_no_memory_behind(encoding):
    def size() -> int:
        return int(Path("/proc/self/statm").read_text().split()[0]) * 4096

    noise, before = random.Random(3), size()
    for _ in range(200):
        with contextlib.suppress(bodies.BrokenBody):
            bodies.decode(noise.randbytes(20), "", encoding)
    assert size() - before < 100 << 20  # one page's cap for each would be 3 GiB
