"""A site that answers as no server should: one answer a path, each in a thread of its own."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

LONG = 60.0  # seconds for which an answer without an end goes on
_HTML = "Content-Type: text/html\r\n"
_XML = "Content-Type: application/xml\r\n"
_MANY = 10_000


@contextlib.contextmanager
def serve() -> Iterator[int]:
    """The port."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=_accept, args=(server,), daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def page(*links: str) -> bytes:
    anchors = "".join(f'<a href="{link}">further on</a>\n' for link in links)
    return (
        f"<!DOCTYPE html><html><title>The mill</title><p>The mill stands by the river.</p>{anchors}</html>".encode()
    )


def answer(body: bytes, headers: str = _HTML, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def _raw(headers: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\n{_HTML}{headers}\r\n".encode() + body


def _bomb() -> bytes:
    entities = '<!ENTITY a0 "river">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>http://127.0.0.1/&a9;</loc></url>"
        f"<url><loc>file:///etc/passwd</loc></url></urlset>"
    ).encode()


def _links() -> bytes:
    """Links to nowhere that a crawl of this site goes, and one that it does."""
    kinds = ("https://else%d.example/", "http://[%d", "javascript:go(%d)", "file:///etc/%d", "#%d", "mailto:%d")
    return page("/good/far", *(kinds[number % len(kinds)] % number for number in range(_MANY)))


def _feed() -> bytes:
    links = ("good/a", "/good/b", "file:///etc/passwd", "../../../good/c", "http://[", "http://../../etc", "")
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


_ANSWERS = {
    "/robots.txt": answer(
        b"\xff\xfe\x00Sitemap: ://\r\nSitemap: /sitemap.xml\nDisallow\n" * 3, "Content-Type: text/plain\r\n"
    ),
    "/sitemap.xml": answer(page("/good/x"), _XML),  # HTML
    "/bomb.xml": answer(_bomb(), _XML),
    "/feed.xml": answer(_feed(), "Content-Type: application/rss+xml\r\n"),
    "/feed.html": answer(page("/good/x")),
    "/many": answer(_links()),
    "/loop/a": answer(b"", "Location: /loop/b\r\n", "302 Found"),
    "/loop/b": answer(b"", "Location: /loop/a\r\n", "302 Found"),
    "/to-junk": answer(b"", "Location: http://[\r\n", "302 Found"),
    "/long-header": _raw(f"X-Junk: {'a' * 1_000_000}\r\nContent-Length: 4\r\n", b"<p>a"),
    "/longer": _raw("Content-Length: 10000\r\nConnection: close\r\n", page()),
    "/no-length": _raw("Content-Length: many\r\nConnection: close\r\n", page()),
    "/two-lengths": _raw("Content-Length: 5\r\nContent-Length: 50\r\nConnection: close\r\n", page()),
    "/chunks": _raw("Transfer-Encoding: chunked\r\nConnection: close\r\n", b"zz\r\n<p>river\r\n0\r\n\r\n"),
    "/half-chunk": _raw("Transfer-Encoding: chunked\r\nConnection: close\r\n", b"40\r\n<p>river"),
    "/no-http": b"\x16\x03\x01\x00\xff\x00junk\r\n\r\n",
    "/not-gzip": answer(b"\x1f\x8b\x08\x00junk", f"{_HTML}Content-Encoding: gzip\r\n"),
    "/nothing": b"",
}
_START = ("/many", "/loop/a", "/to-junk", "/long-header", "/longer", "/no-length", "/two-lengths", "/chunks")
LINKED = (*_START, "/half-chunk", "/no-http", "/not-gzip", "/nothing", "/dribble", "/headers", "/good/near")


def _accept(server: socket.socket) -> None:
    while True:
        try:
            link, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(link,), daemon=True).start()


def _answer(link: socket.socket) -> None:
    with link, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head and (data := link.recv(65_536)):
            head += data[-65_536:]
        path = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") > 1 else ""
        if path == "/dribble":
            link.sendall(_raw("Content-Length: 1000\r\n", b""))
            _on_and_on(link, b"a", 1.0)
        elif path == "/headers":
            link.sendall(b"HTTP/1.1 200 OK\r\n")
            _on_and_on(link, b"X-Junk: a\r\n" * 200, 0.01)
        elif path == "/":
            link.sendall(answer(page(*LINKED)))
        else:
            known = answer(page()) if path.startswith("/good/") else answer(b"", status="404 Not Found")
            link.sendall(_ANSWERS.get(path, known))


def _on_and_on(link: socket.socket, data: bytes, pause: float) -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        link.sendall(data)
        time.sleep(pause)
