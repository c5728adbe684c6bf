"""`winnow` as a process of its own, and quickly, inside this one; small invented pages."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.split("\n") if line]


def heed_signals() -> None:
    """A shell that runs the tests in the background has SIGINT ignored, nohup SIGHUP, and children inherit that."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def winnow(tmp_path: Path) -> Callable[..., Ran]:
    """Run the command as its users do, in tmp_path."""

    def run(*arguments: Any, stdin: bytes = b"", env: dict[str, str] | None = None, **options: Any) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "cleaners", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            timeout=120,
            **options,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the command in a process group of its own, its standard input open, and go on."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(*arguments: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cleaners", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            start_new_session=True,
            preexec_fn=heed_signals,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        with contextlib.suppress(ProcessLookupError):  # its workers too, where they outlive it
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Ran]]:
    """Run the command inside this process, which spares a second of imports a time."""
    monkeypatch.chdir(tmp_path)
    stops = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: Any, stdin: bytes = b"") -> Ran:
        from cleaners.cli import main

        result = CliRunner().invoke(
            main, [*map(str, arguments)], input=stdin, prog_name="winnow", catch_exceptions=False
        )
        assert "Traceback" not in result.stderr
        return Ran(result.exit_code, result.stdout, result.stderr)

    yield run
    for number, handler in stops.items():
        signal.signal(number, handler)


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of JSON lines."""

    def write(name: str, rows: Iterable[dict[str, Any]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


@pytest.fixture
def html() -> Callable[..., str]:
    """A page of an invented site."""

    def page(title: str, *paragraphs: str) -> str:
        body = "".join(f"<p>{text}</p>" for text in paragraphs)
        return (
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><article><h1>{title}</h1>{body}</article></body></html>"
        )

    return page


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for something to become true."""

    def wait(condition: Callable[[], Any], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait
