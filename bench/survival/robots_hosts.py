"""Loopback hosts, one address each, that answer for robots.txt in their own ways and note what they are asked for."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

PAGE = b"<!DOCTYPE html><html><title>A page</title><p>A page.</p></html>"
_ADDRESSES = "127.0.1.{}"
_RESET = struct.pack("ii", 1, 0)  # linger for no time: what is unsent is thrown away, and the peer is told


@dataclass(frozen=True)
class Raw:
    """Bytes of an answer, and what follows them: the connection is closed, reset, or hangs."""

    sent: bytes
    end: str = "close"


def answer(status: int = 200, body: bytes = b"", *headers: str, length: int | None = None) -> Raw:
    """`length`: what the header declares where it is not the truth."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unnamed"
    declared = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {declared}", "Connection: close", *headers]
    return Raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def moved(to: str) -> Raw:
    return answer(302, b"", f"Location: {to}")


class Hosts:
    """What each host answers, by path; a page where nothing is said. None: nobody listens there."""

    def __init__(self, answers: Mapping[str, Mapping[str, Raw] | None]) -> None:
        self._answers = answers
        self._addresses = {name: _ADDRESSES.format(n) for n, name in enumerate(answers, start=1)}
        self.asked: dict[str, list[tuple[float, str]]] = defaultdict(list)  # seconds and path, by host
        self.port = 0

    def url(self, name: str, path: str, scheme: str = "http") -> str:
        return f"{scheme}://{self._addresses[name]}:{self.port}{path}"

    def pages(self, name: str) -> list[str]:
        """The paths asked for, but for those of files that speak for the host."""
        return [path for _, path in self.asked[name] if path.startswith("/page/")]

    @contextlib.contextmanager
    def serve(self) -> Iterator["Hosts"]:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(self._listen())
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            for server in self._servers:
                server.close()
            loop.run_until_complete(asyncio.sleep(0.01))
            loop.close()

    async def _listen(self) -> None:
        """All on one port, so that a host can name another before it is up."""
        self._servers = []
        for name, address in self._addresses.items():
            if self._answers[name] is not None:
                server = await asyncio.start_server(self._connected, address, self.port)
                self._servers.append(server)
                self.port = self.port or server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        name = next(name for name, known in self._addresses.items() if known == address)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if await reader.readexactly(4) != b"GET ":  # TLS: answered as plain web servers do
                writer.write(answer(400).sent)
                await writer.drain()
            else:
                path = (await reader.readuntil(b" ")).decode().strip()
                self.asked[name].append((time.monotonic(), path))
                await reader.readuntil(b"\r\n\r\n")
                await self._say(self._said(name, path), reader, writer)
        writer.transport.abort()

    def _said(self, name: str, path: str) -> Raw:
        answers = self._answers[name] or {}
        if found := answers.get(path):
            return Raw(found.sent.replace(b"PORT", str(self.port).encode()), found.end)
        return answer(200, PAGE, "Content-Type: text/html") if path.startswith("/page/") else answer(404)

    async def _say(self, raw: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw.sent)
        await writer.drain()
        if raw.end == "hang":
            await reader.read()  # until the other side has had enough
        if raw.end == "reset":
            await asyncio.sleep(0.05)  # until what was sent has arrived
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            writer.close()
            await writer.wait_closed()
