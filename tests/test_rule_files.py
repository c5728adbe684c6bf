"""Rule files of one's own that are wrong: the message names file, line, rule and what to do, within two seconds."""

import re
import time
from importlib import import_module

import pytest

from cleaners.errors import UsageError
from cleaners.rules import checks, load_rules
from cleaners.rules.attacks import attacks, walk
from cleaners.rules.matching import line_form, pattern
from cleaners.rules.needed import folded, needed
from cleaners.rules.places import places
from cleaners.rules.trial import Trial

RULES = load_rules()
SECONDS = 2  # from the file to the message
GOOD = """\
# Rules of a newspaper
[see-mine]
reason = "promotes another article"
lines = [
  'beilage: .{3,80}',
  'extra: .{3,80}',
]
drops = ["Beilage: Der Fluss steigt"]
keeps = ["Eine Beilage lag dem Brief nicht bei."]
"""
SECOND = """
["see-yours"]
reason = 'promotes another article'
"parts" = ['''\\(zum heft\\)''']
drops = ["Der Fluss steigt. (Zum Heft)"]
keeps = ["Zum Heft gehört eine Karte."]
"""
NARROWER = "make the pattern narrower"
SLOW = "rewrite it without repetitions that can match the same characters"
ALONE = "do without flags, names and back-references"


def swapped(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new, 1)


def with_pattern(expression: str, field: str = "lines", more: str = "") -> str:
    """The good rule with one more pattern, which stands in line 6 (or 5)."""
    if field == "lines":
        return swapped("'extra: .{3,80}'", f"'''{expression}'''") + more
    return swapped("lines = [", f"{field} = ['''{expression}''']\nlines = [") + more


