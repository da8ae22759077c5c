"""`migrate observe`: what live servers do, whose their connections are, and what that means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from migrator.commands import options
from migrator.errors import WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.observing.observe import Observed

EXAMPLES = """\b
Examples:
  migrate observe                              the servers of engines.yaml
  migrate observe --url main=redis://db1:6379  this one, whatever it serves
  migrate observe --seconds 60 --save before.json --health
                                               to compare with later
  migrate observe --watch                      again and again, until Ctrl-C
"""
CLEAR = "\x1b[H\x1b[2J"


@click.command("observe", epilog=EXAMPLES)
@click.option("--url", "urls", multiple=True, metavar="NAME=URL", help="A server; NAME as in `servers`; repeatable.")
@click.option("--seconds", default=5.0, metavar="N", help="How long to look.  [default: 5]")
@click.option("--watch", is_flag=True, help="Look again and again, and refresh in place, until Ctrl-C.")
@click.option("--monitor", is_flag=True, help="Run MONITOR for a moment, to see which stream each read asks for.")
@click.option("--health", is_flag=True, help="Ask the engines of this host for the status of their routes, too.")
@click.option("--save", metavar="FILE", help="Write what --json prints to this file, to compare with later.")
@options.config
@options.repo
@options.base
@options.cached
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def command(watch: bool, save: str | None, as_json: bool, **asked: Any) -> int:
    """Show what live servers do, and what is wrong.

    Each server is asked twice, with commands that only read. Nothing is written to it, and no password is shown or
    saved.
    """
    if watch and (save or as_json):
        raise MigrateError("--watch refreshes a terminal; leave --save and --json out", WRONG_USAGE)
    from pathlib import Path

    from migrator.observing import saved
    from migrator.observing.observe import Options, observe
    from migrator.report.terminal import progress_on

    if watch:
        return _watch(Options(**asked))
    with progress_on(sys.stderr) as progress:
        observed = observe(Options(**asked), progress)
    if save:
        saved.save(observed, Path(save))
    click.echo(saved.as_json(observed) if as_json else _text(observed), nl=False)
    return _tell_problems(observed)


def _watch(asked: Any) -> int:
    from migrator.observing.observe import observing

    try:
        with observing(asked, lambda what, done, total: None) as windows:
            for observed in windows:
                _clear()
                click.echo(_text(observed))
                _tell_problems(observed)
    except KeyboardInterrupt:
        return 0
    return 0


def _clear() -> None:
    """Empty the terminal, past what guards it against such sequences in texts."""
    if sys.stdout.isatty():
        sys.stdout.flush()
        stream = getattr(sys.stdout, "unguarded", sys.stdout)
        stream.write(CLEAR)
        stream.flush()


def _text(observed: Observed) -> str:
    from migrator.report.observe_text import observed_text
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import wants_colour

    return observed_text(observed, coloured if wants_colour(sys.stdout) else uncoloured)


def _tell_problems(observed: Observed) -> int:
    for problem in observed.problems:
        click.echo(f"migrate: {problem}", err=True)
    return observed.exit_code()
