"""Parquet feeds of other people's projects: whole files of a schema that is known beforehand."""

import random
import time

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from foreign import FEED, Project, rows, setting

from cleaners.errors import UsageError
from cleaners.scrapy_feeds import ITEMS, schema_of


def test_a_crawl_that_writes_all_its_items_ends_with_0(plain: Project):
    """The columns are those of Winnow's records and `reject`, whatever the items hold; -O replaces a file."""
    (plain.folder / "x.parquet").write_text("an earlier one")
    items = rows({"id": "a", "text": "Fog."}, {"url": "b", "extra": None})
    own = {
        "y.parquet": FEED | {"item_export_kwargs": {"schema": {"id": "string", "url": "string", "text": "string"}}}
    }
    crawl = plain.crawl(*items, "-O", "x.parquet", *setting("FEEDS", own))
    assert (crawl.code, plain.files()) == (0, ["x.parquet", "y.parquet"]), crawl.log
    assert crawl.rows("y.parquet")[0] == {"id": "a", "url": None, "text": "Fog."}
    with pq.ParquetFile(crawl.folder / "x.parquet") as file:
        assert file.schema_arrow == ITEMS
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    found = [(row["id"], row["url"], row["text"], row["reject"]) for row in crawl.rows("x.parquet")]
    assert found == [("a", None, "Fog.", None), (None, "b", None, None)]


UNFIT = [  # name, value, what the message says
    ("price", "n/a", "holds 'n/a' (str), the schema has double"),
    ("price", True, "holds True (bool), the schema has double"),
    ("count", 3.7, "holds 3.7 (float), the schema has int64"),
    ("count", "3", "holds '3' (str), the schema has int64"),
    ("count", 2**70, "(int), the schema has int64"),
    ("tags", "ab", "holds 'ab' (str), the schema has list<item: string>"),
    ("tags", ["a", 5], "holds ['a', 5] (list), the schema has list<item: string>"),
    ("name", ["a"], "holds ['a'] (list), the schema has string"),
    ("name", "\ud800", "holds '\\ud800' (str), the schema has string"),
]


def test_nothing_that_arrow_would_bend_or_drop_is_taken(plain: Project):
    """A schema of the user's own, as names and types; a field that it lacks passes only where it holds nothing."""
    types = {"url": "string", "name": "string", "price": "float64", "count": "int64", "tags": "list<string>"}
    good = {"url": "good", "price": 3, "count": 4.0, "tags": ["a"], "extra": None}
    bad = [{"url": f"u{n}", name: value} for n, (name, value, _) in enumerate(UNFIT)]
    items = rows(good, *bad, {"url": "last", "extra": 1})
    crawl = plain.crawl(*items, "-O", "x.parquet", *setting("WINNOW_PARQUET_SCHEMA", types))
    for n, (name, _, message) in enumerate(UNFIT):
        (line,) = [line for line in crawl.log.splitlines() if f"item with url 'u{n}': field '{name}'" in line]
        assert line.endswith(message)
    assert "item with url 'last' has the field 'extra', which the schema lacks" in crawl.log
    assert crawl.rows("x.parquet") == [{"url": "good", "name": None, "price": 3.0, "count": 4, "tags": ["a"]}]
    assert crawl.code == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nowhere.SCHEMA", "No module named 'nowhere'"),
        ("cleaners.schema.SCHEMA", "doesn't define any object named 'SCHEMA'"),
        ("cleaners.schema.REASONS", "No type alias for the page holds no bytes"),
        ("cleaners.schema.MAX_PAGE_BYTES", "holds no schema: 25165824"),
        ({"id": "text"}, "No type alias for text"),
        ('{"id": ', "Expecting value"),
    ],
)
def test_what_is_no_schema_is_refused(given: object, message: str):
    with pytest.raises(UsageError, match=message):
        schema_of({"WINNOW_PARQUET_SCHEMA": given})


def test_batches_become_whole_files_one_by_one_and_survive_kill_9(plain: Project):
    """At no moment does a reader of the folder meet a file that is not whole."""
    moments = random.Random(5)
    arguments = ("rows", "-a", "count=100000", "-a", "pause=0.001", "-a", "weight=2000")
    for n in range(2):
        feed = {f"out/{n}-%(batch_id)05d.parquet": FEED | {"batch_item_count": 10}}
        process = plain.start(*arguments, *setting("FEEDS", feed))
        first = plain.folder / "out" / f"{n}-00001.parquet"
        deadline = time.monotonic() + 30
        while not first.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(moments.random() / 2)
        process.kill()
        process.communicate()
        assert {pq.read_table(file).num_rows for file in first.parent.glob("*.parquet")} == {10}
        assert ds.dataset(first.parent).count_rows() > 0


def test_a_crawl_that_is_killed_leaves_the_earlier_file_and_the_next_one_sweeps_up(plain: Project):
    (plain.folder / "x.parquet").write_text("an earlier one")
    process = plain.start("rows", "-a", "count=100000", "-a", "pause=0.001", "-O", "x.parquet")
    deadline = time.monotonic() + 30
    while not [*plain.folder.glob("_tmp-x.parquet-*")] and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    assert (plain.folder / "x.parquet").read_text() == "an earlier one"
    assert len(plain.files()) == 2
    crawl = plain.crawl("rows", "-a", "count=3", "-O", "x.parquet")
    assert (crawl.code, plain.files(), len(crawl.rows("x.parquet"))) == (0, ["x.parquet"], 3)


def test_items_are_written_as_they_come(plain: Project):
    """In row groups of 32 MiB, so that memory does not grow with the crawl."""
    crawl = plain.crawl("rows", "-a", "count=200", "-a", "weight=200000", "-O", "x.parquet")
    with pq.ParquetFile(crawl.folder / "x.parquet") as file:
        assert file.num_row_groups == 2
        assert file.metadata.num_rows == 200
