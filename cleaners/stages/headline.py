"""The headline is a column: where extraction printed it in the text too, it goes from there."""

import re
from collections.abc import Sequence

from cleaners.document import Cut, Document, kept, whole
from cleaners.prose import is_prose, words_key

RULE = "headline"
REASON = "repeats the headline, which is the column `title`"

_SEPARATOR = re.compile(r"\s+[|\-–—·:»«/]+\s+|\s*[|»]\s*")
_SHORTEST = 8  # letters; shorter ones are section labels
_LONG = 20  # letters of a headline that nothing else ends with
_PATH = 60  # letters of the way to the page that some print in front of its headline


def cut_headline(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut the blocks above the first paragraph that repeat the headline, with or without the site's name, or the way
    to the page in front of it.
    """
    if not document.headlines:
        return []
    wanted = {words_key(part) for headline in document.headlines for part in _readings(headline)}
    ends = [reading for reading in wanted if len(reading) >= _LONG]
    found = []
    for i in kept(document, cuts):
        block = document.blocks[i]
        if block.kind == "headline":
            continue
        key = words_key(block.text)
        if len(key) >= _SHORTEST and key in wanted:
            found.append(whole(document, i, RULE, "headline", "equals the page's headline"))
        elif document.from_html and any(key.endswith(end) and len(key) <= len(end) + _PATH for end in ends):
            found.append(whole(document, i, RULE, "headline", "ends with the page's headline, behind a path"))
        elif is_prose(block):
            break
    return found


def _readings(headline: str) -> list[str]:
    """A title as it stands, and without the site's name in front or behind: "Headline | Site"."""
    parts = _SEPARATOR.split(headline)
    longest = max(parts, key=len)
    return [headline, longest] if len(longest) >= 0.5 * len(headline) else [headline]
