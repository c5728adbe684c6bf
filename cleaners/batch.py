"""Batches of pages -> batches of records and rejects: the one function that every engine hosts."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import pyarrow as pa
import tldextract

from cleaners import extract
from cleaners.clean import Cleaned, clean_documents, tried
from cleaners.document import Document
from cleaners.extract import documents
from cleaners.page import Page, read
from cleaners.prose import count_words
from cleaners.rejects import identity, reject
from cleaners.schema import PAGES, RECORDS, REJECTS
from cleaners.settings import Settings

Watch = Callable[[int | None], object]

_MOSTLY = 0.5
_TOGETHER = 50  # pages


def clean_batch(
    pages: pa.RecordBatch, settings: Settings | None = None, watch: Watch = lambda _: None
) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Clean a batch of PAGES: a batch of RECORDS and one of REJECTS, each page in exactly one, in input order.

    `watch` is told which page of the batch comes next, from 0, and None when pages are cleaned together.
    Raises MemoryError.
    """
    settings = settings or Settings()
    records, rejects = [], []
    for start in range(0, pages.num_rows, _TOGETHER):
        together = pages.slice(start, _TOGETHER).to_pylist()
        outcomes = _outcomes(together, settings, partial(_watched, watch, start))
        for page, outcome in zip(together, outcomes, strict=True):
            if isinstance(outcome, Exception):
                rejects.append(_rejected(page, outcome))
            else:
                records.append(outcome | identity(page))
    return _batch(records, RECORDS), _batch(rejects, REJECTS)


def _watched(watch: Watch, start: int, page: int | None) -> None:
    watch(None if page is None else start + page)


def _outcomes(
    pages: Sequence[dict[str, Any]], settings: Settings, watch: Watch
) -> Iterator[dict[str, Any] | Exception]:
    """A record of each page, or what was raised."""
    found: list[Page | Document | Exception] = []
    for n, page in enumerate(pages):
        watch(n)
        found.append(tried(_read, page, settings))
    watch(None)
    documents = _extracted(pages, found, settings)
    sound = [document for document in documents if isinstance(document, Document)]
    cleaned = iter(clean_documents(sound, settings.rules, thorough=settings.thorough, learned=settings.learned))
    for page, document in zip(pages, documents, strict=True):
        outcome = document if isinstance(document, Exception) else next(cleaned)
        yield outcome if isinstance(outcome, Exception) else tried(_record, page, outcome, settings)


def _extracted(
    rows: Sequence[dict[str, Any]], found: Sequence[Page | Document | Exception], settings: Settings
) -> list[Document | Exception]:
    """The documents of all pages together, which costs less; one by one where that meets a fault."""
    pages = {n: page for n, page in enumerate(found) if isinstance(page, Page)}

    def extracted(numbers: Sequence[int]) -> list[Document | extract.PageRejected]:
        languages = [rows[n]["declared_language"] for n in numbers]
        return documents(
            [pages[n] for n in numbers], languages, headline_first=settings.headline, learned=settings.learned
        )

    made: dict[int, Document | Exception] = {}
    together = tried(extracted, [*pages])
    if isinstance(together, Exception):
        for n in pages:
            alone = tried(extracted, [n])
            made[n] = alone if isinstance(alone, Exception) else alone[0]
    else:
        made = dict(zip(pages, together, strict=True))
    return [made[n] if isinstance(page, Page) else page for n, page in enumerate(found)]


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


def _read(page: dict[str, Any], settings: Settings) -> Page | Document:
    if page["problem"]:
        raise _LoadProblem(page["problem"], page["problem_detail"] or "")
    if page["html"] is None and page["text"] is None:
        raise _LoadProblem("content_missing", "the row has neither HTML nor text")
    if page["html"] or page["text"] is None:
        full = settings.metadata == "full"
        return read(
            page["html"],
            page["charset"],
            url=page["url"],
            profile=settings.profile,
            full_metadata=full,
            learned=settings.learned,
        )
    language = page["declared_language"]
    return extract.from_text(page["text"], title=page["title"], url=page["url"], declared_language=language)


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The suffix list that comes with tldextract: the default would fetch one at first use."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _registered_domain(url: str | None) -> str | None:
    return (_suffixes()(url).top_domain_under_public_suffix or None) if url else None


def _rejected(page: dict[str, Any], error: Exception) -> dict[str, Any]:
    if isinstance(error, extract.PageRejected):
        stage = "load" if isinstance(error, _LoadProblem) else "extract"
        return reject(page, stage, error.reason, error.detail)
    return reject(page, "clean", "clean_error", f"{type(error).__name__}: {str(error)[:200]!r}")
