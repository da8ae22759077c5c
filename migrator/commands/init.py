"""`migrate init`: a first engines.yaml."""

from __future__ import annotations

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

    if output == "-":
        first = first_config(repo, base)
        click.echo(text_of(first), nl=False)
        click.echo(summary("the text on stdout", first), err=True)
        return LEFT_TO_A_PERSON if first.questions else DONE
    path, first = write_first(repo, base, output, force)
    click.echo(summary(str(path) if output else path.name, first))
    return LEFT_TO_A_PERSON if first.questions else DONE
