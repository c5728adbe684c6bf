"""Private addresses are not asked, whatever leads to them; answers have a size; who crawls can be reached."""

import gzip
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from loopback import FAST, ROOT, Answer, Crawl, Site, finish, page, run, typed
from scrapy.settings import Settings

from cleaners.errors import UsageError
from crawler import contact as contacts
from crawler import guard, listings, private
from crawler.failures import Refused

CONTACT = ("-s", "CONTACT=https://crawl.example/")
ONLY_PAGES = ("-s", "ROBOTSTXT_OBEY=False", "-s", "OBEY_OPT_OUTS=False")
QUICK = (*FAST, "-s", "RETRY_ENABLED=False", "-s", "DOWNLOAD_TIMEOUT=5")

# In place of a name server, for a process and the names in it: each look-up gives the next of its addresses.
NAME_SERVER = """
import itertools, socket

NAMES = {names!r}
turns = {{name: itertools.cycle(answers) for name, answers in NAMES.items()}}
asked = socket.getaddrinfo

def getaddrinfo(host, port, *rest, **named):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in turns:
        return asked(host, port, *rest, **named)
    return [found for address in next(turns[name]) for found in asked(address, port, *rest, **named)]

socket.getaddrinfo = getaddrinfo
"""

PACKED = ("Content-Encoding", "gzip")
BIG_SITEMAP = gzip.compress(b"<urlset><url><loc>/a</loc></url>" + b" " * listings.SITEMAP_BYTES)
BIG_FILE = gzip.compress(b" " * (listings.SITEMAP_BYTES + 1), 1)
MANY_ELEMENTS = gzip.compress(b"<rss>" + b"<a/>" * (listings.MOST_ELEMENTS + 1), 1)


class Canary:
    """A server on one address, which keeps what it was asked for."""

    def __init__(self, host: str, port: int = 0) -> None:
        canary = self
        self.asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.asked.append(self.path)
                body = page("Secret") if self.path != "/robots.txt" else b""
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer((host, port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def canary() -> Iterator[Callable[..., Canary]]:
    """Starts canaries."""
    started: list[Canary] = []

    def start(host: str, port: int = 0) -> Canary:
        started.append(Canary(host, port))
        return started[-1]

    yield start
    for each in started:
        each.server.shutdown()
        each.server.server_close()


def crawl(folder: Path, urls: list[str], *settings: str, names: dict[str, object] | None = None, **env: str) -> Crawl:
    """A crawl of a list, called `list`."""
    (folder / "list.txt").write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | env
    if names:
        (folder / "sitecustomize.py").write_text(NAME_SERVER.format(names=names))
        environment["PYTHONPATH"] = str(folder)
    command = [sys.executable, "-m", "scrapy", "crawl", "urls", "-a", f"file={folder}/list.txt", *QUICK, *settings]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    process = subprocess.Popen([*command, "-s", f"RAW_DIR={folder}"], cwd=ROOT, env=environment, **pipes)  # type: ignore[call-overload]
    return finish(process, folder)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::8.8.8.8", True),
        ("2002:808:808::", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.31.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),  # where clouds keep credentials
        ("100.64.0.1", False),  # behind a provider's address translation
        ("192.0.0.9", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::8.8.8.8", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("2001:0:808:808::f7f7:f7f7", False),  # Teredo, whatever it embeds
        ("2002:7f00:1::", False),
        ("64:ff9b::127.0.0.1", False),
        ("64:ff9b:1::8.8.8.8", False),
    ],
)
def test_which_addresses_are_public(text: str, public: bool) -> None:
    """Those that Python calls global, less those that carry a private one or that no page can be on."""
    assert private.is_public(ip_address(text)) is public


@pytest.mark.parametrize(
    ("host", "reason", "detail"),
    [
        ("127.0.0.1", "blocked_address", "private address 127.0.0.1"),
        ("127.1", "blocked_address", "private address 127.0.0.1"),
        ("2130706433", "blocked_address", "private address 127.0.0.1"),
        ("0x7f.0.0.0x1", "blocked_address", "private address 127.0.0.1"),
        ("0177.0.0.01", "blocked_address", "private address 127.0.0.1"),
        ("127.0.0.1.", "blocked_address", "private address 127.0.0.1"),
        ("0", "blocked_address", "private address 0.0.0.0"),
        ("[::1]", "blocked_address", "private address ::1"),
        ("[fe80::1%25lo]", "blocked_address", "private address fe80::1%25lo"),
        ("localhost", "blocked_address", "private name localhost"),
        ("A.LocalHost.", "blocked_address", "private name a.localhost"),
        ("wiki.internal", "blocked_address", "private name wiki.internal"),
        ("printer.local", "blocked_address", "private name printer.local"),
        ("router.home.arpa", "blocked_address", "private name router.home.arpa"),
        ("134744072", "url_invalid", "an odd spelling of 8.8.8.8"),
        ("010.8.8.8", "url_invalid", "an odd spelling of 8.8.8.8"),  # to others 10.8.8.8
        ("1.2.3.4.5", "url_invalid", "not an IP address"),
        ("256.1.1.1", "url_invalid", "not an IP address"),
        ("9" * 5000, "url_invalid", "not an IP address"),
        ("%31%32%37.0.0.1.example.org", "url_invalid", "not a host name"),
        ("a..example.org", "url_invalid", "not a host name"),
        ("a" * 64 + ".example.org", "url_invalid", "not a host name"),
        ("me:pw@example.org", "url_invalid", "a user name or password in the address"),
    ],
)
def test_a_host_that_shows_what_it_is(host: str, reason: str, detail: str) -> None:
    """It is refused before its name is looked up."""
    assert private.problem(f"http://{host}:8000/", private.Allowed()) == (reason, detail)


def test_what_allow_private_names_may_be_asked() -> None:
    """Addresses, networks and host names, in a list or between commas."""
    named = guard.allowed(Settings({"ALLOW_PRIVATE": "127.0.0.0/8, ::1,Wiki.Internal"}))
    for host in ("127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "wiki.internal", "WIKI.internal."):
        assert private.problem(f"http://{host}/", named) is None
    for host in ("10.0.0.1", "localhost", "a.wiki.internal", "2130706433", "[::ffff:10.0.0.1]"):
        assert private.problem(f"http://{host}/", named) is not None


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "10.0.0.0/33", "http://wiki/", "wiki:80", "127.1", "a b", "*", ""])
def test_an_entry_of_allow_private_that_cannot_be_read(entry: str) -> None:
    """It is no silent hole, nor a silent nothing."""
    with pytest.raises(UsageError, match="no address, no network and no host name"):
        private.read([entry])


