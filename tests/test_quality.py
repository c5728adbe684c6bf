"""How quality is measured, on tiny data: floors that may rise and not fall, halves, and figures of rules."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench import floors, lines, precision, quality  # noqa: E402
from bench.lines import Line, Scored  # noqa: E402
from cleaners import measured  # noqa: E402
from cleaners.measured import Measure  # noqa: E402
from cleaners.rules import load_rules  # noqa: E402

DATA = {"real": "one", "written": "two"}
FIGURES = {
    "real default: drop recall": 0.7,
    "real default: keep characters lost": 0.001,
    "precision of ad-marker": 1.0,
}
BETTER = FIGURES | {"real default: drop recall": 0.8, "real default: keep characters lost": 0.0}
RECALL_FELL = FIGURES | {"real default: drop recall": 0.69}
MORE_LOST = FIGURES | {"real default: keep characters lost": 0.002}
FLOORS = floors.Floors(DATA, FIGURES)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (FIGURES, []),
        (BETTER, []),
        (RECALL_FELL, ["real default: drop recall is 0.69; its floor is 0.7"]),
        (MORE_LOST, ["real default: keep characters lost is 0.002; its floor is 0.001"]),
        (FIGURES | {"precision of ad-marker": 0.99}, ["precision of ad-marker is 0.99; its floor is 1"]),
        ({"precision of a-new-rule": 0.5}, []),
        (FIGURES | {"real default: drop recall": 0.7 - 1e-9}, []),
    ],
)
def test_a_figure_below_its_floor_is_named(figures, said):
    assert floors.check(FLOORS, figures, DATA) == (said, "")


def test_floors_of_other_data_are_not_compared():
    said = "not compared with the floors: the data changed (real, seeds)"
    assert floors.check(FLOORS, RECALL_FELL, {"real": "new", "written": "two", "seeds": "x"}) == ([], said)
    assert floors.check(floors.Floors({}, {}), FIGURES, DATA)[1].startswith("there are no floors yet")


def test_floors_rise_and_are_lowered_only_on_demand():
    assert floors.raised(FLOORS, BETTER, DATA, lower=False) == floors.Floors(DATA, BETTER)
    assert floors.raised(FLOORS, RECALL_FELL, DATA, lower=True) == floors.Floors(DATA, RECALL_FELL)
    for worse in (RECALL_FELL, MORE_LOST):
        with pytest.raises(floors.Refused, match=r"its floor is .*--lower-floors"):
            floors.raised(FLOORS, worse, DATA, lower=False)
    with pytest.raises(floors.Refused, match="other data; --lower-floors replaces them"):
        floors.raised(FLOORS, BETTER, {"real": "new"}, lower=False)
    assert floors.raised(FLOORS, BETTER, {"real": "new"}, lower=True).data == {"real": "new"}


def test_floors_are_read_as_they_were_written(tmp_path):
    file = tmp_path / "floors.toml"
    assert floors.read(file, "lines") == floors.Floors({}, {})
    floors.write(file, "lines", FLOORS)
    assert floors.read(file, "lines") == FLOORS
    assert floors.read(file, "pages") == floors.Floors({}, {})


def test_floors_of_one_part_leave_those_of_the_other_alone(tmp_path):
    file = tmp_path / "floors.toml"
    pages = floors.Floors({"wcxb": "three"}, {"wcxb, articles: F1, best": 0.95})
    floors.write(file, "pages", pages)
    floors.write(file, "lines", FLOORS)
    assert (floors.read(file, "lines"), floors.read(file, "pages")) == (FLOORS, pages)


# --- the command, on three documents -------------------------------------------------------------------------------

SCORER = """\
import json, sys
gold = [json.loads(line) for line in open(sys.argv[1])]
kept = {row["id"]: row["kept_lines"] for row in map(json.loads, open(sys.argv[2]))}
wanted = [(each["id"], i) for each in gold for i, label in enumerate(each["labels"]) if label == "drop"]
share = sum(i not in kept[id] for id, i in wanted) / max(len(wanted), 1)
row = dict.fromkeys(["drop_precision", "drop_recall", "clean_docs_untouched", "dirty_docs_perfect"], share)
json.dump({"ALL": row | {"keep_chars_lost": 0.0}}, open(sys.argv[sys.argv.index("--json") + 1], "w"))
"""
PAGE = ["The mayor opened the new footbridge on Thursday evening, after two years of work on both banks."]


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Run `bench/quality.py lines` on small data with files of its own; the exit code and what it prints."""
    (tmp_path / "lines").mkdir()
    (tmp_path / "score").mkdir()
    (tmp_path / "score" / "score_lines.py").write_text(SCORER)
    for name in lines.SETS:
        kind = {"written": "synthetic", "seeds": "seed"}.get(name, name)
        document = {"id": name, "kind": kind, "url": "https://river.example/1", "source": "x"}
        labels = {"lines": [*PAGE, "Leave a Reply"], "labels": ["keep", "drop"], "classes": [None, "comment-prompt"]}
        row = json.dumps(document | labels | {"soft": [False, False]}) + "\n"
        (tmp_path / "lines" / f"{name}.jsonl").write_text(row)
    monkeypatch.setattr(quality, "FLOORS", tmp_path / "floors.toml")
    monkeypatch.setattr(quality, "MEASURED", tmp_path / "measured.toml")

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["quality.py", "lines", "--data", str(tmp_path), *arguments])
        code = quality.main()
        return code, capsys.readouterr().out

    return run


