"""Silver labels: lines of permissively extracted pages, each held against the page's gold text.

    python -m bench.learn.silver OUT.jsonl [--data DIR]

Writes one row a page and extraction: `lines`, `labels` (0 stands in the gold text, 1 does not, -1 undecided), for
blocks of HTML also `kinds` and `link_shares`. A line is wanted if at least 80 % of its word 4-grams stand in the gold
text, a leftover if fewer than 20 % do. Pages with snippets in place of a gold text are labelled where the
extractors agree: wanted if three of four keep the line, a leftover if none does.
"""

import argparse
import gzip
import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import trafilatura
from lxml import html as lxml_html
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.readability_lxml import Document as Readability

from bench.learn.sites import host
from cleaners.extract import PageRejected, from_html

#: Sets whose licence allows to learn from them, with the folder they stand in. See docs/model-card.md.
TRAINING = {
    "pages": ("scrapinghub", "wcxb", "magic_article", "magic_forum", "cwced", "trafilatura"),
    "pages_more": ("wcxb", "magic_article", "mozilla", "newspaper4k", "trafilatura"),
}
#: Sets to measure on only: their terms are unstated.
MEASURING = {"pages": ("daniel", "cleanportal")}

DATA = Path(__file__).parents[3] / "shared"

_ONE_BY_ONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(f"[{_ONE_BY_ONE}]|[^\\W{_ONE_BY_ONE}_]+")
_KEPT, _DROPPED = 0.8, 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with Pool() as pool, options.out.open("w", encoding="utf-8") as out:
        for rows in pool.imap(label_page, _pages(options.data), chunksize=4):
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def training_files(data: Path, sets: dict[str, tuple[str, ...]] = TRAINING) -> Iterator[tuple[str, Path]]:
    """Folder and path of each set's pages."""
    for folder, names in sets.items():
        for name in names:
            yield folder, data / folder / f"{name}.jsonl.gz"


def _pages(data: Path) -> Iterator[dict[str, Any]]:
    for _, path in (*training_files(data), *training_files(data, MEASURING)):
        with gzip.open(path, "rt", encoding="utf-8") as pages:
            yield from (json.loads(page) | {"set": path.name.partition(".")[0]} for page in pages)


def label_page(page: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of one page: one for each way of extracting it. None where nobody said what is wanted."""
    if not (page["gold_text"] or page.get("must_have")):
        return []
    tree = lxml_html.fromstring(
        page["html"].encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8")
    )
    about = {
        "id": page["id"],
        "set": page["set"],
        "host": host(page),
        "page_type": page.get("page_type") or ("forum" if "forum" in page["set"] else "article"),
        "titles": _titles(tree) + list(filter(None, [page.get("title")])),
    }
    votes = None if page["gold_text"] else _votes(page["html"])
    rows = []
    for extractor, extraction in _extractions(page["html"]).items():
        if votes is None:
            labels = compare(extraction["lines"], page["gold_text"])
        else:
            labels = _agreed(extraction["lines"], votes, page)
        rows.append(about | {"extractor": extractor, "labels": labels} | extraction)
    return rows


def _extractions(html: str) -> dict[str, dict[str, Any]]:
    found = {
        "resiliparse": {"lines": _lines(extract_plain_text(html, main_content=True))},
        "recall": {"lines": _lines(trafilatura.extract(html, favor_recall=True, include_comments=True) or "")},
    }
    try:
        document = from_html(html, learned=False)
    except PageRejected:
        return found
    found["blocks"] = {
        "lines": [block.text for block in document.blocks],
        "kinds": [block.kind for block in document.blocks],
        "link_shares": [block.link_share for block in document.blocks],
        "headlines": list(document.headlines),
    }
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def compare(lines: Iterable[str], gold: str) -> list[int]:
    """Label lines by the words of a text. Fewer than four words are wanted only as a line of their own."""
    gold_lines = [tokens(line) for line in gold.split("\n")]
    grams = {gram for tokens in gold_lines for gram in _grams(tokens)}
    whole = {tuple(tokens) for tokens in gold_lines}
    running = f" {' '.join(tokens(gold))} "
    labels = []
    for line in lines:
        words = tokens(line)
        if not words:
            labels.append(-1)
        elif tuple(words) in whole:
            labels.append(0)
        elif len(words) < 4:
            labels.append(-1 if f" {' '.join(words)} " in running else 1)
        else:
            of_line = _grams(words)
            share = len(of_line & grams) / len(of_line)
            labels.append(0 if share >= _KEPT else 1 if share < _DROPPED else -1)
    return labels


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def _grams(tokens: list[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[k : k + 4]) for k in range(len(tokens) - 3)}


def _votes(html: str) -> list[str]:
    """The page's text as four extractors see it."""
    settings: tuple[dict[str, bool], ...] = ({}, {"favor_precision": True}, {"fast": True})
    votes = [trafilatura.extract(html, include_comments=False, **options) or "" for options in settings]
    try:
        votes.append(lxml_html.fromstring(Readability(lxml_html.fromstring(html)).summary()).text_content())
    except Exception:  # readability raises whatever lxml does
        votes.append("")
    return votes


def _agreed(lines: list[str], votes: list[str], page: dict[str, Any]) -> list[int]:
    wanted, unwanted = ([" ".join(tokens(text)) for text in page[key] or []] for key in ("must_have", "must_not"))
    columns = [compare(lines, vote) for vote in votes]
    labels = []
    for line, *ballot in zip(lines, *columns, strict=True):
        words = " ".join(tokens(line))
        label = 0 if ballot.count(0) >= 3 else 1 if ballot.count(1) == 4 else -1
        if any(snippet in words for snippet in unwanted if snippet):
            label = 1
        elif any(snippet in words for snippet in wanted if snippet):
            label = 0
        labels.append(label)
    return labels


def _titles(tree: Any) -> list[str]:
    found = [*tree.xpath("//title/text()|//meta[@property='og:title']/@content")[:2]]
    found += [heading.text_content() for heading in tree.xpath("//h1")[:2]]
    return [" ".join(text.split()) for text in found if text.strip()]


if __name__ == "__main__":
    main()
