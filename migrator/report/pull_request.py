"""The text of a pull request for an engine's branch: what moves where, what is left, what was proved, what to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from shlex import join

from codemods.model import Change
from codemods.proof.table import CHECKS
from migrator.report import findings
from migrator.report.markdown import code, plain
from migrator.report.visible import one_line
from migrator.results import EngineResult, Run, Status

WRITTEN = (Status.COMMITTED, Status.UNCHANGED, Status.WOULD_COMMIT)
SHORT = 12


def pull_requests(run: Run) -> dict[str, str]:
    """By engine, the text for each that has a branch, or would have one: Markdown that begins with a title."""
    return {each.engine: pull_request(each, run) for each in run.engines if each.status in WRITTEN}


def pull_request(result: EngineResult, run: Run) -> str:
    """The text for one engine."""
    change, base = result.change, run.base_name
    parts = [
        [f"# Move {result.engine} to the dual message bus"],
        [f"Phase {result.phase}. The branch is {code(result.branch)}, on {code(base)} at {run.base[:SHORT]}."],
        _part("What changes on which bus", [f"- {code(line)}" for line in result.destinations]),
        _part("Counts", _counts(change)),
        _part("Left to a person", [f"- [ ] {plain(line)}" for line in _left(change)]),
        _part("Look closely at", _items(findings.warnings(change))),
        _part("Suppressed by a comment, or by engines.yaml", _items(findings.suppressions(change))),
        _part("Notes", _items([*change.notes, *change.leftovers])),
        _part("Proved before it was committed", [f"- {each}" for each in (*CHECKS.values(), *_tested(result))]),
        _part("To verify", ["```console", *(f"$ {command}" for command in _commands(result, base)), "```"]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _part(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines] if lines else []


def _items(lines: Iterable[str]) -> list[str]:
    return [f"- {plain(one_line(line))}" for line in lines]


def _counts(change: Change) -> list[str]:
    ledger = change.ledger
    names = ("found", "rewrite", "ask", "keep", "refuse", "suppressed")
    numbers = [str(getattr(ledger, name)) for name in names]
    files = sorted(change.texts)
    return [
        f"| sites {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
        f"| {' | '.join(numbers)} |",
        "",
        f"{len(files)} {'file' if len(files) == 1 else 'files'}: {', '.join(map(code, files))}",
    ]


def _left(change: Change) -> Iterator[str]:
    for question in change.questions:
        yield f"{', '.join(question.sites)} {one_line(question.text)}"
    yield from findings.refusals(change)
    yield from findings.unread(change)


def _tested(result: EngineResult) -> list[str]:
    return ["its own tests pass"] if result.tests is not None and result.tests.passed else []


def _commands(result: EngineResult, base: str) -> Iterator[str]:
    """What a reviewer types in a clone that has the branch."""
    yield join(["git", "diff", f"{base}...{result.branch}"])
    yield join(["migrate", "check", result.branch])
    yield join(["migrate", "scan", "--engine", result.engine, "--base", result.branch])
    if result.test_command:
        yield result.test_command
    yield join(["migrate", "status", "--engine", result.engine])
