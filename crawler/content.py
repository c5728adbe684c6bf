"""What a page says, as a digest: pages that differ in markup alone are the same page."""

import hashlib
import re
from collections.abc import Iterator

_HIDDEN = re.compile(rb"<(?:(script|style|noscript|template)\b|!--)", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")  # linear, whatever the page is
_BLOCK = 1 << 18  # bytes; a list of all words of a large page takes ten times its size


def digest(body: bytes) -> bytes:
    """Of the words between the tags. Scripts, styles, comments and attributes, so tokens and nonces, do not count.

    It works on bytes, for all encodings that hold ASCII; in others (UTF-16) any change counts.

    >>> digest(b"<p class=a>One  two</p><script>1</script><!-- 2 -->") == digest(b"<p nonce=7>One\\n<b>two</b>")
    True
    >>> digest(b"<p>One</p>") == digest(b"<p>Two</p>")
    False
    """
    found = hashlib.sha256()
    for start, end in _shown(body):
        for block in _blocks(body, start, end):
            found.update(b" ".join([*_TAG.sub(b" ", block).split(), b""]))
    return found.digest()


def _shown(body: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts begin and end that a reader sees, with their tags."""
    at = 0
    while opening := _HIDDEN.search(body, at):
        closing = re.compile(b"</" + opening[1] if opening[1] else b"-->", re.IGNORECASE)
        end = closing.search(body, opening.end())
        if end is None:
            break  # it never ends: rather count too much than miss a change
        yield at, opening.start()
        at = end.start() if opening[1] else end.end()
    yield at, len(body)


def _blocks(body: bytes, start: int, end: int) -> Iterator[bytes]:
    """Cut before a tag, so that the cuts change nothing."""
    while start < end:
        tag = body.find(b"<", start + _BLOCK, end)
        stop = end if tag < 0 else tag
        yield body[start:stop]
        start = stop
