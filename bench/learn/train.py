"""Train the learned evidence: weights of character n-grams, then small gradient-boosted trees.

    python -m bench.learn.train SILVER.jsonl [--out FILE] [--hold-out FILE ...]

Leaves out the sites of the --hold-out files (labelled lines, a document a row, with its `url`). Prints what the
model takes on sites that it has not seen, by five folds split by site. See docs/model-card.md.
"""

import argparse
import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from bench.learn.silver import DATA, MEASURING, tokens, training_files
from cleaners.clean import clean_document
from cleaners.document import Block, Document
from cleaners.learned import ngrams
from cleaners.learned.evidence import FEATURES, Page, evidence
from cleaners.learned.model import penalty
from cleaners.learned.trees import SCALE
from cleaners.rules import load_rules

SEED = 20261122
FOLDS = 5
TREES = 120
TREE_OPTIONS = {
    "objective": "binary",
    "num_leaves": 24,
    "max_depth": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
NGRAM_SCALE = 10  # of the logistic regression's weights in a signed byte
#: Share of the wanted characters of article pages that a setting may lose by silver labels, on unseen sites.
HARM = {"careful": 0.001, "thorough": 0.005}
CLEAN_PAGE = SCALE  # one logit more on a page where nothing else was found
#: Kinds of page to learn from: elsewhere what is wanted is a matter of taste, and the gold texts differ in theirs.
PAGE_TYPES = ("article", "forum", "documentation")
_WEIGHTS = Path(__file__).parents[2] / "cleaners" / "learned" / "weights.json"


@dataclass(frozen=True)
class Lines:
    """All lines of all pages. `label`: 1 leftover, 0 wanted, -1 undecided; `page`: index of its page."""

    pages: list[Page]
    label: npt.NDArray[np.int32]
    page: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]
    dropped: npt.NDArray[np.bool_]
    measured: npt.NDArray[np.bool_]  # of a set that is measured on only
    article: npt.NDArray[np.bool_]
    first_of_site: npt.NDArray[np.bool_]  # the same line on the same site is learned once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("silver", type=Path)
    parser.add_argument("--out", type=Path, default=_WEIGHTS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that SILVER was made from")
    parser.add_argument("--hold-out", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    held_out = {site for path in options.hold_out for site in _sites(path)}
    lines = read(options.silver, held_out)
    learn = (lines.label >= 0) & ~lines.measured
    extractions, share = len(set(lines.page[learn])), lines.label[learn].mean()
    print(f"{learn.sum():,} lines of {extractions:,} extractions, {share:.1%} leftovers")
    grams = _gram_matrix(lines)
    fits = [(learn & (lines.fold != fold), lines.fold == fold) for fold in range(FOLDS)]
    wording = np.zeros(len(lines.label), dtype=np.int32)
    for inside, outside in fits:
        wording[outside] = _wording(grams, _fit_grams(grams, lines, inside), outside)
    weights = _fit_grams(grams, lines, learn)
    wording[lines.measured] = _wording(grams, weights, lines.measured)
    rows = _evidence(lines, wording)
    score = np.zeros(len(lines.label))
    for inside, outside in fits:
        score[outside] = _fit_trees(rows, lines, inside).predict(rows[outside], raw_score=True)
    trees = _fit_trees(rows, lines, learn)
    score[lines.measured] = trees.predict(rows[lines.measured], raw_score=True)
    score = score * SCALE - penalty(lines.size)
    cuts = _report(lines, score)
    about = {
        "trained_by": "bench/learn/train.py",
        "seed": SEED,
        "sha256": {path.name: _digest(path) for path in [options.silver, *options.hold_out]}
        | {f"{folder}/{path.name}": _digest(path) for folder, path in training_files(options.data)},
    }
    table = {"about": about, "features": FEATURES, "cuts": cuts, **_flat(trees), "ngrams": _base64(weights)}
    options.out.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sites(path: Path) -> Iterator[str]:
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if host := urlsplit(row.get("url") or "").hostname:
            yield host.removeprefix("www.")


def read(silver: Path, held_out: set[str]) -> Lines:
    """The lines of a file of silver labels, with what the rules took of each page."""
    measuring = {name for names in MEASURING.values() for name in names}
    rows = [json.loads(line) for line in silver.open(encoding="utf-8")]
    rows = [row for row in rows if row["host"] not in held_out and row["page_type"] in PAGE_TYPES]
    with Pool() as pool:
        cleaned = pool.map(_page, rows, chunksize=20)
    pairs = [(row, page, labels) for row, (page, labels) in zip(rows, cleaned, strict=True) if page.texts]
    sizes = [len(page.texts) for _, page, _ in pairs]
    folds = _folds({row["host"] for row, _, _ in pairs})
    seen: set[tuple[str, str]] = set()

    def of_page(values: Sequence[Any]) -> Any:
        return np.repeat(np.array(values), sizes)

    return Lines(
        pages=[page for _, page, _ in pairs],
        label=np.array([label for _, _, labels in pairs for label in labels], dtype=np.int32),
        page=of_page(range(len(pairs))),
        fold=of_page([-1 if row["set"] in measuring else folds[row["host"]] for row, _, _ in pairs]),
        size=np.array([len(text) for _, page, _ in pairs for text in page.texts]),
        dropped=np.array([gone for _, page, _ in pairs for gone in page.dropped]),
        measured=of_page([row["set"] in measuring for row, _, _ in pairs]),
        article=of_page([row["page_type"] == "article" and row["extractor"] != "blocks" for row, _, _ in pairs]),
        first_of_site=np.array(
            [
                (row["host"], text) not in seen and not seen.add((row["host"], text))  # type: ignore[func-returns-value]
                for row, page, _ in pairs
                for text in page.texts
            ]
        ),
    )


def _folds(hosts: set[str]) -> dict[str, int]:
    order = np.random.default_rng(SEED).permutation(len(hosts))
    return {host: int(order[k]) % FOLDS for k, host in enumerate(sorted(hosts))}


def _page(row: dict[str, Any]) -> tuple[Page, list[int]]:
    """The page as the learned stage sees it, and its labels. The headline, which gold texts leave out, is wanted."""
    texts, count = row["lines"], len(row["lines"])
    kinds, shares = row.get("kinds") or ["line"] * count, row.get("link_shares") or [None] * count
    blocks = tuple(map(Block, texts, kinds, shares))
    document = Document(blocks, headlines=tuple(row.get("headlines") or ()), from_html="kinds" in row)
    cuts = clean_document(document, load_rules(), learned=False).cuts
    gone = {cut.block for cut in cuts if cut.start == 0 and cut.end == len(texts[cut.block])}
    labels, headline_seen = list(row["labels"]), "kinds" in row
    for i, text in enumerate(texts):
        if _is_headline(text, row["titles"]):
            labels[i] = -1 if headline_seen else 0
            headline_seen = True
    full = [i for i, text in enumerate(texts) if text.strip()]
    page = Page(
        [texts[i] for i in full],
        [i in gone for i in full],
        [kinds[i] for i in full],
        [shares[i] for i in full],
        document.headlines,
    )
    return page, [labels[i] for i in full]


def _is_headline(text: str, titles: list[str]) -> bool:
    words = set(tokens(text))
    shared = [(len(words & of_title), len(of_title)) for of_title in (set(tokens(title)) for title in titles)]
    return any(both >= 0.8 * len(words) and both >= 0.5 * size for both, size in shared) if words else False


def _gram_matrix(lines: Lines) -> Any:
    texts = [text for page in lines.pages for text in page.texts]
    bucket, owner, count = ngrams.hashed(texts)
    ones = np.ones(len(bucket), dtype=np.float32)
    counts = sparse.csr_matrix((ones, (owner, bucket)), shape=(len(texts), ngrams.BUCKETS))
    return sparse.diags(1 / np.sqrt(np.maximum(1, count)).astype(np.float32)) @ counts


def _fit_grams(grams: Any, lines: Lines, inside: Any) -> npt.NDArray[np.int8]:
    rows = np.flatnonzero(inside & lines.first_of_site)
    model = SGDClassifier(loss="log_loss", alpha=2e-6, max_iter=4, tol=None, average=True, random_state=SEED)
    model.fit(grams[rows], lines.label[rows])
    return np.clip(np.round(model.coef_[0] * NGRAM_SCALE), -127, 127).astype(np.int8)


def _wording(grams: Any, weights: npt.NDArray[np.int8], mask: Any) -> npt.NDArray[np.int32]:
    return np.rint(grams[np.flatnonzero(mask)] @ weights.astype(np.float64)).astype(np.int32)


def _evidence(lines: Lines, wording: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    parts, start = [], 0
    for page in lines.pages:
        stop = start + len(page.texts)
        parts.append(evidence([page], wording[start:stop]))
        start = stop
    return np.concatenate(parts).astype(np.float32)


def _fit_trees(rows: Any, lines: Lines, inside: Any) -> lightgbm.Booster:
    return lightgbm.train(TREE_OPTIONS, lightgbm.Dataset(rows[inside], lines.label[inside]), TREES)


def _report(lines: Lines, score: npt.NDArray[np.float64]) -> dict[str, int]:
    """Least scores for both settings, by the harm done to article pages of unseen sites."""
    wanted = lines.article & ~lines.measured & (lines.label == 0)
    candidates = np.flatnonzero(wanted & ~lines.dropped)
    candidates = candidates[np.argsort(-score[candidates])]
    harm = np.cumsum(lines.size[candidates]) / lines.size[wanted].sum()
    cuts = {name: int(score[candidates[np.searchsorted(harm, most)]]) for name, most in HARM.items()}
    for name, least in cuts.items():
        for group, mask in (("unseen sites", ~lines.measured), ("sets never learned from", lines.measured)):
            mask = mask & lines.article
            leftover, keep = mask & (lines.label == 1), mask & (lines.label == 0) & ~lines.dropped
            found = (lines.dropped | (score > least))[leftover].mean()
            lost = lines.size[keep & (score > least)].sum() / lines.size[mask & (lines.label == 0)].sum()
            print(f"{name}, {group}: {found:.1%} of the leftovers, {lost:.2%} of the wanted characters")
    return cuts | {"clean_page": CLEAN_PAGE}


def _flat(trees: lightgbm.Booster) -> dict[str, Any]:
    """The nodes of all trees, one after the other, in whole numbers."""
    nodes: dict[str, list[int]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    depths: list[int] = []

    def add(node: dict[str, Any], depth: int) -> int:
        own = len(nodes["feature"])
        for column in nodes.values():
            column.append(0)
        if "leaf_value" in node:
            entry = {"feature": -1, "value": round(node["leaf_value"] * SCALE)}
            depths.append(depth)
        else:
            entry = {
                "feature": node["split_feature"],
                "threshold": int(np.floor(node["threshold"])),
                "left": add(node["left_child"], depth + 1),
                "right": add(node["right_child"], depth + 1),
                "value": round(node["internal_value"] * SCALE),
            }
        for name, value in entry.items():
            nodes[name][own] = value
        return own

    roots = [add(tree["tree_structure"], 0) for tree in trees.dump_model()["tree_info"]]
    return {"trees": nodes | {"roots": roots}, "depth": max(depths)}


def _base64(weights: npt.NDArray[np.int8]) -> str:
    return base64.b64encode(weights.tobytes()).decode("ascii")


if __name__ == "__main__":
    main()
