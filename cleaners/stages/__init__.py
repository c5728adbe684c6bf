"""What a single line cannot tell. Each stage is a function `(document, cuts) -> new cuts` in its own module.

A stage sees only what the stages before it kept.
"""

from cleaners.stages import between, foreign, headline, placeholder, teasers

#: Name and reason of each stage, as `winnow rules list` shows them.
REASONS = {stage.RULE: stage.REASON for stage in (headline, placeholder, teasers, foreign, between)}
