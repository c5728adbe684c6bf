"""How a crawl ends: exit codes, messages, and what a kill or a full disk leaves behind."""

import contextlib
import os
import pty
import re
import resource
import signal
from pathlib import Path

import pytest
from loopback import ROOT, Site, finish, impostor, run, start, stored_so_far, wait_until
from scrapy.settings import Settings, default_settings

from cleaners.errors import UsageError
from crawler import arguments, settings
from crawler.commands.crawl import NEXT_STEPS
from crawler.items import REASONS

NOWHERE = "http://127.0.0.1:9/"  # the discard port: nothing listens


def test_a_host_that_does_not_answer(tmp_path: Path) -> None:
    """Exit 69, saying what was tried, why nothing came and what to do."""
    crawl = run(tmp_path, "site", "-a", f"url={NOWHERE}")
    assert crawl.code == 69
    assert crawl.stderr.splitlines()[-3:] == [
        f"stored 0 pages in {tmp_path}/127.0.0.1_9, 1 failed (why: {tmp_path}/127.0.0.1_9/rejects.jsonl)",
        f"error: nothing was fetched from {NOWHERE}: robots.txt: connection refused (1 request)",
        "  next: see that the host answers and serves its robots.txt, then run the same command again",
    ]


def test_a_certificate_that_proves_nothing(tmp_path: Path) -> None:
    """The page is not fetched, and standard error stays readable."""
    port = impostor(tmp_path)
    crawl = run(tmp_path, "feed", "-a", f"url=https://localhost:{port}/", "-s", "RETRY_ENABLED=False")
    assert crawl.code == 69
    assert crawl.rejects(f"localhost_{port}") == {
        f"https://localhost:{port}/": ("tls_invalid", "certificate verify failed")
    }


def test_pages_that_robots_txt_forbids(site: Site, tmp_path: Path) -> None:
    """Exit 69: obeying is no error of the crawler, but whoever scheduled it must learn that nothing came."""
    addresses = tmp_path / "private.txt"
    addresses.write_text(f"{site.url}/private/1\n{site.url}/private/2\n{site.url}/lost\n")
    crawl = run(tmp_path, "urls", "-a", f"file={addresses}")
    assert crawl.code == 69
    assert crawl.stderr.splitlines()[1:] == [
        f"error: nothing was fetched from {addresses}: robots.txt forbids it (2 requests), 404 Not Found (1 request)",
        "  next: the host asks crawlers to stay out: choose other pages, or ask its owner",
    ]


def test_an_empty_list(tmp_path: Path) -> None:
    """Exit 69, and no segment: an archive without pages is not written."""
    (tmp_path / "none.txt").write_text("# later\n\n")
    crawl = run(tmp_path, "urls", "-a", f"file={tmp_path / 'none.txt'}")
    assert crawl.code == 69
    assert crawl.stderr.splitlines() == [
        f"stored 0 pages in {tmp_path}/none, 0 failed",
        f"error: nothing was fetched from {tmp_path}/none.txt: it lists no pages",
        "  next: give a feed (RSS, Atom) or a list with one address a line that holds at least one",
    ]
    assert not list(tmp_path.glob("none/*.warc.gz"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            "site",
            "error: spider 'site' needs the argument 'url'\n  next: scrapy crawl site -a url=https://example.org/\n",
        ),
        (
            "sites",
            "error: no spider 'sites'\n  next: choose from feed, site, urls, as in: scrapy crawl site -a url=…\n",
        ),
    ],
)
def test_a_command_line_that_cannot_be_used(tmp_path: Path, command: str, message: str) -> None:
    """Exit 2 with what is wrong and what would be right, and no folder is made."""
    crawl = run(tmp_path / "raw", command)
    assert (crawl.code, crawl.stderr) == (2, message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        ("url", {"url": "example.org"}, "url=example.org: not an http or https address"),
        ("url", {"url": "file:///etc/passwd"}, "url=file:///etc/passwd: not an http or https address"),
        ("url", {"url": "http://me:pw@example.org/"}, "a user name or password in the address"),
        ("url", {"url": "http://a/", "limit": "0"}, "limit=0: not a number of pages"),
        ("url", {"url": "http://a/", "limit": "many"}, "limit=many: not a number of pages"),
        (
            "url",
            {"url": "http://a/", "limt": "5"},
            "has no argument 'limt'\n  next: choose from url, limit, crawl",
        ),
        ("url", {"url": "http://a/", "crawl": ".."}, "crawl=..: no letter or digit to name a folder by"),
        ("file", {"file": "no/such.txt"}, "file=no/such.txt: no such file"),
    ],
)
def test_an_argument_that_cannot_be_used(source: str, given: dict[str, str], message: str) -> None:
    """Each is refused before anything is fetched."""
    with pytest.raises(UsageError) as refused:
        arguments.read("any", source, given)
    assert message in str(refused.value)


def test_a_folder_that_cannot_be_made(site: Site, tmp_path: Path) -> None:
    """Exit 73, and not one request is sent."""
    (tmp_path / "taken").write_text("a file, not a folder")
    before = len(site.requests)
    crawl = run(tmp_path / "taken", "site", "-a", f"url={site.url}/")
    assert crawl.code == 73
    assert crawl.stderr.splitlines() == [
        f"error: cannot write to {tmp_path}/taken/{site.folder}: Not a directory",
        "  next: give another place: -s RAW_DIR=folder",
    ]
    assert len(site.requests) == before


