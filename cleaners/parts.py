"""One of several that share the work."""

from dataclasses import dataclass

from cleaners.errors import UsageError


@dataclass(frozen=True, slots=True)
class Part:
    """One of several runs that share a dataset or a crawl: part 1 of 4."""

    number: int
    of: int

    def has(self, shard: str) -> bool:
        return int(shard, 16) % self.of == self.number - 1


def parse_part(text: str | None, option: str = "--part ") -> Part | None:
    """Raises UsageError for what is not `I/N`, naming the option that it was given to.

    >>> parse_part("2/8")
    Part(number=2, of=8)
    """
    if not text:
        return None
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise UsageError(f"{option}{text} is no part", f"give the number of this part and of all: {option}2/8")
    return Part(int(number), int(of))
