"""Other extractors, each with the settings that its authors propose for main text. Runs in their environment.

    python peers.py texts PAGES.jsonl.gz OUT.jsonl     what each makes of each page: {id, texts: {extractor: text}}
    python peers.py clock PAGES.jsonl.gz               for each line [extractor, n] on standard input: CPU seconds

Pages are rows {id, url, html}. An extractor that raises has found nothing. jusText and newspaper4k are told the
language that the page is in, which py3langid tells from its visible text; that time is not counted.
"""

import gzip
import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import justext
import py3langid
import trafilatura
from babel import Locale, UnknownLocaleError
from lxml import html as lxml_html
from readability import Document
from resiliparse.extract.html2text import extract_plain_text

warnings.filterwarnings("ignore")
import newspaper  # noqa: E402  # warns of what is not installed
from newspaper.languages import valid_languages  # noqa: E402

_STOPLISTS = justext.get_stoplists()
_WITHOUT_SPACES = ("zh", "ja", "th")  # no stoplist can help there
_NEWSPAPER_LANGUAGES = frozenset(code for code, _ in valid_languages()) - {
    "ja",
    "th",
}  # which ask for more to install
_INLINE = re.compile("a|abbr|b|bdi|bdo|cite|code|dfn|em|font|i|kbd|mark|q|s|samp|small|span|strong|sub|sup|u|var")


def _trafilatura(**options: Any) -> Callable[[dict[str, Any]], str]:
    return lambda page: trafilatura.extract(page["html"], include_comments=False, **options) or ""


def _resiliparse(page: dict[str, Any]) -> str:
    text: str = extract_plain_text(page["html"], main_content=True, comments=False)
    return text


def _readability(page: dict[str, Any]) -> str:
    summary = lxml_html.fromstring(Document(page["html"]).summary(html_partial=True))
    pieces: list[str] = []
    _gather(summary, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))


def _gather(element: Any, pieces: list[str]) -> None:
    """Text with a line for each block."""
    is_tag = isinstance(element.tag, str)  # and no comment
    around = "\n" if is_tag and not _INLINE.fullmatch(element.tag) else ""
    pieces += [around, (element.text or "").replace("\n", " ") if is_tag else ""]
    for child in element:
        _gather(child, pieces)
        pieces.append((child.tail or "").replace("\n", " "))
    pieces.append(around)


def _justext(page: dict[str, Any]) -> str:
    """With the stoplist of the page's language; without any where words are not set apart."""
    raw = page["html"].encode("utf-8", "replace")
    if page["language"] in _WITHOUT_SPACES:
        found = justext.justext(raw, frozenset(), stopwords_low=0, stopwords_high=0, encoding="utf-8")
    else:
        found = justext.justext(raw, justext.get_stoplist(_stoplist(page["language"])), encoding="utf-8")
    return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)


def _stoplist(code: str) -> str:
    try:
        name = Locale(code).get_language_name("en") or ""
    except (UnknownLocaleError, ValueError):
        name = ""
    name = {"Norwegian": "Norwegian_Bokmal"}.get(name, name.replace(" ", "_"))
    return name if name in _STOPLISTS else "English"


def _newspaper(page: dict[str, Any]) -> str:
    """Told the page's language where it knows it: it counts stop words, too."""
    known = {"language": page["language"]} if page["language"] in _NEWSPAPER_LANGUAGES else {}
    article = newspaper.Article(page["url"] or "https://page.example/", fetch_images=False, **known)
    article.download(input_html=page["html"])
    article.parse()
    text: str = article.text
    return text


EXTRACTORS: dict[str, Callable[[dict[str, Any]], str]] = {
    "trafilatura": _trafilatura(),
    "trafilatura, favor_precision": _trafilatura(favor_precision=True),
    "trafilatura, fast": _trafilatura(fast=True),
    "resiliparse": _resiliparse,
    "readability-lxml": _readability,
    "jusText": _justext,
    "newspaper4k": _newspaper,
}
TIMED = EXTRACTORS | {"trafilatura with metadata": _trafilatura(with_metadata=True)}


def tried(extractor: Callable[[dict[str, Any]], str], page: dict[str, Any]) -> str:
    try:
        return extractor(page)
    except Exception:
        return ""


def language(page: dict[str, Any]) -> str:
    """ISO 639-1; English where it cannot be told."""
    try:
        text = extract_plain_text(page["html"], main_content=True)
    except Exception:
        return "en"
    code: str = py3langid.classify(text)[0] if text.strip() else "en"
    return code


def texts(pages: list[dict[str, Any]], out: str) -> None:
    with open(out, "w", encoding="utf-8") as file:  # noqa: PTH123
        for page in pages:
            found = {name: tried(extractor, page) for name, extractor in EXTRACTORS.items()}
            file.write(json.dumps({"id": page["id"], "texts": found}) + "\n")


def clock(pages: list[dict[str, Any]]) -> None:
    print(json.dumps([*TIMED]), flush=True)
    for line in sys.stdin:
        name, n = json.loads(line)
        start = time.process_time()
        tried(TIMED[name], pages[n])
        print(time.process_time() - start, flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(10_000)  # readability's summary may be nested deep
    with gzip.open(sys.argv[2], "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        row["language"] = language(row)
    clock(rows) if sys.argv[1] == "clock" else texts(rows, sys.argv[3])
