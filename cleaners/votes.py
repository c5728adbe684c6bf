"""What trafilatura thinks of a page's blocks: how much of each stands in the text that it finds."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from lxml import etree
from lxml.html import HtmlElement

from cleaners.prose import words_key

_INSIDE_LINES = frozenset(["hi", "ref", "del", "graphic", "span", "a", "b", "i", "em", "strong", "sub", "sup", "u"])


def of_trafilatura(tree: HtmlElement, texts: Sequence[str], *, alone: bool = False) -> list[int] | None:
    """Percent of each block's letters that trafilatura keeps; None where it gives up, which it may on any page.

    `alone`: nobody else will be asked. Otherwise it is asked for what is sure, without its fallbacks to other
    extractors, which takes half of the time. No minimum size is set, so that a short text is no page without text.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Extractor

    careful = not alone
    options = Extractor(output_format="python", comments=False, with_metadata=False, fast=careful, precision=careful)
    options.min_output_size = options.min_output_comm_size = 0
    if careful:
        options.min_extracted_size = 0  # what else it would try on a page of little text
    try:
        extracted = bare_extraction(tree, options=options)
    except Exception:  # whatever lxml and trafilatura raise
        return None
    return None if extracted is None else shares(texts, _lines(extracted.body))  # type: ignore[union-attr]


def shares(texts: Sequence[str], lines: Iterable[str]) -> list[int]:
    """Percent of each block's letters that the lines cover.

    Lines are looked for in the order of the page, each in all blocks at once: an extractor may have joined or
    parted them.

    >>> shares(["Home", "One two.", "Three", "Home"], ["one, two three", "home"])
    [0, 100, 100, 100]
    """
    keys = [words_key(text) for text in texts]
    stream = "".join(keys)
    covered = bytearray(len(stream))
    position = 0
    for key in map(words_key, lines):
        found = stream.find(key, position) if key else -1
        if found < 0 < len(key):
            found = stream.find(key)
        if found >= 0:
            position = found + len(key)
            covered[found:position] = b"\1" * len(key)
    stops = accumulate(map(len, keys))
    counts = (covered.count(1, stop - len(key), stop) for key, stop in zip(keys, stops, strict=True))
    return [100 * count // len(key) if key else 0 for count, key in zip(counts, keys, strict=True)]


def _lines(body: etree._Element) -> Iterator[str]:
    """The text of trafilatura's tree, cut wherever a line may end."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if element.tag not in _INSIDE_LINES and pieces:
            yield "".join(pieces)
            pieces = []
        run = element.text if event == "start" else element.tail
        if run:
            pieces.append(run)
    yield "".join(pieces)
