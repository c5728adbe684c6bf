"""A small invented site on the loopback interface, and `scrapy crawl` as a process of its own."""

import contextlib
import gzip
import http.server
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from warcio.archiveiterator import ArchiveIterator

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False")
OURS = ("-s", "ALLOW_PRIVATE=127.0.0.0/8,::1,localhost", "-s", "CONTACT=https://crawl.example/")


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("Content-Type", "text/html")])
    delay: float = 0.0


def page(title: str, *links: str) -> bytes:
    anchors = "".join(f'<a href="{link}">more</a>' for link in links)
    return f"<!DOCTYPE html><html><title>{title}</title><p>{title}.</p>{anchors}</html>".encode()


def typed(kind: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Content-Type", kind), *more]


def redirect(to: str) -> Answer:
    return Answer(status=302, headers=[("Location", to)])


# Followed; then followed and rejected; then not followed.
TOWN_LINKS = (
    *("/bridge#top", "/moved", "/packed", "/untyped", "/broken-base"),
    *("/lost", "/picture", "/private/a", "/itself", "/round/", "/away"),
    *("/map.pdf", "mailto:a@b.example", "http://elsewhere.example/"),
)
PACKED = page("The ferry timetable")
LATIN1 = "<html><title>Fährhaus</title><p>Das Fährhaus öffnet.</p></html>".encode("iso-8859-1")


class Site:
    """The invented town's website."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.agents: set[str] = set()
        self.statuses: list[tuple[str, int]] = []  # in the order of the answers
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = f"127.0.0.1_{self.port}"
        self.answers = self._answers()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, path: str) -> Answer:
        if path.startswith("/slow/"):
            return Answer(page(f"Slow {path}"), delay=0.05)
        if path.startswith("/round/"):
            return redirect(path + "0")
        return self.answers.get(path, Answer(b"<p>no such page", 404))

    def _answers(self) -> dict[str, Answer]:
        xml = typed("application/xml")
        index = self._index("sitemapindex", "sitemap", "/pages.xml.gz", "/gone.xml")
        pages = gzip.compress(self._index("urlset", "url", "/bridge", "/latin1", "/private/diary"))
        cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        return {
            "/robots.txt": Answer(self._robots(), headers=typed("text/plain")),
            "/index.xml": Answer(index, headers=xml),
            "/pages.xml.gz": Answer(pages, headers=typed("application/gzip")),
            "/": Answer(page("Town", *TOWN_LINKS)),
            "/bridge": Answer(page("The bridge opens"), headers=typed("text/html; charset=utf-8", *cookies)),
            "/latin1": Answer(LATIN1, headers=typed("text/html; charset=iso-8859-1")),
            "/moved": redirect("/library"),
            "/library": Answer(page("The library", "/")),
            "/broken-base": Answer(b"<html><base href='http://['><a href='bridge'>The bridge</a></html>"),
            "/picture": Answer(PNG, headers=typed("image/png\x1b[31m")),
            "/packed": Answer(gzip.compress(PACKED), headers=typed("text/html", ("Content-Encoding", "gzip"))),
            "/untyped": Answer(page("Untyped"), headers=[]),
            "/itself": redirect("/itself"),
            "/away": redirect(f"http://localhost:{self.port}/bridge"),
            "/to-file": redirect("file:///etc/passwd"),
            "/huge": Answer(page("Huge" * 50_000)),
            "/huge-packed": Answer(
                gzip.compress(page("Huge" * 50_000)), headers=typed("text/html", ("Content-Encoding", "gzip"))
            ),
            "/news.rss": Answer(self._rss(), headers=typed("application/rss+xml")),
            "/news.atom": Answer(self._atom(), headers=typed("application/atom+xml")),
        }

    def _robots(self) -> bytes:
        return f"User-agent: webwinnow\nDisallow: /private/\nSitemap: {self.url}/index.xml\n".encode()

    def _index(self, root: str, entry: str, *paths: str) -> bytes:
        entries = "".join(f"<{entry}><loc>{self.url}{path}</loc></{entry}>" for path in paths)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f'<?xml version="1.0"?><{root} xmlns="{namespace}">{entries}</{root}>'.encode()

    def _rss(self) -> bytes:
        items = f"<item><link>/bridge</link></item><item><guid>{self.url}/library</guid></item><item><link>http://[</link></item>"
        return f'<rss version="2.0"><channel><link>{self.url}/</link>{items}</channel></rss>'.encode()

    def _atom(self) -> bytes:
        entry = '<entry><link rel="self" href="/x.atom"/><link rel="alternate" href="/library"/></entry>'
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/>{entry}</feed>'.encode()


def _handler(site: Site) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append(self.path)
            site.agents.add(self.headers["User-Agent"])
            answer = site.answer(self.path)
            time.sleep(answer.delay)
            tag = dict(answer.headers).get("ETag")
            if tag and self.headers["If-None-Match"] == tag:
                answer = Answer(status=304, headers=[("ETag", tag)])
            site.statuses.append((self.path, answer.status))
            self.send_response(answer.status)
            for header in answer.headers:
                self.send_header(*header)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a crawl may be killed, or may have had enough
                self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def impostor(folder: Path) -> int:
    """The port of an https server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "impostor")])
    today = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), 1, today, today + timedelta(days=1))
    certificate = unsigned.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "impostor.pem").write_bytes(secret + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "impostor.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


@dataclass
class Crawl:
    """A finished crawl: what it said, and what it left in RAW_DIR."""

    code: int
    stderr: str
    raw: Path

    def records(self, folder: str) -> list[Any]:
        """All records of the sealed segments, with their bodies as `body`."""
        found = []
        for segment in sorted((self.raw / folder).glob("seg-*.warc.gz")):
            with segment.open("rb") as stream:
                for record in ArchiveIterator(stream, check_digests="raise"):
                    record.body = record.content_stream().read()
                    found.append(record)
        return found

    def kept(self, folder: str) -> Counter[str]:
        """How often each page is stored, by the path of its address."""
        found = [record for record in self.records(folder) if record.rec_type == "response"]
        return Counter(record.rec_headers["WARC-Target-URI"].split("/", 3)[3] for record in found)

    def pages(self, folder: str) -> dict[str, Any]:
        """The stored pages by the path (and query) of their address."""
        found = [record for record in self.records(folder) if record.rec_type == "response"]
        pages = {record.rec_headers["WARC-Target-URI"].split("/", 3)[3]: record for record in found}
        assert len(pages) == len(found), "a page is stored twice"
        return pages

    def rejects(self, folder: str) -> dict[str, tuple[str, str]]:
        lines = (self.raw / folder / "rejects.jsonl").read_text("utf-8").splitlines()
        return {row["url"]: (row["reason"], row["detail"]) for row in map(json.loads, lines)}


def stored_so_far(raw: Path, folder: str) -> int:
    """Pages that a running, or a killed, crawl has put into its frontier."""
    frontier = raw / folder / "_frontier.sqlite"
    if not frontier.exists():
        return 0
    with contextlib.closing(sqlite3.connect(frontier)) as db, contextlib.suppress(sqlite3.OperationalError):
        row = db.execute("SELECT value FROM state WHERE name = 'pages'").fetchone()
        return int(row[0]) if row else 0
    return 0


def start(raw: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scrapy", "crawl", *FAST, *OURS, "-s", f"RAW_DIR={raw}", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["PYTHONPATH"] = str(Path(__file__).parent / "spiders")
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **(pipes | options))


def finish(process: subprocess.Popen[str], raw: Path, text: str | None = None) -> Crawl:
    _, stderr = process.communicate(text, timeout=60)
    assert "Traceback" not in stderr, stderr
    return Crawl(process.returncode, stderr, raw)


def run(raw: Path, *arguments: str, text: str | None = None, **options: Any) -> Crawl:
    if text is not None:
        options["stdin"] = subprocess.PIPE
    return finish(start(raw, *arguments, **options), raw, text)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
