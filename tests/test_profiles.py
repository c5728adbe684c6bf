"""The two profiles: one way through the code, with trafilatura's opinion or without."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cleaners import clean_html
from cleaners.document import PROFILES
from cleaners.errors import UsageError
from cleaners.settings import Settings

SITES = Path(__file__).parent.parent / "data" / "samples" / "sites"
FIRST = "The bridge over the Alder was opened on Thursday, and half of the town came to see it, children before all."
LAST = "In the evening the lanterns were lit on both banks, and the old people sat down and spoke of the ferry."
PAGE = f"""<html lang=en><body><nav class=menu><ul><li><a href=/>Home</a><li><a href=/map>Map</a></ul></nav>
<article class=post><h1>A bridge at last</h1><p>{FIRST}</p><p>{LAST}</p><p>{FIRST}</p></article>
<footer><p>Imprint</p></footer>"""
NO_NEED = ["trafilatura", "htmldate", "dateparser", "justext", "courlan"]


def test_best_is_the_default():
    assert Settings().profile == PROFILES[0] == "best"
    assert Settings().conditions["profile"] == "best"


def test_another_profile_is_another_configuration():
    assert Settings(profile="fast").config_hash != Settings().config_hash


@pytest.mark.parametrize("name", ["", "Fast", "slow"])
def test_an_unknown_profile_is_refused(name):
    with pytest.raises(UsageError, match=r"profile: .* is unknown\n  next: choose from best, fast"):
        Settings(profile=name)


@pytest.mark.parametrize("profile", PROFILES)
def test_both_find_the_text(profile):
    assert clean_html(PAGE, profile=profile).text == f"{FIRST}\n{LAST}\n{FIRST}"


@pytest.mark.parametrize("command", [("clean", "page.html", "-o", "-"), ("explain", "page.html")])
def test_the_fast_profile_needs_what_is_learned(here, tmp_path, command):
    (tmp_path / "page.html").write_text(PAGE)
    done = here(*command, "--profile", "fast", "--no-learned")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: the fast profile finds the text by what is learned; without that nothing is left of it\n"
        "  next: leave out --no-learned, or --profile fast\n"
    )


@pytest.mark.parametrize("command", [("clean", "page.html", "-o", "-"), ("explain", "page.html")])
def test_an_unknown_profile_is_a_usage_error_of_the_command(here, tmp_path, command):
    (tmp_path / "page.html").write_text(PAGE)
    done = here(*command, "--profile", "slow")
    assert done.code == 2
    assert "'slow' is not one of 'best', 'fast'" in done.err


def test_78_a_folder_is_of_one_profile(here, tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    assert here("clean", "page.html", "-o", "out").code == 0
    refused = here("clean", "page.html", "-o", "out", "--profile", "fast")
    assert refused.code == 78
    assert refused.err.startswith("error: out was made under another configuration: profile best -> fast")
    assert here("clean", "page.html", "-o", "out", "--profile", "fast", "--refresh").code == 0
    told = json.loads(here("status", "out", "--json").out)
    assert told["conditions"]["profile"] == "fast"
    assert (told["next"]["finished"]["shards"], told["next"]["changed_conditions"]) == (1, [])


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_records_from_the_command_and_from_python(here, tmp_path, profile):
    (tmp_path / "page.html").write_text(PAGE)
    (record,) = here("clean", "page.html", "-o", "-", "--profile", profile).rows
    assert record["text"] == clean_html(PAGE.encode(), profile=profile).text


FAST = f"""
import sys
from cleaners.cli import main
try:
    main(["clean", {str(SITES)!r}, "-o", "-", "--profile", sys.argv[1], "--workers", "0"])
except SystemExit as end:
    assert not end.code
print(sorted(set({NO_NEED}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def samples() -> dict[str, subprocess.CompletedProcess[str]]:
    return {
        profile: subprocess.run([sys.executable, "-c", FAST, profile], capture_output=True, text=True, timeout=120)
        for profile in PROFILES
    }


@pytest.mark.parametrize(("profile", "imported"), [("best", True), ("fast", False)])
def test_the_fast_profile_does_not_even_import_trafilatura(samples, profile, imported):
    done = samples[profile]
    assert done.returncode == 0, done.stderr
    assert ("trafilatura" in done.stderr.splitlines()[-1]) == imported
    assert imported or done.stderr.splitlines()[-1] == "[]"


def test_both_make_a_record_of_each_sample_page_and_agree_on_most_of_the_text(samples):
    best, fast = (
        {record["file_path"]: record["text"] for record in map(json.loads, samples[profile].stdout.splitlines())}
        for profile in PROFILES
    )
    assert best.keys() == fast.keys()
    pages = [path for path in best if path.endswith(".html")]
    assert len(pages) == len([*SITES.rglob("*.html")])
    agreed = [len({*best[path].split("\n")} & {*fast[path].split("\n")}) for path in pages]
    every = [len({*best[path].split("\n")} | {*fast[path].split("\n")}) for path in pages]
    assert sum(agreed) > 0.8 * sum(every)
