"""One page a file: HTML as bytes, text decoded."""

from collections.abc import Iterator
from pathlib import Path

from cleaners.load.rows import Input, Row, problem, too_large, well_formed
from cleaners.schema import MAX_PAGE_BYTES


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
    else:
        yield page(row, input.format, content, "file")


def page(row: Row, form: str, content: bytes, where: str) -> Row:
    """The row with its content, which is html or text; `where` says in a problem's detail which page it is."""
    if form == "html":
        return row | {"html": content}
    text = decode(content)
    if text is None:
        return problem(row, "charset_undecodable", f"{where}: not UTF-8, and no other encoding fits its bytes")
    return row | {"text": well_formed(text).replace("\r\n", "\n").replace("\r", "\n")}


def decode(content: bytes) -> str | None:
    """The text, by its byte order mark, as UTF-8, or as chardet guesses; None: nothing fits."""
    from cleaners.charset import decode as decoded  # slow to import

    found = decoded(content)
    return found[0] if found else None
