"""What the site of the bench serves, and what must come of a crawl over it: the same each time.

A page is known by its number. Page 0 is the root of its host; the pages are spread over the hosts in turns.
"""

import hashlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

from bench.survival import inputs

_LISTED = 4  # pages that stand in the sitemap alone
_BEHIND = 4  # pages that are found behind redirects alone
_CHANGED_AT = 1_700_000_000  # in seconds since 1970
_DAY = 86_400
TROUBLES = {  # the reason that each kind of trouble must end with, and how many there are
    "gone": ("http_error", 4),
    "broken": ("http_error", 2),
    "reset": ("fetch_failed", 2),
    "stall": ("fetch_failed", 2),
    "file": ("not_html", 2),
    "private": ("robots_disallowed", 2),
}


@dataclass(frozen=True)
class Plan:
    """`size`: characters of a page's text. `calm`: pages and links only; nothing slow, redirected or failing."""

    pages: int = 400
    links: int = 20
    size: int = 3_000
    hosts: int = 1
    calm: bool = False


@dataclass
class State:
    """What was changed since the start: versions of pages, codes of paths, pages linked from others or listed."""

    versions: dict[int, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    linked: dict[int, list[int]] = field(default_factory=dict)
    listed: list[int] = field(default_factory=list)

    @property
    def added(self) -> set[int]:
        return {*self.listed, *(number for numbers in self.linked.values() for number in numbers)}


def path(plan: Plan, number: int) -> str:
    """Where a page stands on its host."""
    return "/" if number < plan.hosts else f"/p/{number}"


def host(plan: Plan, number: int) -> str:
    return f"127.0.0.{number % plan.hosts + 1}"


def troubles(plan: Plan) -> list[str]:
    if plan.calm:
        return []
    return [f"/{kind}/{number}" for kind, (_, count) in TROUBLES.items() for number in range(count)]


def expected_rejects(plan: Plan) -> dict[str, str]:
    """Paths and their reasons."""
    return {place: TROUBLES[place.split("/")[1]][0] for place in troubles(plan)}


def redirects(plan: Plan) -> dict[str, str]:
    """Chains of one to three, to pages that are known and to such as stand nowhere else."""
    if plan.calm:
        return {}
    found = {}
    for number in range(12):
        target = plan.pages - _LISTED - 1 - number if number < _BEHIND else number * 7 % _tree(plan)
        steps = [f"/moved/{number}", *(f"/moved/{number}/{step}" for step in range(number % 3)), path(plan, target)]
        found.update(itertools.pairwise(steps))
    return found


def _tree(plan: Plan) -> int:
    """How many pages, from the first, are reached along links."""
    return plan.pages if plan.calm else plan.pages - _LISTED - _BEHIND


def links(plan: Plan, number: int, state: State) -> list[str]:
    """A tree, so that each page is reached, then links by chance; to other hosts by their whole address."""
    tree = _tree(plan)
    chosen = [child for child in (2 * number + 1, 2 * number + 2) if child < tree]
    if number < tree:
        chosen += random.Random(number).choices(range(tree), k=plan.links - len(chosen))
    chosen += state.linked.get(number, [])
    found = [
        path(plan, other)
        if host(plan, other) == host(plan, number)
        else f"//{host(plan, other)}:PORT{path(plan, other)}"
        for other in chosen
    ]
    if not plan.calm:
        odd = [*(f"/moved/{turn}" for turn in range(12)), *troubles(plan), "mailto:a@river.example", "/map.pdf"]
        found += [place for turn, place in enumerate(odd) if turn * 11 % tree == number]
    return found


def html(plan: Plan, number: int, state: State, token: str) -> bytes:
    """A page. Those that tell no version hold a token, which is another one each time that they are asked for."""
    version = state.versions.get(number, 0)
    title = f"Notes from the river, {number}" + (f", edition {version}" if version else "")
    told = " ".join(inputs.sentences(number * 1_000 + version, plan.size // 70 + 1))[: plan.size]
    text = "".join(f"<p>{told[at : at + 500]}</p>\n" for at in range(0, len(told), 500))
    anchors = "".join(f'<li><a href="{link}">Further on</a></li>\n' for link in links(plan, number, state))
    head, body = _token(number, token) if not tells_version(plan, number) else ("", "")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><article><h1>{title}</h1>\n{text}</article>{body}<nav><ul>{anchors}</ul></nav></body></html>"
    ).encode()


def tells_version(plan: Plan, number: int) -> bool:
    return plan.calm or number % 10 != 3


def _token(number: int, token: str) -> tuple[str, str]:
    """For the head and for the body, in the ways of the web."""
    ways = (
        (f'<script nonce="{token}">var here = 1;</script>', ""),
        ("", f'<form action="/find"><input type="hidden" name="csrf" value="{token}"></form>'),
        ("", f"<!-- made for {token} -->"),
    )
    return ways[number // 10 % len(ways)]


def delay(plan: Plan, number: int) -> float:
    """Seconds for which a page lets its reader wait."""
    return 0.0 if plan.calm or number % 50 != 7 else 0.2 + number % 4 / 5


def sitemap(plan: Plan, state: State, site: str) -> bytes:
    numbers = [*range(0, _tree(plan), 10), *range(plan.pages - _LISTED, plan.pages), *state.listed]
    entries = "".join(f"<url><loc>{site}{path(plan, number)}</loc></url>\n" for number in numbers)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()


def robots(plan: Plan, site: str) -> bytes:
    more = "" if plan.calm else f"Disallow: /private/\nSitemap: {site}/sitemap.xml\n"
    return f"User-agent: *\n{more or 'Disallow:' + chr(10)}".encode()


def validators(plan: Plan, number: int, state: State, body: bytes) -> Iterator[tuple[str, str]]:
    """The headers that tell the version of a page: both, one of the two, or none."""
    if not tells_version(plan, number):
        return
    if plan.calm or number % 10 != 5:
        yield "ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if plan.calm or number % 10 != 6:
        yield "Last-Modified", formatdate(_CHANGED_AT + state.versions.get(number, 0) * _DAY, usegmt=True)
