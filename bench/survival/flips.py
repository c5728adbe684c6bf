"""Single bits flipped in a finished dataset: what is read as good data, and whether `verify` names the file.

python -m bench.survival.flips full
"""

import contextlib
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.survival.figures import SIZES, Figure
from cleaners import shards, tombstones
from cleaners.schema import RECORDS, REJECTS
from cleaners.verify import Verified, verify

_FLIPS = dict(zip(SIZES, (600, 200, 30), strict=True))
#: What a run or a reader takes for true. The lock only says who holds it.
_PLACES = ("records/*", "rejects/*", "_run/*.json*")
_SHARDS, _PAGES = 5, 12


@dataclass
class Flips:
    """What became of them."""

    count: int = 0
    read: Counter[str] = field(default_factory=Counter)  # as good data that it is not, by reader
    unnamed: list[str] = field(default_factory=list)  # file and bit


def measure(size: str) -> list[Figure]:
    """`size`: full, short or minute: 600, 200 or 30 flips."""
    with tempfile.TemporaryDirectory() as folder:
        out = dataset(Path(folder))
        flips = Flips()
        for path, bit in places(out, _FLIPS[size]):
            flip(out, path, bit, flips)
    asked = f"0 of {flips.count}"
    figures = [
        Figure(f"bit flips read as good data: {name}", asked, str(flips.read[name]), not flips.read[name])
        for name in ("shards.read", "tombstones")
    ]
    figures += [
        Figure(f"beside them: by {name}", "no demand", str(flips.read[name]), True)
        for name in ("pyarrow with page checksums, of which a footer has none", "pyarrow as it is")
    ]
    named = Figure("bit flips in a file that verify does not name", asked, str(len(flips.unnamed)), not flips.unnamed)
    return [*figures, named]


def dataset(folder: Path) -> Path:
    """A small dataset, the same each time, made by the command: records, rejects, and a page that was forgotten."""
    (folder / "in").mkdir()
    for number in range(_SHARDS):
        rows = [json.dumps(story(number * _PAGES + k)) for k in range(_PAGES)]
        (folder / "in" / f"{number}.jsonl").write_text("\n".join(rows) + "\n")
    winnow(folder, "clean", "in", "-o", "out")
    winnow(folder, "forget", "out", "--host", "gone.example", "--url", "https://kept.example/7")
    return folder / "out"


def story(number: int) -> dict[str, Any]:
    """A page as a row of JSON lines; each tenth is a reject, one in thirteen is on gone.example."""
    draw = random.Random(number)
    words = ["harbour", "wall", "council", "budget", "ferry", "autumn", "timber", "engine", "market", "letter"]
    sentences = [
        f"In year {number} the {draw.choice(words)} and the {draw.choice(words)} were paid for by the {word} fund."
        for word in draw.sample(words, 6)
    ]
    host = "gone.example" if number % 13 == 5 else "kept.example"
    text = "\n".join([*sentences, "Leave a Reply"]) if number % 10 else " "
    return {"id": f"story {number}", "url": f"https://{host}/{number}", "title": f"Year {number}", "text": text}


def winnow(folder: Path, *arguments: str) -> str:
    """Runs the command in a folder; its standard output."""
    command = [sys.executable, "-m", "cleaners", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def places(out: Path, count: int) -> Iterator[tuple[Path, int]]:
    """Files and bits in them: a third in each folder, each file and bit as likely as the next."""
    draw = random.Random(600)
    files = [sorted(out.glob(place)) for place in _PLACES]
    for number in range(count):
        path = draw.choice(files[number % len(files)])
        yield path, draw.randrange(path.stat().st_size * 8)


def flip(out: Path, path: Path, bit: int, flips: Flips) -> None:
    """Flips a bit, reads, verifies, and flips it back."""
    readers = _readers(path)
    whole, good = path.read_bytes(), {name: reader(path) for name, reader in readers.items()}
    content = bytearray(whole)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    flips.count += 1
    try:
        for name, reader in readers.items():
            with contextlib.suppress(Exception):  # it was noticed, in one way or another
                flips.read[name] += not reader(path).equals(good[name])
        file = str(path.relative_to(out))
        if not any(finding.file == file and not finding.is_note for finding in verify(out, Verified())):
            flips.unnamed.append(f"{file} bit {bit}")
    finally:
        path.write_bytes(whole)


def _readers(path: Path) -> dict[str, Callable[[Path], Any]]:
    if path.name == tombstones.FILE:
        return {"tombstones": lambda file: _Same(tombstones.load(file.parent.parent))}
    if path.suffix != ".parquet":
        return {}
    return {
        "shards.read": lambda file: _cast(shards.read(file)[0], file),
        "pyarrow with page checksums, of which a footer has none": lambda file: _rows(file, checked=True),
        "pyarrow as it is": lambda file: _rows(file, checked=False),
    }


def _rows(path: Path, *, checked: bool) -> pa.Table:
    with pq.ParquetFile(path, page_checksum_verification=checked) as file:
        return _cast(file.read(), path)


def _cast(rows: pa.Table, path: Path) -> pa.Table:
    """To the columns that a reader counts on. One that is gone is noticed, and so are values of another type."""
    return rows.cast(RECORDS if path.parent.name == "records" else REJECTS)


@dataclass(frozen=True)
class _Same:
    """Equal values, asked as tables are."""

    value: Any

    def equals(self, other: "_Same") -> bool:
        return bool(self.value == other.value)


if __name__ == "__main__":
    figures = measure(sys.argv[1] if len(sys.argv) > 1 else SIZES[-1])
    for figure in figures:
        print(f"{'ok  ' if figure.ok else 'MISS'}  {figure.fault}: {figure.reached} (asked: {figure.asked})")
    sys.exit(not all(figure.ok for figure in figures))
