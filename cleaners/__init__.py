"""Winnow: messy web pages in, clean records out, with a ledger of every removal.

>>> from cleaners import clean_text
>>> cleaned = clean_text("The mayor opened the bridge on Thursday.\\nLeave A Comment")
>>> cleaned.text
'The mayor opened the bridge on Thursday.'
>>> [(removal.rule, removal.text) for removal in cleaned.removed]
[('comment-heading', '\\nLeave A Comment')]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaners.batch import clean_batch as clean_batch
    from cleaners.clean import Cleaned as Cleaned
    from cleaners.clean import clean_html as clean_html
    from cleaners.clean import clean_text as clean_text
    from cleaners.extract import PageRejected as PageRejected
    from cleaners.ledger import rebuild as rebuild
    from cleaners.rules import load_rules as load_rules

_HOME = {
    "Cleaned": "cleaners.clean",
    "clean_batch": "cleaners.batch",
    "clean_html": "cleaners.clean",
    "clean_text": "cleaners.clean",
    "PageRejected": "cleaners.extract",
    "rebuild": "cleaners.ledger",
    "load_rules": "cleaners.rules",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import on first use: `winnow --help` must not wait for trafilatura and pyarrow."""
    if name not in _HOME:
        raise AttributeError(f"module 'cleaners' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
