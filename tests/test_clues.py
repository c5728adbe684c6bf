"""Clues only spare work: whatever a pattern matches, its clues let through."""

import re
import string
import sys
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleaners.document import Block, Cut, Document
from cleaners.rules import judge, load_rules
from cleaners.rules.clues import clues, fold, needles, reach
from cleaners.rules.index import Index, build, candidates
from cleaners.rules.matching import line_form, pattern, plain, taken_by

RULES = load_rules()
LINES = [line for rule in RULES for line in rule.lines]
PATTERNS = [
    "share( this)?( article)?",
    "(a|b|)c{0,3}d",
    "((next|prev) )?\\d{1,3} (of|/) \\d+",
    ".{2,40} to your (inbox|e-?mail)",
    "[^.]{0,3}x?(é|ß|İ|ı|ſ|K)+",
    "(?:ab){2,3}|(?!abc)a.*",
    "(?i:q)[a-z]\\s?[^a-z]?(y|)",
    "(?>ab|a)c*+",
    "\\w+ly\\b.?",
    "",
    "(|a|b)(|a|b)(|a|b)(|a|b)",
    "[a-zß-ÿ0-9]{3}-",
]


@cache
def _index() -> Index:
    return build(LINES)


def test_characters_that_case_makes_the_same_are_folded_to_the_same() -> None:
    """All of Unicode, against what re takes for the same."""
    for point in range(sys.maxunicode + 1):
        char = chr(point)
        others = {*char.lower(), *char.upper(), *char.title(), *char.casefold(), *char.swapcase()} - {char}
        for other in others:
            if re.fullmatch(re.escape(char), other, re.IGNORECASE):
                assert fold(char) == fold(other), (char, other)
        if point > 127:
            for ascii_letter in string.ascii_lowercase if fold(char) != char else "":
                if re.fullmatch(ascii_letter, char, re.IGNORECASE):
                    assert fold(char) == ascii_letter
    assert "\n" not in fold("".join(map(chr, range(0x3000))))


@pytest.mark.parametrize("text", PATTERNS)
def test_what_a_pattern_matches_its_clues_let_through(text: str) -> None:
    index = build([text])

    @settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    @given(st.from_regex(re.compile(text, re.IGNORECASE), fullmatch=True))
    def check(line: str) -> None:
        assert candidates(index, [line]) == [[0]]

    check()


@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None, database=None)
@given(st.sampled_from(range(len(LINES))), st.data())
def test_what_the_rules_match_is_found(number: int, data: st.DataObject) -> None:
    line = data.draw(st.from_regex(pattern(LINES[number]), fullmatch=True))
    assert number in candidates(_index(), [line])[0]


def test_rules_take_the_same_lines_as_without_clues() -> None:
    forms = [line_form(line) for rule in RULES for line in (*rule.drops[:2], *rule.keeps[:2])][::9]
    patterns = {rule: re.compile("|".join(rule.lines) or "(?!)", re.IGNORECASE) for rule in RULES}
    for form in forms:
        wanted = [rule for rule in RULES if len(form) <= rule.longest and patterns[rule].fullmatch(form)]
        assert [rule for rule, _ in taken_by(form, RULES)] == wanted, form


def test_lines_together_have_the_candidates_that_each_has_alone() -> None:
    """Also where a clue is all of a line, or two lines would make one where they meet."""
    index = build([".*abcde.*", "x.*", ".*vwxyz"])
    lines = ["abcde", "", "abcde", "x abc", "de vwx", "yz", "vwxyz", "İ ſ abcdeß"]
    assert candidates(index, lines) == [[0], [], [0], [1], [], [], [2], [0]]
    drops = [line_form(rule.drops[0]) for rule in RULES]
    assert candidates(_index(), drops) == [candidates(_index(), [line])[0] for line in drops]


def test_few_patterns_are_tried() -> None:
    """On lines of prose, one in two hundred."""
    lines = [line for rule in RULES for line in rule.keeps]
    tried = sum(map(len, candidates(_index(), [line_form(line) for line in lines])))
    assert tried < len(lines) * len(LINES) / 200


def test_every_match_of_a_part_holds_a_needle() -> None:
    for rule in RULES:
        for part in rule.parts:
            for line in rule.drops:
                if match := pattern(part).search(plain(line)):
                    assert not needles(part) or any(needle in match[0] for needle in needles(part))


def test_parts_are_found_as_without_clues() -> None:
    """Also where only the end of a block is searched."""
    rules = tuple(replace(rule, lines=(), where=None) for rule in RULES if rule.parts)
    prose = "The orchard lies behind the works (on a slope) and keeps the frost away. Who planted it? "
    for line in {line for rule in RULES if rule.parts for line in (*rule.drops, *rule.keeps)}:
        for text in (line, f"{prose}{line}", f"{prose} \u3000 {line} \t ", f"{line} {prose}"):
            document = Document((Block(text),))
            found = next(
                (
                    Cut(0, match.start(), match.end(), rule.id, rule.category, part)
                    for rule in rules
                    for part in rule.parts
                    if (match := pattern(part).search(plain(text))) and match.group()
                ),
                None,
            )
            assert judge(document, [], rules) == ([found] if found else [])


@pytest.mark.parametrize(
    ("text", "widest"),
    [
        ("(?<=[.!?])\\s*(read more|continue)\\s*$", 9),
        ("\\s?abc?\\s{0,3}$", 3),
        ("(a|b)x{2,9}(?=y)$", 10),
        ("ab*$", None),
        ("abc", None),
        ("a$|b", None),
        ("", None),
    ],
)
def test_how_far_before_the_end_a_match_begins(text: str, widest: int | None) -> None:
    assert reach(text) == widest


def test_a_pattern_without_any_clue_is_always_tried() -> None:
    assert [clue.texts for clue in clues("\\w{3,9}")] == [frozenset([""])]
    assert candidates(build(["\\w{3,9}", "abc"]), ["xyz"]) == [[0]]
