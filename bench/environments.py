"""Environments for what Winnow is put beside: made once from a lock file, in .venv, and anew when that changes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BUILD = ROOT / "requirements-build.lock"  # for peers that come as source


def place(name: str) -> Path:
    """The environment of that name, made or not."""
    return ROOT / ".venv" / name


def python(name: str) -> str:
    """Its interpreter."""
    return str(place(name) / "bin" / "python")


def make(name: str, lock: Path) -> str:
    """Make it, unless it was made from this lock file; what went wrong, or nothing.

    A lock file names all that is needed, so nothing is resolved anew.
    """
    ready = place(name) / "ready"
    if ready.exists() and ready.read_bytes() == lock.read_bytes():
        return ""
    print(f"making the environment {name} from {lock.name}", file=sys.stderr, flush=True)
    pip = [python(name), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(place(name))],
        [*pip, "-r", str(_BUILD)],
        [*pip, "--no-deps", "--no-build-isolation", "--use-pep517", "-r", str(lock)],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return f"its environment cannot be made: {done.stderr.strip()[-200:]}"
    ready.write_bytes(lock.read_bytes())
    return ""
