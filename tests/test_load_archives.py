"""Archives of HTML files, zip and tar: their pages, their tricks, and their damages. Nothing is ever extracted."""

import io
import json
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from cleaners.load import Columns, find_inputs, read
from cleaners.schema import MAX_PAGE_BYTES, REASONS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGES = {f"site/{n}.html": f"<p>Ferry number {n} leaves at {n + 5}.</p>".encode() * 40 for n in range(5)}


def rows_of(path: Path, content: bytes) -> list[dict]:
    path.write_bytes(content)
    (found,) = find_inputs([str(path)], Columns())
    before = sorted(path.parent.iterdir())
    rows = list(read(found, Columns()))
    assert sorted(path.parent.iterdir()) == before
    assert {row["problem"] for row in rows if "problem" in row} <= REASONS.keys()
    return rows


def pages(rows: list[dict]) -> dict[str, bytes]:
    return {row["file_path"].partition("/")[2]: row["html"] for row in rows if "html" in row}


def told(rows: list[dict]) -> list[tuple]:
    return [(row["file_path"], row["problem"], row["problem_detail"]) for row in rows if "problem" in row]


def without(*names: str) -> dict[str, bytes]:
    return {name: page for name, page in PAGES.items() if name not in names}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


BOTH: dict[str, Callable[[dict[str, bytes]], bytes]] = {"a.zip": zipped, "a.tar": tarred}
both = pytest.mark.parametrize(("name", "pack"), BOTH.items(), ids=BOTH)


# --- both -------------------------------------------------------------------------------------------------------

FORMS = {
    "a.zip": zipped(PAGES),
    "stored.zip": zipped(PAGES, zipfile.ZIP_STORED),
    "bzip2.zip": zipped(PAGES, zipfile.ZIP_BZIP2),
    "behind-a-program.zip": b"#!/bin/sh\n" * 99 + zipped(PAGES),
    "a.tar": tarred(PAGES),
    "gnu.tar": tarred(PAGES, form=tarfile.GNU_FORMAT),
    "ustar.tar": tarred(PAGES, form=tarfile.USTAR_FORMAT),
    "a.tar.gz": tarred(PAGES, "w:gz"),
    "a.tgz": tarred(PAGES, "w:gz"),
    "a.tar.bz2": tarred(PAGES, "w:bz2"),
    "a.tar.xz": tarred(PAGES, "w:xz"),
    "a.tar.zst": zstd.compress(tarred(PAGES)),
    "two-in-one.tar": tarred(dict(list(PAGES.items())[:2])) + tarred(dict(list(PAGES.items())[2:])),
}


@pytest.mark.parametrize(("name", "content"), FORMS.items(), ids=FORMS)
def test_pages_come_in_the_archives_order_under_its_name_and_theirs(tmp_path, name, content):
    rows = rows_of(tmp_path / name, content)
    assert [row["file_path"] for row in rows] == [f"{name}/{member}" for member in PAGES]
    assert [row["html"] for row in rows] == list(PAGES.values())
    offsets = [row["offset"] for row in rows]
    assert offsets == sorted(set(offsets))


@both
def test_members_are_chosen_like_files_of_a_folder(tmp_path, name, pack):
    chosen = {"a.HTM": b"<p>1", "b/c.xhtml": b"<p>2", "d.txt": b"Three\r\n", "e.html": b""}
    passed = {".f.html": b"x", "_g/h.html": b"x", "b/.git/i.html": b"x", "j.css": b"x", "k.zip": zipped(PAGES)}
    rows = rows_of(tmp_path / name, pack(chosen | passed))
    assert [row["file_path"].removeprefix(f"{name}/") for row in rows] == list(chosen)
    assert [row.get("html", row.get("text")) for row in rows] == [b"<p>1", b"<p>2", "Three\n", b""]


TRICKS = {
    "../../etc/a.html": "etc/a.html",
    "/etc/b.html": "etc/b.html",
    "c/./../../d.html": "c/d.html",
    "e//f.html": "e/f.html",
    "ä/ö.html": "ä/ö.html",
    "a" * 300 + ".html": "a" * 300 + ".html",
}


