"""WARC to Parquet as many write it first: warcio, trafilatura with metadata, langdetect, pyarrow.

`python pipeline_naive.py WARC OUT`. Runs in the environment of peers.
"""

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from langdetect import LangDetectException, detect
from trafilatura import bare_extraction
from warcio.archiveiterator import ArchiveIterator

COLUMNS = ("title", "author", "date", "sitename", "text")


def row(url: str, html: bytes) -> dict[str, Any] | None:
    found = bare_extraction(html, url=url, include_comments=False, with_metadata=True)
    if found is None or not found.text:
        return None
    fields = found.as_dict()
    try:
        language = detect(found.text)
    except LangDetectException:
        language = None
    return {"url": url, "language": language} | {name: fields[name] for name in COLUMNS}


def main(warc: Path, out: Path) -> None:
    with warc.open("rb") as file:
        pages = [
            row(record.rec_headers["WARC-Target-URI"], record.content_stream().read())
            for record in ArchiveIterator(file)
            if record.rec_type == "response"
        ]
    out.mkdir()
    pq.write_table(pa.Table.from_pylist([page for page in pages if page]), out / "pages.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
