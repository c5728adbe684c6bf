"""Hostile metadata: what a page says about itself, and where it says so."""

import json

from bench.survival.corpus import PARAGRAPHS, SENTENCES, Hostile, Table, in_head, json_ld, listed, meta, page, whole


def _article(**fields: object) -> str:
    """JSON-LD of an article with some field of the wrong sort."""
    return json.dumps({"@context": "https://schema.org", "@type": "NewsArticle"} | fields)


def _titled(title: str) -> str:
    return page().replace("<title>The ferry at Alder</title>", f"<title>{title}</title>")


def _time(value: str) -> str:
    return page(before=f'<time datetime="{value}" pubdate itemprop="datePublished">{value}</time>')


def _linked(address: str) -> str:
    return in_head(f'<link rel="canonical" href="{address}"><meta property="og:url" content="{address}">')


DATES = (
    "0000-00-00", "99999-12-31", "-2024-03-14", "2024-02-30", "2016-12-31T23:59:60Z", "2024-03-14T25:61:61+99:99",
    "1970-01-01", "14 Foo 2024", "2024-W11-4T24:00", "٢٠٢٤-٠٣-١٤", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
)  # fmt: skip
ADDRESSES = (
    "http://[", "http://[::1", "javascript:alert(1)", "//", "http://", "http://a\0b/", "http://ä.example/ü?%zz",
        "\n\n", "http://a:99999999/",
)  # fmt: skip

