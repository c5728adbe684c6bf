"""What is known of a block: named features, in whole numbers, the same alone and among other pages."""

import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaners import dom, markup
from cleaners.dom_groups import BUCKETS, GROUPS
from cleaners.learned import blocks
from cleaners.learned.around import FAR, NO_NEIGHBOUR
from cleaners.learned.blocks import FEATURES, OPINIONS, VOTES, evidence, with_opinions
from cleaners.learned.elements import PageBlocks
from cleaners.page_kind import KINDS
from cleaners.prose import words_key

ARTICLE_KIND = tuple(1000 * (kind == "article") for kind in KINDS)
NAMES = np.arange(2 * BUCKETS, dtype=np.int64).reshape(2, BUCKETS).astype(np.int8)
PROSE = "The bridge over the Alder was opened on Thursday, and half of the town came to see it stand there at last. "
PAGE = f"""<body class=home><nav class=menu><ul><li><a href=/>Home</a><li><a href=/map>Map of Alder</a></ul></nav>
<main><article class=post><h1>A bridge at last</h1><p>{PROSE}</p><h2>What it cost</h2><p>{PROSE * 2}</p>
<table><tr><td>2024<td>three</table></article><aside class="related hidden" hidden>
<div class=card><a href=/a>Ferry sold to a museum</a></div><div class=card><a href=/b>Town hall shut</a></div></aside>
</main><footer><p>Imprint</p></footer>"""
OTHER = f"<div class=post>{PROSE}</div><div class=post>Thanks!</div><blockquote>{PROSE}</blockquote>" * 3


def page(html: str, votes: bool = False, **said) -> PageBlocks:
    tree = markup.parse(markup.sanitise(html))
    assert tree is not None
    found = dom.read(tree)
    given = [37 * number % 101 for number in range(len(found.texts))] if votes else None
    return PageBlocks(found, given, **{"kinds": ARTICLE_KIND, **said})


def wording(pages: list[PageBlocks]) -> np.ndarray:
    """Any numbers that depend on the text alone."""
    texts = [text for page in pages for text in page.blocks.texts]
    return np.array([sum(map(ord, text)) % 91 - 40 for text in texts], dtype=np.int32)


def rows(*pages: PageBlocks) -> np.ndarray:
    return evidence([*pages], wording([*pages]), NAMES).rows


def of(given: PageBlocks, feature: str) -> dict[str, int]:
    """A feature's value of each block."""
    names = FEATURES if given.votes is None else FEATURES + VOTES
    return dict(zip(given.blocks.texts, rows(given)[:, names.index(feature)].tolist(), strict=True))


# --- names -------------------------------------------------------------------------------------------------------


def test_each_feature_has_a_name_of_its_own():
    counted = Counter(FEATURES + VOTES + OPINIONS)
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("votes", [False, True])
def test_each_block_has_a_whole_number_for_each_name(votes):
    given = page(PAGE, votes)
    found = rows(given)
    assert found.shape == (len(given.blocks.texts), len(FEATURES) + votes * len(VOTES))
    assert found.dtype == np.int32


FAMILIES = ("SHAPE", "POSITION", "WORDING", "LINKS", "NAMES", "AROUND", "ALIKE", "PAGE", "VOTES", "OPINIONS")
PLACES = re.compile(r"@\d|[+-]\d|_(?:around|wide|above|below|alike|page)$")


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_of_features_is_documented(family):
    """By the names of its features, without the place where a feature is taken."""
    card = (Path(__file__).parent.parent / "docs" / "model-card.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([^`]+)`", card))
    names = {name if name in told else PLACES.sub("", name) for name in getattr(blocks, family)}
    assert not {name for name in names if name not in told and not name.startswith("kind_")}


def test_the_groups_of_names_are_told_of():
    card = (Path(__file__).parent.parent / "docs" / "model-card.md").read_text(encoding="utf-8")
    assert {"in_", "of_", "kind_", "unseen"} <= set(re.findall(r"`([^`]+)`", card))
    assert all(name.startswith(("in_", "of_")) or name == "unseen" for name in GROUPS)


# --- what features say -------------------------------------------------------------------------------------------

