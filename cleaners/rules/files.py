"""Rule files -> rules. A file that is wrong in any way does not load; the message says what to do."""

import re
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cleaners.errors import UsageError
from cleaners.rules.matching import WHERE, Rule, line_form, matches_line, pattern, plain


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "reason": (lambda value: isinstance(value, str) and value != "", "a text"),
    "lines": (_is_texts, "a list of regular expressions"),
    "labels": (_is_texts, "a list of regular expressions"),
    "parts": (_is_texts, "a list of regular expressions"),
    "drops": (_is_texts, "a list of example lines"),
    "keeps": (_is_texts, "a list of example lines"),
    "where": (lambda value: value in WHERE, f"one of {', '.join(WHERE)}"),
    "longest": (lambda value: type(value) is int and 1 <= value <= 1000, "a number of characters, 1 to 1000"),
    "section": (lambda value: isinstance(value, bool), "true or false"),
}
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Behind a label: a colon, an arrow or two spaces, then anything that is no number, address or aside.
_SEPARATOR_AND_TITLE = (
    r"(?:\s?(?::|>>?|»|\||→|▶|►)\s{0,2}|  )(?!www|https?|tel|§|\(|\d+[ /.-]\d|@)"
    r"(?:\S.{8,150}|[\u3040-\u9fff\uac00-\ud7af].{3,150})"
)
_NOT_ALONE = re.compile(r"\(\?[aiLmsux]+\)|\(\?P|(?<!\\)\\[1-9]")
_LARGEST_FILE = 1_000_000  # bytes
_PROBES = ("a", "1", " ", "a ", "1,", "ab ", "-")
_PROBE_SECONDS = 0.05


def load_rules(extra: Sequence[str | Path] = ()) -> tuple[Rule, ...]:
    """The rules that come with Winnow, then those of the `extra` files.

    Raises UsageError for a file that cannot be read or holds anything but well-formed rules.
    """
    rules = list(_built_in())
    for path in map(Path, extra):
        rules += _load(path, foreign=True)
    seen: dict[str, Rule] = {}
    for rule in rules:
        if other := seen.get(rule.id):
            raise UsageError(
                f"{rule.source}: [{rule.id}]: a rule of this name stands in {other.source} too",
                "rename one of them",
            )
        seen[rule.id] = rule
    return tuple(rules)


@cache
def _built_in() -> tuple[Rule, ...]:
    return tuple(rule for path in sorted(Path(__file__).parent.glob("*.toml")) for rule in _load(path))


def _load(path: Path, *, foreign: bool = False) -> Iterator[Rule]:
    """The rules of one file. The examples of those that come with Winnow run as tests, not at each start."""
    for name, table in _tables(path).items():
        rule = _rule(name, table, path)
        if foreign:
            _check_patterns(rule)
            _check_examples(rule)
            _probe(rule)
        yield rule


def _tables(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UsageError(f"{path}: rule file is larger than {_LARGEST_FILE:,} bytes", "split it")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: rule file cannot be read: {error.strerror}", "check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}", "mend the line it names") from None


def _rule(name: str, table: Any, path: Path) -> Rule:
    def refuse(what: str, next_step: str) -> UsageError:
        return UsageError(f"{path}: [{name}]: {what}", next_step)

    if not isinstance(table, dict):
        raise refuse("stands outside a table", "put it below the [name] of a rule")
    if not _ID.fullmatch(name):
        raise refuse("not a rule's name", "use lower-case words joined by hyphens, such as [read-also]")
    if unknown := sorted(set(table) - set(_FIELDS)):
        raise refuse(f"unknown field {unknown[0]!r}", f"the fields are {', '.join(sorted(_FIELDS))}")
    for field, value in table.items():
        is_right, wanted = _FIELDS[field]
        if not is_right(value):
            raise refuse(f"{field} = {value!r}", f"{field} is {wanted}")
    if "reason" not in table:
        raise refuse("no reason", 'write reason = "..."')
    if not table.get("drops") or not table.get("keeps"):
        raise refuse("needs at least one example in drops and one in keeps", "add lines it must take and leave")
    if not any(table.get(field) for field in ("lines", "labels", "parts")):
        raise refuse("needs a pattern in lines, labels or parts", "add one")
    fields: dict[str, Any] = {
        field: tuple(value) if isinstance(value, list) else value for field, value in table.items()
    }
    labels = [f"(?:{label}){_SEPARATOR_AND_TITLE}" for label in fields.pop("labels", ())]
    fields["lines"] = (*table.get("lines", ()), *labels)
    return Rule(id=name, category=path.stem, source=path.name, **fields)


def _takes(rule: Rule, example: str) -> bool:
    by_part = (pattern(part).search(plain(example)) for part in rule.parts)
    return matches_line(line_form(example), rule) or any(by_part)


def _check_patterns(rule: Rule) -> None:
    """A rule's lines are matched as one pattern, so none may set flags or count groups."""
    for text in (*rule.lines, *rule.parts):
        if found := _NOT_ALONE.search(text):
            raise UsageError(
                f"{rule.source}: [{rule.id}]: {found[0]!r} in {text!r}", "do without flags, names and back-references"
            )
        try:
            pattern(text)
        except re.error as error:
            raise UsageError(
                f"{rule.source}: [{rule.id}]: not a regular expression: {error.pattern!r}: {error}",
                "mend the pattern",
            ) from None


def _check_examples(rule: Rule) -> None:
    for example in rule.drops:
        if not _takes(rule, example):
            raise UsageError(
                f"{rule.source}: [{rule.id}]: does not drop its example {example!r}",
                "mend the pattern or the example",
            )
    for example in rule.keeps:
        if _takes(rule, example):
            raise UsageError(
                f"{rule.source}: [{rule.id}]: drops {example!r}, which it must keep",
                "make the pattern narrower",
            )


def _probe(rule: Rule) -> None:
    """Refuse a pattern whose time explodes on a few repeated characters, before a page meets it."""
    for text in (*rule.lines, *rule.parts):
        for unit in _PROBES:
            for count in range(6, 25, 3):
                start = time.process_time()
                pattern(text).search(unit * count + "\x00")
                spent = time.process_time() - start
                if spent > _PROBE_SECONDS:
                    raise UsageError(
                        f"{rule.source}: [{rule.id}]: pattern {text!r} took {spent:.2f} s on"
                        f" {count * len(unit)} characters",
                        "rewrite it without a repetition inside a repetition",
                    )
