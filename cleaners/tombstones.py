"""What `winnow forget` was told, as digests: an address that is to be forgotten is not written down."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cleaners.errors import ConditionsError

if TYPE_CHECKING:
    import pyarrow as pa  # a crawl reads tombstones, and no Parquet

FILE = "forgotten.json"
_DEFAULT_PORTS = (":80", ":443")


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Digests of addresses whose pages are neither recorded nor rejected any more."""

    urls: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    pending: bool = False  # shards that hold such pages may still be there

    def __bool__(self) -> bool:
        return bool(self.urls or self.hosts)

    def covers(self, url: str | None) -> bool:
        """Whether this address, or the host it is on, is to be forgotten."""
        if not url or not self:
            return False
        return url_digest(url) in self.urls or any(_digest(host) in self.hosts for host in _hosts(url))

    def marks(self, rows: "pa.Table") -> list[bool]:
        """For each row of records or rejects, whether its page is to be forgotten."""
        columns = [rows[name].to_pylist() for name in ("url", "canonical_url") if name in rows.schema.names]
        return [any(map(self.covers, urls)) for urls in zip(*columns, strict=True)]

    def as_json(self) -> bytes:
        """With a digest of itself: a flipped bit must not let a page come back."""
        content = {"hosts": sorted(self.hosts), "pending": self.pending, "urls": sorted(self.urls)}
        return json.dumps(content | {"sha256": _digest(json.dumps(content))}, indent=1).encode() + b"\n"


def told(urls: Iterable[str], hosts: Iterable[str]) -> Tombstones:
    """Tombstones of these URLs, and of these hosts with all below them."""
    names = (_ascii(host.strip()) for host in hosts)
    return Tombstones(frozenset(map(url_digest, urls)), frozenset(map(_digest, names)), pending=True)


def joined(some: Tombstones, more: Tombstones) -> Tombstones:
    return Tombstones(some.urls | more.urls, some.hosts | more.hosts, some.pending or more.pending)


def load(folder: Path) -> Tombstones:
    """Those of an output folder. Raises ConditionsError where the file is not as it was written."""
    return read(folder / "_run" / FILE)


def read(path: Path) -> Tombstones:
    """Those of a file; none where there is no file. Raises ConditionsError."""
    try:
        content = path.read_bytes()
        fields = json.loads(content)
        found = Tombstones(frozenset(fields["urls"]), frozenset(fields["hosts"]), bool(fields["pending"]))
        if found.as_json() != content:
            raise ValueError("not what was written")
    except FileNotFoundError:
        return Tombstones()
    except (ValueError, TypeError, KeyError):
        raise ConditionsError(
            f"{path} cannot be read: which pages are to be forgotten is not known",
            "restore it, or delete it and run `winnow forget` again",
        ) from None
    return found


def url_digest(url: str) -> str:
    """The same for http and https, for a host in any case, and with or without a fragment.

    >>> url_digest("https://Example.org:443/a#top") == url_digest("http://example.org/a")
    True
    """
    address = url.strip().partition("#")[0]
    scheme, separator, rest = address.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        host, _, path = rest.partition("/")
        for port in _DEFAULT_PORTS:
            host = host.removesuffix(port)
        address = f"{_ascii(host)}/{path}"
    return _digest(address)


def _hosts(url: str) -> Iterator[str]:
    """The host, and what it is below: www.example.org, example.org, org."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return
    labels = _ascii(host).split(".")
    yield from (".".join(labels[i:]) for i in range(len(labels)))


def _ascii(host: str) -> str:
    """As name servers know it: münchen.example is xn--mnchen-3ya.example."""
    name = host.strip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
