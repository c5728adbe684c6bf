"""The sample pages: what must go and what must stay, line by line, from the page's HTML to the cleaned text.

expected.tsv also lists what should go and still stays (`miss`): such a line fails here on the day it goes, and
becomes a `drop`.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cleaners import clean_html, clean_text
from cleaners.clean import Cleaned
from cleaners.ledger import rebuild

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def _expectations() -> Iterator[tuple[str, str, str, str]]:
    for row in (SAMPLES / "expected.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        page, verdict, category, line = row.split("\t")
        yield page, verdict, category, line


EXPECTED = list(_expectations())


@cache
def _dump() -> dict[str, dict[str, str]]:
    rows = map(json.loads, (SAMPLES / "dump.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["id"]: row for row in rows}


@cache
def _cleaned(page: str) -> Cleaned:
    file, _, row_id = page.partition("#")
    if not row_id:
        return clean_html((SAMPLES / file).read_bytes())
    row = _dump()[row_id]
    return clean_html(row["html"]) if row.get("html") else clean_text(row["text"])


def _fate(page: str, line: str) -> list[str | None]:
    """For each block that reads so: the category under which it went as a whole, or None."""
    cleaned = _cleaned(page)
    fates = []
    for i, block in enumerate(cleaned.document.blocks):
        if block.text.strip() == line.strip():
            whole = [cut for cut in cleaned.cuts if cut.block == i and cut.end - cut.start == len(block.text)]
            fates.append(whole[0].category if whole else None)
    assert fates, f"extraction no longer yields this line: {line!r}"
    return fates


@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(page, line, id=f"{page}: {line[:40]}") for page, verdict, _, line in EXPECTED if verdict == "drop"],
)
def test_a_leftover_goes(page: str, line: str) -> None:
    assert all(_fate(page, line)) or _fate(page, line).count(None) == _kept_twins(page, line)


@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(page, line, id=f"{page}: {line[:40]}") for page, verdict, _, line in EXPECTED if verdict == "miss"],
)
@pytest.mark.xfail(strict=True, reason="a leftover that no rule or stage takes yet")
def test_a_leftover_goes_one_day(page: str, line: str) -> None:
    assert all(_fate(page, line))


def _kept_twins(page: str, line: str) -> int:
    return sum(row[0] == page and row[3] == line and row[1] in ("keep", "miss") for row in EXPECTED)


@pytest.mark.parametrize(
    ("page", "line"),
    [pytest.param(page, line, id=f"{page}: {line[:40]}") for page, verdict, _, line in EXPECTED if verdict == "keep"],
)
def test_a_near_miss_stays(page: str, line: str) -> None:
    assert None in _fate(page, line)


@pytest.mark.parametrize("page", sorted({row[0] for row in EXPECTED}))
def test_nothing_else_goes(page: str) -> None:
    """Besides the leftovers named in expected.tsv, only the headline is cut."""
    cleaned = _cleaned(page)
    named = {line.strip() for name, verdict, _, line in EXPECTED if name == page and verdict == "drop"}
    blocks = cleaned.document.blocks
    cut = [blocks[cut.block].text.strip() for cut in cleaned.cuts if cut.category != "headline"]
    assert [text for text in cut if not {text, text.removeprefix("- ")} & named] == []


@pytest.mark.parametrize("page", sorted({row[0] for row in EXPECTED}))
def test_nothing_is_lost(page: str) -> None:
    cleaned = _cleaned(page)
    assert rebuild(cleaned.text, cleaned.removed) == cleaned.document.text


def test_the_samples_show_what_they_promise() -> None:
    """At least 20 pages in at least 6 languages, with leftovers of at least 15 classes."""
    assert len(list((SAMPLES / "sites").rglob("*.html"))) >= 20
    assert len({_cleaned(row[0]).language.code for row in EXPECTED}) >= 6
    assert len({category for _, verdict, category, _ in EXPECTED if verdict == "drop"}) >= 15
