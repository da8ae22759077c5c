"""Whether a function that subscribes runs several times on one client: its subscriptions would share what arrives."""

from __future__ import annotations

import ast

from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, is_test
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.handing import ROUTES
from codemods.verdicts.several import called_again

REQUESTS = ROUTES | {"websocket", "websocket_route", "middleware"}
"""Decorators under which a function runs with each request or connection, whatever the framework is."""


def subscribed_again(court: Court, use: Use) -> str | None:
    """Why a subscription cannot move that one run of the program makes more than once; None for any other.

    What starts or makes the client as well is judged with that: each time, it had a client of its own.
    """
    node, module = use.function, use.module
    seen: list[FunctionFacts] = []
    while isinstance(node, Function):
        facts = court.program.facts(module, node)
        if facts in seen:
            return None
        seen.append(facts)
        calls = [call for call in facts.calls if not is_test(call[0])]
        again = called_again(court, calls)
        if again is not None or _answers(facts):
            where = f", once more at {again[0].path}:{again[1].lineno}" if again is not None else " by a request"
            text = f"`{facts.header.name}` subscribes whenever it is called{where}: the target's subscriptions share"
            return None if _begins(court, use, seen) else f"{text} what arrives, and each would miss messages"
        if len(calls) != 1:
            return None
        module, node = calls[0][0], calls[0][0].function_of(calls[0][1])
    return None


def _answers(facts: FunctionFacts) -> bool:
    made = (each.func for each in facts.header.decorator_list if isinstance(each, ast.Call))
    return any(isinstance(func, ast.Attribute) and func.attr in REQUESTS for func in made)


def _begins(court: Court, use: Use, functions: list[FunctionFacts]) -> bool:
    """Whether one of these functions makes or starts the client too."""
    beginning = [
        court.program.facts(other.module, other.function)
        for other in court.uses_of(use.holders)
        if isinstance(other.function, Function) and (other.kind == "construct" or _is_start(other))
    ]
    reaching = court.graph.reaching(beginning)
    return any(facts.header in reaching for facts in functions)


def _is_start(use: Use) -> bool:
    return use.kind == "call" and use.wrapper is not None and use.wrapper.methods.get(use.name) == "start"
