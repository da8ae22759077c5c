"""`migrate probe`: what the target client does on real servers."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options

EXAMPLES = """\b
Examples:
  migrate probe                      every behaviour, on embedded servers
  migrate probe --only delivery      one of them; may be given again
  migrate probe --json               the result for machines
  migrate probe --servers            on servers of yours, which no engine uses
"""


@click.command("probe", epilog=EXAMPLES)
@click.option("--only", multiple=True, metavar="ID", help="This probe, as a result names it; may be given again.")
@click.option("--python", metavar="FILE", help="The Python that has the client's packages.  [default: this one]")
@click.option("--marketdata-url", metavar="URL", help="Your market data server, instead of an embedded one.")
@click.option("--engine-logic-url", metavar="URL", help="Your engine logic server, likewise.")
@click.option("--servers", "on_servers", is_flag=True, help="Take those URLs from `servers` of engines.yaml.")
@options.config
@options.repo
@options.base
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(as_json: bool, **asked: Any) -> int:
    """Show what the target client does.

    It runs code of your repository, as you: the client of the base, in a process of its own that is led to the probe's
    servers whatever it connects to. Exits with 1 where a probe fails. Runs and scans warn from the last whole result.
    """
    from migrator.probing.story import Options, probe
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.probe_text import probe_json, probe_text
    from migrator.report.terminal import progress_on, wants_colour

    with progress_on(sys.stderr) as progress:
        result = probe(Options(**asked), progress)
    for sentence in result.left:
        click.echo(f"migrate: {sentence}", err=True)
    paint = coloured if wants_colour(sys.stdout) else uncoloured
    click.echo(probe_json(result) if as_json else probe_text(result, paint), nl=False)
    return result.exit_code()
