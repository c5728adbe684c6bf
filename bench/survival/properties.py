"""What holds for every document, whatever is in it."""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from cleaners import Cleaned, charset, clean_batch, clean_html, clean_text, markup
from cleaners.document import Removal
from cleaners.extract import PageRejected
from cleaners.ledger import rebuild
from cleaners.prose import words_key
from cleaners.schema import PAGES, REASONS

Document = tuple[str, str]  # "html" or "text", and the content
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_FAULTS = ("clean_error", "extract_error")


def check(documents: Sequence[Document]) -> None:
    """Raises AssertionError where a batch of documents breaks a promise."""
    batch = _cleaned_batch(documents)
    for kind, content in reversed(documents):  # alone, and in another order
        number = len(batch) - 1
        try:
            _check_one(kind, content, batch.pop())
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}; {kind}: {content!r}") from error
        assert number >= 0
    assert not batch


def _cleaned_batch(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The record or reject of each document, in order."""
    rows = [
        dict.fromkeys(PAGES.names)
        | {"file_path": "x", "offset": number}
        | ({"html": _bytes(content), "charset": "utf-8"} if kind == "html" else {"text": _sound(content)})
        for number, (kind, content) in enumerate(documents)
    ]
    records, rejects = (batch.to_pylist() for batch in clean_batch(pa.RecordBatch.from_pylist(rows, schema=PAGES)))
    assert len(records) + len(rejects) == len(documents), "a page is lost, or doubled"
    rejected = {reject["offset"]: reject for reject in rejects}
    rest = iter(records)
    return [rejected[number] if number in rejected else next(rest) for number in range(len(documents))]


def _sound(content: str) -> str:
    """As the loaders give it: Arrow holds no lone surrogates."""
    return markup.SURROGATE.sub("\ufffd", content)


def _bytes(content: str) -> bytes:
    return _sound(content).encode()


def _check_one(kind: str, content: str, row: dict[str, Any]) -> None:
    try:
        cleaned = clean_text(_sound(content)) if kind == "text" else clean_html(_bytes(content))
    except PageRejected as rejected:
        assert rejected.reason in REASONS and rejected.reason not in _FAULTS, f"{rejected}"
        assert row.get("reason") == rejected.reason, f"{row} alone: {rejected}"
        return
    assert "reason" not in row, f"rejected only in a batch: {row}"
    assert row["text"] == cleaned.text, "a page reads otherwise in a batch"
    assert [Removal(**removal) for removal in row["removed"]] == [*cleaned.removed], "its ledger reads otherwise"
    _check_ledger(cleaned)
    _check_source(kind, content, cleaned)


def _check_ledger(cleaned: Cleaned) -> None:
    """The ledger rebuilds the extracted text; what is kept is what it leaves, in order."""
    extracted, position, kept = cleaned.document.text, 0, []
    assert rebuild(cleaned.text, cleaned.removed) == extracted, "the ledger does not rebuild the text"
    for removal in cleaned.removed:
        assert position <= removal.start < removal.end <= len(extracted), f"{removal} is out of order"
        assert extracted[removal.start : removal.end] == removal.text
        kept.append(extracted[position : removal.start])
        position = removal.end
    assert "".join([*kept, extracted[position:]]) == cleaned.text, "what is kept is not what the ledger leaves"
    assert cleaned.text.encode().decode() == cleaned.text


def _check_source(kind: str, content: str, cleaned: Cleaned) -> None:
    """Nothing is in the text that was not in the input."""
    extracted = cleaned.document.text
    if kind == "text":
        assert extracted == _sound(content).replace("\r\n", "\n").replace("\r", "\n")
        return
    readings = _visible(content)
    for block in cleaned.document.blocks:
        assert block.text.splitlines() == [block.text], f"{block.text!r} is no single line"
        assert not _CONTROL.search(block.text), f"{block.text!r} holds what no line should"
        key = words_key(block.text)
        assert any(_is_within(key, words) for words in readings), f"{block.text!r} is not of the page"


def _visible(content: str) -> list[str]:
    """Words of a page in order, with its tags taken off: as they stand, and as if some were escaped twice."""
    text = markup.sanitise((charset.decode(_bytes(content)) or (content, ()))[0])
    tree = markup.parse(text) if markup.has_tags(text) else None
    if tree is None:
        return [words_key(text)]
    words = "".join(map(str, tree.itertext()))
    return [words_key(form) for form in (words, markup.unescape(words), markup.unescape(markup.unescape(words)))]


def _is_within(part: str, whole: str) -> bool:
    """Whether the characters stand in the other text in the same order."""
    rest = iter(whole)
    return all(char in rest for char in part)