SAID = [
    ("length", "Home", 19),  # 8 * log2(1 + 4), rounded
    ("link_share", "Home", 100),
    ("link_share", PROSE.strip(), 0),
    ("links", "Map of Alder", 1),
    ("in_nav", "Home", 2),
    ("in_main", "2024 | three", 1),  # around it, but not near
    ("in_item", "Home", 2),
    ("in_main", "Home", 0),
    ("in_heading", "What it cost", 2),
    ("of_related", "Town hall shut", 2),
    ("unseen", "Town hall shut", 2),
    ("unseen", "Imprint", 0),
    ("in_table", "2024 | three", 2),
    ("alike", "Home", 13),  # 8 * log2(1 + 2), rounded
    ("alike", "Imprint", 8),
    ("alike_place", "Ferry sold to a museum", 0),
    ("alike_place", "Town hall shut", 1),
    ("alike_links", "Town hall shut", 83),
    ("behind_heading", "A bridge at last", 0),
    ("behind_heading", "Home", -2),
    ("behind_heading", "What it cost", 2),
    ("length-1", "Home", NO_NEIGHBOUR),
    ("length+1", "Imprint", NO_NEIGHBOUR),
    ("in_description", "Home", -1),
    ("has_article", "Home", 1),
    ("has_main", "Home", 1),
    ("page_long", "Home", 2),
    ("kind_article", "Home", 1000),
    ("kind_forum", "Home", 0),
    ("depth", "Home", 5),
    ("text_before", "Home", 0),
    ("text_after", "Imprint", 0),
]


@pytest.mark.parametrize(("feature", "block", "value"), SAID)
def test_what_a_feature_says(feature, block, value):
    assert of(page(PAGE, titles=("A bridge at last",)), feature)[block] == value


def test_levels_climb_to_the_elements_that_hold_more_blocks():
    given = page(PAGE)
    counts = [of(given, f"count@{level}")["Home"] for level in range(3)]
    assert counts == sorted(counts)
    assert of(given, "size@0")["Home"] < of(given, "size@1")["Home"] < of(given, "size@2")["Home"]
    assert of(given, "from_start@1")["Map of Alder"] == 1
    assert of(given, "from_end@1")["Map of Alder"] == 0


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (PROSE, {PROSE.strip(): 100, "Home": 0}),
        (f"Alder. {PROSE} And more.", {PROSE.strip(): 100, (PROSE * 2).strip(): 0}),
        ("the BRIDGE over the Alder, was opened", {PROSE.strip(): 100, (PROSE * 2).strip(): 100}),
        ("Home", {"Home": 0, PROSE.strip(): 0}),  # too short to tell
    ],
)
def test_a_block_that_the_page_declares_to_be_its_summary(description, said):
    found = of(page(PAGE, descriptions=(words_key(description),)), "in_description")
    assert {block: found[block] for block in said} == said


def test_the_main_heading_is_the_one_worded_like_the_titles():
    assert of(page(PAGE, titles=("What the bridge cost",)), "behind_heading")["What it cost"] == 0
    assert of(page(PAGE, titles=()), "behind_heading")["A bridge at last"] == 0
    assert set(of(page("<p>a<p>b"), "behind_heading").values()) == {-FAR - 1}


def test_names_are_weighed_near_the_block_and_on_the_whole_way_up():
    given = page("<main class='post list'><p class=lead>aaaa</p></main><div>bbbb")
    ones = np.ones((2, BUCKETS), dtype=np.int8)
    found = evidence([given], wording([given]), ones).rows
    near, far = (found[:, FEATURES.index(name)].tolist() for name in ("names_near", "names_far"))
    assert near == [2 + 3, 1 + 1]  # tag and words of <p> and <main>, of <div> and <body>
    assert far == [2 + 3 + 1 + 2, 1 + 1 + 2]  # and <body>, and <html>, which counts twice


def test_votes_are_compared_with_those_around():
    found = dom.read(markup.parse("<div><p>aaaa<p>bbbb</div><p>cccc"))
    given = PageBlocks(found, [0, 100, 100], kinds=ARTICLE_KIND)
    assert of(given, "vote") == {"aaaa": 0, "bbbb": 100, "cccc": 100}
    assert of(given, "vote_around") == {"aaaa": 100, "bbbb": 50, "cccc": 50}
    assert of(given, "vote_above") == {"aaaa": FAR, "bbbb": FAR, "cccc": 1}
    assert of(given, "vote_below") == {"aaaa": 1, "bbbb": 1, "cccc": FAR}
    assert of(given, "vote@1") == {"aaaa": 50, "bbbb": 50, "cccc": 66}
    assert set(of(given, "vote_page").values()) == {66}


