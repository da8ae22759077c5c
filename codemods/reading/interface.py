"""What the target's source says of each call on it: parameters, attributes, enum members, names to import."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from codemods.reading.definitions import METHOD, attributes_of, classes_of, members_of, swallows
from codemods.reading.walking import walk

SELF = ast.arg("self")


class Interface(Struct, frozen=True):
    """The target as calls see it. Parameters are those of a method: a plain function has a `self` put before its own.

    `attributes` and `names` are None where the source does not show all of them.
    """

    functions: Mapping[str, ast.arguments] = field(default_factory=dict)
    methods: Mapping[str, ast.arguments] = field(default_factory=dict)
    coroutines: frozenset[str] = frozenset()  # of both
    attributes: frozenset[str] | None = None  # of the client: methods, properties, and what is stored on it
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of each enum
    names: frozenset[str] | None = None  # of the module
    swallowing: frozenset[str] = frozenset()  # methods that catch what the server raises, and raise nothing themselves


def read_interface(tree: ast.Module, parts: list[ast.Module], client: str, enums: tuple[str, ...]) -> Interface:
    """The interface of the module `tree`, which takes names from `parts`."""
    whole = ast.Module([node for part in (*parts, tree) for node in part.body], [])
    functions = {node.name: node for node in whole.body if isinstance(node, METHOD)}
    methods = {
        node.name: node for owner in classes_of(whole, (client,)) for node in owner.body if isinstance(node, METHOD)
    }
    plain = {name: node for name, node in methods.items() if not node.decorator_list}
    return Interface(
        {name: with_self(node.args) for name, node in functions.items() if not node.decorator_list},
        {name: node.args for name, node in plain.items()},
        frozenset(n.name for n in (*functions.values(), *plain.values()) if isinstance(n, ast.AsyncFunctionDef)),
        attributes_of(whole, (client,)),
        members_of(whole, enums),
        _names(tree),
        frozenset(name for name, node in plain.items() if swallows(node)),
    )


def with_self(takes: ast.arguments) -> ast.arguments:
    """The parameters of a plain function, as if it were a method."""
    fields = {name: getattr(takes, name) for name in takes._fields}
    first = "posonlyargs" if takes.posonlyargs else "args"
    return ast.arguments(**{**fields, first: [SELF, *fields[first]]})


def _names(tree: ast.Module) -> frozenset[str] | None:
    """Every name that a module binds; None where a star import or a `__getattr__` of the module brings more."""
    found = set(_bound(tree.body))
    found |= {name for node in walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return None if found & {"*", "__getattr__"} else frozenset(found)


def _bound(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, METHOD | ast.ClassDef):
            yield statement.name
            continue
        for node in walk(statement):
            if isinstance(node, METHOD | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
