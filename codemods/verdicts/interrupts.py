"""What becomes of `except KeyboardInterrupt` in a coroutine: `asyncio.run` cancels its task where Ctrl-C is pressed.

Where a task is cancelled and ends without an exception, `asyncio.run` gives its result: so the handler has only to
catch the cancellation as well. That holds for the one task that an entry runs, and for no other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import last_name
from codemods.verdicts.becoming import own_nodes
from codemods.verdicts.wording import place_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

INTERRUPT = "KeyboardInterrupt"
RAISED = (f"raise {INTERRUPT}", "default_int_handler")
"""How a program raises an interrupt itself, out of the event loop instead of in its task."""


def caught(functions: Iterable[FunctionFacts]) -> Iterator[tuple[FunctionFacts, ast.Try, list[int]]]:
    """Each `try` in these functions with those of its handlers that catch an interrupt, and no cancellation yet."""
    for facts in functions:
        for node in own_nodes(facts):
            if isinstance(node, ast.Try) and (numbers := [i for i, h in enumerate(node.handlers) if _is_of_one(h)]):
                yield facts, node, numbers


def _is_of_one(handler: ast.ExceptHandler) -> bool:
    parts = ast.walk(handler.type) if handler.type is not None else ()
    names = {last_name(part) for part in parts if isinstance(part, ast.expr)}
    return INTERRUPT in names and "CancelledError" not in names


def against_interrupts(court: Court, functions: Iterable[FunctionFacts], is_run_alone: bool) -> str | None:
    """Why a handler of an interrupt in these functions would mean something else in a coroutine; None where none does.

    `is_run_alone` says that all of them run in the one task of an entry.
    """
    for facts, node, numbers in caught(functions):
        raised = any(text in module.source.text for module in court.program.modules.values() for text in RAISED)
        if not is_run_alone or raised:
            where = place_of(facts.module, node.handlers[numbers[0]])
            return f"the `except {INTERRUPT}` at {where} would not run in a coroutine, which is cancelled"
    return None
