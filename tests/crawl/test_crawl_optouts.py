"""Signals against keeping a page, against following its links, and against training on it."""

import json
import sys

import pytest
from loopback import ROOT

sys.path.insert(0, str(ROOT))
from bench.survival import robots
from bench.survival.robots import FETCHED, Row
from bench.survival.robots_hosts import Raw, answer
from crawler import optouts, robotstxt, tdmrep
from crawler.optouts import Signals

WEB = "https://example.org"
TDMREP = tdmrep.PATH
NOINDEX = '<meta name="robots" content="noindex">'


@pytest.mark.parametrize(
    ("headers", "refuses", "nofollow"),
    [
        ([], [], False),
        ([("X-Robots-Tag", "noindex")], ["X-Robots-Tag: noindex"], False),
        ([("x-robots-tag", "NoAI, NoImageAI")], ["X-Robots-Tag: noai"], False),  # we keep no images
        ([("X-Robots-Tag", "noimageai")], [], False),
        ([("X-Robots-Tag", "none")], ["X-Robots-Tag: none"], True),
        ([("X-Robots-Tag", "nofollow")], [], True),
        ([("X-Robots-Tag", "all"), ("X-Robots-Tag", "noml;noarchive")], ["noml", "noarchive"], False),
        ([("X-Robots-Tag", "googlebot: noindex, nofollow")], [], False),  # both for another
        ([("X-Robots-Tag", "noai, googlebot: noindex")], ["X-Robots-Tag: noai"], False),
        ([("X-Robots-Tag", "googlebot: noindex, webwinnow: noai")], ["X-Robots-Tag: noai"], False),
        ([("X-Robots-Tag", "WebWinnow:none")], ["X-Robots-Tag: none"], True),
        ([("X-Robots-Tag", "unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT, noai")], ["X-Robots-Tag: noai"], False),
        ([("X-Robots-Tag", "max-snippet:-1, noarchive")], ["X-Robots-Tag: noarchive"], False),
        ([("X-Robots-Tag", "noindexing")], [], False),
        ([("tdm-reservation", "1")], ["tdm-reservation: 1"], False),
        ([("TDM-Reservation", "0")], [], False),
        ([("Content-Usage", "search=y, train-ai=n")], ["Content-Usage: train-ai=n"], False),
        ([("Content-Usage", "train-ai=n;x=1"), ("Content-Usage", "train-ai=y")], [], False),  # the last one counts
        ([("Content-Usage", "train-ai=y"), ("Robots", "noindex")], [], False),
    ],
)
def test_headers(headers: list[tuple[str, str]], refuses: list[str], nofollow: bool) -> None:
    """Those for everyone and those for us."""
    found = optouts.read(headers, b"")
    assert [ours in theirs for ours, theirs in zip(refuses, found.refuses, strict=True)] == [True] * len(refuses)
    assert found.nofollow is nofollow


