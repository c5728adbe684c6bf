"""The site of a labelled page, by which training and held-out pages are kept apart."""

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

FOLDS = 5
_CANONICAL = re.compile(r"""(?:canonical["'][^>]+href|og:url["'][^>]+content)=["']https?://([^/"']+)""")


def host(page: dict[str, Any]) -> str:
    """The page's host, or the site that the set names, or that of the address the page gives itself, or its id."""
    found = page.get("site") or (urlsplit(page["url"]).hostname if page.get("url") else None)
    if not found:
        match = _CANONICAL.search(page["html"])
        found = match.group(1) if match else page["id"]
    return str(found).lower().removeprefix("www.")


def fold_of(site: str) -> int:
    """The fold in which a site is held out, whatever other sites there are."""
    return int.from_bytes(hashlib.sha256(site.encode()).digest()[:4]) % FOLDS
