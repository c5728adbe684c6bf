"""Rules are data: one TOML file a class of leftovers, examples inside. See docs/rules.md for the format."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaners.rules.files import load_rules as load_rules
    from cleaners.rules.matching import Rule as Rule
    from cleaners.rules.matching import judge as judge
    from cleaners.rules.matching import judge_edges as judge_edges

_HOME = {
    "Rule": "cleaners.rules.matching",
    "judge": "cleaners.rules.matching",
    "judge_edges": "cleaners.rules.matching",
    "load_rules": "cleaners.rules.files",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use: the process that tries patterns (see trial.py) has the standard library only."""
    if name not in _HOME:
        raise AttributeError(f"module 'cleaners.rules' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
