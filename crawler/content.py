"""What a page says, as a digest: pages that differ in markup alone are the same page."""

import hashlib
import re
from collections.abc import Iterator

_HIDDEN = re.compile(rb"<(?:(script|style|noscript|template)\b|!--)", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")  # linear, whatever the page is
_SPACE = re.compile(rb"\s")
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
    for block in _blocks(_TAG.sub(b" ", b"".join(_shown(body)))):
        found.update(b" ".join([*block.split(), b""]))
    return found.digest()


def _shown(body: bytes) -> Iterator[bytes]:
    at = 0
    while opening := _HIDDEN.search(body, at):
        closing = re.compile(b"</" + opening[1] if opening[1] else b"-->", re.IGNORECASE)
        end = closing.search(body, opening.end())
        if end is None:
            break  # it never ends: rather count too much than miss a change
        yield body[at : opening.start()]
        at = end.start() if opening[1] else end.end()
    yield body[at:]


def _blocks(text: bytes) -> Iterator[bytes]:
    """Cut between words, so that the cuts change nothing."""
    at = 0
    while at < len(text):
        space = _SPACE.search(text, at + _BLOCK)
        end = space.start() if space else len(text)
        yield text[at:end]
        at = end
