"""Loaders: files in, rows of PAGES out. One module a format family; all of them stream."""

from collections.abc import Iterator

from cleaners.load import jsonl, parquet, single, tars, warc, zips
from cleaners.load.find import find_inputs
from cleaners.load.rows import Columns, Input, Row, storage_errors

__all__ = ["Columns", "Input", "Row", "find_inputs", "read"]


def read(input: Input, columns: Columns) -> Iterator[Row]:
    """The rows of one input, by ascending offset; keys are names of `schema.PAGES`, a missing one is null.

    Holds one page and small buffers. Damaged data becomes a row with `problem` and `problem_detail`.
    Raises StorageError when the device fails.
    """
    with storage_errors(input):
        if input.format in ("warc", "wet"):
            yield from warc.read(input)
        elif input.format == "zip":
            yield from zips.read(input)
        elif input.format == "tar":
            yield from tars.read(input)
        elif input.format == "jsonl":
            yield from jsonl.read(input, columns)
        elif input.format == "parquet":
            yield from parquet.read(input, columns)
        else:
            yield from single.read(input)
