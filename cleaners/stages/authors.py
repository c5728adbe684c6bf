"""Boxes about the author: a heading with a name and a biography behind it, or a last paragraph that is one."""

import re
from collections.abc import Sequence

from cleaners.document import Cut, Document, first_behind, kept, whole
from cleaners.prose import ends_like_sentence, is_prose, weight
from cleaners.rules.matching import Rule, line_form, taken_by

RULE = "author-note"
REASON = "is about the author, not the subject"

_SHARE_BEFORE = 0.5
_LONGEST_NOTE = 700  # as prose.weight counts
_LONGEST_NAME = 50
_LAST_LINES = 3  # where a note without a heading may stand, from the end

_WORK = (
    r"(?:reporter|editor|columnist|journalist|(?:staff |freelance |senior )?writer|correspondent|contributor|blogger"
    r"|redakteur(?:in)?|journalist(?:in)?|reporter(?:in)?|korrespondent(?:in)?|kolumnist(?:in)?|volontär(?:in)?"
    r"|journaliste|rédact(?:eur|rice)|chroniqueu(?:r|se)|correspondante?"
    r"|periodista|redactora?|columnista|corresponsal|reporter[oa]"
    r"|giornalista|redat(?:tore|trice|or|ora)|cronista|corrispondente|jornalista|repórter|colunista|correspondente"
    r"|verslag(?:gever|geefster)|redacteur|dziennikar(?:zem|ką|z|ka)|redaktor(?:em|ką|ka)?|publicyst(?:ą|ką|a|ka)"
    r"|журналист(?:ка|ом)?|корреспондент(?:ом)?|обозреватель|редактор(?:ом)?|кореспондент(?:ка)?|muhabir\w*|toimittaja)"
)
_VERB = (
    r"(?:is|was|has been|works|writes|covers|reports|ist|arbeitet|schreibt|berichtet|est|écrit|couvre|es|escribe"
    r"|cubre|è|scrive|é|escreve|cobre|schrijft|jest|pisze|[-–—]|пишет|работает|on)"
)
_NAME = r"(?:[^\W\d_][\w.'’-]*[ \u00a0]){1,3}[^\W\d_][\w'’-]+"
_NOTE = re.compile(rf"\W*(?P<name>{_NAME}),? {_VERB}\b.{{0,80}}?\b{_WORK}\b", re.IGNORECASE)
_CONTACT = re.compile(
    r"(?:reach|contact|e-?mail|follow|write to|erreichen|kontakt|joindre|contacter|contacta|contatta|contate).{0,40}"
    rf"\b(?:{_WORK}|authors?|autor(?:in|a)?|auteure?|autrice|autore)\b.{{0,80}}(?:@\w|\w@)",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"(?:the )?authors?|(?:published|written|posted) by|autor(?:in|a|es|en)?|auteure?s?|autor[ei]|autrice"
    r"|verfasst von|rédigé par|escrito por|scritto da|schrijver|автор|著者|作者|筆者",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"[\"“”„«»「]|\b(?:said|says|told|sagte|sagt|dijo|disse|ha detto|a déclaré|сказал)\b", re.IGNORECASE
)


def cut_authors(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cut boxes about the author in the second half of a text.

    Without a heading the note must be among the last lines, and name somebody of whom the article does not speak.
    """
    remaining = kept(document, cuts)
    start = [*remaining, len(document.blocks)][first_behind([document.blocks[i] for i in remaining], _SHARE_BEFORE)]
    taken = {cut.block for cut in cuts if cut.category == "author-box"} - set(remaining)
    order = sorted([*remaining, *taken])
    found: dict[int, Cut] = {}
    for position, i in enumerate(order):
        if i < start or i in found or document.blocks[i].kind == "code":
            continue
        form = line_form(document.blocks[i].text) if len(document.blocks[i].text) <= _LONGEST_NAME else ""
        if form and (i in taken or _heads_box(form, rules)):
            for k in _box(document, order[position + 1 :], set(remaining)):
                found[k] = whole(document, k, RULE, "author-box", f"below {form!r}")
            if i not in taken and any(k > i for k in found):
                found[i] = whole(document, i, RULE, "author-box", "heads a note on the author")
    for i in remaining[-_LAST_LINES:]:
        if i >= start and i not in found and _is_note(document, remaining, i):
            found[i] = whole(document, i, RULE, "author-box", "a last paragraph on its author")
    return [found[i] for i in sorted(found)]


def _heads_box(form: str, rules: Sequence[Rule]) -> bool:
    if _HEADING.fullmatch(form):
        return True
    return any(rule.category == "author-box" for rule, _ in taken_by(form, rules))


def _box(document: Document, behind: list[int], open_lines: set[int]) -> list[int]:
    """The lines below a heading: a name, and a biography, if the page ends behind it or a dropped line follows."""
    box: list[int] = []
    for i in behind:
        block = document.blocks[i]
        size = weight(block.text)
        if block.kind == "code" or size > _LONGEST_NOTE:
            return []
        if is_prose(block) or ends_like_sentence(block.text):
            following = [k for k in range(i + 1, len(document.blocks)) if document.blocks[k].text.strip()]
            ends = not following or following[0] not in open_lines
            return [*box, i] if ends or not any(is_prose(document.blocks[k]) for k in behind if k > i) else []
        if box or size > _LONGEST_NAME:
            return []
        box.append(i)
    return []


def _is_note(document: Document, remaining: list[int], i: int) -> bool:
    text = document.blocks[i].text
    if weight(text) > _LONGEST_NOTE or _SPEECH.search(text) or text.lstrip().startswith(("-", "•", "*")):
        return False
    if _CONTACT.search(text):
        return True
    note = _NOTE.match(text)
    if note is None or not note["name"][:1].isupper():
        return False
    surname = note["name"].split()[-1]
    return not any(
        surname in document.blocks[k].text
        for k in remaining
        if k != i and len(document.blocks[k].text) > _LONGEST_NAME
    )
