"""Teaser tails: a list of other articles below this one, often in full prose.

No line of it is bad by itself; its shape is: a title, a time stamp, a summary, again and again, or a heading
that announces other articles and nothing but titles and summaries behind it.
"""

import re
from collections.abc import Sequence

from cleaners.document import Block, Cut, Document, first_behind, kept, whole
from cleaners.prose import LONG, ends_like_sentence, is_prose, weight
from cleaners.rules.matching import Rule, line_form, plain, taken_by

RULE = "teaser-tail"
REASON = "belongs to a list of other articles below the text"

# The guard. On 228 labelled documents a heading alone took six lines wrongly, with the guard none.
_SHARE_BEFORE = 0.4  # of the document's characters
_LEAST_TITLES = 2
_MOST_STAMPS = 1  # above a list of teasers: the article's own date
_BULLETS = ("-", "•", "·", "*", "–", "▪", "►", "»", "■", "●")
_LONGEST_TITLE = 160  # as prose.weight counts

MONTH = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]*\.?"
_CLOCK = r"(?:,? (?:at )?\d{1,2}[:.h]\d{2}(?: ?[ap]m)?)?"
_STAMPS = (
    r"\d{4}-\d\d-\d\d(?:[t ][\d:.]+(?:z|[+-]\d\d:?\d\d)?)?",
    rf"\d{{1,2}}[./] ?\d{{1,2}}[./] ?\d{{4}}{_CLOCK}",
    rf"\d{{1,2}}\.? {MONTH} \d{{4}}{_CLOCK}",
    rf"{MONTH} \d{{1,2}},? \d{{4}}{_CLOCK}",
    r"(?:\d+|an?|one) (?:min(?:ute)?|h(?:ou)?r|day|week|month)s? ago",
    r"vor (?:\d+|eine[rm]) (?:minuten?|stunden?|tag(?:en)?|wochen?)",
    r"(?:il y a|hace) \d+ \w+",
    r"\d+ (?:\w+ )?(?:fa|temu|назад|önce|geleden|sedan|siden)",
    r"\d{4}[年./] ?\d{1,2}[月./] ?\d{1,2}日?",
    r"\d+ ?(?:分钟|小时|天|時間|分|日)前",
)
_LONGEST_STAMP = 40
# "Read more" may belong to what stands above it.
_BACKWARD = re.compile(
    r"\W*(?:(?:read|learn|see|view|find out|discover|show) more|read (?:the )?(?:full|rest|whole).*|continue reading"
    r"|weiterlesen|mehr (?:lesen|erfahren|anzeigen)|lire (?:la suite|plus)|en savoir plus|(?:leer|saber|ver) más"
    r"|(?:leia|saiba|ler|saber|ver) mais|(?:leggi|scopri) (?:di più|tutto)|lees (?:meer|verder)"
    r"|czytaj (?:więcej|dalej)|читать (?:далее|дальше|полностью)|подробнее|devamını? .*|l[äeæ]s mere?"
    r"|(?:baca )?selengkapnya|xem thêm"
    r"|(?:阅读|查看|了解)更多|阅读全文|続きを読む|もっと(?:読む|見る)|더 ?보기|اقرأ المزيد)\W*",
    re.IGNORECASE,
)
# Letters of _letter: a group starts where a title or label follows text or a stamp.
_GROUP_START = re.compile("(?<=[sp])(?=[tl])")
_GROUP = re.compile("[tl]{1,2}(?:sp?|ps?)?")
_VALUE = re.compile(r"\W*[^\W\d][\w /]{0,17}: ?\S")
_STAMP = re.compile("|".join(_STAMPS), re.IGNORECASE)


def cut_teasers(document: Document, cuts: Sequence[Cut], rules: Sequence[Rule]) -> list[Cut]:
    """Cut the tail that lists other articles.

    A heading opens one if it matches a rule whose `section` is set, also where that rule has taken it before.
    """
    remaining = kept(document, cuts)
    names = {rule.id for rule in rules if rule.section} if cuts else set()
    labels = {cut.block for cut in cuts if cut.rule in names} - set(remaining)
    labels = {i for i in labels if points_forward(document.blocks[i].text)}
    order = sorted([*remaining, *labels])
    blocks = [document.blocks[i] for i in order]
    # Without any prose it is a poem or a table of contents.
    first_prose = next((k for k, block in enumerate(blocks) if is_prose(block)), len(blocks))
    start = max(first_behind(blocks, _SHARE_BEFORE), first_prose + 1)
    letters = "".join("h" if i in labels else _letter(document.blocks[i]) for i in order[start:])
    stamps = sum(i not in labels and _is_stamp(document.blocks[i].text) for i in order[:start])
    for position in range(start, len(blocks)):
        letter, tail = letters[position - start], letters[position - start + 1 :]
        if letter == "h" or (letter in "tl" and _opens_section(blocks[position].text, rules)):
            size = _list_size(tail)
            if size and size < len(tail):
                size = _without_subhead(blocks[position + 1 : position + 1 + size])
            detail = f"heading {blocks[position].text.strip()!r:.60}"
        else:
            above = stamps + letters[: position - start].count("s")
            size = len(tail) if "s" in tail and _stamped_teasers(above, letter + tail) else 0
            detail = "titles, time stamps and summaries in turn"
        if size:
            members = order[position : position + 1 + size]
            return [whole(document, i, RULE, "related-list", detail) for i in members if i not in labels]
    return []


