"""Commands that show what Winnow knows: rules and stages, columns and closed lists."""

from typing import Any

import click


def rule_files(command: Any) -> Any:
    return click.option(
        "--rules",
        "rule_files",
        multiple=True,
        metavar="FILE",
        help="A file of rules of your own; may be repeated.",
    )(command)


@click.group()
def rules() -> None:
    """What is removed, and why."""


@rules.command("list")
@rule_files
def list_rules(rule_files: tuple[str, ...]) -> None:
    """All rules and stages: name, class of leftovers, figures, reason.

    Hits are labelled lines that a rule drops, precision is the share of them that it drops rightly, lost are the
    characters of the others. Rare rules are measured together with the others of their class: "pooled".
    """
    from cleaners.accounts import table
    from cleaners.measured import measured
    from cleaners.rules import load_rules
    from cleaners.stages import REASONS

    entries = [(rule.id, rule.category, rule.reason) for rule in load_rules(rule_files)]
    entries += [(name, "stage", reason) for name, reason in REASONS.items()]
    rows = [
        (name, category, *measured(name, category).columns, f"because it {reason}")
        for name, category, reason in sorted(entries)
    ]
    click.echo(table([("rule", "class", "hits", "precision", "lost", "", "reason"), *rows]))


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@rule_files
def show_rule(rule_id: str, rule_files: tuple[str, ...]) -> None:
    """One rule: its figures and patterns, what it must drop and what it must keep."""
    from cleaners.errors import UsageError
    from cleaners.measured import measured
    from cleaners.rules import load_rules
    from cleaners.stages import REASONS

    if rule_id in REASONS:
        click.echo(f"{rule_id} (stage)\nremoved because it {REASONS[rule_id]}")
        click.echo(measured(rule_id, "stage").sentence)
        return
    rule = next((rule for rule in load_rules(rule_files) if rule.id == rule_id), None)
    if rule is None:
        raise UsageError(f"no rule is called {rule_id!r}", "`winnow rules list` names them all")
    where = {
        "head": "above the first paragraph",
        "tail": "below the last one",
        "edge": "above the first paragraph or below the last",
    }
    click.echo(f"{rule.id} ({rule.category}, {rule.source})")
    click.echo(f"removed because it {rule.reason}")
    setting = "; only with --thorough" if rule.thorough else ""
    click.echo(f"where: {where.get(rule.where or '', 'anywhere')}; at most {rule.longest} characters{setting}")
    click.echo(measured(rule.id, rule.category).sentence)
    for name in ("lines", "parts"):
        if patterns := getattr(rule, name):
            click.echo("\n".join([f"{name}:", *(f"  {pattern}" for pattern in patterns)]))
    for name in ("drops", "keeps"):
        click.echo("\n".join([f"{name}:", *(f"  {example}" for example in getattr(rule, name))]))


@click.command()
def schema() -> None:
    """The columns of records and rejects, and the closed lists of reasons, categories and flags."""
    from cleaners import schema as columns
    from cleaners.accounts import table

    for name in ("RECORDS", "REJECTS"):
        click.echo(
            f"{name.lower()}\n" + _indented(table([(f.name, str(f.type)) for f in getattr(columns, name)])) + "\n"
        )
    for name in ("REASONS", "CATEGORIES", "FLAGS"):
        click.echo(f"{name.lower()}\n" + _indented(table([*getattr(columns, name).items()])) + "\n")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
