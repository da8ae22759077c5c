"""One more check of the proof, over files: whoever calls a function that became async awaits what it gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from codemods.model import Fault
from codemods.orders import Order
from codemods.reading.callers import call_sites
from codemods.reading.flow import FunctionFacts, Program
from codemods.reading.scopes import dotted_name

POSITION = re.compile(r"@\d+:\d+")


def prove_awaits(after: Program, orders: Iterable[Order]) -> Fault | None:
    """The first call of a function that these orders made async which awaits nothing; None where each awaits.

    `after` is the program of the changed texts, with every file in which such a function may be called.
    """
    made = {(o.path, _names(o.module.inner[o.node].qualified)) for o in orders if o.data.get("async")}
    found = (facts for facts in after.functions.values() if (facts.module.path, _names(facts.qualified)) in made)
    for facts in sorted(found, key=lambda each: (each.module.path, each.header.lineno)):
        for path, line in _unawaited(facts):
            return Fault("awaits", path, line, f"{facts.header.name}() is not awaited")
    return None


def _names(qualified: str) -> str:
    """A function's qualified name without positions, which are others after a change."""
    return POSITION.sub("", qualified)


def _unawaited(facts: FunctionFacts) -> Iterator[tuple[str, int]]:
    for module, call in call_sites(facts)[0]:
        above = module.parent[call]
        is_run = isinstance(above, ast.Call) and dotted_name(above.func).endswith(".run")
        if not (is_run or isinstance(above, ast.Await)):
            yield module.path, call.lineno
