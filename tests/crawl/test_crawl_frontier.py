"""The frontier: every end of a request is noticed, nothing is lost by a kill, and nothing is fetched needlessly."""

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Answer, Crawl, Site, kill, page, redirect, run, start, stored_so_far, typed, wait_until
from scrapy import FormRequest, Request
from scrapy.http import JsonRequest, XmlRpcRequest
from scrapy.utils.request import fingerprint

from cleaners import crawls
from cleaners.tombstones import Tombstones
from crawler import outputs, requests, sharding
from crawler.frontier import Frontier
from crawler.handed import Handed
from crawler.in_progress import InProgress
from crawler.items import Reject
from crawler.slots import Slots

sys.path.append(str(Path(__file__).parent / "spiders"))
from ordinary import OrdinarySpider

ORDINARY = ("-s", "SPIDER_MODULES=ordinary", "-s", "RETRY_TIMES=1")


class Town(Site):
    """A site whose answers a test may change."""

    def answer(self, path: str) -> Answer:
        if path.startswith("/flaky") and Counter(self.requests)[path] == 1:
            return Answer(b"busy", 503)
        if path.startswith("/order/"):
            return Answer(page(path))
        return super().answer(path)


def _town() -> Iterator[Town]:
    site = Town()
    site.answers |= {f"/{name}": Answer(page(name)) for name in ("start", "page", "dropped", "breaks-pipeline")}
    site.answers |= {
        f"/{name}": Answer(page(name)) for name in ("flaky", "item", "nothing", "breaks-spider", "again")
    }
    site.answers |= {f"/{name}": Answer(page(name)) for name in ("asks-to-retry", "instead", "form")}
    site.answers |= {"/down": Answer(b"down", 500), "/flaky-moved": redirect("/library")}
    site.answers |= {"/away": redirect(f"http://localhost:{site.port}/bridge")}
    yield site
    site.server.shutdown()
    site.server.server_close()


town = pytest.fixture(_town, name="town")
town_of_ends = pytest.fixture(_town, name="town_of_ends", scope="module")


def rows(raw: Path, folder: str, columns: str = "outcome") -> dict[str, Any]:
    """Columns of the frontier by path."""
    with contextlib.closing(sqlite3.connect(raw / folder / "_frontier.sqlite")) as db:
        found = db.execute(f"SELECT url, {columns} FROM request ORDER BY id").fetchall()
    return {row[0].split("/", 3)[3]: row[1] if len(row) == 2 else row[1:] for row in found}


