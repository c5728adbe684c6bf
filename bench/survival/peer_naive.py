"""What many people write first: trafilatura over JSON lines, into Parquet. Beside it, in peers.py, stands Winnow.

`python peer_naive.py one IN OUT`: one file, written anew at each start. `files`: one output for each input, and
inputs whose output exists are skipped.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from trafilatura import extract

SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])
GROUP = 4  # rows


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(paths: list[Path], out: Path) -> None:
    with pq.ParquetWriter(out, SCHEMA) as writer:
        for path in paths:
            gathered = [{"id": row["id"], "text": extract(row["text"])} for row in rows(path)]
            for start in range(0, len(gathered), GROUP):
                writer.write_table(pa.Table.from_pylist(gathered[start : start + GROUP], schema=SCHEMA))


def main(way: str, source: str, target: str) -> None:
    paths, out = sorted(Path(source).glob("*.jsonl")), Path(target)
    out.mkdir(exist_ok=True)
    if way == "one":
        write(paths, out / "all.parquet")
        return
    for path in paths:
        if not (made := out / f"{path.stem}.parquet").exists():
            write([path], made)


if __name__ == "__main__":
    main(*sys.argv[1:])
