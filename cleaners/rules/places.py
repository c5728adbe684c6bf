"""Where things stand in a TOML file: tomllib tells no lines, and a message should."""

import re
import tomllib

Way = tuple[str | int, ...]  # a table's name, a field, a place in its list: as far as it goes
Places = dict[Way, int]  # number of the line

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_FAULT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def places(source: str) -> Places:
    """Lines of all tables, fields and list items of a file that tomllib has read.

    >>> places('[read-also]  # mine\\nlines = [\\n  "a",\\n  "b",\\n]')
    {('read-also',): 1, ('read-also', 'lines'): 2, ('read-also', 'lines', 0): 3, ('read-also', 'lines', 1): 4}
    """
    return _Reader(source).read()


def fault(error: tomllib.TOMLDecodeError, source: str) -> tuple[str, int]:
    """What tomllib says without its place, and the number of the line."""
    found = _FAULT.search(str(error))
    line = int(found[1]) if found and found[1] else source.rstrip().count("\n") + 1
    return _FAULT.sub("", str(error)), line


class _Reader:
    """Reads a well-formed file from the beginning to the end; `at` is where it stands."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self._line, self._counted = 1, 0
        self.found: Places = {}

    def read(self) -> Places:
        table: Way = ()
        while self._skip():
            if self.source.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _skip(self) -> str:
        """Pass white space and comments; the character behind them."""
        self.at = _BLANK.match(self.source, self.at).end()  # type: ignore[union-attr]  # matches nothing too
        return self.source[self.at : self.at + 1]

    def _here(self) -> int:
        self._line += self.source.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _note(self, path: Way, known: int, line: int) -> None:
        """A line for a path and for those above it that are not known yet."""
        for end in range(known + 1, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def _take(self, token: re.Pattern[str]) -> str:
        match = token.match(self.source, self.at)
        if match is None:
            raise ValueError(f"not TOML at character {self.at}")
        self.at = match.end()
        return match[0]

    def _key(self) -> tuple[str, ...]:
        """A key with its dots, and what stands behind it: an equals sign or the end of a header."""
        parts = []
        while True:
            if self._skip() in "\"'":
                parts.append(str(tomllib.loads(f"key = {self._take(_STRING)}")["key"]))
            else:
                parts.append(self._take(_BARE_KEY))
            end = self._skip()
            self.at += 1
            if end != ".":
                return tuple(parts)

    def _header(self) -> Way:
        line = self._here()
        brackets = 2 if self.source.startswith("[[", self.at) else 1
        self.at += brackets
        path = self._key()
        self.at += brackets - 1
        self._note(path, 0, line)
        return path

    def _pair(self, table: Way) -> None:
        line = self._here()
        path = (*table, *self._key())
        self._note(path, len(table), line)
        self._value(path)

    def _value(self, path: Way) -> None:
        opening = self._skip()
        if opening in "\"'":
            self._take(_STRING)
        elif opening not in "[{":
            self._take(_SCALAR)
        else:
            self.at += 1
            item = 0
            while self._skip() not in "]}":
                if opening == "{":
                    self._pair(path)
                else:
                    self._note((*path, item), len(path), self._here())
                    self._value((*path, item))
                item += 1
                if self._skip() == ",":
                    self.at += 1
            self.at += 1
