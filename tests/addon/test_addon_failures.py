"""Feeds of other people's projects that fail: a clear message, exit code 1, and no file that is half-written."""

import resource
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from foreign import FEED, Crawl, Project, Site, rows, setting

REACTORS = {
    "asyncio": (),
    "select": ("-s", "TWISTED_REACTOR=twisted.internet.selectreactor.SelectReactor"),
    "none": ("-s", "TWISTED_REACTOR_ENABLED=False"),
}


def whole(crawl: Crawl) -> None:
    """No file is half-written, and none is left over."""
    assert not list(crawl.folder.rglob("_tmp-*"))
    for path in crawl.folder.rglob("*.parquet"):
        pq.read_table(path, page_checksum_verification=True)


@pytest.mark.parametrize("reactor", REACTORS.values(), ids=REACTORS)
def test_an_item_that_does_not_fit_is_left_out_and_the_crawl_ends_with_1(plain: Project, reactor: tuple[str, ...]):
    """It is named with its field and type; the others are written, and feeds of other formats hold all."""
    crawl = plain.crawl(*rows({"id": "a"}, {"id": 7}, {"id": "c"}), "-O", "x.parquet", "-O", "x.jsonl", *reactor)
    assert "ERROR: item with id 7: field 'id' holds 7 (int), the schema has string" in crawl.log
    assert [row["id"] for row in crawl.rows("x.parquet")] == ["a", "c"]
    assert [row["id"] for row in crawl.rows("x.jsonl")] == ["a", 7, "c"]
    assert crawl.code == 1
    whole(crawl)


def test_a_schema_that_fits_no_item_stops_the_crawl_and_leaves_the_earlier_file(plain: Project):
    (plain.folder / "x.parquet").write_text("an earlier one")
    crawl = plain.crawl(*rows({"id": "a", "price": 1}), "-a", "count=1000000", "-O", "x.parquet", "-L", "INFO")
    assert "Spider closed (export_failed)" in crawl.log
    assert (crawl.folder / "x.parquet").read_text() == "an earlier one"
    assert (crawl.code, plain.files()) == (1, ["x.parquet"])


PACKED = {**FEED, "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"]}
HOPELESS = {  # what is asked for, and all that the log says about it
    "append": (("-o", "there.parquet"), ["is there already, and nothing can be appended to a Parquet file"]),
    "feeds": (
        setting(
            "FEEDS",
            {"there.parquet": FEED, "scrapy.cfg/x.parquet": FEED, "/proc/x.parquet": FEED, "y.parquet": PACKED},
        ),
        ["is there already", "scrapy.cfg/x.parquet: ", "cannot write /proc/x.parquet: ", "Parquet is packed already"],
    ),
    "settings": (
        ("-O", "x.parquet", "-s", "WINNOW_PARQUET_SCHEMA=plain.SCHEMA", "-s", "WINNOW_RULES=no.toml"),
        ["any object named 'SCHEMA'", "no.toml"],
    ),
    "metadata": (("-O", "x.parquet", "-s", "WINNOW_METADATA=everything"), ["metadata: 'everything' is unknown"]),
    "profile": (("-O", "x.parquet", "-s", "WINNOW_PROFILE=slow"), ["profile: 'slow' is unknown"]),
    "format": (setting("FEEDS", {"x.nothing": {}}), ["Unknown feed format: nothing", "no feed can be written"]),
}


@pytest.mark.parametrize(("asked", "said"), HOPELESS.values(), ids=HOPELESS)
def test_what_cannot_work_ends_the_crawl_before_it_begins(plain: Project, asked: tuple[str, ...], said: list[str]):
    (plain.folder / "there.parquet").write_text("an earlier one")
    crawl = plain.crawl("rows", "-a", "count=3", *asked, "-L", "INFO")
    for message in [*said, "  next: "]:
        assert message in crawl.log
    assert "'item_scraped_count'" not in crawl.log
    assert "Traceback" not in crawl.log
    assert (crawl.code, plain.files()) == (1, ["there.parquet"])
    assert (crawl.folder / "there.parquet").read_text() == "an earlier one"


def test_a_full_disk_ends_the_crawl_with_1_and_leaves_the_earlier_file(plain: Project):
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    (plain.folder / "x.parquet").write_text("an earlier one")
    crawl = plain.crawl("rows", "-a", "count=1000", "-a", "weight=1000", "-O", "x.parquet", before=small)
    assert "File too large\n  next: make room" in crawl.log
    assert "Traceback" not in crawl.log
    assert (crawl.code, plain.files()) == (1, ["x.parquet"])
    assert (crawl.folder / "x.parquet").read_text() == "an earlier one"


def test_an_upload_that_fails_ends_the_crawl_with_1(plain: Project):
    """Of any format: Scrapy itself logs it and ends with 0."""
    crawl = plain.crawl(*rows({"id": "a"}), "-O", "ftp://u:p@127.0.0.1:1/x.jsonl", "-O", "x.parquet")
    assert "1 feeds were not stored" in crawl.log
    assert len(crawl.rows("x.parquet")) == crawl.code == 1


def test_dash_o_needs_the_line_in_settings_py(plain: Project):
    """Scrapy looks at -O before it loads any add-on."""
    settings = plain.folder / "plain" / "settings.py"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if not line.startswith("FEED_EXPORTERS")))
    crawl = plain.crawl("rows", "-a", "count=3", "-O", "x.parquet")
    assert crawl.code == 2
    assert "Unrecognized output format 'parquet'" in crawl.log


def test_the_exporter_without_the_add_on_says_what_is_missing(plain: Project):
    crawl = plain.crawl("rows", "-a", "count=3", "-O", "x.parquet", *setting("ADDONS", {}))
    assert 'add to settings.py: ADDONS = {"cleaners.scrapy_addon.WinnowAddon": 500}' in crawl.log
    assert (crawl.folder / "x.parquet").stat().st_size == 0


def test_a_class_without_the_fields_ends_the_crawl_with_1(clash: Project, site: Site):
    crawl = clash.crawl("articles", "-a", f"site={site.url}", "-a", "paths=/pier", "-a", "kind=Bare")
    assert "ERROR: items of Bare have no field 'text' for 'text'\n  next: declare it" in crawl.log
    assert "Traceback" not in crawl.log
    assert crawl.code == 1


SCRIPT = """
from scrapy.crawler import CrawlerProcess
from scrapy.utils.project import get_project_settings

process = CrawlerProcess(get_project_settings())
process.crawl("pages", site={site!r}, paths="/pier")
process.start()
"""


def test_a_script_without_a_guard_is_told_so_and_crawls_once(plain: Project, site: Site):
    """Worker processes import the script that starts them; there it must not crawl again."""
    site.asked.clear()
    (plain.folder / "script.py").write_text(SCRIPT.format(site=site.url))
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=plain.folder, capture_output=True, text=True, timeout=120
    )
    assert "ERROR: no page can be cleaned: a worker process ended 5 times before its first page" in done.stderr
    assert '  next: a script must start its crawl under `if __name__ == "__main__":`' in done.stderr
    assert site.asked.count("/pier") == 1
