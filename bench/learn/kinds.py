"""Train the model of page kinds: a logistic regression on what page_kind_features.py computes.

    python -m bench.learn.kinds [--data DIR] [--out FILE] [--without-sites FILE]

Prints what it does on sites that it has not seen, by five folds split by site, with and without the addresses of
pages. FILE of --without-sites: a site a line. No chance is involved: a second run writes the same file.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score, log_loss
from threadpoolctl import threadpool_limits

from bench.learn.silver import DATA
from bench.learn.sites import fold_of, host
from cleaners import markup, metadata
from cleaners.page_kind import KINDS, SCALE, SURE, features, model_of, probabilities
from cleaners.page_kind_features import FEATURES, OF_ADDRESS

#: Sets to learn from, with the kind of their pages; None where each page tells its own.
TRAINING = {
    "pages/wcxb": None,
    "pages_more/wcxb": None,
    "pages/magic_forum": "forum",
    "pages/magic_article": "article",
    "pages_more/magic_article": "article",
    "pages/scrapinghub": "article",
    "pages_more/mozilla": "article",
    "pages_more/newspaper4k": "article",
}
UNKNOWN_ADDRESS = 1 / 3  # share of a page's weight that is learned from without its address
PENALTY = 0.06  # scikit-learn's C: the smaller, the smaller the weights
DEVIATIONS = 3  # from the mean, beyond which a feature counts no more
RARE = 6  # least standard deviation of a feature: its range divided by this
_OUT = Path(__file__).parents[2] / "cleaners" / "learned" / "page_kinds.json"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """A page. `kind` is empty where nobody said it."""

    source: str  # such as pages/wcxb
    id: str
    site: str
    kind: str
    features: list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=_OUT)
    parser.add_argument("--without-sites", type=Path)
    options = parser.parse_args()
    left_out = options.without_sites.read_text(encoding="utf-8").split() if options.without_sites else []
    rows = [row for row in training_rows(options.data) if row.site not in set(left_out)]
    print(f"{len(rows):,} pages of {len({row.site for row in rows}):,} sites")
    report(rows)
    files = {f"{source}.jsonl.gz": options.data / f"{source}.jsonl.gz" for source in TRAINING}
    if options.without_sites:
        files[options.without_sites.name] = options.without_sites
    about = {
        "trained_by": "bench/learn/kinds.py",
        "sha256": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
    }
    text = json.dumps({"about": about, **fit(rows)}, separators=(",", ":"))
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def training_rows(data: Path) -> list[Row]:
    """All pages of all sets to learn from."""
    return [row for source, kind in TRAINING.items() for row in read(data, source, kind)]


def read(data: Path, source: str, kind: str | None = None) -> Iterator[Row]:
    """The pages of a set, without those that hold no element or nest too deep."""
    with gzip.open(data / f"{source}.jsonl.gz", "rt", encoding="utf-8") as pages:
        for page in map(json.loads, pages):
            try:
                tree = markup.parse(markup.sanitise(page["html"]))
            except markup.TooDeepError:
                continue
            if tree is not None:
                found = features(tree, page.get("url"), metadata.read(tree, page.get("url")).declared_types)
                yield Row(source, page["id"], host(page), kind or page.get("page_type") or "", found)


def fit(rows: Sequence[Row]) -> dict[str, Any]:
    """The table that cleaners.page_kind.model_of reads. Each page counts with its address, and less without."""
    given = np.array([row.features for row in rows])
    matrix = np.concatenate([given, without_address(given)])
    kinds = np.tile([KINDS.index(row.kind) for row in rows], 2)
    counts = np.repeat([1 - UNKNOWN_ADDRESS, UNKNOWN_ADDRESS], len(rows))
    mean, deviation = matrix.mean(axis=0), matrix.std(axis=0)
    low = np.maximum(matrix.min(axis=0), np.floor(mean - DEVIATIONS * deviation)).astype(np.int64)
    high = np.minimum(matrix.max(axis=0), np.ceil(mean + DEVIATIONS * deviation)).astype(np.int64)
    unit = np.maximum(1e-9, np.maximum(deviation, (high - low) / RARE))
    regression = LogisticRegression(C=PENALTY, max_iter=1_000, tol=1e-6)
    with threadpool_limits(1):  # the order of sums is the same on every run
        regression.fit((np.clip(matrix, low, high) - mean) / unit, kinds, sample_weight=counts)
    weights = np.rint(SCALE * regression.coef_ / unit).T.astype(np.int64)
    bias = np.rint(SCALE * (regression.intercept_ - regression.coef_ @ (mean / unit))).astype(np.int64)
    numbers = {"low": low, "high": high, "weights": weights, "bias": bias}
    return {"kinds": KINDS, "features": FEATURES} | {name: array.tolist() for name, array in numbers.items()}


def without_address(matrix: Ints) -> Ints:
    """The features of the same pages, had nobody said their address."""
    bare = matrix.copy()
    bare[:, OF_ADDRESS] = 0
    return bare


def out_of_fold(rows: Sequence[Row], asked: Sequence[Row]) -> tuple[Ints, Ints]:
    """Probabilities of the kinds of the pages asked for, each by a model that has not seen its site; the same without
    addresses. Axes: page, kind.
    """
    given = np.array([row.features for row in asked])
    of_page = np.array([fold_of(row.site) for row in asked])
    found, bare = np.zeros((2, len(asked), len(KINDS)), dtype=np.int64)
    for fold in sorted(set(of_page.tolist())):
        model = model_of(fit([row for row in rows if fold_of(row.site) != fold]))
        inside = of_page == fold
        found[inside] = probabilities(given[inside], model)
        bare[inside] = probabilities(without_address(given[inside]), model)
    return found, bare


def report(rows: Sequence[Row]) -> None:
    """Print how well kinds of pages on unseen sites are told."""
    kinds = np.array([KINDS.index(row.kind) for row in rows])
    own = np.array([TRAINING[row.source] is None for row in rows])
    for name, found in zip(("with addresses", "without addresses"), out_of_fold(rows, rows), strict=True):
        print(f"\n{name}: all sets {_figures(kinds, found)}; wcxb alone {_figures(kinds[own], found[own])}")
        best, sure = found.argmax(axis=1), found.max(axis=1) >= SURE
        print(f"sure of {sure.mean():.1%} of the pages, right on {(best == kinds)[sure].mean():.1%} of them")
        confused = confusion_matrix(kinds, best, labels=range(len(KINDS)))
        named = confusion_matrix(kinds[sure], best[sure], labels=range(len(KINDS)))
        print(f"{'':14}  P    R    sure P  R     taken for " + " ".join(kind[:7].rjust(7) for kind in KINDS))
        for k, kind in enumerate(KINDS):
            shares = [*_shares(confused, k, (kinds == k).sum()), *_shares(named, k, (kinds == k).sum())]
            print(
                f"{kind:14}",
                "  ".join(f"{share:.2f}" for share in shares),
                " " * 11,
                *(f"{n:7}" for n in confused[k]),
            )


def _figures(kinds: Ints, found: Ints) -> str:
    shares: Floats = np.maximum(found, 1) / np.maximum(found, 1).sum(axis=1, keepdims=True)
    best = found.argmax(axis=1)
    macro, loss = f1_score(kinds, best, average="macro"), log_loss(kinds, shares, labels=range(len(KINDS)))
    return f"accuracy {(best == kinds).mean():.3f}, macro F1 {macro:.3f}, log loss {loss:.3f}"


def _shares(confused: Ints, kind: int, pages: int) -> tuple[float, float]:
    """Precision and recall."""
    right = confused[kind, kind]
    return right / max(1, confused[:, kind].sum()), right / pages


if __name__ == "__main__":
    main()
