"""A page, as fetched -> what extraction needs to know of it: its blocks, what others say of them, its metadata."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from cleaners import charset, dom, markup, metadata, page_kind, votes
from cleaners.declared import Metadata
from cleaners.document import Profile
from cleaners.errors import NEEDS_LEARNED, UsageError
from cleaners.learned.elements import PageBlocks
from cleaners.prose import words_key

MANY = 20_000  # blocks of a page that nobody wrote to be read; it is neither voted on nor judged


class PageRejected(Exception):
    """The page becomes a reject. `reason` is one of schema.REASONS."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read, but of which no block is chosen yet. `lines`: of a "page" without tags, in their place.

    `kind_features`: see page_kind.features; none where the page is not to be judged.
    """

    said: Metadata
    blocks: PageBlocks | None = None
    kind_features: Sequence[int] = ()
    lines: tuple[str, ...] = ()
    url: str | None = None
    flags: tuple[str, ...] = ()


def read(
    page: bytes | str,
    charset_hint: str | None = None,
    *,
    url: str | None = None,
    profile: Profile = "best",
    full_metadata: bool = False,
    learned: bool = True,
) -> Page:
    """Read a page. `page`: bytes as fetched, or decoded text. Raises PageRejected with the reason for the reject.

    `profile`: "best" asks trafilatura what it thinks of each block, which takes half of the time.
    `learned`: whether the block model will be asked; raises UsageError where nobody would be.
    """
    if profile == "fast" and not learned:
        raise UsageError(*NEEDS_LEARNED)
    text, flags = _decoded(page, charset_hint)
    text = markup.sanitise(text)
    if not markup.has_tags(text):
        return _plain(text, url, flags)
    try:
        tree = markup.parse(text, plain=profile == "fast" and not full_metadata)
    except markup.TooDeepError:
        raise PageRejected("too_deep", "tags are nested more than 2,048 levels deep") from None
    except etree.LxmlError as error:
        raise PageRejected("extract_error", f"{type(error).__name__}: {str(error)[:200]!r}") from error
    if tree is None:
        raise PageRejected("no_text", "the page holds no element")
    said = metadata.read(tree, url, full=full_metadata, size=len(text))
    found = dom.read(tree)
    if not found.texts:
        raise PageRejected("no_text", "the page shows no text")
    if len(found.texts) > MANY:
        return Page(said, PageBlocks(found), url=url, flags=(*flags, "many_blocks"))
    features = page_kind.features(tree, url, said.declared_types)
    descriptions = tuple(filter(None, map(words_key, said.descriptions)))
    voted = votes.of_trafilatura(tree, found.texts, alone=not learned) if profile == "best" else None
    return Page(said, PageBlocks(found, voted, descriptions, said.headlines), features, url=url, flags=flags)


def _plain(text: str, url: str | None, flags: tuple[str, ...]) -> Page:
    """A "page" without a single tag: plain text, whose lines would run together as HTML."""
    lines = tuple(filter(None, (line.strip() for line in text.splitlines())))
    if not lines:
        raise PageRejected("no_text", "the page holds no text")
    return Page(Metadata(), lines=lines, url=url, flags=flags)


def _decoded(page: bytes | str, charset_hint: str | None) -> tuple[str, tuple[str, ...]]:
    if not page.strip():
        raise PageRejected("empty", "the page holds no bytes, or nothing but white space")
    if isinstance(page, str):
        return page, ()
    if name := markup.binary_format(page):
        raise PageRejected("not_html", f"the bytes are {name}")
    decoded = charset.decode(page, charset_hint)
    if decoded is None:
        raise PageRejected("charset_undecodable", f"tried UTF-8, {charset_hint or 'no declared encoding'}, a guess")
    if decoded[0].count("\0") > 0.01 * len(decoded[0]) and not markup.is_page(decoded[0].replace("\0", "")):
        raise PageRejected("not_html", "the bytes are full of NUL characters")
    return decoded