@both
def test_paths_that_lead_out_of_the_archive_are_names_and_nothing_else(tmp_path, name, pack):
    rows = rows_of(tmp_path / name, pack(dict.fromkeys(TRICKS, b"<p>x")))
    assert [row["file_path"] for row in rows] == [f"{name}/{shown}" for shown in TRICKS.values()]


@both
def test_a_name_that_is_not_utf8_is_shown_escaped(tmp_path, name, pack):
    content = pack({"caf?.html": b"<p>x"}).replace(b"caf?", b"caf\xe9")
    if name == "a.tar":  # its headers have a checksum
        total = sum(content[:148]) + 8 * 32 + sum(content[156:512])
        content = content[:148] + b"%06o\0 " % total + content[156:]
    assert rows_of(tmp_path / name, content)[0]["file_path"] == f"{name}/caf\\xe9.html"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@both
def test_two_members_of_one_name_are_both_read(tmp_path, name, pack):
    twins = pack({"a.html": b"<p>1", "b.html": b"<p>2"}).replace(b"b.html", b"a.html")
    if name == "a.tar":
        twins = pack({"a.html": b"<p>1"})[:1024] + pack({"a.html": b"<p>2"})
    rows = rows_of(tmp_path / name, twins)
    assert [(row["file_path"], row["html"]) for row in rows] == [
        (f"{name}/a.html", b"<p>{1}".replace(b"{1}", n)) for n in (b"1", b"2")
    ]
    assert rows[0]["offset"] < rows[1]["offset"]


@both
def test_a_page_above_the_cap_is_too_large_and_the_next_one_is_read(tmp_path, name, pack):
    rows = rows_of(tmp_path / name, pack({"a.html": bytes(MAX_PAGE_BYTES + 1), "b.html": b"<p>Small"}))
    assert [row.get("problem") for row in rows] == ["too_large", None]
    assert "25,165,825 bytes, and the cap is 25,165,824" in rows[0]["problem_detail"]


@both
def test_text_in_no_known_encoding_is_a_reject(tmp_path, name, pack):
    (row,) = rows_of(tmp_path / name, pack({"a.txt": bytes(range(128, 160)) * 3}))
    assert row["problem"] == "charset_undecodable"


@both
def test_an_archive_without_pages_has_none(tmp_path, name, pack):
    assert rows_of(tmp_path / name, pack({})) == []


def test_an_empty_file_is_no_zip_archive(tmp_path):
    assert told(rows_of(tmp_path / "a.zip", b""))[0][1] == "archive_damaged"


# --- zip --------------------------------------------------------------------------------------------------------


def listed(content: bytes, name: str) -> int:
    """Where the directory's header of this member starts."""
    return content.index(name.encode(), content.index(b"PK\x01\x02")) - 46


