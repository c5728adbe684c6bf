"""Strategies: small documents as pages and dumps hold them, sound and broken; leftovers stand among prose."""

from functools import cache

from hypothesis import strategies as st

from bench.survival.mutations import TOKENS
from cleaners.rules import load_rules

PROSE = (
    "The ferry at Alder left late this morning, because fog lay on the river until nine, and nobody minded.",
    "“I was never late before,” said Ruth Venn, who has crossed the water four times a day for nineteen years.",
    "Die Fähre fuhr heute Morgen zu spät, weil bis neun Uhr dichter Nebel über dem Fluss lag und niemand ihn sah.",
    "Le bac est parti en retard ce matin, parce que la brume a traîné sur la rivière jusqu'à neuf heures passées.",
    "今朝の渡し船は、川に深い霧がかかっていたため、九時まで出ることができなかったと船長は話している。",
    "今天早上渡船晚点了，因为河面上的大雾一直到九点才散去，孩子们都迟到了，老师们也只好等着他们。",
    "Паром отошёл поздно, потому что до девяти часов над рекой лежал густой туман, и никто этому не удивился.",
    "تأخرت العبّارة هذا الصباح لأن الضباب بقي فوق النهر حتى التاسعة، ولم ينزعج أحد من ذلك في القرية الصغيرة.",
    "आज सुबह नाव देर से चली, क्योंकि नौ बजे तक नदी पर घना कोहरा छाया हुआ था और किसी को बुरा नहीं लगा।",
    "Το πορθμείο έφυγε αργά το πρωί, επειδή ως τις εννέα το ποτάμι ήταν σκεπασμένο με ομίχλη και κανείς δεν έβλεπε.",
    "เช้านี้เรือข้ามฟากออกช้าเพราะหมอกหนาปกคลุมแม่น้ำจนถึงเก้าโมงและไม่มีใครบ่นเลยแม้แต่คนเดียว",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.",
)
LABELS = ("Home", "News", "12", "3 comments", "•", "* * *", "By Ruth Venn", "14 March 2024", "§", "Alder", "+", "»")
_CONTAINERS = [
    "div",
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "blockquote",
    "form",
    "aside",
    "header",
    "footer",
    "nav",
    "pre",
    "a",
    "b",
    "i",
    "span",
]
_BLOCKS = ["p", "p", "p", "h1", "h2", "h3", "li", "td", "div", "blockquote", "pre", "code", "dt", "dd", "figcaption"]


@cache
def leftovers() -> tuple[str, ...]:
    """What the rules say that they drop, and near misses that they keep."""
    return tuple(line for rule in load_rules() for line in (*rule.drops, *rule.keeps))


def _leftover() -> st.SearchStrategy[str]:
    """One of them. (st.sampled_from would write all of them into its description.)"""
    return st.integers(0, len(leftovers()) - 1).map(leftovers().__getitem__)


@cache
def pieces() -> st.SearchStrategy[str]:
    """A line of a document, mostly sensible."""
    return st.one_of(
        _leftover(),
        _leftover(),
        st.sampled_from(PROSE),
        st.sampled_from(PROSE),
        st.sampled_from(LABELS),
        st.text(max_size=12),
        st.builds(" ".join, st.tuples(_leftover(), st.sampled_from(TOKENS))),
        st.builds(
            "{0[0]}{1}{0[1]}".format,
            st.tuples(st.sampled_from(PROSE), st.sampled_from(PROSE)),
            st.sampled_from(TOKENS),
        ),
    )


def _element(tag: str, inner: str, how: int) -> str:
    """An element, closed or not, with an attribute or not."""
    start = f'<{tag} class="c{how}">' if how % 3 == 1 else f"<{tag}>"
    if tag == "a":
        start = '<a href="/x">'
    return f"{start}{inner}" if how == 7 else f"{start}{inner}</{tag}>"


@cache
def _blocks() -> st.SearchStrategy[str]:
    return st.builds(_element, st.sampled_from(_BLOCKS), pieces(), st.integers(0, 7))


@cache
def pages() -> st.SearchStrategy[str]:
    """Nested blocks, with broken markup between them now and then."""
    node = st.one_of(_blocks(), _blocks(), _blocks(), st.sampled_from(TOKENS), pieces())
    group = st.builds(
        lambda tag, inner, how: _element(tag, "\n".join(inner), how),
        st.sampled_from(_CONTAINERS),
        st.lists(node, min_size=1, max_size=4),
        st.integers(0, 7),
    )
    body = st.lists(st.one_of(node, node, group), min_size=1, max_size=7).map("".join)
    head = st.sampled_from(
        ["", "<html><head><title>The ferry</title></head><body>", '<html lang="de"><body>', "<body><h1>Ferry</h1>"]
    )
    return st.builds("".join, st.tuples(head, body))


@cache
def texts() -> st.SearchStrategy[str]:
    """Lines of already-extracted text."""
    return st.builds(
        str.join, st.sampled_from(["\n", "\n", "\n\n", "\r\n", "\r"]), st.lists(pieces(), min_size=1, max_size=8)
    )


@cache
def documents() -> st.SearchStrategy[tuple[str, str]]:
    """("html" or "text", content)."""
    return st.one_of(pages().map(lambda page: ("html", page)), texts().map(lambda text: ("text", text)))
