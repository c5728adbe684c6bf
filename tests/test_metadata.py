"""What a page says about itself: which of its titles is the headline, dates, names, types, and what is no use."""

import json
import subprocess
import sys
import time

import pytest

from bench.survival import hostile_metadata
from cleaners import clean_html, markup, metadata
from cleaners.document import PROFILES
from cleaners.errors import UsageError
from cleaners.settings import Settings

URL = "https://www.flussbote.example/ort/die-neue-bruecke-steht"


def read(head="", body="", html="<html>", url=URL, **options):
    tree = markup.parse(f"{html}<head>{head}</head><body>{body}<p>Am Donnerstag kam der halbe Ort.</p></body></html>")
    return metadata.read(tree, url, **options)


def ld(**fields):
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org"} | fields)}</script>'


def named(name, value):
    return f'<meta name="{name}" content="{value}">'


OG = '<meta property="og:title" content="Die neue Brücke steht">'
TITLES = {
    "the only h1, before what metadata say": (
        OG,
        "<h1>Endlich: die Brücke ist da</h1>",
        "Endlich: die Brücke ist da",
    ),
    "the h1 that is worded like og:title": (
        OG,
        "<h1>Das Wetter</h1><h1>Die Brücke steht</h1><h1>Meistgelesen</h1>",
        "Die Brücke steht",
    ),
    "the h1 that is worded like the address": (
        "<title>Kreuz und quer</title>",
        "<h1>Unser Ort</h1><h1>Neue Bruecke steht</h1>",
        "Neue Bruecke steht",
    ),
    "no h1 that names the site": (OG, "<h1>Flussbote</h1>", "Die neue Brücke steht"),
    "no h1 of several that are about other things": (
        OG,
        "<h1>Das Wetter</h1><h1>Aktuell</h1>",
        "Die neue Brücke steht",
    ),
    "site behind the h1": ("", "<h1>Die Brücke | Flussbote</h1>", "Die Brücke"),
    "site in front of og:title": (
        '<meta property="og:title" content="flussbote.example - Die Brücke">',
        "",
        "Die Brücke",
    ),
    "title with its site": ("<title>Die Brücke – Der Flussbote</title>", "", "Die Brücke"),
    "title with a site that nothing else names": (
        "<title>Eine Brücke für alle » Uferblatt</title>",
        "",
        "Eine Brücke für alle",
    ),
    "title with sections behind it": (
        "<title>Die neue Brücke über den Fluss steht - Ort - Bau</title>",
        "",
        "Die neue Brücke über den Fluss steht",
    ),
    "title in Chinese, without spaces": ("<title>大桥通车了_财经_江河网</title>", "", "大桥通车了"),
    "a colon belongs to the title": ("<title>Die Brücke: ein Gang</title>", "", "Die Brücke: ein Gang"),
    "a headline that holds the site's name": (
        "<title>Ort - Flussbote wird hundert Jahre alt</title>",
        "",
        "Ort - Flussbote wird hundert Jahre alt",
    ),
    "og:title before other titles": (
        OG + named("twitter:title", "Brücke!") + "<title>Start</title>",
        "",
        "Die neue Brücke steht",
    ),
    "headline of JSON-LD": (
        ld(**{"@type": "NewsArticle", "headline": "Die Brücke"}) + "<title>Start</title>",
        "",
        "Die Brücke",
    ),
    "no headline of the site in JSON-LD": (
        ld(**{"@type": "WebSite", "name": "Bote"}) + "<title>Die Brücke</title>",
        "",
        "Die Brücke",
    ),
    "lines and markup": ("", "<h1>Die <b>neue</b><br>Brücke<script>var a</script></h1>", "Die neue Brücke"),
    "escaped twice": ('<meta property="og:title" content="Bär&amp;amp;Fluss &amp;#8217;24">', "", "Bär&Fluss ’24"),
    "no title of a drawing": ("", "<svg><title>Karte</title></svg>", None),
    "no h1 that is never closed": (
        OG,
        "<h1>" + "<p>Der Fluss steigt seit dem Morgen.</p>" * 90,
        "Die neue Brücke steht",
    ),
    "no h1 around half the page": (OG, "<h1>" + "<i>a</i> " * 301, "Die neue Brücke steht"),
    "nothing": ("", "", None),
}


@pytest.mark.parametrize(("head", "body", "title"), TITLES.values(), ids=TITLES)
def test_title(head, body, title):
    assert read(head, body).title == title


