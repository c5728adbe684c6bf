"""One rule file as it is read, and the errors that name a place in it."""

import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaners.errors import UsageError
from cleaners.rules.places import fault, places

_LARGEST = 200_000  # bytes; each of ours has a fraction of that
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TWICE = "Cannot "  # how tomllib begins to say that a table or a key is there already


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A well-formed TOML file. What its tables hold is not checked yet."""

    path: Path
    text: str
    tables: dict[str, Any]

    def error(self, what: str, next_step: str, *at: str | int) -> UsageError:
        """An error in a table, a field or an item of a list, with its line."""
        table = f" [{at[0]}]:" if at else ""
        return UsageError(f"{self.path}:{self.line(*at)}:{table} {what}", next_step)

    def line(self, *at: str | int) -> int:
        known = places(self.text)
        return next((known[at[:end]] for end in range(len(at), 0, -1) if at[:end] in known), 1)


def read(path: Path) -> RuleFile:
    """Raises UsageError for what is no TOML file of a reasonable size."""
    content = _bytes(path)
    if len(content) > _LARGEST:
        raise UsageError(f"{path}: rule file is larger than {_LARGEST:,} bytes", "split it")
    if content.startswith(_BYTE_ORDER_MARK):
        raise UsageError(f"{path}:1: begins with a byte order mark", "save it as UTF-8 without one")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}:{line}: not UTF-8: byte 0x{content[error.start]:02x}", "save the file as UTF-8"
        ) from None
    text = text.replace("\r\n", "\n")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{path}: not a TOML file: lists are nested too deeply", "take the brackets out") from None
    except tomllib.TOMLDecodeError as error:
        what, line = fault(error, text)
        next_step = "rename one of the two" if what.startswith(_TWICE) else "mend this line, or the one above"
        raise UsageError(f"{path}:{line}: not a TOML file: {what}", next_step) from None
    if not tables:
        raise UsageError(f"{path}:1: holds no rule", "write one; docs/rules.md shows how")
    return RuleFile(path, text, tables)


def _bytes(path: Path) -> bytes:
    try:
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                return file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: rule file cannot be read: {error.strerror}", "check the path") from None
    raise UsageError(f"{path}: rule file cannot be read: not a file", "name a TOML file")
