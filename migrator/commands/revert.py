"""`migrate revert`: a branch that takes an engine back after its merge."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options

EXAMPLES = """\b
Examples:
  migrate revert --engine ml --dry-run  the diff, and whom it would cut off
  migrate revert --engine ml            a branch that takes ml back
  migrate revert --engine ml --commit 3f2c1d   what moved it by hand
"""


@click.command("revert", epilog=EXAMPLES)
@options.engine("The engine to take back.")
@click.option(
    "--commit",
    "commits",
    multiple=True,
    metavar="REV",
    help="What moved it, where its message does not say so.",
)
@click.option("--dry-run", is_flag=True, help="Print the diff and write nothing; the summary goes to stderr.")
@click.option("--force", is_flag=True, help="Go on although somebody is cut off; the commit says so.")
@options.config
@options.repo
@options.means
@click.option("--base", metavar="REV", help="What the branch starts from.  [default: `base` of engines.yaml]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(as_json: bool, **asked: Any) -> int:
    """Make a branch that takes an engine back.

    Its files become what they were before it was moved; what others changed in them since stays. Refused where it
    would cut off an engine that it talks to now.
    """
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.revert_text import revert_json, revert_text
    from migrator.report.terminal import progress_on, wants_colour
    from migrator.reverting.revert import Options, revert

    with progress_on(sys.stderr) as progress:
        result = revert(Options(**asked), progress)
    if as_json:
        click.echo(revert_json(result), nl=False)
        return result.exit_code()
    stream = sys.stderr if asked["dry_run"] else sys.stdout
    if asked["dry_run"]:
        from migrator.report.diff import for_terminal, unified_diff

        diff = unified_diff(result.originals, result.texts)
        is_terminal = sys.stdout.isatty()
        click.echo(for_terminal(diff, colours=wants_colour(sys.stdout)) if is_terminal else diff, nl=False)
    click.echo(revert_text(result, coloured if wants_colour(stream) else uncoloured), nl=False, file=stream)
    return result.exit_code()
