"""`winnow clean`: from inputs to a dataset or to JSON lines, and an account of it."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from cleaners.accounts import Account, account, table
from cleaners.dataset import commit, committed, finish, open_dataset
from cleaners.document import Profile
from cleaners.engines.local import Result, clean_splits
from cleaners.errors import InputError, UsageError
from cleaners.json_lines import to_json_lines
from cleaners.learned.model import load as load_model
from cleaners.load import Columns, Input, find_inputs, read
from cleaners.parts import parse_part
from cleaners.progress import bar
from cleaners.settings import Settings
from cleaners.splits import Split, in_order, splits
from cleaners.worker import Limits

DONE, PARTLY = 0, 3
_TOP_RULES = 12
Clean = Callable[[Iterable[Split]], Iterator[Result]]
Progress = Callable[[Iterator[Split]], Iterator[Split]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says, as it says it."""

    inputs: tuple[str, ...]
    output: str | None
    rejects_file: str | None
    html_column: str | None
    text_column: str | None
    input_name: str | None
    dump: str | None
    headline: bool
    rule_files: tuple[str, ...]
    thorough: bool
    learned: bool
    workers: int | None
    refresh: bool
    max_rejects: float | None
    dry_run: bool
    part: str | None = None  # "2/8"
    profile: Profile = "best"
    metadata: str = "basic"
    deadline: float = 10.0

    @property
    def settings(self) -> Settings:
        return Settings(
            headline=self.headline,
            dump=self.dump,
            rule_files=self.rule_files,
            thorough=self.thorough,
            learned=self.learned,
            profile=self.profile,
            metadata=self.metadata,
        )


def run(options: Options) -> int:
    """Run it, and return the exit code: 0, or 3 where some input could not be read or too much was rejected."""
    output = options.output
    _check_output(options)
    settings = options.settings
    settings.rules  # noqa: B018 - a rule file that does not load stops the run before anything else
    if settings.learned:
        load_model()  # nor is every page rejected where the weights do not fit
    columns = Columns(html=options.html_column, text=options.text_column)
    found = find_inputs(options.inputs, columns, options.input_name)
    _check_places(options, found)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it gives up on is a reject, with a reason
    with _progress(found) as progress:
        pages = progress(splits(found if output == "-" else in_order(found), partial(read, columns=columns)))
        clean = partial(clean_splits, settings=settings, workers=options.workers, limits=Limits(options.deadline))
        if output == "-":
            total = to_json_lines(clean(pages), options.rejects_file)
        elif options.dry_run:
            total = _count(clean(pages))
        else:
            total = _to_dataset(Path(output or ""), settings, found, pages, options, clean)
    if total.pages or total.forgotten:
        click.echo(_report(total, output, options.dry_run), err=output == "-")
    return _verdict(total, found, options.max_rejects)


def _check_output(options: Options) -> None:
    parse_part(options.part)
    if options.output is None and not options.dry_run:
        raise UsageError("no output: -o is missing", "give -o DIR, -o - for JSON lines, or --dry-run")
    if options.part and (options.output in ("-", None) or options.dry_run):
        raise UsageError("--part goes with -o DIR", "parts of a dataset share its folder")
    if options.rejects_file and options.output != "-":
        raise UsageError("--rejects goes with -o -", "with -o DIR the rejects are in DIR/rejects")
    if "-" in options.inputs and options.input_name is None and options.output not in ("-", None):
        raise UsageError(
            "standard input has no name to file its shards under",
            "give --input-name NAME, the same at every run",
        )


