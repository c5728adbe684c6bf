"""What the three spiders find, store and reject."""

import subprocess
import sys
from pathlib import Path

import pytest
from loopback import LATIN1, PACKED, Crawl, Site, run

from cleaners.load import Columns, find_inputs, read


@pytest.fixture(scope="module")
def whole_site(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    raw = tmp_path_factory.mktemp("raw")
    return run(raw, "site", "-a", f"url={site.url}/")


def test_a_site_is_crawled_by_its_sitemaps_and_its_links(site: Site, whole_site: Crawl) -> None:
    """Index and gz sitemaps, then links on the same host and port; each page once, under its last address."""
    assert whole_site.code == 0
    assert set(whole_site.pages(site.folder)) == {
        "",
        "bridge",
        "broken-base",
        "latin1",
        "library",
        "packed",
        "untyped",
    }


def test_what_gave_no_page_is_a_reject_with_its_reason(site: Site, whole_site: Crawl) -> None:
    """One line for each address: none is lost in silence."""
    many = f"{site.url}/round/00000"
    assert whole_site.rejects(site.folder) == {
        f"{site.url}/lost": ("http_error", "404 Not Found"),
        f"{site.url}/picture": ("not_html", "image/png\\x1b[31m"),
        f"{site.url}/private/a": ("robots_disallowed", "robots.txt forbids it"),
        f"{site.url}/private/diary": ("robots_disallowed", "robots.txt forbids it"),
        f"{site.url}/itself": ("too_many_redirects", "it redirects to itself"),
        many: ("too_many_redirects", "more redirects than REDIRECT_MAX_TIMES"),
        f"http://localhost:{site.port}/bridge": ("off_site", f"redirected away from 127.0.0.1:{site.port}"),
    }


def test_robots_txt_is_obeyed(site: Site, whole_site: Crawl) -> None:
    """A forbidden page is not asked for, and the site learns who asks."""
    assert whole_site.code == 0
    assert not {"/private/a", "/private/diary"} & set(site.requests)
    assert "webwinnow/0.1.0 (+https://crawl.example/)" in site.agents


def test_a_crawl_ends_with_one_line(site: Site, whole_site: Crawl) -> None:
    """Nothing else on standard error when nothing else needs saying."""
    folder = whole_site.raw / site.folder
    failed = len(whole_site.rejects(site.folder))
    assert whole_site.stderr == (f"stored 7 pages in {folder}, {failed} failed (why: {folder}/rejects.jsonl)\n")


def test_a_segment_is_a_sound_warc_file(site: Site, whole_site: Crawl) -> None:
    """One sealed segment, numbered by its pages; `warcio check` passes; a warcinfo record comes first."""
    names = sorted(path.name for path in (whole_site.raw / site.folder).iterdir())
    assert names == ["_frontier.sqlite", "_lock", "_rounds", "rejects.jsonl", "seg-00000001-00000007.warc.gz"]
    segment = whole_site.raw / site.folder / names[-1]
    checker = [str(Path(sys.executable).parent / "warcio"), "check", str(segment)]
    assert subprocess.run(checker, capture_output=True).returncode == 0
    first, *rest = whole_site.records(site.folder)
    assert first.rec_type == "warcinfo"
    assert b"robots: obeyed" in first.body
    assert {record.rec_type for record in rest} == {"response"}
    for record in rest:
        assert record.rec_headers.protocol == "WARC/1.1"
        assert record.rec_headers["WARC-Record-ID"]
        assert record.rec_headers["WARC-Payload-Digest"]
        assert record.rec_headers["WARC-Date"].endswith("Z")


def test_a_page_is_stored_as_it_was_sent(site: Site, whole_site: Crawl) -> None:
    """Bytes in their own encoding, the status line, and every one of the repeated headers."""
    pages = whole_site.pages(site.folder)
    assert pages["latin1"].body == LATIN1
    assert pages["latin1"].http_headers["Content-Type"] == "text/html; charset=iso-8859-1"
    sent = pages["bridge"].http_headers
    assert (sent.protocol, sent.statusline) == ("HTTP/1.0", "200 OK")
    assert [value for name, value in sent.headers if name == "Set-Cookie"] == ["a=1", "b=2"]


def test_a_packed_page_is_stored_unpacked_with_true_headers(site: Site, whole_site: Crawl) -> None:
    """What was true on the wire stands under the names that web archives use."""
    packed = whole_site.pages(site.folder)["packed"]
    headers = packed.http_headers
    assert packed.body == PACKED
    assert headers["Content-Encoding"] is None
    assert headers["X-Archive-Orig-Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(PACKED)) != headers["X-Archive-Orig-Content-Length"]


def test_the_folder_of_a_crawl_is_an_input_like_any_other(site: Site, whole_site: Crawl) -> None:
    """The loaders read the pages from it, and pass over the lock and the rejects."""
    (segment,) = find_inputs([str(whole_site.raw / site.folder)], Columns())
    rows = {row["url"]: row for row in read(segment, Columns())}
    assert set(rows) == {f"{site.url}/{path}" for path in whole_site.pages(site.folder)}
    assert rows[f"{site.url}/latin1"]["html"] == LATIN1
    assert rows[f"{site.url}/latin1"]["charset"] == "iso-8859-1"
    assert rows[f"{site.url}/packed"]["html"] == PACKED


def test_a_limit_stops_a_site_crawl_at_once(site: Site, tmp_path: Path) -> None:
    """The given page and the sitemap's first; nothing more is asked for."""
    before = len(site.requests)
    crawl = run(tmp_path, "site", "-a", f"url={site.url}/", "-a", "limit=2", "-a", "crawl=two")
    assert crawl.code == 0
    assert set(crawl.pages("two")) == {"", "bridge"}
    asked = [path for path in site.requests[before:] if "." not in path]
    assert asked in (["/", "/bridge"], ["/", "/bridge", "/latin1"])


@pytest.mark.parametrize(("feed", "pages"), [("/news.rss", {"bridge", "library"}), ("/news.atom", {"library"})])
def test_a_feed_gives_the_pages_of_its_entries(site: Site, tmp_path: Path, feed: str, pages: set[str]) -> None:
    """RSS and Atom; neither the feed itself nor the site it belongs to is stored."""
    crawl = run(tmp_path, "feed", "-a", f"url={site.url}{feed}")
    assert crawl.code == 0
    assert set(crawl.pages(site.folder)) == pages


def test_a_list_is_fetched_and_local_files_are_refused(site: Site, tmp_path: Path) -> None:
    """Comments are skipped; no line and no redirect reads a local file, no answer fills the memory."""
    addresses = tmp_path / "my list.txt"
    lines = [
        "# pages",
        "",
        f"{site.url}/bridge#top",
        "file:///etc/passwd",
        f"{site.url}/to-file",
        "http://:80/",
        f"{site.url}/huge",
        f"{site.url}/huge-packed",
    ]
    addresses.write_text("\n".join(lines))
    crawl = run(tmp_path, "urls", "-a", f"file={addresses}", "-s", "DOWNLOAD_MAXSIZE=100000")
    assert crawl.code == 0
    assert set(crawl.pages("my-list")) == {"bridge"}
    assert crawl.rejects("my-list") == {
        "file:///etc/passwd": ("scheme_not_allowed", "not an http or https address"),
        f"{site.url}/to-file": ("http_error", "302 Found"),
        "http://:80/": ("url_invalid", "no host"),
        f"{site.url}/huge": ("too_large", "larger than DOWNLOAD_MAXSIZE"),
        f"{site.url}/huge-packed": ("too_large", "larger than DOWNLOAD_MAXSIZE"),
    }


def test_a_list_comes_from_standard_input_and_no_name_leaves_the_folder(site: Site, tmp_path: Path) -> None:
    """A crawl's name is cut down to what is safe in a file name."""
    raw = tmp_path / "raw"
    crawl = run(raw, "urls", "-a", "file=-", "-a", "crawl=../../up/../x y", text=f"{site.url}/bridge\n")
    assert crawl.code == 0
    assert set(crawl.pages("up-..-x-y")) == {"bridge"}
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]
