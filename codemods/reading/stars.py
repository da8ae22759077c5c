"""What a star import brings: the names of a module of the program, or those that are known of another."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading import legacy
from codemods.reading.factories import TARGET_FACTORIES

if TYPE_CHECKING:
    from codemods.reading.flow import Program
    from codemods.reading.scopes import Module


def brought(program: Program, base: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The names that `from base import *` brings; `seen` are the modules on the way here."""
    path = program.by_name.get(base)
    if path is None:
        return _known(program, base)
    other = program.module(path)
    if other is None or path in seen:
        return set()
    listed = _listed(other)
    if listed is not None:
        return listed
    names = {name for name in other.root.names if not name.startswith("_")}
    for statement in other.imports:
        if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
            names |= brought(program, absolute_module(other, statement), seen | {path})
    return names


def _listed(module: Module) -> set[str] | None:
    """What `__all__` lists; None where there is none, or one that is more than a list of texts."""
    bound = [node for node in module.bound(module.root, "__all__") if isinstance(node, ast.Name)]
    if len(bound) != 1:
        return None
    statement = module.parent[bound[0]]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.List | ast.Tuple) or not all(isinstance(item, ast.Constant) for item in value.elts):
        return None
    return {item.value for item in value.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)}


def _known(program: Program, base: str) -> set[str]:
    """The names of a module that is not read: of redis-py, of a wrapper, of the target."""
    if legacy.flavour(base):
        return set(legacy.STARRED)
    for wrapper in program.settings.wrappers:
        if f".{base}".endswith(f".{wrapper.module}"):
            return {*wrapper.client, *wrapper.config, *wrapper.message, *wrapper.priority}
    is_target = f".{base}".endswith(f".{program.settings.target.module}")
    return {*TARGET_FACTORIES, "EngineType", "MessageType", "MessagePriority"} if is_target else set()


def absolute_module(module: Module, node: ast.ImportFrom) -> str:
    """The dotted name that a `from` import names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if not module.path.endswith("__init__.py"):
        package = package[:-1]
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])
