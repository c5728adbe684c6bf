"""robots.txt: RFC 9309 for whatever a host answers, and the pause it asks for."""

import asyncio
import sys
from pathlib import Path

import pytest
from loopback import ROOT, Site, run

sys.path.insert(0, str(ROOT))
from bench.survival import robots
from bench.survival.robots import ROWS, Outcome, Row
from crawler import hostfiles, robotstxt

WEB = "https://example.org"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Of one crawl over all hosts of the bench."""
    return robots.crawl(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_host_answers_decides_about_its_pages(row: Row, outcomes: dict[str, Outcome]) -> None:
    """The shut page is never asked for where the rules can be read, and no page where nobody knows them."""
    found = outcomes[row.name]
    assert (found.open, found.shut, found.crossed) == (row.open, row.shut, 0)


def test_robots_txt_is_asked_for_once_though_two_pages_wait_for_it(outcomes: dict[str, Outcome]) -> None:
    """Also where it fails: a host in trouble is not asked again for every page."""
    more_than_once = {name for name, found in outcomes.items() if found.asked > 1}
    assert more_than_once == {"200", "redirect loop"}  # another host's redirect leads to the first


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ("200", "robots.txt forbids it"),
        ("503", "robots.txt: 503 Service Unavailable"),
        ("429", "robots.txt: 429 Too Many Requests"),
        ("time-out", "robots.txt: timed out"),
        ("refused", "robots.txt: connection refused"),
        ("cut off", "robots.txt: the answer broke off"),
        ("no TLS", "robots.txt: no TLS connection"),
        ("larger than we read", "robots.txt: larger than 16777216 bytes"),
        ("Crawl-delay of a day", "its Crawl-delay of 86400 s is longer than LONGEST_CRAWL_DELAY"),
    ],
)
def test_the_reject_names_what_went_wrong(row: str, detail: str, outcomes: dict[str, Outcome]) -> None:
    """In words that lead whoever reads them to the cause."""
    assert detail in outcomes[row].details


WATCH = """
from scrapy import signals

class Watch:
    @classmethod
    def from_crawler(cls, crawler):
        def left(request):
            slot = crawler.engine.downloader.slots[request.meta["download_slot"]]
            with open("{told}", "a") as file:
                print(slot.delay, slot.jitter, file=file)
        crawler.signals.connect(left, signals.request_left_downloader, weak=False)
        return cls()
"""


def test_a_crawl_delay_is_kept_although_autothrottle_would_hurry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request waits for it, the first page behind robots.txt included; jitter shortens no pause."""
    told = tmp_path / "told.txt"
    (tmp_path / "watch.py").write_text(WATCH.format(told=told))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert robots.shortest_pause(delay=1, pages=3, EXTENSIONS='{"watch.Watch": 1}') > 0.9
    delays = [tuple(map(float, line.split())) for line in told.read_text().splitlines()]
    assert len(delays) >= 4
    assert all(delay >= 1 and jitter == 0 for delay, jitter in delays[1:])  # behind robots.txt


def test_robots_txt_is_not_asked_for_where_it_is_not_obeyed(site: Site, tmp_path: Path) -> None:
    """ROBOTSTXT_OBEY=False fetches what it forbids."""
    (tmp_path / "pages.txt").write_text(f"{site.url}/private/1\n")
    before = len(site.requests)
    crawl = run(tmp_path, "urls", "-a", f"file={tmp_path / 'pages.txt'}", "-s", "ROBOTSTXT_OBEY=False")
    assert "/private/1" in site.requests[before:] and "/robots.txt" not in site.requests[before:]
    assert "404 Not Found" in crawl.stderr


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("User-agent: *\nDisallow: /a", True),
        ("User-agent: *\nDisallow: /a\n\nUser-agent: webwinnow\nDisallow: /b", False),  # ours counts alone
        ("User-agent: *\nDisallow: /b\nUser-agent: WebWinnow\nDisallow: /a", True),  # in any case
        ("User-agent: webwinnow\nDisallow: /b\nUser-agent: *\nUser-agent: webwinnow\nDisallow: /a", True),  # joined
        ("User-agent: webwinnow/1.0\nDisallow: /a", True),
        ("User-agent: web\nDisallow: /a", False),  # not our name
        ("User-agent: winnow\nDisallow: /a", False),
        ("User-agent: other\nUser-agent: webwinnow\nDisallow: /a", True),
        ("User-agent: webwinnow\nUser-agent: other\n\nDisallow: /a", True),
        (
            "User-agent: webwinnow\nSitemap: /s.xml\nUser-agent: other\nDisallow: /a",
            True,
        ),  # no other line ends a group
        ("User-agent: webwinnow\nCrawl-delay: 1\nUser-agent: other\nDisallow: /a", True),
        ("User-agent: webwinnow\nDisallow:\nUser-agent: *\nDisallow: /", False),  # an empty rule is one
        ("Disallow: /a", False),  # for nobody
        ("User-agent: *\nDisallow: /\nAllow: /a/page", False),  # the longer path
        ("User-agent: *\nAllow: /a/*\nDisallow: /a/*", False),  # as long: allowed
        ("User-agent: *\nDisallow: /*.html$", True),
        ("User-agent: *\nDisallow: /*.htm$", False),
        ("User-agent: *\nDisallow: /%61/page", True),
        ("User-agent: *\nDisallow: /a # but not /b", True),
        ("  user-agent :*\n dissallow /a", True),  # as people write it
        ("User-agent: *\nDisallow: /b\x85Disallow: /a", False),  # one line
        ("User-agent: *\nDisallow: http://example.org/a", False),
    ],
)
def test_which_lines_speak_to_us(text: str, forbidden: bool) -> None:
    """Of RFC 9309, 2.2: the groups that name us, else those for everyone."""
    assert robotstxt.read(text.encode(), "webwinnow").allows(f"{WEB}/a/page.html") is not forbidden


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_robots_txt_in_any_encoding(encoding: str) -> None:
    """The standard's is UTF-8; others are read where their bytes give them away."""
    rules = robotstxt.read("User-agent: *\nDisallow: /Fähre".encode(encoding), "webwinnow")
    assert not rules.allows(f"{WEB}/F%C3%A4hre/1")
    assert rules.allows(f"{WEB}/F")


