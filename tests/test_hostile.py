"""Hostile inputs inside this process: a part of the catalogue, and each fault that it has brought to light.

All of it, through the command: `python -m bench.survival.hostile full`.
"""

import time

import pyarrow as pa
import pytest

from bench.survival import hostile_characters, hostile_files, hostile_markup, hostile_metadata, hostile_texts
from bench.survival.corpus import PARAGRAPHS, SENTENCES, TEXT, behind, between, in_head, inside, json_ld, page
from bench.survival.hostile import INPUTS, MECHANISMS, catalogue
from bench.survival.outcomes import Outcome, faults_of
from cleaners import charset, clean_batch, extract, markup
from cleaners.schema import PAGES

PER_MODULE = 16
LARGE = 200_000  # bytes; the rest is for the bench


def _selected():
    """Some of each module, evenly spread, and nothing slow."""
    for module in (hostile_characters, hostile_files, hostile_markup, hostile_metadata, hostile_texts):
        of_pages = [entry for entry in module.inputs() if entry.suffix == ".html" and not entry.slow]
        yield from of_pages[:: max(1, len(of_pages) // PER_MODULE)]


def test_the_catalogue_is_as_large_as_promised_and_names_each_input_once():
    entries = catalogue()
    assert len(entries) >= INPUTS
    assert len({entry.mechanism for entry in entries}) >= MECHANISMS
    assert len({entry.name for entry in entries}) == len(entries)


def test_hostile_pages_end_as_they_should_each_and_all_in_one_batch():
    entries = [(entry, content) for entry in _selected() if len(content := entry.built()) < LARGE]
    rows = [
        dict.fromkeys(PAGES.names) | {"html": content, "file_path": entry.name, "offset": 0}
        for entry, content in entries
    ]
    records, rejects = clean_batch(pa.RecordBatch.from_pylist(rows, schema=PAGES))
    ended = {row["file_path"]: Outcome(record=row) for row in records.to_pylist()}
    ended |= {row["file_path"]: Outcome(reject=row) for row in rejects.to_pylist()}
    assert records.num_rows + rejects.num_rows == len(ended) == len(entries) > 60
    faults = [
        f"{entry.name}: {fault}"
        for entry, _ in entries
        for fault in faults_of(ended.get(entry.name), entry, entry.ends[0])
    ]
    assert not faults


END = "</body></html>"
FAULTS = {
    "text behind the end of the document": between(END),
    "text behind the end of a second document": between(END + "<html><body>"),
    "the document ends inside its head": in_head("</html>"),
    "tag with a name that XML does not know": inside('<p"x>y</p"x>'),
    "tag with a name that XML does not know, in a paragraph": PARAGRAPHS.replace("<p>On", "<p><b--!>On</b--!>"),
    "ten thousand hints where to break a line": inside("<wbr>" * 10_000),
    "headline that is a list": json_ld('{"@context": "https://schema.org", "@type": "Article", "headline": [["x"]]}'),
    "name that is half an emoji": json_ld(
        '{"@context": "https://schema.org", "@type": "Article", "author": {"@type": "Person", "name": "A \\ud83d B"}}'
    ),
    "five thousand cells in a row": behind("<table><tr>" + "<td>1" * 5_000 + "</table>"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_once_cost_text_or_time(name):
    start = time.process_time()
    document = extract.from_html(FAULTS[name])
    assert all(sentence in document.text for sentence in SENTENCES if "old river" not in sentence)
    for field in (document.title, document.author, document.site_name):
        assert not field or field.encode()
    assert time.process_time() - start < 5


@pytest.mark.parametrize("container", ["article", "section", "main", "center"])
@pytest.mark.parametrize("first", ["{0}<br>{1}", "{0}<p>{1}</p>", "<b>{0}</b><br>{1}", "<span>{0}</span><p>{1}</p>"])
def test_words_in_front_of_the_first_block_stay(container, first):
    opening = f"{SENTENCES[0]} {SENTENCES[1]}"
    body = first.format(opening, SENTENCES[2]) + "".join(f"<p>{one}</p>" for one in SENTENCES[3:])
    html = page().replace(f"<article>{PARAGRAPHS}</article>", f"<{container}>{body}</{container}>")
    assert extract.from_html(html).text.split("\n") == [opening, *SENTENCES[2:]]


@pytest.mark.parametrize("around", ["{}", "<div>{}</div>", "<menu>{}</menu>", "<section>{}</section>"])
def test_items_without_a_list_do_not_run_together(around):
    items = "".join(f"<li>{sentence}</li>" for sentence in SENTENCES)
    assert "." + SENTENCES[1][:3] not in extract.from_html(page(around.format(items))).text


def test_a_page_with_a_few_hundred_nuls_is_a_page():
    html = page(PARAGRAPHS.replace("</p>", "</p>" + "\0" * 50)).encode()
    assert extract.from_html(html).text == TEXT
    with pytest.raises(extract.PageRejected, match="not_html"):
        extract.from_html(b"\0" * 900 + b"<")


WRONG_MARKS = {
    "mark of UTF-8 before UTF-16": b"\xef\xbb\xbf" + page().encode("utf-16-le"),
    "mark of UTF-16 before UTF-8": b"\xff\xfe" + page().encode(),
    "mark of UTF-16 before UTF-16": b"\xff\xfe" + page().encode("utf-16-le"),
}


@pytest.mark.parametrize("name", WRONG_MARKS)
def test_bytes_are_believed_rather_than_their_mark(name):
    assert charset.decode(WRONG_MARKS[name]) == (page(), ())


def test_an_encoding_is_guessed_from_where_its_bytes_stand():
    words = "Паром отошёл поздно, потому что до девяти часов над рекой лежал густой туман."
    raw = b"<!--" + b"-" * 1_000_000 + f"--><p>{words}</p>".encode("cp1251")
    decoded, flags = charset.decode(raw)
    assert words in decoded
    assert flags == ("charset_guessed",)


def test_formats_are_told_by_their_first_bytes():
    for entry in hostile_files.inputs():
        if entry.mechanism == "packed page under a plain name":
            assert markup.binary_format(entry.built())


@pytest.mark.parametrize("text", ["&#x\0\0e;", "&#&#1;1;", "&#&#&#1;1;1;", "&#\x0f&#1;x\0e;", "&#\ud8001;"])
def test_what_is_dropped_leaves_no_other_forbidden_reference_behind(text):
    tree = markup.parse(f"<p>{markup.sanitise(text)}</p>")
    tree.text = "".join(tree.itertext())  # lxml takes nothing that XML does not