def test_the_command_raises_floors_and_refuses_to_lower_them(bench, tmp_path):
    code, said = bench()
    assert code == 0 and "there are no floors yet" in said
    assert not (tmp_path / "floors.toml").exists()
    assert bench("--write")[0] == 0
    floor = (tmp_path / "floors.toml").read_text()
    assert '"real thorough: drop recall" = 1.0' in floor and '"precision of comment-prompt (few hits)" = 1.0' in floor
    code, said = bench()
    assert code == 0 and "all floors hold" in said

    (tmp_path / "floors.toml").write_text(
        floor.replace('keep characters lost" = 0.0', 'keep characters lost" = -1.0')
    )
    code, said = bench()
    assert code == 1 and "fell: real default: keep characters lost is 0; its floor is -1" in said
    code, said = bench("--write")
    assert code == 1 and "nothing written: real default: keep" in said
    assert bench("--write", "--lower-floors")[0] == 0
    assert (tmp_path / "floors.toml").read_text() == floor

    with (tmp_path / "lines" / "real.jsonl").open("a") as file:
        file.write("\n")
    code, said = bench()
    assert "not compared with the floors: the data changed (real)" in said
    assert bench("--write")[0] == 1


def test_the_command_names_what_falls_short(bench, tmp_path):
    gold = tmp_path / "lines" / "real.jsonl"
    gold.write_text(gold.read_text().replace("Leave a Reply", "A line that no rule knows"))
    code, said = bench()
    assert code == 1
    assert (
        "short of what was asked for: real default: clean documents untouched, real default: drop precision" in said
    )


def test_the_command_needs_write_to_lower_floors(bench):
    with pytest.raises(SystemExit) as stopped:
        bench("--lower-floors")
    assert stopped.value.code == 2


# --- rules ---------------------------------------------------------------------------------------------------------


def scored(setting: str, *taken: tuple[str, str | None]) -> Scored:
    """A document whose lines have these labels and were taken by these rules; one more is debatable."""
    rows = [Line("a line", label, None, False, rule, "") for label, rule in taken]
    return Scored("real", setting, "seen", {}, (*rows, Line("debatable", "keep", None, True, "ad-marker", "")))


def test_a_rule_is_measured_alone_or_with_the_rare_ones_of_its_class():
    rules = [rule for rule in load_rules() if rule.category == "ads-commerce"]
    marker, *rare = [rule.id for rule in rules if rule.id == "ad-marker"] + [
        rule.id for rule in rules if rule.id != "ad-marker"
    ]
    default = scored(
        "default", *[("drop", marker)] * 18, ("keep", marker), ("drop", rare[0]), ("keep", rare[1]), ("drop", None)
    )
    thorough = scored("thorough", *[("keep", marker)] * 20, *[("drop", "a-stage")] * 3)
    found = precision.measure([default, thorough], rules)
    assert found[marker] == Measure(hits=19, right=18, lost=6)
    assert found["a-stage"] == Measure(3, 3, 0)  # which drops something with --thorough only
    assert {found[name] for name in rare} == {Measure(2, 1, 6, pooled="ads-commerce")}
    assert precision.short_of(found) == [marker, "ads-commerce (few hits)"]
    assert ("ad-marker", 19, "94.7 %", 6, "short") in precision.rows(found)


def test_measures_are_read_as_they_were_written(tmp_path, monkeypatch):
    pooled = Measure(2, 1, 6, pooled="ads-commerce")
    written = {"ad-inside": pooled, "buy-button": pooled, "comment-form": Measure(19, 18, 6)}
    precision.write(tmp_path / "measured.toml", written, DATA)
    monkeypatch.setattr(measured, "FILE", tmp_path / "measured.toml")
    measured._figures.cache_clear()
    try:
        assert measured.measured("comment-form", "comment-prompt") == written["comment-form"]
        assert measured.measured("buy-button", "ads-commerce") == pooled
        assert measured.measured("a-rule-of-mine", "ads-commerce") == Measure(0, 0, 0)
    finally:
        measured._figures.cache_clear()


def test_each_half_holds_whole_sites():
    def document(url: str, kind: str = "real") -> dict[str, str]:
        return {"id": "7", "kind": kind, "url": url, "source": "a corpus"}

    halves = {lines.half(document(f"https://site{n}.example/a")) for n in range(20)}
    assert halves == {"seen", "held back"}
    for n in range(20):
        pages = [f"https://site{n}.example/a", f"http://www.site{n}.example/b?c"]
        assert len({lines.half(document(page)) for page in pages}) == 1
    assert lines.half(document("https://site1.example/", "seed")) == "seen"


def test_what_is_shipped_names_rules_that_there_are():
    from cleaners.stages import REASONS

    figures = measured._figures()
    names = {*figures["rules"], *(name for family in figures["families"].values() for name in family["members"])}
    assert names - {rule.id for rule in load_rules()} - set(REASONS) == set()
