"""What becomes of an import of a wrapper: the target takes its place, wherever that is, with the same guard."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.homes import is_for_types
from codemods.orders import Order
from codemods.placing import Import, is_star
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, is_alone, place, refuse, rewrite
from codemods.verdicts.standing_in import fault_of_stand_ins, names_of

GUARDS = ast.Try | ast.If | ast.With


def judge_import(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on one import statement."""
    node = use.node
    assert isinstance(node, ast.Import | ast.ImportFrom)
    if any(alias.name == "*" for alias in node.names):
        return refuse(use, "a star import: which of its names are used cannot be told")
    fault = fault_of_stand_ins(court, use)
    if fault is not None:
        return refuse(use, fault)
    fault = _of_function(court, use, node) if use.module.scope_of[node].kind != "module" else _of_guard(court, use)
    fault = fault or _of_list(use, node)
    if fault is not None:
        return refuse(use, fault)
    return rewrite(use, "imports", f"{court.target} takes the wrapper's place", *_unlisted(use, node))


def judge_passed_on(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a name of a wrapper that is imported by way of another module of the engine."""
    node = use.node
    assert isinstance(node, ast.ImportFrom)
    if is_star(node) or not is_alone(use.module, node) or use.module.parent[node] is not use.module.source.tree:
        return refuse(use, f"{use.name} is imported by way of another module")
    fault = fault_of_stand_ins(court, use) or _of_list(use, node)
    if fault is not None:
        return refuse(use, fault)
    reason = f"{court.target} is imported where its names are needed, not by way of another module"
    return rewrite(use, "imports", reason, *_unlisted(use, node))


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


def _of_list(use: Use, node: Import) -> str | None:
    """Why a name that `__all__` lists cannot be taken out of it."""
    listed = [name for name in sorted(names_of(node)) if use.module.named("__all__") and _lists(use, name)]
    plain = all(
        isinstance(_list_of(use.module.statement(n)), ast.List | ast.Tuple) for n in use.module.named("__all__")
    )
    return f"{listed[0]} is exported in __all__, which is more than a list" if listed and not plain else None


def _lists(use: Use, name: str) -> bool:
    """Whether a statement with `__all__` in it holds this name."""
    statements = [use.module.statement(node) for node in use.module.named("__all__")]
    constants = (n for s in statements for n in ast.walk(s) if isinstance(n, ast.Constant))
    return any(node.value == name for node in constants)


def _list_of(statement: ast.stmt) -> ast.expr | None:
    """The value of `__all__ = [...]`, where that is all that the statement does."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    named = [target.id for target in targets if isinstance(target, ast.Name)]
    return statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) and named == ["__all__"] else None


def _unlisted(use: Use, node: Import) -> Iterator[Order]:
    """The orders that take this import's names out of `__all__`."""
    names = names_of(node)
    for mention in use.module.named("__all__"):
        value = _list_of(use.module.statement(mention))
        if isinstance(value, ast.List | ast.Tuple):
            gone = tuple(e for e in value.elts if isinstance(e, ast.Constant) and e.value in names)
            if gone:
                data = {"unlisted": tuple(str(each.value) for each in gone)}
                yield Order("imports", use.module, use.module.statement(value), data, consumes=gone)
