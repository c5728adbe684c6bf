"""Damaged WARC files: what is read behind the damage, and whether anything is given that was not so.

    python -m bench.survival.archives [full|short|minute]

In each trial an archive of 200 pages is damaged at one place, in one of eight ways, and read. Which members are
intact is known from the place. Beside it stands what plain warcio returns from the same files.
"""

import contextlib
import gzip
import hashlib
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from bench.survival.figures import SIZES, Figure
from cleaners.load import Columns, find_inputs, read

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGES = 200
TRIALS = {"full": (1000, 300), "short": (300, 100), "minute": (40, 20)}  # of WARC.gz, of each other kind
_WORDS = "the ferry left its pier in fog as people waited and rowed over slow cold water until noon came"


@dataclass(frozen=True)
class Archive:
    """A file, and where its members are."""

    content: bytes
    members: tuple[tuple[int, int], ...]  # first byte, byte behind the last
    pages: tuple[bytes, ...]  # the HTML of each


@dataclass(frozen=True)
class Edit:
    """A damage: the bytes from `start` to `end` are replaced."""

    start: int
    end: int
    put: bytes
    copied: tuple[int, int] = (0, 0)  # where `put` was taken from, if it is a copy

    def apply(self, content: bytes) -> bytes:
        return content[: self.start] + self.put + content[self.end :]


@dataclass
class Outcome:
    """Pages by what became of them, over all trials."""

    intact: int = 0
    returned: int = 0  # of the intact ones, those that came as often as they stand in the file
    altered: int = 0  # returned, and never written so
    untold: int = 0  # damaged, not returned, and no reject covers their bytes
    warcio_returned: int = 0
    warcio_altered: int = 0


def archive(suffix: str, count: int = PAGES, seed: int = 1) -> Archive:
    """An archive of pages, one member each; `suffix` is .warc, .warc.gz or .warc.zst."""
    rng = random.Random(seed)
    pages = [_page(rng, number) for number in range(count)]
    content, members = b"", []
    for number, page in enumerate(pages):
        start = len(content)
        content += _packed(_record(number, page), suffix)
        members.append((start, len(content)))
    return Archive(content, tuple(members), tuple(pages))


def edits(made: Archive, count: int, seed: int = 2) -> Iterator[tuple[str, Edit]]:
    """So many damages and their kinds, in turns."""
    rng = random.Random(seed)
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        yield kind, KINDS[kind](rng, made)


def trial(path: Path, made: Archive, edit: Edit, outcome: Outcome) -> None:
    """Damages the file, reads it, and adds up what came of it."""
    path.write_bytes(edit.apply(made.content))
    (found,) = find_inputs([str(path)], Columns())
    rows = list(read(found, Columns()))
    given = Counter(row["html"] for row in rows if "problem" not in row)
    stretches = [_stretch(row["problem_detail"]) for row in rows if "problem" in row]
    outcome.altered += sum(count for page, count in given.items() if page not in made.pages)
    texts = _by_warcio(path.read_bytes())
    for page, (start, end) in zip(made.pages, made.members, strict=True):
        copies = int(edit.copied[0] <= start and end <= edit.copied[1])
        if not _touches(edit, start, end):
            outcome.intact += 1 + copies
            outcome.returned += 1 + copies if given[page] == 1 + copies else 0
            outcome.warcio_returned += min(texts[page], 1 + copies)
        elif not given[page] and not _covered(edit, start, end, stretches):
            outcome.untold += 1
    outcome.warcio_altered += sum(count for page, count in texts.items() if page not in made.pages)


def measure(size: str) -> list[Figure]:
    """The figures of random damages; `size` is one of SIZES."""
    most, fewer = TRIALS[size]
    return [_figure(".warc.gz", most), _figure(".warc.zst", fewer), _figure(".warc", fewer)]


def _figure(suffix: str, trials: int) -> Figure:
    made, outcome = archive(suffix), Outcome()
    with tempfile.TemporaryDirectory() as folder:
        for _, edit in edits(made, trials):
            trial(Path(folder, f"damaged{suffix}"), made, edit, outcome)
    reached = (
        f"{outcome.returned:,} of {outcome.intact:,} returned, {outcome.altered} cut short or altered, "
        f"{outcome.untold} lost without a reject"
    )
    if suffix != ".warc.zst":  # which warcio does not read
        reached += f" (plain warcio: {outcome.warcio_returned:,}, and {outcome.warcio_altered:,} altered)"
    return Figure(
        fault=f"{trials:,} random damages to a {PAGES}-record {suffix}",
        asked="every intact member returned, none cut short",
        reached=reached,
        ok=outcome.returned == outcome.intact and not outcome.altered and not outcome.untold,
    )


