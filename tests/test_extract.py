"""Extraction: blocks and their kinds, what was a link, the fields of a page, and the headline."""

import json
import os
import subprocess
import sys

import pytest

from cleaners import clean_html, extract

FIRST = "Am Donnerstag wurde die neue Brücke über den Fluss eröffnet, und der halbe Ort kam, um sie zu sehen."
LAST = "Zum Schluss erzählt ein Absatz, wie die Kinder am Abend über die Brücke liefen und lange lachten, bis es "
LAST += "dunkel wurde und die Laternen am Ufer angingen. Die Älteren blieben sitzen und sprachen von der alten Fähre."


def article(
    inner: str, title: str = "<h1>Die neue Brücke</h1>", head: str = "", html: str = '<html lang="de-AT">'
) -> str:
    nav = '<nav><a href="/">Start</a> <a href="/ort">Ort</a></nav>'
    return (
        f"<!DOCTYPE html>{html}<head><meta charset=utf-8>{head}</head><body>{nav}<article>{title}"
        f"<p>{FIRST}</p>{inner}"
        f"<p>{LAST}</p></article><footer>Impressum</footer></body></html>"
    )


def between(inner: str) -> list[tuple[str, str]]:
    """Text and kind of the blocks that stand between the first paragraph and the last."""
    blocks = [(block.text, block.kind) for block in extract.from_html(article(inner)).blocks]
    return blocks[blocks.index((FIRST, "paragraph")) + 1 : blocks.index((LAST, "paragraph"))]


