"""Promise 4: same versions, same input, same bytes, whatever the number of workers, time zone or hash seed."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaners import clean_batch
from cleaners.schema import PAGES
from cleaners.settings import Settings

PARAGRAPHS = {
    "en": "The ferry across the bay leaves at nine, and in a storm it does not leave at all, the captain said.",
    "de": "Die Fähre über die Bucht fährt um neun Uhr ab, und bei Sturm fährt sie gar nicht, sagte die Kapitänin.",
    "fr": "Le bac qui traverse la baie part à neuf heures, et par gros temps il ne part pas, a dit le capitaine.",
    "es": "El transbordador que cruza la bahía sale a las nueve, y con mal tiempo no sale, dijo la capitana.",
    "cs": "Přívoz přes zátoku odjíždí v devět hodin a za bouřky neodjíždí vůbec, řekl kapitán novinářům.",
    "pl": "Prom przez zatokę odpływa o dziewiątej, a podczas burzy nie odpływa wcale, powiedział kapitan.",
    "ru": "Паром через залив отходит в девять часов, а в шторм не отходит вовсе, сказал капитан журналистам.",
    "el": "Το πλοίο για την απέναντι όχθη φεύγει στις εννέα, και με θύελλα δεν φεύγει καθόλου, είπε ο καπετάνιος.",
    "ja": "湾を渡る渡し船は九時に出発しますが、嵐の日には出発しません、と船長は記者に話しました。",
    "ar": "تغادر العبارة التي تعبر الخليج في التاسعة صباحا، ولا تغادر في العواصف، كما قال القبطان للصحفيين.",
}
LEFTOVERS = ("Leave a Reply", "- Advertisement -", "Kommentare", "Share on Facebook")
CLOCK = '<time datetime="2026-03-01T23:30:00">1 March 2026, 23:30</time>'


def rows() -> list[dict[str, object]]:
    """Eighty pages, HTML and text by turns, some dated only by a clock that names no zone, some of no use at all."""
    found: list[dict[str, object]] = []
    for i, (language, leftover) in enumerate(itertools.product(PARAGRAPHS, LEFTOVERS)):
        other = PARAGRAPHS[[*PARAGRAPHS][(i + 3) % len(PARAGRAPHS)]]
        lines = [PARAGRAPHS[language], f"{i}. {PARAGRAPHS[language]}", leftover, other]
        body = "".join(f"<p>{line}</p>" for line in lines)
        page = (
            f"<html><head><title>Fähre {i}</title><meta name='keywords' content='b,a,c'></head>"
            f"<body><article><h1>Fähre {i}</h1>{CLOCK if i % 3 else ''}{body}</article></body></html>"
        )
        found.append({"url": f"https://bay.example/{2026 + i % 2}/0{1 + i % 9}/{i}", "html": page})
        found.append({"text": "\n".join(lines) if i % 9 else "\n"})
    return found


CONDITIONS = [
    ("1", {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}),
    ("3", {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C"}),
]


@pytest.fixture(scope="module")
def outs(tmp_path_factory) -> list[Path]:
    """The output folders of one input, cleaned under conditions that must not matter."""
    folder = tmp_path_factory.mktemp("runs")
    content = [json.dumps(row) + "\n" for row in rows()]
    (folder / "in").mkdir()
    (folder / "in/a.jsonl").write_text("".join(content[:70]))
    (folder / "in/b.jsonl").write_text("".join(content[70:]))
    for workers, env in CONDITIONS:
        command = [sys.executable, "-m", "cleaners", "clean", "in", "-o", f"out{workers}", "--workers", workers]
        subprocess.run(command, cwd=folder, env={**os.environ, **env}, capture_output=True, check=True)
    return [folder / f"out{workers}" for workers, _ in CONDITIONS]


def test_the_bytes_are_the_same_with_any_workers_time_zone_hash_seed_and_locale(outs):
    first, other = (
        {str(path.relative_to(out)): path.read_bytes() for path in out.glob("*/*") if path.name != "lock"}
        for out in outs
    )
    assert len(first) == 6  # records and rejects of two shards, their manifest, the folder's description
    assert first == other


def test_the_input_is_as_mixed_as_it_should_be(outs):
    records = pq.read_table(outs[0] / "records").to_pylist()
    assert (len(records), pq.read_table(outs[0] / "rejects").num_rows) == (75, 5)
    assert {record["language"] for record in records} >= set(PARAGRAPHS)
    assert sum(bool(record["removed"]) for record in records) > 60
    assert {record["date_published"] for record in records} > {"2026-03-01"}


def test_text_does_not_depend_on_how_the_input_is_split(here, lines):
    """One file, or a file for each row: only where a page stands differs, and the id that is made of it."""
    content = [{"id": str(number), **row} for number, row in enumerate(rows()[:24])]
    lines("whole.jsonl", content)
    for number, row in enumerate(content):
        lines(f"parts/{number:02}.jsonl", [row])
    whole, parts = (here("clean", name, "-o", "-").rows for name in ("whole.jsonl", "parts"))
    for record in whole + parts:
        del record["file_path"]
    assert whole == parts


NEAR_MISSES = sorted((Path(__file__).parent / "documents").glob("learned-near-*.txt"))


def learned_rows() -> list[dict[str, object]]:
    """Pages that give the learned stage something to do, in many languages, as text and as HTML by turns."""
    found: list[dict[str, object]] = []
    for number, path in enumerate(NEAR_MISSES):
        content = [row.partition(" | ")[2] for row in path.read_text(encoding="utf-8").splitlines()]
        body = "".join(f"<p>{line.replace('<', '&lt;')}</p>" for line in content)
        html = f"<html><head><title>Fähre {number}</title></head><body><article>{body}</article></body></html>"
        found.append({"html": html} if number % 4 == 3 else {"text": "\n".join(content)})
    return found


@pytest.mark.parametrize("thorough", [False, True], ids=["default", "thorough"])
def test_records_do_not_depend_on_the_size_of_the_batches(thorough):
    """A page alone, or beside others: the learned stage may look at many at once, and must not mix them up."""
    pages = [{"id": str(i), **row, "html": row.get("html", "").encode()} for i, row in enumerate(learned_rows())]
    pages.insert(5, {"id": "empty", "text": "\n"})
    settings = Settings(thorough=thorough)

    def cleaned(size: int) -> list[dict[str, object]]:
        parts = [pages[start : start + size] for start in range(0, len(pages), size)]
        batches = [clean_batch(pa.RecordBatch.from_pylist(part, schema=PAGES), settings)[0] for part in parts]
        return pa.Table.from_batches(batches).to_pylist()

    alone = cleaned(1)
    rules = [removal["rule"] for record in alone for removal in record["removed"]]
    assert (len(alone), rules.count("learned") > 20) == (len(NEAR_MISSES), True)
    assert cleaned(len(pages)) == cleaned(4) == alone


def test_the_learned_stage_gives_the_same_bytes_with_any_hash_seed_and_locale(lines, tmp_path):
    lines("in.jsonl", learned_rows())
    command = [sys.executable, "-m", "cleaners", "clean", "in.jsonl", "-o", "-", "--thorough", "--workers", "1"]
    first, other = (
        subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, **env, "OMP_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads, env in CONDITIONS
    )
    assert first.count(b'"rule": "learned"') + first.count(b'"rule":"learned"') > 20
    assert first == other
