"""Where a mistake is, and what expressions stand for there, as far as all rules need it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from msgspec import Struct

from codemods.checking.rules import Finding
from codemods.reading import atoms
from codemods.reading.contract import METHODS
from codemods.reading.scopes import Module
from codemods.verdicts.cases import Court


class Fault(Struct, frozen=True):
    """A mistake at a node, before it has a path."""

    rule: str
    node: ast.AST
    message: str


def finding(module: Module, fault: Fault) -> Finding:
    """The fault with its place."""
    line, column = int(getattr(fault.node, "lineno", 1)), int(getattr(fault.node, "col_offset", 0))
    return Finding(module.path, line, module.source.column(line, column), fault.rule, fault.message)


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """What a call gives for a parameter, by position or by name; None where that cannot be told."""
    if any(isinstance(each, ast.Starred) for each in call.args[: index + 1]):
        return None
    if len(call.args) > index:
        return call.args[index]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def parameter(method: str, index: int) -> str:
    """The name of a parameter of one of the methods that the contract holds."""
    return METHODS[method][index]


def resolved(module: Module, node: ast.expr) -> ast.expr:
    """The value of a name that is bound once, to an expression; any other expression is itself."""
    if not isinstance(node, ast.Name):
        return node
    scope = module.scope_of[node].find(node.id)
    bound = list(module.bound(scope, node.id)) if scope is not None else []
    above = module.parent.get(bound[0]) if len(bound) == 1 else None
    plain = isinstance(above, ast.Assign) and len(above.targets) == 1 and above.targets[0] is bound[0]
    value = above.value if isinstance(above, ast.Assign) and plain else None
    value = above.value if isinstance(above, ast.AnnAssign) and above.target is bound[0] else value
    return value if value is not None else node


def symbol(court: Court, module: Module, node: ast.expr) -> str:
    """The dotted name of what certainly is one name of another module; empty for anything else.

    A name of the target is the same by whatever way it is imported: from its folder, or from the import root.
    """
    held = court.program.value(module, node) - {atoms.NOTHING}
    names = sorted(atom.name for atom in held if atom.kind == atoms.SYMBOL)
    tails = {f".{name}".rpartition(f".{court.target}.")[2] or name for name in names}
    return names[0] if len(names) == len(held) and len(tails) == 1 else ""


def member(court: Court, module: Module, node: ast.expr, enum: str) -> str:
    """The member of the target's enum that an expression certainly is; empty for anything else."""
    prefix = f"{court.target}.{enum}."
    dotted = symbol(court, module, node)
    at = f".{dotted}".find(f".{prefix}")
    rest = dotted[at + len(prefix) :] if at >= 0 else ""
    return rest if rest and "." not in rest else ""


def elements(node: ast.expr) -> Sequence[ast.expr] | None:
    """The elements of a display; None for anything else."""
    return node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else None
