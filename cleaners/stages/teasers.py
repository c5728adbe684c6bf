"""Teaser tails: a list of other articles below this one, often in full prose.

No line of it is bad by itself; its shape is: a title, a time stamp, a summary, again and again, or a heading
that announces other articles and nothing but titles and summaries behind it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cleaners.document import Cut, Document, kept, whole
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.rules.matching import Rule, plain, undecorated

RULE = "teaser-tail"
REASON = "belongs to a list of other articles below the text"

# The guard. On 228 labelled documents a heading alone took six lines wrongly, with the guard none.
_SHARE_BEFORE = 0.4  # of the document's characters
_LEAST_BEFORE = 300  # characters
_LONG_PARAGRAPH = 250  # two of them in a row: the article goes on
_LEAST_TITLES = 2
_LONGEST_TITLE = 160  # as prose.weight counts

_MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]*\.?"
_CLOCK = r"(?:,? (?:at )?\d{1,2}[:.h]\d{2}(?: ?[ap]m)?)?"
_STAMPS = (
    r"\d{4}-\d\d-\d\d(?:[t ][\d:.]+(?:z|[+-]\d\d:?\d\d)?)?",
    rf"\d{{1,2}}[./] ?\d{{1,2}}[./] ?\d{{4}}{_CLOCK}",
    rf"\d{{1,2}}\.? {_MONTH} \d{{4}}{_CLOCK}",
    rf"{_MONTH} \d{{1,2}},? \d{{4}}{_CLOCK}",
    r"(?:\d+|an?|one) (?:min(?:ute)?|h(?:ou)?r|day|week|month)s? ago",
    r"vor (?:\d+|eine[rm]) (?:minuten?|stunden?|tag(?:en)?|wochen?)",
    r"(?:il y a|hace) \d+ \w+",
    r"\d+ (?:\w+ )?(?:fa|temu|назад|önce|geleden|sedan|siden)",
    r"\d{4}[年./] ?\d{1,2}[月./] ?\d{1,2}日?",
    r"\d+ ?(?:分钟|小时|天|時間|分|日)前",
)
_GROUP = re.compile("[tl]{1,2}(?:sp?|ps?)?")
_STAMP = re.compile("|".join(_STAMPS), re.IGNORECASE)


def cut_teasers(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cut the tail that lists other articles. `rules` whose `section` is set tell the headings that open one."""
    remaining = kept(document, cuts)
    headings = [rule for rule in rules if rule.section]
    for position in range(1, len(remaining)):
        if not _enough_before(document, remaining, position):
            continue
        tail = remaining[position:]
        if _opens_section(document.blocks[tail[0]].text, headings) and _lists_articles(document, tail[1:]):
            detail = f"heading {document.blocks[tail[0]].text.strip()!r:.60}"
        elif _stamped_teasers(document, remaining[:position], tail):
            detail = "titles, time stamps and summaries in turn"
        else:
            continue
        return [whole(document, i, RULE, "related-list", detail) for i in _without_last_paragraph(document, tail)]
    return []


def _enough_before(document: Document, remaining: list[int], position: int) -> bool:
    lengths = [len(document.blocks[i].text) for i in remaining]
    before = sum(lengths[:position])
    return before >= _LEAST_BEFORE and before >= _SHARE_BEFORE * sum(lengths)


def _opens_section(text: str, headings: list[Rule]) -> bool:
    form = plain(text)
    form = form[slice(*undecorated(form))]
    return any(len(form) <= rule.longest and any(line.fullmatch(form) for line in rule.lines) for rule in headings)


def _lists_articles(document: Document, tail: list[int]) -> bool:
    """Titles and summaries only: at least two titles, never two long paragraphs in a row, titles not rare."""
    titles = [_is_title(document, i) for i in tail]
    if sum(titles) < _LEAST_TITLES or sum(titles) * 3 < len(tail):
        return False
    long = [len(document.blocks[i].text) > _LONG_PARAGRAPH for i in tail]
    return not any(first and second for first, second in pairwise(long))


def _stamped_teasers(document: Document, before: list[int], tail: list[int]) -> bool:
    """Without a heading: from its first line on, the tail is groups of title and stamp, most with a summary.

    Not so where stamps stand in the text above too, other than its own date: in listings and forums the groups
    are the content. A live blog has stamps, but bare times, and no titles; a forum has names for titles.
    """
    groups = list(_groups(document, tail))
    stamped = [group for group in groups if "s" in group]
    return (
        sum(_letter(document, i) == "s" for i in before) <= 1
        and len(stamped) >= _LEAST_TITLES
        and len(stamped) * 4 >= len(groups) * 3
        and all("s" in group for group in groups[:2])
        and all(_GROUP.fullmatch(group) for group in groups[:-1])
        and _GROUP.fullmatch(groups[-1].rstrip("t") or "t") is not None
        and sum(_letter(document, i) == "t" for i in tail) >= len(stamped)
    )


def _groups(document: Document, tail: list[int]) -> Iterator[str]:
    """The tail as strings of letters (see _letter), a new one where a title or label follows text or a stamp."""
    group = ""
    for i in tail:
        letter = _letter(document, i)
        if letter in "tl" and group.strip("tl"):
            yield group
            group = ""
        group += letter
    yield group


def _letter(document: Document, i: int) -> str:
    """t: title, l: label or name, s: time stamp, p: paragraph."""
    text = plain(document.blocks[i].text)
    if _STAMP.fullmatch(text[slice(*undecorated(text))]):
        return "s"
    if not _is_title(document, i):
        return "p"
    return "t" if text.count(" ") >= 2 or weight(text) > len(text) + 10 else "l"


def _is_title(document: Document, i: int) -> bool:
    block = document.blocks[i]
    if is_prose(block) or block.kind in ("code", "quotation", "table_row"):
        return False
    return weight(block.text) <= _LONGEST_TITLE and not ends_like_sentence(block.text.rstrip("?!…"))


def _without_last_paragraph(document: Document, tail: list[int]) -> list[int]:
    """All of the tail, but for a closing paragraph where no other title has one: that is the article's."""
    paragraphs = [i for i in tail[1:] if is_prose(document.blocks[i])]
    return tail[:-1] if paragraphs == tail[-1:] else tail
