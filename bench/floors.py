"""Figures that may rise and not fall, pinned to the data that they were measured on."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.lines import worse


@dataclass(frozen=True, slots=True)
class Floors:
    """What bench/floors.toml holds for one part of the bench."""

    data: Mapping[str, str]  # set -> digest
    figures: Mapping[str, float]


class Refused(Exception):
    """Floors that are not written, and why."""


def read(path: Path, part: str) -> Floors:
    return _parts(path).get(part, Floors({}, {}))


def _parts(path: Path) -> dict[str, Floors]:
    if not path.exists():
        return {}
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {part: Floors(tables["data"], tables["figures"]) for part, tables in content.items()}


def fallen(floors: Floors, figures: Mapping[str, float]) -> list[str]:
    """What is to be said of each figure below its floor. Figures that are measured no more do not count."""
    return [
        f"{name} is {figures[name]:.6g}; its floor is {floor:.6g}"
        for name, floor in floors.figures.items()
        if name in figures and worse(name, figures[name], floor)
    ]


def same_data(floors: Floors, digests: Mapping[str, str]) -> bool:
    return dict(floors.data) == dict(digests)


def check(floors: Floors, figures: Mapping[str, float], digests: Mapping[str, str]) -> tuple[list[str], str]:
    """What fell, and what is to be said where that cannot be told."""
    if not floors.figures:
        return [], "there are no floors yet: write them with --write"
    if not same_data(floors, digests):
        changed = sorted(name for name in {*floors.data, *digests} if floors.data.get(name) != digests.get(name))
        return [], f"not compared with the floors: the data changed ({', '.join(changed)})"
    return fallen(floors, figures), ""


def raised(floors: Floors, figures: Mapping[str, float], digests: Mapping[str, str], *, lower: bool) -> Floors:
    """The floors to write: the better of old and new, or with `lower` the figures as they are.

    Raises Refused where that would lower one, or forget those of other data, and `lower` is not set.
    """
    if lower or not floors.figures:
        return Floors(digests, figures)
    if not same_data(floors, digests):
        raise Refused("the floors belong to other data; --lower-floors replaces them")
    if below := fallen(floors, figures):
        raise Refused("; ".join([*below, "--lower-floors writes them all the same"]))
    return Floors(digests, figures)


def write(path: Path, part: str, floors: Floors) -> None:
    """Store the floors of one part; those of the others stay."""
    lines = ["# Written by `python bench/quality.py --write`, for which a figure below its floor is an error."]
    for name, each in sorted((_parts(path) | {part: floors}).items()):
        lines += [f"[{name}.data]", *(f'{key} = "{digest}"' for key, digest in each.data.items()), ""]
        lines += [f"[{name}.figures]", *(f'"{key}" = {round(value, 6)!r}' for key, value in each.figures.items()), ""]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