BLOCKS = {
    "heading": ("<h2>Der Bau</h2><p>Er war teuer.</p>", [("Der Bau", "heading"), ("Er war teuer.", "paragraph")]),
    "heading of two lines": ("<h3>Der Bau<br>2024</h3>", [("Der Bau", "heading"), ("2024", "heading")]),
    "line breaks": (
        "<p>Gasse 1<br>Alder<br/><br>Zweiter Stock</p>",
        [("Gasse 1", "paragraph"), ("Alder", "paragraph"), ("Zweiter Stock", "paragraph")],
    ),
    "inline markup": (
        "<p>Sehr <b>wich</b>tig: H<sub>2</sub>O, <em>sonst</em> nichts, <a href=/x>sagt sie</a>.</p>",
        [("Sehr wichtig: H2O, sonst nichts, sagt sie.", "paragraph")],
    ),
    "list": (
        "<ul><li>Länge: 120 Meter</li><li>Breite: vier Meter</li></ul>",
        [("- Länge: 120 Meter", "list_item"), ("- Breite: vier Meter", "list_item")],
    ),
    "nested list": (
        "<ul><li>Länge<ul><li>davon 80 über Wasser</li></ul></li><li>Breite</li></ul>",
        [("- Länge", "list_item"), ("- davon 80 über Wasser", "list_item"), ("- Breite", "list_item")],
    ),
    "paragraphs in a list": (
        "<ol><li><p>Erst ein Pfeiler.</p><p>Dann noch einer.</p></li></ol>",
        [("- Erst ein Pfeiler.", "list_item"), ("- Dann noch einer.", "list_item")],
    ),
    "boxes in a list: words stay apart": (
        "<ul><li>Preis<div>vier Euro</div></li></ul>",
        [("- Preis", "list_item"), ("vier Euro", "paragraph")],
    ),
    "quotation": (
        "<blockquote><p>Nun ist sie da.</p><p>Und sie ist schön.</p></blockquote>",
        [("Nun ist sie da.", "quotation"), ("Und sie ist schön.", "quotation")],
    ),
    "quotation inside a sentence": (
        "<p>Sie sagte: <q>Endlich</q>, und ging.</p>",
        [("Sie sagte: Endlich, und ging.", "paragraph")],
    ),
    "code": (
        "<pre><code>def länge():\n    return 120\n\nprint(länge())\n</code></pre>",
        [("def länge():", "code"), ("    return 120", "code"), ("print(länge())", "code")],
    ),
    "code inside a sentence": (
        "<p>Mit <code>cd</code> geht man nach <code>src/alder</code>, dann weiter.</p>",
        [("Mit cd geht man nach src/alder, dann weiter.", "paragraph")],
    ),
    "code inside a list item": (
        "<ul><li>Mit <code>cd</code> geht es los.</li></ul>",
        [("- Mit cd geht es los.", "list_item")],
    ),
    "preformatted lines": (
        "<pre>Der Fluss ist breit,\n  die Brücke lang,\nder Weg ist weit.</pre>",
        [
            ("Der Fluss ist breit,", "quotation"),
            ("die Brücke lang,", "quotation"),
            ("der Weg ist weit.", "quotation"),
        ],
    ),
    "table": (
        "<table><tr><th>Jahr<th>Kosten</tr><tr><td>2024<td>drei</tr><tr><td>2025<td>vier</tr></table>",
        [("Jahr | Kosten", "table_row"), ("2024 | drei", "table_row"), ("2025 | vier", "table_row")],
    ),
    "table with blocks in its cells": (
        "<table><tr><td>2024<td><p>drei</p><p>und ein paar</p><td>Holz<br>Stahl</tr></table>",
        [("2024 | drei und ein paar | Holz Stahl", "table_row")],
    ),
    "table for layout": (
        "<table><tr><td><p>Der Bau war teuer.</p><p>Er hat lange gedauert.</p></td></tr></table>",
        [("Der Bau war teuer.", "paragraph"), ("Er hat lange gedauert.", "paragraph")],
    ),
    "table in a list": (
        "<ul><li>Zahlen<table><tr><th>Länge<td>120 Meter</tr></table></li></ul>",
        [("- Zahlen", "list_item"), ("Länge | 120 Meter", "table_row")],
    ),
    "list in a quotation": (
        "<blockquote>Gebt acht:<ul><li>auf die Kinder</li><li>auf den Fluss</li></ul></blockquote>",
        [("Gebt acht:", "quotation"), ("- auf die Kinder", "list_item"), ("- auf den Fluss", "list_item")],
    ),
    "empty cells": (
        "<table><tr><td></td><td>2024</td><td> </td><td>drei</td><td></td></tr></table>",
        [("2024 | drei", "table_row")],
    ),
    "text between boxes": (
        "<p>Vorn.</p><ul><li>Punkt</li></ul>Frei stehender Text.<p>Hinten.</p>",
        [
            ("Vorn.", "paragraph"),
            ("- Punkt", "list_item"),
            ("Frei stehender Text.", "paragraph"),
            ("Hinten.", "paragraph"),
        ],
    ),
    "line breaks of the source": ("<p>Eine  Zeile,\n\t noch\r\neine</p>", [("Eine Zeile, noch eine", "paragraph")]),
    "spaces set on purpose": (
        "<p>Lesen Sie auch:&nbsp; Zehn&nbsp;Wege</p><p>Und <b>hier</b>:&nbsp;&nbsp;noch einer</p>",
        [("Lesen Sie auch:\xa0 Zehn\xa0Wege", "paragraph"), ("Und hier:\xa0\xa0noch einer", "paragraph")],
    ),
    "soft hyphens and marks": ("<p>Donau&shy;dampf&#65279;schiff</p>", [("Donaudampfschiff", "paragraph")]),
    "line separators": ("<p>Oben&#8232;unten&#8233;ganz unten</p>", [("Oben unten ganz unten", "paragraph")]),
    "entities": ("<p>3 &lt; 4 &amp;amp; 5, Bär&#39;s &amp;#8217;</p>", [("3 < 4 & 5, Bär's ’", "paragraph")]),
}


