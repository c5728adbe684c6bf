"""The manifest: one line a shard, with the digests of its files. A cache of what stands in the folder.

A line is added behind each commit; the end of a run puts them in order. Where a line is missing, as after a kill
between the two, the shard is read and checked, and its line made again.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cleaners import shards, storage
from cleaners.shards import Footer


@dataclass(frozen=True, slots=True)
class Line:
    """One shard, as it was committed."""

    shard: str
    source: str
    content_digest: str
    config_hash: str
    account: dict[str, Any]  # pages, records, rejects, ...
    records_sha256: str
    rejects_sha256: str

    def is_of(self, footer: Footer) -> bool:
        """Whether the shard was not written again since."""
        now = footer.content_digest, footer.config_hash, footer.rejects_sha256, footer.account.as_dict()
        return (self.content_digest, self.config_hash, self.rejects_sha256, self.account) == now


def line(footer: Footer, records_sha256: str) -> Line:
    return Line(
        shard=footer.shard,
        source=footer.source,
        content_digest=footer.content_digest,
        config_hash=footer.config_hash,
        account=footer.account.as_dict(),
        records_sha256=records_sha256,
        rejects_sha256=footer.rejects_sha256 or "",
    )


def path_of(folder: Path) -> Path:
    return folder / "_run" / "manifest.jsonl"


def load(folder: Path) -> dict[str, Line]:
    """The last line of each shard. What is no line, as the end of a cut file, is passed over."""
    lines: dict[str, Line] = {}
    with contextlib.suppress(FileNotFoundError):
        for content in path_of(folder).read_bytes().splitlines():
            with contextlib.suppress(ValueError, TypeError):
                found = Line(**json.loads(content))
                lines[found.shard] = found
    return lines


def add(folder: Path, new: Line) -> None:
    """Raises StorageError."""
    with storage.told(path_of(folder)), alone(folder):
        storage.append(path_of(folder), _as_bytes([new]))


def arrange(folder: Path) -> None:
    """Each shard that is there, once, in order. Raises OSError."""
    with alone(folder):
        lines = [found for shard, found in sorted(load(folder).items()) if shards.paths(folder, shard)[0].exists()]
        content = _as_bytes(lines)
        if not path_of(folder).exists() or path_of(folder).read_bytes() != content:
            storage.replace(path_of(folder), content)


def _as_bytes(lines: Iterable[Line]) -> bytes:
    return b"".join(b"%s\n" % json.dumps(asdict(each), ensure_ascii=False).encode() for each in lines)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the files in `_run`, which the parts of a dataset share."""
    run = os.open(folder / "_run", os.O_RDONLY)
    try:
        fcntl.flock(run, fcntl.LOCK_EX)
        yield
    finally:
        os.close(run)
