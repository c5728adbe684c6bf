"""The input guard: what a browser shows, extraction finds. Each page differs from a clean one in a single defect."""

import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners import extract, markup, schema, votes

NAMES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
SENTENCES = [f"On the {name} morning the ferry at Alder left late, as fog lay on the old river." for name in NAMES]
ARTICLE = "".join(f"<p>{sentence}</p>\n" for sentence in SENTENCES)
TEXT = "\n".join(SENTENCES)


def page(article=ARTICLE, before="", head="", start='<!DOCTYPE html>\n<html lang="en">') -> str:
    meta = '<meta charset="utf-8"><title>The ferry at Alder</title>'
    return f"{start}<head>{meta}{head}</head><body>{before}<article>{article}</article></body></html>"


def inside(defect: str) -> str:
    """The article with a defect between two of its words."""
    return ARTICLE.replace("old river", f"old{defect} river", 1)


def nested(depth: int, article: str = "") -> str:
    return "<div>" * depth + article + "</div>" * depth


XHTML = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
)
SAME = {
    "the clean page": page(),
    "reference to a control character": page(inside("&#1;")),
    "reference to a vertical tab": page(inside("&#11;")),
    "reference to a noncharacter": page(inside("&#xFFFE;")),
    "reference to NUL": page(inside("&#0;")),
    "reference without a semicolon": page(inside("&#x1F")),
    "many references": page(inside("&#1;&#2;&#x3;" * 1000)),
    "raw control character": page(inside("\x01")),
    "raw vertical tab and form feed": page(inside("\x0b\x0c")),
    "raw NUL": page(inside("\0")),
    "raw noncharacters": page(inside("\ufffe\uffff\ufdd0\ufdd1")),
    "undefined C1 control": page(inside("\x81")),
    **{f"article {depth} levels deep": page(nested(depth, ARTICLE)) for depth in (250, 254, 300, 1000, 2000)},
    **{f"{depth} levels before it": page(before=nested(depth)) for depth in (250, 254, 300, 1000, 2000)},
    "300 divs before it": page(before="<div></div>" * 300),
    "300 divs never closed": page(before="<div>" * 300),
    "300 inline tags never closed": page(before="<b><i>" * 150),
    "11 MB script": page(before="<script>" + "var a=1;" * 1_400_000 + "</script>"),
    "11 MB image in a data URI": page(before='<img src="data:image/png;base64,' + "QUJD" * 2_800_000 + '">'),
    "2 MB comment": page(before="<!--" + "note " * 400_000 + "-->"),
    "4,000 attributes": page(before="<div " + " ".join(f"a{i}=1" for i in range(4000)) + "></div>"),
    "doctype with a slash": page(start='<!DOCTYPE html SYSTEM "about:legacy-compat" />\n<html>'),
    "doctype of two lines": page(start=XHTML.replace('" "', '"\n  "') + "\n<html>"),
    "doctype cut short": page(start="<!DOCTYPE\n<html>"),
    "doctype in capitals, after a mark": page(start="\ufeff<!DOCTYPE HTML>\n<HTML>"),
    "XML declaration": page(start=f'<?xml version="1.0" encoding="utf-8"?>\n{XHTML}\n<html>'),
    "self-closed html tag": page(start='<!DOCTYPE html>\n<html lang="en" />\n'),
    "self-closed html tag in one line": page(start='<!DOCTYPE html><html xmlns="x"/>'),
    "no html tag": page(start="").replace("</html>", ""),
    "no head": f"<body><article>{ARTICLE}</article></body>",
    "nothing but paragraphs": ARTICLE,
    "paragraphs never closed": page(ARTICLE.replace("</p>", "")),
    "nothing ever closed": page(ARTICLE.replace("</p>", "")).partition("</article>")[0],
    "everything closed twice": page(ARTICLE.replace("</p>", "</p></p></b></span>")),
    "two bodies": page(before="<p></body><body>"),
    "comments": page(ARTICLE.replace("</p>\n", "</p><!-- a -- > note -->\n")),
    "conditional comment": page(f"<!--[if IE]><p>Get a newer browser.</p><![endif]-->{ARTICLE}"),
    "comment never closed": page(f"{ARTICLE}<!-- and so on"),
    "CDATA": page(ARTICLE.replace("<p>On the third", "<![CDATA[ x ]]><p>On the third")),
    "processing instruction": page(ARTICLE.replace("<p>On the third", "<?php echo 1; ?><p>On the third")),
    "JSON-LD 900 levels deep": page(head=f'<script type="application/ld+json">{"[" * 900}{"]" * 900}</script>'),
    "JSON-LD never closed": page(head=f'<script type="application/ld+json">{"{" * 20_000}</script>'),
    "hidden template": page(before="<template><p>A card that a script would fill.</p></template>"),
    "only text": "\n\n".join(SENTENCES),
    "only text, in html tags": f"<html><body>{'<br>'.join(SENTENCES)}</body></html>",
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("form", [str, str.encode], ids=["text", "bytes"])
def test_a_defect_does_not_change_the_text(name, form):
    start = time.process_time()
    document = extract.from_html(form(SAME[name]))
    assert document.text == TEXT
    assert time.process_time() - start < 3  # most of it htmldate's, which took 5 s for 11 MB


# What stands where `DEFECT` stands in "old DEFECT river".
SHOWN = {
    "lone surrogate": ("\ud800", "\ufffd"),
    "reference to a surrogate": ("&#xD800;", "\ufffd"),
    "reference beyond Unicode": ("&#x110000;", "\ufffd"),
    "reference of twenty digits": ("&#99999999999999999999;", "\ufffd"),
    "reference with leading zeros": ("&#000000000000065;", "A"),
    "reference to a windows-1252 quote": ("&#146;", "’"),
    "raw windows-1252 quote": ("\x92", "’"),
    "unknown entity": ("&nosuch;", "&nosuch;"),
    "ampersand": ("&", "&"),
    "double escaping": ("&amp;#8217;", "’"),
    "emoji": ("😀", "😀"),
    "entity of the page's own": ("&secret;", "&secret;"),
}


@pytest.mark.parametrize(("defect", "shown"), SHOWN.values(), ids=SHOWN)
def test_what_cannot_be_shown_is_replaced_and_nothing_after_it_is_lost(defect, shown):
    document = extract.from_html(page(inside(f" {defect}")))
    assert document.text == TEXT.replace("old river", f"old {shown} river", 1)


def test_a_lone_surrogate_in_bytes_costs_one_character():
    document = extract.from_html(page(inside(" \ud800")).encode("utf-8", "surrogatepass"))
    assert "charset_lossy" in document.flags
    assert document.text.replace("\ufffd", "") == TEXT.replace("old river", "old  river", 1)


def test_external_entities_are_never_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the password")
    start = f'<!DOCTYPE html [<!ENTITY secret SYSTEM "file://{secret}">]>\n<html>'
    assert "password" not in extract.from_html(page(f"{ARTICLE}<p>&secret;</p>", start=start)).text


def test_a_billion_laughs_stay_one():
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    document = extract.from_html(page(f"{ARTICLE}<p>&i;</p>", start=f"<!DOCTYPE html [{entities}]>\n<html>"))
    assert len(document.text) < len(TEXT) + 1000


def test_an_absurd_colspan_costs_neither_memory_nor_text():
    table = "<table><tr><td colspan=9000000000000000>wide</td><td rowspan=9000000>next</td></tr></table>"
    assert extract.from_html(page(ARTICLE + table)).text == f"{TEXT}\nwide | next"


REJECTED = {
    "no bytes": (b"", "empty"),
    "white space": ("  \n\t ", "empty"),
    "NULs": (b"\0" * 500, "not_html"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 50, "not_html"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not_html"),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0", "not_html"),
    "a comment": ("<!-- nothing here -->", "no_text"),
    "control characters": ("\x01\x02\x03", "no_text"),
    "an empty element": ("<html></html>", "no_text"),
    "scripts only": (page("", head="<script>start()</script>"), "no_text"),
    "images only": (page('<img src="a.png"><img src="b.png">'), "no_text"),
    "frames": (
        '<html><frameset cols="50%,50%"><frame src="a.html"><frame src="b.html"></frameset></html>',
        "no_text",
    ),
    "2,100 levels": (page(nested(2_100, ARTICLE)), "too_deep"),
    "50,000 levels": (page(nested(50_000, ARTICLE)), "too_deep"),
    "50,000 levels of inline tags": (page("<b>" * 50_000 + ARTICLE), "too_deep"),
}


@pytest.mark.parametrize(("content", "reason"), REJECTED.values(), ids=REJECTED)
def test_a_page_without_text_is_rejected_by_name(content, reason):
    with pytest.raises(extract.PageRejected) as rejected:
        extract.from_html(content)
    assert rejected.value.reason == reason
    assert rejected.value.detail
    assert reason in schema.REASONS


SENTENCE = "The ferry crosses the river at dawn, and nobody minds the noise. "


def test_where_trafilatura_fails_the_markup_tells_the_text():
    """It calls itself for each list in a list: with little room on the stack it fails on three hundred."""
    lists = "<ul><li>An item of a list in a list" * 300 + "</li></ul>" * 300
    deep = page(f"<p>{SENTENCE * 5}</p>{lists}")
    asked = extract.from_html(deep).text  # with room enough
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(frames_in_use() + 200)
        assert extract.from_html(page()).text
        assert votes.of_trafilatura(markup.parse(deep), []) is None
        unasked = extract.from_html(deep).text
    finally:
        sys.setrecursionlimit(limit)
    assert SENTENCE in asked and SENTENCE in unasked


def frames_in_use() -> int:
    frame, count = sys._getframe(), 0
    while frame:
        frame, count = frame.f_back, count + 1
    return count


TAGS = """
<p> </p> <div> </div> <table> <tr> <td> </table> <ul> <li> </ul> <pre> </pre> <code> </code> <br> <a href=/> </a>
<blockquote> <q> <h1> </h1> <script> </script> <!-- --> <![CDATA[ ]]> &#1; &amp; &#x110000; < > <html/> <svg>
<body> </body> <article> <select> <textarea> <noscript> <template> <math>
"""
HEAPED = st.sampled_from([*TAGS.split(), "\0", "\ud800", "\x85", "\u2028", "\xad", "\xa0"])
WORDS = st.sampled_from(["The ferry left late. ", "渡船每天早上都要过河。", "old river, ", "\n", "  ", "Fähre "])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(HEAPED, WORDS), max_size=60).map("".join))
def test_any_heap_of_tags_is_a_document_or_a_named_reject(heap):
    try:
        document = extract.from_html(heap)
    except extract.PageRejected as rejected:
        assert rejected.reason in {"empty", "no_text"}
        return
    for block in document.blocks:
        assert block.text
        assert block.text.splitlines() == [block.text]
        assert not set(block.text) & set("\0\ud800\x85\ufdd0\ufdd1\u2028")
        block.text.encode()


@given(st.text())
def test_sanitised_text_fits_into_xml_and_keeps_the_rest(text):
    clean = markup.sanitise(text)
    clean.encode()
    assert not set(clean) & {chr(code) for code in [*range(9), *range(14, 32), 0xFFFE, 0xFFFF, 0xFDD0]}
    assert markup.sanitise(clean) == clean or "&#" in clean
