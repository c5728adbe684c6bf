"""One page a file: HTML as bytes, text decoded."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from cleaners.load.rows import Input, Row, problem, too_large, well_formed
from cleaners.schema import MAX_PAGE_BYTES

# UTF-32's mark begins with that of UTF-16: it comes first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read(input: Input) -> Iterator[Row]:
    """The file's one page. An empty file is a page without content."""
    row: Row = {"file_path": input.label, "offset": 0}
    if input.size > MAX_PAGE_BYTES:
        yield too_large(row, "file", input.size)
        return
    with Path(input.path or "-").open("rb") as file:
        content = file.read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:  # it has grown since it was found
        yield too_large(row, "file")
    elif input.format == "html":
        yield row | {"html": content}
    else:
        text = decode(content)
        if text is None:
            yield problem(row, "charset_undecodable", "file: not UTF-8, and no other encoding fits its bytes")
        else:
            yield row | {"text": well_formed(text).replace("\r\n", "\n").replace("\r", "\n")}


def decode(content: bytes) -> str | None:
    """The text, by its byte order mark, as UTF-8, or as charset-normalizer guesses; None: nothing fits."""
    charset = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes  # slow to import, seldom needed

    guess = from_bytes(content).best()
    return str(guess) if guess else None
