"""`migrate status`: how far each engine is."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

EXAMPLES = """\b
Examples:
  migrate status                       every engine, and what to type next
  migrate status --phase 1             what still holds phase 1 back
  migrate status --markdown            a table for an issue
  migrate status --json                the same facts for machines
"""


@click.command("status", epilog=EXAMPLES)
@options.engines("Only this engine; may be given again.")
@click.option("--phase", type=int, metavar="N", help="Only the engines of this phase.")
@options.config
@options.repo
@options.base
@options.means
@click.option("--markdown", is_flag=True, help="Print a table for an issue.")
@click.option("--json", "as_json", is_flag=True, help="Print the states as JSON.")
def command(engines: tuple[str, ...], phase: int | None, markdown: bool, as_json: bool, **where: Any) -> int:
    """Show how far each engine is, and what to type next.

    The base is scanned, and git is asked about branches and history. Nothing is written, and no server is asked.
    """
    if markdown and as_json:
        raise MigrateError("--markdown and --json are two forms; keep one of them", WRONG_USAGE)
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import progress_on, wants_colour
    from migrator.selection import Selection
    from migrator.status.run import Options, status

    with progress_on(sys.stderr) as progress:
        result = status(Options(Selection(phase, engines), **where), progress)
    if as_json:
        from migrator.report.status_json import status_json

        shown = status_json(result)
    elif markdown:
        from migrator.report.status_markdown import status_markdown

        shown = status_markdown(result)
    else:
        from migrator.report.status_text import status_text

        shown = status_text(result, coloured if wants_colour(sys.stdout) else uncoloured)
    click.echo(shown, nl=False)
    for trace in filter(None, (each.scan.trace for each in result.engines)):
        click.echo(trace, err=True)
    return result.exit_code()
