"""From HTML to a tree: what is dropped and mended on the way, in time that grows with the page and no faster."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.html import HtmlElement

from cleaners import markup
from tests.test_guard import SAME

FORBIDDEN = [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF]
SANITISED = {  # a text, and what is left of it
    "a\x01b&#1;c": "abc",
    "a\x0bb&#12;c": "a b c",
    "it\x92s &#146;tis&#x91;": "it’s ’tis‘",
    "\ud800 &#xDC00; &#55296;": "\ufffd \ufffd \ufffd",
    "&#x110000; &#99999999999;": "\ufffd \ufffd",
    "&#38;#1; &#233 &#x1F600;": "&#38;#1; &#233; &#128512;",
    "&#&#1;1;": "\ufffd",  # what dropping a reference put together is no reference either
    "&#&#1;2&#1;33;": "&#233;",
    "&#\x011;": "",
    "naïve — 渡船 😀 \x85": "naïve — 渡船 😀 …",
}
QUICK = 400_000  # characters that take ten seconds and more where time grows with their square
HOSTILE = {
    "doctype of slashes": "<!DOCTYPE " + "/" * QUICK,
    "doctype of slashes and brackets": "<!DOCTYPE " + "/<" * QUICK + ">",
    "html tags of slashes": "<html " * QUICK + "/",
    "odd names": "<p" + '"' * QUICK,
    "many odd names": "".join(f'<div><p"{number}></div>' for number in range(QUICK // 20)),
    "references in references": "&#" * QUICK + "&#1;" + "1;" * QUICK,
}


@pytest.mark.parametrize(("text", "left"), SANITISED.items())
def test_what_xml_cannot_hold_is_dropped_or_replaced_and_the_rest_stays(text, left):
    assert markup.sanitise(text) == left
    assert markup.sanitise(f"渡船{text}渡船") == f"渡船{left}渡船"


@pytest.mark.parametrize("code", FORBIDDEN)
def test_no_forbidden_character_gets_through_whatever_else_stands_in_the_text(code):
    for rest in ("a", "é", "渡", "😀"):
        for text in (f"{rest}{chr(code)}{rest}", f"{rest}&#{code};{rest}", f"{rest}&#x{code:x}{rest}"):
            clean = markup.sanitise(text)
            assert not {*map(ord, clean)} & {*FORBIDDEN}
            assert clean.count(rest) == 2 or rest == "a"  # "&#x1a" is another reference


@given(st.text(alphabet=st.sampled_from("&#x1289;\x01\x92\ud800é渡")))
def test_what_is_sanitised_holds_no_reference_to_what_is_forbidden(text):
    clean = markup.sanitise(text)
    tree = markup.parse(f"<p>{clean}</p>")
    assert not {*map(ord, clean), *map(ord, "".join(tree.itertext()))} & {*FORBIDDEN, 0xD800}


@pytest.mark.parametrize("name", [name for name, text in SAME.items() if len(text) < QUICK])
def test_plain_elements_make_the_same_tree(name):
    text = markup.sanitise(SAME[name])
    tree, plain = markup.parse(text), markup.parse(text, plain=True)
    assert isinstance(tree, HtmlElement) and not isinstance(plain, HtmlElement)
    assert etree.tostring(tree) == etree.tostring(plain)


@pytest.mark.parametrize("text", ["", " \n", "<!-- note -->", "<!DOCTYPE html/>"])
def test_where_there_is_no_element_there_is_no_tree(text):
    assert markup.parse(text) is markup.parse(text, plain=True) is None


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE html/>", "< ! doctype html SYSTEM 'a/b' / >", "<html/>", "<HTML lang=en />"]
)
def test_a_slash_that_closes_the_beginning_costs_nothing_of_the_page(start):
    tree = markup.parse(f"{start}<body><p>The sign reads Alder/></p>\n<p>It is old.</p>")
    assert [paragraph.text for paragraph in tree.iter("p")] == ["The sign reads Alder/>", "It is old."]


def test_a_page_that_says_xhtml_is_written_as_it_was():
    start = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
    tree = markup.parse(
        f'{start}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>The ferry left.</p></body></html>'
    )
    assert etree.tostring(tree).count(b"xmlns") == 1


def test_elements_of_odd_names_become_spans_and_others_keep_their_names():
    tree = markup.parse("<p\"x>a</p\"x><svg:rect>b</svg:rect><o'clock>c</o'clock><my-tag>d</my-tag>")
    assert [element.tag for element in tree.iter()][2:] == ["span", "svg:rect", "span", "my-tag"]


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_page_and_not_with_its_square(name):
    start = time.process_time()
    markup.parse(markup.sanitise(HOSTILE[name]))
    assert time.process_time() - start < 5


def test_reading_markup_needs_no_extraction_library():
    """`--profile fast` is to start without them."""
    program = "import sys, cleaners.markup; print(sorted({'trafilatura', 'htmldate', 'dateparser'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
