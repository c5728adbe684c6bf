"""Shards: four crawls of 40 hosts, each of its own hosts, that hand links over until there are none."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bench.survival import crawl_site, crawling
from bench.survival.crawl_pages import Plan
from bench.survival.figures import Figure

SHARDS = 4
PLANS = {
    "full": Plan(hosts=40, calm=True),
    "short": Plan(hosts=40, calm=True),
    "minute": Plan(hosts=40, pages=120, size=1_000, calm=True),
}
MOST_TURNS = 30
LONG = 90.0


def measure(size: str) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="winnow-shards-") as name, crawl_site.serve(PLANS[size]) as site:
        folder = Path(name)
        crawling.warm(folder)
        (folder / "starts.txt").write_text(f"{site.address(0)}\n", encoding="utf-8")
        runs, complaints = _crawled(folder / "raw")
        yield _figure(site, folder / "raw", runs, complaints)


def _crawled(raw: Path) -> tuple[int, list[str]]:
    """Runs of all four at once, again and again for those that were handed something; how many, and complaints."""
    raw.mkdir()
    seen: dict[int, set[str]] = {}
    runs, complaints = 0, []
    for _ in range(MOST_TURNS):
        waiting = [shard for shard in range(1, SHARDS + 1) if shard not in seen or _inbox(raw, shard) - seen[shard]]
        if not waiting:
            return runs, complaints
        for shard in waiting:
            seen[shard] = _inbox(raw, shard)
        begun = [crawling.begin(_words(raw, shard), raw.parent) for shard in waiting]
        for run in begun:
            ended = run.wait(LONG)
            first = runs < SHARDS  # only one of them has a start of its own
            if ended.code not in ({0, 69} if first else {0}) or "Traceback" in ended.err:
                complaints.append(ended.told)
            runs += 1
    return runs, [*complaints, f"links are still handed over after {MOST_TURNS} turns"]


def _words(raw: Path, shard: int) -> list[str]:
    given = ["-a", f"file={raw.parent / 'starts.txt'}", "-a", f"crawl={crawling.NAME}", "-s", f"RAW_DIR={raw}"]
    modules = ["-s", "SPIDER_MODULES=bench.survival.hosts_spider", "-s", f"SHARD={shard}/{SHARDS}"]
    return ["crawl", "hosts", *given, *modules, *crawling.ROBOT, *crawling.FAST]


def _inbox(raw: Path, shard: int) -> set[str]:
    """The files that others have handed to a shard."""
    return {path.name for path in raw.glob(f"_handover/{crawling.NAME}/{shard}-of-{SHARDS}/from-*")}


def _figure(site: crawl_site.Site, raw: Path, runs: int, complaints: list[str]) -> Figure:
    plan = site.plan
    sent = Counter((each.host, each.path) for each in site.log() if each.status == 200 and each.path != "/robots.txt")
    stored: Counter[str] = Counter()
    shards: dict[str, set[int]] = defaultdict(set)
    for shard in range(1, SHARDS + 1):
        pages = crawling.kept(raw / f"{crawling.NAME}-{shard}-of-{SHARDS}").pages
        stored += pages
        for url in pages:
            shards[urlsplit(url).hostname or ""].add(shard)
    wanted = {site.address(number) for number in range(plan.pages)}
    lost, doubled = len(wanted - stored.keys()), stored.total() - len(stored)
    again = sent.total() - len(sent)
    shared = sum(len(numbers) > 1 for numbers in shards.values())
    spread = ", ".join(str(sum(numbers == {shard} for numbers in shards.values())) for shard in range(1, SHARDS + 1))
    return Figure(
        f"{SHARDS} shards of {plan.hosts} hosts with {plan.pages} pages, which link to each other",
        "all pages stored, none lost, doubled or fetched twice, no host by two shards",
        f"{len(stored)} stored, {lost} lost, {doubled} doubled, {again} fetched twice, {shared} hosts by two shards,"
        f" {spread} hosts a shard, in {runs} runs"
        + (f"; {len(complaints)} complaints, first: {complaints[0]}" if complaints else ""),
        not (lost or doubled or again or shared or complaints) and len(stored) == plan.pages,
    )
