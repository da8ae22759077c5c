"""The check of the names that a change imports: each is used, and nothing else in the file is called so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.model import Fault
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module
from codemods.reading.source import Source


def prove_names(before: Source, after: Source) -> Fault | None:
    """The first name that was imported and is not used, or that two things have; None where there is none."""
    module = read_module(after, "")
    module.read_all()
    known = {name for name, _ in _imported(read_module(before, ""))}
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
