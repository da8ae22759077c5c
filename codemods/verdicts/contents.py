"""Whether a container that a client is put into holds that client alone, under one key: then it moves with it."""

from __future__ import annotations

import ast

from codemods.reading import atoms
from codemods.reading.contexts import PUT
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, refuse, rewrite

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def judge_contained(court: Court, use: Use) -> Case:
    """The verdict on a client that is put into a container, or given out by a generator."""
    if use.name == PUT and _has_one_key(use) and _is_the_only_one(court, use):
        return rewrite(use, "connections", "the container holds this client alone, and whoever reads it gets the bus")
    return refuse(use, f"the client {use.name} here")


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
