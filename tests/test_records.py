"""Records and rejects: each page in exactly one of them, in columns that are fixed."""

import dataclasses
import os
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners import clean_batch, ledger, schema
from cleaners.document import Removal
from cleaners.rules import load_rules
from cleaners.settings import Settings

PROSE = (
    "The ferry at Alder left late on Thursday, as fog lay on the river, and the passengers waited on the old pier."
)
MORE = (
    "By noon the sun had won, and the ferryman carried forty people across in a single hour, which nobody had seen."
)
GERMAN = (
    "Die Fähre in Alder fuhr am Donnerstag nicht, weil der Nebel auf dem Fluss lag und die Gäste sich verspäteten."
)
CHINESE = "渡船每天早上都要过河，船夫认识每一位乘客。"
HTML = (
    f'<html lang="en"><head><title>Fog on the river</title></head><body><article><h1>Fog on the river</h1>'
    f"<p>{PROSE}</p><p>{MORE}</p><p>Leave a Reply</p></article></body></html>"
)
FINEWEB = {
    "text": pa.string(),
    "id": pa.string(),
    "dump": pa.string(),
    "url": pa.string(),
    "date": pa.string(),
    "file_path": pa.string(),
    "language": pa.string(),
    "language_score": pa.float64(),
    "token_count": pa.int64(),
}


def batch(*pages: dict) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(pages), schema=schema.PAGES)


def clean(*pages: dict, **options) -> tuple[list[dict], list[dict]]:
    records, rejects = clean_batch(batch(*pages), Settings(**options))
    return records.to_pylist(), rejects.to_pylist()


def record(**page) -> dict:
    (found,), rejects = clean(page)
    assert not rejects
    return found


def reject(**page) -> dict:
    records, (found,) = clean(page)
    assert not records
    return found


def test_the_first_nine_columns_are_finewebs():
    assert list(zip(schema.RECORDS.names[:9], schema.RECORDS.types[:9], strict=True)) == list(FINEWEB.items())


def test_the_schema_is_fixed_and_never_inferred():
    for pages in ([], [{"text": PROSE}], [{"text": ""}], [{"html": HTML.encode(), "url": "https://a.example/"}]):
        records, rejects = clean_batch(batch(*pages))
        assert records.schema.equals(schema.RECORDS)
        assert rejects.schema.equals(schema.REJECTS)


def test_a_record_of_an_html_page():
    row = record(
        id="p-1",
        url="https://news.alder.co.uk/fog",
        date="2026-02-03T04:05:06Z",
        file_path="a.warc.gz",
        offset=77,
        html=HTML.encode(),
        fetch_status=200,
        warc_filename="a.warc.gz",
        warc_record_offset=77,
        warc_record_length=900,
    )
    removed, digest = row.pop("removed"), row.pop("content_digest")
    assert [(cut["rule"], cut["category"], cut["text"]) for cut in removed] == [
        ("headline", "headline", "Fog on the river\n"),
        ("comment-heading", "comment-prompt", "\nLeave a Reply"),
    ]
    assert digest.startswith("sha256:") and len(digest) == 71
    assert row.pop("removed_share") == pytest.approx(31 / (31 + len(PROSE) + 1 + len(MORE)), abs=1e-6)
    assert row.pop("cleaner_version") == Settings().version
    assert row.pop("ruleset") == Settings().ruleset
    assert row == {
        "text": f"{PROSE}\n{MORE}",
        "id": "p-1",
        "dump": None,
        "url": "https://news.alder.co.uk/fog",
        "date": "2026-02-03T04:05:06Z",
        "file_path": "a.warc.gz",
        "language": "en",
        "language_score": None,
        "token_count": None,
        "title": "Fog on the river",
        "author": None,
        "date_published": None,
        "site_name": None,
        "canonical_url": None,
        "page_kind": "article",
        "url_host_registered_domain": "alder.co.uk",
        "fetch_status": 200,
        "warc_filename": "a.warc.gz",
        "warc_record_offset": 77,
        "warc_record_length": 900,
        "language_script": "Latn",
        "word_count": 43,
        "flags": [],
    }


def test_text_and_removed_rebuild_the_page():
    row = record(text=f"Kommentare\n\n{GERMAN}\n- Advertisement -\n\n  {PROSE} 😀\nLeave a Reply\n")
    removed = [Removal(**cut) for cut in row["removed"]]
    assert removed
    assert (
        ledger.rebuild(row["text"], removed)
        == f"Kommentare\n\n{GERMAN}\n- Advertisement -\n\n  {PROSE} 😀\nLeave a Reply\n"
    )
    assert {cut.category for cut in removed} <= schema.CATEGORIES.keys()


