"""The bytes of a compressed file, member by member, each checked at its end; and the bytes of a plain one."""

import os
from typing import BinaryIO

from cleaners.load.codecs import ERRORS, Codec, Decompressor, skippable

_READ_BYTES = 1 << 15
_HEAD_BYTES = 1 << 10


class Damage(Exception):
    """A stretch of the archive cannot be read."""

    def __init__(self, why: str, cut: bool = False, here: bool = False) -> None:
        super().__init__(why)
        self.cut = cut  # bytes are missing; those that were read before can be trusted
        self.here = here  # the next record begins where the reading stands


class Members:
    """The file's members. One that is not compressed counts as one member without a checksum."""

    def __init__(self, file: BinaryIO, codec: Codec | None) -> None:
        self.codec = codec
        self.size = os.fstat(file.fileno()).st_size
        self.sealed = False  # the member ends in a checksum
        self._file = file
        self.go_to(0)

    def go_to(self, place: int) -> None:
        """The next member begins at this byte of the file."""
        self._file.seek(place)
        self.start = self.end = place  # bytes of the file: where the member starts, up to where it was read
        self._pending = b""
        self._member: Decompressor | None = None
        self._fresh = self._broken = False

    def begin(self) -> bool:
        """Starts on the next member. False: the file ends here. Raises Damage."""
        head = self._head()
        while self.codec and (length := skippable(head)) is not None and not head.startswith(self.codec.magic):
            self.start = self.end
            if self.end + length > self.size:
                self._broken = True
                raise Damage("the file ends inside a skippable frame", cut=True)
            self.go_to(self.end + length)
            head = self._head()
        self.start = self.end
        if self.codec is None or not head:
            return bool(head)
        if not head.startswith(self.codec.magic):
            self._broken = True
            raise Damage(f"no {self.codec.member} begins here")
        self._member = self.codec.new()
        self._fresh, self.sealed = True, self.codec.sealed(head)
        return True

    def read(self, size: int) -> bytes:
        """At most `size` bytes of the member, unpacked; none at its end, where it is checked. Raises Damage."""
        if self.codec is None:
            data = self._pending or self._file.read(size)
            self._pending = data[size:]
            self.end += len(data) - len(self._pending)
            return data[:size]
        if self._fresh:
            size = min(size, _HEAD_BYTES)  # zlib drops what it has when it fails: save the record's headers
        data = b""
        while self._member and not data:
            data = self._unpacked(self._member, size)
        self._fresh = False
        return data

    def drained(self) -> bool:
        """Reads to the member's end. False: it cannot be reached."""
        if self._broken or self.codec is None:
            return False
        try:
            while self.read(_READ_BYTES):
                pass
        except Damage:
            return False
        return True

    def _head(self) -> bytes:
        if len(self._pending) < 16:
            self._pending += self._file.read(_READ_BYTES)
        return self._pending[:16]

    def _unpacked(self, member: Decompressor, size: int) -> bytes:
        packed = b""
        if member.needs_input:
            packed = self._pending or self._file.read(_READ_BYTES)
            self._pending = b""
            self.end += len(packed)
        what = self.codec.member if self.codec else ""
        try:
            if member.needs_input and not packed:
                raise Damage(f"the file ends inside the {what}", cut=True)
            data = member.decompress(packed, size)
        except (Damage, *ERRORS) as error:
            self._member, self._broken = None, True
            raise error if isinstance(error, Damage) else Damage(f"{what}: {error}") from error
        if member.eof:
            self._pending = member.unused_data
            self.end -= len(self._pending)
            self._member = None
        return data
