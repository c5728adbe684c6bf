"""Metadata as trafilatura and htmldate find it: in the text, too, and dearer by far."""

import warnings
from datetime import datetime
from functools import partial

import htmldate.extractors
from lxml.html import HtmlElement
from trafilatura import extract_metadata

from cleaners.declared import Metadata, one_line

# No today: the same page must yield the same record on another day. htmldate would complete "2021 March" with it.
_DATE_PARAMETERS = {"original_date": True, "max_date": "2099-12-31"}
_DATEUTIL = "dateutil_parse"
setattr(
    htmldate.extractors, _DATEUTIL, partial(getattr(htmldate.extractors, _DATEUTIL), default=datetime(2000, 1, 1))
)
warnings.filterwarnings("ignore", "tzname .* identified but not understood")  # a date in "CST" is a date all the same
_SLOW_DATES = 2_000_000  # characters of a page; htmldate's search through all of a larger one takes seconds


def read_all(tree: HtmlElement, size: int) -> Metadata:
    """Title, author, date, site and kind of a page. A page is not lost because its metadata cannot be read."""
    dates = _DATE_PARAMETERS | {"extensive_search": size <= _SLOW_DATES}
    try:
        found = extract_metadata(tree, date_config=dates).as_dict()
    except Exception:
        found = {}
    return Metadata(
        title=one_line(found.get("title")),
        author=one_line(found.get("author")),
        date_published=found.get("date"),
        site_name=one_line(found.get("sitename")),
    )
