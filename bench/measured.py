"""One row of a table of costs: a figure, what was asked for, what was reached."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`reached` is what a person reads, `value` what is held against `asked`, the least or (`most`) the most allowed.

    >>> Measured("memory, MB", "312", 312.0, asked=250.0, most=True).is_short
    True
    >>> Measured("ratio", "1.3", 1.3, asked=1.1).row()
    ('ratio', '>= 1.1', '1.3', '')
    """

    name: str
    reached: str
    value: float | None = None
    asked: float | None = None
    most: bool = False
    wanted: str = ""  # in words, where `asked` says it badly

    @property
    def is_short(self) -> bool:
        if self.value is None or self.asked is None:
            return False
        return self.value > self.asked if self.most else self.value < self.asked

    def row(self) -> tuple[str, str, str, str]:
        limit = "-" if self.asked is None else f"{'<=' if self.most else '>='} {self.asked:g}"
        return self.name, self.wanted or limit, self.reached, "short" if self.is_short else ""
