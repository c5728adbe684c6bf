"""Predicted texts held against gold texts, page by page, by the scorer that comes with the data."""

import importlib.util
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import stdev
from types import ModuleType
from typing import Any

from bench.page_sets import Row

BOOT = 200  # samples, as the scorer's --boot


@dataclass(frozen=True, slots=True)
class Score:
    """The two figures of a row, and the bootstrap deviation of the second."""

    values: tuple[float, float]
    deviation: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one page: words too many and words lost, or snippets."""

    page: str
    residual: int
    lost: int
    wanted: int  # words or snippets


@cache
def scorer(data: Path) -> ModuleType:
    """score/score_pages.py of the data."""
    spec = importlib.util.spec_from_file_location("score_pages", data / "score" / "score_pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(data: Path, pages: Sequence[dict[str, Any]], texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The scorer's account of each page. A page without a text counts as one with an empty text."""
    return [scorer(data).page(page, texts.get(page["id"], "")) for page in pages]


def score(data: Path, row: Row, pages: Sequence[dict[str, Any]], accounts: Sequence[dict[str, Any]]) -> Score:
    """Figures of a row, from the accounts of the pages of its set."""
    chosen = [
        account for page, account in zip(pages, accounts, strict=True) if row.kind in (None, page.get("page_type"))
    ]
    first, second = row.measures.values()
    aggregate = scorer(data).agg
    found = aggregate(chosen)
    chance = random.Random(1)
    samples = [aggregate([chance.choice(chosen) for _ in chosen]).get(second, 0.0) for _ in range(BOOT)]
    return Score((found[first], found[second]), stdev(samples))


def worst(pages: Sequence[dict[str, Any]], accounts: Sequence[dict[str, Any]], count: int) -> list[Fault]:
    """The pages with most words that are wrong or missing, the worst first."""
    faults = [_fault(page["id"], account) for page, account in zip(pages, accounts, strict=True)]
    faults.sort(key=lambda fault: (-fault.residual - fault.lost, fault.page))
    return [fault for fault in faults[:count] if fault.residual + fault.lost]


def _fault(page: str, account: Mapping[str, Any]) -> Fault:
    if "rw" in account:
        return Fault(page, account["rw"], account["lw"], account["gw"])
    kept, wrong, missing, _ = account.get("sn", (0, 0, 0, 0))
    return Fault(page, wrong, missing, kept + missing)
