"""What stands in an output folder, and whether it is what it should be."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True)
class Difference:
    """Of a folder from the one that it should be: names of files, and numbers of pages."""

    names: tuple[str, ...] = ()
    lost: int = 0
    doubled: int = 0

    def __str__(self) -> str:
        more = f" and {len(self.names) - 2} more" if len(self.names) > 2 else ""
        pages = f", {self.lost} pages lost, {self.doubled} doubled" if self.lost or self.doubled else ""
        return f"differs in {', '.join(self.names[:2])}{more}{pages}" if self.names else "the same"


@dataclass
class Reader:
    """Reads visible files, each content once. Those of the folder that is aimed at may be known from the start."""

    sound: set[bytes] = field(default_factory=set)

    def unreadable(self, out: Path) -> list[str]:
        """Visible files that do not read to their end with all checksums of their pages."""
        found = []
        for path in sorted(out.glob("*/part-*.parquet")):
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # a refresh removes what is gone
                continue
            digest = sha256(content).digest()
            if digest in self.sound:
                continue
            if _reads(content):
                self.sound.add(digest)
            else:
                found.append(f"{path.parent.name}/{path.name}")
        return found


def _reads(content: bytes) -> bool:
    try:
        with pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True) as file:
            file.read(use_threads=False)
    except (OSError, pa.ArrowException):
        return False
    return True


def files(out: Path) -> dict[str, bytes]:
    """All files but the locks, by their path in the folder."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith("lock")
    }


def difference(out: Path, whole: dict[str, bytes]) -> Difference:
    """Of a finished folder from the `files` of the one that was made without a fault."""
    found = files(out)
    names = tuple(sorted(name for name in {*found, *whole} if found.get(name) != whole.get(name)))
    if not names:
        return Difference()
    ids, wanted = pages(found), pages(whole)
    return Difference(names, (wanted - ids).total(), sum(count - 1 for count in ids.values() if count > 1))


def pages(content: dict[str, bytes]) -> Counter[str]:
    """How often each page's id stands in records and rejects that can be read."""
    ids: Counter[str] = Counter()
    for name, file in content.items():
        if "/part-" in name and _reads(file):
            ids.update(pq.read_table(pa.BufferReader(file), columns=["id"])["id"].to_pylist())
    return ids


def states(out: Path) -> dict[str, tuple[int, int]]:
    """Time of change and inode of each visible file: what was not written again keeps both."""
    return {f"{p.parent.name}/{p.name}": (p.stat().st_mtime_ns, p.stat().st_ino) for p in out.glob("re*/part-*")}