@pytest.mark.parametrize(
    ("markup", "signals"),
    [
        (NOINDEX, Signals(("meta robots: noindex",))),
        ("<META CONTENT='NOAI,NOFOLLOW' NAME=Robots>", Signals(("meta robots: noai",), True)),
        ("<meta\nname = robots\ncontent = none\n/>", Signals(("meta robots: none",), True)),
        ('<meta name=" webwinnow " content="noml">', Signals(("meta webwinnow: noml",))),
        (NOINDEX + '<meta name="webwinnow" content="all">', Signals(("meta robots: noindex",))),
        ('<meta name="robots" content="index, nofollow">', Signals((), True)),
        ('<meta name="robots" content="a &gt; b, no&#97;i">' + NOINDEX, Signals(("meta robots: noai", "noindex"))),
        ('<meta name="tdm-reservation" content="1">', Signals(("meta tdm-reservation: 1",))),
        ('<meta name="googlebot" content="noindex">', Signals()),
        ('<meta name="robots" content="index, follow"><a rel="nofollow">none</a>', Signals()),
        ('<meta name="description" content="robots: noindex">', Signals()),
        ('<meta property="robots" content="noindex">', Signals()),
        (f"<!-- {NOINDEX} -->", Signals()),
        (f"<script>let a = '{NOINDEX}'</script>", Signals()),
        (f"<title>{NOINDEX}</title>", Signals()),
        (f"<body><textarea>{NOINDEX}</textarea>", Signals()),
        (f"<body><template>{NOINDEX}</template>", Signals()),
        (f"<body><code>{NOINDEX.replace('<', '&lt;')}</code>", Signals()),
        (f"<div>The head ended early</div>{NOINDEX}", Signals(("meta robots: noindex",))),
        (f"<p>丼㱎{NOINDEX}", Signals(("meta robots: noindex",))),  # half of each is a `<` in UTF-16
        ("<p>" + "words " * 50_000 + NOINDEX, Signals()),  # behind all heads
        ("<meta name=robots content=noindex", Signals()),  # no end, no element
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_meta_elements(markup: str, signals: Signals, encoding: str) -> None:
    """As a browser would see them, in any encoding of the web."""
    found = optouts.read([], f"<!DOCTYPE html><html><head>{markup}<p>牛丼</p>".encode(encoding))
    assert [s.split(": ")[-1] for s in found.refuses] == [s.split(": ")[-1] for s in signals.refuses]
    assert found.nofollow is signals.nofollow


@pytest.mark.parametrize(
    ("header", "meta", "refuses"),
    [
        ("1", "0", ()),
        ("0", "1", ("meta tdm-reservation: 1",)),
        ("1", "1", ("meta tdm-reservation: 1",)),
        ("1", None, ("tdm-reservation: 1",)),
    ],
)
def test_the_page_outdoes_its_headers(header: str, meta: str | None, refuses: tuple[str, ...]) -> None:
    """The TDM reservation protocol lets the more specific speak."""
    body = f'<meta name="tdm-reservation" content="{meta}">' if meta else "<p>"
    assert optouts.read([("tdm-reservation", header)], body.encode()).refuses == refuses


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 1000, b"\xff\xfe", b"<!-- <meta name=robots content=noindex> -->", b"<"]
)
def test_a_page_that_is_none_says_nothing(body: bytes) -> None:
    """And breaks nothing."""
    assert optouts.read([], body) == Signals()


@pytest.mark.parametrize(
    ("lines", "reservation"),
    [
        ("Content-Signal: ai-train=no", "Content-Signal: ai-train=no"),
        ("Content-Signal: search=yes, ai-train = No, ai-input=no", "Content-Signal: ai-train=no"),
        ("content-usage: train-ai=n", "Content-Usage: train-ai=n"),
        ("Content-Usage: /a/ train-ai=n", "Content-Usage: train-ai=n"),
        ("Content-Usage: train-ai=n\nContent-Usage: /a/ train-ai=y", None),  # the longer path
        ("Content-Usage: /b/ train-ai=n", None),
        ("Content-Signal: ai-train=yes", None),
        ("Content-Signal: search=no", None),
        ("User-agent: webwinnow\nDisallow:\nUser-agent: *\nContent-Signal: ai-train=no", None),  # not said to us
    ],
)
def test_what_robots_txt_says_of_training(lines: str, reservation: str | None) -> None:
    """By Content-Signal and Content-Usage lines, for the group they stand in."""
    rules = robotstxt.read(f"User-agent: *\n{lines}".encode(), "webwinnow")
    assert (rules.reservation if rules.reserves(f"{WEB}/a/page") else None) == reservation
    assert rules.allows(f"{WEB}/a/page")


