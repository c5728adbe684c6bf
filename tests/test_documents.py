"""Golden documents: each file of tests/documents is what `winnow explain --text` prints, and so what must happen."""

import re
from pathlib import Path

import pytest

from cleaners import clean_text
from cleaners.explain import explain

DOCUMENTS = sorted((Path(__file__).parent / "documents").glob("*.txt"))
_MARGIN = re.compile(r"^ *[a-z0-9-]* ([|+]) ?")


def _lines(picture: str) -> list[str]:
    """The document that a picture shows: without the margin, parts of a line joined."""
    lines: list[str] = []
    for row in picture.splitlines():
        margin = _MARGIN.match(row)
        assert margin, f"not a line of `explain`: {row!r}"
        if margin[1] == "+":
            lines[-1] += row[margin.end() :]
        else:
            lines.append(row[margin.end() :])
    return lines


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_golden_document_comes_out_as_drawn(path: Path) -> None:
    picture = path.read_text(encoding="utf-8").rstrip("\n")
    assert explain(clean_text("\n".join(_lines(picture)))) == picture


def test_there_are_golden_documents() -> None:
    assert len(DOCUMENTS) >= 15
