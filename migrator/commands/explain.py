"""`migrate explain`: what a pattern, a codemod, a rule or a check means, with an example."""

from __future__ import annotations

import sys

import click

from migrator.errors import DONE

EXAMPLES = """\b
Examples:
  migrate explain                  everything that can be explained
  migrate explain P11              a pattern: handlers and subscriptions
  migrate explain publishing       a codemod, and what it leaves alone
  migrate explain types-no-list    a rule of migrate check
"""


@click.command("explain", epilog=EXAMPLES)
@click.argument("name", required=False, metavar="[NAME]")
def command(name: str | None) -> int:
    """Say what a pattern becomes, with its example.

    NAME is a pattern's, or that of a codemod, a rule of migrate check or a check of the proof.
    """
    from migrator.explain import contents, explain
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import wants_colour

    paint = coloured if wants_colour(sys.stdout) else uncoloured
    click.echo(contents(paint) if name is None else explain(name, paint), nl=False)
    return DONE
