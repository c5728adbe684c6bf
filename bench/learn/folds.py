"""What each profile makes of labelled pages, by models that have not seen the page's site."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pyarrow as pa

from bench import page_sets
from cleaners import clean_batch
from cleaners.schema import PAGES
from cleaners.settings import Settings

MODELS = "the models that ship, which have seen some of these sites"  # printed below the figures
_TOGETHER = 50  # pages


class NoSuchProfile(Exception):
    """Winnow has no profile of that name."""


def predict(profile: str, name: str, data: Path) -> Iterator[tuple[str, str]]:
    """Id and text of each page in a set that became a record, with the headline where the set's gold text has it.

    Raises NoSuchProfile.
    """
    named = {"profile": profile} if "profile" in {field.name for field in fields(Settings)} else {}
    if not named and profile != "best":
        raise NoSuchProfile(profile)
    return _predicted(Settings(headline=page_sets.PAGES[name], **named), name, data)  # type: ignore[arg-type]


def _predicted(settings: Settings, name: str, data: Path) -> Iterator[tuple[str, str]]:
    pages = [
        {"id": page["id"], "url": page["url"], "html": page["html"].encode("utf-8", "replace"), "charset": "utf-8"}
        for page in page_sets.read(data, name)
    ]
    for start in range(0, len(pages), _TOGETHER):
        batch = pa.RecordBatch.from_pylist(pages[start : start + _TOGETHER], schema=PAGES)
        for record in clean_batch(batch, settings)[0].select(["id", "text"]).to_pylist():
            yield record["id"], record["text"]
