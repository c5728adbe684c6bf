"""A page's blocks: what is one, of which kind, what of it is a link, which elements hold it. Nothing is lost."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cleaners import dom, markup
from cleaners.dom_groups import BUCKETS, GROUPS, UNSEEN, look


def read(page: str) -> dom.Blocks:
    tree = markup.parse(markup.sanitise(page))
    assert tree is not None
    return dom.read(tree)


def named(bits: int) -> set[str]:
    return {name for number, name in enumerate(GROUPS) if bits >> number & 1}


def code(*lines: str) -> list[tuple[str, str]]:
    return [(line, "code") for line in lines]


def paragraphs(*texts: str) -> list[tuple[str, str]]:
    return [(text, "paragraph") for text in texts]


# --- what is a block, and of which kind --------------------------------------------------------------------------

LONGEST_CELL = "x" * 500
BRIDGE = "The bridge over the Alder was opened on Thursday, and all came to see it."
BLOCKS = {
    "paragraphs": ("<p>The bridge<p>stands.", paragraphs("The bridge", "stands.")),
    "boxes in boxes": ("<div>Far <section>near<div>nearest</div></section>far</div>", 4),
    "text outside any box": ("Above<p>The bridge</p>below", paragraphs("Above", "The bridge", "below")),
    "headings": ("<h1>Alder</h1><h6>A bridge</h6>", [("Alder", "heading"), ("A bridge", "heading")]),
    "heading of two lines": ("<h2>Alder<br>2024</h2>", [("Alder", "heading"), ("2024", "heading")]),
    "line breaks": ("<p>Lane 1<br>Alder<br/><br>Upstairs", paragraphs("Lane 1", "Alder", "Upstairs")),
    "markup inside a line": ("<p>H<sub>2</sub>O, <b>wa</b>ter, <a href=/w>wet</a>.", paragraphs("H2O, water, wet.")),
    "elements of the site's own": ("<p>Big <alder-tip>bri</alder-tip>dge", paragraphs("Big bridge")),
    "a rule across the page": ("<p>Above<hr>below", paragraphs("Above", "below")),
    "terms and what they mean": ("<dl><dt>Pier<dd>Holds it.</dl>", paragraphs("Pier", "Holds it.")),
    "caption of a picture": ("<figure><img src=a alt=b><figcaption>Alder</figcaption></figure>", paragraphs("Alder")),
    "boxes of many names": (
        "A<address>b</address>c<aside>d</aside>e<center>f</center>g<fieldset>h</fieldset>i<dialog>j</dialog>k<main>l",
        paragraphs(*"Abcdefghijkl"),
    ),
    "buttons": ("<button>Share</button><button>Print</button>", paragraphs("Share", "Print")),
    "what opens": ("<details><summary>More</summary>of it</details>", paragraphs("More", "of it")),
    "lists": ("<ul><li>Length<li>Width</ul>", [("Length", "list_item"), ("Width", "list_item")]),
    "nested lists": (
        "<ol><li>Length<ul><li>over water<li>over land</ul>in all<li>Width</ol>",
        [(text, "list_item") for text in ("Length", "over water", "over land", "in all", "Width")],
    ),
    "paragraphs of an item": (
        "<ul><li><p>A pier.</p><p>Then another.</p></ul>",
        [("A pier.", "list_item"), ("Then another.", "list_item")],
    ),
    "a box inside an item is a text of its own": (
        "<ul><li>Fare<div>Four marks</div></ul>",
        [("Fare", "list_item"), ("Four marks", "paragraph")],
    ),
    "an item without a list": ("<li>Length<li>Width", [("Length", "list_item"), ("Width", "list_item")]),
    "quotation": (
        "<blockquote><p>It stands.</p><p>At last.</p></blockquote>",
        [("It stands.", "quotation"), ("At last.", "quotation")],
    ),
    "list in a quotation": (
        "<blockquote>Mind<ul><li>the gap</ul></blockquote>",
        [("Mind", "quotation"), ("the gap", "list_item")],
    ),
    "code": (
        "<pre><code>def length():\n    return 120\t\n\n\nprint(length())\n</code></pre>",
        code("def length():", "    return 120", "print(length())"),
    ),
    "boxes inside code": ("<pre><div><code>a = 1</code></div><div>  b = 2</div></pre>", code("a = 1", "  b = 2")),
    "code is shown as it is escaped": ("<pre><code>a &amp;lt; b</code></pre>", code("a &lt; b")),
    "preformatted text that nobody calls code": (
        "<pre>The river is wide,\n  the bridge long.\n\n</pre>",
        [("The river is wide,", "quotation"), ("the bridge long.", "quotation")],
    ),
    "boxes inside preformatted text": (
        "<pre><div>Wide is\nthe river</div></pre>",
        paragraphs("Wide is", "the river"),
    ),
    "code inside a line": ("<p>Run <code>cd src</code> first.", paragraphs("Run cd src first.")),
    "old ways to show tags": ("<xmp>a <b></xmp><plaintext>c <d>", [("a <b>", "quotation"), ("c <d>", "quotation")]),
    "table of data": (
        "<table><tr><th>Year<th>Cost<tr><td>2024<td>three</table>",
        [("Year | Cost", "table_row"), ("2024 | three", "table_row")],
    ),
    "empty cells": (
        "<table><tr><td><td>2024<td> &nbsp;<td>three<td></table>",
        [("2024 | three", "table_row")],
    ),
    "a paragraph in each cell": ("<table><tr><td><p>2024<td><p>three</table>", [("2024 | three", "table_row")]),
    "a cell alone in its row": ("<table><tr><td>2024</table>", paragraphs("2024")),
    "caption of a table": (
        "<table><caption>Costs</caption><tr><td>2024<td>three</table>",
        [("Costs", "paragraph"), ("2024 | three", "table_row")],
    ),
    "table in a table": (
        "<table><tr><td><table><tr><td>a<td>b</table><td>c</table>",
        [("a | b | c", "table_row")],
    ),
    "lines in a cell": ("<table><tr><td>2024<td>three<br>or four</table>", [("2024 | three or four", "table_row")]),
    "text in front of the cells": ("<table><tr>All<td>4<td>5</table>", [("All | 4 | 5", "table_row")]),
    "table for layout: several blocks in a cell": (
        f"<table><tr><td>Menu<td><p>{BRIDGE}<p>{BRIDGE}</table>",
        paragraphs("Menu", BRIDGE, BRIDGE),
    ),
    "table for layout: all in one cell": ("<table><tr><td><p>Menu<p>Map<td></table>", paragraphs("Menu", "Map")),
    "longest cell": (
        f"<table><tr><td>a<td>{LONGEST_CELL}</table>",
        [(f"a | {LONGEST_CELL}", "table_row")],
    ),
    "table for layout: a text in a cell": (
        f"<table><tr><td>a<td>{LONGEST_CELL}x</table>",
        paragraphs("a", f"{LONGEST_CELL}x"),
    ),
}


@pytest.mark.parametrize(("page", "expected"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_and_their_kinds(page, expected):
    found = read(page)
    if isinstance(expected, int):
        assert len(found.texts) == expected
    else:
        assert [*zip(found.texts, found.kinds, strict=True)] == expected


# --- which characters a block holds ------------------------------------------------------------------------------

TEXTS = {
    "line breaks of the source": ("<p>One  line,\n\t still\r\none", ["One line, still one"]),
    "spaces that an author set": ("<p>Read: &nbsp;Ten&nbsp;ways&nbsp;&nbsp;on", ["Read: \xa0Ten\xa0ways\xa0\xa0on"]),
    "spaces at the ends": ("<p>&nbsp; The bridge &nbsp;", ["The bridge"]),
    "soft hyphens and byte order marks": ("<p>Foot&shy;bri&#65279;dge", ["Footbridge"]),
    "joiners, which words of other scripts need": ("<p>می&zwnj;روم", ["می\u200cروم"]),
    "separators of lines": ("<p>Above&#8232;below&#8233;lowest", ["Above below lowest"]),
    "characters": ("<p>3 &lt; 4 &#38; 5 &rsquo;", ["3 < 4 & 5 ’"]),
    "characters escaped twice": ("<p>Ann&amp;#8217;s &amp;amp; Bea&amp;#10;too", ["Ann’s & Bea too"]),
    "nothing but what cannot be seen": ("<p>&shy;<p> &nbsp;<p>&amp;nbsp;<p>The bridge", ["The bridge"]),
    "text behind the end of the body": ("<html><body><p>One</body></html><p>Two</p>three", ["One", "Two", "three"]),
    "words behind the end of the page": ("<html><body><p>One</body></html>two <b>three</b>", ["One", "two three"]),
    "a second page": ("<html><body><p>One</body></html><html><body><p>Two</body></html>", ["One", "Two"]),
    "comments": ("<p>The <!-- old --> bridge", ["The bridge"]),
    "hidden elements, which scripts may show": ("<p hidden>One<p style='display:none'>Two", ["One", "Two"]),
    "what stands in for scripts": ("<noscript><p>One</p></noscript>Two", ["One", "Two"]),
    "what no reader sees": (
        "<head><title>T</title></head><p>The <script>a</script><style>b</style><template>c</template>bridge",
        ["The bridge"],
    ),
    "what is not text": (
        "<p>The <svg><text>a</text></svg><iframe>b</iframe><video>c</video><canvas>d</canvas>bridge",
        ["The bridge"],
    ),
    "fields of forms": ("<p>The <select><option>a</select><textarea>b</textarea>bridge", ["The bridge"]),
}


@pytest.mark.parametrize(("page", "texts"), TEXTS.values(), ids=TEXTS)
def test_the_text_of_a_block_is_what_a_reader_sees(page, texts):
    assert read(page).texts == texts


WORDS = st.text("aé漢ر", min_size=1, max_size=3)
SPACES = st.sampled_from([" ", "\n", "\t ", "&nbsp;"])
OPEN = [*dom.TAG_CODES, "span", "b", "a", "i", "br", "code", "img", "label", "x-y"]
SILENT = ["head", "script", "style", "template", "iframe", "object", "svg", "video", "select", "option", "textarea"]
TAGS = st.sampled_from([*OPEN, *SILENT])
PARTS = st.one_of(
    WORDS, WORDS, SPACES, TAGS.map("<{}>".format), TAGS.map("<{}>".format), TAGS.map("</{}>".format), st.just("&shy;")
)


def as_shown(element: etree._Element) -> Iterator[str]:
    """The text of an element, with a space wherever a line ends."""
    space = " " if element.tag in dom.TAG_CODES or element.tag == "br" else ""
    yield space
    if element.tag not in SILENT:
        yield element.text or ""
        for child in element:
            yield from as_shown(child)
            yield child.tail or ""
    yield space


@settings(deadline=None)
@given(st.lists(PARTS, max_size=40))
def test_no_word_of_a_page_is_lost_moved_or_run_together_with_the_next(parts):
    page = f"<html><body>a{''.join(parts)}</body></html>"
    tree = markup.parse(markup.sanitise(page))
    assert tree is not None
    shown = "".join(as_shown(tree)).replace("\xad", "").split()
    found = dom.read(tree)
    assert " ".join(found.texts).replace(" | ", " ").split() == shown
    assert all(text.strip() and not text.splitlines()[1:] for text in found.texts)


# --- links -------------------------------------------------------------------------------------------------------

LINKS = {
    "none": ("<p>The bridge", [(0, 0)]),
    "one, without its spaces": ("<p>The <a href=/b>new bridge</a> stands", [(9, 1)]),
    "several": ("<p><a href=/a>Alder</a>, <a href=/b><b>Bra</b>cken</a>", [(12, 2)]),
    "one behind a line break": ("<p>The bridge<br><a href=/b>Map</a>", [(0, 0), (3, 1)]),
    "a box inside a link": ("<a href=/b><div>Alder</div><div>Map</div></a>", [(5, 0), (3, 0)]),
    "links in a row": ("<table><tr><td><a href=/a>Alder</a><td>or <a href=/b>Map</a></table>", [(8, 2)]),
    "a script in a link": ("<p><a href=/b>Map<script>var a</script></a>", [(3, 1)]),
}


@pytest.mark.parametrize(("page", "expected"), LINKS.values(), ids=LINKS)
def test_characters_inside_links_and_links_are_counted(page, expected):
    found = read(page)
    assert [*zip(found.linked, found.links, strict=True)] == expected


# --- elements ----------------------------------------------------------------------------------------------------

PAGE = """<body class=page><nav id=top><ul><li class=entry><a href=/>Alder</a><li class=entry>Map</ul></nav>
<main><div class="related posts" hidden>Read on</div><table><tr><td>2024<td>three</table></main>"""


def test_each_block_knows_the_elements_around_it():
    found = read(PAGE)
    assert found.texts == ["Alder", "Map", "Read on", "2024 | three"]
    tags = [dom.BLOCK_TAGS[found.tag[element]] for element in found.element]
    assert tags == ["li", "li", "div", "tr"]
    above = [dom.BLOCK_TAGS[found.tag[found.parent[element]]] for element in found.element]
    assert above == ["ul", "ul", "main", "table"]


def test_what_stands_inside_a_row_of_a_table_holds_the_row():
    found = read("<p>a<table><tr><td><p>b<td><div><p>c</div></table><p>d")
    assert found.texts == ["a", "b | c", "d"]
    row = found.element[1]
    below = [number for number in range(row, len(found.parent)) if found.first[number] == 1]
    assert [dom.BLOCK_TAGS[found.tag[number]] for number in below] == ["tr", "td", "p", "td", "div", "p"]
    assert {found.stop[number] for number in below} == {2}


def test_elements_that_look_the_same_have_the_same_number():
    found = read(PAGE)
    one, two, other, _ = (found.looks[element] for element in found.element)
    assert one == two != other
    assert len(found.buckets) == len(set(found.looks))
    assert all(0 <= bucket < BUCKETS for buckets in found.buckets for bucket in buckets)


def test_groups_are_those_of_an_element_and_of_all_around_it():
    found = read(PAGE)
    item, _, related, _ = found.element
    assert named(found.own[item]) == {"in_item", "of_article"}
    assert {"in_nav", "in_list", "of_head", "in_item"} <= named(found.groups[item])
    assert named(found.own[related]) == {"of_related", "of_post", "unseen"}
    assert "in_main" in named(found.groups[related]) and "in_nav" not in named(found.groups[related])


UNSEEN_ELEMENTS = ["hidden", "style='color: red; DISPLAY : none'", 'style="visibility:hidden"']


@pytest.mark.parametrize("attribute", UNSEEN_ELEMENTS)
def test_what_is_not_displayed_is_told_apart_though_it_is_kept(attribute):
    found = read(f"<p>One<div {attribute}>Two</div><p>Three")
    assert found.texts == ["One", "Two", "Three"]
    assert [found.groups[element] & UNSEEN > 0 for element in found.element] == [False, True, False]


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        ("article-body", {"of_article", "of_content"}),
        ("relatedPosts", {"of_related", "of_post"}),
        ("ad-slot", {"of_ad"}),
        ("adventure", set()),
        ("shadow header2", {"of_head"}),
        ("Ünï 漢字 \x01 --- 42", set()),
    ],
)
def test_names_are_read_word_by_word(names, groups):
    bits, buckets = look("div", names)
    assert named(bits) == groups
    assert list(buckets) == sorted(set(buckets))


@settings(deadline=None)
@given(st.lists(PARTS, max_size=40))
def test_elements_hold_the_blocks_that_they_say(parts):
    found = read(f"<html><body>a{''.join(parts)}</body></html>")
    for number, parent in enumerate(found.parent):
        assert parent < number
        assert found.first[number] <= found.stop[number] <= len(found.texts)
        if parent >= 0:
            assert found.first[parent] <= found.first[number] and found.stop[number] <= found.stop[parent]
    for block, element in enumerate(found.element):
        assert found.first[element] <= block < found.stop[element]
    assert len({len(column) for column in (found.texts, found.kinds, found.linked, found.links, found.element)}) == 1


# --- pages that mean harm ----------------------------------------------------------------------------------------

MANY = 100_000
HOSTILE = {
    "elements side by side": "<p>a" * MANY,
    "empty elements": "<div></div>" * MANY + "a",
    "names that are all different": "".join(f"<p class='a{n} b{n}'>a" for n in range(MANY // 4)),
    "one name without an end": f"<p class='{'post ' * MANY}'>a",
    "2,000 elements inside each other": "<div>a" * 2_000,
    "open elements inside a line": "<b>a" * 2_000,
    "a row of cells": f"<table><tr>{'<td>a' * MANY}</table>",
    "a row of empty cells": f"<table><tr>{'<td>' * MANY}a</table>",
    "rows inside rows, with much in the innermost": "<table><tr><td>a<td>" * 500 + "<div></div>" * 20_000,
    "rows inside rows, with texts in the innermost": "<table><tr><td>a<td>" * 500 + f"<p>{BRIDGE}" * 20_000,
    "preformatted texts inside each other": "<pre>a" * 1_500 + "<b></b>" * 20_000,
    "lines of code": f"<pre>{f'a{chr(10)}' * MANY}",
    "line breaks": "a<br>" * MANY,
    "links": "<a href=/>a</a> " * MANY,
    "megabytes in one element": f"<p>{'a &amp;' * MANY}",
    "megabytes in one tag": f"<p style='{'display:' * MANY}' {'a=b ' * 1_000}>a",
    "white space": f"<p>{' ' * MANY * 10}a{'&nbsp;' * MANY}",
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_page_and_no_faster(page):
    tree = markup.parse(markup.sanitise(page))
    assert tree is not None
    begun = time.process_time()
    assert dom.read(tree).texts
    assert time.process_time() - begun < 5  # seconds; a square of these numbers would take hours
