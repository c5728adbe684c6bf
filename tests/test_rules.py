"""Rules: every example in every rule file. Files that do not load: test_rule_files.py."""

import pytest

from cleaners.clean import clean_document
from cleaners.document import Block, Document
from cleaners.rules import Rule, judge, load_rules
from cleaners.rules.matching import undecorated
from cleaners.schema import CATEGORIES

RULES = load_rules()
PROSE = (
    "The orchard lies behind the old brick works, on a slope that faces the river and keeps the frost away.",
    "Three generations have planted it, and none of them ever wrote down which tree bears which kind of pear.",
)


def _placed(line: str, where: str | None) -> tuple[Document, int]:
    """A small document with the line at the head, in the body or at the tail."""
    at = {"head": 0, "tail": 2}.get(where or "", 1)
    lines = [*PROSE[:at], line, *PROSE[at:]]
    return Document(tuple(Block(text) for text in lines)), at


def _cuts_at(line: str, where: str | None, rules: tuple[Rule, ...], *, thorough: bool = False) -> list[str]:
    """What takes the line there. Without learned evidence: it knows no examples."""
    document, at = _placed(line, where)
    cleaned = clean_document(document, rules, thorough=thorough, learned=False)
    return [cut.rule for cut in cleaned.cuts if cut.block == at]


@pytest.mark.parametrize(
    ("rule", "line"),
    [pytest.param(rule, line, id=f"{rule.id}: {line[:40]}") for rule in RULES for line in rule.drops],
)
def test_a_rule_takes_its_examples(rule: Rule, line: str) -> None:
    where = "tail" if rule.where == "edge" else rule.where
    assert rule.id in _cuts_at(line, where, (rule,), thorough=rule.thorough)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.thorough], ids=lambda rule: rule.id)
def test_a_rule_for_thorough_cleaning_takes_nothing_without_it(rule: Rule) -> None:
    where = "tail" if rule.where == "edge" else rule.where
    assert not any(_cuts_at(line, where, (rule,)) for line in rule.drops)


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=f"{rule.id}: {line[:40]}") for rule in RULES for line in rule.keeps]
)
def test_a_near_miss_survives_every_rule_wherever_it_stands(line: str) -> None:
    for where in ("head", None, "tail"):
        assert _cuts_at(line, where, RULES) == [], f"{where or 'body'}"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.where], ids=lambda rule: rule.id)
def test_a_rule_with_a_place_leaves_its_lines_alone_in_the_body(rule: Rule) -> None:
    for line in rule.drops:
        assert rule.id not in _cuts_at(line, None, RULES)


def test_each_rule_file_is_named_after_a_class_of_leftovers() -> None:
    assert {rule.category for rule in RULES} <= set(CATEGORIES)


def test_lines_of_code_are_never_touched() -> None:
    document = Document((Block(PROSE[0]), Block("Leave a Reply", "code"), Block(PROSE[1])))
    assert judge(document, [], RULES) == []


def test_a_poem_has_neither_head_nor_tail() -> None:
    """Without prose nothing tells where the article begins, so rules with a place do not apply."""
    placed = [line for rule in RULES if rule.where for line in rule.drops[:1] if len(line) < 60]
    document = Document(tuple(Block(line) for line in ("Snow on the sill", *placed, "and nobody home")))
    cut = {cut.block for cut in clean_document(document, tuple(rule for rule in RULES if rule.where)).cuts}
    assert cut == set()


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("» Read more: …", "Read more"),
        ("– Werbung –", "Werbung"),
        ("★ Share ★", "Share"),
        ("** Kommentare **", "Kommentare"),
        ("What do you think?", "What do you think?"),
        ("…", ""),
    ],
)
def test_decoration_is_left_out(line: str, bare: str) -> None:
    start, end = undecorated(line.translate({0x2013: "-"}))
    assert line[start:end] == bare


GOOD = """
[see-mine]
reason = "promotes another article"
lines = ['beilage: .{3,80}']
drops = ["Beilage: Der Fluss steigt"]
keeps = ["Eine Beilage lag dem Brief nicht bei."]
"""


def test_a_rule_of_ones_own_works_beside_the_others(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    rules = load_rules([path])
    assert len(rules) == len(RULES) + 1
    assert _cuts_at("Beilage: Der Fluss steigt", None, rules) == ["see-mine"]
    assert rules[-1].category == "mine"
