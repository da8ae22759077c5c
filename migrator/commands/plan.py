"""`migrate plan`: what each phase changes and cuts, and what is to be decided before it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from migrator.commands import options
from migrator.errors import DONE, LEFT_TO_A_PERSON, WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.planning.plan import Written
    from migrator.planning.values import Plan

EXAMPLES = """\b
Examples:
  migrate plan                   phases, sizes, cuts, and what to do next
  migrate plan --write           fix how each raw stream moves in engines.yaml
  migrate plan --mermaid         the graph of streams, for a document
  migrate plan --json            the same facts for machines
"""


@click.command("plan", epilog=EXAMPLES)
@click.option("--write", is_flag=True, help="Fix mode and bus of each raw stream in engines.yaml.")
@click.option("--mermaid", "as_graph", is_flag=True, help="Print who tells whom as a Mermaid graph, by phase.")
@options.config
@options.repo
@options.base
@options.means
@click.option("--json", "as_json", is_flag=True, help="Print the plan as one JSON object.")
def command(write: bool, as_graph: bool, as_json: bool, **where: Any) -> int:
    """Show what each phase changes and cuts.

    Everything is done that a run does but its last step, for all engines. Exits with 4 while something is to be
    decided: a question, a refusal, or a stream that a phase cuts and about which nothing is done.
    """
    if write + as_graph + as_json > 1:
        raise MigrateError("--write, --mermaid and --json are three things to print; keep one of them", WRONG_USAGE)
    from migrator.planning.plan import Options, plan, plan_and_fix
    from migrator.report.terminal import progress_on

    with progress_on(sys.stderr) as progress:
        if write:
            return _written(*plan_and_fix(Options(**where), progress))
        result = plan(Options(**where), progress)
    click.echo(_shown(result, as_graph, as_json), nl=False)
    for trace in result.traces:
        click.echo(trace, err=True)
    return result.exit_code()


def _written(result: Plan, written: Written) -> int:
    """What was fixed; 4 where a stream could not be."""
    from migrator.report.plan_text import written_text

    click.echo(written_text(written, result), nl=False)
    left = any(not stream.is_fixed for stream in result.streams if stream not in result.to_fix)
    return LEFT_TO_A_PERSON if left else DONE


def _shown(result: Plan, as_graph: bool, as_json: bool) -> str:
    if as_json:
        from migrator.report.plan_json import plan_json

        return plan_json(result)
    if as_graph:
        from migrator.report.plan_graph import plan_graph

        return plan_graph(result)
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.plan_text import plan_text
    from migrator.report.terminal import wants_colour

    return plan_text(result, coloured if wants_colour(sys.stdout) else uncoloured)
