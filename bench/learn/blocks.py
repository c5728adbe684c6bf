"""Train the block model: which blocks of a page are part of its text.

    python -m bench.learn.blocks [--data DIR] [--out FILE]
    python -m bench.learn.blocks [--data DIR] --folds DIR

Learns from pages whose gold text is known and, at less weight, from pages with snippets, where extractors agree.
Chance has a fixed seed: a second run writes the same file. --folds makes five models, each without a fifth of the
sites, to measure on those: bench/quality.py pages does. See docs/model-card.md.
"""

import argparse
import gzip
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from resiliparse.extract.html2text import extract_plain_text
from scipy import sparse
from sklearn.linear_model import SGDClassifier
from threadpoolctl import threadpool_limits
from trafilatura import extract as trafilatura_text

from bench.learn import kinds
from bench.learn.silver import DATA, TRAINING, compare, tokens, training_files
from bench.learn.sites import FOLDS, fold_of, host
from bench.learn.train import _base64, _digest, _flat, _is_headline
from cleaners import page_kind, votes
from cleaners.dom_groups import BUCKETS
from cleaners.learned import block_model, blocks, ngrams
from cleaners.learned.elements import PageBlocks
from cleaners.page import PageRejected, read

SEED = 20261122
FIRST, SECOND = 80, 60  # trees
TREE_OPTIONS = {
    "objective": "binary",
    "num_leaves": 31,
    "max_depth": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
NGRAM_SCALE, NAME_SCALE = 10, 20  # of logistic regression's weights in a signed byte
#: Score that a block needs, in logits, by page kind: on articles leftovers do more harm than on lists.
LEAST = {"article": 0.8, "documentation": 0.5}
LEAST_ELSE = -0.3
EASY_SHARE = 0.25  # of the blocks far from any that trafilatura keeps; each that is learned from counts for four
AGREED_WEIGHT, SNIPPET_WEIGHT = 0.3, 3.0
#: Sets of many languages, where there is little of each: a page counts for so many.
MANY_LANGUAGES = {"magic_article": 2.5, "magic_forum": 2.5, "cwced": 2.5, "trafilatura": 2.5}
_LONGEST = 1_500  # characters of a block that count
OUT = block_model.FILE

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A page. `labels` of its blocks: 1 text, 0 not, -1 undecided."""

    source: str  # such as pages/wcxb
    id: str
    site: str
    fold: int
    page: PageBlocks
    kind: kinds.Row
    labels: list[int]
    weights: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--folds", type=Path, metavar="DIR")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    rows = training_rows(options.data)
    if options.folds:
        with Pool() as pool:
            pool.starmap(_write_fold, [(rows, fold, options.folds) for fold in range(FOLDS)], chunksize=1)
        return
    about = {
        "trained_by": "bench/learn/blocks.py",
        "seed": SEED,
        "sha256": {f"{folder}/{path.name}": _digest(path) for folder, path in training_files(options.data)},
    }
    table = {"about": about, **fit(rows)[0]}
    options.out.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def _write_fold(rows: Sequence["Row"], fold: int, folder: Path) -> None:
    for name, table in zip(("blocks", "kinds"), fit([row for row in rows if row.fold != fold]), strict=True):
        (folder / f"{name}{fold}.json").write_text(json.dumps(table), encoding="utf-8")


def training_rows(data: Path) -> list[Row]:
    """The pages of all sets whose licence allows to learn from them."""
    with Pool() as pool:
        return [row for row in pool.imap(_row, _pages(data), chunksize=8) if row]


def _pages(data: Path) -> Iterator[dict[str, Any]]:
    for folder, names in TRAINING.items():
        for name in names:
            with gzip.open(data / folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as pages:
                yield from (json.loads(page) | {"source": f"{folder}/{name}"} for page in pages)


def _row(page: dict[str, Any]) -> Row | None:
    if not (page["gold_text"] or page.get("must_have")):
        return None
    try:
        found = read(page["html"], url=page["url"])
    except PageRejected:
        return None
    if found.blocks is None or not found.kind_features:
        return None
    source, site = page["source"], host(page)
    labels, weights = _labels(page, found.blocks)
    times = MANY_LANGUAGES.get(source.split("/")[1], 1.0)
    kind = kinds.TRAINING.get(source, "") or page.get("page_type") or ""
    return Row(
        source=source,
        id=page["id"],
        site=site,
        fold=fold_of(site),
        page=found.blocks,
        kind=kinds.Row(source, page["id"], site, kind if source in kinds.TRAINING else "", [*found.kind_features]),
        labels=labels,
        weights=[times * weight for weight in weights],
    )


def _labels(page: dict[str, Any], found: PageBlocks) -> tuple[list[int], list[float]]:
    """By the gold text, else by snippets and by extractors. A headline is undecided: gold texts differ in it."""
    texts = found.blocks.texts
    if page.get("gold_text"):
        labels = [1 - label if label >= 0 else -1 for label in compare(texts, page["gold_text"])]
        _leave_repeated(labels, texts, page["gold_text"])
        weights = [1.0] * len(texts)
    else:
        labels, weights = _agreed(page, found)
    for i, text in enumerate(texts):
        if _is_headline(text, [*found.titles]):
            labels[i] = -1
    return labels, weights


def _leave_repeated(labels: list[int], texts: Sequence[str], gold: str) -> None:
    """Where a line stands more often on the page than in the gold text, those among other text are meant."""
    allowed = Counter(" ".join(tokens(line)) for line in gold.split("\n"))
    places = defaultdict(list)
    for i, text in enumerate(texts):
        if labels[i] == 1:
            places[" ".join(tokens(text))].append(i)
    wanted = np.array([min(len(text), 300) if label == 1 else 0 for text, label in zip(texts, labels, strict=True)])
    sums = np.concatenate([[0], np.cumsum(wanted)])
    for line, same in places.items():
        order = sorted(same, key=lambda i: sums[max(0, i - 10)] - sums[min(len(texts), i + 11)])
        for i in order[max(1, allowed[line]) :]:
            labels[i] = -1


def _agreed(page: dict[str, Any], found: PageBlocks) -> tuple[list[int], list[float]]:
    texts = found.blocks.texts
    default = trafilatura_text(page["html"], include_comments=False) or ""
    plain = extract_plain_text(page["html"], main_content=True, comments=False, alt_texts=False, list_bullets=False)
    columns = [found.votes or [0] * len(texts), *(votes.shares(texts, text.split("\n")) for text in (default, plain))]
    flat = [" ".join(text.split()) for text in texts]
    wanted, unwanted = ([" ".join(each.split()) for each in page.get(key) or ()] for key in ("must_have", "must_not"))
    labels, weights = [], []
    for text, *ballot in zip(flat, *columns, strict=True):
        label = 1 if min(ballot[1:]) >= 80 else 0 if max(ballot) < 20 else -1
        named = 0 if any(each in text for each in unwanted) else 1 if any(each in text for each in wanted) else -1
        labels.append(label if named < 0 else named)
        weights.append(AGREED_WEIGHT if named < 0 else SNIPPET_WEIGHT)
    return labels, weights


def fit(rows: Sequence[Row]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables of the block model and of the model of page kinds."""
    of_kinds = kinds.fit([row.kind for row in rows if row.kind.kind])
    pages = _with_kinds(rows)
    sizes = [len(page.blocks.texts) for page in pages]
    label, weight = (np.array([x for row in rows for x in getattr(row, name)]) for name in ("labels", "weights"))
    fold, number = np.repeat([row.fold for row in rows], sizes), np.repeat(np.arange(len(rows)), sizes)
    size = np.array([len(text) for page in pages for text in page.blocks.texts])
    outside = [(fold != one, fold == one) for one in sorted(set(fold.tolist()))]
    learn = label >= 0

    grams, first_of_site = _gram_matrix(pages), _first_of_site(rows)
    wording = np.zeros(len(label), dtype=np.int32)
    for inside, rest in outside:
        bytes_ = _fit_linear(grams, label, weight, learn & inside & first_of_site, 2e-6, -NGRAM_SCALE)
        wording[rest] = np.rint(grams[np.flatnonzero(rest)] @ bytes_.astype(np.float64)).astype(np.int32)
    words = _fit_linear(grams, label, weight, learn & first_of_site, 2e-6, -NGRAM_SCALE)
    names, by_size = _name_matrix(pages), weight * np.minimum(3, size / 60 + 0.3)
    of_names = [_fit_linear(names, label, by_size, learn & inside, 1e-5, NAME_SCALE) for inside, _ in outside]
    all_names = _fit_linear(names, label, by_size, learn, 1e-5, NAME_SCALE)

    known = _evidence(rows, pages, wording, dict(zip(sorted(set(fold.tolist())), of_names, strict=True)))
    learn, weight = _without_easy(known, label, learn, weight)
    weight = _by_page(weight, size, number, learn)
    chains, features = {}, {}
    for chain, (first, second) in block_model.FEATURES.items():
        matrix = np.concatenate([each.rows[:, : len(first)] for each in known])
        opinion = np.zeros(len(label), dtype=np.int32)
        for inside, rest in outside:
            trees = _fit_trees(matrix, label, weight, learn & inside, FIRST)
            opinion[rest] = np.floor(trees.predict(matrix[rest], raw_score=True) * block_model.SCALE).astype(np.int32)
        steps = [_flat(_fit_trees(matrix, label, weight, learn, FIRST))]
        matrix = np.concatenate([matrix, _opinions(known, block_model.fine(opinion), sizes)], axis=1)
        steps.append(_flat(_fit_trees(matrix, label, weight, learn, SECOND)))
        chains[chain], features[chain] = steps, [list(first), list(second)]
    least = [round(LEAST.get(kind, LEAST_ELSE) * block_model.SCALE) for kind in page_kind.KINDS]
    table = {"features": features, "least": least, "ngrams": _base64(words), "names": _base64(all_names)}
    return table | {"chains": chains}, of_kinds


def _with_kinds(rows: Sequence[Row]) -> list[PageBlocks]:
    """The pages, with what a model that has not seen a page's site thinks of its kind."""
    found, _ = kinds.out_of_fold([row.kind for row in rows if row.kind.kind], [row.kind for row in rows])
    return [replace(row.page, kinds=of_page) for row, of_page in zip(rows, found.tolist(), strict=True)]


def _gram_matrix(pages: Sequence[PageBlocks]) -> Any:
    texts = [text for page in pages for text in page.blocks.texts]
    bucket, owner, count = ngrams.hashed(texts)
    ones = np.ones(len(bucket), dtype=np.float32)
    counts = sparse.csr_matrix((ones, (owner, bucket)), shape=(len(texts), ngrams.BUCKETS))
    return sparse.diags(1 / np.sqrt(np.maximum(1, count)).astype(np.float32)) @ counts


def _first_of_site(rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """The same line on the same site is learned once."""
    seen: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        for text in row.page.blocks.texts:
            found.append((row.site, text) not in seen)
            seen.add((row.site, text))
    return np.array(found)


def _name_matrix(pages: Sequence[PageBlocks]) -> Any:
    """Buckets of the names near each block, and behind them those of all elements around it."""
    columns: list[int] = []
    counts = []
    for page in pages:
        found = page.blocks
        near: list[tuple[int, ...]] = []
        far: list[tuple[int, ...]] = []
        for look, parent in zip(found.looks, found.parent, strict=True):
            own = found.buckets[look]
            near.append(own + (found.buckets[found.looks[parent]] if parent >= 0 else ()))
            far.append(own + (far[parent] if parent >= 0 else ()))
        for element in found.element:
            columns += [*near[element], *(bucket + BUCKETS for bucket in far[element])]
            counts.append(len(near[element]) + len(far[element]))
    starts = np.concatenate([[0], np.cumsum(counts)])
    ones = np.ones(len(columns), dtype=np.float32)
    matrix = sparse.csr_matrix((ones, np.array(columns), starts), shape=(len(counts), 2 * BUCKETS))
    matrix.sum_duplicates()
    return matrix


def _fit_linear(matrix: Any, label: Any, weight: Any, mask: Any, alpha: float, scale: int) -> npt.NDArray[np.int8]:
    rows = np.flatnonzero(mask)
    model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=4, tol=None, average=True, random_state=SEED)
    with threadpool_limits(1):
        model.fit(matrix[rows], label[rows], sample_weight=weight[rows])
    return np.clip(np.round(model.coef_[0] * scale), -127, 127).astype(np.int8)


def _evidence(
    rows: Sequence[Row], pages: Sequence[PageBlocks], wording: Any, names: dict[int, npt.NDArray[np.int8]]
) -> list[blocks.Evidence]:
    found, start = [], 0
    for row, page in zip(rows, pages, strict=True):
        stop = start + len(page.blocks.texts)
        page = page if page.votes is not None else replace(page, votes=[0] * (stop - start))
        found.append(blocks.evidence([page], wording[start:stop], names[row.fold].reshape(2, BUCKETS)))
        start = stop
    return found


def _without_easy(known: Sequence[blocks.Evidence], label: Any, learn: Any, weight: Any) -> tuple[Any, Any]:
    """Most blocks are menus far from the text: a part of them, at more weight, teaches as much."""
    columns = block_model.FEATURES["voted"][0]
    vote, wide = (np.concatenate([each.rows[:, columns.index(n)] for each in known]) for n in ("vote", "vote_wide"))
    easy = learn & (label == 0) & (vote == 0) & (wide == 0)
    left_out = easy & (np.random.default_rng(SEED).random(len(easy)) > EASY_SHARE)
    return learn & ~left_out, np.where(easy, weight / EASY_SHARE, weight)


def _by_page(weight: Floats, size: Any, page: Any, learn: Any) -> Floats:
    """Long blocks count for more, those of a page with many for less."""
    weight = weight * np.maximum(1, np.minimum(size, _LONGEST) / 40) ** 0.5
    total = np.maximum(1e-6, np.bincount(page, weights=weight * learn))
    return weight * (total[total > 1e-6].mean() / total[page]) ** 0.3


def _fit_trees(matrix: Any, label: Any, weight: Any, mask: Any, count: int) -> lightgbm.Booster:
    return lightgbm.train(TREE_OPTIONS, lightgbm.Dataset(matrix[mask], label[mask], weight=weight[mask]), count)


def _opinions(known: Sequence[blocks.Evidence], opinion: Any, sizes: Sequence[int]) -> Any:
    """The columns that stand behind each page's own evidence."""
    found = []
    for each, of_page in zip(known, np.split(opinion, np.cumsum(sizes)[:-1]), strict=True):
        found.append(blocks.with_opinions(each, of_page, block_model.percent(of_page))[:, each.rows.shape[1] :])
    return np.concatenate(found)


if __name__ == "__main__":
    main()
