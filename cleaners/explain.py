"""One picture for people, tests and bug reports: each line of a page beside the rule that took it."""

from collections import defaultdict
from collections.abc import Iterator

from cleaners.clean import Cleaned

_MARGIN = 16
_DROPPED, _RULE, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"


def explain(cleaned: Cleaned, *, colour: bool = False) -> str:
    """The page, a line a block, with the rule that took it in the margin.

    Where only a part of a block went, the parts follow each other; `+` continues the line above. What extraction left
    out, where the document tells of it, stands behind `-`, with the evidence against it behind the text.

    >>> from cleaners import clean_text
    >>> print(explain(clean_text("The mayor opened the bridge.\\nKommentare")))
                     | The mayor opened the bridge.
     comment-heading | Kommentare
    """
    margin = max([_MARGIN, *(len(cut.rule) for cut in cleaned.cuts)])
    lines = []
    for rule, mark, text in _parts(cleaned):
        # Nothing that a page holds may steer the terminal.
        shown = "".join(char if char.isprintable() or char == "\u3000" else " " for char in text)
        if colour and rule:
            lines.append(f"{_RULE}{rule:>{margin}}{_PLAIN} {mark} {_DROPPED}{shown}{_PLAIN}")
        else:
            lines.append(f"{rule:>{margin}} {mark} {shown}".rstrip())
    return "\n".join(lines)


def _parts(cleaned: Cleaned) -> Iterator[tuple[str, str, str]]:
    """Rule (or nothing), mark and text of each part of each block."""
    blocks = cleaned.document.blocks
    left_out = defaultdict(list)
    for other in cleaned.document.left_out:
        left_out[other.before].append(("left out", "-", f"{other.text}  [{other.reason}]"))
    for i, block in enumerate(blocks):
        yield from left_out[i]
        if i == len(blocks) - 1 > 0 and not block.text:
            return  # the end of a text's last line begins no line
        cuts = sorted((cut for cut in cleaned.cuts if cut.block == i), key=lambda cut: cut.start)
        parts, position = [], 0
        for cut in cuts:
            parts += [("", block.text[position : cut.start]), (cut.rule, block.text[cut.start : cut.end])]
            position = cut.end
        parts.append(("", block.text[position:]))
        shown = [(rule, text) for rule, text in parts if rule or text] or [("", "")]
        for number, (rule, text) in enumerate(shown):
            yield rule, "+" if number else "|", text
    yield from left_out[len(blocks)]
