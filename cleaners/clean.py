"""The pipeline: a page comes in, its clean text and what was removed go out. Start reading here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from cleaners import extract, ledger
from cleaners.document import Cut, Document, Profile, Removal
from cleaners.language import Language, identify
from cleaners.rules import Rule, judge, judge_edges, load_rules
from cleaners.stages.authors import cut_authors
from cleaners.stages.between import cut_between
from cleaners.stages.boxes import cut_boxes
from cleaners.stages.comments import cut_comments
from cleaners.stages.doubted import cut_doubted
from cleaners.stages.foreign import cut_foreign_tail
from cleaners.stages.headline import cut_headline
from cleaners.stages.heads import cut_head
from cleaners.stages.learned import cut_learned
from cleaners.stages.linked import cut_linked
from cleaners.stages.placeholder import cut_placeholder
from cleaners.stages.promos import cut_promos
from cleaners.stages.tails import cut_tail
from cleaners.stages.teasers import cut_teasers

Stage = Callable[[Document, Sequence[Cut]], list[Cut]]

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One cleaned page. `removed` and `text` together rebuild `document.text`: see ledger.rebuild."""

    text: str
    removed: tuple[Removal, ...]
    language: Language
    document: Document
    cuts: tuple[Cut, ...] = field(repr=False)


def stages(rules: Sequence[Rule], *, thorough: bool = False) -> list[Stage]:
    """What looks at a document, in order. Each sees only what those before it kept. Last comes cut_learned."""
    rules = rules if thorough else tuple(rule for rule in rules if not rule.thorough)
    return [
        cut_headline,
        partial(judge, rules=rules),
        cut_placeholder,
        partial(cut_teasers, rules=rules),
        cut_foreign_tail,
        partial(judge_edges, rules=rules),
        partial(cut_authors, rules=rules),
        partial(cut_boxes, thorough=thorough),
        partial(judge_edges, rules=rules),  # behind a box the tail begins anew
        partial(cut_boxes, thorough=thorough),
        *([cut_comments] if thorough else []),
        partial(cut_promos, thorough=thorough),
        partial(cut_head, thorough=thorough),
        partial(cut_linked, thorough=thorough),
        partial(cut_tail, thorough=thorough),
        cut_between,
        cut_doubted,
    ]


def clean_document(
    document: Document, rules: Sequence[Rule], *, thorough: bool = False, learned: bool = True
) -> Cleaned:
    """Run the stages over a document. `thorough` takes more than what is certain."""
    (cleaned,) = clean_documents([document], rules, thorough=thorough, learned=learned)
    if isinstance(cleaned, Exception):
        raise cleaned
    return cleaned


def clean_documents(
    documents: Sequence[Document], rules: Sequence[Rule], *, thorough: bool = False, learned: bool = True
) -> list[Cleaned | Exception]:
    """The same for many documents, each as if it were alone. One that meets a fault becomes the exception."""
    in_order = stages(rules, thorough=thorough)
    outcomes = [tried(_staged, document, in_order) for document in documents]
    if learned:
        outcomes = _with_learned(documents, outcomes, thorough)
    return [
        cuts if isinstance(cuts, Exception) else tried(_cleaned, document, cuts)
        for document, cuts in zip(documents, outcomes, strict=True)
    ]


def _staged(document: Document, in_order: Sequence[Stage]) -> list[Cut]:
    cuts: list[Cut] = []
    for stage in in_order:
        cuts += ledger.added(stage(document, cuts), cuts)
    return cuts


def _with_learned(
    documents: Sequence[Document], staged: Sequence[list[Cut] | Exception], thorough: bool
) -> list[list[Cut] | Exception]:
    """The cuts with those of the learned stage, which costs less for many documents at once."""
    sound = {n: cuts for n, cuts in enumerate(staged) if not isinstance(cuts, Exception)}
    found = tried(cut_learned, [documents[n] for n in sound], [*sound.values()], thorough)
    if not isinstance(found, Exception):
        more = dict(zip(sound, found, strict=True))
        return [[*sound[n], *ledger.added(more[n], sound[n])] if n in more else staged[n] for n in range(len(staged))]
    if len(documents) == 1:
        return [found]
    pairs = zip(documents, staged, strict=True)  # which one was it?
    return [cuts for document, own in pairs for cuts in _with_learned([document], [own], thorough)]


def _cleaned(document: Document, cuts: list[Cut]) -> Cleaned:
    text, removed = ledger.split(document, cuts)
    return Cleaned(text, removed, identify(text, document.declared_language), document, tuple(cuts))


def tried(call: Callable[..., Found], *arguments: Any) -> Found | Exception:
    """What a call returns or raises: a fault of ours in one page must not take the others with it.

    MemoryError passes: it is no fault of the page that happens to meet it.
    """
    try:
        return call(*arguments)
    except MemoryError:
        raise
    except Exception as error:
        return error


def clean_html(
    html: str | bytes,
    url: str | None = None,
    *,
    rules: Sequence[Rule] | None = None,
    thorough: bool = False,
    learned: bool = True,
    profile: Profile = "best",
    full_metadata: bool = False,
) -> Cleaned:
    """Clean a page. `html`: bytes as fetched, or decoded text. `profile`: "fast" does without trafilatura.
    `full_metadata`: search for what the page does not declare. Raises PageRejected where no text can be had.

    >>> page = "<html><body><article><p>The mayor opened the bridge on Thursday.</p><p>Share this</p></article>"
    >>> clean_html(page).text
    'The mayor opened the bridge on Thursday.'
    """
    document = extract.from_html(html, url=url, full_metadata=full_metadata, profile=profile, learned=learned)
    return clean_document(document, load_rules() if rules is None else rules, thorough=thorough, learned=learned)


def clean_text(
    text: str, *, rules: Sequence[Rule] | None = None, thorough: bool = False, learned: bool = True
) -> Cleaned:
    """Clean already-extracted text, whose lines are its blocks. Raises PageRejected if there is none."""
    document = extract.from_text(text)
    return clean_document(document, load_rules() if rules is None else rules, thorough=thorough, learned=learned)
