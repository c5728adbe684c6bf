"""Rules: every example in every rule file, and the files that do not load."""

import pytest

from cleaners.clean import clean_document
from cleaners.document import Block, Document
from cleaners.errors import UsageError
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


def _cuts_at(line: str, where: str | None, rules: tuple[Rule, ...]) -> list[str]:
    document, at = _placed(line, where)
    return [cut.rule for cut in clean_document(document, rules).cuts if cut.block == at]


@pytest.mark.parametrize(
    ("rule", "line"),
    [pytest.param(rule, line, id=f"{rule.id}: {line[:40]}") for rule in RULES for line in rule.drops],
)
def test_a_rule_takes_its_examples(rule: Rule, line: str) -> None:
    where = "tail" if rule.where == "edge" else rule.where
    assert rule.id in _cuts_at(line, where, (rule,))


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


@pytest.mark.parametrize(
    ("change", "message", "next_step"),
    [
        (("lines", "line"), "unknown field 'line'", "the fields are"),
        (("drops =", "#"), "needs at least one example in drops and one in keeps", "add lines"),
        (("keeps =", "#"), "needs at least one example in drops and one in keeps", "add lines"),
        (("lines =", "#"), "needs a pattern in lines, labels or parts", "add one"),
        (("reason =", "#"), "no reason", 'write reason = "..."'),
        (("'beilage: .{3,80}'", "'('"), "not a regular expression: '('", "mend the pattern"),
        (("'beilage: ", "'(?i)beilage: "), "'(?i)' in", "do without flags"),
        (("'beilage: ", "'(b)eilage\\1?: "), "'\\\\1' in", "do without flags"),
        (("'beilage: .{3,80}'", "7"), "lines = [7]", "lines is a list of regular expressions"),
        (("[see-mine]", "[Read_Also]"), "not a rule's name", "lower-case words"),
        (("[see-mine]", "where = 'top'\n[see-mine]"), "stands outside a table", "below the [name]"),
        (("reason", "where = 'top'\nreason"), "where = 'top'", "where is one of head, tail, edge"),
        (("reason", "longest = 0\nreason"), "longest = 0", "1 to 1000"),
        (("Beilage: Der", "Beilagen: Der"), "does not drop its example", "mend the pattern"),
        (("Eine Beilage", "Beilage: eine"), "which it must keep", "make the pattern narrower"),
        (("reason =", "reason"), "not a TOML file", "mend the line"),
        (("beilage: .{3,80}", "(a+)+$|beilage: .{3,80}"), "took", "without a repetition inside"),
        (("[see-mine]", "[comment-heading]"), "stands in comment-prompt.toml too", "rename one"),
    ],
)
def test_a_faulty_rule_file_does_not_load(tmp_path, change, message, next_step) -> None:  # type: ignore[no-untyped-def]
    """The message names file, rule and what to do."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load_rules([path])
    assert message in str(raised.value)
    assert next_step in raised.value.next_step
    assert "mine.toml" in str(raised.value)


def test_a_rule_of_ones_own_works_beside_the_others(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    rules = load_rules([path])
    assert len(rules) == len(RULES) + 1
    assert _cuts_at("Beilage: Der Fluss steigt", None, rules) == ["see-mine"]
    assert rules[-1].category == "mine"
