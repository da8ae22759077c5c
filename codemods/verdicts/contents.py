"""Whether what a client is put into, or given out by, holds that client alone: then it moves with it."""

from __future__ import annotations

import ast

from codemods.reading import atoms
from codemods.reading.contexts import PUT, YIELDED
from codemods.reading.scopes import Module, last_name
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, refuse, rewrite
from codemods.verdicts.wording import symbols_of

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def judge_contained(court: Court, use: Use) -> Case:
    """The verdict on a client that is put into a container, or given out by a generator."""
    if use.name == PUT and _has_one_key(use) and _is_the_only_one(court, use):
        return rewrite(use, "connections", "the container holds this client alone, and whoever reads it gets the bus")
    if use.name == YIELDED and _is_entered_once(court, use):
        return rewrite(use, "connections", "the one `async with` that enters this gets the bus")
    return refuse(use, f"the client {use.name} here")


def _is_entered_once(court: Court, use: Use) -> bool:
    """Whether an `asynccontextmanager` gives the client out, to one `async with` that a program comes to once."""
    from codemods.verdicts.lifetime import is_run_once

    function = use.function
    if not isinstance(function, ast.AsyncFunctionDef) or any(isinstance(above, LOOPS) for above in use.around):
        return False
    facts = court.program.facts(use.module, function)
    made = [symbols_of(court, use.module, each) for each in function.decorator_list]
    yields = [node for node in ast.walk(function) if isinstance(node, ast.Yield | ast.YieldFrom)]
    if made != [{"contextlib.asynccontextmanager"}] or len(yields) != 1 or not is_run_once(court, facts):
        return False
    return all(_is_entered(module, call) for module, call in facts.calls)


def _is_entered(module: Module, call: ast.Call) -> bool:
    """Whether a call is entered where it stands: by `async with`, or by a stack that is one."""
    above = module.parent[call]
    if isinstance(above, ast.withitem):
        return isinstance(module.parent[above], ast.AsyncWith)
    is_given = isinstance(above, ast.Call) and last_name(above.func) == "enter_async_context"
    return is_given and isinstance(module.parent[above], ast.Await)


def _has_one_key(use: Use) -> bool:
    """Whether the client is put under a literal key: `buses["main"] = bus`, `{"main": bus}`."""
    assert isinstance(use.node, ast.expr)
    above = use.module.parent[use.node]
    if isinstance(above, ast.Dict):
        key = above.keys[above.values.index(use.node)] if use.node in above.values else None
        return isinstance(key, ast.Constant)
    if isinstance(above, ast.Assign):
        return all(isinstance(t, ast.Subscript) and isinstance(t.slice, ast.Constant) for t in above.targets)
    return False


def _is_the_only_one(court: Court, use: Use) -> bool:
    """Whether no container with this client holds anything else, and the client is not made in a loop."""
    mine = set(use.holders)
    made = [other for other in court.uses if other.kind == "construct" and mine & set(other.holders)]
    if len(mine) != 1 or len(made) != 1 or any(isinstance(above, LOOPS) for above in made[0].around):
        return False
    held = [found for cell, found in court.program.cells.items() if cell[0] == "inside" and mine & found]
    return bool(held) and all(found <= mine | {atoms.NOTHING} for found in held)