def test_html_wins_over_text():
    row = record(html=HTML.encode(), text="Something else.", title="Another title")
    assert (row["text"], row["title"]) == (f"{PROSE}\n{MORE}", "Fog on the river")


def test_where_the_html_is_empty_the_text_counts():
    assert record(html=b"", text=PROSE)["text"] == PROSE


def test_of_text_the_row_knows_the_title():
    assert record(text=PROSE, title="Fog")["title"] == "Fog"


def test_what_an_input_row_knew_is_carried_along():
    row = record(text=PROSE, dump="CC-MAIN-2026-05", token_count=12, date="2026-01-01T00:00:00Z", fetch_status=203)
    assert (row["dump"], row["token_count"], row["fetch_status"]) == ("CC-MAIN-2026-05", 12, 203)
    (first, second), _ = clean({"text": PROSE}, {"text": PROSE, "dump": "own"}, dump="of-the-run")
    assert (first["dump"], second["dump"]) == ("of-the-run", "own")


def test_the_title_comes_first_where_asked_for():
    (row,), _ = clean({"html": HTML.encode()}, headline=True)
    assert row["text"] == f"Fog on the river\n{PROSE}\n{MORE}"


REJECTED = {
    "neither": ({}, "load", "content_missing"),
    "no bytes": ({"html": b""}, "extract", "empty"),
    "no bytes, but text": ({"html": b"", "text": ""}, "extract", "empty"),
    "no words": ({"text": " \n "}, "extract", "empty"),
    "an image": ({"html": b"\x89PNG\r\n\x1a\n...."}, "extract", "not_html"),
    "no main text": ({"html": b"<html><script>go()</script></html>"}, "extract", "no_text"),
    "too deep": ({"html": b"<div>" * 3000 + PROSE.encode()}, "extract", "too_deep"),
    "a damaged row": ({"problem": "row_invalid", "problem_detail": "line 7: '{'"}, "load", "row_invalid"),
    "a damaged page": ({"problem": "record_truncated", "html": HTML.encode()}, "load", "record_truncated"),
}


@pytest.mark.parametrize(("page", "stage", "reason"), REJECTED.values(), ids=REJECTED)
def test_a_reject_says_where_and_why(page, stage, reason):
    row = reject(**page, id="p-9", url="https://a.example/", file_path="a.jsonl", offset=9)
    assert (row["stage"], row["reason"]) == (stage, reason)
    assert (row["id"], row["url"], row["file_path"], row["offset"]) == ("p-9", "https://a.example/", "a.jsonl", 9)
    assert reason in schema.REASONS
    assert row["detail"] or reason == "record_truncated"


FLAGS = {
    "all_removed": ({"text": "Leave a Reply\nKommentare"}, ["all_removed", "mostly_removed"]),
    "mostly_removed": ({"text": "Leave a Reply\nKommentare\nFog."}, ["mostly_removed"]),
    "charset_guessed": ({"html": f"<p>{GERMAN}</p>".encode("latin-1")}, ["charset_guessed"]),
    "charset_lossy": ({"html": f"<p>{GERMAN * 9}</p>".encode() + b"\xff"}, ["charset_lossy"]),
    "none": ({"text": PROSE}, []),
}