@pytest.mark.parametrize(
    ("contact", "enough"),
    [
        ("https://example.org/crawler", True),
        ("bench@example.org", True),
        ("Jo <jo@example.org>", True),
        ("", False),
        ("  ", False),
        ("example.org", False),
        ("me@home", False),
        ("a@example.org\r\nCookie: x", False),
        ("ä@example.org", False),
    ],
)
def test_a_contact_leads_to_somebody(contact: str, enough: bool) -> None:
    """A mail or web address, of characters that a header may hold."""
    assert (contacts.problem(Settings({"CONTACT": contact})) is None) is enough


def test_without_a_contact_nobody_else_is_asked(tmp_path: Path, site: Site) -> None:
    """Exit 78, no reject, and the same command with a CONTACT goes on; one's own hosts may be asked without it."""
    urls = [f"{site.url}/bridge", "http://nowhere.invalid/"]
    own = ("-s", "ALLOW_PRIVATE=127.0.0.1", "-s", "ROBOTSTXT_OBEY=False")
    ended = crawl(tmp_path, urls, *own)
    assert ended.code == 78
    assert ended.stderr.splitlines()[-2:] == [
        "error: CONTACT is not set",
        "  next: -s CONTACT=https://example.org/our-crawler or a mail address",
    ]
    assert not (tmp_path / "list" / "rejects.jsonl").exists()
    ended = crawl(tmp_path, urls, *own, *CONTACT)
    assert [*ended.pages("list")] == ["bridge"]
    assert ended.rejects("list") == {urls[1]: ("fetch_failed", "host name not found")}


def test_an_unreadable_allow_private_stops_the_crawl(tmp_path: Path, site: Site) -> None:
    """Exit 2, before anything is sent."""
    before = len(site.requests)
    ended = crawl(tmp_path, [f"{site.url}/bridge"], *CONTACT, "-s", "ALLOW_PRIVATE=127.0.0.1,wiki:80")
    assert ended.code == 2
    assert "error: ALLOW_PRIVATE='wiki:80': no address, no network and no host name" in ended.stderr
    assert len(site.requests) == before


def test_a_resolver_that_guards_nothing_stops_the_crawl(tmp_path: Path, site: Site) -> None:
    """Exit 78: half a guard would be believed to be one."""
    before = len(site.requests)
    resolver = ("-s", "TWISTED_DNS_RESOLVER=scrapy.resolver.CachingHostnameResolver")
    ended = crawl(tmp_path, [f"{site.url}/bridge"], *CONTACT, "-s", "ALLOW_PRIVATE=127.0.0.1", *resolver)
    assert ended.code == 78 and "lets names lead to private addresses" in ended.stderr
    assert len(site.requests) == before


def test_names_that_lead_to_private_addresses(tmp_path: Path, canary: Callable[..., Canary]) -> None:
    """Of a name's addresses only those that may be asked are: also when they change behind our look-up."""
    secret = canary("127.0.0.1")
    public = canary("127.0.0.2", secret.port)  # as good as public: ALLOW_PRIVATE names it
    names = {
        "inside.example": [["127.0.0.1"]],
        "inside6.example": [["::1", "fe80::1"]],
        "both.example": [["127.0.0.1", "127.0.0.2"]],
        "rebinds.example": [["127.0.0.2"], ["127.0.0.1"]],
        "named.example": [["127.0.0.3"]],
    }
    named = canary("127.0.0.3", secret.port)
    urls = [f"http://{name}:{secret.port}/page" for name in names]
    allowed = ("-s", "ALLOW_PRIVATE=127.0.0.2,named.example", "-s", "DNSCACHE_ENABLED=False")
    ended = crawl(tmp_path, urls, *CONTACT, *allowed, *ONLY_PAGES, names=names)
    rejects = ended.rejects("list")
    assert secret.asked == []
    assert (public.asked, named.asked) == (["/page"], ["/page"])
    assert rejects == {
        urls[0]: ("blocked_address", "inside.example is 127.0.0.1"),
        urls[1]: ("blocked_address", "inside6.example is fe80::1"),
        urls[3]: ("blocked_address", "rebinds.example is 127.0.0.1"),
    }


