"""How pages are measured, on tiny data: what was asked, headline modes, worst pages, costs and their ratios."""

import doctest
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench import (  # noqa: E402
    environments,
    measured,
    page_memory,
    page_scores,
    page_sets,
    page_warc,
    pages,
    pipeline_speed,
    process_tree,
    quality,
)
from bench.extractors import texts  # noqa: E402
from bench.learn import folds  # noqa: E402
from bench.page_scores import Fault, Score  # noqa: E402
from bench.page_sets import PROFILES, ROWS  # noqa: E402
from cleaners import page_kind  # noqa: E402
from cleaners.document import Document  # noqa: E402
from cleaners.extract import Models  # noqa: E402
from cleaners.learned import block_model  # noqa: E402

SNIPPETS = next(row for row in ROWS if row.above)
SCRAPINGHUB = ROWS[0]


def scored(row: page_sets.Row, **values: tuple[float, float]) -> pages.Found:
    return pages.Found({(row.name, who): Score(pair, 0.05) for who, pair in values.items()})


# --- what was asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "values", "short"),
    [
        (SCRAPINGHUB, {"best": (0.974, 0.6), "fast": (0.955, 0.4)}, []),
        (SCRAPINGHUB, {"best": (0.9739, 0.7)}, ["scrapinghub: F1, best"]),
        (SCRAPINGHUB, {"best": (0.974, 0.6 - 1e-9)}, []),
        (SCRAPINGHUB, {"fast": (0.96, 0.39), "trafilatura": (0.1, 0.1)}, ["scrapinghub: clean, fast"]),
        (SNIPPETS, {"trafilatura": (0.9, 0.92), "best": (0.93, 0.927), "fast": (0.1, 0.9)}, []),
        (SNIPPETS, {"trafilatura": (0.9, 0.92), "best": (0.92, 0.93)}, ["trafilatura: precision, best"]),
        (SNIPPETS, {"trafilatura": (0.9, 0.92), "fast": (0.95, 0.89)}, ["trafilatura: F1, fast"]),
        (SNIPPETS, {"best": (0.1, 0.1)}, []),  # of trafilatura there is nothing
    ],
)
def test_a_profile_is_short_of_a_figure_or_of_trafilatura_by_a_difference(row, values, short):
    assert pages.short_of(scored(row, **values)) == short


def test_each_row_has_a_set_and_both_profiles_two_figures():
    for row in ROWS:
        assert row.set in page_sets.PAGES and len(row.measures) == 2
        assert all(len(row.asked[profile]) == 2 for profile in page_sets.PROFILES)


def test_the_tables_show_what_was_asked_beside_what_was_reached():
    found = scored(SCRAPINGHUB, best=(0.9741, 0.59), trafilatura=(0.9644, 0.5114))
    head, line = pages.table_of_asked(found)
    assert head[3:] == ("trafilatura", "best, asked", "best", "fast, asked", "fast", "")
    assert line[3:] == (".964 / .511 ±.050", ".974 / .600", ".974 / .590 ±.050", ".955 / .400", "-", "short: best")
    assert pages.table_of_peers(found) == [
        ("extractor", "scrapinghub"),
        ("best", ".974 / .590"),
        ("trafilatura", ".964 / .511"),
    ]


def test_peers_run_the_extractors_that_the_table_names():
    """The script runs in another environment, so that its names are read, not imported."""
    table = texts.SCRIPT.read_text(encoding="utf-8").partition("EXTRACTORS: ")[2].partition("}")[0]
    assert [line.split('"')[1] for line in table.splitlines()[1:] if '"' in line] == [*texts.NAMES]


# --- headline modes ------------------------------------------------------------------------------------------------

PAGE = Document((), title="The bridge is open", headlines=("The bridge is open", "Bridge open at last"))


@pytest.mark.parametrize(
    ("text", "headline_first", "shown"),
    [
        ("The mayor came.\nAll danced.", False, "The mayor came.\nAll danced."),
        ("The bridge is open\nThe mayor came.", False, "The mayor came."),
        ("Bridge open at last\nThe mayor came.", True, "The bridge is open\nThe mayor came."),
        ("The mayor came.", True, "The bridge is open\nThe mayor came."),
        ("", True, ""),
    ],
)
def test_all_extractors_are_held_against_gold_texts_in_the_same_headline_mode(text, headline_first, shown):
    assert texts.in_mode(text, PAGE, headline_first=headline_first) == shown


