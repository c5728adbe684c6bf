"""The documentation is true: what it shows was run, and it leaves out no command, option, rule or stage."""

import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cleaners.cli import main
from cleaners.rules import load_rules
from cleaners.stages import REASONS

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_in_python_give_what_they_show(page: Path) -> None:
    assert doctest.testfile(str(page), module_relative=False).failed == 0


def test_the_readme_opens_with_what_explain_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```")[1].strip("\n").splitlines()
    assert shown[0].startswith("$ winnow ")
    command = [sys.executable, "-m", "cleaners", *shown[0].split()[2:]]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.rstrip() for line in printed.splitlines()] == shown[1:]


@pytest.mark.parametrize("name", [*(rule.id for rule in load_rules()), *REASONS])
def test_each_rule_and_stage_is_documented(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(("path", "command"), [*commands(main)], ids=[" ".join(path) for path, _ in commands(main)])
def test_each_command_and_option_is_documented(path: tuple[str, ...], command: click.Command) -> None:
    page = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    section = re.search(rf"^## `winnow {' '.join(path)}\b.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, "it has no section of its own"
    for option in command.params:
        if isinstance(option, click.Option):
            for name in (*option.opts, *option.secondary_opts):
                assert f"`{name}`" in section[0] or f"{name} " in section[0], f"{name} is not documented"
