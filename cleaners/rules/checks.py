"""Rules of somebody else, before they meet a page: their patterns, and the examples of all rules."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleaners.errors import UsageError
from cleaners.rules.matching import Rule, line_form, pattern, plain
from cleaners.rules.needed import folded, needed
from cleaners.rules.source import RuleFile
from cleaners.rules.trial import Task, Trial, Verdict

Own = tuple[Rule, RuleFile]

_ROOT = Path(__file__).parent.parent.parent
_TRY = "import sys; sys.path.insert(0, sys.argv[1]); from cleaners.rules.trial import main; main()"
_LONGEST_PART = 1000
_SECONDS = 1.2  # for all patterns of a file, and a little more for each; only a pattern that hangs needs them
_SECONDS_EACH = 0.03
_NEXT = {
    "broken": "mend the pattern",
    "not-alone": "do without flags, names and back-references",
    "slow": "rewrite it without repetitions that can match the same characters",
    "empty": "make one part of it obligatory",
    "anything": "name words or signs of the line",
}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One pattern of a rule, and where it stands in its file."""

    rule: Rule
    file: RuleFile
    field: str
    number: int
    trial: Trial

    def error(self, what: str, next_step: str) -> UsageError:
        return self.file.error(what, next_step, self.rule.id, self.field, self.number)


@dataclass(frozen=True, slots=True)
class _Example:
    """A line that a rule must drop, or that all must keep."""

    rule: Rule
    field: str
    number: int
    text: str


def check(own: Sequence[Own], built_in: Sequence[Rule]) -> None:
    """Raises UsageError for the first thing that is wrong with the rules of `own` files."""
    files = {rule.id: file for rule, file in own}
    patterns = [each for rule, file in own for each in _patterns(rule, file)]
    examples = [each for rule in (*(rule for rule, _ in own), *built_in) for each in _examples(rule)]
    takes = _takes(patterns, examples)
    for rule, file in own:
        _check_examples(rule, file, examples, takes[rule.id])
    for example in examples:
        if example.field == "keeps" and example.rule.id in files:
            _check_survives(example, files[example.rule.id], built_in)


def _patterns(rule: Rule, file: RuleFile) -> Iterator[_Pattern]:
    """A label is tried for itself, and with the title that follows it, as it stands in the rule."""
    table = file.tables[rule.id]
    labels = table.get("labels", ())
    before = len(rule.lines) - len(labels)
    for number, text in enumerate(labels):
        yield _Pattern(rule, file, "labels", number, {"pattern": text, "use": "label", "longest": rule.longest})
    for number, text in enumerate(rule.lines):
        field, at = ("lines", number) if number < before else ("labels", number - before)
        yield _Pattern(rule, file, field, at, {"pattern": text, "use": "line", "longest": rule.longest})
    for number, text in enumerate(rule.parts):
        yield _Pattern(rule, file, "parts", number, {"pattern": text, "use": "part", "longest": _LONGEST_PART})


def _examples(rule: Rule) -> Iterator[_Example]:
    for field in ("drops", "keeps"):
        for number, text in enumerate(getattr(rule, field)):
            yield _Example(rule, field, number, text)


def _takes(patterns: list[_Pattern], examples: list[_Example]) -> dict[str, set[int]]:
    """Which of the examples each rule takes, by its number."""
    task: Task = {
        "trials": [each.trial for each in patterns],
        "forms": [line_form(example.text) for example in examples],
        "texts": [plain(example.text) for example in examples],
    }
    tried = verdict(task)
    if tried["fault"] != "none":
        raise _fault(patterns[tried["at"]], tried["fault"], tried["detail"])
    takes: dict[str, set[int]] = {each.rule.id: set() for each in patterns}
    for each, taken in zip(patterns, tried["takes"], strict=True):
        if each.trial["use"] != "label":
            takes[each.rule.id].update(taken)
    return takes


def verdict(task: Task) -> Verdict:
    """Tries patterns in a process of its own, and ends it where they do not come to an end."""
    deadline = _SECONDS + _SECONDS_EACH * len(task["trials"])
    command = [sys.executable, "-I", "-S", "-c", _TRY, str(_ROOT)]
    try:
        done = subprocess.run(command, input=json.dumps(task).encode(), capture_output=True, timeout=deadline)
        written, detail = done.stdout.splitlines(), "ends the process that tries it"
        if done.returncode == 0:
            found: Verdict = json.loads(written[-1])
            return found
    except subprocess.TimeoutExpired as late:
        written, detail = (late.stdout or b"").splitlines(), f"takes more than {deadline:.1f} s to try"
    at = int(written[-1]) if written else 0
    return {"at": at, "fault": "slow", "detail": detail, "takes": []}


def _fault(found: _Pattern, kind: str, detail: str) -> UsageError:
    shown = repr(found.trial["pattern"])
    shown = shown if len(shown) < 100 else f"{shown[:100]}..."
    what = {
        "broken": f"not a regular expression: {shown}: {detail}",
        "not-alone": f"{detail} in {shown}",
        "slow": f"pattern {shown} {detail}",
        "empty": f"pattern {shown} takes an empty line",
        "anything": f"pattern {shown} takes {detail}",
    }
    return found.error(what[kind], _NEXT[kind])


def _check_examples(rule: Rule, file: RuleFile, examples: list[_Example], taken: set[int]) -> None:
    """What a rule does to the examples of all rules, itself among them."""
    for number, example in enumerate(examples):
        is_own = example.rule is rule
        at = (rule.id, example.field, example.number)
        if is_own and example.field == "drops" and number not in taken:
            what = f"does not drop its example {example.text!r}"
            if len(example.text) > rule.longest:
                raise file.error(f"{what}: {len(example.text)} characters", f"raise longest ({rule.longest})", *at)
            raise file.error(what, "mend the pattern or the example", *at)
        if example.field == "drops" or number not in taken:
            continue
        if is_own:
            raise file.error(f"drops {example.text!r}, which it must keep", "make the pattern narrower", *at)
        what = f"drops {example.text!r}, which [{example.rule.id}] in {example.rule.source} must keep"
        raise file.error(what, "make the pattern narrower", rule.id)


def _check_survives(example: _Example, file: RuleFile, built_in: Sequence[Rule]) -> None:
    """A near miss of an own rule, against the rules that come with Winnow."""
    for rule in built_in:
        if _is_taken(example.text, rule):
            raise file.error(
                f"[{rule.id}] of Winnow ({rule.source}) drops {example.text!r}, which must be kept",
                "take the line out of keeps; `winnow rules show` tells what that rule takes",
                example.rule.id,
                example.field,
                example.number,
            )


def _is_taken(text: str, rule: Rule) -> bool:
    """Whether a line matches, without compiling what cannot match."""
    form, line = line_form(text), plain(text)
    may = [each for each in rule.lines if len(form) <= rule.longest and _may_match(each, form)]
    return any(pattern(each).fullmatch(form) for each in may) or any(
        pattern(part).search(line) for part in rule.parts
    )


def _may_match(text: str, form: str) -> bool:
    words, line = needed(text), folded(form)
    return not words or any(word in line for word in words)