def test_opinions_stand_behind_the_evidence():
    pages = [page(PAGE), page(OTHER)]
    known = evidence(pages, wording(pages), NAMES)
    score = np.arange(len(known.rows), dtype=np.int32) - 9
    percent = np.full(len(known.rows), 50)
    found = with_opinions(known, score, percent)
    assert found.shape == (len(known.rows), len(FEATURES) + len(OPINIONS))
    assert (found[:, : len(FEATURES)] == known.rows).all()
    assert (found[:, len(FEATURES) + OPINIONS.index("opinion")] == score).all()
    after = found[:, len(FEATURES) + OPINIONS.index("opinion+1")]
    last = len(pages[0].blocks.texts) - 1
    assert after[0] == score[1] and after[last] == NO_NEIGHBOUR


# --- alone and among others --------------------------------------------------------------------------------------

WORDS = st.text("aA1.é漢, ", min_size=1, max_size=60)
TAGS = st.sampled_from(
    [
        "<p>",
        "<div>",
        "<div class=post>",
        "<ul><li>",
        "<h2>",
        "</div>",
        "<a href=/>",
        "</a>",
        "<table><tr><td>",
        "<td>",
    ]
)
PAGES = st.lists(st.one_of(WORDS, TAGS), max_size=20).map(lambda parts: f"<p>x{''.join(parts)}")
ALL = [PAGE, OTHER, "<p>a", "<h1>A</h1>", f"<pre>{PROSE}"]


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGES, min_size=2, max_size=4), st.booleans())
def test_a_page_has_the_same_evidence_alone_and_among_others(htmls, votes):
    pages = [page(html, votes, titles=("Post a",), descriptions=("aaaaaaaaaaaaaaaaaaaaaaaa",)) for html in htmls]
    assert rows(*pages).tolist() == [row for each in pages for row in rows(each).tolist()]


@pytest.mark.parametrize("votes", [False, True])
def test_real_pages_have_the_same_evidence_and_opinions_in_any_order(votes):
    pages = [page(html, votes, titles=("A bridge",)) for html in ALL]

    def known(some: list[PageBlocks]) -> list[list[list[int]]]:
        found = evidence(some, wording(some), NAMES)
        score = wording(some)
        opinions = with_opinions(found, score, (score % 101).astype(np.int64)).tolist()
        stops = np.cumsum([len(each.blocks.texts) for each in some]).tolist()
        return [opinions[stop - len(each.blocks.texts) : stop] for each, stop in zip(some, stops, strict=True)]

    alone = [known([each])[0] for each in pages]
    assert known(pages) == alone
    assert known(pages[::-1]) == alone[::-1]
    assert known(pages * 2) == alone * 2


def test_where_one_page_has_no_votes_no_row_has_them():
    assert rows(page(PAGE, votes=True), page(OTHER)).shape[1] == len(FEATURES)


# --- pages that mean harm ----------------------------------------------------------------------------------------

MANY = 20_000  # blocks, beyond which a page is not judged
NUMBERS = " ".join(map(str, range(250)))  # metadata keeps titles and summaries to 1,000 characters
HOSTILE = {
    "as many blocks as are judged": ("<p>a" * MANY, {}),
    "as many headings, beside long titles": ("<h2>a b</h2>" * MANY, {"titles": (NUMBERS, NUMBERS[::-1])}),
    "all about the summary": (
        "".join(f"<p>{n} the bridge over the Alder" for n in range(MANY)),
        {"descriptions": ("thebridgeoverthealdeR" * 47,) * 3},
    ),
    "empty elements": ("<div></div>" * 100_000 + "a", {}),
    "elements inside each other": ("<div>a" * 2_000, {}),
    "names that are all different": ("".join(f"<p class='a{n}'>a" for n in range(MANY)), {}),
    "one block without an end": (f"<p>{'a ' * 1_000_000}", {}),
    "no letter": ("<p>\u0301<p>\U0010fffd<p>…", {}),
}


@pytest.mark.parametrize(("html", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_takes_seconds_at_most(html, said):
    given = page(html, **said)
    begun = time.process_time()
    assert len(rows(given)) == len(given.blocks.texts)
    assert time.process_time() - begun < 10
