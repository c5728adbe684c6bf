"""Every change on disk under the output folder is one of these steps. Files appear whole or not at all.

The steps stand alone so that a test can stop or fail the process before and after each of them.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cleaners.errors import StorageError

TEMPORARY = "_tmp-"  # in front: neither pyarrow nor a glob of *.parquet takes such a file for data
STEPS = ("make_folder", "write", "append", "extend", "stamp", "sync", "rename", "sync_folder", "remove")


def replace(path: Path, content: bytes) -> None:
    """The file with this content, whole or as it was before, also behind a crash. Raises OSError.

    It is read again before it takes its name: a device that loses bytes is found before the commit.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{os.getpid()}")
    try:
        write(temporary, content)
        sync(temporary)
        if temporary.read_bytes() != content:
            raise OSError(f"{temporary} does not hold what was written to it")
        rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def append(path: Path, content: bytes) -> None:
    """Adds a line. Behind one that was cut off it begins anew, so that no line takes another with it."""
    with path.open("ab+") as file:
        if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
            content = b"\n" + content
        file.write(content)


def extend(path: Path, size: int, content: bytes) -> None:
    """The content behind the file's first `size` bytes. What a cut-off attempt left there goes."""
    with path.open("ab") as file:
        file.truncate(min(size, file.tell()))
        file.write(content)


def stamp(file: int, content: bytes) -> None:
    """New content for an open file that is a lock, and therefore cannot be replaced."""
    os.ftruncate(file, 0)
    os.pwrite(file, content, 0)


def sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def rename(path: Path, target: Path) -> None:
    path.replace(target)


def sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the device says (OSError) into StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write {path}: {os.strerror(error.errno) if error.errno else error}",
            "make room or mend the device, then run the same command again: finished shards are skipped",
        ) from None