# Content, line, what is said behind file and line, what to do next
WRONG: dict[str, tuple[str | bytes, int | None, str, str]] = {
    "unknown field": (swapped("lines", "line"), 4, "[see-mine]: unknown field 'line'", "the fields are drops, keeps"),
    "unknown field in quotes": (
        swapped("lines", '"l\\u0069ne"'),
        4,
        "[see-mine]: unknown field 'line'",
        "the fields",
    ),
    "no drops": (swapped("drops =", "#"), 2, "[see-mine]: needs at least one example in drops", "add lines"),
    "no keeps": (swapped("keeps =", "#"), 2, "[see-mine]: needs at least one example in drops", "add lines"),
    "empty keeps": (re.sub("keeps = .*", "keeps = []", GOOD), 2, "[see-mine]: needs at least one", "add lines"),
    "no pattern": (re.sub(r"(?s)lines = .*?\n\]", "", GOOD), 2, "[see-mine]: needs a pattern in lines", "add one"),
    "no reason": (swapped("reason =", "#"), 2, "[see-mine]: no reason", 'write reason = "..."'),
    "empty reason": (swapped("promotes another article", ""), 3, "[see-mine]: reason = ''", "reason is a text"),
    "number for a list": (swapped("reason", "parts = 7\nreason"), 3, "[see-mine]: parts = 7", "parts is a list"),
    "text for a list": (swapped("reason", "parts = 'a'\nreason"), 3, "[see-mine]: parts = 'a'", "parts is a list"),
    "number in a list": (swapped("'extra: .{3,80}'", "7"), 4, "[see-mine]: lines = ['beilage:", "lines is a list"),
    "list of tables": (swapped("[see-mine]", "[[see-mine]]"), 2, "[see-mine]: is a list of tables", "write [name]"),
    "table in a rule": (GOOD + "[see-mine.where]\nat = 1\n", 10, "[see-mine]: where = {'at': 1}", "where is one of"),
    "unknown place": (swapped("reason", "where = 'top'\nreason"), 3, "[see-mine]: where = 'top'", "where is one of"),
    "length of 0": (swapped("reason", "longest = 0\nreason"), 3, "[see-mine]: longest = 0", "1 to 1000"),
    "length that is none": (
        swapped("reason", "longest = true\nreason"),
        3,
        "[see-mine]: longest = True",
        "1 to 1000",
    ),
    "switch that is none": (
        swapped("reason", "thorough = 1\nreason"),
        3,
        "[see-mine]: thorough = 1",
        "true or false",
    ),
    "section that is none": (swapped("reason", "section = 'no'\nreason"), 3, "[see-mine]: section = 'no'", "true or"),
    "field above the tables": ("where = 'head'\n" + GOOD, 1, "[where]: stands outside a table", "write [name]"),
    "name in capitals": (swapped("see-mine", "See_Mine"), 2, "[See_Mine]: not a rule's name", "lower-case words"),
    "name with a dot": (swapped("[see-mine]", "[see.mine]"), 2, "[see]: unknown field 'mine'", "the fields are"),
    "name twice in a file": (GOOD + GOOD, 11, "not a TOML file: Cannot declare ('see-mine',)", "rename one"),
    "field twice": (GOOD + "drops = []\n", 10, "not a TOML file: Cannot overwrite", "rename one"),
    "name of a rule of Winnow": (
        swapped("see-mine", "comment-heading"),
        2,
        "[comment-heading]: a rule of this name stands in comment-prompt.toml too",
        "rename one of them",
    ),
    "name of a stage": (swapped("see-mine", "headline"), 2, "[headline]: a rule of this name is a stage", "rename"),
    "not TOML": (swapped("reason =", "reason"), 3, "not a TOML file: Expected '='", "mend this line"),
    "text without an end": (
        swapped('article"', "article"),
        3,
        "not a TOML file: Illegal character",
        "mend this line",
    ),
    "list without an end": (GOOD.rstrip()[:-1], 9, "not a TOML file: Unclosed array", "mend this line"),
    "lists in lists": ("a = " + "[" * 20_000, None, "not a TOML file: ", "take the brackets out"),
    "empty file": ("", 1, "holds no rule", "write one; docs/rules.md shows how"),
    "nothing but comments": ("# later\n\n", 1, "holds no rule", "write one; docs/rules.md shows how"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD.encode(), 1, "begins with a byte order mark", "without one"),
    "UTF-16": (GOOD.encode("utf-16"), 1, "not UTF-8: byte 0xff", "save the file as UTF-8"),
    "Latin-1": (swapped("nicht", "längst").encode("latin-1"), 9, "not UTF-8: byte 0xe4", "save the file as UTF-8"),
    "huge": (GOOD + "# more\n" * 100_000, None, "rule file is larger than 200,000 bytes", "split it"),
    "not an expression": (
        with_pattern("extra("),
        6,
        "[see-mine]: not a regular expression: 'extra(': missing ), unterminated subpattern at position 5",
        "mend the pattern",
    ),
    "class in a class": (with_pattern("[[a]xtra"), 6, "[see-mine]: not a regular expression", "mend the pattern"),
    "label that closes another's bracket": (
        with_pattern("extra)(?:blatt", "labels"),
        4,
        "[see-mine]: not a regular expression: 'extra)(?:blatt': unbalanced parenthesis",
        "mend the pattern",
    ),
    "repeated too often": (with_pattern("a{99999999999}"), 6, "[see-mine]: not a regular expression", "mend the"),
    "brackets in brackets": (with_pattern("(" * 9000 + ")" * 9000), 6, "[see-mine]: not a regular exp", "mend the"),
    "flag": (with_pattern("(?s)extra: .{3,80}"), 6, "[see-mine]: a flag in '(?s)extra: .{3,80}'", ALONE),
    "name": (with_pattern("(?P<what>extra): .+"), 6, "[see-mine]: the name 'what' in", ALONE),
    "back-reference": (with_pattern(r"(ex)tra\1: .+"), 6, "[see-mine]: a back-reference in '(ex)tra", ALONE),
    "empty line": (
        with_pattern("(extra)?"),
        6,
        "[see-mine]: pattern '(extra)?' takes an empty line",
        "make one part",
    ),
    "empty part": (with_pattern("x*", "parts"), 4, "[see-mine]: pattern 'x*' takes an empty line", "make one part"),
    "any line": (with_pattern(".+"), 6, "[see-mine]: pattern '.+' takes any line of 2 characters", "name words"),
    "any long line": (with_pattern("[^?]{30,50}"), 6, "takes any line of 32 characters", "name words"),
    "any label": (with_pattern(r"\w.{2,30}\w|\w+", "labels"), 4, "takes any line of ", "name words"),
    "any part": (with_pattern(r"\s", "parts"), 4, r"pattern '\\s' takes something of any line", "name words"),
    "example that it does not drop": (
        swapped("Beilage: Der", "Beilagen: Der"),
        8,
        "[see-mine]: does not drop its example 'Beilagen: Der Fluss steigt'",
        "mend the pattern or the example",
    ),
    "example that is too long": (
        swapped("reason", "longest = 20\nreason"),
        9,
        "[see-mine]: does not drop its example 'Beilage: Der Fluss steigt': 25 characters",
        "raise longest (20)",
    ),
    "near miss that it drops": (
        swapped("Eine Beilage", "Beilage: eine"),
        9,
        "[see-mine]: drops 'Beilage: eine lag dem Brief nicht bei.', which it must keep",
        NARROWER,
    ),
    "near miss that Winnow drops": (
        swapped('keeps = ["Eine', 'keeps = [\n  "Leave a Reply",\n  "Eine'),
        10,
        "[see-mine]: [comment-heading] of Winnow (comment-prompt.toml) drops 'Leave a Reply', which must be kept",
        "take the line out of keeps; `winnow rules show` tells what that rule takes",
    ),
    "near miss that another rule of the file drops": (
        GOOD + swapped("Zum Heft gehört eine Karte.", "Extra: Der Fluss sinkt", SECOND),
        2,
        "[see-mine]: drops 'Extra: Der Fluss sinkt', which [see-yours] in wrong.toml must keep",
        NARROWER,
    ),
    "part that another rule of the file keeps": (
        swapped("nicht bei.", "nicht bei (zum Heft).") + SECOND,
        11,
        "[see-yours]: drops 'Eine Beilage lag dem Brief nicht bei (zum Heft).', which [see-mine] in wrong.toml",
        NARROWER,
    ),
    "near miss of a rule of Winnow": (
        with_pattern("read .+"),
        2,
        "[see-mine]: drops '",
        NARROWER,
    ),
}
EXPLODING = [  # expressions whose time doubles with each character, or grows with a high power of their number
    "(a+)+$",
    "(a|aa)+$",
    r"(\w+\s?)*$x",
    "(.*)*x",
    "(x+x+)+y",
    "(a|b|ab)*c",
    "([一-鿿]+、?)*。",
    "(?:文|文文)+。",
    r"([가-힣]{1,3} ?)+다\.",
    "(?:([ぁ-ん]+|ー)+、)+。",
    "(.*a){20}",
    "(.*?,){11}P",
    r"\w{1,50}\w{1,50}\w{1,50}\w{1,50}\w{1,50}x",
    "(a{1,50}){1,50}b",
    "(?=(a+)+b)a+",
    "(?=.*end)(a+)+$x",
    "(?!(a+)+b)a.*c",
    "(?<!x)(a+)+b",
    ".*.*.*.*x",
    ".*?.*?.*?.*?x",
    "a?" * 30 + "a" * 30,
    "(foo|bar|foobar|baz|fo|o)+x",
    "(" + "|".join(f"wort{n} " for n in range(100)) + "|zebra|zebras|s)+x",
    r"(\d+|[0-9a-f]+)+z",
    "(([a-z])+.)+[A-Z]([a-z])+$",
    "(🙂|🙂🙂)+x",
    "(ß|s|ss)+x",
    r"(\S+ ?)+:",
]
WRONG |= {
    f"explodes: {expression[:30]}": (with_pattern(expression), 6, "[see-mine]: pattern '", SLOW)
    for expression in EXPLODING
}
WRONG |= {
    "explodes as a label": (with_pattern(r"(\w+\s?)*extra", "labels"), 4, "[see-mine]: pattern '", SLOW),
    "explodes as a part": (with_pattern(r"(\w+,? ?)+\(zum heft\)", "parts"), 4, "[see-mine]: pattern '", SLOW),
    "part of cubic time": (with_pattern(r".*heft.*\d+.*zu", "parts"), 4, "[see-mine]: pattern '", SLOW),
}


