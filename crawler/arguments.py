"""The arguments of the spiders (`-a name=value`), checked before anything is fetched."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from w3lib.url import safe_url_string

from cleaners.errors import UsageError
from crawler.addresses import folder_name, problem, site

EXAMPLES = {"url": "https://example.org/", "file": "addresses.txt"}
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Arguments:
    source: str  # the address, or the file of addresses
    limit: int | None  # pages to store at most
    crawl: str  # the name of the folder in RAW_DIR


def read(spider: str, source: str, given: Mapping[str, str]) -> Arguments:
    """Checks what was given to a spider whose one mandatory argument is `source`: `url` or `file`."""
    known = (source, "limit", "crawl")
    for name in given:
        if name not in known and not name.startswith("_"):  # scrapyd gives every job a _job
            raise UsageError(f"spider {spider!r} has no argument {name!r}", f"choose from {', '.join(known)}")
    if not given.get(source):
        example = f"scrapy crawl {spider} -a {source}={EXAMPLES[source]}"
        raise UsageError(f"spider {spider!r} needs the argument {source!r}", example)
    value = _url(given["url"]) if source == "url" else _file(given["file"])
    return Arguments(value, _limit(given.get("limit")), _crawl(given.get("crawl"), value, source))


def _url(url: str) -> str:
    url = safe_url_string(url.strip())
    if found := problem(url):
        raise UsageError(f"url={url}: {found[1]}", f"write the whole address, as in url={EXAMPLES['url']}")
    return url


def _file(file: str) -> str:
    if file != STANDARD_INPUT and not Path(file).is_file():
        raise UsageError(f"file={file}: no such file", "check the path; it should list one address a line")
    return file


def _limit(limit: str | None) -> int | None:
    if limit is None:
        return None
    if not (limit.isascii() and limit.isdigit() and int(limit) > 0):
        raise UsageError(f"limit={limit}: not a number of pages", "give 1 or more, or leave it out for no limit")
    return int(limit)


def _crawl(crawl: str | None, value: str, source: str) -> str:
    if crawl is not None:
        text = crawl
    elif source == "url":
        text = site(value) or ""
    else:
        text = "stdin" if value == STANDARD_INPUT else Path(value).stem
    if name := folder_name(text):
        return name
    raise UsageError(f"crawl={text}: no letter or digit to name a folder by", "give a name: -a crawl=news-2026")
