"""The block model: two opinions on each block, what each kind of page asks for, and the evidence that it names."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cleaners import dom, load_rules, markup, page, page_kind
from cleaners.clean import clean_document
from cleaners.declared import Metadata
from cleaners.document import Document
from cleaners.dom_groups import BUCKETS
from cleaners.errors import WinnowError
from cleaners.extract import Models, documents
from cleaners.learned import block_model, ngrams
from cleaners.learned.block_model import FEATURES, Model, judge, model_of, reasons
from cleaners.learned.elements import PageBlocks
from cleaners.learned.trees import SCALE, merits, trees_of
from cleaners.page_kind import KINDS

FIRST = "The bridge over the Alder was opened on Thursday, and half of the town came to see it, children before all."
LAST = "In the evening the lanterns were lit on both banks, and the old people sat down and spoke of the ferry."
ARTICLE = f"""<html><head><title>A bridge at last - Alder Post</title></head><body>
<nav class=menu><ul><li><a href=/>Home</a><li><a href=/map>Map of Alder</a><li><a href=/shop>Shop</a></ul></nav>
<main><article class=post><h1>A bridge at last</h1><p>{FIRST}</p><p>{LAST}</p><p>{FIRST} {LAST}</p></article>
<aside class=related><a href=/a>Ferry sold to a museum</a></aside></main><footer><p>Imprint</p></footer>"""
FORUM = f"""<html><body class=forum><ul class=breadcrumb><li><a href=/>Board</a></ul><div class=topic>
{f"<div class=post><b>brekke</b><div class=message>{FIRST}<br>Thanks!</div><a href=/r>Reply</a></div>" * 4}</div>
<form class=login><button>Log in</button></form>"""
CODE = f"<main><h1>alder.open</h1><pre><code>import alder\nalder.open()</code></pre><p>{LAST}</p></main>"
PAGES = (ARTICLE, FORUM, CODE, "<p>a", "<table><tr><td>2024<td>three</table>")


def read(html: str, profile: Any) -> PageBlocks:
    found = page.read(html, profile=profile)
    assert found.blocks is not None
    kinds = page_kind.probabilities([found.kind_features])[0].tolist()
    return PageBlocks(
        found.blocks.blocks, found.blocks.votes, found.blocks.descriptions, found.blocks.titles, kinds=kinds
    )


# --- the model that comes with Winnow ----------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["best", "fast"])
def test_the_text_is_found_with_and_without_votes(profile):
    given = read(ARTICLE, profile)
    (judged,) = judge(block_model.load(), [given])
    found = dict(zip(given.blocks.texts, judged.scores.tolist(), strict=True))
    assert judged.chain == {"best": "voted", "fast": "markup"}[profile]
    assert min(found[text] for text in (FIRST, LAST)) > 0
    assert max(found[text] for text in ("Home", "Map of Alder", "Shop", "Ferry sold to a museum", "Imprint")) < 0


def as_lists(judged: Any) -> list[Any]:
    return [judged.scores.tolist(), judged.rows.tolist(), judged.chain, judged.kinds]


def test_a_page_is_judged_the_same_alone_and_among_others_with_votes_and_without():
    pages = [read(html, profile) for html in PAGES for profile in ("best", "fast")]
    model = block_model.load()
    alone = [as_lists(judge(model, [each])[0]) for each in pages]
    assert [as_lists(each) for each in judge(model, pages)] == alone
    assert [as_lists(each) for each in judge(model, pages[::-1])] == alone[::-1]
    assert {each[2] for each in alone} == {"voted", "markup"}


def test_no_page_is_judged_to_nothing():
    assert judge(block_model.load(), []) == []


def test_a_page_is_judged_the_same_in_any_process():
    program = (
        "import json, sys; from cleaners import extract\n"
        "for html in json.load(sys.stdin):\n"
        "    print([extract.from_html(html, profile=name, left_out=True) for name in ('best', 'fast')])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(PAGES),
            env=os.environ | {"PYTHONHASHSEED": seed, "OPENBLAS_CORETYPE": core, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, core, zone in [("1", "Haswell", "Pacific/Apia"), ("2", "Prescott", "UTC")]
    }
    assert len(outputs) == 1


def test_reasons_name_the_evidence_that_lowered_a_score_most():
    model = block_model.load()
    for profile in ("best", "fast"):
        given = read(ARTICLE, profile)
        (judged,) = judge(model, [given])
        names, (first, second) = FEATURES[judged.chain][0], model.chains[judged.chain]
        low = [n for n, score in enumerate(judged.scores.tolist()) if score < 0]
        told = reasons(model, judged, low)
        assert len(told) == len(low) > 3
        for block, reason in zip(low, told, strict=True):
            parts = [part.rsplit(" ", 1) for part in reason.split(", ")]
            row, own = judged.rows[block], judged.rows[[block], : len(names)]
            merit = (merits(first, own) + merits(second, judged.rows[[block]])[:, : len(names)])[0]
            assert [str(row[names.index(name)]) for name, _ in parts] == [value for _, value in parts]
            moved = [int(merit[names.index(name)]) for name, _ in parts]
            assert moved == sorted(merit.tolist())[: len(moved)] and max(moved) < 0


TABLE = json.loads(block_model.FILE.read_text(encoding="utf-8"))


def test_the_model_names_the_data_it_was_learned_from():
    assert TABLE["about"]["trained_by"] == "bench/learn/blocks.py"
    assert {len(digest) for digest in TABLE["about"]["sha256"].values()} == {64}
    assert not [name for name in TABLE["about"]["sha256"] if "daniel" in name or "cleanportal" in name]


def test_the_model_is_whole_numbers():
    def leaves(table: Any) -> set[type]:
        each = table.values() if isinstance(table, dict) else table if isinstance(table, list) else ()
        return {type(table)}.union(*map(leaves, each))

    assert leaves({name: TABLE[name] for name in TABLE if name != "about"}) <= {dict, list, str, int}


# --- models made by hand -----------------------------------------------------------------------------------------

BLOCKS = "<p>Alder</p><p><a href=/>Map</a></p><p>Bridge</p>"


def stump(features: tuple[str, ...], feature: str, threshold: int, below: int, above: int) -> dict[str, Any]:
    """One question: is the feature above the threshold?"""
    asked = features.index(feature)
    columns = {
        "feature": [asked, -1, -1],
        "threshold": [threshold, 0, 0],
        "left": [1, -1, -1],
        "right": [2, -1, -1],
        "value": [(below + above) // 2, below, above],
        "roots": [0],
    }
    return {"trees": columns, "depth": 1}


def made(first: tuple[Any, ...], second: tuple[Any, ...], least: int = 0, **changed: Any) -> Model:
    table = {
        "features": {chain: [list(step) for step in steps] for chain, steps in FEATURES.items()},
        "least": [least * (kind == "forum") for kind in KINDS],
        "ngrams": base64.b64encode(bytes(ngrams.BUCKETS)).decode(),
        "names": base64.b64encode(bytes(2 * BUCKETS)).decode(),
        "chains": {
            chain: [stump(step, *asked) for step, asked in zip(steps, (first, second), strict=True)]
            for chain, steps in FEATURES.items()
        },
    }
    return model_of(table | changed)


def given(html: str, votes: list[int] | None = None, **kinds: int) -> PageBlocks:
    tree = markup.parse(html)
    assert tree is not None
    return PageBlocks(dom.read(tree), votes, kinds=[kinds.get(kind, 0) for kind in KINDS])


LINKED = ("link_share", 50, SCALE, -SCALE)


def test_the_second_opinion_sees_the_first_one_on_the_block_and_on_its_neighbours():
    own = made(LINKED, ("opinion", 0, -5, 5))
    assert judge(own, [given(BLOCKS)])[0].scores.tolist() == [5, -5, 5]
    below = made(LINKED, ("opinion+1", -1, -5, 5))
    assert judge(below, [given(BLOCKS)])[0].scores.tolist() == [-5, 5, -5]
    page_wide = made(LINKED, ("opinion_page", 50, -5, 5))
    assert set(judge(page_wide, [given(BLOCKS)])[0].scores.tolist()) == {5}


def test_an_opinion_is_seen_in_sixteenths_of_a_logit_and_its_probability_in_percent():
    first = np.array([-(10**6), -SCALE, -1, 0, 63, 64, SCALE, 10**6], dtype=np.int32)
    steps = block_model.fine(first)
    assert steps.tolist() == [-96, -16, -1, 0, 0, 1, 16, 96]
    assert block_model.percent(steps).tolist() == [0, 27, 48, 50, 50, 52, 73, 100]


def test_with_votes_both_chains_are_asked_and_their_mean_counts():
    tables = made(LINKED, ("opinion", 0, -5, 5))
    voted = stump(FEATURES["voted"][1], "vote", 50, -7, 7)
    chains = tables.chains | {"voted": (tables.chains["voted"][0], trees_of(voted["trees"], voted["depth"]))}
    model = Model(tables.ngrams, tables.names, chains, tables.least)
    with_votes, without = judge(model, [given(BLOCKS, [100, 100, 0]), given(BLOCKS)])
    assert with_votes.scores.tolist() == [(7 + 5) // 2, (7 - 5) // 2, (-7 + 5) // 2]
    assert without.scores.tolist() == [5, -5, 5]


@pytest.mark.parametrize(("probability", "lower"), [(0, 0), (500, 50), (1000, 100)])
def test_what_a_page_kind_asks_for_counts_as_far_as_the_kind_is_probable(probability, lower):
    model = made(LINKED, ("opinion", 0, -5, 5), least=100)
    (judged,) = judge(model, [given(BLOCKS, forum=probability, service=1000 - probability)])
    assert judged.scores.tolist() == [5 - lower, -5 - lower, 5 - lower]


def test_a_reason_is_what_was_asked_with_its_value_and_nothing_that_spoke_for_the_block():
    model = made(LINKED, ("link_share", 50, 5, -5))
    (judged,) = judge(model, [given(BLOCKS)])
    assert reasons(model, judged, [1]) == ["link_share 100"]
    assert reasons(model, judged, [0, 1]) == ["", "link_share 100"]
    assert reasons(model, judged, []) == []


@pytest.mark.parametrize("chain", FEATURES)
@pytest.mark.parametrize("step", [0, 1])
def test_a_model_of_other_evidence_is_refused_with_what_to_do(chain, step):
    features = {name: [list(each) for each in steps] for name, steps in FEATURES.items()}
    features[chain][step][3:5] = features[chain][step][4:2:-1]
    with pytest.raises(WinnowError, match="made for other evidence") as refused:
        made(LINKED, LINKED, features=features)
    assert "\n  next: install Winnow again; after a change of the evidence, run make train" in str(refused.value)


# --- what becomes of a block -------------------------------------------------------------------------------------

LOGIT = SCALE
TEXT = f"<p>{FIRST}</p><p>{LAST}</p><p>{FIRST} {LAST}</p>"  # of more than 250 characters
ENDS = {
    "as much as is asked for": (0, None, "kept"),
    "a little less": (-1, None, "boilerplate"),
    "one logit less": (-LOGIT, None, "boilerplate"),
    "still less": (-LOGIT - 1, None, "left out"),
    "far less, but trafilatura keeps half": (-9 * LOGIT, 50, "boilerplate"),
    "far less, and trafilatura keeps less than half": (-9 * LOGIT, 49, "left out"),
    "trafilatura keeps none of it": (0, 0, "kept"),
}


def document_of(html: str, linked: int, vote: int | None = None, text: int = LOGIT) -> Document:
    """By a model that gives each block that is mostly a link one score, and each other block another."""
    blocks = given(html)
    votes = None if vote is None else [vote] * len(blocks.blocks.texts)
    said = page.Page(Metadata(), replace(blocks, votes=votes), kind_features=[0] * len(page_kind.FEATURES))
    models = Models(made(LINKED, ("link_share", 50, text, linked)), page_kind.load())
    (document,) = documents([said], [None], left_out=True, models=models)
    return document


def ends(document: Document) -> dict[str, str]:
    cleaned = clean_document(document, load_rules())
    found = dict.fromkeys((block.text for block in document.blocks), "kept")
    found |= {document.blocks[cut.block].text: cut.rule for cut in cleaned.cuts}
    return found | {other.text: "left out" for other in document.left_out}


@pytest.mark.parametrize(("score", "vote", "end"), ENDS.values(), ids=ENDS)
def test_a_block_is_kept_or_cut_or_left_out_by_its_score_and_its_vote(score, vote, end):
    found = ends(document_of(f"{TEXT}<p><a href=/>The ferry of Alder sails.</a></p>", score, vote))
    assert found.pop("The ferry of Alder sails.") == end
    assert set(found.values()) == {"kept"}


def test_a_label_of_an_article_needs_a_logit_more_than_a_sentence():
    model = made(LINKED, ("opinion", 0, -5, 5))
    labels, sentences = given(BLOCKS, article=1000), given(BLOCKS.replace("</p>", ".</p>"), article=1000)
    assert judge(model, [sentences])[0].scores.tolist() == [5, -5, 5]
    assert judge(model, [labels])[0].scores.tolist() == [5 - SCALE, -5 - SCALE, 5 - SCALE]


def test_what_the_ledger_says_of_a_doubtful_block():
    document = document_of(f"{TEXT}<p><a href=/>The ferry of Alder</a></p>", -1)
    (removal,) = clean_document(document, load_rules()).removed
    assert (removal.rule, removal.category, removal.detail) == ("boilerplate", "unclassified", "link_share 83")
    assert removal.text == "\nThe ferry of Alder"


def test_a_rule_that_knows_a_doubtful_block_names_it():
    found = ends(document_of(f"{TEXT}<p><a href=/>Share on Facebook</a></p>", -1))
    assert found["Share on Facebook"] == "share-on"


LABELS = "".join(f"<p>Ferry, pier and harbour {number}</p>" for number in range(10))
SHORT = f"<p>The ferry sank.</p>{LABELS}<p><a href=/>The ferry was sold.</a></p>"


@pytest.mark.parametrize(
    ("vote", "kept"),
    [(None, {"The ferry sank."}), (50, {"The ferry sank."}), (0, set())],
)
def test_where_little_is_sure_sentences_outside_links_are_not_doubted(vote, kept):
    found = ends(document_of(SHORT, -9 * LOGIT, vote, text=-9 * LOGIT))
    assert {text for text, end in found.items() if end == "kept"} == kept


@pytest.mark.parametrize("vote", [None, 0, 50])
def test_of_a_page_of_a_few_words_only_links_are_doubted(vote):
    small = "<p>Ferry</p><p>The ferry sank.</p><p><a href=/>Home</a></p>"
    found = ends(document_of(small, -9 * LOGIT, vote, text=-9 * LOGIT))
    assert {text for text, end in found.items() if end == "kept"} == {"Ferry", "The ferry sank."}


def test_a_page_of_which_nothing_is_a_text_is_taken_in_and_out_as_a_whole():
    found = ends(document_of("<p><a href=/>The ferry of Alder</a></p>" * 20, -9 * LOGIT))
    assert found == {"The ferry of Alder": "boilerplate"}


def test_where_enough_is_sure_sentences_are_doubted_like_anything_else():
    found = ends(document_of(f"{TEXT}<p><a href=/>The ferry was sold, the</a> pier.</p>", -9 * LOGIT))
    assert found["The ferry was sold, the pier."] == "left out"
