"""Clean fields on other people's items, under each reactor, with classes of items that are not ours."""

from dataclasses import dataclass
from typing import Any

import attrs
import pytest
import scrapy
from foreign import MORE, PROSE, Project, Site, rows, setting
from itemadapter import ItemAdapter

from cleaners import clean_text, scrapy_addon
from cleaners.errors import UsageError


def pages(site: Site, *paths: str) -> tuple[str, ...]:
    return "pages", "-a", f"site={site.url}", "-a", f"paths={','.join(paths)}"


def test_items_with_html_get_the_fields_of_a_record(plain: Project, site: Site):
    """A page that gives no text, or hangs, keeps its item, which says why; raw HTML stays out of Parquet."""
    paths = ("/ferry", "/blank", "/endless", "/pier")
    crawl = plain.crawl(*pages(site, *paths), "-a", "own=Mine", "-O", "x.parquet", "-s", "WINNOW_DEADLINE=0.3")
    assert crawl.code == 0, crawl.log
    found = {row["url"].removeprefix(site.url): row for row in crawl.rows("x.parquet")}
    assert {path: (row["text"], row["reject"]) for path, row in found.items()} == {
        "/ferry": (f"{PROSE}\n{MORE}", None),
        "/pier": (f"{MORE}\n{PROSE}", None),
        "/blank": (None, "no_text"),
        "/endless": (None, "timeout"),
    }
    assert [(one["rule"], one["text"]) for one in found["/ferry"]["removed"]] == [
        ("comment-heading", "\nLeave a Reply")
    ]
    assert found["/ferry"]["language"] == "en"
    assert found["/ferry"]["id"].startswith("<urn:uuid:")
    assert {row["title"] for row in found.values()} == {"Mine"}, "what the spider filled stays"


def test_fields_can_be_chosen_and_rejects_dropped(plain: Project, site: Site):
    """Under Twisted's own reactor, which knows no asyncio. Feeds of other formats keep their storage."""
    feed = {"x.jsonl": {"format": "jsonlines", "fields": ["url", "body", "text", "id"]}}
    wish = ("-s", "WINNOW_DROP_REJECTED=True", *setting("WINNOW_FIELDS", {"text": "body"}), *setting("FEEDS", feed))
    reactor = ("-s", "TWISTED_REACTOR=twisted.internet.selectreactor.SelectReactor")
    for _ in range(2):
        crawl = plain.crawl(*pages(site, "/ferry", "/blank"), *wish, *reactor)
        assert crawl.code == 0, crawl.log
        assert f"Dropped: no clean text from {site.url}/blank: no_text: " in crawl.log
    assert crawl.rows("x.jsonl") == [{"url": f"{site.url}/ferry", "body": f"{PROSE}\n{MORE}"}] * 2, "appended"


def test_items_with_text_are_cleaned_in_place(plain: Project):
    """Without any reactor. A rejected item keeps the text that it had."""
    texts = [f"{PROSE}\nKommentare\n{MORE}", " "]
    items = rows(*({"id": str(n), "text": text} for n, text in enumerate(texts)), {"id": "other"})
    crawl = plain.crawl(
        *items, "-O", "x.jsonl", "-s", "WINNOW_TEXT_FIELD=text", "-s", "TWISTED_REACTOR_ENABLED=False"
    )
    assert crawl.code == 0, crawl.log
    found = {row["id"]: row for row in crawl.rows("x.jsonl")}
    assert found["0"]["text"] == clean_text(texts[0]).text == f"{PROSE}\n{MORE}"
    assert (found["1"]["text"], found["1"]["reject"]) == (" ", "empty")
    assert found["other"] == {"id": "other"}, "an item without a page is none of ours"


def test_a_project_with_a_package_called_crawler_runs_its_own(clash: Project, site: Site):
    """Its items are of a class, which gets the fields that it declares; each batch becomes a file of its own."""
    arguments = ("-a", f"site={site.url}", "-a", "paths=/ferry,/pier,/blank")
    crawl = clash.crawl("articles", *arguments)
    assert (crawl.code, crawl.log) == (0, "")
    names = ["out/articles-00001.parquet", "out/articles-00002.parquet"]
    assert clash.files() == names
    batches = [crawl.rows(name) for name in names]
    assert [*map(len, batches)] == [2, 1]
    found = {row["url"].removeprefix(site.url): row for batch in batches for row in batch}
    assert found["/ferry"]["text"] == f"{PROSE}\n{MORE}"
    assert (found["/ferry"]["title"], found["/ferry"]["id"]) == ("/ferry", None)
    assert (found["/blank"]["text"], found["/blank"]["reject"]) == (None, "no_text")


@dataclass
class Data:
    text: str | None = None


@attrs.define
class Attrs:
    text: str | None = None


class Item(scrapy.Item):
    text = scrapy.Field()


@dataclass(frozen=True)
class Frozen:
    text: str | None = None


@pytest.mark.parametrize("item", [{}, Data(), Attrs(), Item()], ids=lambda item: type(item).__name__)
def test_each_kind_of_item_takes_the_fields_that_it_declares(item: Any):
    assert scrapy_addon._takes(item, "text")
    assert scrapy_addon._takes(item, "title") == isinstance(item, dict)
    scrapy_addon._set(ItemAdapter(item), "text", "Fog.")
    assert ItemAdapter(item).asdict() == {"text": "Fog."}


def test_a_class_that_cannot_be_changed_is_told_of():
    with pytest.raises(UsageError, match="items of Frozen do not take the field 'text'"):
        scrapy_addon._set(ItemAdapter(Frozen()), "text", "Fog.")


def test_a_field_that_no_item_has_is_warned_of(plain: Project):
    crawl = plain.crawl(*rows({"id": "a"}), "-s", "WINNOW_HTML_FIELD=body")
    assert crawl.code == 0
    assert "Winnow cleaned nothing: none of 1 items has a field 'body'" in crawl.log
