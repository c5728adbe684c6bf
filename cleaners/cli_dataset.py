"""Commands on an output folder: verify, status, forget."""

import sys
from pathlib import Path

import click

_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON for machines.")


@click.command()
@_FOLDER
@_JSON
def verify(folder: Path, as_json: bool) -> None:
    """Read everything in an output folder again, and name what is not as it was written.

    Exit code 1 where there are findings. Nothing is written.
    """
    from cleaners.verify import report

    sys.exit(report(folder, as_json))


@click.command()
@_FOLDER
@_JSON
def status(folder: Path, as_json: bool) -> None:
    """What was done in an output folder, and what the same command would do next.

    Reads the inputs, cleans nothing, writes nothing.
    """
    from cleaners.status import report

    report(folder, as_json)


@click.command()
@_FOLDER
@click.option("--url", "urls", multiple=True, metavar="URL", help="Page to forget; may be repeated.")
@click.option(
    "--host", "hosts", multiple=True, metavar="HOST", help="Host to forget with all below it; may be repeated."
)
@click.option("--raw", multiple=True, metavar="PATH", help="WARC file, or folder of them, to erase the pages from.")
@click.option("--dry-run", is_flag=True, help="Count, write nothing.")
def forget(folder: Path, urls: tuple[str, ...], hosts: tuple[str, ...], raw: tuple[str, ...], dry_run: bool) -> None:
    """Erase pages from records, rejects and raw WARC files, and see to it that no run brings them back."""
    from cleaners.forget import forget as erase

    sys.exit(erase(folder, urls, hosts, raw, dry_run=dry_run))


COMMANDS = (verify, status, forget)