def manifest(raw: Path, folder: str, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((raw / folder / "_rounds" / f"{number:06}.json").read_text())
    return found


ENDS = {
    "start": ("read", 1),
    "page": ("read", 2),  # once for each of the two that asked; the second, with dont_filter, kept no page
    "item": ("read", 1),
    "dropped": ("dropped", 1),
    "nothing": ("read", 1),
    "moved": ("redirect", 1),
    "library": ("page", 1),
    "away": ("redirect", 1),
    "private/a": ("robots_disallowed", 0),
    "missing": ("http_error", 1),
    "missing-told": ("read", 1),  # its errback asked for another page instead
    "instead": ("page", 1),
    "flaky": ("page", 2),
    "flaky-moved": ("redirect", 2),  # to a page that was fetched by then
    "down": ("http_error", 2),
    "again": ("page", 3),
    "asks-to-retry": ("page", 2),
    "breaks-spider": ("spider_error", 1),
    "breaks-pipeline": ("spider_error", 1),
    "picture": ("page", 1),
    "form": ("page", 1),
}


@pytest.fixture(scope="module")
def ordinary(town_of_ends: Town, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    return run(tmp_path_factory.mktemp("raw"), "ordinary", "-a", f"url={town_of_ends.url}", *ORDINARY)


def test_every_end_of_a_request_is_noticed(town_of_ends: Town, ordinary: Crawl) -> None:
    """Callback, errback, dropped item, retry, redirect, denial, off-site drop, faults: none stays under way."""
    assert ordinary.code == 70  # the spider's own fault is told
    assert set(rows(ordinary.raw, "ordinary", "state").values()) == {2}
    ended = rows(ordinary.raw, "ordinary")
    asked = Counter(town_of_ends.requests)
    assert {path: (ended.get(path), asked[f"/{path}"]) for path in ENDS} == ENDS
    assert "bridge" not in asked  # off-site


def test_an_address_without_errback_that_failed_is_a_reject(ordinary: Crawl, town_of_ends: Town) -> None:
    """Each with its reason; what an errback or a pipeline has taken care of is none."""
    town = town_of_ends
    assert ordinary.rejects("ordinary") == {
        f"{town.url}/private/a": ("robots_disallowed", "robots.txt forbids it"),
        f"{town.url}/missing": ("http_error", "404 Not Found"),
        f"{town.url}/down": ("http_error", "500 Internal Server Error"),
        f"{town.url}/breaks-spider": ("spider_error", "the spider failed on it"),
        f"{town.url}/breaks-pipeline": ("spider_error", "an item pipeline failed on it"),
    }


def test_pages_of_one_address_that_a_spider_asks_for_again_are_all_kept(ordinary: Crawl) -> None:
    """It said dont_filter, so it wants them."""
    kept = ordinary.kept("ordinary")
    assert kept["again"] == 3
    assert kept["asks-to-retry"] == kept["page"] == 1


def test_the_manifest_counts_the_round(ordinary: Crawl) -> None:
    """What became of the addresses, and the digest of every file."""
    found = manifest(ordinary.raw, "ordinary")
    assert (found["round"], found["finished"], found["waiting"]) == (1, True, 0)
    assert found["pages"] == sum(segment["pages"] for segment in found["segments"])
    assert found["pages"] == ordinary.kept("ordinary").total()
    assert found["rejects"] == {"http_error": 2, "robots_disallowed": 1, "spider_error": 2}
    assert (found["redirects"], found["dropped"], found["errors"]) == (3, 1, 3)


def test_every_spider_says_who_is_asking(ordinary: Crawl, town_of_ends: Town) -> None:
    """With the contact that its owner gave."""
    assert ordinary.code == 70
    assert town_of_ends.agents == {"webwinnow/0.1.0 (+https://crawl.example/)"}


def test_a_page_that_asks_not_to_be_kept(town: Town, tmp_path: Path) -> None:
    """It is a reject, and its links are not followed. Whoever has a licence gets both, and the signal."""
    town.answers = {"/": Answer(page("Home", "/ours")), "/ours": Answer(page("Ours", "/more"))}
    town.answers["/ours"].headers.append(("X-Robots-Tag", "noai, nofollow"))
    town.answers["/more"] = Answer(b"<meta name=tdm-reservation content=1>" + page("More"))
    crawl = run(tmp_path, "site", "-a", f"url={town.url}/", "-a", "crawl=obeyed")
    assert (set(crawl.pages("obeyed")), "/more" in town.requests) == ({""}, False)
    assert crawl.rejects("obeyed") == {f"{town.url}/ours": ("opt_out", "X-Robots-Tag: noai")}
    crawl = run(tmp_path, "site", "-a", f"url={town.url}/", "-a", "crawl=licensed", "-s", "OBEY_OPT_OUTS=False")
    signals = {path: found.rec_headers["X-Winnow-Opt-Out"] for path, found in crawl.pages("licensed").items()}
    assert signals == {"": None, "ours": "X-Robots-Tag: noai", "more": "meta tdm-reservation: 1"}


def test_priorities_the_order_of_discovery_and_depth(town: Town, tmp_path: Path) -> None:
    """As Scrapy's own scheduler has them."""
    crawl = run(tmp_path, "order", "-a", f"url={town.url}", *ORDINARY, "-s", "DEPTH_LIMIT=2")
    assert crawl.code == 0
    asked = [path for path in town.requests if path.startswith("/order")]
    assert asked == [f"/order/{name}" for name in ("a", "b", "c", "d", "a/1", "b/1", "c/1", "d/1")]


def test_a_request_that_json_cannot_hold(town: Town, tmp_path: Path) -> None:
    """Exit 2, naming address and callback; the page that asked for it is fetched again by the next run."""
    crawl = run(tmp_path, "lambda", "-a", f"url={town.url}", *ORDINARY)
    assert crawl.code == 2
    what = (
        f"the request for {town.url}/page cannot be stored: its callback, '<lambda>', is not a method of the spider"
    )
    assert f"error: {what}\n  next: use methods of the spider as callbacks" in crawl.stderr
    assert rows(tmp_path, "lambda", "state") == {"start": 0}
    assert not crawl.records("lambda")


REQUESTS = [
    Request("https://town.example/a?b=%C3%A4#c", priority=-3, dont_filter=True, flags=["slow"], encoding="latin-1"),
    Request("https://town.example/", headers={"X-Name": "J\xfcrgen", "Accept": ["a", "b"]}, cookies={"a": "1"}),
    Request(
        "https://town.example/", meta={"text": "half a pair: \ud83d", "raw": b"\x00\xff"}, cb_kwargs={"n": [1, None]}
    ),
    FormRequest("https://town.example/form", formdata={"name": "Ada", "age": "36"}),
    JsonRequest("https://town.example/api", data={"name": "Ada"}, dumps_kwargs={"indent": 1}),
    XmlRpcRequest("https://town.example/rpc", methodname="add", params=(1, 2)),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_a_stored_request_comes_back_as_it_was(request_: Request) -> None:
    """Whatever its kind: method, body, headers, cookies, meta, and the fingerprint that it is known by."""
    spider = OrdinarySpider("https://town.example")
    request_ = request_.replace(callback=spider.parse_page, errback=spider.told)
    back = requests.from_json(requests.to_json(request_, spider), spider)
    assert (type(back), back.to_dict(spider=spider)) == (type(request_), request_.to_dict(spider=spider))
    assert fingerprint(back) == fingerprint(request_)


def test_a_killed_crawl_goes_on(town: Town, tmp_path: Path) -> None:
    """kill -9, twice: what was stored is not fetched again, and every page is stored once."""
    addresses = tmp_path / "list.txt"
    addresses.write_text("".join(f"{town.url}/slow/{number}\n" for number in range(60)))
    for pages in (10, 30):
        crawl = start(tmp_path, "urls", "-a", f"file={addresses}")
        wait_until(lambda pages=pages: stored_so_far(tmp_path, "list") >= pages)  # type: ignore[misc]
        kill(crawl)
        assert not list((tmp_path / "list").glob("seg-*")), "nothing may look sealed that is not"
    done = run(tmp_path, "urls", "-a", f"file={addresses}")
    assert done.code == 0
    assert set(done.pages("list")) == {f"slow/{number}" for number in range(60)}
    assert len([path for path in town.requests if path.startswith("/slow/")]) <= 60 + 2
    assert manifest(tmp_path, "list")["pages"] == 60


def test_an_address_that_kills_the_crawler_is_condemned_only_alone(town: Town, tmp_path: Path) -> None:
    """Two crashes make a suspect of it and of its neighbours; it runs alone, and two more condemn it, not them."""
    addresses = tmp_path / "list.txt"
    names = ("hang/1", "hang/2")
    town.answers |= {f"/{name}": Answer(page(name), delay=60.0) for name in names}
    addresses.write_text("".join(f"{town.url}/{name}\n" for name in names))
    both = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2", "-s", "DOWNLOAD_TIMEOUT=50")

    def crash(asked: int) -> list[str]:
        before = len(town.requests)
        crawl = start(tmp_path, "urls", "-a", f"file={addresses}", *both)
        wait_until(lambda: len([path for path in town.requests[before:] if "hang" in path]) == asked)
        time.sleep(0.2)
        assert len([path for path in town.requests[before:] if "hang" in path]) == asked
        kill(crawl)
        return [path for path in town.requests[before:] if "hang" in path]

    crash(2)
    crash(2)
    assert rows(tmp_path, "list", "crashes") == {"hang/1": 1, "hang/2": 1}
    assert crash(1) == ["/hang/1"]  # alone
    assert crash(1) == ["/hang/1"]  # alone once more
    town.answers |= {"/hang/2": Answer(page("hang/2"))}
    done = run(tmp_path, "urls", "-a", f"file={addresses}", *both)
    assert done.code == 0
    assert set(done.pages("list")) == {"hang/2"}
    why = "the crawler was killed whenever it worked on it alone"
    assert done.rejects("list") == {f"{town.url}/hang/1": ("crashes_crawler", why)}


def test_a_folder_belongs_to_one_spider_and_site(town: Town, tmp_path: Path) -> None:
    """Exit 78: requests of one could not be answered by the other."""
    assert run(tmp_path, "feed", "-a", f"url={town.url}/news.rss", "-a", "crawl=mine").code == 0
    crawl = run(tmp_path, "site", "-a", f"url={town.url}/", "-a", "crawl=mine")
    assert crawl.code == 78
    assert crawl.stderr.splitlines() == [
        f"error: this folder holds the crawl of feed {town.url}/news.rss, and this one is of site {town.url}/",
        "  next: give this one a name of its own: -a crawl=NAME",
    ]


def test_a_limit_leaves_the_rest_to_the_next_run(town: Town, tmp_path: Path) -> None:
    """So do CLOSESPIDER settings: the round is not finished, and the same command goes on with it."""
    addresses = tmp_path / "list.txt"
    addresses.write_text("".join(f"{town.url}/slow/{number}\n" for number in range(12)))
    eight = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    command = ("urls", "-a", f"file={addresses}", *eight)
    first = run(tmp_path, *command, "-a", "limit=3")
    assert (first.code, len(first.pages("list"))) == (0, 3)
    assert "9 addresses left: the same command goes on with them" in first.stderr
    assert manifest(tmp_path, "list")["stopped_by"] == "limit"
    second = run(tmp_path, *command, "-s", "CLOSESPIDER_PAGECOUNT=4")
    assert manifest(tmp_path, "list")["stopped_by"] == "closespider_pagecount"
    assert 7 <= len(second.pages("list")) < 12
    last = run(tmp_path, *command)
    assert len(last.pages("list")) == 12
    assert manifest(tmp_path, "list")["finished"]


def test_a_link_that_cannot_be_asked_for_is_told_once_whatever_is_killed(tmp_path: Path) -> None:
    """Also where the page that brought it is fetched again, or where many pages bring it."""
    frontier = Frontier(tmp_path / "frontier")
    frontier.begin_round("2026-11-22T08:00:00Z", revisit=False)
    for _ in range(2):
        frontier.add(b"page", "http://town.example/", '{"url": "http://town.example/"}', "town.example", 0)
        taken = frontier.take("town.example")
        assert taken is not None
        at_work = InProgress(lambda request: request.url.encode())
        at_work.open(frontier, Slots({}, lambda _: 1))
        handed = at_work.add(Handed(taken.id, taken.slot, Request("http://town.example/"), None, False))
        at_work.reject(Reject("http://[", "url_invalid", "no address", request=handed.request))
        at_work.reject(Reject("http://town.example/", "not_html", "image/png", request=handed.request))
        frontier.commit()
        frontier.recover()  # as if it had been killed here
    found = [json.loads(line)["url"] for line in outputs.reject_lines(frontier.db)]
    assert found == ["http://["]
    outputs.settle(frontier.db, taken.id)  # as if it had ended at last: what was brought before a kill is gone
    assert len(outputs.reject_lines(frontier.db)) == 1
    frontier.close()


def test_what_start_yields_is_asked_for_once_a_round(town: Town, tmp_path: Path) -> None:
    """Though it says dont_filter: also where it redirects to, and behind a stop."""
    town.answers["/to-page"] = redirect("/page")
    command = ("starts", "-a", f"url={town.url}", *ORDINARY)
    run(tmp_path, *command, "-s", "CLOSESPIDER_PAGECOUNT=1")
    assert run(tmp_path, *command).kept("starts") == {"page": 1}
    assert Counter(town.requests)["/page"] == 1
    assert run(tmp_path, *command).kept("starts") == {"page": 1}  # a new round asks again, and finds the same words
    assert Counter(town.requests)["/page"] == 2


def test_a_link_to_a_host_of_another_shard_is_handed_over(town: Town, tmp_path: Path) -> None:
    """In a whole file, which the next run of that shard takes, once; all begin from the same start."""
    of = next(of for of in range(2, 99) if sharding.owner(town.url, of) != sharding.owner("http://localhost/", of))
    here, there = sharding.owner(town.url, of), sharding.owner("http://localhost/", of)
    town.answers["/start"] = Answer(page("Start", f"http://localhost:{town.port}/page", "/bridge"))

    def crawl(shard: int) -> set[str]:
        done = run(tmp_path, "hosts", "-a", f"url={town.url}", *ORDINARY, "-s", f"SHARD={shard}/{of}")
        assert done.code == 0
        return set(done.pages(f"hosts-{shard}-of-{of}"))

    assert crawl(there) == set()
    assert crawl(here) == {"start", "bridge"}
    (handed,) = (tmp_path / "_handover").rglob("*.*")
    assert handed.relative_to(tmp_path / "_handover") == Path(f"hosts/{there}-of-{of}/from-{here}-000001.jsonl")
    assert crawl(there) == {"page"}
    assert crawl(there) == {"page"}
    assert Counter(town.requests)["/page"] == 1
    assert manifest(tmp_path, f"hosts-{there}-of-{of}", 2)["finished"]  # the third run found nothing to take
    torn = handed.with_name("from-9-000001.jsonl")
    torn.write_text('{"url": "http://localhost/"}\n{"url": "http://loc')
    refused = run(tmp_path, "hosts", "-a", f"url={town.url}", *ORDINARY, "-s", f"SHARD={there}/{of}")
    assert refused.code == 78
    assert f"error: {torn}:2: no request of another shard" in refused.stderr


# Rounds


@pytest.fixture
def tagged(town: Town) -> Town:
    """A site of six pages: four with an ETag, one without, and one that differs in its markup each time."""
    tag = typed("text/html", ("ETag", '"1"'), ("Last-Modified", "Sat, 21 Nov 2026 08:00:00 GMT"))
    links = [f"/p/{number}" for number in range(5)]
    town.answers = {"/": Answer(page("Home", *links), headers=tag)}
    town.answers |= {path: Answer(page(path), headers=tag) for path in links[:3]}
    town.answers |= {path: Answer(page(path)) for path in links[3:]}
    return town


def round_of(town: Town, raw: Path) -> tuple[Crawl, dict[str, int]]:
    before = len(town.statuses)
    crawl = run(raw, "site", "-a", f"url={town.url}/", "-a", "crawl=town")
    return crawl, dict(town.statuses[before:])


def test_a_round_over_an_unchanged_site_stores_nothing(tagged: Town, tmp_path: Path) -> None:
    """A 304 where the host gives one; the digest of the words where it does not. Exit 0."""
    first, _ = round_of(tagged, tmp_path)
    tagged.answers["/p/4"] = Answer(
        page("/p/4").replace(b"<p>", b"<p nonce='7'>").replace(b"</html>", b"<!-- 7 --></html>")
    )
    second, statuses = round_of(tagged, tmp_path)
    assert (first.code, second.code) == (0, 0)
    assert second.stderr == f"stored 0 pages in {tmp_path}/town, 6 unchanged, 0 failed\n"
    assert not (tmp_path / "town" / "rejects.jsonl").exists()
    assert len(second.pages("town")) == 6
    pages = {path: status for path, status in statuses.items() if path == "/" or path.startswith("/p/")}
    assert pages == {"/": 304, "/p/0": 304, "/p/1": 304, "/p/2": 304, "/p/3": 200, "/p/4": 200}
    assert (manifest(tmp_path, "town", 2)["pages"], manifest(tmp_path, "town", 2)["unchanged"]) == (0, 6)


def test_a_changed_page_is_a_new_record_and_the_history_stays(tagged: Town, tmp_path: Path) -> None:
    """And what it links to now is found."""
    round_of(tagged, tmp_path)
    tagged.answers["/p/0"] = Answer(page("/p/0 has news", "/p/9"), headers=typed("text/html", ("ETag", '"2"')))
    tagged.answers["/p/9"] = Answer(page("New"))
    second, _ = round_of(tagged, tmp_path)
    kept = second.kept("town")
    assert second.stderr.startswith("stored 2 pages")
    assert (kept["p/0"], kept["p/9"], kept["p/1"]) == (2, 1, 1)
    assert [path.name for path in sorted((tmp_path / "town").glob("seg-*"))] == [
        "seg-00000001-00000006.warc.gz",
        "seg-00000007-00000008.warc.gz",
    ]


def test_what_is_gone_is_asked_for_no_more(tagged: Town, tmp_path: Path) -> None:
    """After a 410 never, after a 404 in two more rounds; unless a page or a sitemap names it again."""
    round_of(tagged, tmp_path)
    tagged.answers |= {"/p/0": Answer(b"", 410), "/p/1": Answer(b"", 404)}
    asked = [round_of(tagged, tmp_path)[1] for _ in range(4)]
    assert [("/p/0" in statuses, "/p/1" in statuses) for statuses in asked] == [
        (True, True),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert [manifest(tmp_path, "town", number)["gone"] for number in (2, 3, 4, 5)] == [1, 0, 1, 0]
    tagged.answers["/p/2"] = Answer(page("/p/2 says that it is back", "/p/0"))
    tagged.answers["/p/0"] = Answer(page("Back"))
    crawl, statuses = round_of(tagged, tmp_path)
    assert statuses["/p/0"] == 200
    assert crawl.stderr.startswith("stored 2 pages")


def test_a_feed_and_a_news_sitemap_bring_what_is_new(town: Town, tmp_path: Path) -> None:
    """The next round fetches what they list since; of what a feed lists no more, nothing is asked."""

    def news(*paths: str) -> None:
        items = "".join(f"<item><link>{town.url}{path}</link></item>" for path in paths)
        entries = "".join(f"<url><loc>{town.url}{path}</loc><news:news/></url>" for path in paths)
        urls = f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
        town.answers["/rss"] = Answer(f"<rss><channel>{items}</channel></rss>".encode(), headers=typed("text/xml"))
        town.answers["/sitemap.xml"] = Answer(urls.encode(), headers=typed("text/xml"))

    town.answers = {f"/{name}": Answer(page(name)) for name in ("", "old", "new")}
    for paths, stored in ((("/old",), "stored 2 pages"), (("/new",), "stored 1 page ")):
        news(*paths)
        assert round_of(town, tmp_path)[0].stderr.startswith(stored)
    news("/old")
    run(tmp_path, "feed", "-a", f"url={town.url}/rss", "-a", "crawl=feed")
    news("/new")
    before = len(town.requests)
    crawl = run(tmp_path, "feed", "-a", f"url={town.url}/rss", "-a", "crawl=feed")
    assert set(crawl.pages("feed")) == {"old", "new"}
    assert "/new" in town.requests[before:] and "/old" not in town.requests[before:]


def test_a_list_asks_for_what_it_names_now(town: Town, tmp_path: Path) -> None:
    """A new round is of the list as it is, not of what it was; what it still names is asked for conditionally."""
    tag = typed("text/html", ("ETag", '"1"'))
    town.answers |= {f"/{name}": Answer(page(name), headers=tag) for name in ("one", "two", "three")}
    addresses = tmp_path / "list.txt"
    addresses.write_text(f"{town.url}/one\n{town.url}/two\n")
    run(tmp_path, "urls", "-a", f"file={addresses}")
    addresses.write_text(f"{town.url}/two\n{town.url}/three\n")
    before = len(town.statuses)
    crawl = run(tmp_path, "urls", "-a", f"file={addresses}")
    assert set(town.statuses[before:]) - {("/robots.txt", 200)} >= {("/two", 304), ("/three", 200)}
    assert "/one" not in dict(town.statuses[before:])
    assert set(crawl.pages("list")) == {"one", "two", "three"}


# Forgetting


def test_what_is_forgotten_leaves_the_crawl_and_is_not_asked_for_again(tagged: Town, tmp_path: Path) -> None:
    """Rows, pages that no file holds yet, rejects; and the digests of the files say how they are now."""
    tagged.answers["/p/1"] = redirect("/p/0")
    tagged.answers["/p/4"] = Answer(b"", 404)
    round_of(tagged, tmp_path)
    folder, out = tmp_path / "town", tmp_path / "out"
    winnow = [sys.executable, "-m", "cleaners"]
    subprocess.run([*winnow, "clean", folder, "-o", out, "--workers", "0"], check=True, capture_output=True)
    gone = [f"{tagged.url}/p/{number}" for number in (1, 2, 4)]
    command = [*winnow, "forget", out, "--raw", folder, *(word for url in gone for word in ("--url", url))]
    told = subprocess.run([*command, "--dry-run"], check=True, capture_output=True, text=True).stdout
    assert "addresses of crawls" in told
    assert gone[0].encode() in (folder / "_frontier.sqlite").read_bytes()
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.startswith(
        told.split("noth")[0]
    )
    files = [path for path in folder.rglob("*") if path.is_file()]
    for url in gone:
        assert not [path for path in files if url.encode() in path.read_bytes()]
    (segment,) = folder.glob("seg-*")
    with contextlib.closing(sqlite3.connect(folder / "_frontier.sqlite")) as db:
        (digest,) = db.execute("SELECT sha256 FROM segment").fetchone()
    assert digest == hashlib.sha256(segment.read_bytes()).hexdigest()
    links = [f"/p/{number}" for number in range(5)]
    tagged.answers["/"] = Answer(page("Home, which still names them all", *links))
    crawl, statuses = round_of(tagged, tmp_path)
    assert crawl.code == 0
    assert statuses["/"] == 200 and not {"/p/1", "/p/2", "/p/4"} & set(statuses)


def test_a_crawl_that_runs_is_not_made_to_forget(slow_list: Path, tmp_path: Path) -> None:
    """Exit 75, and nothing is changed."""
    out = tmp_path / "out"
    (out / "_run").mkdir(parents=True)
    crawl = start(tmp_path, "urls", "-a", f"file={slow_list}")
    wait_until(lambda: stored_so_far(tmp_path, "slow") > 0)
    command = [sys.executable, "-m", "cleaners", "forget", out, "--host", "town.example", "--raw", tmp_path / "slow"]
    refused = subprocess.run(command, capture_output=True, text=True)
    kill(crawl)
    assert refused.returncode == 75
    assert f"a crawl writes to {tmp_path}/slow" in refused.stderr


def test_forgetting_knows_the_tables_of_the_frontier(tmp_path: Path) -> None:
    """`cleaners` reaches them without the crawler's code."""
    Frontier(tmp_path / crawls.FRONTIER).close()
    assert crawls.forget(tmp_path, Tombstones(frozenset({"x"})), dry_run=False) == 0
