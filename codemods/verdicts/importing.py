"""What becomes of an import of a wrapper: the target takes its place, wherever that is, with the same guard."""

from __future__ import annotations

import ast

from codemods.homes import is_for_types
from codemods.reading.uses import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, place, refuse, rewrite
from codemods.verdicts.standing_in import fault_of_stand_ins, names_of

GUARDS = ast.Try | ast.If | ast.With


def judge_import(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on one import statement."""
    node = use.node
    assert isinstance(node, ast.Import | ast.ImportFrom)
    if any(alias.name == "*" for alias in node.names):
        return refuse(use, "a star import: which of its names are used cannot be told")
    exported = _exported(use, node)
    if exported is not None:
        return refuse(use, f"{exported} is exported in __all__")
    fault = fault_of_stand_ins(court, use)
    if fault is not None:
        return refuse(use, fault)
    fault = _of_function(court, use, node) if use.module.scope_of[node].kind != "module" else _of_guard(court, use)
    if fault is not None:
        return refuse(use, fault)
    return rewrite(use, "imports", f"{court.target} takes the wrapper's place")


def _of_function(court: Court, use: Use, node: ast.Import | ast.ImportFrom) -> str | None:
    """Why an import that runs with its function cannot be replaced there."""
    scope = use.module.scope_of[node]
    found = next((name for name in sorted(names_of(node)) if scope.find(name) is not scope), None)
    if found is not None:
        return f"the wrapper is imported inside a function, and {found} is bound outside of it"
    around = use.module.parent[node]
    told = next((u for u in court.uses if u.wrapper is use.wrapper and _subscribes(u)), None)
    if isinstance(around, GUARDS) and told is not None:
        return f"the wrapper is imported inside a function under a guard, and handled outside of it: {_at(told)}"
    return None


def _of_guard(court: Court, use: Use) -> str | None:
    """Why an import that runs under a condition cannot be replaced there."""
    conditions = [a for a in use.module.ancestors(use.node) if isinstance(a, ast.If) and not is_for_types(a)]
    if not conditions:
        return None
    shown = f"the wrapper is imported only if `{ast.unparse(conditions[0].test)}`"
    made = [u for u in court.uses if u.wrapper is use.wrapper and u.kind == "construct"]
    elsewhere = next((u for u in made if u.module is not use.module), None)
    if elsewhere is not None:
        return f"{shown}, and its client is made at {_at(elsewhere)}"
    return None if made else shown


def _subscribes(use: Use) -> bool:
    return use.kind == "call" and use.wrapper is not None and use.wrapper.methods.get(use.name) == "subscribe"


def _at(use: Use) -> str:
    return str(place(use.module, use.node))


def _exported(use: Use, node: ast.Import | ast.ImportFrom) -> str | None:
    """A name of this import that `__all__` lists."""
    names = names_of(node)
    for statement in use.module.source.tree.body:
        if isinstance(statement, ast.Assign) and any(ast.unparse(t) == "__all__" for t in statement.targets):
            listed = {n.value for n in ast.walk(statement.value) if isinstance(n, ast.Constant)}
            return min(names & listed, default=None)
    return None
