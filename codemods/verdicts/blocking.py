"""What would hold up an event loop: another loop within it, and calls that wait for somebody else."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.reading.calls import Runner
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function
from codemods.verdicts.runs import SUBMITTERS, dotted, runs_of, servers_of
from codemods.verdicts.wording import symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

SLEEPS = {"time.sleep"}
BLOCKING = (
    "requests.", "urllib.request.", "urllib3.", "httpx.get", "httpx.post", "httpx.put", "httpx.request", "subprocess.",
    "os.system", "os.popen", "socket.create_connection", "smtplib.", "ftplib.", "psycopg2.", "pymysql.", "sqlite3.",
)  # fmt: skip
"""Calls that wait for somebody else."""


def looping(court: Court) -> Iterator[tuple[str, set[Runner]]]:
    """Where a function runs an event loop, with every function that may come to that."""
    own = [run for run in runs_of(court) if dotted(court, *run) not in SUBMITTERS]
    served = [(module, call) for module in court.program.modules.values() for call in servers_of(court, module)]
    for module, call in (*own, *served):
        around = module.function_of(call)
        if isinstance(around, Function):
            yield f"{module.path}:{call.lineno}", court.graph.reaching([court.program.facts(module, around)])


def blocked(court: Court, functions: Iterable[FunctionFacts]) -> str | None:
    """What in these functions, or below them, would hold up the event loop that a thread did not."""
    given = list(functions)
    own = {facts.node for facts in given}
    found = []
    for runner in court.graph.reached_from(given):
        for module, call, _ in court.graph.calls(runner):
            for name in symbols_of(court, module, call.func) if isinstance(call, ast.Call) else ():
                if name.startswith(BLOCKING) or name == "input" or (name in SLEEPS and runner not in own):
                    found.append((module.path, call.lineno, name))
    path, line, name = min(found, default=("", 0, ""))
    return f"{name}() at {path}:{line} would hold up the event loop, where it held up a thread" if found else None
