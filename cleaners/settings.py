"""What a run is told: everything that can change a record, and its digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cleaners.document import PROFILES, Profile
from cleaners.errors import NEEDS_LEARNED, UsageError
from cleaners.rules import Rule, load_rules

VERSION = version("webwinnow")
_WEIGHTS = [Path(__file__).parent / "learned" / f"{name}.json" for name in ("weights", "blocks", "page_kinds")]
_METADATA = ("basic", "full")
_LIBRARIES = ("trafilatura", "lxml", "justext", "htmldate", "python-dateutil", "langdetect", "chardet", "tldextract")


@dataclass(frozen=True)
class Settings:
    """Conditions under which pages become records. Two runs with the same `config_hash` give the same rows."""

    headline: bool = False  # put the title in front of the text of HTML pages
    dump: str | None = None  # for the column `dump`, where the input has none
    rule_files: Sequence[str | Path] = ()  # beyond those that come with Winnow
    thorough: bool = False  # take more than what is certain
    learned: bool = True  # ask the learned stage too
    profile: Profile = "best"  # "fast": find the text without trafilatura
    metadata: str = "basic"  # "full": search for what the page does not declare
    version: str = field(default=VERSION, init=False)

    def __post_init__(self) -> None:
        """Raises UsageError."""
        for name, known in (("metadata", _METADATA), ("profile", PROFILES)):
            if (given := getattr(self, name)) not in known:
                raise UsageError(f"{name}: {given!r} is unknown", f"choose from {', '.join(known)}")
        if self.profile == "fast" and not self.learned:
            raise UsageError(*NEEDS_LEARNED)

    def __getstate__(self) -> dict[str, Any]:
        """A worker gets what was said, not the rules that were loaded: it has them from the fork server."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Raises UsageError for a rule file that does not load."""
        return load_rules(self.rule_files)

    @cached_property
    def ruleset(self) -> str:
        """Digest of all rules, for the column of that name."""
        return _digest([_rule_content(rule) for rule in self.rules])[:16]

    @cached_property
    def conditions(self) -> dict[str, Any]:
        """Everything that can change a record, by name."""
        return {
            "winnow": self.version,
            "ruleset": self.ruleset,
            "headline": self.headline,
            "dump": self.dump,
            "thorough": self.thorough,
            "profile": self.profile,
            "metadata": self.metadata,
            "learned": self._digest_of_weights if self.learned else None,
            **{library: version(library) for library in _LIBRARIES},
        }

    @cached_property
    def _digest_of_weights(self) -> str:
        return hashlib.sha256(b"".join(path.read_bytes() for path in _WEIGHTS)).hexdigest()

    @cached_property
    def config_hash(self) -> str:
        return config_hash(self.conditions)


def config_hash(conditions: dict[str, Any]) -> str:
    """Of the conditions as dataset.json has them."""
    return _digest(conditions)[:16]


def _rule_content(rule: Rule) -> list[Any]:
    return [rule.id, rule.category, rule.lines, rule.parts, rule.where, rule.longest, rule.section, rule.thorough]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
