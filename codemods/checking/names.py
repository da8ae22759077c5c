"""Names of the target: what is imported, members of its enums, and names that nothing imports."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from codemods.checking.places import Fault, symbol
from codemods.reading.by_name import IMPORTING
from codemods.reading.contract import CLIENT, ENUMS, FACTORY
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.cases import Court

OURS = {*ENUMS, CLIENT, FACTORY}
EVERY_ENUM = {"name", "value", "mro"}
BY_TEXT = ("getattr", *IMPORTING)
"""What finds a function by a text."""


def imports(court: Court, module: Module) -> Iterator[Fault]:
    """Names imported from the target that its module does not bind."""
    known = court.contract.interface.names
    for statement in module.imports:
        if known is None or not isinstance(statement, ast.ImportFrom) or not _is_target(court, statement):
            continue
        for alias in statement.names:
            if alias.name not in known and alias.name != "*":
                yield Fault("no-such-name", alias, f"{court.target} has no {alias.name}{_perhaps(alias.name, known)}")


def _is_target(court: Court, statement: ast.ImportFrom) -> bool:
    module = statement.module or ""
    return module == court.target or module.endswith(f".{court.target}")


def _perhaps(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, sorted(known), 1, 0.55)
    return f"; perhaps {close[0]} is meant" if close else ""


def members(court: Court, module: Module) -> Iterator[Fault]:
    """Members that an enum of the target does not have."""
    for node, _ in module.nodes():
        if not isinstance(node, ast.Attribute) or node.attr.startswith("__") or node.attr in EVERY_ENUM:
            continue
        dotted = symbol(court, module, node.value) if isinstance(node.value, ast.Name | ast.Attribute) else ""
        owner, _, enum = dotted.rpartition(".")
        known = court.contract.interface.members.get(enum)
        if known is None or not (owner == court.target or owner.endswith(f".{court.target}")):
            continue
        if node.attr not in known:
            yield Fault("no-such-member", node, f"{enum} has no {node.attr}{_perhaps(node.attr, known)}")


def unbound(court: Court, module: Module) -> Iterator[Fault]:
    """Names of the target that are used and bound by nothing."""
    starred = any(alias.name == "*" for statement in module.imports for alias in statement.names)
    for node, scope in module.nodes() if not starred else ():
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        if node.id in OURS and scope.find(node.id) is None:
            yield Fault("not-imported", node, f"{node.id} is not imported here")


def calls(court: Court, module: Module) -> list[tuple[ast.Call, str]]:
    """Every call of a function of the target, with its name; several checks ask for those of one file."""
    if module not in court.called:
        court.called[module] = list(_calls(court, module))
    return court.called[module]


def _calls(court: Court, module: Module) -> Iterator[tuple[ast.Call, str]]:
    functions = court.contract.interface.functions
    for node, _ in module.nodes():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        if not (court.is_renaming or last_name(node.func) in functions):
            continue  # what else is called need not be worked out
        owner, _, name = symbol(court, module, node.func).rpartition(".")
        if name in functions and (owner == court.target or owner.endswith(f".{court.target}")):
            yield node, name


def may_rename(module: Module, names: Collection[str]) -> bool:
    """Whether one of these functions may go by another name because of this file: it hands one on, or finds one by
    a text. Unless a file does, all calls of them end in their own names.
    """
    if any(True for word in BY_TEXT for _ in _mentions(module, word)):
        return True
    if any(not _is_callee(module, node) for name in names for node in _mentions(module, name)):
        return True
    aliases = (alias for statement in module.imports for alias in statement.names)  # those with the names are read now
    return any(each.asname not in (None, each.name) and each.name.rpartition(".")[2] in names for each in aliases)


def _mentions(module: Module, name: str) -> Iterator[ast.AST]:
    """Where a name is read, as such or behind a dot."""
    for node in (*module.named(name), *module.attributes.get(name, ())):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node


def _is_callee(module: Module, node: ast.AST) -> bool:
    above = module.parent[node]
    return isinstance(above, ast.Call) and above.func is node
