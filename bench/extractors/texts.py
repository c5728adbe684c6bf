"""What other extractors make of a set of pages, in the headline mode of the set.

Their texts are made once in their environment, and kept in .venv for as long as pages, lock file and script stay as
they are.
"""

import hashlib
import json
import subprocess
from pathlib import Path

from bench import environments, page_sets
from cleaners.document import Block, Document
from cleaners.extract import PageRejected, from_html
from cleaners.ledger import split
from cleaners.stages.headline import cut_headline

HERE = Path(__file__).resolve().parent
ENVIRONMENT = "extractors"
LOCK = HERE / "requirements.lock"
SCRIPT = HERE / "peers.py"
NAMES = (
    "trafilatura",
    "trafilatura, favor_precision",
    "trafilatura, fast",
    "resiliparse",
    "readability-lxml",
    "jusText",
    "newspaper4k",
)
_KEPT = environments.ROOT / ".venv" / "extractors-texts"


class NotMade(Exception):
    """Why there are no texts."""


def kept(data: Path, name: str) -> Path:
    """Where their texts for a set stand, made or not."""
    digest = hashlib.sha256()
    for path in (page_sets.path(data, name), LOCK, SCRIPT):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return _KEPT / f"{name}-{digest.hexdigest()[:16]}.jsonl"


def texts(data: Path, name: str, *, fresh: bool = False) -> dict[str, dict[str, str]]:
    """Extractor -> page id -> text. Raises NotMade."""
    path = kept(data, name)
    if fresh or not path.exists():
        _make(data, name, path)
    found: dict[str, dict[str, str]] = {extractor: {} for extractor in NAMES}
    pages = page_sets.read(data, name)
    with path.open(encoding="utf-8") as lines:
        for page, row in zip(pages, map(json.loads, lines), strict=True):
            known = _known(page["html"])
            for extractor in NAMES:
                text = row["texts"][extractor]
                found[extractor][row["id"]] = in_mode(text, known, headline_first=page_sets.PAGES[name])
    return found


def in_mode(text: str, known: Document | None, *, headline_first: bool) -> str:
    """An extractor's text without the headline that it printed, or with the page's title put in front instead.

    >>> page = Document((), title="The bridge is open", headlines=("The bridge is open",))
    >>> in_mode("The bridge is open\\nThe mayor came.", page, headline_first=False)
    'The mayor came.'
    >>> in_mode("The mayor came.", page, headline_first=True)
    'The bridge is open\\nThe mayor came.'
    """
    if known is None or not text.strip():
        return text
    document = Document(tuple(Block(line) for line in text.split("\n")), headlines=known.headlines)
    body = split(document, cut_headline(document, []))[0]
    return f"{known.title}\n{body}" if headline_first and known.title else body


def _known(html: str) -> Document | None:
    """The page as Winnow reads it: its title and headlines are the same for all."""
    try:
        return from_html(html, profile="fast")
    except PageRejected:
        return None


def _make(data: Path, name: str, path: Path) -> None:
    if failure := environments.make(ENVIRONMENT, LOCK):
        raise NotMade(failure)
    _KEPT.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    command = [environments.python(ENVIRONMENT), str(SCRIPT), "texts", str(page_sets.path(data, name)), str(new)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NotMade(f"{SCRIPT.name}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    new.replace(path)
