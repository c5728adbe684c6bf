"""What `import cleaners` gives, and what it does not bring along."""

import doctest
import subprocess
import sys
import time

import pyarrow as pa
import pytest

import cleaners
from cleaners import PageRejected, clean_batch, clean_html, clean_text, load_rules, schema

PROSE = (
    "The ferry at Alder left late on Thursday, as fog lay on the river, and the passengers waited on the old pier."
)
PAGE = f"<html lang=en><body><article><p>{PROSE}</p><p>{PROSE[::-1]}</p><p>Leave a Reply</p></article></body></html>"


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_clean_html_takes_text_and_bytes():
    cleaned = clean_html(PAGE, url="https://alder.example/fog")
    assert cleaned.text == f"{PROSE}\n{PROSE[::-1]}"
    assert [(removal.rule, removal.text) for removal in cleaned.removed] == [("comment-heading", "\nLeave a Reply")]
    assert cleaned.document.url == "https://alder.example/fog"
    assert clean_html(PAGE.encode("utf-16")).text == cleaned.text


def test_clean_text_keeps_lines():
    cleaned = clean_text(f"{PROSE}\n\nKommentare\n  {PROSE}")
    assert cleaned.text == f"{PROSE}\n\n  {PROSE}"
    assert cleaned.language.code == "en"
    assert cleaners.rebuild(cleaned.text, cleaned.removed) == cleaned.document.text


def test_clean_batch_takes_pages_and_gives_records_and_rejects():
    pages = pa.RecordBatch.from_pylist([{"text": PROSE}, {"html": PAGE.encode()}, {"text": ""}], schema=schema.PAGES)
    records, rejects = clean_batch(pages)
    assert records.column("text").to_pylist() == [PROSE, f"{PROSE}\n{PROSE[::-1]}"]
    assert rejects.column("reason").to_pylist() == ["empty"]


def test_rules_can_be_chosen():
    rules = load_rules()
    assert len({rule.id for rule in rules}) == len(rules) > 0
    assert clean_text(f"{PROSE}\nKommentare", rules=(), learned=False).text == f"{PROSE}\nKommentare"
    assert clean_html(PAGE, rules=()).removed == ()


@pytest.mark.parametrize("call", [lambda: clean_text(" "), lambda: clean_html(b""), lambda: clean_html("<p>")])
def test_a_page_without_text_raises_with_a_reason(call):
    with pytest.raises(PageRejected) as rejected:
        call()
    assert rejected.value.reason in schema.REASONS


def test_the_examples_of_the_module_are_true():
    assert doctest.testmod(cleaners) == (0, doctest.testmod(cleaners).attempted)
    assert doctest.testmod(cleaners).attempted > 2


def test_all_names_are_there_and_no_others():
    for name in cleaners.__all__:
        assert getattr(cleaners, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        cleaners.no_such_name  # noqa: B018


def test_importing_the_package_is_free():
    names = ("trafilatura", "pyarrow", "lxml", "scrapy", "langdetect")
    heavy = run(f"import sys, cleaners; print(sorted(set({names}) & set(sys.modules)))")
    assert heavy == "[]\n"


def test_the_library_does_not_need_scrapy():
    """`cleaners` never imports from `crawler`; only the add-on for other people's Scrapy projects imports scrapy."""
    program = (
        "import importlib, pkgutil, sys\n"
        "sys.modules.update({name: None for name in ('scrapy', 'twisted', 'crawler')})\n"
        "import cleaners\n"
        "names = [found.name for found in pkgutil.walk_packages(cleaners.__path__, 'cleaners.')]\n"
        "names = [name for name in names if name != 'cleaners.__main__' and '.scrapy_' not in name]\n"
        "for name in names: importlib.import_module(name)\n"
        f"print(len(names) > 10, cleaners.clean_html({PAGE!r}).text == {PROSE!r} + chr(10) + {PROSE[::-1]!r})"
    )
    assert run(program) == "True True\n"


@pytest.mark.parametrize(
    "sign", ["- ", " =", ".", "…", "a ", "1,", "|", "Share ", "lorem ipsum ", "中", "\u200b", "é́"]
)
def test_a_line_of_forty_thousand_signs_takes_no_time_to_speak_of(sign):
    """Patterns that go over a line again and again took minutes here; now it is a fraction of a second."""
    before = time.process_time()
    clean_text(f"{PROSE}\n{sign * (40_000 // len(sign))}x\n{PROSE}")
    assert time.process_time() - before < 10
