"""`migrate check`: what cannot work in code that uses the target."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

EXAMPLES = """\b
Examples:
  migrate check                          every engine that has moved, on main
  migrate check dual-bus/phase-1/ml      what a branch changes
  migrate check --engine risk            one engine, moved or not
  migrate check --staged                 what the next commit would have
  migrate check --sarif > check.sarif    for the code host to show
"""


@click.command("check", epilog=EXAMPLES)
@click.argument("revisions", nargs=-1, metavar="[BRANCH]...")
@options.engines("This engine; may be given again.")
@click.option("--staged", is_flag=True, help="Read the index, as a pre-commit hook must.")
@options.config
@options.repo
@options.means
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print the findings as SARIF 2.1.0.")
def command(as_json: bool, as_sarif: bool, **asked: Any) -> int:
    """Find what cannot work in code that uses the dual message bus.

    Without a branch or an engine, those are read that use the target at the base, or that engines.yaml calls migrated.
    A use of the Redis that a migrated engine has left is a finding, too. Exits with 1 if there are any.
    """
    if as_json and as_sarif:
        raise MigrateError("--json and --sarif are two forms; keep one of them", WRONG_USAGE)
    from migrator.check import Options
    from migrator.check import check as check_all
    from migrator.report import check_text, sarif
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import progress_on, wants_colour

    with progress_on(sys.stderr) as progress:
        result = check_all(Options(**asked), progress)
    for problem in result.problems:
        click.echo(f"migrate: {problem}", err=True)
    for trace in filter(None, (engine.trace for engine in result.engines)):
        click.echo(trace, err=True)
    if as_json:
        shown = check_text.check_json(result)
    elif as_sarif:
        shown = sarif.sarif(result.findings)
    else:
        shown = check_text.check_text(result, coloured if wants_colour(sys.stdout) else uncoloured)
    click.echo(shown, nl=False)
    return result.exit_code()
