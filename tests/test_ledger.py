"""The ledger: what stays and what went, together, are the page; each removed character has one reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaners import ledger
from cleaners.document import Block, Cut, Document, kept, remainders, whole

# Page, numbers of the blocks that go whole, what stays, what goes.
SEPARATORS = [
    ("A|B|C", [], "A|B|C", []),
    ("A|B|C", [0], "B|C", ["A|"]),
    ("A|B|C", [1], "A|C", ["B|"]),
    ("A|B|C", [2], "A|B", ["|C"]),
    ("A|B|C", [0, 1], "C", ["A|", "B|"]),
    ("A|B|C", [1, 2], "A", ["|B", "|C"]),
    ("A|B|C", [0, 2], "B", ["A|", "|C"]),
    ("A|B|C", [0, 1, 2], "", ["A", "|B", "|C"]),
    ("A", [0], "", ["A"]),
    ("A||B||C", [2], "A||C", ["B||"]),
    ("A||B||C", [4], "A||B", ["||C"]),
    ("A||B||C", [0], "B||C", ["A||"]),
    ("A||B|", [2], "A", ["||B|"]),
    ("|A|B", [1], "|B", ["A|"]),
    ("|A|", [1], "", ["|A|"]),
    ("A| |B", [2], "A", ["| |B"]),
]


def page(text: str) -> Document:
    return Document(tuple(Block(line) for line in text.split("\n")))


@pytest.mark.parametrize(("text", "gone", "stays", "removed"), SEPARATORS)
def test_the_line_break_of_a_removed_block_goes_with_it(text, gone, stays, removed):
    """`|` stands for a line break."""
    document = page(text.replace("|", "\n"))
    clean, removals = ledger.split(document, [whole(document, i, "rule", "nav-menu") for i in gone])
    assert clean.replace("\n", "|") == stays
    assert [removal.text.replace("\n", "|") for removal in removals] == removed


PARTS = [
    ("Read: B. The end.", [(0, 8)], " The end.", ["Read: B."]),
    ("One, two, three.", [(0, 4), (9, 16)], " two,", ["One,", " three."]),
    ("Share | Print", [(0, 6), (7, 13)], "|", ["Share ", " Print"]),
    ("Share   Print", [(0, 5), (8, 13)], "", ["Share   ", "Print"]),
]


@pytest.mark.parametrize(("line", "spans", "stays", "removed"), PARTS)
def test_part_of_a_line_can_go(line, spans, stays, removed):
    """Where only white space would stay of a line, the whole line goes."""
    document = page(line)
    clean, removals = ledger.split(document, [Cut(0, start, end, "rule", "nav-menu") for start, end in spans])
    assert (clean, [removal.text for removal in removals]) == (stays, removed)


def test_each_removal_names_its_reason():
    document = page("A\nB\nC")
    cuts = [whole(document, 2, "two", "nav-menu", "why"), whole(document, 0, "one", "legal-footer")]
    _, removals = ledger.split(document, cuts)
    assert [(removal.rule, removal.category, removal.detail) for removal in removals] == [
        ("one", "legal-footer", ""),
        ("two", "nav-menu", "why"),
    ]


def test_of_two_cuts_of_the_same_words_the_first_counts():
    earlier = [Cut(0, 4, 8, "first", "nav-menu"), Cut(1, 0, 9, "first", "nav-menu")]
    left = ledger.uncovered(Cut(0, 2, 12, "second", "legal-footer", "why"), earlier)
    assert left == [Cut(0, 2, 4, "second", "legal-footer", "why"), Cut(0, 8, 12, "second", "legal-footer", "why")]
    assert ledger.uncovered(Cut(0, 4, 8, "second", "legal-footer"), earlier) == []


LINE = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "A",
            "Share",
            "\u2028",
            "a\u0301",
            "😀 👩‍👩‍👧",
            "渡船每天早上",
            "\xa0",
            "\x85",
            "Line  with  spaces ",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=12),
)


@st.composite
def cut_pages(draw):
    document = Document(tuple(Block(line) for line in draw(st.lists(LINE, min_size=1, max_size=9))))
    filled = [i for i, block in enumerate(document.blocks) if block.text.strip()]
    cuts: list[Cut] = []
    for number in range(draw(st.integers(0, 8)) if filled else 0):
        i = draw(st.sampled_from(filled))
        size = len(document.blocks[i].text)
        start, end = (
            sorted(draw(st.tuples(st.integers(0, size), st.integers(0, size)))) if draw(st.booleans()) else (0, size)
        )
        if start < end:
            cuts += ledger.uncovered(Cut(i, start, end, f"rule-{number}", "nav-menu"), cuts)
    return document, cuts


@given(cut_pages())
def test_nothing_is_lost(page_and_cuts):
    """Promise 2: text and removals rebuild the page; removals are disjoint, in order, and say what went."""
    document, cuts = page_and_cuts
    clean, removals = ledger.split(document, cuts)
    assert ledger.rebuild(clean, removals) == document.text
    position = 0
    for removal in removals:
        assert position <= removal.start < removal.end
        assert removal.text == document.text[removal.start : removal.end]
        position = removal.end
    assert len(clean) + sum(len(removal.text) for removal in removals) == len(document.text)
    assert {removal.rule for removal in removals} == {cut.rule for cut in cuts}


@given(cut_pages())
def test_the_order_in_which_cuts_are_handed_over_does_not_matter(page_and_cuts):
    document, cuts = page_and_cuts
    assert ledger.split(document, cuts) == ledger.split(document, cuts[::-1])


@given(cut_pages())
def test_what_stays_stays_unchanged_and_in_order(page_and_cuts):
    document, cuts = page_and_cuts
    clean, _ = ledger.split(document, cuts)
    rests = remainders(document, cuts)
    assert kept(document, cuts) == [i for i, rest in enumerate(rests) if rest.strip()]
    assert [line for line in clean.split("\n") if line.strip()] == [rest for rest in rests if rest.strip()]


@given(cut_pages())
def test_a_removal_leaves_no_blank_lines_behind(page_and_cuts):
    document, cuts = page_and_cuts
    clean, _ = ledger.split(document, cuts)

    def margins(text: str) -> tuple[int, int]:
        lines = text.split("\n")
        filled = [i for i, line in enumerate(lines) if line.strip()]
        return (filled[0], len(lines) - 1 - filled[-1]) if filled else (0, 0)

    if cuts and not clean.strip():
        assert clean == ""
        return
    assert margins(clean)[0] <= margins(document.text)[0]
    assert margins(clean)[1] <= margins(document.text)[1]
    assert longest_gap(clean) <= longest_gap(document.text)


def longest_gap(text: str) -> int:
    gap = longest = 0
    for line in text.split("\n"):
        gap = 0 if line.strip() else gap + 1
        longest = max(longest, gap)
    return longest


@given(st.lists(LINE, min_size=1, max_size=9))
def test_where_every_block_goes_no_text_stays(lines):
    document = Document(tuple(Block(line) for line in lines))
    filled = [i for i, line in enumerate(lines) if line.strip()]
    clean, removals = ledger.split(document, [whole(document, i, "rule", "nav-menu") for i in filled])
    assert ledger.rebuild(clean, removals) == document.text
    assert clean == ("" if filled else document.text)
