"""The recipes of docs/schedules.md do what they say: each is taken from the page and run."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import FAST, OURS, ROOT, Answer, Crawl, Site, finish, page, wait_until

RECIPES = (ROOT / "docs" / "schedules.md").read_text(encoding="utf-8")
LOCK = ROOT / "bench" / "schedules" / "requirements.lock"
ENVIRONMENT = ROOT / ".venv" / "scrapyd"
HELD = 28
PLAIN = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


class Town(Site):
    """A site of eight pages, which gains forty; half of these come only when they are let go."""

    pages = 8
    status = 200

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def answer(self, path: str) -> Answer:
        if path == "/robots.txt":
            return Answer(b"no such page", 404)
        if self.status != 200:
            return Answer(b"busy", self.status)
        if path.startswith("/slow/") and int(path[6:]) >= HELD:
            self.free.wait(60)
        links = [f"/slow/{number}" for number in range(self.pages)]
        return Answer(page("Town", *links)) if path == "/" else super().answer(path)

    @property
    def slow(self) -> Counter[str]:
        return Counter(path for path in self.requests if path.startswith("/slow/"))


@pytest.fixture
def town() -> Iterator[Town]:
    site = Town()
    yield site
    site.server.shutdown()
    site.server.server_close()


def recipe(holds: str) -> str:
    """The one block of the page that holds this."""
    (text,) = (text for text in RECIPES.split("```")[1::2] if holds in text)
    return text.partition("\n")[2]


def replaced(text: str, *pairs: tuple[str, Any]) -> str:
    """With every one of these in the text; a recipe that no longer holds one is not what is tested here."""
    for old, new in pairs:
        assert old in text, f"the recipe says nothing of {old}"
        text = text.replace(old, str(new))
    return text


def round_of(raw: Path, number: int) -> tuple[bool, int, int]:
    found = json.loads((raw / "example" / "_rounds" / f"{number:06}.json").read_text())
    return found["finished"], found["pages"], found["unchanged"]


# cron


class Cron:
    """The crontab's line with its script, run as cron does: a shell, four variables, the owner's folder."""

    def __init__(self, folder: Path, town: Town) -> None:
        self.folder = folder
        settings = shlex.join([*FAST, *OURS])
        script = replaced(
            recipe("#!/bin/sh"),
            ("/srv/winnow/.venv/bin", Path(sys.executable).parent),
            ("/srv/winnow", ROOT),
            ("/srv/crawl", folder),
            ("url=https://example.org/ ", f"url={town.url}/ {settings} "),
        )
        (folder / "crawl.sh").write_text(script)
        (folder / "crawl.sh").chmod(0o755)
        self.command = replaced(recipe("MAILTO").splitlines()[-1].split(maxsplit=5)[5], ("/srv/crawl", folder))

    def start(self) -> subprocess.Popen[str]:
        variables = {"HOME": str(self.folder), "LOGNAME": "winnow", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
        command = ["/usr/bin/env", "-i", *(f"{k}={v}" for k, v in variables.items()), "/bin/sh", "-c", self.command]
        return subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self) -> tuple[int, str]:
        """The exit code, and what cron would mail."""
        return ended(self.start())

    @property
    def log(self) -> str:
        return (self.folder / "runs.log").read_text()

    def stored(self) -> set[str]:
        return set(Crawl(0, "", self.folder / "data" / "raw").pages("example"))


def ended(job: subprocess.Popen[str]) -> tuple[int, str]:
    mail, _ = job.communicate(timeout=60)
    return job.returncode, mail


def test_the_recipe_for_cron(town: Town, tmp_path: Path) -> None:
    """Of two at once one ends with 75; the next is a new round that stores nothing. Nothing of all that is mailed."""
    cron = Cron(tmp_path, town)
    both = [ended(job) for job in [cron.start(), cron.start()]]
    assert sorted(both) == [(0, ""), (75, "")]
    assert "another crawl writes to" in cron.log
    everything = {"", *(f"slow/{number}" for number in range(8))}
    assert cron.stored() == everything
    (records,) = (tmp_path / "data" / "clean" / "records").iterdir()
    made = records.stat().st_mtime_ns
    assert cron.run() == (0, "")
    assert round_of(tmp_path / "data" / "raw", 2) == (True, 0, 9)
    assert cron.stored() == everything
    assert [path.stat().st_mtime_ns for path in (tmp_path / "data" / "clean" / "records").iterdir()] == [made]
    town.status = 503
    code, mail = cron.run()
    assert code == 69
    assert "nothing was fetched" in mail
    assert mail in cron.log


def test_what_the_recipe_for_cron_does_with_each_exit_code(town: Town, tmp_path: Path) -> None:
    """Left with, mailed, cleaned: by programs in the place of ours that only end so."""
    cron = Cron(tmp_path, town)
    script = (tmp_path / "crawl.sh").read_text()
    (tmp_path / "crawl.sh").write_text(replaced(script, (str(Path(sys.executable).parent), tmp_path / "bin")))
    (tmp_path / "bin").mkdir()
    (tmp_path / "runs.log").touch()
    outcomes = {}
    for code in (0, 3, 69, 74, 75, 143, 137):
        for name, end in (("scrapy", code), ("winnow", 0)):
            program = tmp_path / "bin" / name
            program.write_text(f"#!/bin/sh\necho {name} said so >&2\nexit {end}\n")
            program.chmod(0o755)
        before = len(cron.log)
        left, mail = cron.run()
        outcomes[code] = (left, mail, "winnow said so" in cron.log[before:])
    assert outcomes == {
        0: (0, "", True),
        3: (3, "exit 3: scrapy said so\n", True),
        69: (69, "exit 69: scrapy said so\n", False),
        74: (74, "exit 74: scrapy said so\n", False),
        75: (75, "", False),
        143: (143, "", False),
        137: (137, "exit 137: scrapy said so\n", False),
    }


# scrapyd


@pytest.fixture(scope="module")
def scrapyd_python() -> Path:
    """An environment of its own: scrapyd, and the setuptools it needs, in front of the packages of this one."""
    ready, python = ENVIRONMENT / "ready", ENVIRONMENT / "bin" / "python"
    if ready.exists() and ready.read_bytes() == LOCK.read_bytes():
        return python
    made = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(ENVIRONMENT)]
    subprocess.run(made, check=True, capture_output=True)
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    (packages / "winnow.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries=1"]
    exactly = ["--no-deps", "--require-hashes", "--target", str(packages), "-r", str(LOCK)]
    done = subprocess.run([*pip, *exactly], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"scrapyd cannot be installed: {done.stderr.strip()[-200:]}")
    ready.write_bytes(LOCK.read_bytes())
    return python


class Scrapyd:
    """scrapyd in a folder of its own, on a free port of loopback, with the recipe's file."""

    def __init__(self, folder: Path, python: Path, town: Town) -> None:
        self.folder, self.python, self.town = folder, python, town
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        settings = recipe("[scrapyd]")
        settings = replaced(
            settings, ("6800", self.url.rsplit(":", 1)[1]), ("poll_interval = 1", "poll_interval = 0.1")
        )
        (folder / "scrapy.cfg").write_text(settings)

    def start(self) -> None:
        with (self.folder / "scrapyd.log").open("a") as log:
            options = re.findall(r"bin/scrapyd(.*)", RECIPES)[0].split()
            command = [str(self.python), "-m", "scrapyd", *options]
            pipes = {"stdout": log, "stderr": log, "start_new_session": True}
            self.process = subprocess.Popen(command, cwd=self.folder, env=PLAIN, **pipes)  # type: ignore[call-overload]
        wait_until(self._answers)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "scrapyd.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.url.rsplit(":", 1)[1]))) == 0

    def ask(self, path: str, fields: list[tuple[str, str]] | None = None) -> Any:
        data = urllib.parse.urlencode(fields).encode() if fields else None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/{path}", data, timeout=30) as response:
            answer = json.load(response)
        assert answer["status"] == "ok", answer
        return answer

    def schedule(self) -> str:
        """The recipe's own call, as a job of a crawl of the town."""
        words = shlex.split(recipe("schedule.json").replace("\\\n", " ").splitlines()[0])
        assert words[1] == "http://127.0.0.1:6800/schedule.json"
        given = [words[n + 1] for n, word in enumerate(words) if word == "-d"]
        given += [f"setting={word}" for word in (*FAST, *OURS) if word != "-s"]
        given = [
            replaced(word, ("https://example.org/", f"{self.town.url}/")) if word[:3] == "url" else word
            for word in given
        ]
        pairs = [(name, value) for name, _, value in (word.partition("=") for word in given)]
        return str(self.ask("schedule.json", pairs)["jobid"])

    def jobs(self, state: str) -> dict[str, Any]:
        return {job["id"]: job for job in self.ask("listjobs.json?project=default")[state]}

    def crawl(self) -> str:
        """How a new job ended, from scrapyd's log."""
        job = self.schedule()
        wait_until(lambda: self._end_of(job) != "")
        assert job in self.jobs("finished")
        return self._end_of(job)

    def _end_of(self, job: str) -> str:
        log = (self.folder / "scrapyd.log").read_text()
        found = re.search(rf"Process (finished|died: exitstatus=\d+).*job='{job}'", log)
        return found[1] if found else ""


