"""Inputs for the bench: invented pages in every format, the same each time."""

import base64
import gzip
import io
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PEOPLE = ("The harbour master", "A teacher from Alder", "The mayor", "Ruth Venn", "The engineer", "An old ferryman")
DEEDS = ("told the council", "wrote in a letter", "said on Sunday", "had hoped", "promised the children", "doubted")
THINGS = ("the new bridge", "the winter ferry", "the long pier", "the school boat", "the lighthouse", "the mill")
ENDS = ("would be ready by spring.", "costs less than a road.", "needs another coat of paint.", "was worth the wait.")
LEFTOVERS = ("Leave a Reply", "- Advertisement -", "Share on Facebook", "Read also: The pier at Alder")
_EMPTY_EVERY = 9  # pages: these become rejects


@dataclass(frozen=True)
class Mixture:
    """How many files, and pages in each, of one input folder."""

    jsonl: int = 12
    rows: int = 8  # in each JSON lines file; every fifth row is HTML
    warc: int = 6  # records
    html: int = 6  # files of one page
    chance: int = 0  # bytes of chance in each text page, which no compression shrinks


def sentences(number: int, count: int = 4) -> list[str]:
    moments = random.Random(number)
    chosen = [[moments.choice(words) for words in (PEOPLE, DEEDS, THINGS, ENDS)] for _ in range(count)]
    return [f"{who} {did} that {what} {end} ({number})" for who, did, what, end in chosen]


def text(number: int, chance: int = 0) -> str:
    if number % _EMPTY_EVERY == _EMPTY_EVERY - 1:
        return " "
    moments = random.Random(number)
    drawn = base64.b85encode(moments.randbytes(chance)).decode()
    noted = [f"The catalogue lists {drawn[at : at + 2_000]}" for at in range(0, len(drawn), 2_000)]
    return "\n".join([*sentences(number), *noted, moments.choice(LEFTOVERS)])


def html(number: int) -> str:
    title = f"Notes from the river, {number}"
    body = "".join(f"<p>{line}</p>" for line in text(number).split("\n"))
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def row(number: int, chance: int = 0, *, as_html: bool = False) -> dict[str, str]:
    content = {"html": html(number)} if as_html else {"text": text(number, chance)}
    return {"id": f"page {number}", "url": f"https://river.example/{number}", **content}


def jsonl(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
    return path


def warc(path: Path, numbers: Iterable[int]) -> Path:
    """A .warc.gz of responses."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in numbers:
            headers = {
                "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
                "WARC-Date": f"2026-03-01T12:00:{number % 60:02}Z",
            }
            answer = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    f"https://pier.example/{number}",
                    "response",
                    payload=io.BytesIO(html(number).encode()),
                    http_headers=answer,
                    warc_headers_dict=headers,
                )
            )
    return path


def mixed(folder: Path, mixture: Mixture) -> Path:
    """A folder of JSON lines (one packed), a WARC and a folder of single pages: about a shard for each file."""
    number = 0
    for index in range(mixture.jsonl):
        rows = [row(number + k, mixture.chance, as_html=k % 5 == 4) for k in range(mixture.rows)]
        jsonl(folder / f"rows-{index:03}.jsonl", rows)
        number += mixture.rows
    packed = json.dumps(row(number)).encode() + b"\n"
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(packed, mtime=0))
    if mixture.warc:
        warc(folder / "river.warc.gz", range(1, mixture.warc + 1))
    for index in range(mixture.html):
        path = folder / "single" / f"{index:03}.{'txt' if index % 3 == 2 else 'html'}"
        path.parent.mkdir(exist_ok=True)
        content = text(number + 10 + index) if path.suffix == ".txt" else html(number + 10 + index)
        path.write_text(content, encoding="utf-8")
    return folder
