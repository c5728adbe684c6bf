"""Votes: how much of each block another extractor keeps, whatever it does to lines, spaces, signs and case."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cleaners import dom, markup, votes
from cleaners.prose import words_key

SHARES = {
    "a block that is kept": (["Home", "The bridge stands."], ["The bridge stands."], [0, 100]),
    "nothing is kept": (["Home", "Map"], [], [0, 0]),
    "no block": ([], ["Home"], []),
    "spaces, signs and case do not count": (["“Alder – the BRIDGE”"], ["alder the bridge."], [100]),
    "half a block": (["Alderbridge"], ["Alder"], [45]),
    "a line that joins two blocks": (["Alder", "stands", "Map"], ["Alder stands"], [100, 100, 0]),
    "a line that begins inside a block": (["By Ann", "It rains"], ["Ann It rains"], [60, 100]),
    "a block parted into lines": (["Alder stands", "Map"], ["Alder", "stands"], [100, 0]),
    "the same text again, once kept": (["Map", "Alder", "Map"], ["Alder", "Map"], [0, 100, 100]),
    "the same text again, twice kept": (["Map", "Alder", "Map"], ["Map", "Alder", "Map"], [100, 100, 100]),
    "lines out of order": (["Alder", "Map"], ["Map", "Alder"], [100, 100]),
    "a line that the page lacks": (["Alder", "Map"], ["Alders", "Map"], [0, 100]),
    "a block without letters": (["* * *", "Map"], ["* * *", "", "Map"], [0, 100]),
    "one letter": (["A", "Map"], ["A"], [100, 0]),
}


@pytest.mark.parametrize(("texts", "lines", "expected"), SHARES.values(), ids=SHARES)
def test_the_share_of_each_block_that_lines_cover(texts, lines, expected):
    assert votes.shares(texts, lines) == expected


TEXTS = st.lists(st.text("ab é漢.\n", max_size=8), max_size=12)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_shares_are_percents_one_a_block(texts, lines):
    found = votes.shares(texts, lines)
    assert len(found) == len(texts)
    assert all(0 <= share <= 100 for share in found)


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_all_of_a_page_is_covered_by_its_own_text_however_it_is_parted(texts, breaks):
    whole = "".join(text + " \n"[gap % 2] * (gap > 1) for text, gap in zip(texts, breaks, strict=False))
    assert votes.shares(texts, whole.split("\n")) == [100 if words_key(text) else 0 for text in texts]


# --- trafilatura's -----------------------------------------------------------------------------------------------

FIRST = (
    "The bridge over the Alder was opened on Thursday, and half of the town came to see it, children first of all."
)
LAST = "In the evening the lanterns were lit on both banks, and the old people sat down and spoke of the ferry."
PAGE = f"""<html><body><nav><ul><li><a href=/>Home</a><li><a href=/map>Map</a></ul></nav><article><h1>Alder</h1>
<p>{FIRST}</p><ul><li>Length: <b>120</b> <a href=/m>metres</a>, of which 80 are over water</ul><p>{LAST}</p></article>
<footer><p>Imprint</p></footer></body></html>"""


def voted(page: str) -> dict[str, int]:
    tree = markup.parse(markup.sanitise(page))
    assert tree is not None
    texts = dom.read(tree).texts
    found = votes.of_trafilatura(tree, texts)
    assert found is not None
    return dict(zip(texts, found, strict=True))


def test_trafilatura_votes_for_the_text_and_against_what_is_around_it():
    found = voted(PAGE)
    assert found[FIRST] == found[LAST] == 100
    assert found["Length: 120 metres, of which 80 are over water"] == 100
    assert {found[name] for name in ("Home", "Map", "Imprint")} == {0}


def test_lines_of_a_paragraph_are_blocks_of_their_own():
    found = voted(PAGE.replace(LAST, f"{LAST}<br>It rained.<br>Then it <i>snowed</i>, and froze."))
    assert {found[text] for text in (LAST, "It rained.", "Then it snowed, and froze.")} == {100}


def test_the_tree_is_read_before_trafilatura_may_change_it():
    """Its blocks are those of the page, whatever order they are asked in."""
    tree = markup.parse(PAGE)
    assert tree is not None
    texts = dom.read(tree).texts
    first = votes.of_trafilatura(tree, texts)
    assert dom.read(tree).texts == texts
    assert votes.of_trafilatura(tree, texts) == first


@pytest.mark.parametrize(
    "page", ["<p>", "<html></html>", "<script>a</script>", "<p>a", "<table><tr><td>1<td>2</table>"]
)
def test_a_page_without_a_text_has_no_vote_or_one_a_block(page):
    tree = markup.parse(page)
    texts = [] if tree is None else dom.read(tree).texts
    found = None if tree is None else votes.of_trafilatura(tree, texts)
    assert found is None or len(found) == len(texts)


def test_where_trafilatura_raises_there_is_no_vote():
    """It cannot handle elements of lxml.etree that lack what lxml.html adds."""
    assert votes.of_trafilatura(etree.HTML("<p>The bridge</p>"), ["The bridge"]) is None


MANY = 20_000
HOSTILE = {
    "lines that stand nowhere": ([f"bridge {n}" for n in range(MANY)], [f"ferry {n}" for n in range(MANY // 10)]),
    "the same line again and again": (["a"] * MANY, ["a"] * MANY),
    "one line without an end": (["ab" * MANY * 10], ["ba" * MANY * 10]),
    "almost the same": (["a" * 50 + "b"] * MANY, ["a" * 60] * 100),
}


@pytest.mark.parametrize(("texts", "lines"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_seconds_at_most(texts, lines):
    begun = time.process_time()
    assert len(votes.shares(texts, lines)) == len(texts)
    assert time.process_time() - begun < 5
