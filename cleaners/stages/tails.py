"""What is left of a page's tail: short lines behind the first prompt below the article's last paragraph."""

import re
from collections.abc import Sequence
from itertools import groupby

from cleaners.document import Block, Cut, Document, first_behind, kept, whole
from cleaners.prose import ends_like_sentence, is_prose
from cleaners.stages.kinds import is_recipe, is_thread, looks_like_code
from cleaners.stages.teasers import MONTH

RULE = "tail-line"
REASON = "is a short line below the last paragraph, behind a prompt that ends the article"

# In the second half of 800 articles no line of the author's stood behind one of these, prose or not.
_COMMENTS = frozenset(["comment-prompt", "comment-policy"])
# Behind these there may be a list of sources or dates, or a last sentence.
_PROMPTS = _COMMENTS | {
    "related-list",
    "widget-heading",
    "legal-footer",
    "newsletter-signup",
    "social-follow",
    "share-buttons",
    "nav-menu",
    "consent-embed",
    "paywall-donate",
}
_MORE_PROMPTS = _PROMPTS | {
    "app-promo",
    "author-box",
    "meta-line",
    "source-credit",
    "cta-selfpromo",
    "related-inline",
    "engagement-widget",
}
_SHARE_BEFORE = 0.4  # of the document's characters
_LEAST_REPEATED = 3
_FACT = re.compile(
    r".{1,60}: ?\S"  # label and value, place and date
    rf"|.*(?:\d\.? {MONTH}|{MONTH} \d)"
    r"|.*(?:\bISBN|\bdoi\b|https?://|\bet al\b|\bpp?\. ?\d|[$€£¥]|\d ?%|\+?\d[\d /-]{6,}\d)"
    r"|\W*\d{1,3}[).] ",
    re.IGNORECASE,
)
_SOURCES = re.compile(
    r"\W*(?:references|sources|bibliography|further reading|footnotes|notes|works cited|quellen(?:angaben)?|literatur"
    r"|einzelnachweise|anmerkungen|références|bibliographie|notes de bas de page|fuentes|referencias|bibliografía"
    r"|notas|fonti|bibliografia|fontes|referências|bronnen|źródła|przypisy|источники|литература|примечания|参考文献|注释|出典"
    r"|脚注|kaynakça|dipnotlar)\W*$|\W*[\[(]\d{1,3}[\])]|\s*[\^†*]\s?\S",
    re.IGNORECASE,
)


def cut_tail(document: Document, cuts: Sequence[Cut], *, thorough: bool = False) -> list[Cut]:
    """Cut the lines behind the first prompt below the last paragraph of prose.

    Behind a comment heading all of them; behind another prompt those that are neither sentences nor facts. A forum's
    tail is a thread, a recipe's may be the ingredients.
    """
    blocks = document.blocks
    remaining = kept(document, cuts)
    last = next((i for i in reversed(remaining) if is_prose(blocks[i])), None)
    if last is None or last == remaining[-1] or first_behind(blocks, _SHARE_BEFORE) > last + 1:
        return []
    open_lines = set(remaining)
    dropped = {cut.block: cut.category for cut in cuts if cut.block not in open_lines}
    prompts = _MORE_PROMPTS if thorough else _PROMPTS
    found = [
        whole(document, i, RULE, "nav-menu", "printed again and again") for i in _repeated(document, remaining, last)
    ]
    open_lines -= {cut.block for cut in found}
    category, in_comments = None, False
    for i in range(last + 1, len(blocks)):
        if i in dropped:
            in_comments = in_comments or (dropped[i] in _COMMENTS and not ends_like_sentence(blocks[i].text))
            if dropped[i] in prompts:
                category = dropped[i]
        elif i in open_lines and not in_comments and _SOURCES.match(blocks[i].text):
            category = None  # the article goes on with its notes
        elif i in open_lines and category and _is_leftover(blocks[i], in_comments, thorough):
            found.append(whole(document, i, RULE, category, "behind a prompt below the last paragraph"))
    if found and (is_thread(document) or is_recipe(document)):
        return []
    return found


def _repeated(document: Document, remaining: list[int], last: int) -> list[int]:
    """Lines below the last paragraph that are printed three times or more in a row, such as "next article"."""
    groups = groupby((i for i in remaining if i > last), key=lambda i: document.blocks[i].text.strip())
    return [i for _, group in groups if len(same := list(group)) >= _LEAST_REPEATED for i in same]


def _is_leftover(block: Block, in_comments: bool, thorough: bool) -> bool:
    if block.kind in ("code", "headline", "quotation", "table_row") or looks_like_code(block.text):
        return False
    if in_comments:
        return True
    return not ends_like_sentence(block.text) and (thorough or not _FACT.match(block.text))
