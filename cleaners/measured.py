"""How often each rule was right where that was measured. bench/quality.py writes the figures."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FEW = 10  # hits; rules with fewer are measured together with the others of their class
FILE = Path(__file__).parent / "measured.toml"


@dataclass(frozen=True, slots=True)
class Measure:
    """Labelled lines that a rule drops, how many rightly, and the characters of the others."""

    hits: int
    right: int
    lost: int
    pooled: str = ""  # class of leftovers with whose other rare rules this one was measured

    @property
    def precision(self) -> float | None:
        return self.right / self.hits if self.hits else None

    @property
    def share(self) -> str:
        """
        >>> Measure(40, 39, 12).share
        '97.5 %'
        """
        return "-" if self.precision is None else f"{100 * self.precision:.1f} %"

    @property
    def columns(self) -> tuple[int, str, int, str]:
        """Hits, precision, lost characters, and whether other rules are counted in."""
        return self.hits, self.share, self.lost, "pooled" if self.pooled else ""

    @property
    def sentence(self) -> str:
        """
        >>> Measure(40, 39, 12).sentence
        'measured: drops 40 labelled lines, 97.5 % of them rightly; 12 characters of text lost'
        """
        if not self.hits:
            return "not measured: drops none of the labelled lines"
        together = f", together with the other rare rules of {self.pooled}" if self.pooled else ""
        noun = "line" if self.hits == 1 else "lines"
        return (
            f"measured{together}: drops {self.hits:,} labelled {noun}, {self.share} of them rightly;"
            f" {self.lost:,} characters of text lost"
        )


def measured(name: str, category: str) -> Measure:
    """Of a rule or a stage; without hits where it was not measured, as a rule of one's own."""
    figures = _figures()
    if name in figures["rules"]:
        return Measure(**figures["rules"][name])
    family = figures["families"].get(category, {"members": []})
    if name in family["members"]:
        return Measure(family["hits"], family["right"], family["lost"], pooled=category)
    return Measure(0, 0, 0)


@cache
def _figures() -> dict[str, Any]:
    return {"rules": {}, "families": {}} | tomllib.loads(FILE.read_text(encoding="utf-8"))
