"""The commands. Results go to standard output, messages and progress to standard error.

Nothing heavy is imported before a command needs it.
"""

import contextlib
import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from cleaners.cli_dataset import COMMANDS
from cleaners.cli_rules import rule_files, rules, schema
from cleaners.document import PROFILES, Profile
from cleaners.errors import StorageError, WinnowError

_STOPPED = "stopped\n  next: run the same command again; with -o DIR it goes on behind the finished shards"


_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """Ctrl-C, SIGTERM, or a terminal that was closed: one end for all."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Commands(click.Group):
    """Turns errors of ours into their message and exit code; everything unforeseen into one that can be reported."""

    def invoke(self, context: click.Context) -> Any:
        for number in _STOPS:
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup, or in the background of a shell
                signal.signal(number, _stop)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a page may hold what the terminal cannot show
        try:
            return super().invoke(context)
        except _Stopped as stop:
            click.echo(_STOPPED, err=True)
            context.exit(128 + stop.number)
        except BrokenPipeError:  # `| head` has seen enough
            _forget_stdout()
            context.exit(141)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if context.params["debug"] and not isinstance(error, WinnowError):
                raise
            known = _known(error)
            click.echo(f"error: {known}", err=True)
            if isinstance(known, StorageError):
                _forget_stdout()
            context.exit(known.exit_code)


def _known(error: Exception) -> WinnowError:
    if isinstance(error, WinnowError):
        return error
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return StorageError(
            f"reading or writing failed: {where}{error.strerror or error}",
            "make room or mend the device, then run the same command again",
        )
    return WinnowError(
        f"unforeseen: {type(error).__name__}: {str(error)[:200]!r}",
        "run `winnow --debug ...` again and report what it prints",
    )


def _forget_stdout() -> None:
    """What could not be written is not tried again when Python ends: that would print a traceback."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(number: int, _frame: object) -> None:
    """The first one stops in good order, a second one at once."""
    for each in _STOPS:
        signal.signal(each, signal.SIG_DFL)
    raise _Stopped(number)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="webwinnow", prog_name="winnow")
@click.option("--debug", is_flag=True, help="Show the traceback of an unforeseen error.")
def main(debug: bool) -> None:
    """Turn messy web pages into clean records, with a ledger of every removal."""


def _what_goes(command: Any) -> Any:
    """The two settings that take more or less than the careful default."""
    thorough = click.option("--thorough", is_flag=True, help="Take more than what is certain.")
    learned = click.option(
        "--no-learned", "learned", flag_value=False, default=True, help="Rules and plain stages only."
    )
    return thorough(learned(command))


_profile = click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="best",
    show_default=True,
    help="How the text of HTML pages is found: fast does without trafilatura.",
)


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--output", metavar="DIR|-", help="Folder for the Parquet shards, or - for JSON lines.")
@click.option("--rejects", "rejects_file", metavar="FILE", help="With -o -: rejects as JSON lines.")
@click.option("--html-column", metavar="NAME", help="Column of JSON lines and Parquet with HTML.  [default: html]")
@click.option("--text-column", metavar="NAME", help="Column with extracted text.  [default: text]")
@click.option("--input-name", metavar="NAME", help="What standard input is called in the output.")
@click.option("--dump", metavar="NAME", help="Value of the column `dump`, where the input has none.")
@click.option("--headline", is_flag=True, help="Put the title in front of the text of HTML pages.")
@_profile
@click.option(
    "--metadata",
    type=click.Choice(["basic", "full"]),
    default="basic",
    show_default=True,
    help="What pages declare, or a search of all of each page, too.",
)
@rule_files
@_what_goes
@click.option("--workers", type=click.IntRange(0), metavar="N", help="Processes.  [default: one a processor]")
@click.option(
    "--deadline",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="CPU time that a page may take.",
)
@click.option("--part", metavar="I/N", help="Make this part of the dataset; other runs make the others.")
@click.option("--refresh", is_flag=True, help="Compute shards anew whose input or configuration changed.")
@click.option(
    "--max-rejects", type=click.FloatRange(0, 1), metavar="SHARE", help="Exit 3 above this share of rejects."
)
@click.option("--dry-run", is_flag=True, help="Clean, report, write nothing.")
def clean(**options: Any) -> None:
    """Clean pages into records.

    IN is a file, a folder, a pattern, or - for JSON lines on standard input. Formats: WARC and WET, HTML,
    plain text, zip and tar of these, JSON lines, Parquet; see docs/inputs.md.
    """
    from cleaners.run import Options, run

    sys.exit(run(Options(**options)))


@main.command()
@click.argument("file", metavar="FILE|-")
@click.option("--text", "is_text", is_flag=True, help="The input is already-extracted text.")
@click.option("--headline", is_flag=True, help="Put the title in front.")
@click.option("--all", "everything", is_flag=True, help="Show what extraction left out, too, with its reasons.")
@_profile
@rule_files
@_what_goes
@click.option("--colour/--no-colour", default=None, help="[default: on a terminal]")
def explain(
    file: str,
    is_text: bool,
    headline: bool,
    everything: bool,
    profile: Profile,
    rule_files: tuple[str, ...],
    thorough: bool,
    learned: bool,
    colour: bool | None,
) -> None:
    """Show one page, line by line, with the rule that took each line."""
    from cleaners import charset
    from cleaners.clean import clean_document
    from cleaners.errors import InputError, UsageError
    from cleaners.explain import explain as explained
    from cleaners.extract import PageRejected, from_html, from_text
    from cleaners.settings import Settings

    settings = Settings(rule_files=rule_files, thorough=thorough, learned=learned, profile=profile)
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", "check the path") from None
    try:
        if is_text or file.endswith(".txt"):
            decoded = charset.decode(raw)
            if decoded is None:
                raise PageRejected("charset_undecodable", "not UTF-8, and no other encoding fits its bytes")
            document = from_text(decoded[0])
        else:
            document = from_html(
                raw, headline_first=headline, profile=profile, learned=settings.learned, left_out=everything
            )
    except PageRejected as rejected:
        raise InputError(
            f"{file}: no record can be made of this page: {rejected.reason}: {rejected.detail}",
            "`winnow clean` lists such a page among the rejects; with --text the file is read as extracted text",
        ) from None
    use_colour = sys.stdout.isatty() if colour is None else colour
    cleaned = clean_document(document, settings.rules, thorough=thorough, learned=learned)
    click.echo(explained(cleaned, colour=use_colour), color=use_colour)


for _command in (*COMMANDS, rules, schema):
    main.add_command(_command)
