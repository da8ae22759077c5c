"""The check of the names that a change brings: what is imported is used, and no name is taken from what had it."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from codemods.model import Fault
from codemods.reading.scopes import Module, Scope

POSITION = re.compile(r"@\d+:\d+")
BUILT_IN = frozenset(dir(builtins))


def prove_names(before: Module, module: Module) -> Fault | None:
    """The first name that was imported and is not used, or that two things have; None where there is none."""
    return _misplaced(before, module) or _shadowed(before, module)


def _misplaced(before: Module, module: Module) -> Fault | None:
    after = module.source
    known = {name for name, _ in _imported(before)}
    for name, statement in _imported(module):
        if name in known:
            continue
        scope = module.scope_of[statement]
        bound = [node for node in module.bound(scope, name) if node is not statement]
        other = next((node for node in bound if not _takes_its_place(module, node, statement)), None)
        if other is not None:
            said = f"`{name}` is imported, and line {_line(other)} gives it another meaning"
            return Fault("names", after.path, statement.lineno, said)
        if not _is_used(module, name):
            return Fault("names", after.path, statement.lineno, f"`{name}` is imported, and not used")
    return None


def _shadowed(before: Module, after: Module) -> Fault | None:
    """A name that a scope of the result binds, and that its code took from further out before."""
    bound: dict[tuple[str, str], set[str]] = defaultdict(set)
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    key = cache(_key)  # of each scope once, and not for each of its nodes
    for scope in dict.fromkeys(scope for _, scope in before.nodes()):
        bound[key(scope)] |= scope.names
    for node, scope in before.nodes():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            for passed in _passed(scope, node.id):
                taken[key(passed)].add(node.id)
    for scope in dict.fromkeys(scope for _, scope in after.nodes()):
        new = scope.names - bound[_key(scope)] if scope.kind != "comprehension" else set()
        for name in sorted(new & taken[_key(scope)]):
            line = min(_line(node) for node in after.bound(scope, name))
            return Fault("names", after.source.path, line, f"`{name}` was something else here, from further out")
    return None


def _key(scope: Scope) -> tuple[str, str]:
    """Which scope it is, without positions, which are others after a change."""
    return scope.kind, POSITION.sub("", scope.qualified)


def _passed(scope: Scope | None, name: str) -> Iterator[Scope]:
    """The scopes from which a name is looked for further out; the whole way, for what Python itself brings."""
    home = scope.find(name) if scope is not None else None
    while scope is not None and scope is not home and (home is not None or name in BUILT_IN):
        yield scope
        scope = scope.parent


def _imported(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    module.read_all()
    for statement in module.imports:
        for alias in statement.names:
            if alias.name != "*":
                yield alias.asname or alias.name.split(".")[0], statement


def _is_used(module: Module, name: str) -> bool:
    """Whether a name is read, or stands in a text, as in an annotation and in `__all__`."""
    read = (node for node in module.named(name) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    if any(module.scope_of[node].find(name) is not None for node in read):
        return True
    texts = (node.value for node in ast.walk(module.source.tree) if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and re.search(rf"\b{name}\b", text) for text in texts)


def _takes_its_place(module: Module, node: ast.AST, statement: ast.stmt) -> bool:
    """Whether a name is bound instead of the import: where that may fail, before it to None, or by another import."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    stand_in = module.statement(node)
    if isinstance(stand_in, ast.Assign) and all(isinstance(n.value, type(None)) for n in _constants(stand_in)):
        return True
    tries = [above for above in module.ancestors(statement) if isinstance(above, ast.Try | ast.If)]
    return any(above in tries for above in module.ancestors(node))


def _constants(statement: ast.Assign) -> list[ast.Constant]:
    """The constants that are assigned; one that is not None, where anything else is."""
    parts = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    return [part if isinstance(part, ast.Constant) else ast.Constant(...) for part in parts]


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
