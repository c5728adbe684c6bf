"""Hostile files: other formats under the name of a page, files of rows as a whole, a few archives."""

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
import zlib

import pyarrow as pa

from bench.survival.corpus import TEXT, Hostile, Table, listed, page, whole

HTML = page().encode()
LINE = json.dumps({"text": TEXT}).encode()
NOISE = random.Random(1).randbytes(2_000)
BINARY = "not_html|charset_undecodable|no_text"


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml", (1980, 1, 1, 0, 0, 0)), HTML)
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("../page.html")
        entry.size = len(HTML)
        archive.addfile(entry, io.BytesIO(HTML))
    return file.getvalue()


def _codec(name: str) -> bytes:
    return bytes(pa.compress(HTML, name, asbytes=True))


def _bomb(packed: int = 64) -> bytes:
    """Gzip data that grow a thousandfold."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(squeeze.compress(bytes(1 << 20)) for _ in range(packed)), squeeze.flush()])


OTHER_FORMATS: Table = [
    ("picture for a page", BINARY, whole, [b"\x89PNG\r\n\x1a\n" + NOISE, b"\xff\xd8\xff\xe0" + NOISE,
        b"GIF89a" + NOISE, b"BM" + NOISE, b"\0\0\1\0" + NOISE, b"II*\0" + NOISE]),
    ("document for a page", BINARY, whole, [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + NOISE,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE + bytes(99), _zip()]),
    ("film or sound for a page", BINARY, whole, [b"\0\0\0\x18ftypmp42" + NOISE, b"OggS\0" + NOISE, b"ID3\x03" + NOISE,
        b"RIFF" + NOISE, b"\x1aE\xdf\xa3" + NOISE]),
    ("program for a page", BINARY, whole, [b"\x7fELF\2\1" + NOISE, b"MZ\x90\0" + NOISE, b"\xca\xfe\xba\xbe" + NOISE,
        b"\0asm\1\0\0\0" + NOISE]),
    ("font or database for a page", BINARY, whole, [b"wOF2" + NOISE, b"\0\1\0\0" + NOISE,
        b"SQLite format 3\0" + NOISE]),
    ("packed page under a plain name", BINARY, whole, [gzip.compress(HTML, mtime=0), _codec("zstd"),
        bz2.compress(HTML), lzma.compress(HTML)]),
    ("packed page without a magic number", BINARY + "|record", whole, [_codec("brotli"), zlib.compress(HTML),
        zlib.compress(HTML)[2:-4], _codec("lz4_raw")]),
    ("bomb for a page", "not_html", whole, [_bomb, lambda: gzip.compress(_bomb(), mtime=0)]),
    ("archive for a page", "not_html|record|charset_undecodable", whole, [_tar(), b"Rar!\x1a\x07\1\0" + NOISE,
        b"7z\xbc\xaf\x27\x1c" + NOISE, b"PAR1" + NOISE]),
    ("picture that is a page too", "not_html", whole, [b"GIF89a/*" + HTML, b"\xff\xd8\xff<!--" + HTML,
        b"%PDF-1.4\n" + HTML]),
    ("page that is something else too", "kept|charset_undecodable", whole, [HTML + _zip(), HTML + b"\0" * 5,
        b"\n\n" + HTML + b"%PDF-1.4"]),
    ("page behind other bytes", "kept|not_html|charset_undecodable", whole,
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML, b"\r\n\r\n" + HTML, b"\0\0" + HTML,
        b"5a0\r\n" + HTML + b"\r\n0\r\n"]),
    ("page full of NULs", "kept|not_html", whole, [HTML.replace(b"</p>", b"</p>" + b"\0" * 40),
        b"\0".join(HTML.split(b" "))]),
    ("page of nothing", "empty", whole, [b"", b" ", b"\n\n\t", b"\r"]),
    ("page of nothing but signs", "empty|no_text|record|not_html", whole, [b"\0", b"\xef\xbb\xbf", b"<", b">", b"&",
        b"<>", b"\0" * 900]),
    ("code of a script for a page", "record|no_text", whole, [b"var a = 1 < 2; // <b>" * 40,
        b"body { color: red } p > a {}" * 20, b'{"a": "<p>x</p>"}' * 9]),
    ("message for a page", "record|kept", whole,
        [b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + HTML]),
]  # fmt: skip

FILES = [
    ("rows with a mark, without a last line end", ".jsonl", ("kept", "kept"), b"\xef\xbb\xbf" + LINE + b"\n" + LINE),
    ("rows with line ends of Windows, and blank lines", ".ndjson", ("kept", "kept"),
        LINE + b"\r\n\r\n \n\t\n" + LINE + b"\r\n"),
    ("rows that end in line ends of old Macs", ".jsonl", ("kept|row_invalid",), LINE + b"\r" + LINE + b"\r"),
    ("rows of nothing but nonsense", ".jsonl", ("row_invalid",) * 3, b"\xff\xfe\n{\n\0\0\0\n"),
    ("rows of which the first is nonsense", ".jsonl", ("row_invalid", "kept"), b"nonsense\n" + LINE + b"\n"),
    ("rows packed twice under one suffix", ".jsonl.gz", ("kept", "kept"), gzip.compress(LINE + b"\n", mtime=0) * 2),
    ("rows packed, and cut", ".jsonl.gz", ("archive_damaged|kept",), gzip.compress(LINE * 2, mtime=0)[:-30]),
    ("rows not packed under the name of packed ones", ".jsonl.gz", ("archive_damaged",), LINE + b"\n"),
    ("rows packed, with other bytes behind", ".jsonl.gz", ("kept", "archive_damaged|row_invalid"),
        gzip.compress(LINE + b"\n", mtime=0) + b"junk"),
    ("rows packed by zstandard, and cut", ".jsonl.zst", ("archive_damaged|kept|row_invalid",), pa.compress(LINE * 2,
        "zstd", asbytes=True)[:-30]),
    ("bomb in place of rows", ".jsonl.gz", ("too_large",), _bomb(80)),
]  # fmt: skip
UNUSABLE = [
    ("one JSON document for rows", ".json", (2,), b"[" + LINE + b"," + LINE + b"]"),
    ("one JSON object over many lines", ".json", (2,), json.dumps({"text": TEXT}, indent=1).encode()),
    ("rows without a usable column", ".jsonl", (2,), b'{"body": "x"}\n'),
    ("rows of no bytes", ".jsonl", (65,), b""),
    ("rows of nothing but blank lines", ".jsonl", (65,), b"\n \n\t\n"),
]  # fmt: skip


def _record(number: int, http: bytes, kind: str = "response", length: int | None = None, more: str = "") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
        f"WARC-Target-URI: https://alder.example/{number}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n{more}"
        f"Content-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http) if length is None else length}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def _http(body: bytes = HTML, status: str = "200 OK", head: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{head}\r\n".encode() + body


GOOD = _record(1, _http())
ARCHIVES = [
    ("archive, status that is no number", ("kept", "kept|record"), GOOD + _record(2, _http(status="OK"))),
    ("archive, header of a megabyte", ("kept", "kept"), GOOD + _record(2, _http(head=f"X-A: {'a' * 60_000}\r\n"))),
    ("archive, encoding the server lied about", ("kept", "kept"), GOOD + _record(2,
        _http(head="Content-Encoding: gzip\r\n"))),
    ("archive, encoding nobody knows", ("kept", "kept"), GOOD + _record(2,
        _http(head="Content-Encoding: x-nosuch\r\nTransfer-Encoding: \r\n"))),
    ("archive, bomb as a body", ("kept", "too_large"), GOOD + _record(2, _http(_bomb(),
        head="Content-Encoding: gzip\r\n"))),
    ("archive, body that breaks off", ("kept", "record_truncated"), GOOD + _record(2, _http(gzip.compress(HTML,
        mtime=0)[:-200], head="Content-Encoding: gzip\r\n"))),
    ("archive, charset nobody knows", ("kept", "kept"), GOOD + _record(2, _http().replace(b"text/html",
        b"text/html; charset=rot13"))),
    ("archive, address and date without sense", ("kept", "kept"), GOOD + _record(2,
        _http()).replace(b"https://alder.example/2", b"http://[\x01").replace(b"2026-01-02T", b"9999-99-99T")),
]  # fmt: skip


def inputs() -> list[Hostile]:
    rows = [Hostile(name, name, content, ends, suffix) for name, suffix, ends, content in FILES]
    unusable = [Hostile(name, name, content, (), suffix, codes) for name, suffix, codes, content in UNUSABLE]
    archives = [Hostile(name, name, content, ends, ".warc") for name, ends, content in ARCHIVES]
    return [*listed(OTHER_FORMATS), *rows, *unusable, *archives]
