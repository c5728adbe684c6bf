"""The canary, which counts whoever comes to it, and the hostile site, which sends crawlers there by every route."""

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

CANARY_HOSTS = ("127.0.0.1", "127.0.0.3", "::1")
HOSTILE_HOST = "127.0.0.2"
HOSTILE_NETWORK = "127.0.1.0/24"  # hosts whose robots.txt leads to the canary; one for each address
# In the paths that the canary counts, with hyphens.
ROUTES = ("start", "redirect", "chain", "link", "sitemap", "index", "sitemap line", "feed", "robots.txt")


class Canary:
    """Two ports on private addresses. Connections count, and so does each path that was asked for."""

    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.connections = 0
        self.ports = _free_ports(2)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if path := await _asked(reader):
            self.paths[path[1]] += 1
        await _send(writer, "200 OK", b"<!doctype html><title>Secret</title><p>secret", "text/html")


class Hostile:
    """Its pages by path; `addresses` are the canary's, each with `ROUTE` where its path shall name the route."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses
        self.paths: Counter[str] = Counter()
        (self.port,) = _free_ports(1)

    def to(self, route: str) -> list[str]:
        return [address.replace("ROUTE", route.replace(" ", "-")) for address in self.addresses]

    def url(self, path: str) -> str:
        return f"http://{HOSTILE_HOST}:{self.port}{path}"

    def hosts(self) -> list[str]:
        return [f"127.0.1.{number}" for number in range(1, len(self.addresses) + 1)]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if found := await _asked(reader):
            host, path = found
            self.paths[path.split("/")[1]] += 1
            if host.startswith("127.0.1.") and path == "/robots.txt":
                await _redirect(writer, self.to("robots.txt")[int(host.split(".")[3]) - 1])
            elif path.startswith("/redirect/"):
                await _redirect(writer, self.to(path.split("/")[2])[int(path.split("/")[3])])
            elif path.startswith("/chain/"):
                await _redirect(writer, self.url(f"/redirect/chain/{path.split('/')[2]}"))
            else:
                await _send(writer, "200 OK", *self.page(path))
        writer.close()

    def page(self, path: str) -> tuple[bytes, str]:
        """Body and type."""
        numbers = range(len(self.addresses))
        if path == "/robots.txt":
            lines = [f"Sitemap: {url}" for url in (self.url("/index.xml"), *self.to("sitemap line"))]
            return "\n".join(lines).encode(), "text/plain"
        if path == "/index.xml":
            return _listing("sitemapindex", "sitemap", [self.url("/pages.xml"), *self.to("index")])
        if path == "/pages.xml":
            inside = [self.url(f"/redirect/sitemap/{number}") for number in numbers]
            return _listing("urlset", "url", [*inside, *self.to("sitemap")])
        if path == "/feed.xml":
            items = "".join(f"<item><link>{escape(url)}</link></item>" for url in self.to("feed"))
            return f"<rss><channel>{items}</channel></rss>".encode(), "application/rss+xml"
        links = [f"/redirect/link/{number}" for number in numbers] + self.to("link")
        anchors = "".join(f'<a href="{escape(url)}">more</a>' for url in links if path == "/")
        return f"<!doctype html><title>Hostile</title><p>page{anchors}".encode(), "text/html"


@contextlib.contextmanager
def serving(canary: Canary, hostile: Hostile) -> Iterator[None]:
    """Serves both from a thread until the block ends."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    servers: list[asyncio.Server] = []

    async def begin() -> None:
        for port in canary.ports:
            servers.append(await asyncio.start_server(canary.answer, CANARY_HOSTS, port))
        servers.append(await asyncio.start_server(hostile.answer, [HOSTILE_HOST, *hostile.hosts()], hostile.port))
        ready.set()

    def end() -> None:
        for server in servers:
            server.close()
        loop.stop()

    def run() -> None:
        loop.run_until_complete(begin())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the canary does not start: this machine lacks a loopback address")
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end)
        thread.join(5)


async def _asked(reader: asyncio.StreamReader) -> tuple[str, str] | None:
    """Host and path of a request; None for what is none, such as the begin of TLS."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).decode("latin-1").split("\r\n")
        hosts = [line[5:].strip() for line in head if line.lower().startswith("host:")]
        if hosts and len(words := head[0].split(" ")) == 3:
            return hosts[0].partition(":")[0], words[1]
    return None


async def _send(writer: asyncio.StreamWriter, status: str, body: bytes, kind: str, more: str = "") -> None:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
    )
    with contextlib.suppress(OSError):
        writer.write(head.encode("utf-8") + body)
        await writer.drain()
        writer.close()


async def _redirect(writer: asyncio.StreamWriter, to: str) -> None:
    await _send(writer, "302 Found", b"", "text/html", f"Location: {to}\r\n")


def _listing(root: str, entry: str, urls: Sequence[str]) -> tuple[bytes, str]:
    entries = "".join(f"<{entry}><loc>{escape(url)}</loc></{entry}>" for url in urls)
    return f"<{root}>{entries}</{root}>".encode(), "application/xml"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("0.0.0.0", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
