"""The pipeline: a page comes in, a record or a reject goes out. Start reading here."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, TypeVar

import pyarrow as pa
import tldextract

from cleaners import extract, ledger
from cleaners.document import Cut, Document, Removal
from cleaners.language import Language, identify
from cleaners.prose import count_words
from cleaners.rules import Rule, judge, judge_edges, load_rules
from cleaners.schema import PAGES, RECORDS, REJECTS
from cleaners.settings import Settings
from cleaners.stages.authors import cut_authors
from cleaners.stages.between import cut_between
from cleaners.stages.boxes import cut_boxes
from cleaners.stages.comments import cut_comments
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

_MOSTLY = 0.5
_TOGETHER = 50  # pages


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
    tried = [_tried(_staged, document, in_order) for document in documents]
    if learned:
        tried = _with_learned(documents, tried, thorough)
    return [
        cuts if isinstance(cuts, Exception) else _tried(_cleaned, document, cuts)
        for document, cuts in zip(documents, tried, strict=True)
    ]


def _staged(document: Document, in_order: Sequence[Stage]) -> list[Cut]:
    cuts: list[Cut] = []
    for stage in in_order:
        cuts += ledger.added(stage(document, cuts), cuts)
    return cuts


def _with_learned(
    documents: Sequence[Document], tried: Sequence[list[Cut] | Exception], thorough: bool
) -> list[list[Cut] | Exception]:
    """The cuts with those of the learned stage, which costs less for many documents at once."""
    sound = {n: cuts for n, cuts in enumerate(tried) if not isinstance(cuts, Exception)}
    found = _tried(cut_learned, [documents[n] for n in sound], [*sound.values()], thorough)
    if not isinstance(found, Exception):
        more = dict(zip(sound, found, strict=True))
        return [[*sound[n], *ledger.added(more[n], sound[n])] if n in more else tried[n] for n in range(len(tried))]
    if len(documents) == 1:
        return [found]
    pairs = zip(documents, tried, strict=True)  # which one was it?
    return [cuts for document, own in pairs for cuts in _with_learned([document], [own], thorough)]


def _cleaned(document: Document, cuts: list[Cut]) -> Cleaned:
    text, removed = ledger.split(document, cuts)
    return Cleaned(text, removed, identify(text, document.declared_language), document, tuple(cuts))


def _tried(call: Callable[..., Found], *arguments: Any) -> Found | Exception:
    """What a call returns or raises: a fault of ours in one page must not take the others with it."""
    try:
        return call(*arguments)
    except Exception as error:
        return error


def clean_html(
    html: str | bytes,
    url: str | None = None,
    *,
    rules: Sequence[Rule] | None = None,
    thorough: bool = False,
    learned: bool = True,
) -> Cleaned:
    """Clean a page. `html`: bytes as fetched, or decoded text. Raises PageRejected where no text can be had.

    >>> page = "<html><body><article><p>The mayor opened the bridge on Thursday.</p><p>Share this</p></article>"
    >>> clean_html(page).text
    'The mayor opened the bridge on Thursday.'
    """
    document = extract.from_html(html, url=url)
    return clean_document(document, load_rules() if rules is None else rules, thorough=thorough, learned=learned)


def clean_text(
    text: str, *, rules: Sequence[Rule] | None = None, thorough: bool = False, learned: bool = True
) -> Cleaned:
    """Clean already-extracted text, whose lines are its blocks. Raises PageRejected if there is none."""
    document = extract.from_text(text)
    return clean_document(document, load_rules() if rules is None else rules, thorough=thorough, learned=learned)


def clean_batch(pages: pa.RecordBatch, settings: Settings | None = None) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Clean a batch of PAGES: a batch of RECORDS and one of REJECTS, each page in exactly one, in input order."""
    settings = settings or Settings()
    records, rejects = [], []
    for start in range(0, pages.num_rows, _TOGETHER):
        together = pages.slice(start, _TOGETHER).to_pylist()
        for page, outcome in zip(together, _outcomes(together, settings), strict=True):
            content = page["html"] or (page["text"] or "").encode("utf-8", "surrogatepass")
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}" if content else None
            identity = {"id": page["id"] or _page_id(page, digest), "content_digest": digest}
            if isinstance(outcome, Exception):
                rejects.append(_reject(page, outcome) | identity)
            else:
                records.append(outcome | identity)
    return _batch(records, RECORDS), _batch(rejects, REJECTS)


