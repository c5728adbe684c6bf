"""What a text is made of, as prose.py counts it."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from cleaners.prose import count_words

UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(f"[{UNSPACED}]|[^\\W{UNSPACED}]+")


@given(st.text())
@example("")
@example("a_b c1 \u00e9t\u00e9 \u6a4b\u304c\u958b\u304f x\u6a4by")
@example("\U0001d400\U0001d401 \U00020000 \U0001f600 ferry")
@example("\ud800 a")
def test_words_are_runs_of_letters_and_single_signs_of_scripts_without_spaces(text: str) -> None:
    assert count_words(text) == len(WORD.findall(text))
