"""A page's kind, told from its tree and its address. All pages here were written for Winnow."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

import cleaners
from cleaners import markup
from cleaners.errors import WinnowError
from cleaners.page_kind import KINDS, SCALE, Model, features, kind_of, load, model_of, probabilities
from cleaners.page_kind_features import COUNTED, FEATURES, OF_ADDRESS, Seen, features_of, seen

TABLE = json.loads((Path(cleaners.__file__).parent / "learned" / "page_kinds.json").read_text(encoding="utf-8"))
SENTENCE = "Der Hafen von Skell versandet jedes Jahr um eine Handbreit, und der Bagger wurde im Frühling verkauft. "


def page(body: str, head: str = "", body_class: str = "") -> str:
    """A page with the surroundings that any has."""
    menu = "<li><a href='/x'>Seite</a></li>" * 8
    header = f"""<header class="site-header"><a class="logo"><img src="l.png"></a><form class="search-form">
    <input class="search-field"></form><nav class="main-menu"><ul class="menu">{menu}</ul></nav></header>"""
    footer = f"""<footer class="site-footer"><ul class="footer-links">{menu}</ul><div class="legal">2026</div>
    <div class="language-switch">DE</div><div class="back-to-top">Nach oben</div></footer>"""
    return f'<html><head>{head}</head><body class="{body_class}">{header}{body}{footer}</body></html>'


ARTICLE = page(
    f"""<article class="single-post story"><h1 class="headline">Ein Hafen verschwindet</h1>
    <p class="byline author">Von Ida Brekke</p><time datetime="2026-03-02">2. März</time>
    <figure><img src="a.jpg"><figcaption class="caption">Der Hafen</figcaption></figure>
    {f"<p>{SENTENCE * 3}</p>" * 12}<div class="share social">Teilen</div><div class="related">Mehr</div></article>""",
    "<title>Ein Hafen verschwindet - Skeller Bote</title>"
    "<meta property='article:published_time' content='2026-03-02'>",
    "single single-post",
)
FORUM = page(
    '<h1 class="thread-title topic">Mein Motor springt nicht an</h1><div class="pagination">1 2 3</div>'
    + f"""<article class="message message--post post"><div class="message-user"><img class="avatar">
    <a class="username">brekke</a><span class="reputation">71</span></div><time>vor drei Tagen</time>
    <div class="message-body"><blockquote class="quote">Hallo</blockquote>{SENTENCE}</div>
    <div class="vote reactions">2</div><div class="signature">Ida</div></article>"""
    * 12
    + '<form class="reply"><textarea></textarea><button>Antworten</button></form>',
    "<title>Mein Motor springt nicht an | Bootsforum</title>",
    "forum topic",
)
DOCUMENTATION = page(
    '<div class="toc toctree">' + '<li><a href="#a">a</a></li>' * 12 + "</div>"
    '<main class="markdown docs-body"><h1>harbour.open</h1>'
    + f"""<h2 class="anchor">Werte<a class="headerlink">#</a></h2><p>Gibt <code>depth</code> zurück.</p>
    <div class="highlight code"><pre><code>import harbour\nharbour.open(depth=3)</code></pre></div><p>{SENTENCE}</p>
    <div class="admonition note">Seit 2.1</div><dl><dt><code>depth</code></dt><dd>Meter</dd></dl>"""
    * 6
    + "</main>",
    "<title>harbour.open — Harbour 2.1</title><meta name='generator' content='Sphinx 7.2'>",
    "docs",
)
PRODUCT = page(
    """<div class="product-detail product" itemscope itemtype="https://schema.org/Product"><h1 class="product-title">
    Ölkanister, 20 l</h1><div class="product-gallery"><img src="a.jpg"><img src="b.jpg"></div>
    <div class="price sale-price" itemtype="https://schema.org/Offer">19,90</div>
    <div class="rating stars reviews">4,7</div><form class="cart add-to-cart"><select class="variant swatch"></select>
    <input class="qty quantity"><button class="buy add-to-cart">In den Korb</button></form>
    <div class="stock availability">Auf Lager</div><div class="sku">4711</div><p>Aus Blech.</p></div>""",
    "<title>Ölkanister</title><meta property='og:type' content='product'>"
    "<meta property='product:price:amount' content='19.90'>",
    "single-product woocommerce product",
)
LISTING = page(
    '<h1 class="archive-title">Hafen</h1><div class="list archive feed">'
    + """<article class="item teaser listing"><h2><a href="/a">Ein Hafen verschwindet</a></h2><time>2. März</time>
    <a href="/b">Mehr</a></article>"""
    * 25
    + '</div><div class="pagination pager">1 2 3 4</div>',
    "<title>Hafen</title>",
    "archive category tag",
)
COLLECTION = page(
    '<h1>Kanister</h1><div class="filters facets">Farbe</div><select class="sort"></select><div class="product-grid">'
    + """<div class="product-card grid-item"><a href="/p"><img src="a.jpg"></a><h3 class="product-title">Kanister</h3>
    <span class="price">19,90</span><span class="swatch"></span><div class="rating">4,7</div>
    <button class="quick-add cart">+</button></div>"""
    * 24
    + '</div><div class="pagination load-more">Mehr</div>',
    "<title>Kanister aus Blech und Kunststoff kaufen | Laden</title><meta property='og:type' content='website'>",
    "collection template-collection",
)
SERVICE = page(
    '<section class="hero banner"><h1>Wir baggern Häfen</h1><a class="btn cta">Angebot</a></section>'
    + """<section class="section features services"><h2>Leistungen</h2><div class="benefit feature"><svg></svg>
    <h3>Schnell</h3><p>Von Skell bis Brekke.</p></div></section>"""
    * 4
    + '<section class="testimonials"><h2>Kunden</h2></section>'
    '<section class="faq accordion"><h2>Fragen</h2></section>'
    '<section class="contact"><form><input><input><textarea></textarea><button>Senden</button></form></section>',
    "<title>Hafenbagger | Brekke</title><meta property='og:type' content='website'>",
    "page home",
)
PAGES = {
    "article": (ARTICLE, "https://bote.example/nachrichten/2026/03/02/ein-hafen-verschwindet", ("NewsArticle",)),
    "forum": (FORUM, "https://forum.boote.example/threads/mein-motor-springt-nicht-an.71234/", ()),
    "documentation": (DOCUMENTATION, "https://docs.harbour.example/reference/open.html", ()),
    "product": (PRODUCT, "https://laden.example/produkte/oelkanister-20l", ("og:product", "Product", "Offer")),
    "listing": (LISTING, "https://bote.example/tag/hafen", ("CollectionPage",)),
    "collection": (COLLECTION, "https://laden.example/collections/kanister", ("og:website",)),
    "service": (SERVICE, "https://bagger.example/leistungen/", ("og:website", "LocalBusiness")),
}


def row(html: str, url: str | None = None, types: tuple[str, ...] = ()) -> list[int]:
    tree = markup.parse(markup.sanitise(html))
    assert tree is not None
    return features(tree, url, types)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_recognised(kind):
    [found] = probabilities([row(*PAGES[kind])])
    assert KINDS[found.argmax()] == kind, dict(zip(KINDS, found, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_recognised_without_its_address_and_without_declared_types(kind):
    [found] = probabilities([row(PAGES[kind][0])])
    assert KINDS[found.argmax()] == kind, dict(zip(KINDS, found, strict=True))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "collection"])
def test_a_plain_case_is_named(kind):
    assert kind_of(probabilities([row(*PAGES[kind])])[0]) == kind


def test_a_collection_is_a_listing_rather_than_anything_else():
    [found] = probabilities([row(*PAGES["collection"])])
    assert found[KINDS.index("collection")] + found[KINDS.index("listing")] > 900


def test_a_page_that_says_nothing_has_no_kind():
    assert kind_of(probabilities([row("<div>x</div>", "https://a.example/")])[0]) is None


def test_the_words_of_the_text_are_not_read():
    greek = ARTICLE.replace(SENTENCE, "ω" * len(SENTENCE))
    assert greek != ARTICLE
    assert row(greek) == row(ARTICLE)


# --- the features ------------------------------------------------------------------------------------------------


def named(html: str, url: str | None = None, types: tuple[str, ...] = ()) -> dict[str, int]:
    return dict(zip(FEATURES, row(html, url, types), strict=True))


def test_each_feature_has_a_name_of_its_own():
    assert [name for name, times in Counter(FEATURES).items() if times > 1] == []


@pytest.mark.parametrize(
    ("url", "feature", "value"),
    [
        ("https://a.example/", "url_root", 1),
        ("https://a.example/b/c", "url_depth", 2),
        ("https://a.example/2026/03/02/b", "url_date", 1),
        ("https://a.example/b/a-long-headline-of-words", "url_hyphens", 4),
        ("https://a.example/b-1234567", "url_number", 7),
        ("https://a.example/showthread.php?t=5", "url_thread", 1),
        ("https://a.example/b?c=1&d=2", "url_parameters", 2),
        ("https://docs.a.example/", "host_docs", 1),
        ("https://a.example/collections/b", "path_collection", 2),
        ("https://a.example/my-collections/b", "path_collection", 1),
        ("https://a.example/kategorie/b", "path_collection", 2),
        ("https://a.example/kategorie/b", "path_forum", 0),
    ],
)
def test_the_address_speaks(url, feature, value):
    assert named("<p>x", url)[feature] == value


@pytest.mark.parametrize("url", [None, "", "no address", "http://[", "//", "mailto:a@example.org"])
def test_without_an_address_its_features_are_zero(url):
    assert set(row("<p>x", url)[OF_ADDRESS]) == {0}


@pytest.mark.parametrize(
    ("html", "types", "feature", "value"),
    [
        ("<p>x", ("NewsArticle",), "type_article", 1),
        ("<p>x", ("https://schema.org/QAPage",), "type_forum", 1),
        ("<p>x", ("og:product",), "type_product", 1),
        ("<div itemtype='http://schema.org/Product'>x</div>", (), "type_product", 1),
        ("<p>x", ("Event",), "type_product", 0),
        ("<div class='productCard'>x</div>", (), "class_product", 8),
        ("<div class='productCard'>x</div>", (), "class_card", 8),
        ("<div class='production'>x</div>", (), "class_product", 0),
        ("<body class='single-post'>x", (), "body_single", 1),
        ("<meta name='generator' content='WordPress 6.4'><p>x", (), "generator_blog", 1),
        ("<meta name='generator' content='Discourse 3.1'><p>x", (), "generator_forum", 1),
        ("<meta property='product:price:amount' content='5'><p>x", (), "price", 1),
        ("<p>x</p>" * 3, (), "<p>", 16),
        ("<p>1234567<b>8</b></p><p>1</p>", (), "longest_paragraph", 24),
        ("<b class=a>x</b>" * 3, (), "most_repeated", 16),
    ],
)
def test_the_markup_speaks(html, types, feature, value):
    assert named(html, None, types)[feature] == value


def test_a_tree_that_was_gone_through_already_has_the_same_features():
    tree = markup.parse(FORUM)
    assert tree is not None
    by_hand = Seen(
        {tag: len([*tree.iter(tag)]) for tag in COUNTED},
        [len(p.text or "") for p in tree.iter("p")],
        Counter(e.get(name) for e in tree.iter(etree.Element) for name in ("class", "itemtype") if e.get(name)),
    )
    assert by_hand == seen(tree)
    assert features_of(by_hand, tree, None, ()) == features(tree, None, ())


# --- pages that mean harm ----------------------------------------------------------------------------------------

MANY = 20_000


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * MANY,
        "<div class=post>" * 1_500,
        f"<div class='{'post ' * MANY}'>x</div>",
        f"<div class='{'A' * 50 * MANY}'>x</div>",
        "".join(f"<b class='post{i}'>x</b>" for i in range(MANY)),
        f"<head><title>{'- ' * MANY}</title>{'<meta name=generator content=WordPress>' * MANY}</head><p>x",
        f"<body id='{'post-' * MANY}'><div itemtype='schema.org/{'/' * MANY}'>x",
        "<p\0>\0x</p><div class='\0post\ud800'>x",
        "<frameset><frame></frameset>",
        "<svg><p class></svg>",
        "x<",
    ],
    ids=lambda html: html[:20].encode("ascii", "replace").decode(),
)
@pytest.mark.parametrize("url", [None, "http://[::1/", f"http://a.example/{'1-' * MANY}?{'a=' * MANY}"])
def test_a_hostile_page_has_features_like_any_other(html, url):
    found = row(html, url, ("", "/", "og:", "x" * MANY, "\ud800"))
    assert len(found) == len(FEATURES)
    assert abs(int(probabilities([found]).sum()) - 1000) <= 3


# --- the model ---------------------------------------------------------------------------------------------------


def test_probabilities_are_whole_per_mille_whatever_the_features():
    rows = [[0] * len(FEATURES), [10**9] * len(FEATURES), [-(10**9)] * len(FEATURES), row(ARTICLE)]
    found = probabilities(rows)
    assert found.shape == (4, len(KINDS))
    assert found.dtype.kind == "i"
    assert found.min() >= 0
    assert abs(found.sum(axis=1) - 1000).max() <= 3


def test_probabilities_are_those_of_the_softmax():
    rows = np.array([row(*given) for given in PAGES.values()])
    model = load()
    scores = (np.clip(rows, model.low, model.high) @ model.weights + model.bias) / SCALE
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert np.abs(probabilities(rows) - 1000 * shares / shares.sum(axis=1, keepdims=True)).max() < 10


@pytest.mark.parametrize("behind", [16, 20, 32, 1_000])  # natural logits
def test_kinds_far_behind_the_first_are_improbable(behind):
    none = np.zeros(len(FEATURES), dtype=np.int64)
    bias = np.array([0, behind, *[0] * (len(KINDS) - 2)]) * SCALE
    model = Model(none, none, np.zeros((len(FEATURES), len(KINDS)), dtype=np.int64), bias)
    assert probabilities([none], model).tolist() == [[0, 1000, 0, 0, 0, 0, 0]]


def test_a_page_has_the_same_probabilities_alone_and_among_others():
    rows = [row(*given) for given in PAGES.values()]
    together = probabilities(rows).tolist()
    assert [probabilities([each])[0].tolist() for each in rows] == together


def test_no_page_is_no_row():
    assert probabilities([]).shape == (0, len(KINDS))


@pytest.mark.parametrize("part", ["features", "kinds"])
def test_a_table_for_other_features_is_refused(part):
    with pytest.raises(WinnowError, match="other features"):
        model_of(TABLE | {part: TABLE[part][1:]})


def test_the_model_names_the_data_it_was_learned_from():
    assert {len(digest) for digest in TABLE["about"]["sha256"].values()} == {64}
    assert TABLE["about"]["trained_by"] == "bench/learn/kinds.py"