def _outcomes(pages: Sequence[dict[str, Any]], settings: Settings) -> Iterator[dict[str, Any] | Exception]:
    """A record of each page, or what was raised."""
    documents = [_tried(_document, page, settings) for page in pages]
    sound = [document for document in documents if isinstance(document, Document)]
    cleaned = iter(clean_documents(sound, settings.rules, thorough=settings.thorough, learned=settings.learned))
    for page, document in zip(pages, documents, strict=True):
        found = document if isinstance(document, Exception) else next(cleaned)
        yield found if isinstance(found, Exception) else _tried(_record, page, found, settings)


class _LoadProblem(extract.PageRejected):
    """The input could not be read as a page."""


def _batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def _record(page: dict[str, Any], cleaned: Cleaned, settings: Settings) -> dict[str, Any]:
    document = cleaned.document
    share = sum(end - start for start, end, *_ in cleaned.removed) / len(document.text)
    flags = [*document.flags]
    if not cleaned.text:
        flags.append("all_removed")
    if share > _MOSTLY:
        flags.append("mostly_removed")
    carried = {column: page[column] for column in PAGES.names if column in RECORDS.names}
    return carried | {
        "text": cleaned.text,
        "dump": page["dump"] or settings.dump,
        "language": cleaned.language.code,
        "language_score": cleaned.language.score,
        "language_script": cleaned.language.script,
        "title": document.title,
        "author": document.author,
        "date_published": document.date_published,
        "site_name": document.site_name,
        "canonical_url": document.canonical_url,
        "page_kind": document.page_kind,
        "url_host_registered_domain": _registered_domain(page["url"]),
        "word_count": count_words(cleaned.text),
        "removed_share": share,
        "flags": flags,
        "removed": [removal._asdict() for removal in cleaned.removed],
        "cleaner_version": settings.version,
        "ruleset": settings.ruleset,
    }


def _document(page: dict[str, Any], settings: Settings) -> Document:
    if page["problem"]:
        raise _LoadProblem(page["problem"], page["problem_detail"] or "")
    fields = {"url": page["url"], "declared_language": page["declared_language"]}
    if page["html"] is None and page["text"] is None:
        raise _LoadProblem("content_missing", "the row has neither HTML nor text")
    if page["html"] or page["text"] is None:
        return extract.from_html(page["html"], page["charset"], headline_first=settings.headline, **fields)
    return extract.from_text(page["text"], title=page["title"], **fields)


def _reject(page: dict[str, Any], error: Exception) -> dict[str, Any]:
    stage, reason, detail = "clean", "clean_error", f"{type(error).__name__}: {str(error)[:200]!r}"
    if isinstance(error, extract.PageRejected):
        stage = "load" if isinstance(error, _LoadProblem) else "extract"
        reason, detail = error.reason, error.detail
    return {
        "url": page["url"],
        "file_path": page["file_path"],
        "offset": page["offset"],
        "stage": stage,
        "reason": reason,
        "detail": detail or None,
    }


def _page_id(page: dict[str, Any], digest: str | None) -> str:
    name = f"{page['url'] or page['file_path'] or ''}\n{page['offset'] or 0}\n{digest or ''}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The suffix list that comes with tldextract: the default would fetch one at first use."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _registered_domain(url: str | None) -> str | None:
    return (_suffixes()(url).top_domain_under_public_suffix or None) if url else None
