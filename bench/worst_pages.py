"""The worst pages that were met, through `winnow clean` with its default deadline: what becomes of each, and when."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from bench import process_tree
from bench.measured import Measured
from bench.survival.corpus import SENTENCES, page
from cleaners.prose import count_words

DEADLINE = 10.0  # CPU seconds a page, the default
TRIES = 2  # of a page: in its batch, then alone, each within the deadline
KEPT = 0.95  # of the words, at least, where a page counts as kept
_SLACK = 3.0  # seconds for killing workers and starting others


def _paragraphs() -> str:
    return page("".join(f"<p>{number}. {SENTENCES[number % 8]}</p>" for number in range(75_000)))


def _links() -> str:
    story = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    return page(story + "".join(f'<a href="/{number}">Page {number}</a> ' for number in range(100_000)))


def _text_node(sentences: int) -> str:
    return page("<p>" + " ".join(f"{number}. {SENTENCES[number % 8]}" for number in range(sentences)) + "</p>")


PAGES: Mapping[str, tuple[Callable[[], str], int]] = {  # the page, and the words that it has to say
    "7 MB of <p>": (_paragraphs, 75_000 * 16),
    "100,000 links": (_links, sum(map(count_words, SENTENCES))),
    "text node of 15 MB": (partial(_text_node, 170_000), 170_000 * 16),
    "text node of 20 MB": (partial(_text_node, 226_000), 226_000 * 16),
}


def measure(profile: str, words: Sequence[str], folder: Path) -> list[Measured]:
    """For each page whether it was kept or rejected within the deadline; `fast` has to keep the text."""
    start, _, _ = _cleaned(page("".join(f"<p>{sentence}</p>" for sentence in SENTENCES)), profile, words, folder)
    found = []
    for name, (content, wanted) in PAGES.items():
        ended, outcome, kept = _cleaned(content(), profile, words, folder)
        seconds = ended.cpu - start.cpu
        is_kept = kept >= KEPT * wanted or profile != "fast"
        is_ok = ended.code in (0, 3) and seconds <= TRIES * DEADLINE + _SLACK and bool(outcome) and is_kept
        shown = f"{outcome or f'exit {ended.code}'}, {seconds:.1f} s of CPU, {ended.seconds:.1f} s by the clock"
        end = "kept in time" if profile == "fast" else "kept or rejected in time"
        found.append(Measured(f"worst pages: {profile}, {name}", shown, float(is_ok), 1.0, wanted=end))
    return found


def _cleaned(html: str, profile: str, words: Sequence[str], folder: Path) -> tuple[process_tree.Spent, str, int]:
    """The run, what became of the page, and how many words were kept of it."""
    place = folder / f"worst-{profile}-{len([*folder.iterdir()])}"
    place.mkdir()
    (place / "page.html").write_text(html, encoding="utf-8")
    command = [sys.executable, "-m", "cleaners", "clean", place / "page.html", "-o", place / "out", "--workers", "1"]
    ended = process_tree.spent([*command, *words], place)
    for path in place.glob("out/records/*.parquet"):
        for text in pq.read_table(path, columns=["text"])["text"].to_pylist():
            return ended, f"kept {count_words(text):,} words", count_words(text)
    for path in place.glob("out/rejects/*.parquet"):
        for reason in pq.read_table(path, columns=["reason"])["reason"].to_pylist():
            return ended, f"rejected: {reason}", 0
    return ended, "", 0
