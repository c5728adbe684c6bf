"""Which raw files `winnow forget --raw` names, under the labels that the dataset knows them by."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cleaners import lastrun, storage
from cleaners.errors import UsageError
from cleaners.load import Input
from cleaners.load.names import format_of

_FORMATS = ("warc", "wet")


def raw_files(folder: Path, given: Sequence[str]) -> list[Input]:
    """WARC files, and those in folders, hidden ones too. `folder`: the dataset.

    Raises UsageError for what is missing, is no WARC file, or is packed in a way in which no record can be replaced.
    """
    known = dict(lastrun.labels(folder))
    found: dict[str, Input] = {}
    for argument in given:
        for path, label in _expanded(argument):
            real = os.path.realpath(path)
            found[real] = Input(path, known.get(real, label), path.stat().st_size, format_of(path.name) or "")
    for entry in found.values():
        if entry.path and entry.path.name.lower().endswith(".zst"):
            raise UsageError(
                f"{entry.path}: records in zstd cannot be replaced one by one; nothing was changed",
                "unpack it, or pack it with gzip, and clean it anew",
            )
    return list(found.values())


def _expanded(argument: str) -> Iterator[tuple[Path, str]]:
    path = Path(argument)
    if path.is_file():
        if format_of(path.name) not in _FORMATS:
            raise UsageError(f"--raw {argument} is no WARC file", "name .warc or .warc.gz files, or folders of them")
        yield path, path.name
        return
    if not path.is_dir():
        raise UsageError(f"no such file or folder: --raw {argument}", "check the path")
    folder = Path(os.path.abspath(path))  # noqa: PTH100 - a link keeps the name it was given by
    files = sorted(file for file in folder.rglob("*") if file.is_file() and format_of(file.name) in _FORMATS)
    for file in files:
        if not file.name.startswith(storage.TEMPORARY):
            yield file, f"{folder.name}/{file.relative_to(folder)}"
