"""The site that the bench crawls: a process of its own on the loopback interface, with a log of all requests."""

import asyncio
import contextlib
import functools
import hashlib
import mmap
import multiprocessing
import os
import secrets
import signal
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from multiprocessing.connection import Connection
from typing import Any

from bench.survival import crawl_pages, launch
from bench.survival.crawl_pages import Plan, State

_STALL_SECONDS = 0.2
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Asked:
    """One request and its answer. `status` is 0 where none was sent; `sent`: bytes of the body."""

    host: str
    path: str
    status: int
    conditional: bool
    sent: int


@dataclass(frozen=True)
class Site:
    """The running site, seen from the bench."""

    plan: Plan
    port: int
    link: "Connection[Any, Any]"
    count: mmap.mmap

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def requests(self) -> int:
        """How many have come since the start."""
        return int(struct.unpack("Q", self.count[:8])[0])

    def address(self, number: int) -> str:
        return f"http://{crawl_pages.host(self.plan, number)}:{self.port}{crawl_pages.path(self.plan, number)}"

    def log(self) -> list[Asked]:
        """What was asked for since the last call."""
        self.link.send("log")
        return [Asked(*row) for row in self.link.recv()]

    def change(self, state: State) -> None:
        """Serve this from now on."""
        self.link.send(state)
        self.link.recv()


@contextlib.contextmanager
def serve(plan: Plan) -> Iterator[Site]:
    """The site, as long as the block lasts."""
    sockets = _sockets(plan.hosts)
    here, there = multiprocessing.Pipe()
    count = mmap.mmap(-1, 8)
    pid = os.fork()
    if not pid:
        try:
            launch.fall_with_parent()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            here.close()
            asyncio.run(_Server(plan, there, count, sockets[0].getsockname()[1]).run(sockets))
        finally:
            os._exit(0)
    there.close()
    port = sockets[0].getsockname()[1]
    for each in sockets:
        each.close()
    try:
        yield Site(plan, port, here, count)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        here.close()


def _sockets(hosts: int) -> list[socket.socket]:
    """One port, on as many hosts."""
    for _ in range(20):
        first = socket.create_server(("127.0.0.1", 0), backlog=512)
        found = [first]
        with contextlib.suppress(OSError):
            for number in range(2, hosts + 1):
                found.append(socket.create_server((f"127.0.0.{number}", first.getsockname()[1]), backlog=512))
            return found
        for each in found:
            each.close()
    raise RuntimeError("no port is free on all hosts")


class _Server:
    def __init__(self, plan: Plan, link: "Connection[Any, Any]", count: mmap.mmap, port: int) -> None:
        self.plan, self.link, self.count, self.port = plan, link, count, port
        self.log: list[tuple[str, str, int, bool, int]] = []
        self.redirects = crawl_pages.redirects(plan)
        self.use(State())

    async def run(self, sockets: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self.link.fileno(), self.obey)
        for each in sockets:
            await loop.create_server(lambda: _Visitor(self), sock=each)
        await loop.create_future()

    def obey(self) -> None:
        try:
            order = self.link.recv()
        except EOFError:
            os._exit(0)
        if order == "log":
            told, self.log = self.log, []
            self.link.send(told)
        else:
            self.use(order)
            self.link.send(None)

    def use(self, state: State) -> None:
        self.state = state
        self.numbers = {
            (crawl_pages.host(self.plan, number), crawl_pages.path(self.plan, number)): number
            for number in [*range(self.plan.pages), *state.added]
        }
        self.page = functools.cache(self._page)

    def note(self, host: str, path: str, status: int, conditional: bool, sent: int) -> None:
        self.log.append((host, path, status, conditional, sent))
        self.count[:8] = struct.pack("Q", struct.unpack("Q", self.count[:8])[0] + 1)

    def answer(self, host: str, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        site = f"http://{host}:{self.port}"
        kind = path.split("/")[1]
        if code := self.state.codes.get(path):
            return code, [("Content-Type", "text/html")], b"<p>It is no more.</p>"
        if (number := self.numbers.get((host, path))) is not None:
            headers, body = self.page(number) if crawl_pages.tells_version(self.plan, number) else self._page(number)
            return 200, headers, body
        if path == "/robots.txt":
            return self._listing("text/plain", crawl_pages.robots(self.plan, site))
        if path == "/sitemap.xml" and not self.plan.calm:
            return self._listing("application/xml", crawl_pages.sitemap(self.plan, self.state, site))
        if path in self.redirects:
            return 302, [("Location", self.redirects[path])], b""
        if kind == "file":
            return 200, [("Content-Type", "text/plain")], b"Depths of the river, by mile."
        return (500 if kind == "broken" else 404), [("Content-Type", "text/html")], b"<p>No such page.</p>"

    def _page(self, number: int) -> tuple[list[tuple[str, str]], bytes]:
        body = crawl_pages.html(self.plan, number, self.state, secrets.token_hex(8))
        body = body.replace(b":PORT", b":%d" % self.port)
        validators = crawl_pages.validators(self.plan, number, self.state, body)
        return [("Content-Type", "text/html; charset=utf-8"), *validators], body

    def _listing(self, kind: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        return 200, [("Content-Type", kind), ("ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"')], body


class _Visitor(asyncio.Protocol):
    """One connection, which may ask again and again."""

    def __init__(self, server: _Server) -> None:
        self.server = server
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self.read += data
        while _END in self.read:
            head, _, self.read = self.read.partition(_END)
            self.serve(head.decode("latin-1").split("\r\n"))

    def serve(self, head: list[str]) -> None:
        path = head[0].split(" ")[1]
        wanted = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        conditional = "if-none-match" in wanted or "if-modified-since" in wanted
        if path.startswith(("/reset/", "/stall/")) and not self.server.plan.calm:
            self.server.note(self.host, path, 0, conditional, 0)
            later = _STALL_SECONDS if path.startswith("/stall/") else 0.0
            asyncio.get_running_loop().call_later(later, self.slam)
            return
        status, headers, body = self.server.answer(self.host, path)
        if status == 200 and _is_known(wanted, dict(headers)):
            status, body = 304, b""
        self.server.note(self.host, path, status, conditional, len(body))
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers)]
        if status != 304:
            lines.append(f"Content-Length: {len(body)}")
        answer = "\r\n".join(lines).encode("latin-1") + _END + body
        number = self.server.numbers.get((self.host, path))
        if number is not None and (seconds := crawl_pages.delay(self.server.plan, number)):
            asyncio.get_running_loop().call_later(seconds, self.transport.write, answer)
        else:
            self.transport.write(answer)

    def slam(self) -> None:
        """Break the connection off, without a word."""
        if self.transport.is_closing():  # the crawl was killed meanwhile
            return
        peer = self.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _is_known(wanted: dict[str, str], told: dict[str, str]) -> bool:
    """Whether the asker holds what would be sent."""
    if "if-none-match" in wanted:
        known = [tag.strip().removeprefix("W/") for tag in wanted["if-none-match"].split(",")]
        return told.get("ETag") in known
    if "if-modified-since" in wanted and "Last-Modified" in told:
        return parsedate_to_datetime(told["Last-Modified"]) <= parsedate_to_datetime(wanted["if-modified-since"])
    return False