def test_all_that_stands_as_a_headline_is_known_so_that_it_can_be_cut():
    found = read(OG, "<h1>So steht die Brücke da</h1>")
    assert found.headlines == ("So steht die Brücke da", "Die neue Brücke steht")


DATES = {
    "article": (ld(**{"@type": "Article", "datePublished": "2025-03-04T23:30:00-08:00"}), "", "2025-03-04"),
    "in a graph": (
        ld(**{"@graph": [{"@type": "WebPage"}, {"@type": "BlogPosting", "datePublished": "2025-03-04"}]}),
        "",
        "2025-03-04",
    ),
    "the article's, not the page's": (
        ld(
            **{
                "@graph": [
                    {"@type": "WebPage", "datePublished": "2020-01-01"},
                    {"@type": "Article", "datePublished": "2025-03-04"},
                ]
            }
        ),
        "",
        "2025-03-04",
    ),
    "meta": (named("DC.date.issued", "4 March 2025"), "", "2025-03-04"),
    "meta before what is no date": (named("citation_date", "spring") + named("date", "2025/3/4"), "", "2025-03-04"),
    "time of publication": (
        "",
        '<time datetime="2024-01-01">a</time><time pubdate datetime="2025-03-04">b</time>',
        "2025-03-04",
    ),
    "the only day": ("", '<time datetime="2025-03-04">a</time><time datetime="PT4M">b</time>' * 2, "2025-03-04"),
    "several days, of teasers or comments": (
        "",
        '<time datetime="2024-01-01">a</time><time datetime="2025-03-04">b</time>',
        None,
    ),
    "without the day": (named("date", "March 2025"), "", None),
    "day and month in unknown order": (named("date", "03/04/2025"), "", None),
    "before the web": (named("date", "1987-07-08"), "", None),
    "after today": (named("date", "2042-07-08"), "", "2042-07-08"),
    "modified only": (named("last-modified", "2025-03-04"), "", None),
}


@pytest.mark.parametrize(("head", "body", "date"), DATES.values(), ids=DATES)
def test_date(head, body, date):
    assert read(head, body).date_published == date


def test_the_address_may_hold_the_date():
    assert read(url="https://flussbote.example/2025/03/04/bruecke").date_published == "2025-03-04"
    assert read(url="https://flussbote.example/2025/03/bruecke").date_published is None


AUTHORS = {
    "person": (ld(**{"@type": "Article", "author": {"@type": "Person", "name": "Jana Moor"}}), "", "Jana Moor"),
    "several": (ld(**{"@type": "Article", "author": [{"name": "Jana Moor"}, "Ole Tal"]}), "", "Jana Moor; Ole Tal"),
    "referred to": (
        ld(
            **{
                "@graph": [
                    {"@type": "Person", "@id": "#j", "name": "Jana Moor"},
                    {"@type": "Article", "author": {"@id": "#j"}},
                ]
            }
        ),
        "",
        "Jana Moor",
    ),
    "no organisation": (ld(**{"@type": "Article", "author": {"@type": "Organization", "name": "Das Amt"}}), "", None),
    "not the site": (named("author", "Der Flussbote"), "", None),
    "meta": (named("author", "Von Jana Moor"), "", "Jana Moor"),
    "several meta": (
        named("citation_author", "Moor, Jana") + named("citation_author", "Tal, Ole"),
        "",
        "Moor, Jana; Tal, Ole",
    ),
    "no account": (named("author", "admin"), "", None),
    "no address": (named("article:author", "https://social.example/jana moor"), "", None),
    "linked": ("", '<a rel="author" href="/j">Jana Moor</a>', "Jana Moor"),
    "shown": ("", '<span class="meta byline">By Jana Moor</span>', "Jana Moor"),
    "not whoever comments": ("", '<span class="comment-author">Ole Tal</span>', None),
}


@pytest.mark.parametrize(("head", "body", "author"), AUTHORS.values(), ids=AUTHORS)
def test_author(head, body, author):
    assert read(head, body).author == author


SITES = {
    "og": ('<meta property="og:site_name" content="Flussbote">' + named("application-name", "App"), "Flussbote"),
    "publisher": (
        ld(**{"@type": "Article", "publisher": {"@type": "Organization", "name": "Flussbote"}}),
        "Flussbote",
    ),
    "behind the title": ("<title>Die Brücke | Der Flussbote</title>", "Der Flussbote"),
    "the host that the page names": (
        '<link rel="canonical" href="https://www.flussbote.example/a">',
        "flussbote.example",
    ),
    "not said": ("<title>Die Brücke</title>", None),
}


