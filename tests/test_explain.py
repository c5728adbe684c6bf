"""`winnow explain --all`: why is this sentence missing? Every block is kept, cut or left out for a reason."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners import dom, explain, extract, load_rules, markup
from cleaners.clean import Cleaned, clean_document
from cleaners.document import PROFILES
from cleaners.page import MANY

FIRST = "The bridge over the Alder was opened on Thursday, and half of the town came to see it, children before all."
LAST = "In the evening the lanterns were lit on both banks, and the old people sat down and spoke of the ferry."
PAGE = f"""<html lang=en><head><title>A bridge at last - Alder Post</title></head><body>
<nav class=menu><ul><li><a href=/>Home</a><li><a href=/map>Map of Alder</a></ul></nav><main><article class=post>
<h1>A bridge at last</h1><p>{FIRST}</p><p>Read also: Ferry sold to a museum</p><p>{LAST} {FIRST}</p>
<ul><li>120 metres long, of which 80 are over the river<li>4 metres wide, so that two carts can pass</ul><p>{LAST}</p>
<p>Leave a Reply</p></article><aside class=related><a href=/b>Town hall shut</a></aside></main>
<footer><p>Imprint</p></footer></body></html>"""
FORUM = f"""<html><body class=forum><ul class=breadcrumb><li><a href=/>Board</a></ul><div class=topic>
{f"<div class=post><b>brekke</b><div class=message>{FIRST}<br>Thanks!</div><a href=/r>Reply</a></div>" * 4}</div>"""
TABLES = f"<table><tr><td>Menu<td><p>{FIRST}<p>{LAST}</table><table><tr><td>2024<td>three<tr><td>2025<td>4</table>"
PAGES = {"article": PAGE, "forum": FORUM, "tables": TABLES, "one word": "<p>Alder"}


MENU = "<nav class='menu main-nav'><ul>" + "<li class=menu-item><a href=/a>Entry of a menu</a>" * 30 + "</ul></nav>"


def cleaned(html: str, *, learned: bool = True, **options) -> Cleaned:
    document = extract.from_html(html, left_out=True, learned=learned, **options)
    return clean_document(document, load_rules(), learned=learned)


def blocks_of(html: str) -> list[str]:
    tree = markup.parse(markup.sanitise(html))
    assert tree is not None
    return dom.read(tree).texts


def accounted(found: Cleaned) -> list[str]:
    """Texts of the document's blocks, and of those left out, in their order."""
    blocks = [
        block.text.removeprefix("- ") if block.kind == "list_item" else block.text for block in found.document.blocks
    ]
    for other in reversed(found.document.left_out):
        blocks.insert(other.before, other.text)
    return blocks


def margins(picture: str) -> list[tuple[str, str, str]]:
    """Rule, mark and text of each line of the picture, whose margin is as wide as the longest rule."""
    rows = [re.fullmatch("( *)([a-z-]*|left out) ([|+-])(?: (.*))?", line) for line in picture.splitlines()]
    assert all(rows)
    assert len({row.start(3) for row in rows}) == 1
    return [(row[2], row[3], row[4] or "") for row in rows]


# --- nothing is without an answer --------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_each_block_of_a_page_is_in_the_document_or_left_out_for_a_reason(html, profile):
    found = cleaned(html, profile=profile)
    assert accounted(found) == blocks_of(html)
    assert all(other.reason for other in found.document.left_out)
    rest, kept = list(found.cuts), found.text.split("\n")
    for number, block in enumerate(found.document.blocks):
        own = [cut for cut in rest if cut.block == number]
        assert own or block.text in kept


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_the_picture_shows_each_block_once_in_order_kept_cut_or_left_out(html, profile):
    found = cleaned(html, profile=profile)
    shown, kept = [], []
    reasons = [other.reason for other in found.document.left_out]
    for rule, mark, text in margins(explain.explain(found)):
        if mark == "-":
            assert rule == "left out" and text.endswith(f"  [{reasons.pop(0)}]")
            shown.append(text[: text.rindex("  [")])
        elif mark == "+":
            shown[-1] += text
        else:
            shown.append(text)
        if mark != "-" and not rule:
            kept.append(text)
    assert [text.removeprefix("- ") for text in shown] == blocks_of(html)
    assert "\n".join(kept) == found.text
    assert not reasons


