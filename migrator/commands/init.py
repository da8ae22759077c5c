"""`migrate init`: a first engines.yaml."""

from __future__ import annotations

import sys
from shlex import join

import click

from migrator.commands import options
from migrator.errors import DONE, LEFT_TO_A_PERSON

EXAMPLES = """\b
Examples:
  migrate init                     write engines.yaml from what is in main
  migrate init --output draft.yaml the same, beside the one that is there
"""


@click.command("init", epilog=EXAMPLES)
@click.option(
    "--output", metavar="FILE", help="The file to write, - for stdout.  [default: engines.yaml at the repository's top]"
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@options.repo
@click.option("--base", metavar="REV", help="What is read, and what branches start from.  [default: main or master]")
def command(output: str | None, force: bool, repo: str, base: str | None) -> int:
    """Write a first engines.yaml from what the code says.

    It has engines, wrappers, the target and routes. What the code does not say is marked as a question in it.
    """
    from migrator.first.summary import summary
    from migrator.first.text import text_of
    from migrator.first_config import first_config, write_first
    from migrator.report.terminal import progress_on

    if output == "-":
        with progress_on(sys.stderr):
            first = first_config(repo, base)
        click.echo(text_of(first), nl=False)
        click.echo(summary("the text on stdout", first, _next(repo)), err=True)
        return LEFT_TO_A_PERSON if first.questions else DONE
    with progress_on(sys.stderr):
        path, first = write_first(repo, base, output, force)
    click.echo(summary(str(path) if output else path.name, first, _next(repo, output)))
    return LEFT_TO_A_PERSON if first.questions else DONE


def _next(repo: str, output: str | None = None) -> str:
    """What a run from here is called, of the repository and with the file that were named."""
    words = (*(("--repo", repo) if repo != "." else ()), *(("--config", output) if output else ()))
    return join(["migrate", "--all", "--dry-run", *words])
