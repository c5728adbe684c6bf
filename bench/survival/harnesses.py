"""What atheris calls with random bytes: our own guards and rules, and what holds of each.

.venv/fuzz/bin/python -m bench.survival.harnesses NAME -runs=N -seed=S
"""

import re
import sys
from collections.abc import Callable
from typing import Any

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_KEYS = ("id", "url", "title", "date", "dump", "file_path", "language", "token_count", "html", "text", "x")


def _provider(data: bytes) -> Any:
    import atheris

    return atheris.FuzzedDataProvider(data)


def guard(data: bytes) -> None:
    """markup: a sanitised page fits into XML, and what is clean stays as it is."""
    from cleaners import markup

    text = (
        data.decode("utf-8", "surrogatepass" if data[:1] > b"\x7f" else "replace")
        if _decodes(data)
        else data.decode("latin-1")
    )
    clean = markup.sanitise(text)
    assert not _NOT_XML.search(clean), repr(clean)
    clean.encode()
    assert "&#" in clean or markup.sanitise(clean) == clean
    markup.has_tags(clean)
    markup.binary_format(data)
    markup.unescape(clean)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def tree(data: bytes) -> None:
    """markup and dom: any page is a tree, of names that XML knows, or too deep; its blocks are lines of text."""
    from cleaners import dom, markup

    text = markup.sanitise(data.decode("utf-8", "replace"))
    try:
        root = markup.parse(text)
    except markup.TooDeepError:
        return
    if root is not None:
        assert all(text.strip() and "\n" not in text for text in dom.read(root).texts)


def charsets(data: bytes) -> None:
    """charset: bytes become text, or None; with UTF-8 the very same text."""
    from cleaners import charset

    provider = _provider(data)
    names = (
        None,
        "utf-8",
        "latin-1",
        "cp1251",
        "shift_jis",
        "gb2312",
        "big5",
        "utf-16",
        "hz",
        "iso-2022-jp",
        "x",
        "rot13",
    )
    declared = names[provider.ConsumeIntInRange(0, len(names) - 1)]
    raw = provider.ConsumeBytes(400)
    decoded = charset.decode(raw, declared)
    if decoded is not None:
        decoded[0].encode()
        assert set(decoded[1]) <= {"charset_guessed", "charset_lossy"}


def matching(data: bytes) -> None:
    """rules: a line's form has its length, and its rules are rules."""
    from cleaners.clean import clean_text  # noqa: F401 - imports what the rules need
    from cleaners.rules import load_rules
    from cleaners.rules.matching import line_form, plain, taken_by, undecorated

    line = data.decode("utf-8", "replace")
    flat = plain(line)
    assert len(flat) == len(line)
    start, end = undecorated(flat)
    assert 0 <= start <= end <= len(flat)
    assert line_form(line) == flat[start:end]
    for rule, pattern in taken_by(line_form(line), load_rules()):
        assert pattern in rule.lines


def cuts(data: bytes) -> None:
    """ledger: whatever is cut, what stays and what goes are the page."""
    from cleaners import ledger
    from cleaners.document import Block, Cut, Document

    provider = _provider(data)
    lines = provider.ConsumeUnicodeNoSurrogates(60).replace("\r", "").split("\n")
    document = Document(tuple(map(Block, lines)))
    found = []
    for _ in range(provider.ConsumeIntInRange(0, 8)):
        block = provider.ConsumeIntInRange(0, len(lines) - 1)
        size = len(lines[block])
        if size:
            start = provider.ConsumeIntInRange(0, size - 1)
            found.append(Cut(block, start, provider.ConsumeIntInRange(start + 1, size), "a", "nav-menu"))
    text, removed = ledger.split(document, ledger.added(found, []))
    assert ledger.rebuild(text, removed) == document.text
    assert len(text) + sum(len(one.text) for one in removed) == len(document.text)
    assert all(document.text[one.start : one.end] == one.text for one in removed)


def rows(data: bytes) -> None:
    """load.rows: any values become a row or a problem, of nothing but UTF-8."""
    from cleaners.load.rows import Columns, build_row

    provider = _provider(data)
    fields = {
        _KEYS[provider.ConsumeIntInRange(0, len(_KEYS) - 1)]: _value(provider)
        for _ in range(provider.ConsumeIntInRange(0, 5))
    }
    row = build_row(fields, Columns(), "x", 1, "line 1")
    assert ("problem" in row) != (row.get("html") is not None or row.get("text") is not None)
    for value in row.values():
        if isinstance(value, str):
            value.encode()


def _value(provider: Any) -> Any:
    makers: tuple[Callable[[], Any], ...] = (
        lambda: provider.ConsumeUnicode(30),
        lambda: provider.ConsumeUnicode(30),
        lambda: provider.ConsumeInt(9),
        provider.ConsumeFloat,
        provider.ConsumeBool,
        lambda: provider.ConsumeBytes(20),
        list,
        lambda: None,
    )
    return makers[provider.ConsumeIntInRange(0, len(makers) - 1)]()


def json_lines(data: bytes) -> None:
    """load.jsonl: any line is a row or a problem."""
    from cleaners.load.jsonl import _row
    from cleaners.load.rows import Columns

    row = _row(data, Columns(), "x", 1)
    assert row.get("problem") in (None, "row_invalid", "content_missing", "too_large")
    for value in row.values():
        if isinstance(value, str):
            value.encode()


def bodies(data: bytes) -> None:
    """load.bodies: a body is decoded, or broken."""
    from cleaners.load import bodies as subject
    from cleaners.schema import MAX_PAGE_BYTES

    provider = _provider(data)
    names = ("", "gzip", "x-gzip", "deflate", "br", "zstd", "identity", " GZIP ")
    encoding = names[provider.ConsumeIntInRange(0, len(names) - 1)]
    transfer = "chunked" if provider.ConsumeBool() else ""
    try:
        body = subject.decode(provider.ConsumeBytes(500), transfer, encoding)
    except subject.BrokenBody:
        return
    assert len(body) <= MAX_PAGE_BYTES + 1


def moments(data: bytes) -> None:
    """load.rows: a date is one in UTC, or none; what is quoted fits and cannot do harm."""
    from cleaners.load.rows import quoted, utc, well_formed

    text = data.decode("utf-8", "surrogatepass") if _decodes(data) else data.decode("latin-1")
    moment = utc(text)
    assert moment is None or (moment.endswith("Z") and utc(moment) == moment)
    shown = quoted(text, 40)
    assert len(shown) <= 40 and shown.isprintable()
    well_formed(text).encode()


#: Each with its share of all executions: what is cheap takes most of them.
HARNESSES: dict[str, tuple[Callable[[bytes], None], float]] = {
    "guard": (guard, 0.14),
    "moments": (moments, 0.42),
    "json_lines": (json_lines, 0.30),
    "cuts": (cuts, 0.06),
    "rows": (rows, 0.06),
    "bodies": (bodies, 0.012),
    "matching": (matching, 0.002),
    "tree": (tree, 0.005),
    "charsets": (charsets, 0.001),
}


def main() -> None:
    import atheris

    name = sys.argv[1]
    with atheris.instrument_imports(
        include=["cleaners.markup", "cleaners.charset", "cleaners.ledger", "cleaners.rules", "cleaners.load"]
    ):
        import cleaners.charset
        import cleaners.ledger
        import cleaners.load.bodies
        import cleaners.load.jsonl
        import cleaners.markup
        import cleaners.rules.matching  # noqa: F401 - instrumented
    atheris.Setup([sys.argv[0], *sys.argv[2:]], HARNESSES[name][0])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
