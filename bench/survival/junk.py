"""Bad input for a crawl: lists, sitemaps and feeds full of junk, and servers that answer as none should.

Each must give a reject with its reason, or one clear message; and the good page beside it is stored.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import crawling, junk_site
from bench.survival.figures import Figure

LONG = 120.0
MOST_WORDS = 2_000  # of a message
_LONG_LINE = 10_000_000
_SHOWN = 200  # characters of an address by which it is known


@dataclass(frozen=True)
class Case:
    """A crawl, the paths it must store, the reasons of its rejects by address, and its end.

    {site} is the site's address; a reason may be one of two.
    """

    name: str
    spider: str
    given: str  # url=… or file=…
    stored: tuple[str, ...] = ()
    rejects: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    says: str = ""  # stands in the message
    lines: bytes = b""  # of the file


_NO_HOST = "url_invalid|fetch_failed"
_HTTP = {
    "/loop/a": "too_many_redirects",
    "/to-junk": "url_invalid|fetch_failed",
    "/long-header": "fetch_failed",
    "/longer": "fetch_failed",
    "/no-length": "fetch_failed",
    "/two-lengths": "fetch_failed",
    "/chunks": "fetch_failed",
    "/half-chunk": "fetch_failed",
    "/no-http": "fetch_failed",
    "/not-gzip": "fetch_failed",
    "/nothing": "fetch_failed",
    "/dribble": "fetch_failed",
    "/headers": "fetch_failed",
}
_LINES = {
    "../../etc": "scheme_not_allowed",
    "file:///etc/passwd": "scheme_not_allowed",
    "http://../../etc": _NO_HOST,
    "http://[": "url_invalid",
    "http://a b/": _NO_HOST,
    "http://user:word@127.0.0.1/": "url_invalid",
    "http://127.0.0.1:99999/": "url_invalid",
    "\x00\x01\x7f": "scheme_not_allowed",
    "just some words": "scheme_not_allowed",
}
_FEED = {"file:///etc/passwd": "scheme_not_allowed", "http://[": "url_invalid", "http://../../etc": _NO_HOST}
CASES = (
    Case(
        "answers that break the rules of HTTP",
        "site",
        "url={site}/",
        ("/", "/many", "/good/near", "/good/far"),
        {f"{{site}}{path}": reason for path, reason in _HTTP.items()},
        3,
        "more than MAX_ERRORS",
    ),
    Case(
        "a list with junk lines, one of 10 MB",
        "urls",
        "file=junk.txt",
        ("/good/1", "/good/2"),
        {**_LINES, "\ufffd\ufffdPNG": "scheme_not_allowed", "a" * _LONG_LINE: "scheme_not_allowed"},
        lines=b"{site}/good/1\n\n   \n\t\n# mine\n\xff\xfePNG\n"
        + "".join(f"{line}\n" for line in _LINES).encode()
        + b"a" * _LONG_LINE
        + b"\n{site}/good/2",
    ),
    Case(
        "a feed with relative and file: links",
        "feed",
        "url={site}/feed.xml",
        ("/good/a", "/good/b", "/good/c"),
        _FEED,
    ),
    Case("a feed that is HTML", "feed", "url={site}/feed.html", code=69, says="nothing was fetched"),
    Case("a feed that is an XML bomb", "feed", "url={site}/bomb.xml", code=69, says="nothing was fetched"),
    Case("a list of nothing", "urls", "file=junk.txt", code=69, says="nothing was fetched", lines=b"\n\n# mine\n"),
    Case("a host name ../../etc", "site", "url=http://../../etc", (), {"http://../../etc": _NO_HOST}, 69, "next:"),
    Case("no address", "site", "url=../../etc", code=2, says="next:"),
    Case("no list", "urls", "file=../../no-such-file", code=2, says="next:"),
)


def measure(size: str) -> Iterator[Figure]:
    patience = 1 if size == "minute" else 3  # seconds
    with tempfile.TemporaryDirectory(prefix="winnow-junk-") as folder, junk_site.serve() as port:
        crawling.warm(Path(folder))
        for number, case in enumerate(CASES):
            yield _figure(case, Path(folder) / str(number), f"http://127.0.0.1:{port}", patience)


def _figure(case: Case, folder: Path, site: str, patience: int) -> Figure:
    folder.mkdir()
    if case.lines:
        (folder / "junk.txt").write_bytes(case.lines.replace(b"{site}", site.encode()))
    given = case.given.replace("{site}", site).replace("file=", f"file={folder}/")
    words = ["crawl", case.spider, "-a", given, "-a", f"crawl={crawling.NAME}", "-s", f"RAW_DIR={folder}"]
    words += [*crawling.ROBOT, *crawling.FAST, "-s", f"DOWNLOAD_TIMEOUT={patience}"]
    ended = crawling.begin(words, folder).wait(LONG)
    kept = crawling.kept(folder / crawling.NAME)
    complaints = []
    if (
        ended.code != case.code
        or case.says not in ended.err
        or len(ended.err) > MOST_WORDS
        or "Traceback" in ended.err
    ):
        complaints.append(f"{ended.told} (asked for: exit {case.code} {case.says!r})")
    stored = sorted(crawling.place(url) for url in kept.pages.elements())
    if stored != sorted(case.stored):
        complaints.append(f"stored {stored}, and not {sorted(case.stored)}")
    complaints += _wrong(case, kept.rejects, site)
    return Figure(
        case.name,
        f"exit {case.code}, {len(case.stored)} pages, {len(case.rejects)} rejects with their reasons, no traceback",
        f"exit {ended.code}, {len(stored)} pages, {kept.rejects.total()} rejects, {ended.seconds:.0f} s"
        + (f"; {len(complaints)} complaints: {'; '.join(complaints)[:900]}" if complaints else ""),
        not complaints,
    )


def _wrong(case: Case, rejects: Counter[tuple[str, str]], site: str) -> list[str]:
    """Rejects that are missing, doubled, for another reason, or of no address that was given."""
    wanted = {url.replace("{site}", site)[:_SHOWN]: reason.split("|") for url, reason in case.rejects.items()}
    found = Counter(url[:_SHOWN] for url, _ in rejects.elements())
    complaints = [
        f"{found[url]} rejects of {url[:60]!r}" for url in {*wanted, *found} if found[url] != (url in wanted)
    ]
    return complaints + [
        f"reject of {url[:60]!r} for {reason}"
        for url, reason in rejects
        if url[:_SHOWN] in wanted and reason not in wanted[url[:_SHOWN]]
    ]
