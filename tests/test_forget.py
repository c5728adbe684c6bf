"""`winnow forget`: what is erased is gone from records, rejects and raw files, and no run brings it back."""

import gzip
import io
import json
import subprocess
from pathlib import Path
from random import Random
from uuid import NAMESPACE_URL, uuid5

import pyarrow.parquet as pq
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from bench.survival.flips import story
from cleaners import forget as forgetting
from cleaners import tombstones
from cleaners.load import warc

# warcio's writer leaves its temporary files open
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
reads_marks = pytest.mark.skipif(not hasattr(warc, "_forgotten"), reason="the loader passes over what forget left")

GONE = ("--host", "gone.example")
NOTHING = "nothing of this is there\n"


@pytest.fixture
def out(here, lines, tmp_path):
    """Three shards of ten pages; three pages are on gone.example, and each tenth page is a reject."""
    for i in range(3):
        lines(f"in/{i}.jsonl", [story(10 * i + k) for k in range(10)])
    assert here("clean", "in", "-o", "out").code == 0
    return tmp_path / "out"


def urls(out: Path) -> set[str]:
    return {url for path in out.glob("re*/*") for url in pq.read_table(path)["url"].to_pylist()}


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.glob("*/*") if path.name != "lock"}


def with_tombstones(out: Path, fresh: Path) -> None:
    (fresh / "_run").mkdir(parents=True)
    (fresh / "_run/forgotten.json").write_bytes((out / "_run/forgotten.json").read_bytes())


@pytest.mark.parametrize(
    ("arguments", "gone"),
    [
        (("--host", "gone.example"), {5, 18}),
        (("--host", "GONE.example."), {5, 18}),
        (("--host", "example"), set(range(30))),
        (("--url", "http://KEPT.example:80/7#top"), {7}),
        (("--url", "https://kept.example/10", "--url", "https://kept.example/11"), {10, 11}),
        (("--url", "https://kept.example/7", "--host", "gone.example"), {5, 7, 18}),
        (("--url", "https://kept.example/nowhere"), set()),
        (("--host", "one.example"), set()),
    ],
)
def test_pages_go_and_no_run_brings_them_back(here, out, arguments, gone, lines, tmp_path):
    before = urls(out)
    left = {url for url in before if int(url.rpartition("/")[2]) not in gone}
    tried = here("forget", "out", *arguments, "--dry-run")
    assert (tried.code, urls(out), (out / "_run/forgotten.json").exists()) == (0, before, False)
    done = here("forget", "out", *arguments)
    rejects = len({0, 10, 20} & gone)
    assert (done.code, urls(out)) == (0, left)
    assert (
        done.out.split()[:4]
        == ["records", str(len(gone) - rejects), "rejects", str(rejects)]
        == tried.out.split()[:4]
    )
    assert (NOTHING in done.out, NOTHING in tried.out) == (not gone, not gone)
    content = files(out)
    for options in ((), ("--refresh",)):
        again = here("clean", "in", "-o", "out", *options)
        assert again.code == 0
        assert files(out) == content
    assert here("verify", "out").code == 0
    with_tombstones(out, tmp_path / "fresh")
    here("clean", "in", "-o", "fresh")
    assert files(tmp_path / "fresh") == content
    lines("in/9.jsonl", [story(5), story(18), story(7), story(40)])
    here("clean", "in", "-o", "out")
    assert urls(out) == left | {f"https://kept.example/{i}" for i in {7, 40} - gone if "example" not in arguments}


def test_addresses_are_written_down_nowhere(winnow, out):
    assert winnow("forget", "out", *GONE, "--url", "https://kept.example/7").code == 0
    told = b"".join(path.read_bytes() for path in out.glob("_run/*"))
    assert b"gone.example" not in told
    assert b"kept.example" not in told