def test_a_page_that_winnow_cannot_read_leaves_the_text_of_others_as_it_is():
    assert texts.in_mode("The bridge is open\nThe mayor came.", None, headline_first=True).startswith("The bridge")


# --- scores, on data of two pages ----------------------------------------------------------------------------------

SCORER = """\
def page(row, text):
    gold, words = row["gold_text"].split(), text.split()
    return {"rw": len(set(words) - set(gold)), "lw": len(set(gold) - set(words)), "gw": len(gold)}
def agg(pages):
    clean = sum(page["rw"] + page["lw"] == 0 for page in pages) / len(pages)
    return {key: clean for key in ("shingle_f1", "word_f1", "clean")} | {"snip_p": 0.0, "snip_f1": 0.0}
"""
STORY = "The mayor opened the new footbridge on Thursday evening, after two years of work on both banks."
MORE = "Children from the northern bank crossed it first, and their teachers came after them with lanterns."


@pytest.fixture
def data(tmp_path):
    """Two pages in each set, and a scorer."""
    for folder in ("score", "pages"):
        (tmp_path / folder).mkdir()
    (tmp_path / "score" / "score_pages.py").write_text(SCORER)
    rows = []
    for number, gold in enumerate((f"{STORY}\n{MORE}", STORY)):
        html = f"<html><body><article><p>{STORY}</p><p>{MORE}</p></article></body></html>"
        url = f"https://river.example/{number}"
        rows.append({"id": f"p{number}", "url": url, "html": html, "gold_text": gold, "page_type": "article"})
    for name in page_sets.PAGES:
        with gzip.open(page_sets.path(tmp_path, name), "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


def test_a_page_without_a_text_counts_as_empty_and_the_worst_come_first(data):
    rows = page_sets.read(data, "wcxb")
    accounts = page_scores.judged(data, rows, {"p1": f"{STORY} Share this"})
    assert page_scores.worst(rows, accounts, 5) == [Fault("p0", 0, 30, 33), Fault("p1", 2, 0, 17)]
    assert page_scores.worst(rows, accounts, 1) == [Fault("p0", 0, 30, 33)]
    accounts = page_scores.judged(data, rows, {"p0": f"{STORY} {MORE}", "p1": STORY})
    assert page_scores.worst(rows, accounts, 5) == []


def test_a_row_of_one_kind_counts_pages_of_that_kind_alone(data):
    rows = page_sets.read(data, "wcxb")
    rows[0]["page_type"] = "forum"
    accounts = page_scores.judged(data, rows, {"p1": STORY})
    both, articles = (row for row in ROWS if row.set == "wcxb")
    assert page_scores.score(data, both, rows, accounts).values == (0.5, 0.5)
    assert page_scores.score(data, articles, rows, accounts) == Score((1.0, 1.0), 0.0)
    assert page_scores.score(data, both, rows, accounts).deviation > 0.1


def test_the_profiles_read_the_pages_of_a_set(data):
    shipped = [Models(block_model.load(), page_kind.load())] * 5
    for profile in PROFILES:
        found = dict(folds.predict(profile, "scrapinghub", data, shipped))
        assert found == dict.fromkeys(("p0", "p1"), f"{STORY}\n{MORE}")


def test_texts_of_others_are_kept_until_pages_lock_file_or_script_change(data, tmp_path, monkeypatch):
    first = texts.kept(data, "wcxb")
    assert first == texts.kept(data, "wcxb") != texts.kept(data, "daniel")
    page_sets.path(data, "wcxb").write_bytes(gzip.compress(b"{}\n"))
    second = texts.kept(data, "wcxb")
    (tmp_path / "lock").write_text("lxml==0\n")
    monkeypatch.setattr(texts, "LOCK", tmp_path / "lock")
    assert len({first, second, texts.kept(data, "wcxb")}) == 3


@pytest.fixture
def bench(data, tmp_path, monkeypatch, capsys):
    """Run `bench/quality.py pages` with floors of its own, and texts of others that stand in its folder."""
    monkeypatch.setattr(quality, "FLOORS", tmp_path / "floors.toml")
    monkeypatch.setattr(folds, "_models", lambda _: [Models(block_model.load(), page_kind.load())] * 5)
    monkeypatch.setattr(texts, "_KEPT", tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    for name in page_sets.PAGES:
        found = [{"id": f"p{n}", "texts": dict.fromkeys(texts.NAMES, STORY)} for n in range(2)]
        texts.kept(data, name).write_text("".join(json.dumps(row) + "\n" for row in found))

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["quality.py", "pages", "--data", str(data), *arguments])
        code = quality.main()
        return code, capsys.readouterr().out

    return run


def test_the_command_prints_both_tables_and_holds_the_figures_against_their_floors(bench, tmp_path):
    code, said = bench("--short", "--worst", "1", "--json", str(tmp_path / "figures.json"))
    assert code == 1 and "short of what was asked for: scrapinghub: F1, best" in said
    assert "2 of 2" in said and "there are no floors yet" in said
    lines = [line.split() for line in said.splitlines()]
    assert ["resiliparse", ".500", "/", ".500", ".500", "/", ".500"] in lines
    assert ["scrapinghub", "p1", "14", "0", "17"] in lines  # the words of the second paragraph
    assert json.loads((tmp_path / "figures.json").read_text())["scrapinghub: clean, best"] == 0.5
    assert bench("--write")[0] == 1  # short, yet written
    assert '"scrapinghub: clean, best" = 0.5' in (tmp_path / "floors.toml").read_text()
    floor = (tmp_path / "floors.toml").read_text()
    (tmp_path / "floors.toml").write_text(floor.replace('clean, best" = 0.5', 'clean, best" = 0.6'))
    assert "fell: scrapinghub: clean, best is 0.5; its floor is 0.6" in bench("--short")[1]
    assert "nothing written" in bench("--write")[1]


def test_floors_are_not_written_from_a_part_of_the_sets(bench):
    with pytest.raises(SystemExit) as stopped:
        bench("--short", "--write")
    assert stopped.value.code == 2


# --- costs ---------------------------------------------------------------------------------------------------------


def test_pipelines_are_compared_round_by_round():
    each = {
        "best": [1.0, 2.0, 1.0],
        "best, two workers": [1.2, 2.2, 1.1],
        pipeline_speed.DATATROVE: [1.0, 2.4, 1.2],
        "datatrove without language": [0.9, 1.8, 0.9],
        pipeline_speed.NAIVE: [3.0, 3.8, 2.1],
    }
    found = {one.name: one for one in pipeline_speed.compared(each, {"best": []})}
    datatrove = found[f"pipelines: {pipeline_speed.DATATROVE} / best"]
    assert (datatrove.reached, datatrove.is_short) == ("1.20 (1.00-1.20)", False)
    assert not found[f"pipelines: {pipeline_speed.NAIVE} / best"].is_short
    assert not found["pipelines: best, two workers / one"].is_short
    each[pipeline_speed.DATATROVE] = [1.0, 2.1, 1.2]
    each["best, two workers"] = [1.2, 2.3, 1.1]
    assert [one.is_short for one in pipeline_speed.compared(each, {"best": []})] == [True, False, False, True]


def test_cpu_time_of_a_process_that_nobody_waited_for_counts(tmp_path):
    """The parent ends at once; its child goes on and spends three tenths of a second."""
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {spin!r}])"
    spent = process_tree.spent([sys.executable, "-c", parent], tmp_path)
    assert spent.code == 0 and spent.cpu >= 0.3
    assert process_tree.spent([sys.executable, "-c", "raise SystemExit(3)"], tmp_path).code == 3


def test_the_warc_file_holds_the_pages_as_responses_that_datatrove_reads(data, tmp_path):
    sample = page_warc.sample(data, 9)
    assert sample == page_warc.sample(data, 9) and len(sample) == 9
    page_warc.write(sample, tmp_path / "pages.warc.gz")
    with (tmp_path / "pages.warc.gz").open("rb") as file:
        found = [
            (record.rec_type, record.rec_headers["WARC-Identified-Payload-Type"], record.content_stream().read())
            for record in ArchiveIterator(file)
        ]
    assert found == [("response", "text/html", page["html"].encode()) for page in sample]


def test_an_environment_that_cannot_be_made_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    (tmp_path / ".venv").write_text("in the way")
    (tmp_path / "requirements.lock").write_text("lxml==0\n")
    assert "cannot be made" in environments.make("peers", tmp_path / "requirements.lock")


@pytest.mark.parametrize("module", [measured, page_memory, pages, pipeline_speed, texts])
def test_the_examples_of_a_bench_give_what_they_show(module):
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


def test_the_scripts_of_peers_are_python():
    for script in texts.HERE.glob("*.py"):
        subprocess.run([sys.executable, "-m", "py_compile", str(script)], check=True)