@pytest.fixture
def scrapyd(tmp_path: Path, scrapyd_python: Path, town: Town) -> Iterator[Scrapyd]:
    service = Scrapyd(tmp_path, scrapyd_python, town)
    service.start()
    yield service
    with contextlib.suppress(ProcessLookupError):  # its jobs with it
        os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()


def test_the_recipe_for_scrapyd(scrapyd: Scrapyd, town: Town) -> None:
    """A job crawls; the same job again is a new round; the same job behind a kill -9 of all goes on."""
    raw = scrapyd.folder / "data" / "raw"
    crawl = Crawl(0, "", raw)
    assert scrapyd.crawl() == "finished"
    assert set(crawl.pages("example")) == {"", *(f"slow/{number}" for number in range(8))}
    assert scrapyd.crawl() == "finished"
    assert (round_of(raw, 1), round_of(raw, 2)) == ((True, 9, 0), (True, 0, 9))

    before = town.slow
    town.pages = 48
    job = scrapyd.schedule()
    wait_until(lambda: town.slow[f"/slow/{HELD}"] > 0)
    assert scrapyd.crawl() == "died: exitstatus=75"  # the same crawl beside it: our command's exit codes hold
    running = scrapyd.jobs("running")[job]["pid"]
    scrapyd.process.kill()
    os.kill(running, signal.SIGKILL)
    scrapyd.process.wait()
    town.free.set()
    assert not (raw / "example" / "_rounds" / "000003.json").exists(), "it was to be killed in the middle"
    scrapyd.start()
    assert scrapyd.crawl() == "finished"
    assert round_of(raw, 3)[0]
    kept = crawl.kept("example")
    assert {path: count for path, count in kept.items() if path} == {f"slow/{number}": 1 for number in range(48)}
    assert kept[""] == 2  # it names more pages now
    asked = town.slow - before
    assert sum(asked.values()) <= 48 + 2
    assert (scrapyd.folder / "logs" / "default" / "site" / f"{job}.log").exists()


def test_a_crawl_without_scrapy_cfg_and_raw_dir(town: Town, tmp_path: Path) -> None:
    """It goes into data/raw of the folder that it was started in."""
    variables = PLAIN | {"SCRAPY_SETTINGS_MODULE": "crawler.settings", "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "site",
        "-a",
        f"url={town.url}/",
        "-a",
        "limit=1",
        *FAST,
        *OURS,
    ]
    pipes = {"stderr": subprocess.PIPE, "text": True}
    job = subprocess.Popen(command, cwd=tmp_path, env=variables, **pipes)  # type: ignore[call-overload]
    crawl = finish(job, tmp_path / "data" / "raw")
    assert (crawl.code, set(crawl.pages(town.folder))) == (0, {""})