def test_behind_a_proxy(tmp_path: Path, canary: Callable[..., Canary]) -> None:
    """The proxy may be private; what it is asked for may not, and names that only it can find are not asked."""
    proxy = canary("127.0.0.1")
    names = {"page.example": [["203.0.114.1"]], "inside.example": [["127.0.0.1"]], "proxy.example": [["127.0.0.1"]]}
    urls = [f"http://{host}/page" for host in (*names, "2130706433", "nowhere.example", "named.example")]
    settings = (*CONTACT, *ONLY_PAGES, "-s", "ALLOW_PRIVATE=named.example")
    ended = crawl(tmp_path, urls, *settings, names=names, http_proxy=f"http://proxy.example:{proxy.port}")
    assert sorted(proxy.asked) == ["http://named.example/page", "http://page.example/page"]
    assert {url: reason for url, (reason, _) in ended.rejects("list").items()} == {
        urls[1]: "blocked_address",
        urls[2]: "blocked_address",
        urls[3]: "blocked_address",
        urls[4]: "fetch_failed",
    }


def test_redirects_and_robots_txt_are_guarded_like_links(tmp_path: Path, canary: Callable[..., Canary]) -> None:
    """Whatever sends the crawler on, the private address is not asked."""
    secret = canary("127.0.0.3")
    hostile = Site()
    to = [("Location", f"http://127.0.0.3:{secret.port}/secret"), *typed("text/html")]
    hostile.answers |= {"/to": Answer(status=302, headers=to), "/robots.txt": Answer(b"")}
    elsewhere = Site()
    elsewhere.answers["/robots.txt"] = Answer(status=302, headers=to)
    urls = [f"{hostile.url}/to", f"{elsewhere.url}/bridge"]
    ended = crawl(tmp_path, urls, *CONTACT, "-s", "ALLOW_PRIVATE=127.0.0.1")
    assert secret.asked == [] and hostile.requests[-1] == "/to" and elsewhere.requests == ["/robots.txt"]
    assert ("blocked_address", "private address 127.0.0.3") in ended.rejects("list").values()


@pytest.mark.parametrize("read", [listings.sitemap, lambda body: listings.feed(body, "http://a.example/")])
def test_a_listing_of_millions_of_elements(read: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as a whole."""
    monkeypatch.setattr(listings, "MOST_ELEMENTS", 10_000)
    assert read(b"<rss><channel>" + b"<a/>" * 9_990) is not None
    with pytest.raises(Refused, match="more than 10,000 elements"):
        read(b"<rss><channel>" + b"<a/>" * 10_000 + b" " * 100_000)


def test_a_sitemap_that_unpacks_to_more_than_it_may() -> None:
    """It is refused, and not silently cut; one that breaks off lists what came before."""
    with pytest.raises(Refused, match="more than 52,428,800 bytes, unpacked"):
        listings.sitemap(BIG_SITEMAP)
    assert listings.sitemap(BIG_SITEMAP[: len(BIG_SITEMAP) // 2]) == ([], ["/a"])


@pytest.mark.parametrize(
    ("spider", "start", "bomb", "headers", "detail"),
    [
        ("site", "/", BIG_SITEMAP, typed("application/gzip"), "a sitemap of more than 52,428,800 bytes, unpacked"),
        ("site", "/", BIG_FILE, typed("text/xml", PACKED), "a sitemap of more than 52,428,800 bytes"),
        ("feed", "/bomb", MANY_ELEMENTS, typed("text/xml", PACKED), "more than 1,000,000 elements"),
    ],
)
def test_a_bomb_in_a_listing_is_a_reject(
    tmp_path: Path, spider: str, start: str, bomb: bytes, headers: list[tuple[str, str]], detail: str
) -> None:
    """`too_large`, with the page beside it stored."""
    town = Site()
    town.answers["/robots.txt"] = Answer(f"Sitemap: {town.url}/bomb".encode(), headers=typed("text/plain"))
    town.answers |= {"/bomb": Answer(bomb, headers=headers), "/": Answer(page("Town"))}
    words = (*QUICK, "-a", f"url={town.url}{start}", "-a", "crawl=town")
    ended = run(tmp_path, spider, *words)
    assert ended.rejects("town") == {f"{town.url}/bomb": ("too_large", detail)}
    assert len(ended.pages("town")) == (spider == "site")
