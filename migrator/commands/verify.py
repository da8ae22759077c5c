"""`migrate verify`: whether an engine's migration worked, by what live servers say."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options

EXAMPLES = """\b
Examples:
  migrate verify --engine ml --before before.json
        after a restart; before it: migrate observe --save before.json
  migrate verify --phase 1 --before before.json --health
        every engine of the phase, and how its routes answer
  migrate verify --engine ml --base dual-bus/phase-1/ml
        a branch that runs, and is not merged yet
  migrate verify --engine ml --probe
        send a marked message, too
"""


@click.command("verify", epilog=EXAMPLES)
@options.engines("This engine; may be given again.")
@click.option("--phase", type=int, metavar="N", help="The engines of this phase.")
@click.option("--before", metavar="FILE", help='What "migrate observe --save" wrote before the engine moved.')
@click.option("--url", "urls", multiple=True, metavar="NAME=URL", help="A server; NAME as in `servers`; repeatable.")
@click.option("--seconds", default=5.0, metavar="N", help="How long to look.  [default: 5]")
@click.option("--health", is_flag=True, help="Compare the statuses of its routes with those that were saved.")
@click.option("--probe", is_flag=True, help="Send a marked message where a route says `probe: true`.")
@options.config
@options.repo
@options.base
@options.cached
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def command(as_json: bool, **asked: Any) -> int:
    """Judge an engine that has moved, by what live servers say.

    Exits with 1 if a check fails, with the likely cause, and with 4 if one cannot be told. Only --probe writes.
    """
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import progress_on, wants_colour
    from migrator.report.verify_text import verified_json, verified_text
    from migrator.verifying.verify import Options, verify

    with progress_on(sys.stderr) as progress:
        verified = verify(Options(**asked), progress)
    for problem in verified.problems:
        click.echo(f"migrate: {problem}", err=True)
    paint = coloured if wants_colour(sys.stdout) else uncoloured
    click.echo(verified_json(verified) if as_json else verified_text(verified, paint), nl=False)
    return verified.exit_code()
