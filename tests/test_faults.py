"""The bench of faults in its smallest form: every row is there, and none falls short."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.faults import PARTS  # noqa: E402


@pytest.mark.parametrize("part", [*PARTS])
def test_no_row_of_the_bench_of_faults_falls_short(part: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, ROOT / "bench/faults.py", part, "--minute", "--json", figures],
        capture_output=True,
        text=True,
        timeout=400,
        cwd=tmp_path,
    )
    if done.returncode:
        pytest.fail(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    assert [*dict.fromkeys(one["row"] for one in json.loads(figures.read_text()))] == [*PARTS[part]]
