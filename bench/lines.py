"""Already-extracted text, cleaned and held against labels line by line: figures, beside what was asked for."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cleaners import clean_text

SETS = ("real", "written", "seeds")
SETTINGS = ("default", "thorough")
HALVES = ("all", "seen", "held back")
KEYS = {
    "keep characters lost": "keep_chars_lost",
    "clean documents untouched": "clean_docs_untouched",
    "drop precision": "drop_precision",
    "drop recall": "drop_recall",
    "dirty documents perfect": "dirty_docs_perfect",
}
LEAST = ("keep characters lost",)  # of which less is better
_ASKED = {  # set and setting: in the order of KEYS
    "real default": (0.001, 16 / 16, 0.99, 0.65, 0.25),
    "real thorough": (0.003, 14 / 16, 0.96, 0.85, 0.45),
    "written default": (0.001, 9 / 9, 0.99, 0.75, 0.40),
    "written thorough": (0.005, 9 / 9, 0.97, 0.88, 0.60),
    "seeds default": (0.0, None, 1.0, 1.0, 5 / 5),
}
ASKED = {
    f"{name}: {figure}": value
    for name, values in _ASKED.items()
    for figure, value in zip(KEYS, values, strict=True)
    if value is not None
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a labelled document, and the rule that took all of it, if any did."""

    text: str
    label: str
    category: str | None
    is_soft: bool
    rule: str | None
    taken_as: str  # class that the rule gave as its own


@dataclass(frozen=True, slots=True)
class Scored:
    """One labelled document after cleaning."""

    set: str
    setting: str
    half: str
    gold: dict[str, Any]
    lines: tuple[Line, ...]


def read(data: Path, name: str) -> list[dict[str, Any]]:
    rows = path(data, name).read_text(encoding="utf-8").split("\n")
    return [json.loads(row) for row in rows if row]


def path(data: Path, name: str) -> Path:
    return data / "lines" / f"{name}.jsonl"


def digests(data: Path) -> dict[str, str]:
    return {name: hashlib.sha256(path(data, name).read_bytes()).hexdigest() for name in SETS}


def half(document: dict[str, Any]) -> str:
    """Whether the documents of a site may be read while rules are made. The seeds always may."""
    if document["kind"] == "seed":
        return "seen"
    host = urlsplit(document["url"]).hostname if document.get("url") else None
    host = host or (document["source"] if document["kind"] == "real" else document["id"])
    return "seen" if hashlib.sha256(host.removeprefix("www.").encode()).digest()[0] % 2 else "held back"


def clean_all(data: Path) -> list[Scored]:
    """Every labelled document under each setting."""
    return [
        Scored(name, setting, half(document), document, tuple(_lines(document, thorough=setting == "thorough")))
        for name in SETS
        for setting in SETTINGS
        for document in read(data, name)
    ]


def _lines(document: dict[str, Any], *, thorough: bool) -> Iterator[Line]:
    texts = document["lines"]
    cuts = clean_text("\n".join(texts), thorough=thorough).cuts
    taken = {cut.block: cut for cut in cuts if cut.start == 0 and cut.end == len(texts[cut.block])}
    labels = zip(texts, document["labels"], document["classes"], document["soft"], strict=True)
    for i, (text, label, category, is_soft) in enumerate(labels):
        cut = taken.get(i)
        yield Line(text, label, category, is_soft, cut.rule if cut else None, cut.category if cut else "")


def figures(documents: Iterable[Scored], data: Path, scratch: Path) -> dict[str, dict[str, float]]:
    """Set, setting and figure -> its value on all documents and on each half, as the scorer of the data counts."""
    groups: dict[tuple[str, str], list[Scored]] = {}
    for document in documents:
        for part in ("all", document.half):
            groups.setdefault((f"{document.set} {document.setting}", part), []).append(document)
    found: dict[str, dict[str, float]] = {}
    for (name, part), group in groups.items():
        result = _score(group, data, scratch)
        for figure, key in KEYS.items():
            if result[key] is not None:
                found.setdefault(f"{name}: {figure}", {})[part] = result[key]
    return found


def recall_by_class(documents: Iterable[Scored], name: str = "real") -> list[tuple[str, int, int, int]]:
    """Class, its lines, and how many of them are found under each setting."""
    counts: dict[str, list[int]] = {}
    for document in documents:
        if document.set == name:
            for line in document.lines:
                if line.label == "drop" and not line.is_soft:
                    count = counts.setdefault(line.category or "-", [0] * 4)
                    at = SETTINGS.index(document.setting)
                    count[at] += 1
                    count[at + 2] += line.rule is not None
    rows = [(category, lines, found, thorough) for category, (lines, _, found, thorough) in counts.items()]
    return sorted(rows, key=lambda row: -row[1])


def _score(group: list[Scored], data: Path, scratch: Path) -> dict[str, Any]:
    gold, predicted, scores = scratch / "gold.jsonl", scratch / "predicted.jsonl", scratch / "scores.json"
    rows = [
        {"id": each.gold["id"], "kept_lines": [i for i, line in enumerate(each.lines) if line.rule is None]}
        for each in group
    ]
    gold.write_text("".join(json.dumps(each.gold) + "\n" for each in group), encoding="utf-8")
    predicted.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command: list[str | Path] = [
        sys.executable,
        data / "score" / "score_lines.py",
        gold,
        predicted,
        "--json",
        scores,
        "--quiet",
    ]
    subprocess.run(command, check=True, capture_output=True)
    result: dict[str, Any] = json.loads(scores.read_text(encoding="utf-8"))["ALL"]
    return result


def short_of(found: dict[str, dict[str, float]]) -> list[str]:
    """Figures that miss what was asked for, on all documents."""
    return [name for name, asked in ASKED.items() if name in found and worse(name, found[name]["all"], asked)]


def worse(name: str, value: float, than: float) -> bool:
    """Beyond the sixth digit nothing counts."""
    difference = round(value, 6) - round(than, 6)
    return difference > 0 if name.endswith(LEAST) else difference < 0
