"""`make demo`: serves the sample sites on this machine, crawls them, cleans what came, and shows what went.

Nothing leaves the machine: each site of data/samples/sites has a server of its own on 127.0.0.1.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow.parquet as pq
from warcio.archiveiterator import ArchiveIterator

from cleaners.prose import count_words

SAMPLES = Path(__file__).resolve().parent
ROOT = SAMPLES.parent.parent
RAW, CLEAN = ROOT / "data" / "raw", ROOT / "data" / "clean"
SITES, DUMP = SAMPLES / "sites", SAMPLES / "dump.jsonl"
DATASETS = ("demo-crawl", "demo-dump")
SHOWN = "ferry-quay.html"  # the page that is printed line by line

#: How each site is crawled: the spider and where it starts. `urls` reads a list from standard input.
CRAWLS = {
    "skerrow-post": ("site", "/"),
    "tin-kettle": ("site", "/"),
    "elbrinker-bote": ("site", "/"),
    "tres-portos": ("site", "/"),
    "la-traverse": ("feed", "/feed.xml"),
    "kazemachi": ("urls", "-"),
}
TYPES = {".html": "text/html", ".xml": "application/xml", ".txt": "text/plain"}
#: What these servers declare. Elsewhere no encoding is declared, and the page's own meta tag decides.
CHARSETS = {"elbrinker-bote/dichterin-am-deich.html": "iso-8859-1"}


class DemoError(Exception):
    """A step of the demo failed; the message is what the step printed."""


class Handler(BaseHTTPRequestHandler):
    """Serves one folder. `{{ORIGIN}}` in a file becomes the server's own address."""

    def __init__(self, folder: Path, *args: Any) -> None:
        self.folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if target := redirects(self.folder).get(path):
            self._answer(301, {"Location": target}, b"")
            return
        file = (self.folder / path.lstrip("/")).resolve()
        if path.endswith("/"):
            file /= "index.html"
        if not file.is_relative_to(self.folder) or not file.is_file() or file.suffix not in TYPES:
            self._answer(404, {"Content-Type": "text/html"}, b"<!doctype html><title>Not found</title>")
            return
        charset = CHARSETS.get(f"{self.folder.name}{path}")
        kind = TYPES[file.suffix] + (f"; charset={charset}" if charset else "")
        origin = b"http://" + self.headers["Host"].encode()
        self._answer(200, {"Content-Type": kind}, file.read_bytes().replace(b"{{ORIGIN}}", origin))

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the crawler tells what failed."""

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def redirects(folder: Path) -> dict[str, str]:
    """The lines `from to status` of a site's `_redirects`."""
    file = folder / "_redirects"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return {source: target for source, target, _ in map(str.split, lines)}


@contextmanager
def serving(site: str) -> Iterator[int]:
    """A server for the site while the block runs; yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, SITES / site))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def run(*arguments: str, stdin: str = "") -> None:
    """`python -m …` with the Python that runs this demo. Raises DemoError with what the command printed."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(arguments)}\nexit {done.returncode}\n{done.stderr}{done.stdout}")


