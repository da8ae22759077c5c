"""`migrate questions`: what is asked, as YAML to edit."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options

EXAMPLES = """\b
Examples:
  migrate questions                     everything that is asked, once each
  migrate questions --engine portfolio  what this engine waits for
  migrate questions > answers.yaml      edit there, then move to engines.yaml
"""


@click.command("questions", epilog=EXAMPLES)
@options.engines("What this engine asks; may be given again.")
@click.option("--phase", type=int, metavar="N", help="What the engines of this phase ask.")
@options.config
@options.repo
@options.base
@options.means
@click.option("--json", "as_json", is_flag=True, help="Print the questions as JSON.")
def command(engines: tuple[str, ...], phase: int | None, as_json: bool, **where: Any) -> int:
    """Print what is asked, as YAML to edit.

    Each suggestion is a comment: nothing is answered before you take the # off and move it to engines.yaml.
    """
    from migrator.report.questions_text import questions_json, questions_yaml
    from migrator.report.terminal import progress_on
    from migrator.scan import Options
    from migrator.scan import scan as read_all
    from migrator.selection import Selection

    with progress_on(sys.stderr) as progress:
        result = read_all(Options(Selection(phase, engines), (), **where), progress)
    for unknown in result.unknown:
        click.echo(f"migrate: {unknown}", err=True)
    shown = questions_json(result.questions) if as_json else questions_yaml(result.questions, result.base[:10])
    click.echo(shown, nl=False)
    return result.exit_code_of_questions()
