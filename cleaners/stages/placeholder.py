"""Placeholder Latin: "lorem ipsum" and its relatives, also where a theme mangled the words."""

import re
from collections.abc import Sequence
from functools import cache

from cleaners.document import Cut, Document, kept, whole

RULE = "placeholder-latin"
REASON = "is placeholder Latin that nobody replaced"

_LEAST_WORDS = 4
_LEAST_LONG_WORDS = 3  # of five letters or more: "et in non a" alone are words of living languages
_LEAST_LETTERS = _LEAST_LONG_WORDS * 5
_SHARE = 0.5
_PROBE = 200  # characters
_MARKS = ".,;:!?()\"'"
_FUZZY_LENGTH = 5  # letters from which on a word may be one edit away
_WORD = re.compile(r"[^\W\d_]+")
_SUBJECT = re.compile(r"\blorem\b|\bipsum\b|(?:placeholder|dummy|filler) text|blindtext|faux[- ]texte", re.IGNORECASE)

# What generators and themes print: the words of the passage of Cicero they all mangle, and their additions.
_WORDS = """
a ab ac accumsan ad adipisci adipiscing aenean aliqua aliquam aliquet aliquid aliquip amet ante anim aperiam
aptent arcu architecto asperiores at atque auctor augue aute autem beatae bibendum blandit cillum class commodo
condimentum congue consectetuer consectetur consequat consequatur convallis conubia corrupti cras cubilia culpa
cum cupidatat curabitur curae cursus dapibus debitis delectus deserunt diam dictum dictumst dicta dignissim dis
do dolor dolore dolorem doloremque dolores dui duis ea eaque efficitur egestas eget eiusmod eius elementum
eleifend elit enim erat eros esse est et etiam eu euismod ex excepteur exercitation explicabo facilisi facilisis
fames faucibus felis fermentum feugiat finibus fringilla fugiat fugit fusce gravida habitant habitasse hac harum
hendrerit hic himenaeos iaculis id illo imperdiet in incididunt integer interdum inventore ipsa ipsam ipsum
irure iste itaque iusto justo labore laboris laboriosam lacinia lacus laborum laoreet laudantium lectus leo
libero ligula litora lobortis lorem luctus maecenas magna magnis magni malesuada massa mattis mauris maxime
maximus metus mi minim minima mollis mollit molestiae molestias molestie montes morbi mus nam nascetur natoque
natus nec necessitatibus nemo neque nesciunt netus nibh nisi nisl non nostra nostrud nulla nullam nunc obcaecati
occaecat odio odit officia omnis optio orci ornare parturient pariatur pellentesque penatibus per perferendis
perspiciatis pharetra phasellus placeat placerat platea porro porta porttitor posuere potenti praesent
praesentium pretium primis proident proin pulvinar purus quae quaerat quam quasi qui quia quis quisque quos
ratione recusandae reiciendis rem repellat repellendus reprehenderit repudiandae rhoncus ridiculus risus rutrum
sagittis saepe sapien sapiente scelerisque sed sem semper senectus sequi sint sit sociis sociosqu sodales
sollicitudin sunt suscipit suspendisse taciti tellus tempor tempora temporibus tempus tenetur tincidunt torquent
tortor totam tristique turpis ullam ullamco ullamcorper ultrices ultricies unde urna ut varius vehicula vel
velit venenatis veniam veritatis vero vestibulum vitae vivamus viverra volutpat voluptas voluptate voluptatem
voluptatibus voluptatum vulputate
"""


def cut_placeholder(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut the blocks of which at least half the words are placeholder Latin, give or take a letter.

    A document whose other lines speak of "lorem ipsum" is about it: there the specimen stays. So does what the
    line above introduces with a colon.
    """
    remaining = kept(document, cuts)
    hits = {i: hit for i in remaining if (hit := _latin_words(document.blocks[i].text))}
    others = [document.blocks[i].text for i in remaining if i not in hits]
    if not hits or any(_SUBJECT.search(text) for text in [document.title or "", *others]):
        return []
    above = dict(zip(remaining[1:], remaining, strict=False))
    return [
        whole(document, i, RULE, "placeholder-text", f"{found} of {words} words are placeholder Latin")
        for i, (found, words) in hits.items()
        if i not in above or not document.blocks[above[i]].text.rstrip().endswith((":", "："))
    ]


def _latin_words(text: str) -> tuple[int, int] | None:
    if not _may_be_latin(text):
        return None
    words = _WORD.findall(text.lower())
    found = [word for word in words if _is_placeholder(word)]
    enough = len(words) >= _LEAST_WORDS and len(found) >= _SHARE * len(words)
    if enough and sum(len(word) >= _FUZZY_LENGTH for word in found) >= _LEAST_LONG_WORDS:
        return len(found), len(words)
    return None


def _may_be_latin(text: str) -> bool:
    """A cheap test first: whether one of the first words is a long one of the lexicon, unmangled."""
    if len(text) < _LEAST_LETTERS:
        return False
    return not _long_words().isdisjoint([word.strip(_MARKS) for word in text[:_PROBE].lower().split()])


def _is_placeholder(word: str) -> bool:
    exact, near = _lexicon()
    if word in exact:
        return True
    return len(word) >= _FUZZY_LENGTH and not near.isdisjoint({word, *_shortened(word)})


@cache
def _lexicon() -> tuple[frozenset[str], frozenset[str]]:
    """The words, and all forms of the longer ones with one letter left out: one edit away is a form in common."""
    words = _WORDS.split()
    fuzzy = _long_words()
    return frozenset(words), frozenset(fuzzy).union(*map(_shortened, fuzzy))


@cache
def _long_words() -> frozenset[str]:
    return frozenset(word for word in _WORDS.split() if len(word) >= _FUZZY_LENGTH)


def _shortened(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(len(word))]
