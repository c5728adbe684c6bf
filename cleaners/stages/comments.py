"""Readers' comments: what stands behind the heading of the comment area, to the end of the page."""

from collections.abc import Sequence

from cleaners.document import Cut, Document, first_behind, kept, whole
from cleaners.prose import ends_like_sentence, is_prose
from cleaners.stages.kinds import is_thread

RULE = "comment-area"
REASON = "stands behind the heading of the comment area, as readers' comments do"

_SHARE_BEFORE = 0.5  # of the document's characters


def cut_comments(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut all that follows the first comment heading in the second half of a text. Only with --thorough.

    In a forum the posts are the content. (In 800 articles no line of the author's stood behind such a heading.)
    """
    open_lines = set(kept(document, cuts))
    headings = {
        cut.block
        for cut in cuts
        if cut.category == "comment-prompt"
        and cut.block not in open_lines
        and not ends_like_sentence(document.blocks[cut.block].text)  # "Tell me in the comments!" ends no article
    }
    first = first_behind(document.blocks, _SHARE_BEFORE) if headings else 0
    i = min((heading for heading in headings if heading >= first), default=len(document.blocks))
    behind = [k for k in sorted(open_lines) if k > i and document.blocks[k].kind not in ("code", "headline")]
    if not behind or is_thread(document):
        return []
    heading = document.blocks[i].text.strip()
    return [whole(document, k, RULE, _category(document, k), f"behind {heading!r:.60}") for k in behind]


def _category(document: Document, i: int) -> str:
    return "user-comment" if is_prose(document.blocks[i]) else "comment-prompt"
