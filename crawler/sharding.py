"""`-s SHARD=I/N`: each machine crawls its own hosts, and hands links to the others over in files.

A host belongs to a shard by the digest of its registered domain (of itself, where it has none), so that no list of
hosts has to be shared. Files stand in RAW_DIR/_handover/<crawl>/<to>-of-<N>/, whole under their final names; whoever
moves them between machines may move them one by one.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import tldextract
from scrapy.settings import BaseSettings

from cleaners import storage
from cleaners.crawls import HANDOVER
from cleaners.errors import ConditionsError
from cleaners.parts import Part, parse_part
from crawler.frontier import Frontier

_suffixes = tldextract.TLDExtract(suffix_list_urls=())  # the list that comes with it: no request of its own


def shard(settings: BaseSettings) -> Part | None:
    """Raises UsageError for what is not I/N."""
    return parse_part(str(settings.get("SHARD") or ""), "-s SHARD=")


def owner(url: str, of: int) -> int:
    """The number of the shard, 1 to `of`, that an address belongs to.

    >>> owner("https://news.example.co.uk/a", 8) == owner("http://www.example.co.uk:8080/", 8)
    True
    """
    digest = hashlib.sha256(_name(urlsplit(url).hostname or "").encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") % of + 1


def ours(url: str, shard: Part) -> bool:
    return owner(url, shard.of) == shard.number


@cache
def _name(host: str) -> str:
    return _suffixes(host).top_domain_under_public_suffix or host


def remember(frontier: Frontier, key: bytes, to: int, request: str) -> None:
    """A request of another shard, which `hand_over` will write. Known ones are handed over once."""
    frontier.db.execute("INSERT OR IGNORE INTO handover (key, shard, request) VALUES (?, ?, ?)", (key, to, request))


def hand_over(frontier: Frontier, folder: Path, shard: Part) -> None:
    """Writes what is new for each of the others. A kill may make it write a file twice, but lose none."""
    for to in range(1, shard.of + 1):
        rows = frontier.db.execute(
            "SELECT request FROM handover WHERE shard = ? AND NOT written ORDER BY key", (to,)
        ).fetchall()
        if not rows:
            continue
        number = int(frontier.get("handed_over", 0)) + 1
        inbox = _inbox(folder, to, shard)
        storage.make_folder(inbox)
        content = "".join(f"{text}\n" for (text,) in rows).encode("utf-8", "replace")
        storage.replace(inbox / f"from-{shard.number}-{number:06}.jsonl", content)
        frontier.db.execute("UPDATE handover SET written = 1 WHERE shard = ?", (to,))
        frontier.set("handed_over", number)
    frontier.commit()


def take(frontier: Frontier, folder: Path, shard: Part) -> list[str]:
    """The requests in files that were not taken before. Raises ConditionsError for a line that is none."""
    inbox = _inbox(folder, shard.number, shard)
    found: list[str] = []
    for path in sorted(inbox.glob("from-*.jsonl")):
        if frontier.db.execute("INSERT OR IGNORE INTO taken VALUES (?)", (path.name,)).rowcount:
            lines = path.read_text("utf-8", "replace").splitlines()
            for number, line in enumerate(lines, 1):
                _check(path, number, line)
            found += lines
    return found


def _check(path: Path, number: int, line: str) -> None:
    try:
        known = isinstance(json.loads(line)["url"], str)
    except (ValueError, TypeError, KeyError):
        known = False
    if not known:
        what = f"{path}:{number}: no request of another shard, but {line[:80]!r}"
        raise ConditionsError(what, "copy the file anew from the machine that wrote it, or remove it")


def _inbox(folder: Path, to: int, shard: Part) -> Path:
    crawl = folder.name.removesuffix(suffix(shard))
    return folder.parent / HANDOVER / crawl / f"{to}-of-{shard.of}"


def suffix(shard: Part) -> str:
    return f"-{shard.number}-of-{shard.of}"
