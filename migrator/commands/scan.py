"""`migrate scan`: what is legacy, and what becomes of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.results import Progress
    from migrator.scanned import Scanned

EXAMPLES = """\b
Examples:
  migrate scan                     the campaign at a glance, open questions
  migrate scan --engine portfolio  each of its sites, with its evidence
  migrate scan --streams           who tells whom what, and what a phase cuts
  migrate scan --json              the same facts for machines
  migrate scan --repo a --repo b   two repositories, one after the other
"""


@click.command("scan", epilog=EXAMPLES)
@options.engines("Each site of this engine; may be given again.")
@click.option("--file", "files", multiple=True, metavar="PATH", help="Each site in this file or folder, likewise.")
@click.option("--phase", type=int, metavar="N", help="Only the engines of this phase.")
@click.option("--streams", is_flag=True, help="Print who publishes and who consumes what, and what each phase cuts.")
@options.config
@options.repos
@options.base
@options.means
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def command(
    engines: tuple[str, ...],
    files: tuple[str, ...],
    phase: int | None,
    streams: bool,
    repos: tuple[str, ...],
    as_json: bool,
    **where: Any,
) -> int:
    """Show what is legacy and what becomes of it.

    All engines are read at the base commit. Nothing is rewritten, nothing is written.
    """
    from migrator.commands.repositories import ask
    from migrator.report import scan_output
    from migrator.scan import Options
    from migrator.scan import scan as read_all
    from migrator.selection import Selection

    if streams and files:
        raise MigrateError("--streams shows what engines tell each other; leave out --file, or --streams", WRONG_USAGE)

    def read(repo: str, progress: Progress) -> Scanned:
        return read_all(Options(Selection(phase, engines), files, repo, **where), progress)

    def show(result: Scanned) -> int:
        if result.probe:
            click.echo(f"migrate: {result.probe}", err=True)
        form = scan_output.form_of(as_json, streams, bool(engines or files))
        click.echo(scan_output.text(result, form, sys.stdout), nl=False)
        for trace in filter(None, (engine.trace for engine in result.engines)):
            click.echo(trace, err=True)
        return result.exit_code()

    return ask(repos, read, show, as_json=as_json, at_once=where["means"].workers.repositories)