@pytest.mark.parametrize(
    ("lines", "delay", "field"),
    [
        ("Crawl-delay: 2.5", 2.5, "Crawl-delay"),
        ("Crawl-delay: 1\nRequest-rate: 1/30", 30, "Request-rate"),
        ("Crawl-delay: soon", 0, "Crawl-delay"),
        ("Crawl-delay: inf", 0, "Crawl-delay"),
        ("Disallow:\nUser-agent: other\nCrawl-delay: 9", 0, "Crawl-delay"),
    ],
)
def test_the_pause_that_a_host_asks_for(lines: str, delay: float, field: str) -> None:
    """Its longest; one that is no number asks for nothing."""
    rules = robotstxt.read(f"User-agent: *\n{lines}".encode(), "webwinnow")
    assert (rules.delay, rules.delay_field) == (delay, field)


def test_half_a_line_is_no_rule() -> None:
    """A file is cut where 500 KiB end; `/a` would forbid more than `/aside` does."""
    head = b"User-agent: *\n"
    line = b"\nDisallow: /aside"
    text = head + b"#" * (robotstxt.READ_BYTES - len(head) - len(line) + 4) + line
    assert not robotstxt.read(text[: robotstxt.READ_BYTES], "webwinnow").allows(f"{WEB}/a")
    assert robotstxt.read(text, "webwinnow").allows(f"{WEB}/a")


def test_a_file_of_the_largest_size_is_read_at_once() -> None:
    """Ten thousand names before twenty thousand rules: work must not grow with their product."""
    names = b"".join(b"User-agent: a%d\n" % number for number in range(10_000))
    rules = robotstxt.read(names + b"User-agent: *\n" + b"Disallow: /a\n" * 20_000, "webwinnow")
    assert not rules.allows(f"{WEB}/a")


def test_what_was_learned_of_a_host_is_kept_for_its_time() -> None:
    """Asked once however many wait, once more when its time is over, and once for each host."""
    asked = []

    async def ask(origin: str) -> tuple[int, float]:
        asked.append(origin)
        await asyncio.sleep(0.01)
        return len(asked), 0.2

    async def story() -> None:
        hosts = hostfiles.OncePerHost(ask)
        assert await asyncio.gather(*(hosts.get("a") for _ in range(5))) == [1] * 5
        assert await hosts.get("b") == 2
        assert await hosts.get("a") == 1
        await asyncio.sleep(0.25)
        assert await hosts.get("a") == 3

    asyncio.run(story())
    assert asked == ["a", "b", "a"]


def test_hosts_are_forgotten_in_the_order_of_their_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawl of millions of hosts does not fill the memory with their files."""
    monkeypatch.setattr(hostfiles, "MOST_HOSTS", 2)
    asked = []

    async def ask(origin: str) -> tuple[str, float]:
        asked.append(origin)
        return origin, 60

    async def story() -> None:
        hosts = hostfiles.OncePerHost(ask)
        for origin in "abacab":
            await hosts.get(origin)

    asyncio.run(story())
    assert asked == ["a", "b", "c", "b"]


def test_the_times_are_those_of_the_standard() -> None:
    """A good file holds for a day; a host that failed is asked again after five minutes."""
    assert (hostfiles.KEPT, hostfiles.ASKED_AGAIN, hostfiles.HOPS) == (24 * 3600, 300, 5)