def points_forward(label: str) -> bool:
    """Whether a label announces what stands below it."""
    return label.rstrip().endswith((":", "：")) or not _BACKWARD.fullmatch(label)


def _opens_section(text: str, rules: Sequence[Rule]) -> bool:
    return any(rule.section for rule, _ in taken_by(line_form(text), rules))


def _list_size(tail: str) -> int:
    """How many lines behind a heading list articles: titles, with a summary each or without.

    All of them, if at least two titles in three have a summary, and never two paragraphs stand in a row. Otherwise a
    paragraph is the article's, which goes on below the list.
    """
    tail = tail.partition("vv")[0].replace("v", "t")  # facts one below the other are no titles; "Interview: ..." is
    groups = [group for group in _GROUP_START.split(tail.replace("h", "")) if group]
    with_summary = sum(group.endswith("p") for group in groups)
    uniform = "pp" not in tail and with_summary >= max(2, len(groups) * 2 / 3)
    size = len(tail) if uniform else len(tail.partition("p")[0])
    if not uniform and size < len(tail) and "l" in tail[:size]:
        return 0  # the article goes on: names and labels above its next paragraph are its own
    titles = sum(tail[:size].count(letter) for letter in "tl")
    return size if titles >= _LEAST_TITLES else 0


def _without_subhead(titles: list[Block]) -> int:
    """How many of the titles above the next paragraph are no subhead of its: it has no bullet, or is much shorter."""
    texts = [block.text.strip() for block in titles]
    forms = [line_form(text) for text in texts]
    bullets = [k for k, text in enumerate(texts) if text.startswith(_BULLETS) or line_form(text) in forms[:k]]
    if bullets[:1] == [0]:
        size = bullets[-1] + 1
    else:
        others = [weight(text) for text in texts[:-1]]
        is_subhead = titles[-1].kind == "heading" or (others and weight(texts[-1]) < min(others) / 2)
        size = len(texts) - bool(is_subhead)
    return size if size >= _LEAST_TITLES else 0


def _stamped_teasers(above: int, tail: str) -> bool:
    """Without a heading: from its first line on, the tail is groups of title and stamp, most with a summary.

    Not so where stamps stand `above` in the text too, other than its own date: in listings and forums the groups
    are the content. A live blog has stamps, but bare times, and no titles; a forum has names for titles.
    """
    groups = _GROUP_START.split(tail.replace("h", "").replace("v", "t"))
    stamped = sum("s" in group for group in groups)
    return (
        above <= _MOST_STAMPS
        and stamped >= _LEAST_TITLES
        and stamped * 4 >= len(groups) * 3
        and all("s" in group for group in groups[:2])
        and all(_GROUP.fullmatch(group) for group in groups[:-1])
        and _GROUP.fullmatch(groups[-1].rstrip("tl") or "t") is not None
        and tail.count("t") >= stamped
    )


def _letter(block: Block) -> str:
    """t: title, l: label or name, s: time stamp, v: label and value of a table or list of facts, p: paragraph."""
    if len(block.text) >= LONG:
        return "p"
    if _is_stamp(block.text):
        return "s"
    if not _is_title(block):
        return "p"
    text = plain(block.text)
    if _VALUE.match(text):
        return "v"
    return "t" if text.count(" ") >= 2 or weight(text) > len(text) + 10 else "l"


def _is_stamp(text: str) -> bool:
    if len(text) >= LONG:
        return False
    form = line_form(text)
    return len(form) <= _LONGEST_STAMP and _STAMP.fullmatch(form) is not None


def _is_title(block: Block) -> bool:
    if is_prose(block) or block.kind in ("code", "quotation", "table_row") or block.text.lstrip()[:1].islower():
        return False
    return weight(block.text) <= _LONGEST_TITLE and not ends_like_sentence(block.text.rstrip("?!…"))