@pytest.mark.parametrize(("inner", "blocks"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_a_page(inner, blocks):
    assert between(inner) == blocks


LINKS = {
    "a paragraph without links": ("<p>Die Brücke ist lang.</p>", [0.0]),
    "half a link": ("<p>Die Brücke ist <a href=/b>lang und breit.</a></p>", [0.5]),
    "a paragraph that is a link": (
        "<p><a href=/x><b>Mehr über Brücken</b> in der Region und im ganzen Land</a></p>",
        [1.0],
    ),
    "a list of links": (
        "<ul><li>Vorab: was von der Brücke zu halten ist, in einem Wort</li><li><a href=1>Meldung</a></li></ul>",
        [0.0, 1.0],
    ),
    "lines of one paragraph": ("<p>Gasse 1, Alder im Tal<br><a href=/x>Karte</a></p>", [0.0, 1.0]),
    "table row": ("<table><tr><td>Brücke<td>von <a href=/x>Alder</a> im Tal der Au</tr></table>", [0.2]),
    "code": ("<pre><code>x = 1\ny = 2</code></pre>", [0.0, 0.0]),
    "preformatted": ("<pre>Der Fluss ist breit,\ndie Brücke lang.</pre>", [0.0, 0.0]),
    "a script in it": ("<p>Die Brücke <script>var a = 'lang';</script>ist <a href=/b>lang und breit.</a></p>", [0.5]),
    "escaped twice": ("<p>Bär&amp;#8217;s Brücke</p>", [0.0]),
}


@pytest.mark.parametrize(("inner", "shares"), LINKS.values(), ids=LINKS)
def test_link_share_of_a_block(inner, shares):
    blocks = extract.from_html(article(inner)).blocks
    texts = [block.text for block in blocks]
    found = [block.link_share for block in blocks[texts.index(FIRST) + 1 : texts.index(LAST)]]
    assert found == pytest.approx(shares, abs=0.06)


META = """<title>Die neue Brücke | Flussbote</title><meta property="og:title" content="Die  neue Brücke">
<meta property="og:site_name" content="Flussbote"><meta property="og:type" content="article">
<meta name="author" content="Jana Moor"><meta property="article:published_time" content="2025-03-04T23:30:00-08:00">
<link rel="canonical" href="/bruecke"><base href="https://cdn.example/">"""


def test_fields_of_a_page():
    document = extract.from_html(article("", head=META), url="https://flussbote.example/a?utm=1")
    assert (document.title, document.author) == ("Die neue Brücke", "Jana Moor")
    assert (document.date_published, document.site_name) == ("2025-03-04", "Flussbote")
    assert (document.page_kind, document.declared_language) == ("article", "de-at")
    assert document.canonical_url == "https://flussbote.example/bruecke"
    assert document.url == "https://flussbote.example/a?utm=1"
    assert document.from_html


def test_what_a_page_does_not_say_is_none():
    document = extract.from_html(article("", title="", html="<html>"))
    fields = ("author", "date_published", "site_name", "canonical_url", "declared_language")
    assert {name: getattr(document, name) for name in fields} == dict.fromkeys(fields)


CANONICAL = [
    ('<link rel="canonical" href="https://a.example/x?y=1&amp;z=2">', "https://a.example/x?y=1&z=2"),
    ('<link rel="Canonical nofollow" href="//a.example/x">', "https://a.example/x"),
    ('<meta property="og:url" content="https://a.example/og">', "https://a.example/og"),
    ('<base href="https://cdn.example/">', None),
    ('<link rel="canonical" href="javascript:void(0)">', None),
    ('<link rel="canonical" href="https://[broken">', None),
    ('<link rel="canonical" href="">', "https://here.example/p"),
    ('<link rel="alternate" hreflang="x-default" href="https://a.example/">', None),
]


@pytest.mark.parametrize(("head", "canonical"), CANONICAL)
def test_canonical_url(head, canonical):
    assert extract.from_html(article("", head=head), url="https://here.example/p").canonical_url == canonical


@pytest.mark.parametrize(
    ("html", "given", "language"),
    [
        ('<html lang="pt-BR">', None, "pt-br"),
        ('<html xml:lang="el">', "en", "el"),
        ("<html>", "fi", "fi"),
        ('<html lang=" ">', "fi", "fi"),
    ],
)
def test_the_page_knows_its_language_better_than_the_input(html, given, language):
    assert extract.from_html(article("", html=html), declared_language=given).declared_language == language


HEADLINES = {
    "as it stands": ("<h1>Die neue Brücke</h1>", META),
    "with the site behind it": ("<h1>Die neue Brücke | Flussbote</h1>", META),
    "in a plain paragraph": ("<p>Die neue Brücke</p>", META),
    "never": ("", META),
    "no metadata": ("<h1>Die neue Brücke</h1>", "<title>Die neue Brücke - Flussbote</title>"),
    "twice": ("<h1>Die neue Brücke</h1><h2>Die neue Brücke</h2>", META),
}


@pytest.mark.parametrize(("title", "head"), HEADLINES.values(), ids=HEADLINES)
def test_the_headline_is_a_field_and_no_part_of_the_text(title, head):
    cleaned = clean_html(article("", title, head))
    assert cleaned.text == f"{FIRST}\n{LAST}"
    assert cleaned.document.title == "Die neue Brücke"
    assert {removal.rule for removal in cleaned.removed} <= {"headline"}


def test_headline_first_puts_the_title_in_front():
    first, second = extract.from_html(article("", "", META), headline_first=True).blocks[:2]
    assert (first.text, first.kind, second.text) == ("Die neue Brücke", "headline", FIRST)
    untitled = extract.from_html(f"<p>{FIRST}</p><p>{LAST}</p>", headline_first=True)
    assert [block.text for block in untitled.blocks] == [FIRST, LAST]


def test_an_h1_in_other_words_than_og_title_is_the_title_and_neither_is_text():
    cleaned = clean_html(
        article("<p>Die neue Brücke</p>", "<h1>So steht die Brücke da</h1><p>Die neue Brücke</p>", META)
    )
    assert cleaned.document.title == "So steht die Brücke da"
    assert cleaned.text == f"{FIRST}\nDie neue Brücke\n{LAST}"


DATES = [
    ('<meta property="article:published_time" content="2042-07-08T00:00:00Z">', "2042-07-08"),
    ('<meta property="article:published_time" content="2021 March 12:30">', None),
    ('<meta property="article:published_time" content="1987-07-08">', None),
    ('<meta property="article:published_time" content="9999-99-99">', None),
]


@pytest.mark.parametrize(("head", "date"), DATES)
def test_a_date_does_not_depend_on_today(head, date):
    """A date to come is taken as it stands; what a date leaves open is not filled in from the calendar."""
    assert extract.from_html(article("", head=head)).date_published == date


PAGES = [
    article("<p>Der Bau war teuer und hat lange gedauert.</p>" * 3, head=META),
    article("<ul><li>Länge</li><li>Breite</li></ul>", head=META),
    article("", "<h1>Andere Worte</h1>"),
    "<p>Ein Satz.</p>",
]


def test_a_page_comes_out_the_same_whatever_came_before_it():
    first = [extract.from_html(page) for page in PAGES]
    for _ in range(4):
        assert [extract.from_html(page) for page in PAGES] == first
    assert [extract.from_html(page) for page in reversed(PAGES)] == first[::-1]


def test_a_page_comes_out_the_same_in_any_process():
    """In other time zones and with other hash seeds."""
    program = (
        "import json, sys; from cleaners import extract\n"
        "print([extract.from_html(page) for page in json.load(sys.stdin)])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(PAGES),
            env=os.environ | {"TZ": zone, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for zone, seed in [("Pacific/Kiritimati", "1"), ("Pacific/Pago_Pago", "2")]
    }
    assert outputs == {f"{[extract.from_html(page) for page in PAGES]}\n"}


def test_extracted_text_keeps_its_lines_unchanged():
    document = extract.from_text("Titel\r\n\r\n  eingerückt \rmit\u2028Trenner\x85\n\ud800Ende\n", url="u", title="T")
    lines = ["Titel", "", "  eingerückt ", "mit\u2028Trenner\x85", "\ufffdEnde", ""]
    assert [block.text for block in document.blocks] == lines
    assert {block.kind for block in document.blocks} == {"line"}
    assert (document.url, document.title, document.from_html) == ("u", "T", False)
    assert document.text == "\n".join(lines)


@pytest.mark.parametrize("text", ["", " \n\t\r\n ", "\u3000"])
def test_empty_text_is_rejected(text):
    with pytest.raises(extract.PageRejected, match="empty"):
        extract.from_text(text)
