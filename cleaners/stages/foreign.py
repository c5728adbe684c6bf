"""Foreign-language tails: a footer or comment policy in the site's language under a text in another.

Language is evidence, never proof: poems, quotations and bilingual notices are foreign too. So a second sign is
asked for, and what looks like literature is left alone.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import takewhile

from cleaners.document import Cut, Document, kept, whole
from cleaners.language import identify, in_language
from cleaners.prose import ends_like_sentence, weight
from cleaners.rules.clues import clues, fold

RULE = "foreign-tail"
REASON = "is a footer in another language than the text, with a second sign that it is the site's"

_LEAST_LETTERS = 120  # as prose.weight counts: detectors guess below it
_LARGEST_SHARE = 0.35  # of the document: a larger foreign part is a second text
_CERTAIN = 0.95
_VERSES = 4  # short lines without a full stop, in a row
_VERSE_LENGTH = 55
_COMMENTS = ("comment-prompt", "comment-policy")
_ADDRESS = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.\w{2,}|©", re.IGNORECASE)
_SITE_WORDS = (
    *("vorbehalten", "haft(?:et|ung)", "nutzungsbedingungen", "netiquette", "redaktion", "impressum", "kommentar"),
    *("reserved", "liable", "liability", "moderat(?:e|ion|or)", "terms of (?:use|service)", "privacy policy"),
    *("newsletter", "droits réservés", "responsabilité", "modération", "commentaire"),
    *("conditions (?:générales|d'utilisation)", "derechos reservados", "responsabilidad", "moderación", "comentario"),
    *("suscr[ií]b", "direitos reservados", "responsabilidade", "moderação", "diritti riservati", "responsabilità"),
    *("commenti", "voorbehouden", "aansprakelijk", "zastrzeżone", "odpowiedzialności", "komentarz", "все права"),
    *("ответственност", "комментари", "haklar[ıi]", "sorumlu", "yorum"),
)
_SITE_VOCABULARY = re.compile("|".join(_SITE_WORDS), re.IGNORECASE)
_IN_ADDRESSES = ("http", "www.", "@", "©")


def cut_foreign_tail(document: Document, cuts: Sequence[Cut]) -> list[Cut]:
    """Cut the blocks behind the last one in the document's language, if a second sign says they are the site's."""
    remaining = [i for i in kept(document, cuts) if document.blocks[i].kind != "code"]
    texts = [document.blocks[i].text for i in remaining]
    largest = _LARGEST_SHARE * (sum(map(weight, texts)) + len(texts) - 1)
    if not _may_have_sign("\n".join(texts)[-int(largest) :], cuts):
        return []
    # The main language is that of the first two thirds: a long footer must not outvote the article.
    main = identify("\n".join(texts[: len(texts) * 2 // 3 + 1]), document.declared_language).code
    if main is None:
        return []
    start = _tail_start(texts, main)
    tail = "\n".join(texts[start:])
    if weight(tail) < _LEAST_LETTERS or weight(tail) > largest:
        return []
    if _looks_like_literature(texts, start):
        return []
    sign = _second_sign(document, cuts, remaining[start], tail)
    if sign is None:
        return []
    found = identify(tail)
    if found.code in (None, main) or (found.score or 1.0) < _CERTAIN:
        return []
    # A line with an address may be in no language: above the tail it is the article's.
    unclear = (_ADDRESS.search(text) and not in_language(text, found.code or "") for text in texts[start:-1])
    start += sum(1 for _ in takewhile(bool, unclear))
    category = "comment-policy" if sign == "a comment heading above" else "legal-footer"
    detail = f"{found.code} under {main}; {sign}"
    return [whole(document, i, RULE, category, detail) for i in remaining[start:]]


def _may_have_sign(end: str, cuts: Sequence[Cut]) -> bool:
    """A cheap test first: whether the end of a text may hold a second sign. Few do, and languages cost more."""
    if any(cut.category in _COMMENTS for cut in cuts):
        return True
    folded = fold(end)
    return any(text in folded for text in _sign_clues())


@cache
def _sign_clues() -> tuple[str, ...]:
    """Folded texts, one of which stands wherever _SITE_VOCABULARY or _ADDRESS is found."""
    of_words = {text for word in _SITE_WORDS for clue in clues(f".*{word}.*") for text in clue.texts}
    return (*_IN_ADDRESSES, *sorted(of_words))


def _tail_start(texts: list[str], main: str) -> int:
    """Index behind the last text that is in the main language by its function words or script."""
    for i in range(len(texts) - 1, -1, -1):
        if in_language(texts[i], main):
            return i + 1
    return len(texts)


def _looks_like_literature(texts: list[str], start: int) -> bool:
    """Verse, a quotation, or something that the line above introduces with a colon."""
    above = texts[start - 1].rstrip() if start else ""
    if above.endswith((":", "：")) or texts[start].lstrip().startswith(tuple("\"'“„«»‘‚「『›")):
        return True
    run = 0
    for text in texts[start:]:
        run = run + 1 if len(text) <= _VERSE_LENGTH and not ends_like_sentence(text) else 0
        if run >= _VERSES:
            return True
    return False


def _second_sign(document: Document, cuts: Sequence[Cut], first: int, tail: str) -> str | None:
    above = max((cut.block for cut in cuts if cut.block < first), default=-1)
    if any(cut.block == above and cut.category in _COMMENTS for cut in cuts) and not any(
        document.blocks[i].text.strip() for i in range(above + 1, first)
    ):
        return "a comment heading above"
    if match := _SITE_VOCABULARY.search(tail):
        return f"the word {match[0].lower()!r}"
    if _ADDRESS.search(tail):
        return "an address"
    return None