def _check_places(options: Options, inputs: list[Input]) -> None:
    """Raises UsageError where this run, or the next one, would write over its inputs or read its own records."""
    files = {entry.path.resolve() for entry in inputs if entry.path}
    output = options.output
    if options.rejects_file and Path(options.rejects_file).resolve() in files:
        raise UsageError(f"--rejects {options.rejects_file} is one of the inputs", "name another file")
    if output is None or output == "-":
        return
    folder = Path(output).resolve()
    for argument in options.inputs:
        given = Path(argument).resolve()
        inside = given.is_dir() and folder.is_relative_to(given)
        if inside and not any(part.startswith((".", "_")) for part in folder.relative_to(given).parts):
            raise UsageError(
                f"the output folder {output} lies inside the input {argument}",
                "name a folder outside of it, or the next run takes these records for pages",
            )
    for file in files:
        if file.is_relative_to(folder / "records") or file.is_relative_to(folder / "rejects"):
            raise UsageError(f"the input {file} lies inside the output folder {output}", "name another folder")


def _to_dataset(
    path: Path, settings: Settings, inputs: list[Input], pages: Iterable[Split], options: Options, clean: Clean
) -> Account:
    made: set[str] = set()
    total = Account()
    roots = sorted({entry.label.split("/")[0] for entry in inputs})
    part = parse_part(options.part)
    told = {"options": dataclasses.asdict(options)}
    with open_dataset(path, settings, roots, refresh=options.refresh, part=part, told=told) as dataset:

        def missing() -> Iterator[Split]:
            for split in pages:
                if part and not part.has(split.name):
                    continue
                made.add(split.name)
                if (done := committed(dataset, split)) is not None:
                    total.add(done)
                else:
                    yield split

        for split, records, rejects in clean(missing()):
            total.add(commit(dataset, split, records, rejects))
        finish(dataset, made)
    return total


def _count(results: Iterable[Result]) -> Account:
    total = Account()
    for _, records, rejects in results:
        total.add(account(records, rejects))
    return total


@contextlib.contextmanager
def _progress(inputs: list[Input]) -> Iterator[Progress]:
    """Wraps the splits in a bar over the inputs' bytes."""
    with bar("cleaning", sum(entry.size for entry in inputs)) as advance:

        def advancing(pages: Iterator[Split]) -> Iterator[Split]:
            done = 0
            for split in pages:
                yield split
                advance(max(0, split.bytes_done - done))
                done = max(done, split.bytes_done)

        yield advancing


def _report(total: Account, output: str | None, dry_run: bool) -> str:
    rows: list[tuple[Any, ...]] = [
        ("pages", total.pages),
        ("records", total.records),
        ("rejects", total.rejects),
    ]
    rows += [(f"  {reason}", count) for reason, count in total.reasons.most_common()]
    rows += [("forgotten", total.forgotten)] if total.forgotten else []
    rows += [("words kept", total.words_kept), ("words removed", sum(total.words_removed.values()))]
    ranked = sorted(total.words_removed.items(), key=lambda item: (-item[1], item[0]))
    rows += [(f"  {rule}", words) for rule, words in ranked[:_TOP_RULES]]
    if len(ranked) > _TOP_RULES:
        rows.append((f"  {len(ranked) - _TOP_RULES} other rules", sum(words for _, words in ranked[_TOP_RULES:])))
    if output == "-":
        return table(rows)
    place = "nothing was written" if dry_run else f"written to {output}/records and {output}/rejects"
    return f"{table(rows)}\n{place}"


def _verdict(total: Account, inputs: list[Input], max_rejects: float | None) -> int:
    names = ", ".join(entry.label for entry in inputs[:3]) + (" …" if len(inputs) > 3 else "")
    if total.pages == total.unreadable and not total.forgotten:
        why = "damaged" if total.unreadable else "empty"
        raise InputError(f"no page could be read from {names}: {why}", "check or fetch the input again")
    code = DONE
    if total.unreadable:
        click.echo(
            f"warning: {total.unreadable} part(s) of the input could not be read; see the rejects"
            " (archive_damaged, record_truncated)\n  next: fetch the damaged files again, then run with --refresh",
            err=True,
        )
        code = PARTLY
    share = total.rejects / max(total.pages, 1)
    if max_rejects is not None and share > max_rejects:
        click.echo(
            f"warning: {share:.1%} of the pages were rejected, more than --max-rejects {max_rejects:g}"
            "\n  next: look at the reasons in the rejects",
            err=True,
        )
        code = PARTLY
    return code
