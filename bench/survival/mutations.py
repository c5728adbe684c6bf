"""Pages broken at random: what a fuzzer does to a page, in small steps that a seed repeats."""

import random
from collections.abc import Callable

Mutation = Callable[[str, random.Random], str]

TOKENS = (
    *["<div>", "</div>", "<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>", "</ul>", "<b>", "<i>",
        "</b>", "</i>", "<a>", "</a>", "<span>", "<br>"],
    *["<html>", "</html>", "<head>", "</head>", "<body>", "</body>", "<form>", "<select>", "<option>", "<textarea>",
        "<title>", "<script>"],
    *["</script>", "<style>", "<noscript>", "<template>", "<svg>", "<math>", "<frameset>", "<iframe>", "<plaintext>",
        "<xmp>", "<pre>", "<base>"],
    *["<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?xml", "<?php", "?>", "<!DOCTYPE", "<!ENTITY", "<", ">", "&", '"',
        "'", "=", "/", "</", "<!", "<?", "&#", "&#x", "&amp", "&lt;"],
    *["&#1;", "&#11;", "&#0;", "&#xFFFE;", "&#xD800;", "&#x110000;", "&#x85;", "&#146;", "&nbsp;", "&zwj;", "&shy;",
        "&#8232;", "&NotEqualTilde;"],
    *(["\x00", "\x01", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xa0", "\xad", "͏", "\u061c", "\u1680", "\u180e",
        "\u200b", "\u200d", "\u2028", "\u2029", "\u202e"]),
    *(["\u2066", "ㅤ", "\ufdd0", "\ufdd1", "\ufdd2", "\ufeff", "\ufffe", "\uffff", "\U000e0001", "\U000f0000",
        "\U0010ffff"]),
    *["İ", "ß", "ſ", "ŉ", "ǰ", "ΐ", "ﬁ", "K", "Å", "👩\u200d👩\u200d👧", "🏳️\u200d🌈", "é̂̃"],
    ' style="display:none"', " hidden", ' lang="xx"', ' class="comment"', ' id="footer"', " colspan=9999999999",
    "Share this", "Leave a comment", "Lorem ipsum dolor sit amet", "\r", "\r\n", "\n\n\n", "\t", " " * 300,
)  # fmt: skip


def mutated(page: str, random_: random.Random, most: int = 6) -> str:
    """The page after one to `most` mutations."""
    for _ in range(random_.randint(1, most)):
        page = random_.choice(MUTATIONS)(page, random_)
    return page


def _insert(page: str, random_: random.Random) -> str:
    place = random_.randint(0, len(page))
    return page[:place] + random_.choice(TOKENS) * random_.choice((1, 1, 1, 2, 50)) + page[place:]


def _delete(page: str, random_: random.Random) -> str:
    start = random_.randint(0, len(page))
    return page[:start] + page[start + random_.choice((1, 1, 2, 10, 300)) :]


def _repeat(page: str, random_: random.Random) -> str:
    start = random_.randint(0, len(page))
    piece = page[start : start + random_.randint(1, 80)]
    return page[:start] + piece * random_.choice((2, 3, 40, 400)) + page[start:]


def _swap(page: str, random_: random.Random) -> str:
    one, two, three = sorted(random_.randint(0, len(page)) for _ in range(3))
    return page[:one] + page[two:three] + page[one:two] + page[three:]


def _replace(page: str, random_: random.Random) -> str:
    place = random_.randint(0, len(page))
    return page[:place] + random_.choice(TOKENS) + page[place + 1 :]


def _cut(page: str, random_: random.Random) -> str:
    return page[: random_.randint(len(page) // 2, len(page))]


def _tag(page: str, random_: random.Random) -> str:
    """One tag, wherever it stands, becomes another token."""
    tags = [place for place, char in enumerate(page) if char == "<"]
    if not tags:
        return page
    place = random_.choice(tags)
    end = page.find(">", place) + 1 or len(page)
    return page[:place] + random_.choice(TOKENS) + page[end:]


def _flip(page: str, random_: random.Random) -> str:
    """A bit of the page's bytes."""
    raw = bytearray(page.encode("utf-8", "surrogatepass"))
    if raw:
        raw[random_.randrange(len(raw))] ^= 1 << random_.randrange(8)
    return raw.decode("utf-8", "surrogateescape")


MUTATIONS: tuple[Mutation, ...] = (_insert, _insert, _insert, _delete, _repeat, _swap, _replace, _tag, _cut, _flip)
