"""What a hostile input is, and the ordinary page into which most of them are put."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

Content = str | bytes | Callable[[], str | bytes]
Place = Callable[[str], str | bytes]

SENTENCES = (
    "The ferry at Alder left late this morning, because fog lay on the river until nine.",
    "Its captain, Ruth Venn, has crossed the water four times a day for nineteen years.",
    "She says that the old river bridge was never missed by anyone who liked to talk.",
    "Children from the northern bank take the boat to school, and their teachers wait.",
    "In winter the ice breaks against the hull with a sound like plates in a kitchen.",
    "The council wants to pay for a new engine, if the county pays for half of it.",
    "Nobody in the village remembers a year without an argument about the timetable.",
    "On Sundays the crossing costs nothing, and a dog may sit beside the wheelhouse.",
)
PARAGRAPHS = "".join(f"<p>{sentence}</p>\n" for sentence in SENTENCES)
TEXT = "\n".join(SENTENCES)
_BORDER = "old river"
#: What must be found in the text of an input that ends as `kept`: nothing of the story is lost, but where the
#: hostile thing stands.
WITNESSES = tuple(
    piece
    for sentence in SENTENCES
    for piece in (
        (sentence.partition(_BORDER)[0] + "old", "river" + sentence.partition(_BORDER)[2])
        if _BORDER in sentence
        else (sentence,)
    )
)


@dataclass(frozen=True)
class Hostile:
    """One input: a file, or a line of the common file of rows.

    `ends`: for each of its pages, what may become of it: `kept` (a record with the whole story), `record` or
    reasons for a reject, with | between them. `code`: exit codes of a run over it alone; () where it goes along
    with the others.
    """

    name: str
    mechanism: str
    content: Content
    ends: tuple[str, ...]
    suffix: str = ".html"
    codes: tuple[int, ...] = ()
    slow: bool = False

    def built(self) -> bytes:
        content = self.content() if callable(self.content) else self.content
        return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


Table = Iterable[tuple[str, str, Place, Iterable[Content]]]


def listed(table: Table, suffix: str = ".html") -> Iterator[Hostile]:
    """A table of (mechanism, ends, place, pieces) as inputs. A piece that is a function is made when it is needed."""
    for mechanism, ends, place, pieces in table:
        numbers = count(1)
        slow = ends.endswith(" slow")
        for piece in pieces:
            name = f"{mechanism} {next(numbers)}"
            yield Hostile(name, mechanism, _placed(place, piece), (ends.removesuffix(" slow"),), suffix, slow=slow)


def _placed(place: Place, piece: Content) -> Callable[[], str | bytes]:
    def build() -> str | bytes:
        content = piece() if callable(piece) else piece
        return content if isinstance(content, bytes) else place(content)

    return build


def page(
    article: str = PARAGRAPHS, before: str = "", head: str = "", start: str = '<!DOCTYPE html>\n<html lang="en">'
) -> str:
    meta = '<meta charset="utf-8"><title>The ferry at Alder</title>'
    return f"{start}<head>{meta}{head}</head><body>{before}<article>{article}</article></body></html>"


def inside(piece: str) -> str:
    """Between two words of the third sentence."""
    return page(PARAGRAPHS.replace(_BORDER, f"old {piece} river", 1))


def glued(piece: str) -> str:
    """In the middle of a sentence, with no space around it."""
    return page(PARAGRAPHS.replace(_BORDER, f"old{piece}river", 1))


def before(piece: str) -> str:
    return page(before=piece)


def behind(piece: str) -> str:
    return page(PARAGRAPHS + piece)


def between(piece: str) -> str:
    """Between two paragraphs."""
    return page(PARAGRAPHS.replace("</p>\n", f"</p>\n{piece}", 3).replace(f"</p>\n{piece}", "</p>\n", 2))


def around(tags: str) -> str:
    """Around all paragraphs, closed in reverse."""
    names = [tag.strip("<").split()[0] for tag in tags.replace("><", "> <").split("> ")]
    closing = "".join(f"</{name.rstrip('>')}>" for name in reversed(names))
    return page(tags + PARAGRAPHS + closing)


def in_head(piece: str) -> str:
    return page(head=piece)


def at_start(piece: str) -> str:
    return page(start=piece)


def whole(piece: str) -> str:
    return piece


def json_ld(content: str) -> str:
    return in_head(f'<script type="application/ld+json">{content}</script>')


def meta(name: str) -> Place:
    """A place in the content of a <meta>."""
    return lambda piece: in_head(f'<meta property="{name}" name="{name}" content="{piece}">')


def in_text(piece: str) -> str:
    """Already-extracted text, with a line of its own for the piece."""
    return f"{SENTENCES[0]}\n{piece}\n" + "\n".join(SENTENCES[1:])