def crawl(site: str, port: int) -> None:
    spider, start = CRAWLS[site]
    origin = f"http://127.0.0.1:{port}"
    source, addresses = f"url={origin}{start}", ""
    if spider == "urls":
        source = f"file={start}"
        addresses = "".join(f"{origin}/{page.name}\n" for page in sorted((SITES / site).glob("*.html")))
    options = ["-s", "DOWNLOAD_DELAY=0.05", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", f"RAW_DIR={RAW}"]
    options += ["-s", "ALLOW_PRIVATE=127.0.0.1,localhost", "-s", "CONTACT=demo@example.org"]
    run("scrapy", "crawl", spider, "-a", source, "-a", f"crawl=demo-{site}", *options, stdin=addresses)


def remove_earlier() -> None:
    for folder in [*RAW.glob("demo-*"), *CLEAN.glob("demo-*")]:
        shutil.rmtree(folder)


def crawl_all() -> None:
    """Crawls the sites, two at a time."""
    with ExitStack() as servers, ThreadPoolExecutor(2) as pool:
        ports = [servers.enter_context(serving(site)) for site in CRAWLS]
        for done in [pool.submit(crawl, site, port) for site, port in zip(CRAWLS, ports, strict=True)]:
            done.result()


def clean_all() -> None:
    raw = [str((RAW / f"demo-{site}").relative_to(ROOT)) for site in CRAWLS]
    run("cleaners", "clean", *raw, "-o", str((CLEAN / "demo-crawl").relative_to(ROOT)))
    dump = str(DUMP.relative_to(ROOT))
    run("cleaners", "clean", dump, "-o", str((CLEAN / "demo-dump").relative_to(ROOT)))


def rows(dataset: str, part: str) -> list[dict[str, Any]]:
    """The rows of `records` or `rejects`, shard by shard."""
    shards = sorted((CLEAN / dataset / part).glob("part-*.parquet"))
    return [row for shard in shards for row in pq.read_table(shard).to_pylist()]


def table(head: Sequence[object], lines: Sequence[Sequence[object]], numbers: set[int]) -> None:
    """Prints aligned columns; those in `numbers` to the right."""
    cells = [[str(cell) for cell in line] for line in [head, *lines]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(padded).rstrip())
    print()


def crawled(site: str) -> tuple[int, list[dict[str, str]]]:
    """How many pages the crawl of a site stored, and the addresses that gave none."""
    folder = RAW / f"demo-{site}"
    pages = 0
    for segment in folder.glob("*.warc.gz"):
        with segment.open("rb") as stream:
            pages += sum(record.rec_type == "response" for record in ArchiveIterator(stream))
    return pages, [json.loads(line) for file in folder.glob("*rejects.jsonl") for line in file.open("rb")]


def show_sources() -> None:
    counts = {
        part: Counter(row["file_path"].split("/")[0] for name in DATASETS for row in rows(name, part))
        for part in ("records", "rejects")
    }
    missed = [(site, row) for site in CRAWLS for row in crawled(site)[1]]
    lines: list[tuple[str, str, int, int, int]] = []
    for site, (spider, _) in CRAWLS.items():
        folder = f"demo-{site}"
        lines.append((site, spider, crawled(site)[0], counts["records"][folder], counts["rejects"][folder]))
    name, pages = DUMP.name, len(DUMP.read_bytes().splitlines())
    lines.append((name, "(file)", pages, counts["records"][name], counts["rejects"][name]))
    table(("source", "spider", "pages", "records", "rejects"), lines, {2, 3, 4})
    for site, row in missed:
        print(f"  not fetched: {site}{urlsplit(row['url']).path} ({row['reason']}, {row['detail']})")
    for row in (row for name in DATASETS for row in rows(name, "rejects")):
        print(f"  rejected: {row['url']} ({row['reason']}, {row['detail']})")
    if lost := [line[0] for line in lines if line[2] != line[3] + line[4]]:
        raise DemoError(f"pages that are neither a record nor a reject, or both: {', '.join(lost)}")


def show_rules(records: list[dict[str, Any]], top: int = 15) -> None:
    times, words = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for removal in (removal for record in records for removal in record["removed"]):
        key = removal["rule"], removal["category"]
        times[key] += 1
        words[key] += count_words(removal["text"])
    total = words.total() + sum(count_words(record["text"]) for record in records)
    print(f"\n{words.total():,} of {total:,} words removed by {len(words)} rules. Those that took most:\n")
    lines = [(*key, times[key], count) for key, count in words.most_common(top)]
    table(("rule", "category", "times", "words"), lines, {2, 3})


def margins(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Each line of the extracted text, rebuilt from `text` and `removed`, and the rule that took it."""
    marked: list[tuple[str, str]] = []  # character, rule
    stays = iter(record["text"])
    for removal in sorted(record["removed"], key=lambda removal: removal["start"]):
        marked += [(next(stays), "") for _ in range(removal["start"] - len(marked))]
        marked += [(character, removal["rule"]) for character in removal["text"]]
    marked += [(character, "") for character in stays]
    lines: list[list[tuple[str, str]]] = [[]]
    for character, rule in marked:
        if character == "\n":
            lines.append([])
        else:
            lines[-1].append((character, rule))
    rules = [next((rule for _, rule in line if rule), "") for line in lines]
    return list(zip(rules, ("".join(char for char, _ in line) for line in lines), strict=True))


def show_page(record: dict[str, Any], width: int = 84) -> None:
    print(f"One page line by line, and the rule that took a line ({record['title']}):\n")
    lines = margins(record)
    margin = max(len(rule) for rule, _ in lines)
    for rule, line in lines:
        print(f"  {rule:>{margin}} | {line if len(line) <= width else line[: width - 1] + '…'}".rstrip())
    print()


def main() -> None:
    print("Crawling six sites on 127.0.0.1, then cleaning …\n", flush=True)
    remove_earlier()
    crawl_all()
    clean_all()
    records = [row for name in DATASETS for row in rows(name, "records")]
    show_sources()
    show_rules(records)
    show_page(next(record for record in records if (record["url"] or "").endswith(SHOWN)))
    print("The Parquet files:\n")
    for folder in sorted(folder for name in DATASETS for folder in (CLEAN / name).glob("re*")):
        counts = [pq.read_metadata(shard).num_rows for shard in folder.glob("part-*.parquet")]
        print(f"  {folder.relative_to(ROOT)}: {sum(counts)} rows in {len(counts)} shards")


if __name__ == "__main__":
    try:
        main()
    except DemoError as failed:
        sys.exit(f"The demo failed at:\n{failed}")