@pytest.mark.parametrize(
    ("entries", "reserved"),
    [
        ([{"location": "/", "tdm-reservation": 1}], True),
        ([{"location": "/a/*.html$", "tdm-reservation": 1, "tdm-policy": "https://example.org/policy"}], True),
        ([{"location": "/", "tdm-reservation": 1}, {"location": "/a/", "tdm-reservation": 0}], False),
        ([{"location": "/a/", "tdm-reservation": 0}, {"location": "/a/", "tdm-reservation": "1"}], True),
        ([{"location": "/b", "tdm-reservation": 1}], False),
        ({"location": "/", "tdm-reservation": 1}, True),  # a list of one, as people write it
        ([{"location": "/b\nDisallow: /", "tdm-reservation": 1}], False),
        ([{"location": "/b#", "tdm-reservation": 1}, {"location": 1}, {"tdm-reservation": 1}, [], None], False),
        ("reserved", False),
        (None, False),
    ],
)
def test_what_tdmrep_json_reserves(entries: object, reserved: bool) -> None:
    """Paths with wildcards, as in robots.txt; what is no entry is passed over."""
    found = tdmrep.read(json.dumps(entries).encode())
    assert found.can_fetch(f"{WEB}/a/page.html", "*") is not reserved


@pytest.mark.parametrize("body", [b"", b"<html>not here</html>", b"[" * 100_000, b"\xff\xfe\x00", b"[1e999999]"])
def test_a_tdmrep_json_that_is_none_reserves_nothing(body: bytes) -> None:
    """Many hosts answer with a page of their own."""
    assert tdmrep.read(body).can_fetch(f"{WEB}/a", "*")


SHUT = json.dumps([{"location": "/page/shut", "tdm-reservation": 1}]).encode()
SIGNAL = b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n"


def _row(name: str, answers: dict[str, Raw], open_page: str = FETCHED, shut_page: str = FETCHED) -> Row:
    return Row(name, answers, open_page, shut_page)


HOSTS = (
    _row("tdmrep.json", {TDMREP: answer(200, SHUT)}, FETCHED, "opt_out"),
    _row("tdmrep.json moved", {TDMREP: Raw(b"HTTP/1.1 301 Moved\r\nLocation: /t\r\n\r\n"), "/t": answer(200, SHUT)},
         FETCHED, "opt_out"),
    _row("tdmrep.json with 404", {TDMREP: answer(404, SHUT)}),
    _row("tdmrep.json with 503", {TDMREP: answer(503, SHUT)}),
    _row("tdmrep.json times out", {TDMREP: Raw(b"", "hang")}),
    _row("tdmrep.json too large", {TDMREP: answer(200, SHUT + b" " * 2_000_000)}),
    _row("tdmrep.json behind robots.txt", {"/robots.txt": answer(200, b"User-agent: *\nDisallow: /.well-known/"),
                                           TDMREP: answer(200, SHUT)}),
    _row("Content-Signal", {"/robots.txt": answer(200, SIGNAL)}, "opt_out", "opt_out"),
)  # fmt: skip


def test_what_a_host_reserves_is_never_asked_for() -> None:
    """A file that cannot be read reserves nothing, and holds up no page for good."""
    outcomes = robots.crawl(HOSTS)
    assert {name: (found.open, found.shut, found.crossed) for name, found in outcomes.items()} == {
        row.name: (row.open, row.shut, 0) for row in HOSTS
    }
    assert outcomes["tdmrep.json"].details == ("tdmrep.json: tdm-reservation: 1",)
    assert set(outcomes["Content-Signal"].details) == {"robots.txt: Content-Signal: ai-train=no"}


def test_opt_outs_that_are_not_obeyed() -> None:
    """OBEY_OPT_OUTS=False fetches all, but for what robots.txt forbids."""
    rules = answer(200, SIGNAL + b"Disallow: /page/shut")
    hosts = (HOSTS[0], _row("both", {"/robots.txt": rules}))
    outcomes = robots.crawl(hosts, OBEY_OPT_OUTS="False")
    assert [(found.open, found.shut) for found in outcomes.values()] == [
        (FETCHED, FETCHED),
        (FETCHED, "robots_disallowed"),
    ]