def test_a_full_disk(slow_list: Path, tmp_path: Path) -> None:
    """Exit 74: the crawl stops; with room again, the same command goes on, and nothing is lost or fetched twice."""

    def leave_little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    crawl = run(tmp_path, "urls", "-a", f"file={slow_list}", preexec_fn=leave_little_room)
    assert crawl.code == 74
    error, next_step = crawl.stderr.splitlines()
    assert error == f"error: cannot store pages in {tmp_path}/slow: disk I/O error"
    assert next_step.startswith("  next: make room")
    stored = stored_so_far(tmp_path, "slow")
    assert stored > 0
    crawl = run(tmp_path, "urls", "-a", f"file={slow_list}", "-a", "limit=20")
    assert crawl.code == 0
    assert set(crawl.pages("slow")) == {f"slow/{number}" for number in range(stored + 20)}


def test_a_second_crawl_into_the_same_folder_and_ctrl_c(site: Site, slow_list: Path, tmp_path: Path) -> None:
    """The second: exit 75, naming the first. The first, at Ctrl-C: stops soon, seals, exit 130."""
    first = start(tmp_path, "urls", "-a", f"file={slow_list}")
    wait_until(lambda: stored_so_far(tmp_path, "slow") > 0)
    second = run(tmp_path, "site", "-a", f"url={site.url}/", "-a", "crawl=slow")
    first.send_signal(signal.SIGINT)
    crawl = finish(first, tmp_path)
    assert second.code == 75
    what, next_step = second.stderr.splitlines()
    assert what.startswith(f"error: another crawl writes to {tmp_path}/slow: pid {first.pid} on ")
    assert next_step == "  next: wait for it to end, or give this one a name of its own: -a crawl=NAME"
    assert crawl.code == 130
    assert 0 < len(crawl.pages("slow")) < 2000
    stored, left = len(crawl.pages("slow")), "left: the same command goes on with them"
    assert re.fullmatch(
        rf"stored {stored} pages in {tmp_path}/slow, 0 failed, [\d,]+ addresses {left}\n", crawl.stderr
    )


def test_sigterm(slow_list: Path, tmp_path: Path) -> None:
    """Exit 143, soon; what was fetched is sealed."""
    crawl = start(tmp_path, "urls", "-a", f"file={slow_list}")
    wait_until(lambda: stored_so_far(tmp_path, "slow") > 0)
    crawl.send_signal(signal.SIGTERM)
    ended = finish(crawl, tmp_path)
    assert ended.code == 143
    assert ended.pages("slow")


def test_the_settings_are_names_that_scrapy_knows_and_safe_values() -> None:
    """A misspelt setting is silent in Scrapy; an unsafe one is, too."""
    known = set(Settings()) | {
        "RAW_DIR",
        "CONTACT",
        "ALLOW_PRIVATE",
        "OBEY_OPT_OUTS",
        "LONGEST_CRAWL_DELAY",
        "MAX_ERRORS",
        "SHARD",
    }
    assert {name for name in vars(settings) if name.isupper()} <= known
    assert settings.ROBOTSTXT_OBEY and settings.DOWNLOAD_VERIFY_CERTIFICATES
    assert not any(settings.DOWNLOAD_HANDLERS.values())
    assert {"file", "data", "ftp", "s3"} == set(settings.DOWNLOAD_HANDLERS)
    off = ("TELNETCONSOLE", "REMOTE_CONTROL", "COOKIES", "HTTPCACHE", "METAREFRESH")
    assert not any(getattr(settings, f"{name}_ENABLED") for name in off)
    assert settings.CONCURRENT_REQUESTS_PER_DOMAIN == 1 and settings.DOWNLOAD_DELAY >= 1


def test_too_many_errors(site: Site, tmp_path: Path) -> None:
    """Exit 3: pages were stored, but most addresses failed for reasons that may pass. A 404 is no such reason."""
    addresses = tmp_path / "list.txt"
    lost = [f"{site.url}/lost?{number}" for number in range(5)]
    addresses.write_text("\n".join([f"{site.url}/bridge", NOWHERE, f"{NOWHERE}2", *lost]))
    crawl = run(tmp_path, "urls", "-a", f"file={addresses}")
    assert crawl.code == 3
    assert crawl.stderr.splitlines()[1:] == [
        "error: 2 of 3 addresses could not be fetched: more than MAX_ERRORS",
        f"  next: see {tmp_path}/list/rejects.jsonl; the next round asks for them again",
    ]
    assert run(tmp_path, "urls", "-a", f"file={addresses}", "-s", "MAX_ERRORS=0.7").code == 0


def test_a_terminal_shows_how_far_the_crawl_is(slow_list: Path, tmp_path: Path) -> None:
    """One line, written over; a file or a pipe gets none."""
    ours, theirs = pty.openpty()
    crawl = start(tmp_path, "urls", "-a", f"file={slow_list}", "-a", "limit=50", stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while chunk := os.read(ours, 1000):
            shown += chunk
    assert crawl.wait() == 0
    os.close(ours)
    lines = shown.decode().split("\r\x1b[K")
    assert re.fullmatch(r"\d+ stored, 0 unchanged, 0 failed, \d under way, 1,\d+ waiting", lines[1])
    assert lines[-1].startswith("stored 50 pages in ")


def test_every_setting_of_ours_is_documented() -> None:
    """With its name; those of Scrapy that matter are, too."""
    guide = (ROOT / "docs" / "crawling.md").read_text("utf-8")
    for setting in set(vars(settings)) - set(vars(default_settings)):
        assert not setting.isupper() or f"`{setting}`" in guide or f"-s {setting}=" in guide, setting


def test_every_reason_has_a_next_step() -> None:
    """Whatever a crawl failed of, its message says how to go on."""
    assert set(NEXT_STEPS) == set(REASONS)


def test_every_reason_is_documented() -> None:
    """In the words of the code."""
    guide = (ROOT / "docs" / "crawling.md").read_text("utf-8")
    for reason, meaning in REASONS.items():
        assert f"| `{reason}` | {meaning} |" in guide
