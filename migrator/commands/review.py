"""`migrate review`: what a person needs to say yes, on one page."""

from __future__ import annotations

import sys
from typing import Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

EXAMPLES = """\b
Examples:
  migrate review                            all engines, in review.html
  migrate review --phase 1 --open           one phase, shown in the browser
  migrate review dual-bus/phase-1/ml        what a branch holds by now
  migrate review --live before.json         beside what observe measured
  migrate review --format markdown          for a pull request
  migrate review --format github            annotations, in a workflow
"""

FORMATS = ("html", "markdown", "sarif", "github")


@click.command("review", epilog=EXAMPLES)
@click.argument("branch", required=False)
@options.engines("This engine; may be given again.")
@click.option("--phase", type=int, metavar="N", help="The engines of this phase.")
@click.option("--live", multiple=True, metavar="FILE", help="Figures that observe or verify wrote; may be given again.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="html", help="The form.  [default: html]")
@click.option(
    "--output", metavar="FILE", help="Where it goes; - is stdout.  [default: review.html for html, else stdout]"
)
@click.option("--force", is_flag=True, help="Write over a file that is no page of a review.")
@click.option("--open", "show", is_flag=True, help="Show the page in the browser.")
@options.config
@options.repo
@options.base
@options.means
def command(
    engines: tuple[str, ...], phase: int | None, form: str, output: str | None, force: bool, show: bool, **where: Any
) -> int:
    """Write everything that is known of a change, as one page.

    Without a branch, it shows what a run would make; nothing else is written. The page needs no network: it holds
    each hunk with its reason and evidence, what is left, the graph of streams, and your marks.
    """
    from migrator.report.terminal import progress_on
    from migrator.review.output import rendered, write
    from migrator.review.story import Options, review
    from migrator.selection import Selection

    target = output or ("review.html" if form == "html" else "-")
    if show and (form != "html" or target == "-"):
        raise MigrateError("--open shows a page in a file; leave out --format, or --output -", WRONG_USAGE)
    if where["live"] and form in ("sarif", "github"):
        raise MigrateError(f"{form} has no place for the figures of --live; leave out one of the two", WRONG_USAGE)
    if where["branch"] and (engines or phase is not None):
        raise MigrateError("a branch says which engines it is about; leave out --engine and --phase", WRONG_USAGE)
    with progress_on(sys.stderr) as progress:
        result = review(Options(Selection(phase, engines), **where), progress)
    text = rendered(result, form)
    if target == "-":
        click.echo(text, nl=False)
    else:
        path = write(text, target, force)
        amount = f"{_number(result.hunks, 'hunk')} of {_number(len(result.engines), 'engine')}"
        click.echo(f"{path}: {amount}.{' Open it in a browser.' if form == 'html' else ''}")
        if show:
            click.launch(path.as_uri())
    return result.exit_code()


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
