"""`migrate bridge`: carries what a phase cuts, until both ends have moved."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options
from migrator.errors import DONE, FAILED

EXAMPLES = """\b
Examples:
  migrate bridge --phase 1                   until Ctrl-C or SIGTERM
  migrate bridge --phase 1 --metrics 9101    figures for Prometheus, too
  migrate bridge --phase 1 --once            carry what is there, and end
"""


@click.command("bridge", epilog=EXAMPLES)
@click.option("--phase", type=int, required=True, metavar="N", help="The phase that is merged by now.")
@click.option("--url", "urls", multiple=True, metavar="NAME=URL", help="A server; NAME as in `servers`; repeatable.")
@click.option("--once", is_flag=True, help="End when nothing is left to carry.")
@click.option("--metrics", "port", type=int, metavar="PORT", help="Serve figures on this loopback port; 0 takes any.")
@options.config
@options.repo
@options.base
@options.cached
def command(once: bool, port: int | None, **asked: Any) -> int:
    """Carry messages between the servers while a phase cuts them.

    It carries the edges that engines.yaml bridges, in the form that the reader expects, each at least once and in
    order; each entry says where it came from. It goes on where it was after any failure.
    """
    from migrator.bridging.service import serve
    from migrator.bridging.story import Options, plan_lanes
    from migrator.report.terminal import progress_on

    with progress_on(sys.stderr) as progress:
        planned = plan_lanes(Options(**asked), progress)
    for sentence in planned.needless:
        click.echo(sentence)
    if not planned.lanes:
        return DONE
    problems = serve(planned.lanes, click.echo, once=once, port=port)
    for problem in problems:
        click.echo(f"migrate: {problem}", err=True)
    return FAILED if problems else DONE