def _page(rng: random.Random, number: int) -> bytes:
    words = rng.choices(_WORDS.split(), k=rng.randint(20, 900))
    noise = rng.randbytes(rng.randint(0, 600)).hex()
    return f"<html><body><p>Page {number}: {' '.join(words)}</p><!-- {noise} --></body></html>".encode()


def _record(number: int, page: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:example:{number}>\r\n"
        f"WARC-Target-URI: https://river.example/{number}\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n"
        f"WARC-Block-Digest: sha256:{hashlib.sha256(block).hexdigest()}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _packed(record: bytes, suffix: str) -> bytes:
    if suffix == ".warc.gz":
        return gzip.compress(record, mtime=0)
    return zstd.compress(record) if suffix == ".warc.zst" else record


def _place(rng: random.Random, made: Archive, longest: int) -> tuple[int, int]:
    start = rng.randrange(len(made.content))
    return start, min(len(made.content), start + rng.randint(1, longest))


def _flip(rng: random.Random, made: Archive) -> Edit:
    at = rng.randrange(len(made.content))
    return Edit(at, at + 1, bytes([made.content[at] ^ (1 << rng.randrange(8))]))


def _zero(rng: random.Random, made: Archive) -> Edit:
    start, end = _place(rng, made, 5000)
    return Edit(start, end, bytes(end - start))


def _delete(rng: random.Random, made: Archive) -> Edit:
    return Edit(*_place(rng, made, 5000), b"")


def _insert(rng: random.Random, made: Archive) -> Edit:
    at = rng.choice([rng.randrange(len(made.content)), rng.choice(made.members)[0]])
    return Edit(at, at, rng.randbytes(rng.randint(1, 3000)))


def _cut(rng: random.Random, made: Archive) -> Edit:
    return Edit(rng.randrange(len(made.content)), len(made.content), b"")


def _overwrite(rng: random.Random, made: Archive) -> Edit:
    start = rng.choice(made.members)[0]
    length = rng.randint(1, 40)
    return Edit(start, start + length, rng.randbytes(length))


def _swap(rng: random.Random, made: Archive) -> Edit:
    start, end = _place(rng, made, 2000)
    middle = rng.randint(start, end)
    return Edit(start, end, made.content[middle:end] + made.content[start:middle])


def _copy(rng: random.Random, made: Archive) -> Edit:
    start, end = _place(rng, made, 9000)
    at = rng.choice([end, rng.randrange(len(made.content))])
    return Edit(at, at, made.content[start:end], (start, end))


KINDS: dict[str, Callable[[random.Random, Archive], Edit]] = {
    "flip a bit": _flip,
    "zero a run": _zero,
    "delete a run": _delete,
    "insert junk": _insert,
    "cut the end": _cut,
    "overwrite a header": _overwrite,
    "swap bytes": _swap,
    "duplicate a stretch": _copy,
}


def _touches(edit: Edit, start: int, end: int) -> bool:
    """Whether the edit changes a byte of the member, or puts some into it."""
    if edit.start == edit.end:
        return start < edit.start < end
    return edit.start < end and start < edit.end


def _covered(edit: Edit, start: int, end: int, stretches: list[tuple[int, int]]) -> bool:
    """Whether a stretch that was told of holds what is left of the member, or the place where it stood."""
    later = edit.start + len(edit.put) - edit.end
    first, last = min(start, edit.start), max(end + later, edit.start + len(edit.put))
    return any(low <= last and high >= first - 1 for low, high in stretches)


def _stretch(detail: str) -> tuple[int, int]:
    low, _, high = detail.removeprefix("bytes ").partition(":")[0].partition("-")
    return int(low), int(high)


def _by_warcio(content: bytes) -> Counter[bytes]:
    """What warcio's iterator gives before it ends or fails."""
    given: Counter[bytes] = Counter()
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        for record in ArchiveIterator(io.BytesIO(content)):
            if record.rec_type == "response":
                given[record.content_stream().read()] += 1
    return given


def main() -> int:
    size = sys.argv[1] if len(sys.argv) > 1 else "short"
    if size not in SIZES:
        print(f"no such size: {size}; wanted: {', '.join(SIZES)}", file=sys.stderr)
        return 2
    figures = measure(size)
    for figure in figures:
        print(f"{'ok  ' if figure.ok else 'MISS'} {figure.fault}: {figure.reached}")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
