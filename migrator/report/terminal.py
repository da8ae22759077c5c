"""A run for people: one table, then what is left to a person. Colour on a terminal, plain when piped."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from codemods.model import Change, Fault
from codemods.secrets import without_secrets
from migrator.planning.gate import Gate
from migrator.report import findings
from migrator.report.plain import INDENT, Paint, coloured, columns, uncoloured, wrapped
from migrator.report.visible import VisibleStream, one_line, visible
from migrator.results import EngineResult, Progress, Run, Status
from migrator.streams import Mode

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


def print_run(run: Run, stream: TextIO, then: Sequence[str] = ()) -> None:
    """Print the table of the run, then problems, questions, refusals, warnings and notes.

    `then` are the commands to type next, where there are branches now.
    """
    paint = coloured if wants_colour(stream) else uncoloured
    parts = [_table(run.engines, paint)] if run.engines else []
    for title, style, lines in _sections(run):
        if lines:
            parts.append([paint(title, "bold"), *(paint(line, style) for line in lines)])
    if then and any(result.status in (Status.COMMITTED, Status.UNCHANGED) for result in run.engines):
        parts.append([paint("What to type next", "bold"), *(f"{INDENT}{command}" for command in then)])
    stream.write("\n".join("".join(f"{line}\n" for line in part) for part in parts))


def wants_colour(stream: TextIO) -> bool:
    """True on a terminal that shows colours, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Progress]:
    """A function that shows how far the run is: a bar on a terminal, nothing when piped."""
    if not stream.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    colour = {} if wants_colour(stream) else {"color_system": None}
    stream = stream.unguarded if isinstance(stream, VisibleStream) else stream
    console = Console(file=stream, highlight=False, markup=False, emoji=False, **colour)  # type: ignore[arg-type]
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("migrate", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _table(results: Sequence[EngineResult], paint: Paint) -> list[str]:
    names = ["rewrite", "ask", "keep", "refuse"]
    if any(result.change.ledger.suppressed for result in results):
        names.append("suppressed")
    numbers = [*names, "questions"]
    heading, *rows = columns(
        ["engine", "phase", "status", *numbers], (_row(each, names) for each in results), {"phase", *numbers}
    )
    start = heading.index("status")
    return [paint(heading, "bold"), *(_with_style(*each, start, paint) for each in zip(rows, results, strict=True))]


def _row(result: EngineResult, names: Sequence[str]) -> list[str]:
    counts = [getattr(result.change.ledger, name) for name in names]
    numbers = map(str, (*counts, len(result.change.questions)))
    return [result.engine, str(result.phase), result.status.value, *numbers]


def _with_style(row: str, result: EngineResult, start: int, paint: Paint) -> str:
    """The row, its status in the colour of that."""
    status = result.status.value
    return row[:start] + paint(status, STYLES.get(result.status, "")) + row[start + len(status) :]


def _sections(run: Run) -> list[tuple[str, str, list[str]]]:
    """Title, style and wrapped lines of each part below the table; parts without lines are not printed."""
    return [
        ("Engines", "", [line for result in run.engines for line in _ending(result)]),
        (
            "Failed proofs, each with the statements that show it",
            "red",
            [line for result in run.engines for fault in result.change.faults for line in _failed_proof(fault)],
        ),
        ("Not signed, though git is set to sign commits", "yellow", _unsigned(run)),
        ("Their own tests", "", [line for result in run.engines for line in _tests(result)]),
        (GATES[run.goes_on], "yellow", [line for gate in run.gates for line in _gate(gate, run.goes_on)]),
        ("Raw streams", "", [line for name, mode in run.own_modes.items() for line in wrapped(_mode(name, mode))]),
        ("Files that could not be read", "red", _items(findings.unread, run)),
        ("Questions, each with what to put into engines.yaml", "", _questions(run)),
        ("Refused", "", _items(findings.refusals, run)),
        ("Suppressed by a comment, or by engines.yaml", "", _items(findings.suppressions, run)),
        ("Warnings", "yellow", _items(findings.warnings, run)),
        ("Notes", "", _items(lambda change: change.notes, run)),
        ("Left over, and not changed", "", _items(lambda change: change.leftovers, run)),
    ]


GATES = {
    "": "A run would be refused because of the order of phases",
    "--force": "Gone on by --force, against the order of phases",
    "--all": "What is merged after what",
}
"""What is said above the reasons, by the option that goes on."""


def _gate(gate: Gate, goes_on: str) -> list[str]:
    if goes_on == "--all":
        return wrapped(gate.summary)
    return [line for reason in gate.reasons() for line in wrapped(f"phase {gate.phase} must wait: {reason}")]


def _ending(result: EngineResult) -> list[str]:
    """A problem is a sentence that names its engine already; a failed proof leaves the other clients their branch."""
    problems = [*result.problems, *filter(None, [result.unpushed])]
    lines = [line for problem in problems for line in wrapped(problem)]
    if (result.problems and not result.change.faults) or result.status not in ENDINGS:
        return lines
    ending = ENDINGS[result.status].format(branch=result.branch, commit=(result.commit or "")[:12])
    if result.change.faults and result.change.texts:
        ending += ", with the other clients"
    if result.on_top:
        ending += f", with {_commits(result.on_top)} of a person's on top"
    if result.pushed:
        ending += f", pushed to {result.pushed}"
    if result.beside is None:
        return [*wrapped(f"{result.engine}: {ending}"), *lines]
    stays = f"branch {result.beside} holds commits that are not ours, and stays as it is"
    commands = [f"{INDENT * 2}{command}" for command in result.advice]  # whole, because they are there to be copied
    together = wrapped(f"{result.engine}: {stays}; beside it, {ending}. To bring them together, type:")
    return [*together, *commands, *lines]


def _commits(number: int) -> str:
    return "1 commit" if number == 1 else f"{number} commits"


def _unsigned(run: Run) -> list[str]:
    reasons = dict.fromkeys(result.unsigned for result in run.engines if result.unsigned)
    return [line for reason in reasons for line in wrapped(reason)]


def _failed_proof(fault: Fault) -> list[str]:
    """The place and the check of a fault, and below it the lines that show it, before and after the change."""
    sides = (("-", fault.before), ("+", fault.after))
    lines = [f"    {mark} {visible(without_secrets(line))}" for mark, text in sides for line in text.splitlines()]
    return [*wrapped(f"{fault.path}:{fault.line} {fault.check}"), *lines]


def _tests(result: EngineResult) -> list[str]:
    """How they ended and where their output is; the end of it, where they did not pass."""
    tests = result.tests
    if tests is None or not tests.command:
        return wrapped(f"{result.engine}: {tests.outcome}") if tests else []
    told = wrapped(f'{result.engine}: "{tests.command}" {tests.outcome} after {tests.seconds:g} s; output: {tests.log}')
    return told if tests.passed else [*told, *(f"    | {visible(line)}" for line in tests.last)]


def _mode(name: str, mode: Mode) -> str:
    return f"{name}: {mode.mode}; {mode.reason}"


def _questions(run: Run) -> list[str]:
    lines = []
    for question in findings.merged_questions(result.change for result in run.engines):
        lines += wrapped(f"{question.id}: {one_line(question.text)}")
        lines += [f"    {visible(site)}" for site in question.sites]
        lines += textwrap.indent(question.suggestion.strip("\n"), "      ").split("\n")
    return lines


def _items(find: Callable[[Change], Sequence[str]], run: Run) -> list[str]:
    """What `find` says of each change, once: engines that share a file say the same of it."""
    items = dict.fromkeys(item for result in run.engines for item in find(result.change))
    return [line for item in items for line in wrapped(item)]
