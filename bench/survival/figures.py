"""One row of the table: a fault, what was asked for, what was reached."""

from dataclasses import dataclass

SIZES = ("full", "short", "minute")


@dataclass(frozen=True)
class Figure:
    fault: str
    asked: str
    reached: str
    ok: bool
