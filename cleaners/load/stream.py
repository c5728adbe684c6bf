"""A whole file as one stream of unpacked bytes, for tar."""

from io import BytesIO
from typing import BinaryIO

from cleaners.load.codecs import Codec
from cleaners.load.members import Members

_PIECE_BYTES = 1 << 16


class Stream:
    """Reads forward; backward too, which costs a compressed file reading from its start."""

    def __init__(self, file: BinaryIO, codec: Codec | None) -> None:
        self.at = 0  # unpacked bytes before this one
        self._members = Members(file, codec)
        self._buffer = b""

    @property
    def plain(self) -> bool:
        return self._members.codec is None

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the file's end. Raises Damage."""
        found = BytesIO()  # which hands its bytes over without a copy
        missing = size
        while missing and (self._buffer or self._fill()):
            piece, self._buffer = self._buffer[:missing], self._buffer[missing:]
            missing -= found.write(piece)
            self.at += len(piece)
        return found.getvalue()

    def skip(self, size: int) -> bool:
        """Passes so many bytes over. False: the file ends before that. Raises Damage."""
        if self.plain:
            target = self.at + size
            self.go_to(min(target, self._members.size))
            return self.at == target
        while size and (piece := self.read(min(size, _PIECE_BYTES))):
            size -= len(piece)
        return not size

    def unread(self, data: bytes) -> None:
        """Takes back what was just read."""
        self._buffer = data + self._buffer
        self.at -= len(data)

    def go_to(self, at: int) -> None:
        """Reads on at this byte. Raises Damage."""
        self._buffer = b""
        self._members.go_to(at if self.plain else 0)
        self.at = at if self.plain else 0
        if not self.plain:
            self.skip(at)

    def _fill(self) -> bool:
        while not (piece := self._members.read(_PIECE_BYTES)):
            if self.plain or not self._members.begin():
                return False
        self._buffer = piece
        return True
