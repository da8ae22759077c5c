"""`migrate status`: how far each engine is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.results import Progress
    from migrator.status.run import CampaignStatus

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
@options.repos
@options.base
@options.means
@click.option("--markdown", is_flag=True, help="Print a table for an issue.")
@click.option("--json", "as_json", is_flag=True, help="Print the states as JSON.")
def command(
    engines: tuple[str, ...],
    phase: int | None,
    repos: tuple[str, ...],
    markdown: bool,
    as_json: bool,
    **where: Any,
) -> int:
    """Show how far each engine is, and what to type next.

    The base is scanned, and git is asked about branches and history. Nothing is written, and no server is asked.
    """
    if markdown and as_json:
        raise MigrateError("--markdown and --json are two forms; keep one of them", WRONG_USAGE)
    from migrator.commands.repositories import ask
    from migrator.selection import Selection
    from migrator.status.run import Options, status

    def read(repo: str, progress: Progress) -> CampaignStatus:
        return status(Options(Selection(phase, engines), repo, **where), progress)

    def show(result: CampaignStatus) -> int:
        click.echo(_text(result, markdown, as_json), nl=False)
        for trace in filter(None, (each.scan.trace for each in result.engines)):
            click.echo(trace, err=True)
        return result.exit_code()

    return ask(repos, read, show, as_json=as_json, at_once=where["means"].workers.repositories)


def _text(result: CampaignStatus, markdown: bool, as_json: bool) -> str:
    if as_json:
        from migrator.report.status_json import status_json

        return status_json(result)
    if markdown:
        from migrator.report.status_markdown import status_markdown

        return status_markdown(result)
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.status_text import status_text
    from migrator.report.terminal import wants_colour

    return status_text(result, coloured if wants_colour(sys.stdout) else uncoloured)
