"""What each profile makes of labelled pages, by models that have not seen the page's site."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from bench import environments, page_sets
from cleaners import page_kind
from cleaners.clean import clean_documents
from cleaners.document import Document, Profile
from cleaners.extract import Models, documents
from cleaners.learned import block_model
from cleaners.page import Page, PageRejected, read
from cleaners.rules import load_rules

MODELS = "models trained without the sites of the pages that they are asked about, in five folds"
ROOT = environments.ROOT
LOCK = ROOT / "bench" / "learn" / "requirements.lock"
_SOURCES = (  # all that a model depends on
    *("bench/learn/*.py", "cleaners/learned/*.py", "cleaners/dom*.py", "cleaners/page*.py", "cleaners/votes.py"),
    *(
        "cleaners/markup.py",
        "cleaners/metadata.py",
        "cleaners/declared.py",
        "cleaners/titles.py",
        "cleaners/json_ld.py",
    ),
)
_TOGETHER = 50  # pages


class NotTrained(Exception):
    """The models of the folds could not be made; why."""


def predict(
    profile: Profile, name: str, data: Path, folds: Sequence[Models] | None = None
) -> Iterator[tuple[str, str]]:
    """Id and text of each page in a set that became a record, with the headline where the set's gold text has it.

    `folds`: models to take in place of those that are trained for this. Raises NotTrained.
    """
    folds = folds or _models(data.resolve())
    by_fold: dict[int, list[tuple[str, Page]]] = {}
    for row in page_sets.read(data, name):
        try:
            page = read(row["html"].encode("utf-8", "replace"), "utf-8", url=row["url"], profile=profile)
        except PageRejected:
            continue
        by_fold.setdefault(_fold_of(row), []).append((row["id"], page))
    for fold, pages in sorted(by_fold.items()):
        for start in range(0, len(pages), _TOGETHER):
            ids, some = zip(*pages[start : start + _TOGETHER], strict=True)
            made = documents(some, [None] * len(some), headline_first=page_sets.PAGES[name], models=folds[fold])
            sound = [
                (id_, document) for id_, document in zip(ids, made, strict=True) if isinstance(document, Document)
            ]
            texts = _texts([each for _, each in sound])
            yield from zip((id_ for id_, _ in sound), texts, strict=True)


def _texts(made: list[Document]) -> Iterator[str]:
    for cleaned in clean_documents(made, load_rules()):
        if isinstance(cleaned, Exception):
            raise cleaned
        yield cleaned.text


def _fold_of(page: dict[str, str]) -> int:
    from bench.learn.sites import fold_of, host

    return fold_of(host(page))


@cache
def _models(data: Path) -> list[Models]:
    """Of each fold, from a folder that git ignores; trained first, unless they were with this code and data."""
    folder = ROOT / ".venv" / "folds" / _digest(data)
    if not (folder / "done").exists():
        if reason := environments.make("learn", LOCK):
            raise NotTrained(reason)
        print("training the models of five folds, some minutes", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            environments.python("learn"),
            "-m",
            "bench.learn.blocks",
            "--data",
            str(data),
            "--folds",
            str(folder),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise NotTrained(f"training failed: {done.stderr.strip()[-300:]}")
        (folder / "done").touch()
    return [_read(folder, fold) for fold in range(5)]


def _read(folder: Path, fold: int) -> Models:
    tables = [json.loads((folder / f"{name}{fold}.json").read_text(encoding="utf-8")) for name in ("blocks", "kinds")]
    return Models(block_model.model_of(tables[0]), page_kind.model_of(tables[1]))


def _digest(data: Path) -> str:
    digest = hashlib.sha256(LOCK.read_bytes())
    paths = sorted(path for pattern in _SOURCES for path in ROOT.glob(pattern))
    for path in [*paths, *sorted(data.glob("pages*/*.jsonl.gz"))]:
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
