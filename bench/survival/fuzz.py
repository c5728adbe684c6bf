"""Generated documents through the whole of it (hypothesis), random bytes through guards and rules (atheris).

    python -m bench.survival.fuzz full|short|minute [documents|guards]

atheris lives in an environment of its own, .venv/fuzz, which is made here from lock files where it is missing
(for `minute` it is not). A seed is printed with each run; the same seed repeats it.
"""

import gzip
import json
import logging
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.survival.corpus import TEXT, page
from bench.survival.documents import documents
from bench.survival.figures import Figure
from bench.survival.harnesses import HARNESSES
from bench.survival.mutations import TOKENS
from bench.survival.properties import check

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv" / "fuzz"
CRASHES = ROOT / ".venv" / "fuzz-crashes"
DOCUMENTS = {"full": 100_000, "short": 4_000, "minute": 300}
EXECUTIONS = {"full": 10_000_000, "short": 200_000, "minute": 20_000}
SEED = 20_240_314
_TOGETHER = 20  # documents of one batch
_ROUND = 100  # batches under one seed
_LONGEST_INPUT, _MOST_MEMORY = 256, 4_096  # bytes; MiB


def measure(size: str) -> list[Figure]:
    return [*generated(size), *guards(size)]


def generated(size: str) -> list[Figure]:
    """Documents made by hypothesis."""
    start, wanted = time.monotonic(), DOCUMENTS[size]
    done, failures = 0, []
    for number in range(-(-wanted // (_TOGETHER * _ROUND))):
        rounds = min(_ROUND, -(-(wanted - done) // _TOGETHER))
        more, failure = documents_of(SEED + number, rounds)
        done += more
        if failure:
            failures.append(failure)
            print(f"  seed {SEED + number}: {failure}", file=sys.stderr)
    reached = f"{done:,} documents, {len(failures)} failures, seeds from {SEED}, {time.monotonic() - start:.0f} s"
    asked = f">= {wanted:,} documents, 0 exceptions, valid UTF-8 from the input and in order"
    return [Figure("generated documents (hypothesis)", asked, reached, done >= wanted and not failures)]


def documents_of(number: int, rounds: int) -> tuple[int, str]:
    """How many documents went through under a seed, and what failed first."""
    count = 0

    @seed(number)
    @settings(
        max_examples=rounds,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # to make a failing batch smaller takes minutes
    )
    @given(st.lists(documents(), min_size=_TOGETHER, max_size=_TOGETHER))
    def run(batch: list[tuple[str, str]]) -> None:
        nonlocal count
        count += len(batch)
        check(batch)

    try:
        run()
    except Exception as error:
        return count, f"{type(error).__name__}: {error}"[:3_000]
    return count, ""


def guards(size: str) -> list[Figure]:
    """Random bytes by atheris."""
    wanted = EXECUTIONS[size]
    asked = f">= {wanted:,} executions, 0 exceptions"
    if not (ENVIRONMENT / "ready").exists():
        if size == "minute":
            skipped = "skipped: .venv/fuzz is not there; `python -m bench.survival.fuzz short` makes it"
            return [Figure("guards and rules (atheris)", asked, skipped, True)]
        _make_environment()
    figures, total, start = [], 0, time.monotonic()
    for name, (_, share) in HARNESSES.items():
        began = time.monotonic()
        runs, crash = _fuzzed(name, -(-int(wanted * share * 1_000) // 1_000) + 1)
        total += runs
        reached = f"{runs:,} executions, {int(bool(crash))} exceptions, {time.monotonic() - began:.0f} s"
        figures.append(Figure(f"atheris: {name}", "0 exceptions", reached, not crash))
        if crash:
            print(f"  {name}: {crash}", file=sys.stderr)
    failed = sum(not figure.ok for figure in figures)
    reached = f"{total:,} executions, {failed} exceptions, seed {SEED}, {time.monotonic() - start:.0f} s"
    return [*figures, Figure("guards and rules (atheris)", asked, reached, total >= wanted and not failed)]


def _fuzzed(name: str, runs: int) -> tuple[int, str]:
    """How often a harness ran, and what it raised. The input that raised it is kept."""
    CRASHES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(_seeds(name)):
            Path(folder, f"seed-{number}").write_bytes(content)
        command = [
            *(str(ENVIRONMENT / "bin" / "python"), "-m", "bench.survival.harnesses", name, folder),
            *(f"-runs={runs}", f"-seed={SEED}", f"-max_len={_LONGEST_INPUT}", f"-rss_limit_mb={_MOST_MEMORY}"),
            *("-timeout=60", "-print_final_stats=1", f"-artifact_prefix={CRASHES}/{name}-"),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    executed = [int(line.split()[-1]) for line in said.splitlines() if line.startswith("stat::number_of_executed")]
    return sum(executed), "" if done.returncode == 0 else f"exit code {done.returncode}: {said[-2_500:]}"


def _seeds(name: str) -> list[bytes]:
    """What a harness begins with: inputs of the sort that it is for."""
    row = json.dumps(
        {"id": 7, "url": "https://alder.example/", "date": "2024-03-14", "text": "The ferry.", "html": None}
    )
    plain = TEXT[:200].encode()
    packed = [gzip.compress(plain), zlib.compress(plain), zlib.compress(plain)[2:-4]]
    tokens = [token.encode("utf-8", "surrogatepass") for token in TOKENS]
    markup = [page()[:500].encode(), *tokens, b"&#1;&#146;&#xD800;&amp;#8217;", b"<pre>a\nb</pre><p>a<p>b<li>c"]
    table: dict[str, list[bytes]] = {
        "guard": markup,
        "tree": markup,
        "moments": [b"2024-03-14T25:00:00+02:00", b"0001-01-01T00:00:00+14:00", b"2024-W11-4", b"\x1b]0;x\x07"],
        "json_lines": [
            row.encode(),
            b'{"text": "\\ud800"}',
            b'{"token_count": 1e999, "text": ""}',
            b"[" * 50,
            b"nonsense",
        ],
        "rows": [row.encode() + bytes(range(30))],
        "cuts": [b"The ferry\nShare this\n\nThe end" + bytes(range(40))],
        "bodies": [body + bytes([chunked, kind]) for body in packed for chunked in (0, 1) for kind in (1, 3, 4, 5)],
        "matching": [b"Share on Facebook", "» Read also: The ferry …".encode(), b"- Advertisement -", *tokens],
        "charsets": [
            "Паром отошёл поздно".encode(code) + b"\x03" for code in ("cp1251", "koi8-r", "utf-8", "utf-16")
        ],
    }
    return table[name]


def _make_environment() -> None:
    """From lock files, as the Makefile makes the others."""
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    built = ["--no-build-isolation", "--use-pep517"]
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [*pip, "--require-hashes", "-r", "requirements-build.lock"],
        [*pip, "--require-hashes", *built, "-r", "requirements.lock"],
        [*pip, "--require-hashes", "-r", "bench/survival/fuzz_requirements.lock"],
        [*pip, "--no-deps", "--no-build-isolation", "-e", "."],
    ]
    for step in steps:
        subprocess.run(step, cwd=ROOT, check=True)
    (ENVIRONMENT / "ready").touch()


PARTS: dict[str, Callable[[str], list[Figure]]] = {"documents": generated, "guards": guards}


def main() -> int:
    logging.disable(logging.CRITICAL)
    size = sys.argv[1] if len(sys.argv) > 1 else "full"
    part = PARTS.get(sys.argv[2], measure) if len(sys.argv) > 2 else measure
    figures = part(size)
    for figure in figures:
        print(f"{'ok  ' if figure.ok else 'MISS'} {figure.fault}: {figure.reached} (asked: {figure.asked})")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
