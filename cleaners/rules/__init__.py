"""Rules are data: one TOML file a class of leftovers, examples inside. See docs/rules.md for the format."""

from cleaners.rules.files import load_rules
from cleaners.rules.matching import Rule, judge, judge_edges

__all__ = ["Rule", "judge", "judge_edges", "load_rules"]
