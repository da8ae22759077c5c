"""Functions that a script of a package starts by their names: each stays plain, and runs a coroutine of its own."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codemods.reading.callers import call_sites
from codemods.reading.flow import FunctionFacts
from codemods.verdicts.dynamic import starts
from codemods.verdicts.entry import is_entry
from codemods.verdicts.wording import place_of, shown

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court


def is_script(court: Court, facts: FunctionFacts) -> bool:
    """Whether a script starts this function, and nothing else that is no Python does."""
    named = [each for each in court.settings.started if starts(each, facts)]
    return bool(named) and all(each.is_script for each in named)


def against_script(facts: FunctionFacts) -> str | None:
    """Why a function that a script starts cannot run a coroutine in its own place; None where it can."""
    where = place_of(facts.module, facts.header)
    takes = facts.header.args
    if facts.owner is not None or facts.module.function_of(facts.header) is not None or facts.header.decorator_list:
        return f"{shown(facts)} at {where} is started by a script, and is no plain function of its module"
    if takes.posonlyargs or takes.kwonlyargs or takes.vararg or takes.kwarg:
        return f"{shown(facts)} at {where} is started by a script, and takes more than arguments by position"
    if facts.header.body[0].lineno == facts.header.lineno:
        return f"{shown(facts)} at {where} is started by a script, and shares its line with what it does"
    calls, references = call_sites(facts)
    other = next((place for place in [*calls, *references] if not is_entry(*place)), None)
    if other is not None:
        return f"{shown(facts)} is started by a script, and named at {place_of(*other)} as well"
    return None


def told_of(facts: FunctionFacts) -> dict[str, object]:
    """What an order says of such a function: its coroutine's name, what that takes, and whether it gives something."""
    taken = set(re.findall(r"\w+", facts.module.source.text))
    name = next(n for n in (f"_{facts.header.name}", f"_run_{facts.header.name}", "_program") if n not in taken)
    gives = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(facts.header))
    return {"whole": True, "script": name, "takes": tuple(arg.arg for arg in facts.header.args.args), "gives": gives}
