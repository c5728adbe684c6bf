"""How often each rule and stage is right, on all labelled lines that are not debatable."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.lines import Scored
from cleaners.measured import FEW, Measure
from cleaners.rules import Rule

ASKED = 0.95


def measure(documents: Iterable[Scored], rules: Sequence[Rule]) -> dict[str, Measure]:
    """Rule or stage -> what it drops by default or, if it drops nothing by default, with --thorough.

    Rules that drop fewer than FEW lines are measured together with the others of their class.
    """
    single = _counted(documents)
    families: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.id not in single or single[rule.id].hits < FEW:
            families[rule.category].append(rule.id)
    found = dict(single)
    for family, members in families.items():
        counts = [single[member] for member in members if member in single]
        pooled = Measure(
            hits=sum(count.hits for count in counts),
            right=sum(count.right for count in counts),
            lost=sum(count.lost for count in counts),
            pooled=family,
        )
        found |= dict.fromkeys(members, pooled)
    return dict(sorted(found.items()))


def _counted(documents: Iterable[Scored]) -> dict[str, Measure]:
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for document in documents:
        for line in document.lines:
            if line.rule is not None and not line.is_soft:
                count = counts[document.setting][line.rule]
                count[0] += 1
                count[1] += line.label == "drop"
                count[2] += len(line.text) if line.label == "keep" else 0
    totals = counts["thorough"] | counts["default"]
    return {rule: Measure(hits, right, lost) for rule, (hits, right, lost) in totals.items()}


def named(measured: dict[str, Measure]) -> dict[str, Measure]:
    """One entry for each rule or stage, and one for all rules of a class that are measured together."""
    found = {f"{one.pooled} (few hits)" if one.pooled else name: one for name, one in measured.items()}
    return dict(sorted(found.items()))


def rows(measured: dict[str, Measure]) -> list[tuple[str, int, str, int, str]]:
    short = short_of(measured)
    return [
        (name, one.hits, one.share, one.lost, "short" if name in short else "")
        for name, one in named(measured).items()
    ]


def shares(measured: dict[str, Measure]) -> dict[str, float]:
    return {name: one.precision for name, one in named(measured).items() if one.precision is not None}


def short_of(measured: dict[str, Measure]) -> list[str]:
    """Rules, stages and families under what was asked for."""
    return [name for name, share in shares(measured).items() if share < ASKED]


def write(path: Path, measured: dict[str, Measure], digests: dict[str, str]) -> None:
    """As TOML that cleaners.measured reads."""
    head = [
        "# Written by `python bench/quality.py lines --write`. Labelled lines, but for debatable ones, that a rule",
        "# or stage drops (hits), how many rightly, and the characters of those that should have been kept (lost).",
        f"# Rules with fewer than {FEW} hits are measured together, under the name of their class.",
        "[data]",
        *(f'{name} = "sha256:{digest}"' for name, digest in digests.items()),
    ]
    single = [
        f"{name} = {{ hits = {one.hits}, right = {one.right}, lost = {one.lost} }}"
        for name, one in measured.items()
        if not one.pooled
    ]
    pooled = [
        f"{family} = {{ hits = {one.hits}, right = {one.right}, lost = {one.lost}, members = {json.dumps(members)} }}"
        for family, one in sorted({one.pooled: one for one in measured.values() if one.pooled}.items())
        for members in [[name for name, other in measured.items() if other.pooled == family]]
    ]
    content = [*head, "", "[rules]", *single, "", "[families]", *pooled]
    path.write_text("\n".join(content) + "\n", encoding="utf-8")
