"""Lines and bytes of WARC records, over the borders of members, and the way back behind damage."""

import re
from typing import BinaryIO

from cleaners.load.members import Damage, Members
from cleaners.load.resync import next_record
from cleaners.load.rows import quoted

HEADER_BYTES = 1 << 20
MAGIC = b"WARC/"

_PIECE_BYTES = 1 << 16
_AGAIN_BYTES = 64 << 20  # and twice the file: what may be read a second time, or a hostile file takes for ever
_BLANK = re.compile(rb"[\r\n]*")


class Reader:
    """The unpacked bytes of a WARC file. `start`: the byte of the file from which its record is reached."""

    def __init__(self, file: BinaryIO, members: Members) -> None:
        self.start = 0
        self.own = False  # the record begins where its member does
        self.members = members
        self._file = file
        self._plain = members.codec is None
        self._buffer, self._at = b"", 0
        self._before = 0  # unpacked bytes before the buffer
        self._border = -1  # where the member begins in them
        self._again = _AGAIN_BYTES + 2 * members.size

    def tell(self) -> int:
        """Unpacked bytes before this one, as far as they could be read; in a plain file its bytes."""
        return self._before + self._at

    def expect(self, size: int) -> None:
        """Raises Damage where a plain file does not have so many bytes left: it need not be read to know."""
        if self._plain and self.tell() + size > self.members.size:
            raise Damage("the file ends inside the record", cut=True)

    def begin(self) -> bool:
        """Goes to the first byte of the next record. False: the file ends. Raises Damage."""
        self.start = self._place()
        while not self._behind_blanks():
            self.start = self.members.end
            if not self._next_member():
                return False
            self.start = self._place()
        if self._plain:
            self.start = self.tell()
        self.own = self._plain or self.tell() == self._border
        if self.peek(len(MAGIC)) == MAGIC:
            return True
        line = self._buffer[self._at : self._at + 80].partition(b"\n")[0]
        raise Damage(f"no WARC record but {quoted(line.decode('utf-8', 'replace').strip(), 80)}")

    def peek(self, size: int) -> bytes:
        """The next bytes of the member; fewer where it ends. Raises Damage."""
        while len(self._buffer) - self._at < size and (more := self.members.read(_PIECE_BYTES)):
            self._before += self._at
            self._buffer, self._at = self._buffer[self._at :] + more, 0
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """At least one byte of a record, and at most `size`. Raises Damage."""
        self._more()
        piece = self._buffer[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def line(self, size: int) -> bytes:
        """A line of a record with its end, or the first `size` bytes of one. Raises Damage."""
        if end := self._buffer.find(b"\n", self._at, self._at + size) + 1:
            start, self._at = self._at, end
            return self._buffer[start:end]
        line = b""
        while len(line) < size and not line.endswith(b"\n"):
            self._more()
            end = self._buffer.find(b"\n", self._at) + 1 or len(self._buffer)
            line += self.take(min(end - self._at, size - len(line)))
        return line

    def finish(self) -> tuple[bytes, bytes]:
        """Goes on behind the empty lines under a record: its first four of them, and what comes then in its member.

        None of the latter means that the member ended, and that its checksum was right. Raises Damage.
        """
        gap = self.peek(4)
        self._behind_blanks()
        return _BLANK.match(gap)[0], self.peek(len(MAGIC))  # type: ignore[index] # it matches anywhere

    def resync(self, damage: Damage) -> int:
        """Goes to where reading can go on: that byte of the file. Each byte is read again a few times at most."""
        if not damage.here:
            self._go_to(self.members.end if self.members.drained() else self._scanned())
        return max(self._place(), self.start + 1)

    def _scanned(self) -> int:
        place = max(self.start, self.members.start if self.members.start > self.start else 0) + 1
        self._again -= max(0, self.members.end - place)
        if self._again < 0:
            place = max(place, self.members.end)
        found = next_record(self._file, place, self.members.codec)
        return self.members.size if found is None else found

    def _go_to(self, place: int) -> None:
        self._before = place if self._plain else self._before + len(self._buffer)
        self._buffer, self._at = b"", 0
        self.members.go_to(place)

    def _place(self) -> int:
        """The byte of the file where the reading stands, as near as members tell."""
        if self._plain:
            return self.tell()
        begun = self.tell() == self._border or self._at < len(self._buffer)
        return self.members.start if begun else self.members.end

    def _next_member(self) -> bool:
        begun = self.members.begin()
        self._border = self.tell()
        return begun

    def _fill(self) -> bool:
        if self._at < len(self._buffer):
            return True
        self._before += len(self._buffer)
        self._buffer, self._at = b"", 0
        self._buffer = self.members.read(_PIECE_BYTES)
        return bool(self._buffer)

    def _behind_blanks(self) -> bool:
        """Passes empty lines over. False: the member ends."""
        while self._fill():
            self._at = _BLANK.match(self._buffer, self._at).end()  # type: ignore[union-attr] # it matches anywhere
            if self._at < len(self._buffer):
                return True
        return False

    def _more(self) -> None:
        """There is more of the record: in the next member, where this one ends inside it. Raises Damage."""
        while not self._fill():
            if self._plain or not self._next_member():
                raise Damage("the file ends inside the record", cut=True)
            if self.peek(len(MAGIC)) == MAGIC:
                raise Damage("the record is shorter than its Content-Length", cut=True, here=True)
