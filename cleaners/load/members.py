"""The bytes of a WARC file, decompressed, with the places of its gzip members.

warcio's own gzip reader takes an error for the end of a record, prints it to stderr and may end there without
another word. So warcio is given plain bytes, and errors are raised here.
"""

import zlib
from collections import deque
from typing import BinaryIO

_READ_BYTES = 1 << 16
_HEAD_BYTES = 1 << 10
_MAGIC = b"\x1f\x8b"


class Damage(Exception):
    """The archive cannot be read on. `start`: byte of the file at which the unreadable part begins."""

    def __init__(self, start: int, why: str, sound: bool = False) -> None:
        super().__init__(why)
        self.start = start
        self.sound = sound  # the bytes that were read before it can be trusted


class Members:
    """A file object for warcio: `read` gives decompressed bytes of one member, `tell` counts them all."""

    def __init__(self, file: BinaryIO) -> None:
        self.end = 0  # byte of the file up to which everything was read
        self.allowance: int | None = None  # bytes that may be read before it counts as damage
        self._file = file
        self._pending = file.read(_READ_BYTES)
        self._compressed = self._pending.startswith(_MAGIC)
        self._inflate: zlib._Decompress | None = None
        self._told = 0
        self._starts: deque[tuple[int, int]] = deque()  # members: first byte decompressed, first byte of the file

    def tell(self) -> int:
        """Decompressed bytes read so far."""
        return self._told

    def read(self, size: int) -> bytes:
        """At most `size` decompressed bytes; none at the end. Raises Damage."""
        data = self._inflated(size) if self._compressed else self._plain(size)
        self._told += len(data)
        if self.allowance is not None:
            self.allowance -= len(data)
            if self.allowance < 0:
                start = self.start(self._told)
                raise Damage(start, f"byte {start}: headers of a record that do not end", sound=True)
        return data

    def start(self, position: int) -> int:
        """The byte of the file from which a decompressed position can be reached: its member's first."""
        if not self._compressed:
            return position
        return max((file for told, file in self._starts if told <= position), default=0)

    def record_bytes(self, position: int, length: int | None) -> tuple[int, int | None] | None:
        """Offset and length in the file of the record of these decompressed bytes.

        The length is None until the reading is past the record. None: the record stands behind
        another one in the same gzip member, and has no bytes of its own. Forgets earlier members.
        """
        if not self._compressed:
            return position, length
        while len(self._starts) > 1 and self._starts[1][0] <= position:
            self._starts.popleft()
        if not self._starts or self._starts[0][0] != position:
            return None
        start = self._starts[0][1]
        if len(self._starts) > 1:
            return start, self._starts[1][1] - start
        return start, self.end - start if self._inflate is None else None

    def _plain(self, size: int) -> bytes:
        data, self._pending = self._pending[:size], self._pending[size:]
        data = data or self._file.read(size)
        self.end += len(data)
        return data

    def _inflated(self, size: int) -> bytes:
        while True:
            if self._inflate is None and not self._begin():
                return b""
            data = self._piece(size)
            if data:
                return data

    def _begin(self) -> bool:
        """Starts on the next member. False: the file ends here."""
        if len(self._pending) < len(_MAGIC):
            self._pending += self._file.read(_READ_BYTES)
        if not self._pending:
            return False
        if not self._pending.startswith(_MAGIC):
            raise Damage(self.end, f"no gzip member at byte {self.end}")
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._starts.append((self._told, self.end))
        return True

    def _piece(self, size: int) -> bytes:
        """What the member gives next; empty: it is at its end, or more of the file was read in."""
        inflate, (first, start) = self._inflate, self._starts[-1]
        assert inflate is not None
        if self._told == first:
            size = min(size, _HEAD_BYTES)  # zlib drops what it has when it fails: save the record's headers
        try:
            data = inflate.decompress(self._pending, size)
        except zlib.error as error:
            raise Damage(start, f"gzip member at byte {start}, near byte {self.end}: {error}") from error
        rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        self.end += len(self._pending) - len(rest)
        self._pending = rest
        if inflate.eof:
            self._inflate = None
        elif not data and not rest:
            self._pending = self._file.read(_READ_BYTES)
            if not self._pending:
                why = f"gzip member at byte {start}: the file ends inside it, at byte {self.end}"
                raise Damage(start, why, sound=True)
        return data