METADATA: Table = [
    ("JSON-LD nested deep", "kept", json_ld, ["[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900]),
    ("JSON-LD nested deeper than Python follows", "kept", json_ld, ["[" * 50_000 + "]" * 50_000, '{"a":' * 50_000]),
    ("JSON-LD never closed", "kept", json_ld, ["{" * 20_000, '{"headline": "', "["]),
    ("JSON-LD of two megabytes", "kept", json_ld, [lambda: _article(articleBody="The ferry. " * 200_000)]),
    ("JSON-LD that is no object", "kept", json_ld, ["null", "7", '"text"', "[1, null, [2]]", "[]", "", "NaN",
        "{}{}"]),
    ("JSON-LD with names of the wrong type", "kept", json_ld, [_article(headline=wrong, author=wrong,
        publisher=wrong) for wrong in (7, None, [], {}, [[1]], [{"name": {"name": []}}], True)]),
    ("JSON-LD of the wrong type", "kept", json_ld, [json.dumps({"@context": "https://schema.org",
        "@type": wrong}) for wrong in (7, None, [], [None], {"@type": []}, "", ["NewsArticle", 3])]),
    ("JSON-LD whose context is no address", "kept", json_ld, [json.dumps({"@context": wrong, "@type": "Article",
        "headline": "x"}) for wrong in (7, [], {}, [None], "")]),
    ("JSON-LD that refers to itself", "kept", json_ld,
        ['{"@context":"https://schema.org","@graph":[{"@id":"#a","author":{"@id":"#b"}},{"@id":"#b","author":{"@id":"#a"}}]}']),

    ("JSON-LD with a graph of nothing", "kept", json_ld, ['{"@context":"https://schema.org","@graph":null}',
        '{"@context":"https://schema.org","@graph":[null,7,"x"]}',
        '{"@context":"https://schema.org","liveBlogUpdate":[null]}']),
    ("lone surrogate in JSON-LD", "kept", json_ld,
        ['{"@context":"https://schema.org","@type":"NewsArticle","headline":"\\ud800 The ferry","author":{"@type":"Person","name":"Ruth \\udfff Venn"},"publisher":{"@type":"Organization","name":"The \\ud83d Post"}}']),  # noqa: E501

    ("control characters in JSON-LD", "kept", json_ld,
        ['{"@context":"https://schema.org","@type":"NewsArticle","headline":"\\u0000\\u001b[31mThe ferry","author":{"@type":"Person","name":"Ruth\\u0000 Venn"}}',  # noqa: E501
        '{"@context":"https://schema.org",\n"@type":"NewsArticle","headline":"a\nb\tc\x01"}']),
    ("numbers in JSON-LD that no machine holds", "kept", json_ld,
        [_article(headline="x")[:-1] + f', "n": {number}}}' for number in ("1e999", "-Infinity", "9" * 5_000,
        "0" * 99)]),
    ("keys twice in JSON-LD", "kept", json_ld,
        ['{"@context":"https://schema.org","@type":"Article","@type":7,"headline":"a","headline":null}']),
    ("script in JSON-LD", "kept", json_ld, [_article(headline="<script>alert(1)<\\/script>",
        author={"@type": "Person", "name": "<b>Ruth</b>"})]),
    ("authors by the thousand", "kept", json_ld, [_article(author=[{"@type": "Person",
        "name": f"Ruth {n}"} for n in range(2_000)])]),
    ("a thousand blocks of JSON-LD", "kept", in_head,
        ['<script type="application/ld+json">{"@type":"Article"}</script>' * 1_000]),
    ("dates of JSON-LD that never were", "kept", json_ld, [_article(datePublished=date,
        dateModified=date) for date in DATES[:6]]),
    ("dates in <meta> that never were", "kept", meta("article:published_time"), DATES),
    ("dates in <time> that never were", "kept", _time, DATES),
    ("dates by the thousand", "kept", whole, [page(before="<time datetime='2024-03-14'>14 March</time>" * 2_000)]),
    ("date of a megabyte", "kept", _time, ["2024-" * 200_000, "1" * 100_000]),
    ("microdata without sense", "kept", whole,
        [page(before='<div itemscope itemtype="" itemid="#" itemref="x x x"><meta itemprop><span itemprop="author headline"></span></div>')]),  # noqa: E501

    ("OpenGraph with control characters", "kept", meta("og:title"), ["&#1;&#0;\x01The\x0bferry", "\u202eeltit",
        "\ud800", "&amp;#xD800;&amp;#1;"]),
    ("OpenGraph of a megabyte", "kept", meta("og:site_name"), ["Alder " * 170_000]),
    ("<meta> without a value", "kept", in_head, ["<meta><meta name><meta property=og:title><meta content=x>" * 100]),
    ("ten thousand <meta>", "kept", in_head, ['<meta name="author" content="Ruth Venn">' * 10_000,
        '<meta name="keywords" content="a,b">' * 10_000]),
    ("author of many lines, or of signs", "kept", meta("author"), ["Ruth\n\nVenn\u2028x", "|" * 5_000,
        "by by by By: , ; & and", "@ruth http://x", "x" * 100_000]),
    ("title of a megabyte", "kept", _titled, ["The ferry at Alder " * 55_000]),
    ("title of many lines", "kept", _titled, ["The ferry\n\nat\tAlder\u2028again"]),
    ("title turned around", "kept", _titled, ["\u202eredlA ta yrref ehT", "\u2067\u2066\u2069"]),
    ("title nobody can see", "kept", _titled, ["\u200b\u200c\ufeff", "&nbsp;", "&#1;", " "]),
    ("tags in the title", "kept", _titled, ["<b>The</b> ferry<script>x</script>", "&lt;script&gt;", "<title>x"][:2]),
    ("title of signs that a pattern splits at", "kept", _titled, ["- " * 3_000, " | ".join(["Alder"] * 2_000),
        "« » – — · :: " * 500]),
    ("five thousand titles", "kept", in_head, ["<title>Other</title>" * 5_000,
        '<meta property="og:title" content="x">' * 5_000]),
    ("title in a drawing", "kept", whole,
        [page(before="<svg><title>Map of Alder</title><desc>x</desc></svg>").replace("<title>The ferry at Alder</title>",  # noqa: E501
        "")]),
    ("title that is the first sentence", "record", _titled, [SENTENCES[0], "\n".join(SENTENCES)]),
    ("headings by the thousand", "record", whole, [page("<h1>Alder</h1>" * 2_000 + PARAGRAPHS)]),
    ("own address that is none", "kept", _linked, ADDRESSES),
    ("own address of 100 kB", "kept", _linked, ["https://alder.example/" + "a" * 100_000,
        "https://" + "a." * 30_000 + "example/"]),
    ("licence, feed and alternates without sense", "kept", in_head,
        ['<link rel="license" href="http://["><link rel=alternate hreflang href><a rel="license" href="//[">x</a>' * 50]),  # noqa: E501

]  # fmt: skip


def inputs() -> list[Hostile]:
    return list(listed(METADATA))
