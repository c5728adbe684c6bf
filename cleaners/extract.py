"""Pages -> Documents: which blocks are the text. Already-extracted text -> Document as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cleaners import markup, page_kind
from cleaners.document import Block, Document, LeftOut, Profile
from cleaners.learned import block_model
from cleaners.learned.block_model import Judged, Model
from cleaners.page import Page, PageRejected, read
from cleaners.prose import ends_like_sentence

__all__ = ["Models", "PageRejected", "documents", "from_html", "from_text"]

_VOTED = 50  # percent of a block that trafilatura keeps
_NEAR = 1024  # below what is asked for, one logit: such a block is taken in, and taken out again, with its reason
_LITTLE = 250  # characters of sure text; where there is less, sentences are not doubted, nor a page of less text
_LINKED = 0.5  # share of links from which on a block of an unjudged page is left out
_NOT_VOTED = "trafilatura leaves it out"
_MOSTLY_LINKS = "mostly links, on a page that nobody judged"


@dataclass(frozen=True, slots=True)
class Models:
    """What is learned of blocks, and of pages."""

    blocks: Model
    kinds: page_kind.Model


def from_text(text: str, **fields: Any) -> Document:
    """Document of already-extracted text: each line is a block, unchanged.

    Line ends become `\\n`, lone surrogates U+FFFD. Raises PageRejected (`empty`).

    >>> [block.text for block in from_text("Title\\r\\n\\r\\nText.").blocks]
    ['Title', '', 'Text.']
    """
    text = markup.SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise PageRejected("empty", "the text holds nothing but white space")
    return Document(blocks=tuple(Block(line) for line in text.split("\n")), **fields)


def from_html(
    page: bytes | str,
    charset_hint: str | None = None,
    *,
    url: str | None = None,
    declared_language: str | None = None,
    headline_first: bool = False,
    full_metadata: bool = False,
    profile: Profile = "best",
    learned: bool = True,
    left_out: bool = False,
) -> Document:
    """Document of a page's main text. Its headline is `title`, and the first block with `headline_first`.

    `page`: bytes as fetched, or decoded text. `declared_language`: what the input said; the page's own
    `lang` wins. `full_metadata`: search the text, too, for what the page does not declare. `profile`: see page.read.
    `left_out`: tell of the other blocks, too. Raises PageRejected with the reason for the reject.
    """
    found = read(page, charset_hint, url=url, profile=profile, full_metadata=full_metadata, learned=learned)
    (document,) = documents(
        [found], [declared_language], headline_first=headline_first, learned=learned, left_out=left_out
    )
    if isinstance(document, PageRejected):
        raise document
    return document


def documents(
    pages: Sequence[Page],
    declared_languages: Sequence[str | None],
    *,
    headline_first: bool = False,
    learned: bool = True,
    left_out: bool = False,
    models: Models | None = None,
) -> list[Document | PageRejected]:
    """The documents of pages: all at once, which costs less, each as if it were alone.

    A page without any text is a PageRejected (`no_text`). Without `learned`, the blocks that trafilatura keeps.
    `models`: in place of those that come with Winnow.
    """
    models = models or Models(block_model.load(), page_kind.load())
    judged = _judged(pages, models) if learned else {}
    made: list[Document | PageRejected] = []
    for n, (page, language) in enumerate(zip(pages, declared_languages, strict=True)):
        blocks, others = _chosen(page, judged.get(n), models.blocks, left_out)
        if not blocks:
            made.append(PageRejected("no_text", "no block of the page is like a text"))
            continue
        if headline_first and page.said.title:
            blocks = (Block(page.said.title, "headline", 0.0), *blocks)
            others = tuple(LeftOut(other.before + 1, other.text, other.reason) for other in others)
        made.append(_document(page, blocks, others, language, judged.get(n)))
    return made


def _judged(pages: Sequence[Page], models: Models) -> dict[int, Judged]:
    """Of the pages that are to be judged, by number."""
    asked = {n: page.blocks for n, page in enumerate(pages) if page.blocks and page.kind_features}
    if not asked:
        return {}
    kinds = page_kind.probabilities([pages[n].kind_features for n in asked], models.kinds).tolist()
    blocks = [replace(page, kinds=row) for page, row in zip(asked.values(), kinds, strict=True)]
    return dict(zip(asked, block_model.judge(models.blocks, blocks), strict=True))


def _document(
    page: Page, blocks: tuple[Block, ...], left_out: tuple[LeftOut, ...], language: str | None, judged: Judged | None
) -> Document:
    said = page.said
    return Document(
        blocks=blocks,
        url=page.url,
        title=said.title,
        headlines=said.headlines,
        author=said.author,
        date_published=said.date_published,
        site_name=said.site_name,
        canonical_url=said.canonical_url,
        page_kind=page_kind.kind_of(judged.kinds) if judged else None,
        declared_language=said.declared_language or language,
        from_html=True,
        judged=judged is not None,
        left_out=left_out,
        flags=page.flags,
    )


def _chosen(
    page: Page, judged: Judged | None, model: Model, left_out: bool
) -> tuple[tuple[Block, ...], tuple[LeftOut, ...]]:
    """The blocks that are the text, or nearly, or what trafilatura takes for it; and the others."""
    if page.blocks is None:
        return tuple(Block(line, "paragraph", 0.0) for line in page.lines), ()
    found = page.blocks.blocks
    sizes = (len(text) - text.count(" ") for text in found.texts)
    shares = [min(1.0, linked / size) for linked, size in zip(found.linked, sizes, strict=True)]
    numbers = range(len(found.texts))
    doubts: dict[int, str] = {}
    if judged is None:
        votes = page.blocks.votes
        taken = {i for i in numbers if (shares[i] < _LINKED if votes is None else votes[i] >= _VOTED)}
        reasons = dict.fromkeys(set(numbers) - taken, _MOSTLY_LINKS if votes is None else _NOT_VOTED)
    else:
        scores, votes = judged.scores.tolist(), page.blocks.votes
        sure = {i for i in numbers if scores[i] >= 0}
        near = {i for i in numbers if scores[i] >= -_NEAR or (votes is not None and votes[i] >= _VOTED)}
        if sum(len(found.texts[i]) for i in sure) < _LITTLE:
            small = sum(map(len, found.texts)) < _LITTLE
            asked = numbers if small or votes is None else near
            sure |= {i for i in asked if shares[i] < _LINKED and (small or ends_like_sentence(found.texts[i]))}
        taken = sure | near or set(numbers)  # where nothing is like a text, all of it is taken in and out
        doubted = sorted(taken - sure)
        doubts = dict(zip(doubted, block_model.reasons(model, judged, doubted), strict=True))
        others = [i for i in numbers if i not in taken] if left_out else []
        reasons = dict(zip(others, block_model.reasons(model, judged, others), strict=True))
    blocks, rest = [], []
    for i in numbers:
        text, kind = found.texts[i], found.kinds[i]
        if i in taken:
            blocks.append(Block(f"- {text}" if kind == "list_item" else text, kind, shares[i], doubts.get(i)))
        elif left_out:
            rest.append(LeftOut(len(blocks), text, reasons[i]))
    return tuple(blocks), tuple(rest)
