"""A Scrapy project that is not ours, in a folder of its own, and a site for it on the loopback interface."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

PROJECTS = Path(__file__).parent / "projects"
PROSE = (
    "The ferry at Alder left late on Thursday, as fog lay on the river, and the passengers waited on the old pier."
)
MORE = "The harbour master said that the boats would sail again as soon as the far bank could be seen."
PAGES = {
    "/ferry": f"<p>{PROSE}</p><p>{MORE}</p><p>Leave a Reply</p>",
    "/pier": f"<p>{MORE}</p><p>{PROSE}</p>",
    "/blank": "<p> </p>",
    "/endless": f"<p>{PROSE}</p>{'<p>a</p>' * 60_000}",
}


FEED = {"format": "parquet"}


def rows(*items: dict[str, Any]) -> tuple[str, ...]:
    """Arguments of a crawl that yields these items."""
    return "rows", "-a", f"rows={json.dumps(items)}"


def setting(name: str, value: object) -> tuple[str, str]:
    return "-s", f"{name}={json.dumps(value)}"


class Site:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.asked))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


def _handler(asked: list[str]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            known = self.path in PAGES
            body = (
                f"<html lang=en><title>{self.path}</title><body><article>{PAGES.get(self.path, '')}</article></body>"
            )
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@dataclass(frozen=True)
class Crawl:
    code: int
    log: str
    folder: Path

    def rows(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        if path.suffix == ".parquet":
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                rows: list[dict[str, Any]] = file.read().to_pylist()
                return rows
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Project:
    """A copy of one of the projects."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        shutil.copytree(PROJECTS / name, self.folder, ignore=shutil.ignore_patterns("__pycache__"))

    def start(self, *arguments: Any, before: Callable[[], None] | None = None) -> "subprocess.Popen[str]":
        """As its user starts it: nothing of this test's search path goes along."""
        away = ("_proxy", "PYTHONPATH")
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", "crawl", *map(str, arguments)],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.endswith(away)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )

    def crawl(self, *arguments: Any, before: Callable[[], None] | None = None) -> Crawl:
        process = self.start(*arguments, before=before)
        try:
            _, log = process.communicate(timeout=120)
        finally:
            process.kill()
        return Crawl(process.returncode, log, self.folder)

    def files(self) -> list[str]:
        """What the crawl left, but for the project itself."""
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path) for path in found if path.parts[0] not in ("plain", "crawler", "scrapy.cfg"))
