"""Rule files -> rules. A file that is wrong in any way does not load; the message says where, and what to do."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cleaners.rules import checks, source
from cleaners.rules.matching import WHERE, Rule
from cleaners.rules.source import RuleFile


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "reason": (lambda value: isinstance(value, str) and value != "", "a text"),
    "lines": (_is_texts, "a list of regular expressions"),
    "labels": (_is_texts, "a list of regular expressions"),
    "parts": (_is_texts, "a list of regular expressions"),
    "drops": (_is_texts, "a list of example lines"),
    "keeps": (_is_texts, "a list of example lines"),
    "where": (lambda value: value in WHERE, f"one of {', '.join(WHERE)}"),
    "longest": (lambda value: type(value) is int and 1 <= value <= 1000, "a number of characters, 1 to 1000"),
    "section": (_is_switch, "true or false"),
    "thorough": (_is_switch, "true or false"),
}
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Behind a label: a colon, an arrow or two spaces, then anything that is no number, address or aside.
_SEPARATOR_AND_TITLE = (
    r"(?:\s?(?::|>>?|»|\||→|▶|►)\s{0,2}|  )(?!www|https?|tel|§|\(|\d+[ /.-]\d|@)"
    r"(?:\S.{8,150}|[\u3040-\u9fff\uac00-\ud7af].{3,150})"
)


def load_rules(extra: Sequence[str | Path] = ()) -> tuple[Rule, ...]:
    """The rules that come with Winnow, then those of the `extra` files.

    Raises UsageError for a file that cannot be read or holds anything but well-formed rules.
    """
    built_in = _built_in()
    own: list[tuple[Rule, RuleFile]] = []
    for path in map(Path, extra):
        file = source.read(path)
        for rule in _rules(file):
            _check_name(rule, file, built_in, own)
            own.append((rule, file))
    if own:
        checks.check(own, built_in)
    return (*built_in, *(rule for rule, _ in own))


@cache
def _built_in() -> tuple[Rule, ...]:
    """Their patterns and examples run as tests, not at each start."""
    return tuple(rule for path in sorted(Path(__file__).parent.glob("*.toml")) for rule in _rules(source.read(path)))


def _rules(file: RuleFile) -> Iterator[Rule]:
    for name, table in file.tables.items():
        _check_table(file, name, table)
        fields: dict[str, Any] = {
            field: tuple(value) if isinstance(value, list) else value for field, value in table.items()
        }
        labels = [f"(?:{label}){_SEPARATOR_AND_TITLE}" for label in fields.pop("labels", ())]
        fields["lines"] = (*table.get("lines", ()), *labels)
        yield Rule(id=name, category=file.path.stem, source=file.path.name, **fields)


def _check_table(file: RuleFile, name: str, table: Any) -> None:
    if not isinstance(table, dict):
        what = "is a list of tables" if isinstance(table, list) else "stands outside a table"
        raise file.error(what, "write [name], the name of a rule, above its fields", name)
    if not _ID.fullmatch(name):
        raise file.error("not a rule's name", "use lower-case words joined by hyphens, such as [read-also]", name)
    if unknown := [field for field in table if field not in _FIELDS]:
        next_step = f"the fields are {', '.join(sorted(_FIELDS))}"
        raise file.error(f"unknown field {unknown[0]!r}", next_step, name, unknown[0])
    for field, value in table.items():
        is_right, wanted = _FIELDS[field]
        if not is_right(value):
            shown = repr(value) if len(repr(value)) < 60 else f"{value!r:.60}..."
            raise file.error(f"{field} = {shown}", f"{field} is {wanted}", name, field)
    if "reason" not in table:
        raise file.error("no reason", 'write reason = "..."', name)
    if not table.get("drops") or not table.get("keeps"):
        next_step = "add lines it must take and leave"
        raise file.error("needs at least one example in drops and one in keeps", next_step, name)
    if not any(table.get(field) for field in ("lines", "labels", "parts")):
        raise file.error("needs a pattern in lines, labels or parts", "add one", name)


def _check_name(rule: Rule, file: RuleFile, built_in: Sequence[Rule], own: list[tuple[Rule, RuleFile]]) -> None:
    from cleaners.stages import REASONS  # stages use rules

    others: dict[str, str] = {other.id: f"stands in {other.source} too" for other in built_in}
    others |= dict.fromkeys(REASONS, "is a stage of Winnow")
    others |= {other.id: f"stands in {where.path}:{where.line(other.id)} too" for other, where in own}
    if rule.id in others:
        raise file.error(f"a rule of this name {others[rule.id]}", "rename one of them", rule.id)
