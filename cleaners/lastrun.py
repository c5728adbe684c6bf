"""The last `winnow clean` of an output folder, by what its lock files say: how it ended, and on which inputs."""

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cleaners import locks
from cleaners.errors import UsageError
from cleaners.load import Columns, Input, find_inputs
from cleaners.settings import Settings


def check(folder: Path) -> None:
    """Raises UsageError for what no run has written to."""
    if not (folder / "_run").is_dir():
        what = f"{folder} is no output folder of `winnow clean`: it has no folder _run"
        raise UsageError(what, "name the folder given with -o")


@dataclass(frozen=True, slots=True)
class Last:
    """One run as it told of itself."""

    stamp: dict[str, Any]
    seconds: float  # when it was last heard of, since 1970

    @property
    def when(self) -> str:
        return datetime.fromtimestamp(self.seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    @property
    def state(self) -> str:
        """running, finished, stopped (it ended before its end and could say so) or killed (it could not)."""
        state = str(self.stamp.get("state"))
        return "killed" if state == "running" and not locks.is_running(self.stamp) else state

    @property
    def who(self) -> str:
        return f"process {self.stamp.get('process')} on {self.stamp.get('host')}"

    @property
    def command(self) -> str:
        return str(self.stamp.get("command"))

    @property
    def folder(self) -> Path:
        """The working directory of the run."""
        return Path(str(self.stamp.get("folder")))

    @property
    def options(self) -> dict[str, Any]:
        """Those of `winnow clean` by name; empty where the run was another command."""
        options = self.stamp.get("options")
        return options if isinstance(options, dict) else {}


def runs(folder: Path) -> list[Last]:
    """Each run that a lock file tells of, the latest first. `winnow forget` hands on the stamp it found."""
    found = []
    for lock in (folder / "_run").glob("lock*"):
        if stamp := locks.read_stamp(lock):
            seconds = lock.stat().st_mtime
            found += [Last(each, seconds) for each in (stamp, stamp.get("cleaned")) if each]
    return sorted(found, key=lambda run: run.seconds, reverse=True)


def last_clean(folder: Path) -> Last | None:
    return next((run for run in runs(folder) if run.options), None)


def is_unfinished(folder: Path) -> bool:
    """Whether a run goes on, or did not come to its end, so that the same command has something left to do."""
    return any(run.state != "finished" for run in runs(folder))


def settings_of(run: Last) -> Settings:
    """Raises KeyError for a stamp of another version."""
    names = ("headline", "dump", "thorough", "learned", "profile", "metadata")
    rule_files = [str(run.folder / file) for file in run.options["rule_files"]]
    return Settings(rule_files=rule_files, **{name: run.options[name] for name in names})


def columns_of(run: Last) -> Columns:
    return Columns(html=run.options.get("html_column"), text=run.options.get("text_column"))


def inputs_of(run: Last) -> tuple[list[Input], list[str]]:
    """The run's inputs as they are now, standard input left out; and what is wrong with those that are not."""
    found: list[str] = []
    wrong: list[str] = []
    for argument in run.options.get("inputs", ()):
        if argument == "-":
            continue
        path = _located(run.folder, argument)
        try:
            find_inputs([path], columns_of(run))
            found.append(path)
        except UsageError as error:
            wrong.append(str(error.args[0]))
    return find_inputs(found, columns_of(run)), wrong


def _located(folder: Path, argument: str) -> str:
    """Where an argument leads for somebody who stands elsewhere."""
    if folder == Path.cwd():
        return argument
    path = os.path.join(folder, argument)  # noqa: PTH118 - a Path would lose the dot of "." and with it a label
    return path if os.path.lexists(path) else os.path.join(glob.escape(str(folder)), argument)  # noqa: PTH118


def labels(folder: Path) -> Iterator[tuple[str, str]]:
    """Real path and label of each input of the last run."""
    run = last_clean(folder)
    for entry in inputs_of(run)[0] if run else ():
        if entry.path:
            yield os.path.realpath(entry.path), entry.label
