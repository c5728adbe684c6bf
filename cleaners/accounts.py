"""What a run has to account for: pages in, records and rejects out, words removed by each rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cleaners.prose import count_words

_UNREADABLE = ("archive_damaged", "record_truncated")


@dataclass(slots=True)
class Account:
    """Counts of one shard, or of a whole run. Written into each shard's footer, so that a re-run can add up."""

    pages: int = 0  # each of them is a record or a reject
    records: int = 0
    rejects: int = 0
    forgotten: int = 0  # pages that `winnow forget` took out, not among `pages`
    words_kept: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # rejects by reason
    words_removed: Counter[str] = field(default_factory=Counter)  # by rule

    def add(self, other: "Account") -> None:
        self.pages += other.pages
        self.records += other.records
        self.rejects += other.rejects
        self.forgotten += other.forgotten
        self.words_kept += other.words_kept
        self.reasons += other.reasons
        self.words_removed += other.words_removed

    @property
    def unreadable(self) -> int:
        """Rejects that stand for a part of the input which could not be read."""
        return sum(self.reasons[reason] for reason in _UNREADABLE)

    def as_dict(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "records": self.records,
            "rejects": self.rejects,
            "forgotten": self.forgotten,
            "words_kept": self.words_kept,
            "reasons": dict(sorted(self.reasons.items())),
            "words_removed": dict(sorted(self.words_removed.items())),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Account":
        counters = {name: Counter(content[name]) for name in ("reasons", "words_removed")}
        return cls(**{**content, **counters})


def account(records: pa.Table, rejects: pa.Table, forgotten: int = 0) -> Account:
    """The account of one split."""
    words: Counter[str] = Counter()
    for removed in records["removed"].to_pylist():
        for removal in removed:
            words[removal["rule"]] += count_words(removal["text"])
    return Account(
        pages=records.num_rows + rejects.num_rows,
        records=records.num_rows,
        rejects=rejects.num_rows,
        forgotten=forgotten,
        words_kept=sum(records["word_count"].to_pylist()),
        reasons=Counter(rejects["reason"].to_pylist()),
        words_removed=words,
    )


def table(rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows as aligned columns: numbers to the right, everything else to the left.

    >>> print(table([("pages", 1200), ("rejects", 7)]))
    pages    1,200
    rejects      7
    """
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if isinstance(cell, int) else text.ljust(width)
            for cell, text, width in zip(row, texts, widths, strict=True)
        ).rstrip()
        for row, texts in zip(rows, cells, strict=True)
    )