WORDS = st.text("aB漢, .", min_size=1, max_size=40)
TAGS = st.sampled_from(
    ["<p>", "<div class=post>", "<nav>", "</nav>", "<li>", "<h2>", "</div>", "<a href=/>", "</a>", "<tr>", "<td>"]
)
HTMLS = st.lists(st.one_of(WORDS, TAGS, st.just(f"<p>{FIRST}</p>")), max_size=30)


@settings(max_examples=60, deadline=None)
@given(HTMLS, st.sampled_from(PROFILES), st.booleans())
def test_kept_cut_and_left_out_are_all_text_of_any_page(parts, profile, headline_first):
    html = f"<html><title>A bridge</title><body><p>x{''.join(parts)}</body></html>"
    found = cleaned(html, profile=profile, headline_first=headline_first)
    assert accounted(found) == ["A bridge"] * headline_first + blocks_of(html)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_left_out_is_told_only_where_it_is_asked_for(profile):
    document = extract.from_html(PAGE, profile=profile)
    assert document.left_out == ()
    assert document.blocks == extract.from_html(PAGE, profile=profile, left_out=True).blocks


def test_without_the_learned_stages_the_reason_is_that_of_trafilatura():
    found = cleaned(PAGE, learned=False)
    assert accounted(found) == blocks_of(PAGE)
    assert not found.document.judged and found.document.page_kind is None
    assert {other.reason for other in found.document.left_out} == {"trafilatura leaves it out"}
    assert FIRST in [block.text for block in found.document.blocks]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_page_of_too_many_blocks_is_not_judged_and_says_so(profile):
    html = "<p>The bridge<p><a href=/>Read on</a>" * (MANY // 2) + "<p>The end"
    document = extract.from_html(html, profile=profile, left_out=True)
    assert (document.judged, document.page_kind, document.flags) == (False, None, ("many_blocks",))
    assert {block.text for block in document.blocks} == {"The bridge", "The end"}
    assert {other.reason for other in document.left_out} == {"mostly links, on a page that nobody judged"}
    assert len(document.blocks) + len(document.left_out) == MANY + 1


def test_a_page_of_as_many_blocks_as_can_be_judged_is():
    document = extract.from_html("<p>The bridge" * MANY, profile="fast")
    assert document.judged and "many_blocks" not in document.flags


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_all_shows_what_extraction_left_out_and_nothing_else_is_shown_without(here, tmp_path, profile):
    (tmp_path / "page.html").write_text(PAGE)
    everything = here("explain", "page.html", "--all", "--profile", profile).out
    usual = here("explain", "page.html", "--profile", profile).out
    left_out = [line for line in everything.splitlines() if line.startswith("        left out - ")]
    assert [line for line in everything.splitlines() if line not in left_out] == usual.splitlines()
    told = [line.removeprefix("        left out - ").split("  [")[0] for line in left_out]
    assert {"Home", "Map of Alder", "Town hall shut", "Imprint"} >= set(told) != set()
    texts = [text.split("  [")[0].removeprefix("- ") for _, _, text in margins(everything)]
    assert texts == blocks_of(PAGE)
    assert ("comment-heading", "|", "Leave a Reply") in margins(usual)


def test_all_says_nothing_more_of_extracted_text(here, tmp_path):
    (tmp_path / "page.txt").write_text(f"{FIRST}\nLeave a Reply\n")
    assert here("explain", "page.txt", "--all").out == here("explain", "page.txt").out


def test_nothing_that_is_left_out_steers_the_terminal(here, tmp_path):
    menu = PAGE.replace("Imprint", "Imprint \u009b31m &amp;#27;[31m \u202e")
    (tmp_path / "page.html").write_text(menu)
    printed = here("explain", "page.html", "--all").out
    assert "Imprint" in printed
    assert not {char for char in printed if not char.isprintable() and char != "\n"}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_page_of_nothing_but_menus_still_has_an_answer(here, tmp_path, profile):
    (tmp_path / "page.html").write_text(MENU)
    done = here("explain", "page.html", "--all", "--profile", profile)
    assert done.code == 0
    assert done.out.count("Entry of a menu") == 30
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(MENU)
    rejected = tmp_path / "rejects.jsonl"
    records = here("clean", "in", "-o", "-", "--rejects", rejected, "--profile", profile).rows
    assert "clean_error" not in rejected.read_text()
    assert [record["text"] for record in records] in ([], [""])