@pytest.mark.parametrize(("page", "flags"), FLAGS.values(), ids=FLAGS)
def test_flags(page, flags):
    """A page of which everything was removed is a record with empty text: cleaning drops no page."""
    row = record(**page)
    assert row["flags"] == flags
    assert set(flags) <= schema.FLAGS.keys()
    assert (row["text"] == "") == ("all_removed" in flags)
    assert 0 <= row["removed_share"] <= 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PROSE, 22),
        ("渡船每天早上", 6),
        ("渡船 No. 4 过河", 6),
        ("ひらカタ語", 5),
        ("l'été 3,5", 4),
        ("เรือ", 4),
        ("…", 0),
    ],
)
def test_word_count(text, words):
    """Each ideograph, kana or Thai character counts as a word, as scripts without spaces have no cheaper measure."""
    assert record(text=text)["word_count"] == words


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.alder.com/a", "alder.com"),
        ("https://news.alder.co.uk:8080/a", "alder.co.uk"),
        ("http://user@blog.alder.github.io/", "github.io"),
        ("http://www.münchen.de/", "münchen.de"),
        ("http://192.0.2.7/a", None),
        ("http://[2001:db8::1]/a", None),
        ("http://localhost/a", None),
        ("file:///a/b.html", None),
        ("not a url", None),
        ("http://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_registered_domain(url, domain):
    assert record(text=PROSE, url=url)["url_host_registered_domain"] == domain


def test_no_network_is_needed():
    """tldextract would fetch its list of suffixes; here the one that comes with it is used."""
    program = (
        "import socket\n"
        "def refuse(*args, **kwargs): raise SystemExit('touched the network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "import pyarrow as pa; from cleaners import clean_batch, schema\n"
        "page = {'text': 'A line of text.', 'url': 'https://a.b.co.uk/'}\n"
        "records, _ = clean_batch(pa.RecordBatch.from_pylist([page], schema=schema.PAGES))\n"
        "print(records.to_pylist()[0]['url_host_registered_domain'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TLDEXTRACT_CACHE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (0, "b.co.uk\n"), done.stderr


def test_a_row_keeps_its_id_and_others_get_a_stable_one():
    pages = [
        {"id": "<urn:uuid:11111111-2222-3333-4444-555555555555>", "text": PROSE},
        {"text": PROSE, "url": "https://a.example/", "offset": 1},
        {"text": PROSE, "url": "https://a.example/", "offset": 2},
        {"text": PROSE, "url": "https://b.example/", "offset": 1},
        {"text": MORE, "url": "https://a.example/", "offset": 1},
        {"text": PROSE, "file_path": "a.txt", "offset": 1},
        {"text": " ", "offset": 1},
    ]
    records, rejects = clean(*pages)
    ids = [row["id"] for row in records + rejects]
    assert ids[0] == pages[0]["id"]
    assert len(set(ids)) == len(ids)
    assert ids[1] == "<urn:uuid:396e50ea-0012-5d5c-b69b-83b405a864c4>"
    assert [row["id"] for kind in clean(*pages) for row in kind] == ids


LINES = [
    PROSE,
    MORE,
    GERMAN,
    CHINESE,
    "Leave a Reply",
    "Kommentare",
    "- Advertisement -",
    "",
    "Fog",
    "\u2028",
    "\ud800",
    "\0",
]
TEXT_PAGES = st.builds(lambda lines: {"text": "\n".join(lines)}, st.lists(st.sampled_from(LINES), max_size=6))
ODD_PAGES = st.sampled_from(
    [{}, {"html": b""}, {"html": HTML.encode()}, {"html": b"\xff\xd8\xff"}, {"html": HTML.encode("utf-16")}]
    + [{"problem": reason} for reason in ("row_invalid", "archive_damaged")]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(TEXT_PAGES, ODD_PAGES), max_size=8))
def test_each_page_ends_in_exactly_one_place_and_in_order(pages):
    numbered = [page | {"id": f"{number:03}"} for number, page in enumerate(pages)]
    numbered = [{k: encodable(v) for k, v in page.items()} for page in numbered]
    records, rejects = clean(*numbered)
    for rows in (records, rejects):
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert sorted(row["id"] for row in records + rejects) == [page["id"] for page in numbered]
    assert {row["reason"] for row in rejects} <= schema.REASONS.keys()
    for row in records:
        assert set(row["flags"]) <= schema.FLAGS.keys()
        assert {cut["category"] for cut in row["removed"]} <= schema.CATEGORIES.keys()


def encodable(value):
    return value.replace("\ud800", "\ufffd") if isinstance(value, str) else value


def test_batching_does_not_matter():
    kinds = [
        {"text": f"{PROSE}\nLeave a Reply"},
        {"html": HTML.encode()},
        {"text": ""},
        {"text": GERMAN},
        {"html": b"%PDF"},
    ]
    pages = [kinds[number % 5] | {"file_path": "a.jsonl", "offset": number + 1} for number in range(30)]
    results = []
    for size in (1, 7, 30):
        parts = [clean_batch(batch(*pages[at : at + size])) for at in range(0, 30, size)]
        results.append([pa.Table.from_batches(column).combine_chunks() for column in zip(*parts, strict=True)])
    assert all(records.equals(results[0][0]) and rejects.equals(results[0][1]) for records, rejects in results)
    assert (results[0][0].num_rows, results[0][1].num_rows) == (18, 12)


def test_categories_of_all_rules_are_known():
    assert {rule.category for rule in Settings().rules} <= schema.CATEGORIES.keys()


def test_a_fault_in_a_rule_costs_the_page_it_meets_and_no_other():
    """The line pattern cannot be compiled, on purpose; only the page with a short enough line meets it."""
    broken = dataclasses.replace(load_rules()[0], lines=(r"(?<=a+)\w.*",), longest=20)
    conditions = Settings()
    vars(conditions)["rules"] = (broken,)
    pages = batch({"text": "A short line"}, {"text": "A line that is longer than the rule ever looks at"})
    records, rejects = clean_batch(pages, conditions)
    assert records["text"].to_pylist() == ["A line that is longer than the rule ever looks at"]
    (row,) = rejects.to_pylist()
    assert (row["stage"], row["reason"]) == ("clean", "clean_error")
    assert row["detail"].startswith("error: ") or row["detail"].startswith("PatternError: ")