@pytest.mark.parametrize("finisher", [("clean", "in", "-o", "out"), ("forget", "out", *GONE)])
def test_stopped_half_way_it_is_finished_by_either_command(here, out, tmp_path, monkeypatch, finisher):
    write, calls = forgetting.shards.write, []

    def stop(*arguments):
        if calls:
            raise OSError(28, "No space left on device")
        calls.append(arguments)
        return write(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(forgetting.shards, "write", stop)
        assert here("forget", "out", *GONE).code == 74
    assert any("gone.example" in url for url in urls(out))
    assert here("verify", "out").code == 0
    assert here(*finisher).code == 0
    assert not any("gone.example" in url for url in urls(out))
    with_tombstones(out, tmp_path / "fresh")
    here("clean", "in", "-o", "fresh")
    assert files(tmp_path / "fresh") == files(out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "error: nothing to forget: neither --url nor --host was given\n"),
        (("--host", " "), "error: --host is empty\n"),
        (("--host", "https://a.example/"), "error: --host https://a.example/ is no host name\n"),
        ((*GONE, "--raw", "nowhere"), "error: no such file or folder: --raw nowhere\n"),
        ((*GONE, "--raw", "in/0.jsonl"), "error: --raw in/0.jsonl is no WARC file\n"),
        ((*GONE, "--raw", "a.warc.zst"), "error: a.warc.zst: records in zstd cannot be replaced one by one"),
    ],
)
def test_2_what_cannot_be_forgotten(here, out, tmp_path, arguments, message):
    (tmp_path / "a.warc.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    before = files(out)
    done = here("forget", "out", *arguments)
    assert (done.code, done.out, files(out)) == (2, "", before)
    assert done.err.startswith(message)


def test_a_flipped_bit_in_the_tombstones_stops_each_run(here, out):
    here("forget", "out", *GONE)
    path = out / "_run/forgotten.json"
    path.write_bytes(path.read_bytes().replace(b'"hosts": [\n  "', b'"hosts": [\n  "0'))
    for command in (("clean", "in", "-o", "out"), ("forget", "out", *GONE)):
        assert here(*command).code == 78


@pytest.mark.parametrize(
    ("told", "url", "covered"),
    [
        ("a.example", "http://a.example/", True),
        ("a.example", "http://b.a.example:8080/x?y", True),
        ("a.example", "http://ba.example/", False),
        ("a.example", "http://a.example.org/", False),
        ("a.example", "not a url", False),
        ("a.example", "http://[broken", False),
        ("münchen.example", "http://xn--mnchen-3ya.example/", True),
        ("xn--mnchen-3ya.example", "http://www.MÜNCHEN.example/", True),
    ],
)
def test_a_host_stands_for_itself_and_all_below_it(told, url, covered):
    assert tombstones.told([], [told]).covers(url) is covered


# --- raw files -------------------------------------------------------------------------------------------------


def archive(packed: bool) -> bytes:
    """A crawl of six pages, two of them on gone.example: request, response and metadata of each."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=packed)
    add(writer, "warcinfo", None, b"software: test\r\n")
    for i in range(6):
        url = f"http://{'www.gone' if i % 3 == 1 else 'kept'}.example/{i}"
        numbers = Random(i).sample(range(10**6), 90)  # a page is not as easily packed as one sentence again and again
        text = f"<p>The council met in {numbers[0]} places and agreed on these {numbers[1:]} sums.</p>" * 2
        add(writer, "request", url, b"", f"{i}-q")
        add(writer, "response", url, f"<html><body><article>{text}</article></body></html>".encode(), f"{i}-r")
        add(writer, "metadata", url, b"via: http://kept.example/\r\n", f"{i}-m")
    return buffer.getvalue()


def add(writer: WARCWriter, kind: str, url: str | None, payload: bytes, name: str = "info") -> None:
    http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(payload),
        http_headers=http if kind in ("request", "response") else None,
        warc_headers_dict={
            "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, name)}>",
            "WARC-Date": "2026-03-01T10:00:00Z",
        },
    )
    writer.write_record(record)


KINDS = {
    "a.warc": lambda: archive(False),
    "a.warc.gz": lambda: archive(True),
    "one-member.warc.gz": lambda: gzip.compress(archive(False), 6),
    "two-members.warc.gz": lambda: gzip.compress(archive(False)[:2000]) + gzip.compress(archive(False)[2000:]),
}


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def records(path: Path) -> list[tuple[str, str | None]]:
    file = io.BytesIO(unpacked(path))
    return [(record.rec_type, record.rec_headers.get_header("WARC-Target-URI")) for record in ArchiveIterator(file)]


@pytest.fixture(params=KINDS)
def raw(request, here, tmp_path):
    path = tmp_path / "raw" / request.param
    path.parent.mkdir()
    path.write_bytes(KINDS[request.param]())
    path.chmod(0o640)
    assert here("clean", "raw", "-o", "out").code == 0
    return path


def test_records_leave_raw_files_and_all_others_keep_their_places(here, raw):
    before, whole, listed = unpacked(raw), raw.read_bytes(), records(raw)
    tried = here("forget", "out", *GONE, "--raw", "raw", "--dry-run")
    assert ("raw records  6\n" in tried.out, raw.read_bytes()) == (True, whole)
    done = here("forget", "out", *GONE, "--raw", "raw")
    assert (done.code, done.err) == (0, "")
    assert "raw records  6\n" in done.out
    after = unpacked(raw)
    assert b"gone.example" in before
    assert b"gone.example" not in after
    assert (len(after), raw.stat().st_size, raw.stat().st_mode & 0o777) == (len(before), len(whole), 0o640)
    expected = [("metadata", None) if url and "gone" in url else (kind, url) for kind, url in listed]
    assert records(raw) == expected
    starts = [i for i in range(len(before)) if before.startswith(b"WARC/1.0\r\n", i)]
    assert [i for i in range(len(after)) if after.startswith(b"WARC/1.0\r\n", i)] == starts
    if raw.suffix == ".gz":
        subprocess.run(["gzip", "-t", raw], check=True)
    content = raw.read_bytes()
    again = here("forget", "out", *GONE, "--raw", "raw")
    assert (again.code, NOTHING in again.out, raw.read_bytes()) == (0, True, content)
    assert [path.name for path in raw.parent.iterdir()] == [raw.name]


@reads_marks
def test_the_same_command_finds_its_input_unchanged_behind_it(here, raw, tmp_path):
    assert here("forget", "out", *GONE, "--raw", str(raw)).code == 0
    content = files(tmp_path / "out")
    for options in ((), ("--refresh",)):
        assert here("clean", "raw", "-o", "out", *options).code == 0
        assert files(tmp_path / "out") == content
    with_tombstones(tmp_path / "out", tmp_path / "fresh")
    assert here("clean", "raw", "-o", "fresh").code == 0
    assert files(tmp_path / "fresh") == content


def test_3_what_cannot_be_read_is_told_and_what_can_is_erased(here, tmp_path):
    path = tmp_path / "raw/a.warc.gz"
    path.parent.mkdir()
    content = bytearray(archive(True))
    starts = [i for i in range(len(content)) if content.startswith(b"\x1f\x8b\x08", i)]
    content[starts[2] + 40] ^= 255  # in the response of the first page
    path.write_bytes(content)
    here("clean", "raw", "-o", "out")
    done = here("forget", "out", *GONE, "--raw", "raw")
    assert (done.code, "raw records  6\n" in done.out) == (3, True)
    assert f"may hold such pages: {path}: byte {starts[2]}: Error" in done.err
    assert path.read_bytes()[: starts[4]] == content[: starts[4]]


@pytest.mark.usefixtures("out")
def test_a_record_that_is_too_small_stops_it_and_nothing_is_changed(here, tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(b"WARC/1.0\r\nWARC-Target-URI: //gone.example\r\nContent-Length: 0\r\n\r\n\r\n\r\n")
    content = path.read_bytes()
    done = here("forget", "out", *GONE, "--raw", "a.warc")
    assert (done.code, path.read_bytes()) == (74, content)
    assert "too few for what has to stand in its place" in done.err


def test_a_link_stays_a_link(here, raw, tmp_path):
    link = tmp_path / f"link-{raw.name}"
    link.symlink_to(raw)
    assert here("forget", "out", *GONE, "--raw", link.name).code == 0
    assert link.is_symlink()
    assert b"gone.example" not in unpacked(raw)


@pytest.mark.usefixtures("out")
def test_status_finds_the_inputs_behind_a_forget(here):
    here("forget", "out", *GONE)
    assert json.loads(here("status", "out", "--json").out)["next"]["finished"]["shards"] == 3
