"""One shard: a records file and a rejects file in Parquet, and what their footers say of them."""

import hashlib
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cleaners import storage
from cleaners.accounts import Account

KINDS = ("records", "rejects")
_FOOTER = b"winnow"


class Unreadable(Exception):
    """A file of a shard that is cut, damaged, or not one of ours. The message says how."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a records file says of its shard. Its rejects file carries the same, but for what is not known yet."""

    shard: str
    group: str  # input, or folder of one-page files, that the shard is a part of
    number: int  # which part, from 0
    source: str  # for messages: the input, or the first and the last of them
    content_digest: str  # of the pages that went in
    config_hash: str  # conditions under which they were cleaned
    rows_digest: str  # of this file's rows
    rejects_sha256: str | None  # of the rejects file's bytes; None in the rejects file itself
    account: Account

    def as_json(self) -> bytes:
        content = {name: getattr(self, name) for name in self.__slots__} | {"account": self.account.as_dict()}
        return json.dumps(content, sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Footer":
        """Raises ValueError, TypeError or KeyError for what as_json did not write."""
        fields = json.loads(content)
        return cls(**fields | {"account": Account.from_dict(fields["account"])})


def file_name(shard: str) -> str:
    return f"part-{shard}.parquet"


def shard_of(path: Path) -> str:
    """The shard that a file's name claims."""
    return path.stem.removeprefix("part-")


def is_name(text: str) -> bool:
    """Whether this can be the name of a shard: sixteen hexadecimal digits."""
    return len(text) == 16 and not set(text) - set("0123456789abcdef")


def paths(folder: Path, shard: str) -> tuple[Path, Path]:
    """Its records file and its rejects file."""
    return folder / "records" / file_name(shard), folder / "rejects" / file_name(shard)


def write(folder: Path, footer: Footer, records: pa.Table, rejects: pa.Table) -> tuple[Footer, str]:
    """Write a shard: rejects first, then records, whose appearance is the commit. Raises StorageError.

    Digests of rows and files in `footer` are filled in. Returns the records' footer, and their file's SHA-256.
    """
    records_path, rejects_path = paths(folder, footer.shard)
    content = encode(rejects, replace(footer, rows_digest=rows_digest(rejects), rejects_sha256=None))
    with storage.told(rejects_path):
        storage.replace(rejects_path, content)
    footer = replace(footer, rows_digest=rows_digest(records), rejects_sha256=hashlib.sha256(content).hexdigest())
    content = encode(records, footer)
    with storage.told(records_path):
        storage.replace(records_path, content)
    return footer, hashlib.sha256(content).hexdigest()


def encode(rows: pa.Table, footer: Footer) -> bytes:
    """The bytes of a shard's file: the same for the same rows, however Arrow has them in chunks."""
    whole = rows.combine_chunks().replace_schema_metadata({_FOOTER: footer.as_json()})
    sink = io.BytesIO()
    pq.write_table(whole, sink, compression="zstd", write_page_checksum=True, write_page_index=True)
    return sink.getvalue()


def read_footer(path: Path) -> Footer | None:
    """What a shard's file says of itself; None if there is no readable file of ours of that name."""
    try:
        return _footer(pq.read_schema(path))
    except (OSError, pa.ArrowException, Unreadable):
        return None


def read(path: Path) -> tuple[pa.Table, Footer]:
    """All rows, each page's checksum and the digest of the rows checked. Raises Unreadable."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            rows = file.read()
            footer = _footer(file.schema_arrow)
        digest = rows_digest(rows)
    except (OSError, pa.ArrowException, UnicodeDecodeError, ValueError, MemoryError) as error:
        raise Unreadable(f"cannot be read: {str(error).splitlines()[0] if str(error) else error!r}") from None
    if digest != footer.rows_digest:
        raise Unreadable("its rows are not those that were written: their digest differs")
    return rows.replace_schema_metadata(None), footer


def _footer(schema: pa.Schema) -> Footer:
    content = (schema.metadata or {}).get(_FOOTER)
    if content is None:
        raise Unreadable("no file of Winnow's: its footer does not tell a shard")
    try:
        return Footer.from_json(content)
    except (ValueError, TypeError, KeyError):
        raise Unreadable("its footer does not tell a shard of this version of Winnow") from None


def rows_digest(rows: pa.Table) -> str:
    """SHA-256 of the rows' values."""
    content = hashlib.sha256(repr(rows.schema.names).encode())
    for batch in rows.to_batches(max_chunksize=256):
        for row in batch.to_pylist():
            content.update(repr([*row.values()]).encode("utf-8", "surrogatepass"))
    return content.hexdigest()


def sha256(path: Path) -> str:
    """Of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
