"""What a page says, as a digest: pages that differ in markup alone are the same page."""

import hashlib
import re

_HIDDEN = re.compile(rb"<(?:script|style|noscript|template)\b|<!--", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")  # linear, whatever the page is


def digest(body: bytes) -> bytes:
    """Of the words between the tags. Scripts, styles, comments and attributes, so tokens and nonces, do not count.

    It works on bytes, for all encodings that hold ASCII; in others (UTF-16) any change counts.

    >>> digest(b"<p class=a>One  two</p><script>1</script><!-- 2 -->") == digest(b"<p nonce=7>One\\n<b>two</b></p>")
    True
    >>> digest(b"<p>One</p>") == digest(b"<p>Two</p>")
    False
    """
    words = _TAG.sub(b" ", _visible(body)).split()
    return hashlib.sha256(b" ".join(words)).digest()


def _visible(body: bytes) -> bytes:
    small, pieces, at = body.lower(), [], 0
    while opening := _HIDDEN.search(body, at):
        name = opening[0].lower()
        closing = b"-->" if name == b"<!--" else b"</" + name[1:]
        end = small.find(closing, opening.end())
        if end < 0:
            break  # it never ends: rather count too much than miss a change
        pieces.append(body[at : opening.start()])
        at = end + (len(closing) if name == b"<!--" else 0)
    pieces.append(body[at:])
    return b"".join(pieces)
