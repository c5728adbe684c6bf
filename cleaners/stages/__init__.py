"""What a single line cannot tell. Each stage is a function `(document, cuts) -> new cuts` in its own module.

A stage sees only what the stages before it kept.
"""

from cleaners.stages import (
    authors,
    between,
    boxes,
    comments,
    doubted,
    foreign,
    headline,
    heads,
    learned,
    linked,
    placeholder,
    promos,
    tails,
    teasers,
)

_STAGES = (
    *(headline, placeholder, teasers, foreign, authors, boxes, comments, promos, heads, linked, tails, between),
    *(doubted, learned),
)

#: Name and reason of each stage, as `winnow rules list` shows them.
REASONS = {stage.RULE: stage.REASON for stage in _STAGES}
