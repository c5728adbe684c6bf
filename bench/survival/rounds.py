"""Rounds: the same command again over a site that stayed as it was, over one that changed, and once more."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.survival import crawl_pages, crawl_site, crawling
from bench.survival.crawl_pages import Plan, State
from bench.survival.figures import Figure

PLANS = {"full": Plan(), "short": Plan(), "minute": Plan(pages=80, size=1_000)}
CHANGED = {"full": 12, "short": 12, "minute": 5}
LISTINGS = ("/robots.txt", "/sitemap.xml")
LONG = 90.0


@dataclass(frozen=True)
class Round:
    """What one round asked for, and what it left."""

    log: list[crawl_site.Asked]
    kept: crawling.Kept
    segments: dict[str, str]  # names and digests
    complaints: list[str]

    def new(self, before: "Round") -> Counter[str]:
        return self.kept.pages - before.kept.pages

    def altered(self, before: "Round") -> list[str]:
        """Segments of the round before that are no longer what they were."""
        return [name for name, digest in before.segments.items() if self.segments.get(name) != digest]


def measure(size: str) -> Iterator[Figure]:
    plan = PLANS[size]
    with tempfile.TemporaryDirectory(prefix="winnow-rounds-") as folder, crawl_site.serve(plan) as site:
        crawling.warm(Path(folder))
        first = _round(site, Path(folder))
        second = _round(site, Path(folder))
        yield _unchanged(site, first, second)
        state, new, gone = _changes(plan, CHANGED[size])
        site.change(state)
        third = _round(site, Path(folder))
        yield _changed(site, second, third, [*state.versions, *new], gone)
        fourth = _round(site, Path(folder))
        yield _still(third, fourth)


def _round(site: crawl_site.Site, folder: Path) -> Round:
    run = crawling.begin(crawling.command(site.url, folder), folder)
    ended = run.wait(LONG)
    crawl = folder / crawling.NAME
    segments = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in crawl.glob("seg-*")}
    complaints = [ended.told] if ended.code or "Traceback" in ended.err else []
    return Round(site.log(), crawling.kept(crawl), segments, complaints)


def _changes(plan: Plan, count: int) -> tuple[State, list[int], list[str]]:
    """A state with so many pages changed, the pages that are new, and the paths that are no more.

    The changed ones tell their version in every way, and in none. One page is new behind the first of them, and
    one in the sitemap.
    """
    changed = [index * (plan.pages // 2) // count * 2 + index % 2 for index in range(count)]
    changed += [next(number for number in range(plan.pages) if not crawl_pages.tells_version(plan, number))]
    changed = sorted({*changed[1:]})
    linked, listed = plan.pages, plan.pages + 1
    left = [number for number in range(20, plan.pages) if number not in changed]
    gone = [crawl_pages.path(plan, number) for number in left[:2]]
    state = State(
        versions=dict.fromkeys(changed, 1),
        codes={gone[0]: 404, gone[1]: 410},
        linked={changed[0]: [linked]},
        listed=[listed],
    )
    return state, [linked, listed], gone


def _unchanged(site: crawl_site.Site, first: Round, second: Round) -> Figure:
    plan = site.plan
    asked = Counter(each.path for each in second.log if each.conditional)
    telling = {crawl_pages.path(plan, n) for n in range(plan.pages) if crawl_pages.tells_version(plan, n)}
    sent = [each for each in second.log if each.path in telling and each.sent]
    silent = plan.pages - len(telling)
    new = second.new(first)
    most = plan.pages + len(LISTINGS)
    complaints = [*first.complaints, *second.complaints, *second.altered(first)]
    if missing := telling - asked.keys():
        complaints.append(f"not asked for conditionally: {sorted(missing)[:3]}")
    return Figure(
        f"a second round over {plan.pages} unchanged pages ({silent} of them tell no version, and hold tokens)",
        f"0 new records, {most} conditional requests or fewer, no page sent that tells its version",
        f"{new.total()} new records, {asked.total()} conditional requests, {len(sent)} such pages sent"
        f"{_told(complaints)}",
        not (new or sent or complaints) and asked.total() <= most and first.kept.pages.total() == plan.pages,
    )


def _changed(site: crawl_site.Site, before: Round, after: Round, numbers: list[int], gone: list[str]) -> Figure:
    wanted = Counter(site.address(number) for number in numbers)
    new = after.new(before)
    complaints = [*after.complaints, *after.altered(before)]
    if before.kept.pages - after.kept.pages:
        complaints.append("records of earlier rounds are gone")
    if stray := (new - wanted) + (wanted - new):
        complaints.append(f"stored too much or too little: {sorted(stray)[:3]}")
    edition = [url for url in wanted if b"edition 1" not in after.kept.bodies.get(url, b"")]
    if len(edition) != 2:  # the two new pages have none
        complaints.append(f"the stored page is not the changed one: {edition[:3]}")
    rejects = {
        crawling.place(url) for url, reason in after.kept.rejects - before.kept.rejects if reason == "http_error"
    }
    if missing := {*gone} - rejects:
        complaints.append(f"no reject for {sorted(missing)}")
    return Figure(
        f"a third round: {len(numbers) - 2} pages changed, 1 now 404, 1 now 410, 1 new behind a link, 1 in a sitemap",
        f"{len(numbers)} new records, 2 new rejects of pages, and all older segments as they were",
        f"{new.total()} new records, {len({*gone} & rejects)} new rejects of pages{_told(complaints)}",
        not complaints,
    )


def _still(before: Round, after: Round) -> Figure:
    new = after.new(before)
    complaints = [*after.complaints, *after.altered(before)]
    return Figure(
        "a fourth round, over the same",
        "0 new records",
        f"{new.total()} new records, {len(after.log)} requests{_told(complaints)}",
        not (new or complaints),
    )


def _told(complaints: list[str]) -> str:
    return f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""
