"""Names of the target: what is imported, members of its enums, and names that nothing imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from codemods.checking.places import Fault, symbol
from codemods.reading.contract import CLIENT, ENUMS, FACTORY
from codemods.reading.scopes import Module
from codemods.verdicts.cases import Court

OURS = {*ENUMS, CLIENT, FACTORY}
EVERY_ENUM = {"name", "value", "mro"}


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
    for node, _ in module.nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            owner, _, name = symbol(court, module, node.func).rpartition(".")
            if name in court.contract.interface.functions and (
                owner == court.target or owner.endswith(f".{court.target}")
            ):
                yield node, name
