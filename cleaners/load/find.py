"""From command-line arguments to inputs: files, folders, patterns, standard input. All checked beforehand."""

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from cleaners.crawls import FRONTIER, REJECTS
from cleaners.errors import UsageError
from cleaners.load import jsonl, parquet
from cleaners.load.names import WANTED, format_of, hidden, shown
from cleaners.load.rows import Columns, Input


def find_inputs(arguments: Sequence[str], columns: Columns, input_name: str | None = None) -> list[Input]:
    """The inputs that the arguments name, in the arguments' order; within a folder in code point order.

    An argument is a file, a folder, a glob pattern, or `-` for JSON lines on standard input, which
    `input_name` labels. Raises UsageError for what is missing, unreadable, of unknown type, given
    twice, without a usable column, or not told apart by its label.
    """
    inputs = [found for argument in arguments for found in _expand(argument, input_name)]
    _refuse_doubles(inputs)
    for found in inputs:
        if found.format == "jsonl":
            jsonl.check(found, columns)
        elif found.format == "parquet":
            parquet.check(found, columns)
    return inputs


def _expand(argument: str, input_name: str | None) -> list[Input]:
    if argument == "-":
        return [Input(None, input_name or "-", 0, "jsonl")]
    path = Path(argument)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if glob.has_magic(argument):
            return _pattern(argument)
        raise UsageError(
            f"no such input: {argument}",
            "check the path; wanted: a file, a folder, a pattern in quotes, or - for standard input",
        ) from None
    except PermissionError:
        raise _unreadable(path) from None
    except OSError as error:
        raise UsageError(f"{argument}: {error.strerror}", "check the path") from None
    if stat.S_ISDIR(mode):
        return _folder(argument)
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"{argument}: not a regular file but a {_kind(mode)}",
            "give a file or a folder; a stream of JSON lines goes to standard input: -",
        )
    if format_of(path.name) is None:
        raise UsageError(f"{argument}: unknown file type", WANTED)
    return [_input(path, path.name)]


def _pattern(pattern: str) -> list[Input]:
    """The files that match. As in a folder, what is no input is passed over."""
    # Path.glob takes no absolute patterns
    matches = sorted(Path(match) for match in glob.iglob(pattern, recursive=True))  # noqa: PTH207
    passed: Counter[str] = Counter()
    paths = [path for path in matches if _usable(path, passed)]
    if not paths:
        raise UsageError(f"no input matches the pattern {pattern}; found: {_counts(passed)}", WANTED)
    return [_input(path, path.name) for path in paths]


def _folder(argument: str) -> list[Input]:
    folder = Path(os.path.abspath(argument))  # noqa: PTH100 - a link keeps the name it was given by
    passed: Counter[str] = Counter()
    paths = sorted((path for path in _walk(folder) if _usable(path, passed)), key=lambda path: path.parts)
    if not paths:
        raise UsageError(f"{argument}: no input in this folder; found: {_counts(passed)}", WANTED)
    return [_input(path, "/".join((folder.name, *path.relative_to(folder).parts))) for path in paths]


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise _unreadable(Path(error.filename))

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not hidden(name)]
        yield from (Path(where, name) for name in names)


def _usable(path: Path, passed: Counter[str]) -> bool:
    """Whether a file met on the way is an input; if not, `passed` counts what it is."""
    mode = path.lstat().st_mode
    if path.name == REJECTS and path.with_name(FRONTIER).exists():
        passed["list of what a crawl could not fetch"] += 1
        return False
    if stat.S_ISREG(mode) and not hidden(path.name) and format_of(path.name):
        return True
    if not stat.S_ISREG(mode):
        passed[_kind(mode)] += 1
    elif hidden(path.name):
        passed["name with . or _ in front"] += 1
    else:
        passed[path.suffix or "file without a suffix"] += 1
    return False


def _input(path: Path, label: str) -> Input:
    if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        raise _unreadable(path)
    # Names of files are bytes; a column of Parquet takes nothing but UTF-8.
    return Input(path, shown(os.fsencode(label)), path.stat().st_size, format_of(path.name) or "")


def _refuse_doubles(inputs: Sequence[Input]) -> None:
    by_label: dict[str, Input] = {}
    by_path: dict[str, Input] = {}
    for found in inputs:
        real = os.path.realpath(found.path) if found.path else "-"
        if real in by_path:
            raise UsageError(
                f"the same input is given twice: {_named(by_path[real])} and {_named(found)}", "give it once"
            )
        if found.label in by_label:
            raise UsageError(
                f"two inputs have the same name {found.label}: {_named(by_label[found.label])} and {_named(found)}",
                "give their parent folder instead: names of files in a folder hold their path",
            )
        by_path[real] = by_label[found.label] = found


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "folder", stat.S_IFLNK: "symbolic link", stat.S_IFIFO: "named pipe"}
    return kinds.get(stat.S_IFMT(mode), "device or socket")


def _counts(passed: Counter[str]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in sorted(passed.items())) or "nothing"


def _named(found: Input) -> str:
    return str(found.path) if found.path else "standard input"


def _unreadable(path: Path) -> UsageError:
    return UsageError(f"{path}: no permission to read it", "change its permissions, or run as a user who may read it")
