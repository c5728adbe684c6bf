"""Answers that are small to send, and a gigabyte, or millions of elements, to whoever reads them."""

import contextlib
import gzip
import http.server
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 1 << 20
HTML, XML, GZIP = "text/html", "application/xml", "application/gzip"


@dataclass(frozen=True)
class Answer:
    body: Callable[[int], bytes | Iterator[bytes]]  # of the MiB that a bomb shall have
    kind: str = HTML
    encoding: str = ""
    chunked: bool = False  # where the body is an iterator: without a length


class Site:
    """Answers by path; all else is a small page."""

    def __init__(self, answers: Mapping[str, Answer], size: int) -> None:
        self.answers, self.size = answers, size
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@cache
def packed(name: str, size: int) -> bytes:
    """So many MiB of spaces behind the begin of a page."""
    if name == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join([*(packer.process(chunk) for chunk in endless(size)), packer.finish()])
    kinds = {"gzip": lambda: zlib.compressobj(1, wbits=31), "deflate": lambda: zlib.compressobj(1)}
    other = kinds.get(name, lambda: zstd.ZstdCompressor(level=1))()
    return b"".join([*(other.compress(chunk) for chunk in endless(size)), other.flush()])


def endless(size: int) -> Iterator[bytes]:
    yield b"<!doctype html><title>Bomb</title><p>"
    for _ in range(size):
        yield b" " * MIB


def entities(_size: int) -> bytes:
    """A billion laughs: nine levels of ten."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = "<url><loc>/&l9;</loc></url><item><link>/&l9;</link></item>"
    return f'<!DOCTYPE a [<!ENTITY l0 "laugh">{levels}]><urlset>{text}</urlset>'.encode()


def elements(_size: int) -> bytes:
    """As many as DOWNLOAD_MAXSIZE has room for."""
    return gzip.compress(b"<urlset>" + b"<a/>" * (15 * MIB // 4), 1)


def tags(_size: int) -> bytes:
    """As many links as DOWNLOAD_MAXSIZE has room for."""
    return gzip.compress(page("tags", 450_000), 1)


def attributes(_size: int) -> bytes:
    """As many in one tag; where each is compared with all before it, half an hour of it."""
    return gzip.compress(b"<!doctype html><title>a</title><p " + b" ".join(b"a%d" % n for n in range(1_000_000)), 1)


def page(text: str, links: int = 0) -> bytes:
    anchors = "".join(f'<a href="/linked/{number}">more</a>' for number in range(links))
    return f"<!doctype html><title>{text}</title><p>{text}</p>{anchors}".encode()


def _handler(site: Site) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            missing = self.path in ("/robots.txt", "/sitemap.xml") and self.path not in site.answers
            answer = site.answers.get(self.path, Answer(lambda _: page("missing" if missing else self.path)))
            body = answer.body(site.size)
            self.send_response(404 if missing else 200)
            self.send_header("Content-Type", answer.kind)
            if answer.encoding:
                self.send_header("Content-Encoding", answer.encoding)
            if answer.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                length = len(body) if isinstance(body, bytes) else site.size * MIB
                self.send_header("Content-Length", str(length))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever has had enough hangs up
                for chunk in [body] if isinstance(body, bytes) else body:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if answer.chunked else chunk)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