def patched(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


ONE = "site/1.html"
WHOLE = zipped(PAGES)
AT = listed(WHOLE, ONE)
LOCAL = WHOLE.index(ONE.encode()) - 30
SIZE = struct.pack("<I", len(PAGES[ONE]))
# Damage to the member 1, reason, detail
HURT = {
    "encrypted": (patched(WHOLE, AT + 8, b"\x01"), "member_unreadable", "encrypted"),
    "unknown method": (patched(WHOLE, AT + 10, b"\x63"), "member_unreadable", "compression method 99 is not known"),
    "wrong checksum": (patched(WHOLE, AT + 16, b"crc!"), "archive_damaged", "wrong checksum"),
    "says less": (patched(WHOLE, AT + 24, b"\x07\0\0\0"), "archive_damaged", "8 bytes unpacked; its header says 7"),
    "says more": (
        patched(WHOLE, AT + 24, b"\xff\xff\0\0"),
        "archive_damaged",
        f"{len(PAGES[ONE]):,} bytes unpacked; its header says 65,535",
    ),
    "says 4 GB": (
        patched(WHOLE, AT + 24, b"\0\0\0\xf0"),
        "too_large",
        "4,026,531,840 bytes, and the cap is 25,165,824",
    ),
    "no local header": (patched(WHOLE, LOCAL, b"XX"), "archive_damaged", "no header of an entry"),
    "broken data": (patched(WHOLE, LOCAL + 41, b"\xff" * 8), "archive_damaged", "Error -3 while decompressing data"),
    "longer than the gap": (patched(WHOLE, AT + 20, b"\xff\xff"), "archive_damaged", "it overlaps another entry"),
}


# Damage to the directory's end or to a name, after which an entry could be missed
MISLED = {
    "no entries": patched(WHOLE, len(WHOLE) - 14, bytes(12)),
    "fewer entries": patched(WHOLE, len(WHOLE) - 12, b"\4\0"),
    "a shorter directory": patched(WHOLE, len(WHOLE) - 10, struct.pack("<I", WHOLE.index(b"PK\x05\x06") - AT)),
    "another name": patched(WHOLE, AT + 46, b"site/1.jpeg"),
    "another name in the header": patched(WHOLE, LOCAL + 30, b"site/1.jpeg"),
    "another place": patched(WHOLE, AT + 44, b"\1"),
}


@pytest.mark.parametrize("content", MISLED.values(), ids=MISLED)
def test_a_directory_that_misleads_is_told(tmp_path, content):
    rows = rows_of(tmp_path / "a.zip", content)
    assert set(PAGES) - {ONE} <= set(pages(rows))
    assert [reason for _, reason, _ in told(rows)] == ["archive_damaged"]


@pytest.mark.parametrize(("content", "reason", "why"), HURT.values(), ids=HURT)
def test_a_zip_entry_that_cannot_be_read_is_a_reject_and_the_others_are_pages(tmp_path, content, reason, why):
    rows = rows_of(tmp_path / "a.zip", content)
    assert pages(rows) == without(ONE)
    ((path, found, detail),) = told(rows)
    assert (path, found) == (f"a.zip/{ONE}", reason)
    assert detail.startswith(f"entry at byte {LOCAL if reason else 0}: {why}")


def test_entries_that_share_their_data_are_no_pages(tmp_path):
    """The bomb of overlapping entries: many in the directory, one in the file."""
    start = LOCAL.to_bytes(4, "little")
    content = patched(WHOLE, listed(WHOLE, "site/3.html") + 42, start)
    content = content.replace(b"site/3.html", b"site/1.html")
    rows = rows_of(tmp_path / "a.zip", content)
    assert pages(rows) == without(ONE, "site/3.html")
    assert [detail for _, _, detail in told(rows)] == [f"entry at byte {LOCAL}: it overlaps another entry"] * 2


def test_a_directory_in_another_order_than_the_entries_is_fine(tmp_path):
    first, second, end = listed(WHOLE, "site/0.html"), AT, WHOLE.index(b"PK\x05\x06")
    rest = listed(WHOLE, "site/2.html")
    content = WHOLE[:first] + WHOLE[rest:end] + WHOLE[second:rest] + WHOLE[first:second] + WHOLE[end:]
    rows = rows_of(tmp_path / "a.zip", content)
    assert (pages(rows), told(rows)) == (PAGES, [])
    assert next(iter(pages(rows))) == "site/2.html"


def test_links_in_a_zip_are_passed_over_and_devices_are_told(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, mode in enumerate((0o120777, 0o060644, 0o010644, 0o100644, 0)):
            info = zipfile.ZipInfo(f"{number}.html")
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, "../../etc/passwd")
    rows = rows_of(tmp_path / "a.zip", out.getvalue())
    assert list(pages(rows)) == ["3.html", "4.html"]
    assert [row[:2] for row in told(rows)] == [(f"a.zip/{n}.html", "member_unreadable") for n in (1, 2)]


def test_sizes_that_stand_behind_the_data_and_64_bit_sizes_are_read(tmp_path):
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.content += bytes(data)
            return len(data)

    for wide in (False, True):
        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, page in PAGES.items():
                with archive.open(name, "w", force_zip64=wide) as file:
                    file.write(page)
        assert pages(rows_of(tmp_path / "a.zip", pipe.content)) == PAGES
        cut = rows_of(tmp_path / "b.zip", pipe.content[:-30])  # entries are found by themselves
        assert pages(cut) == PAGES


def test_a_zip_that_is_cut_is_read_entry_by_entry_and_told(tmp_path):
    start = WHOLE.index(b"site/3.html") - 30
    content = WHOLE[: start + 50]
    rows = rows_of(tmp_path / "a.zip", content)
    assert pages(rows) == without("site/3.html", "site/4.html")
    whole, last = told(rows)
    said = "the directory at the end cannot be read: it is missing; entries were looked for"
    assert whole == ("a.zip", "archive_damaged", f"bytes 0-{len(content) - 1}: {said}")
    assert last == ("a.zip/site/3.html", "record_truncated", f"entry at byte {start}: its data end too early")


def test_a_broken_directory_is_told_and_entries_are_looked_for(tmp_path):
    rows = rows_of(tmp_path / "a.zip", patched(WHOLE, AT, b"XX"))
    assert pages(rows) == PAGES
    ((_, reason, detail),) = told(rows)
    assert (reason, f": it is broken at byte {AT};" in detail) == ("archive_damaged", True)


def test_a_zip_in_a_zip_is_passed_over_so_a_quine_ends(tmp_path):
    inner = zipped({"inner.html": b"<p>x", "again.zip": zipped(PAGES)}, zipfile.ZIP_STORED)
    outer = zipped({"a.zip": inner, "b.html": b"<p>y"}, zipfile.ZIP_STORED)
    assert pages(rows_of(tmp_path / "a.zip", outer)) == {"b.html": b"<p>y"}


# --- tar --------------------------------------------------------------------------------------------------------


def header(name: str, size: int, kind: bytes = b"0") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


GOOD, END = header("good.html", 4) + padded(b"good"), bytes(1024)
TAR = tarred(PAGES)
STEP = len(tarred({ONE: PAGES[ONE]}).rstrip(b"\0")) // 512 * 512 + 512  # header and page


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"])
@pytest.mark.parametrize("new", [b"XXXX", bytes(512)])
def test_behind_a_broken_tar_header_reading_goes_on(tmp_path, name, new):
    content = patched(TAR, STEP, new)
    packed = {"gz": lambda c: zlib.compress(c, wbits=31), "zst": zstd.compress, "tar": bytes}.get(name.split(".")[-1])
    if packed is None:
        module = __import__({"bz2": "bz2", "xz": "lzma"}[name.split(".")[-1]])
        packed = module.compress
    rows = rows_of(tmp_path / name, packed(content))
    assert pages(rows) == without(ONE)
    start = STEP if len(new) < 512 else STEP + 512
    assert told(rows) == [(name, "archive_damaged", f"bytes {start}-{2 * STEP - 1}: no tar header")]


def test_bytes_put_into_a_page_cost_this_page_and_the_rest_is_found_off_the_grid(tmp_path):
    for change in (TAR[: STEP + 600] + b"more" + TAR[STEP + 600 :], TAR[: STEP + 600] + TAR[STEP + 700 :]):
        rows = rows_of(tmp_path / "a.tar", change)
        assert pages(rows) == without(ONE)
        assert told(rows)[0][:2] == (f"a.tar/{ONE}", "archive_damaged")


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
@pytest.mark.parametrize("size", [10_000, 8**11 - 1, 2**60])
def test_a_size_that_reaches_beyond_the_file_costs_no_other_page(tmp_path, name, size):
    content = GOOD + header("huge.html", size) + padded(b"<p>x") + GOOD + END
    rows = rows_of(tmp_path / name, zlib.compress(content, wbits=31) if name.endswith("gz") else content)
    assert [row.get("html") for row in rows] == [b"good", None, b"good"]
    assert told(rows)[0][:2] == (f"{name}/huge.html", "record_truncated")


def test_links_devices_and_pipes_in_a_tar_are_passed_over(tmp_path):
    kinds = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    content = b"".join(header(f"{number}.html", 0, kind) for number, kind in enumerate(kinds))
    assert pages(rows_of(tmp_path / "a.tar", content + GOOD + END)) == {"good.html": b"good"}


def test_a_sparse_file_is_a_reject(tmp_path):
    sparse = header("old.html", 4, tarfile.GNUTYPE_SPARSE) + padded(b"data")
    fields = b"22 GNU.sparse.major=1\n28 GNU.sparse.name=new.html\n"
    pax = (
        header("x", len(fields), tarfile.XHDTYPE)
        + padded(fields)
        + header("GNUSparseFile.0/new.html", 4)
        + padded(b"data")
    )
    rows = rows_of(tmp_path / "a.tar", sparse + pax + GOOD + END)
    assert [row.get("problem") for row in rows] == ["member_unreadable"] * 2 + [None]


def test_long_names_and_extended_headers_are_read_and_huge_ones_passed_over(tmp_path):
    name = "d/" * 200 + "e.html"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert list(pages(rows_of(tmp_path / "a.tar", tarred({name: b"<p>x"}, form=form)))) == [name]
    value = b"99999999 comment=" + b"x" * 30_000_000
    huge = header("x", len(value), tarfile.XHDTYPE) + padded(value)
    broken = header("x", 9, tarfile.XHDTYPE) + padded(b"99 path=y")
    assert list(pages(rows_of(tmp_path / "a.tar", huge + broken + GOOD + END))) == ["good.html"]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.xz"])
def test_a_tar_that_is_cut_is_told_wherever_it_is_cut(tmp_path, name):
    content = tarred(PAGES, {"r": "w", "z": "w:gz"}.get(name[-1], "w:xz") if name[-2:] != "xz" else "w:xz")
    body = len(content.rstrip(b"\0")) if name == "a.tar" else len(content)
    for end in range(1, body, 97):
        rows = rows_of(tmp_path / name, content[:end])
        given = pages(rows)
        assert given == {member: PAGES[member] for member in list(PAGES)[: len(given)]}
        assert len(told(rows)) >= 1, end


# --- memory and time --------------------------------------------------------------------------------------------

PEAK = (
    "import json, sys; from cleaners.load import *\n"
    "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    "(found,) = find_inputs([sys.argv[1]], Columns())\n"
    "before, rows = peak(), 0\n"
    "for row in read(found, Columns()): rows += 1\n"
    "print(json.dumps([rows, peak() - before]))"
)


def measured(path: Path) -> tuple[int, int]:
    """Rows, and kilobytes that reading them took at most."""
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    rows, peak = json.loads(done.stdout)
    return rows, peak


def bomb(name: str, members: int, size: int) -> bytes:
    """Archives of pages as large as the cap and of larger ones, all of them nothing but zeros."""
    pack = BOTH["a.zip" if name == "a.zip" else "a.tar"]
    content = pack({f"{number}.html": bytes(size) for number in range(members)})
    if name.endswith(".gz"):
        return zlib.compress(content, wbits=31)
    return zstd.compress(content) if name.endswith(".zst") else content


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.zst"])
@pytest.mark.parametrize("size", [MAX_PAGE_BYTES, 4 * MAX_PAGE_BYTES])
def test_a_bomb_takes_the_memory_of_a_few_pages(tmp_path, name, size):
    (tmp_path / name).write_bytes(bomb(name, 4, size))
    rows, peak = measured(tmp_path / name)
    assert rows == 4
    assert peak < 100_000


def test_very_many_entries_take_little_memory(tmp_path):
    """zipfile takes 80 MB for this one."""
    count, name = 100_000, b"%07d.html"
    local = b"PK\x03\x04" + bytes(22) + struct.pack("<HH", 12, 0)
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 12) + bytes(12)
    with (tmp_path / "a.zip").open("wb") as file:
        file.writelines(local + name % number for number in range(count))
        start = file.tell()
        file.writelines(entry + struct.pack("<I", number * 42) + name % number for number in range(count))
        length = file.tell() - start
        file.write(b"PK\x05\x06" + bytes(4) + struct.pack("<HHIIH", count % 65536, count % 65536, length, start, 0))
    rows, peak = measured(tmp_path / "a.zip")
    assert rows == count
    assert peak < 15_000
