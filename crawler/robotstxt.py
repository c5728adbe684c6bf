"""What a robots.txt says to us: RFC 9309, Crawl-delay, and what its owner allows the pages to be used for."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from protego import Protego

from crawler import optouts

READ_BYTES = 500 * 1024  # RFC 9309, 2.5: at least so much is to be read

# Ours, and no longer: Protego would take `User-agent: web` for the beginning of our name.
_TOKEN = re.compile(r"[A-Za-z_-]+|\*(?=\s|$)")
_DISALLOW = ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")  # as written in the wild
_FIELDS = {
    **dict.fromkeys(("user-agent", "user agent", "useragent"), "user-agent"),
    **dict.fromkeys(_DISALLOW, "disallow"),
    **dict.fromkeys(("crawl-delay", "crawl delay"), "crawl-delay"),
    **{field: field for field in ("allow", "request-rate", "content-signal", "content-usage")},
}
_LINE = re.compile(rf"({'|'.join(_FIELDS)})\s*(?:\s|:)\s*(.*)", re.IGNORECASE | re.DOTALL)
_LINE_ENDS = re.compile(r"\r\n?|\n")
_PRINTABLE = "".join(map(chr, range(33, 127)))


@dataclass(frozen=True)
class Rules:
    """Of the group that speaks to us."""

    _paths: Protego
    _reserved: Protego | None
    reservation: str  # the line that reserves pages, if one does
    delay: float  # seconds between two requests
    delay_field: str  # the line that asks for it

    def allows(self, url: str) -> bool:
        return self._paths.can_fetch(url, "*")

    def reserves(self, url: str) -> bool:
        """Whether the page is not to be trained on."""
        return self._reserved is not None and not self._reserved.can_fetch(url, "*")


def read(body: bytes, agent: str) -> Rules:
    """The rules for a product token. Lines that are none are passed over, so a web page in its place forbids nothing.

    >>> rules = read(b"User-agent: *\\nDisallow: /a", "webwinnow")
    >>> rules.allows("https://example.org/a/1"), rules.allows("https://example.org/b")
    (False, True)
    """
    ours = _group(_lines(_text(body)), agent)
    paths = protego((field, value) for field, value in ours if not field.startswith("content-"))
    delay, delay_field = paths.crawl_delay("*") or 0.0, "Crawl-delay"
    if (rate := paths.request_rate("*")) and rate.seconds / rate.requests > delay:
        delay, delay_field = rate.seconds / rate.requests, "Request-rate"
    reserved, reservation = _uses(ours)
    return Rules(paths, reserved, reservation, delay, delay_field)


def protego(lines: Iterable[tuple[str, str]]) -> Protego:
    """One group of fields and values; the more specific path wins, `*` and a final `$` are wildcards."""
    # Quoted, since Protego also ends lines at characters that end none here.
    text = "".join(f"{field}: {quote(value, safe=_PRINTABLE + ' ')}\n" for field, value in lines)
    return Protego.parse(f"User-agent: *\n{text}")


def _text(body: bytes) -> str:
    head = body[:READ_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head.decode("utf-16", "replace")
    elif head[:64].count(0) * 3 > len(head[:64]):
        text = head.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be", "replace")
    else:
        text = head.decode("utf-8-sig", "replace")
    if len(body) > READ_BYTES and (ends := [*_LINE_ENDS.finditer(text)]):
        return text[: ends[-1].end()]  # half a line would forbid more than the whole one
    return text


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in _LINE_ENDS.split(text):
        if found := _LINE.fullmatch(line.partition("#")[0].strip()):
            yield _FIELDS[found[1].lower()], found[2]


def _group(lines: Iterable[tuple[str, str]], agent: str) -> list[tuple[str, str]]:
    """The lines of all groups that name us, else of those for everyone.

    Only Allow and Disallow end the list of names: no other line may change how these are read (RFC 9309, 2.2.4).
    """
    token = _TOKEN.match(agent)
    ours = token[0].lower() if token else "*"
    groups: dict[str, list[tuple[str, str]]] = {}
    named: set[str] = set()
    naming = False
    for field, value in lines:
        if field == "user-agent":
            named = named if naming else set()
            naming = True
            name = found[0].lower() if (found := _TOKEN.match(value)) else ""
            if name in (ours, "*"):
                named.add(name)
                groups.setdefault(name, [])
            continue
        naming = naming and field not in ("allow", "disallow")
        for name in named:
            groups[name].append((field, value))
    return groups.get(ours, groups.get("*", []))


def _uses(lines: Iterable[tuple[str, str]]) -> tuple[Protego | None, str]:
    """Content-Signal and Content-Usage, each for the path it begins with or for all of them."""
    allowed: dict[str, bool] = {}
    reservation = ""
    for field, value in lines:
        if not field.startswith("content-") or (wish := optouts.training(value)) is None:
            continue
        path = value.split()[0] if value.startswith("/") else "/"
        allowed[path] = allowed.get(path, True) and wish.allowed
        if not wish.allowed:
            reservation = reservation or f"{field.title()}: {wish.words}"
    if not reservation:
        return None, ""
    return protego(("allow" if yes else "disallow", path) for path, yes in allowed.items()), reservation
