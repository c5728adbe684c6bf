"""Golden documents: each file of tests/documents is what `winnow explain --text` prints, and so what must happen.

Those named stage-* are about one plain stage, without the learned one; stage-thorough-* with --thorough. Those named
learned-near-* are no pictures of that kind: they say whose the lines are, and belong to test_learned.py.
"""

import re
import tomllib
from pathlib import Path

import pytest

import cleaners
from cleaners import clean_text, load_rules
from cleaners.clean import clean_document
from cleaners.document import Block, Document, Kind
from cleaners.explain import explain

DOCUMENTS = [
    path
    for path in sorted((Path(__file__).parent / "documents").glob("*.txt"))
    if not path.stem.startswith("learned-near-")
]
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
    cleaned = clean_text(
        "\n".join(_lines(picture)),
        thorough=path.stem.startswith("stage-thorough"),
        learned=not path.stem.startswith("stage-"),
    )
    assert explain(cleaned) == picture


def test_there_are_golden_documents() -> None:
    assert len(DOCUMENTS) >= 35


PARAGRAPH = (
    "The harbour of Skell silts up by a hand's breadth every year, and the dredger that used to clear it was sold in"
    " spring to pay for the new crane, which cannot dredge. Boats with a keel must now wait for high water."
)


def _linked(text: str, kind: Kind = "list_item") -> Block:
    return Block(text, kind, 1.0)


def _kept_lines(*blocks: Block) -> list[str]:
    document = Document(blocks, from_html=True)
    cleaned = clean_document(document, load_rules(), learned=False)
    return cleaned.text.split("\n")


ARTICLE = tuple(Block(f"{PARAGRAPH} It was so in {year}.", "paragraph", 0.1) for year in range(1911, 1919))
LIST = (_linked("- A new ferry for Skell"), _linked("- Who owns the crane"), _linked("- Fog in the sound"))


def test_runs_of_links_above_and_below_the_prose_go() -> None:
    kept = _kept_lines(_linked("Harbours"), _linked("Ships and crews"), *ARTICLE, *LIST)
    assert kept == [block.text for block in ARTICLE]


@pytest.mark.parametrize(
    "tail",
    [
        (Block("What the pilots read", "heading", 0.0), *LIST),
        (LIST[0],),
        (_linked("dredge(skell)", "code"), _linked("dredge(corrow)", "code")),
        (Block(f"{PARAGRAPH} The rules in force are these:", "paragraph", 0.0), *LIST),
    ],
    ids=["below a heading", "one alone", "code", "below a colon"],
)
def test_links_that_may_be_the_articles_own_stay(tail: tuple[Block, ...]) -> None:
    assert _kept_lines(*ARTICLE, *tail) == [block.text for block in (*ARTICLE, *tail)]


def test_a_page_of_links_is_left_alone() -> None:
    blocks = (*ARTICLE[:2], *LIST)
    assert _kept_lines(*blocks) == [block.text for block in blocks]


def test_a_box_of_the_page_may_be_told_in_any_of_its_languages() -> None:
    """Each sign of a box is a list of beginnings of words: none is empty, and none is lost to a line break."""
    boxes = tomllib.loads((Path(cleaners.__file__).parent / "box_words.toml").read_text(encoding="utf-8"))
    stems = [
        stem.strip("\n")
        for name, box in boxes.items()
        for sign in ([box] if name == "address" else box["signs"].values())
        for stem in sign.split(",")
    ]
    assert all(stem.strip("_ ") == stem.strip("_") and len(stem.strip("_")) >= 1 for stem in stems)