@pytest.mark.parametrize(("head", "site"), SITES.values(), ids=SITES)
def test_site_name(head, site):
    assert read(head).site_name == site


def test_declared_types_are_those_of_the_page_and_not_of_what_it_mentions():
    graph = [
        {"@type": ["WebPage", "FAQPage"], "image": {"@type": "ImageObject"}},
        {"@type": "https://schema.org/Product"},
    ]
    found = read('<meta property="og:type" content="Article">' + ld(**{"@graph": graph}))
    assert found.declared_types == ("og:article", "WebPage", "FAQPage", "Product")


LANGUAGES = [
    ('<html lang="de-AT">', "fr", "de-at"),
    ("<html>", "fr-CA, en", "fr-ca"),
    ('<html lang=" ">', "fi", "fi"),
    ("<html>", "", None),
]


@pytest.mark.parametrize(("html", "content", "language"), LANGUAGES)
def test_language_of_the_root_else_of_its_header(html, content, language):
    assert read(f'<meta http-equiv="Content-Language" content="{content}">', html=html).declared_language == language


BROKEN = [
    '{"@type": "Article", "headline": ',
    "[" * 50_000,
    '{"a":' * 50_000,
    f'{{"n": {"9" * 5_000}}}',
    "null",
    "[[[[[[7]]]]]]",
]
WRAPPED = ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "{};"]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_broken_json_ld_is_passed_over(broken):
    head = f'<script type="application/ld+json">{broken}</script>' + ld(
        **{"@type": "Article", "headline": "Die Brücke"}
    )
    assert read(head).title == "Die Brücke"


@pytest.mark.parametrize("wrapped", WRAPPED)
def test_json_ld_may_be_wrapped_as_for_old_browsers(wrapped):
    declared = wrapped.format('{"@type": "Article", "headline": "Die\nBrücke"}')
    assert read(f'<script type="application/ld+json">{declared}</script>').title == "Die Brücke"


def test_a_declaration_without_end_is_not_read():
    declared = ld(**{"@type": "Article", "headline": "Die Brücke", "articleBody": "Der Fluss. " * 40_000})
    assert read(declared).declared_types == ()


def test_hostile_metadata_neither_raise_nor_take_long():
    for entry in hostile_metadata.inputs():
        tree = markup.parse(markup.sanitise(entry.built().decode("utf-8", "replace")))
        start = time.process_time()
        found = metadata.read(tree, "https://[broken")
        assert time.process_time() - start < 0.5, entry.name
        for text in (found.title, found.author, found.site_name, *found.headlines, *found.declared_types):
            assert text is None or (text.encode() and text == " ".join(text.split())), entry.name


TEXT_ONLY = '<p class="info">Veröffentlicht am 4. März 2025 von Jana Moor</p><h2>Die Brücke steht</h2>'


def test_full_metadata_fill_what_the_page_does_not_declare_and_change_nothing_else():
    basic, full = read(OG, TEXT_ONLY), read(OG, TEXT_ONLY, full=True)
    assert (basic.date_published, full.date_published) == (None, "2025-03-04")
    assert (basic.title, basic.headlines) == (full.title, full.headlines)


def test_full_metadata_do_not_fill_a_date_from_the_calendar():
    assert read(named("date", "2021 March 12:30"), full=True).date_published == "2021-03-01"


def test_what_only_full_metadata_need_is_not_imported_for_basic_ones():
    program = (
        "import sys; from cleaners.settings import Settings; from cleaners.worker import warm\n"
        "warm(Settings(metadata=sys.argv[1]))\n"
        "print('cleaners.full_metadata' in sys.modules, 'dateparser' in sys.modules)"
    )
    for setting, imported in (("basic", "False False\n"), ("full", "True")):
        run = subprocess.run([sys.executable, "-c", program, setting], capture_output=True, text=True, check=True)
        assert run.stdout.startswith(imported)


def test_the_setting_is_a_condition_and_has_two_values():
    assert Settings().conditions["metadata"] == "basic"
    assert Settings().config_hash != Settings(metadata="full").config_hash
    with pytest.raises(UsageError, match="everything"):
        Settings(metadata="everything")


@pytest.mark.parametrize("profile", PROFILES)
def test_clean_html_takes_full_metadata(profile):
    page = f"<html><body><article>{TEXT_ONLY}<p>Am Donnerstag wurde die Brücke eröffnet.</p></article></body></html>"
    assert clean_html(page, profile=profile).document.date_published is None
    assert clean_html(page, profile=profile, full_metadata=True).document.date_published == "2025-03-04"