@pytest.mark.parametrize(("content", "line", "what", "next_step"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused(tmp_path, content, line, what, next_step):
    path = tmp_path / "wrong.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    begin = time.perf_counter()
    with pytest.raises(UsageError) as raised:
        load_rules([path])
    assert time.perf_counter() - begin < SECONDS
    said = raised.value.args[0].removeprefix(f"{path}:")
    if line is not None:
        assert said.startswith(f"{line}: ")
        said = said.removeprefix(f"{line}: ")
    assert what in said
    assert len(said) < 400
    assert next_step in raised.value.next_step


COMMANDS = ["unknown field", "byte order mark", "near miss that Winnow drops", "explodes: (a+)+$", "name of a stage"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_so_before_any_work(here, tmp_path, name):
    content, line, what, next_step = WRONG[name]
    (tmp_path / "wrong.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "a.txt").write_text("The mayor opened the bridge on Thursday.")
    for arguments in (("clean", "a.txt", "-o", "out"), ("explain", "a.txt"), ("rules", "list")):
        done = here(*arguments, "--rules", "wrong.toml")
        assert (done.code, done.out) == (2, "")
        said, advice = done.err.split("\n  next: ")
        assert said.startswith(f"error: wrong.toml:{line}: ") and what in said
        assert next_step in advice
    assert not (tmp_path / "out").exists()


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    wrong = {
        tmp_path / "folder.toml": "not a file",
        tmp_path / "none.toml": "No such file",
        "/dev/zero": "not a file",
    }
    for path, what in wrong.items():
        with pytest.raises(UsageError, match=f"{path}: rule file cannot be read: {what}"):
            load_rules([path])


def test_a_near_miss_holds_against_other_files_too(tmp_path):
    (tmp_path / "one.toml").write_text(GOOD)
    (tmp_path / "two.toml").write_text(swapped("Zum Heft gehört eine Karte.", "Extra: Der Fluss sinkt", SECOND))
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    with pytest.raises(
        UsageError, match=r"one.toml:2: \[see-mine\]: drops 'Extra: .* which \[see-yours\] in two.toml"
    ):
        load_rules(files)
    with pytest.raises(
        UsageError, match=r"two.toml:2: \[see-yours\]: a rule of this name stands in .*two.toml:2 too"
    ):
        load_rules([files[1], files[1]])


def test_a_pattern_that_cannot_be_stopped_from_within_is_ended_from_outside(tmp_path, monkeypatch):
    """Where there are no signals, a match runs on; the deadline names the pattern that was being tried."""
    monkeypatch.setattr(checks, "_TRY", f"import signal; del signal.setitimer; {checks._TRY}")
    (tmp_path / "wrong.toml").write_text(with_pattern("((a|aa|aaa|a+)+)+b"))
    begin = time.perf_counter()
    with pytest.raises(
        UsageError, match=r"wrong.toml:6: \[see-mine\]: pattern '\(\(a\|aa\|aaa\|a\+\)\+\)\+b' takes more than 1"
    ):
        load_rules([tmp_path / "wrong.toml"])
    assert time.perf_counter() - begin < SECONDS


def test_a_good_file_loads_at_once(tmp_path):
    (tmp_path / "good.toml").write_bytes((GOOD + SECOND).replace("\n", "\r\n").encode())
    begin = time.perf_counter()
    rules = load_rules([tmp_path / "good.toml"])
    assert time.perf_counter() - begin < 1
    assert [rule.id for rule in rules[len(RULES) :]] == ["see-mine", "see-yours"]


SANE = [
    ("line", r"\s+read more$"),
    ("part", r"\s+read more$"),
    ("line", r".*cookies.*accept.*"),
    ("line", r"\[?\(?(read|see) (more|on)\)?\]?"),
    ("part", r"\[?\(?(read|see) (more|on)\)?\]?"),
    ("line", r"[^.!?]{3,80} \(\d+ of \d+\)"),
    ("part", r"[^.!?]{3,80} \(\d+ of \d+\)"),
]


@pytest.mark.parametrize(("use", "expression"), SANE)
def test_a_sane_pattern_is_not_refused(use, expression):
    trial: Trial = {"pattern": expression, "use": use, "longest": 1000}
    assert checks.verdict({"trials": [trial], "forms": [], "texts": []})["fault"] == "none"


def test_the_rules_of_winnow_pass_the_same_check():
    trials: list[Trial] = []
    for rule in RULES:
        trials += [{"pattern": text, "use": "line", "longest": rule.longest} for text in rule.lines]
        trials += [{"pattern": text, "use": "part", "longest": 1000} for text in rule.parts]
    verdict = checks.verdict({"trials": trials, "forms": [], "texts": []})
    assert verdict["fault"] == "none", (trials[verdict["at"]]["pattern"], verdict["detail"])


def test_attacks_are_made_of_what_a_pattern_names():
    parse = import_module("re._parser").parse
    units = {unit for _, unit, _ in attacks(parse("zum (heft|blatt)+[一-鿿]{2,}!"))}
    assert {"heft", "blatt", "一", "z"} <= units
    assert ("zum ", "heft", "\x00") in attacks(parse("zum (heft|blatt)+"))
    assert [code for code, _ in walk(parse("(?>a|bc)*"))] == [
        "MAX_REPEAT",
        "ATOMIC_GROUP",
        "BRANCH",
        *["LITERAL"] * 3,
    ]


def test_places_are_found_however_keys_and_texts_are_quoted():
    source = """\
# [not-a-table]
'one' . "t\\u0077o" = { lines = ["a", 'b]', \"\"\"c
d\"\"\", 'e'], on = 1979-05-27 07:32:07 }
[ "three" ]  # [no]
drops = [ # a [comment]
  "[x]", 'y"',
  \"\"\"
[not-a-table]
keeps = 1\\"\"\"\"\"\",
  [1.5, {z = [true]}],
]
keeps = []
"""
    found = places(source)
    assert found["one", "two", "lines"] == 2
    assert [found["one", "two", "lines", number] for number in range(4)] == [2, 2, 2, 3]
    assert (found["one", "two", "on"], found["three",], found["three", "drops"]) == (3, 4, 5)
    assert [found["three", "drops", number] for number in range(4)] == [6, 6, 7, 10]
    assert (found["three", "drops", 3, 1, "z"], found["three", "keeps"]) == (10, 12)
    assert ("not-a-table",) not in found


def test_what_a_pattern_needs_stands_in_what_it_takes():
    """So a near miss can be held against the rules of Winnow without compiling them all."""
    for rule in RULES:
        for example in rule.drops:
            form = line_form(example)
            for text in rule.lines:
                words = needed(text)
                if words and not any(word in folded(form) for word in words):
                    assert not pattern(text).fullmatch(form), (text, example)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("read more", {"read more"}),
        ("reads? more", {" more"}),
        ("read mores?", {"read more"}),
        ("(read|see)( more)?", {"read", "see"}),
        ("(read|see)?( more)?", set()),
        ("a|bc", {"a", "bc"}),
        (r"(?!never)(?:one|two\.)+[abc]", {"one", "two."}),
        (r"x{0,3}\d{2} İlgilı", {" ilgili"}),
        (r"[^(]see\)", {"see)"}),
    ],
)
def test_what_a_pattern_needs(expression, words):
    assert needed(expression) == words
