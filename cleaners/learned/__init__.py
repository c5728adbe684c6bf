"""What lines like this one turned out to be, on pages with gold text: evidence, weights, score.

The stage that acts on it is stages/learned.py; docs/model-card.md tells what it was learned from.
"""
