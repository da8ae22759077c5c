"""A run for people: one table, then what is left to a person. Colour on a terminal, plain when piped."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from codemods.model import Change
from migrator.report import findings
from migrator.results import EngineResult, Progress, Run, Status
from migrator.streams import Mode

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 80

STYLES = {
    Status.COMMITTED: "green",
    Status.WOULD_COMMIT: "green",
    Status.LEFT: "yellow",
    Status.DEFERRED: "yellow",
    Status.BLOCKED: "red",
    Status.FAILED: "red",
}

ENDINGS = {
    Status.COMMITTED: "branch {branch} at {commit}",
    Status.WOULD_COMMIT: "would make branch {branch}",
    Status.UNCHANGED: "nothing to do: branch {branch} at {commit} holds exactly this",
    Status.NOTHING: "nothing to do: no legacy use to move",
    Status.LEFT: "nothing can be rewritten before a person has decided",
}
"""What is said of an engine that has no problem to report."""


def print_run(run: Run, stream: TextIO) -> None:
    """Print the table of the run, then problems, questions, refusals, warnings and notes."""
    console = _console(stream)
    if run.engines:
        console.print(_table(run.engines))
    for title, style, lines in _sections(run):
        if lines:
            console.print()
            console.print(title, style="bold")
            for line in lines:
                console.print(line, style=style, soft_wrap=True)


def wants_colour(stream: TextIO) -> bool:
    """True on a terminal that shows colours, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Progress]:
    """A function that shows how far the run is: a bar on a terminal, nothing when piped."""
    if not stream.isatty():
        yield lambda what, done, total: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=_console(stream), transient=True) as bar:
        task = bar.add_task("migrate", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() else WIDTH
    colour = {} if wants_colour(stream) else {"color_system": None}
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, **colour)  # type: ignore[arg-type]


def _table(results: Sequence[EngineResult]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    names = ["rewrite", "ask", "keep", "refuse"]
    if any(result.change.ledger.suppressed for result in results):
        names.append("suppressed")
    for name in ("engine", "phase", "status", *names, "questions"):
        table.add_column(name, no_wrap=True, justify="left" if name in ("engine", "status") else "right")
    for result in results:
        status = Text(result.status.value, STYLES.get(result.status, ""))
        numbers = [str(getattr(result.change.ledger, name)) for name in names]
        table.add_row(result.engine, str(result.phase), status, *numbers, str(len(result.change.questions)))
    return table


def _sections(run: Run) -> list[tuple[str, str, list[str]]]:
    """Title, style and wrapped lines of each part below the table; parts without lines are not printed."""
    return [
        ("Engines", "", [line for result in run.engines for line in _ending(result)]),
        ("Raw streams", "", [line for name, mode in run.own_modes.items() for line in _wrapped(_mode(name, mode))]),
        ("Files that could not be read", "red", _items(findings.unread, run)),
        ("Questions, each with what to put into engines.yaml", "", _questions(run)),
        ("Refused", "", _items(findings.refusals, run)),
        ("Suppressed by a comment", "", _items(findings.suppressions, run)),
        ("Warnings", "yellow", _items(findings.warnings, run)),
        ("Notes", "", _items(lambda change: change.notes, run)),
        ("Left over, and not changed", "", _items(lambda change: change.leftovers, run)),
    ]


def _ending(result: EngineResult) -> list[str]:
    """A problem is a sentence that names its engine already."""
    if result.problems:
        return [line for problem in result.problems for line in _wrapped(problem)]
    ending = ENDINGS[result.status].format(branch=result.branch, commit=(result.commit or "")[:12])
    return _wrapped(f"{result.engine}: {ending}")


def _mode(name: str, mode: Mode) -> str:
    return f"{name}: {mode.mode}; {mode.reason}"


def _questions(run: Run) -> list[str]:
    lines = []
    for question in findings.merged_questions(result.change for result in run.engines):
        lines += _wrapped(f"{question.id}: {findings.one_line(question.text)}")
        lines += [f"    {site}" for site in question.sites]
        lines += textwrap.indent(question.suggestion.strip("\n"), "      ").split("\n")
    return lines


def _items(find: Callable[[Change], Sequence[str]], run: Run) -> list[str]:
    """What `find` says of each change, once: engines that share a file say the same of it."""
    items = dict.fromkeys(item for result in run.engines for item in find(result.change))
    return [line for item in items for line in _wrapped(item)]


def _wrapped(text: str) -> list[str]:
    indent = "  "
    # A path stays whole, even beyond the width: it is there to be copied.
    return textwrap.wrap(
        findings.one_line(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )
