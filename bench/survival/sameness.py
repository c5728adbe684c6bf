"""The same bytes with any workers, order of the inputs, time zone, hash seed, locale, and in parts."""

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.survival import folders, inputs, launch
from bench.survival.figures import Figure
from bench.survival.lanes import side_by_side

MIXTURES = {
    "full": inputs.Mixture(jsonl=8, rows=150, warc=20, html=20),
    "short": inputs.Mixture(jsonl=4, rows=80, warc=8, html=8),
    "minute": inputs.Mixture(jsonl=2, rows=40, warc=3, html=4),
}


@dataclass(frozen=True)
class Way:
    """One way to make the dataset. `order`: seed by which the inputs are shuffled; None: as they are."""

    name: str
    env: dict[str, str] = field(default_factory=dict)
    workers: int | None = None  # None: in the command's own process
    order: int | None = None
    parts: tuple[int, ...] = ()  # of three, in this order
    at_once: bool = False
    sizes: tuple[str, ...] = ("full",)


EVERY = ("full", "short", "minute")
_ELSEWHERE = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "5", "LC_ALL": "C", "PYTHONUTF8": "0"}
WAYS = (
    Way("1 worker", workers=1),
    Way("2 workers", workers=2),
    Way("8 workers", workers=8),
    Way("zone UTC, hash seed 1", {"TZ": "UTC", "PYTHONHASHSEED": "1"}),
    Way("zone Asia/Tokyo, hash seed 2", {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2"}),
    Way("zone America/St_Johns", {"TZ": "America/St_Johns"}),
    Way("locale C", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Way("locale C.UTF-8", {"LC_ALL": "C.UTF-8"}),
    Way("8 workers, Tokyo, seed 5, C", _ELSEWHERE, workers=8, sizes=("short",)),
    Way("3 workers, Tokyo, seed 5, C", _ELSEWHERE, workers=3, sizes=("minute",)),
    Way("St John's, a random seed", {"TZ": "America/St_Johns", "PYTHONHASHSEED": "random"}, sizes=EVERY),
    Way("inputs in another order", order=1, sizes=EVERY),
    Way("inputs in a third order, 2 workers", order=2, workers=2, sizes=("full", "short")),
    Way("parts in order", parts=(1, 2, 3)),
    Way("parts in reverse", parts=(3, 2, 1), sizes=("full", "short")),
    Way("parts side by side", parts=(2, 1, 3), at_once=True, sizes=EVERY),
)


def measure(size: str) -> list[Figure]:
    launch.warm()
    ways = [way for way in WAYS if size in way.sizes]
    with tempfile.TemporaryDirectory(prefix="winnow-sameness-") as name:
        folder = Path(name)
        given = _given(inputs.mixed(folder / "in", MIXTURES[size]))
        if (ended := launch.run(["clean", *given, "-o", "whole", *launch.ALONE], folder)).code:
            raise RuntimeError(f"the first run failed: {ended.told}")
        whole = folders.files(folder / "whole")
        told = side_by_side(lambda n: _made(ways[n], given, folder, f"out-{n}", whole), range(len(ways)))
        complaints = [complaint for one in told for complaint in one]
    more = f"; {len(complaints)} differ, first: {complaints[0]}" if complaints else ""
    return [
        Figure(
            "workers, order of inputs, time zone, hash seed, locale, parts",
            "the same bytes",
            f"{len(ways) - len(complaints)} of {len(ways)} ways: {', '.join(way.name for way in ways)}{more}",
            not complaints,
        )
    ]


def _given(folder: Path) -> list[str]:
    """Files one by one, and a folder, so that there is an order to change."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    pages = sorted((folder / "single").iterdir())
    return [f"{path.relative_to(folder.parent)}" for path in (*files, *pages[:3])] + _rest(folder, pages[3:])


def _rest(folder: Path, pages: Sequence[Path]) -> list[str]:
    """The other pages in a folder of their own."""
    (folder / "pages").mkdir()
    for path in pages:
        path.rename(folder / "pages" / path.name)
    return ["in/pages"] if pages else []


def _made(way: Way, given: list[str], folder: Path, out: str, whole: dict[str, bytes]) -> list[str]:
    ordered = list(given)
    if way.order is not None:
        random.Random(way.order).shuffle(ordered)
    workers = launch.ALONE if way.workers is None else ["--workers", str(way.workers)]
    words = ["clean", *ordered, "-o", out, *workers]
    commands = [[*words, "--part", f"{part}/3"] for part in way.parts] or [words]
    if way.at_once:
        begun = [launch.begin(command, folder) for command in commands]
        ended = [command.wait() for command in begun]
    else:
        cold = () if way.env or way.workers else None  # a hash seed is set when Python starts
        ended = [launch.run(command, folder, env=way.env, cold=cold) for command in commands]
    if failed := [end for end in ended if end.code]:
        return [f"{way.name}: {failed[0].told}"]
    differs = folders.difference(folder / out, whole)
    return [f"{way.name}: {differs}"] if differs.names else []
