"""What the classes of a wrapper's source define: constructors, attributes, enum members, and how a start behaves."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from codemods.reading.scopes import Function, last_name
from codemods.reading.walking import walk

METHOD = ast.FunctionDef | ast.AsyncFunctionDef
SERVER_ERRORS = {"Exception", "BaseException", "OSError", "ConnectionError", "RedisError"}
"""What a handler must catch to see that a server is not there."""
SENDS = {"xadd", "publish", "rpush", "lpush"}
"""Commands of redis-py by which a message is sent."""
OPEN = {"__getattr__", "__dict__", "setattr", "vars"}
"""Words by which a class may give its objects attributes that are not written down."""


def classes_of(tree: ast.Module, names: tuple[str, ...]) -> Iterator[ast.ClassDef]:
    """The named classes, each after its bases of the same module."""
    return _named({node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}, names)


def _named(by_name: dict[str, ast.ClassDef], names: Iterable[str]) -> Iterator[ast.ClassDef]:
    for name in names:
        if name in by_name:
            node = by_name.pop(name)  # classes may name each other in a circle
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            yield from _named(by_name, bases)
            yield node


def _family(tree: ast.Module, name: str) -> list[ast.ClassDef] | None:
    """A class and all its bases, those first; None where one is not in this module, or a metaclass is at work."""
    family = list(classes_of(tree, (name,)))
    known = {node.name for node in family} | {"object"}
    whole = all(isinstance(base, ast.Name) and base.id in known for node in family for base in node.bases)
    return family if family and whole and not any(node.keywords for node in family) else None


def constructors_of(tree: ast.Module, names: tuple[str, ...]) -> Mapping[str, ast.arguments]:
    """What each class is made with, as far as its source says that: an `__init__`, or the fields of a dataclass."""
    found = {name: _constructor(tree, name) for name in names}
    return {name: takes for name, takes in found.items() if takes is not None}


def _constructor(tree: ast.Module, name: str) -> ast.arguments | None:
    family = _family(tree, name)
    for node in reversed(family or []):
        own = next((item for item in node.body if isinstance(item, METHOD) and item.name == "__init__"), None)
        if own is not None:
            return own.args
        if any(isinstance(item, METHOD) and item.name == "__new__" for item in node.body):
            return None
        if node.decorator_list:
            return _of_dataclass(family or [])
    return None


def _of_dataclass(family: list[ast.ClassDef]) -> ast.arguments | None:
    """The parameters of plain dataclasses; None where any of them is more than that."""
    fields: dict[str, bool] = {}
    for node in family:
        if len(node.decorator_list) != 1 or not _is_plain_dataclass(node.decorator_list[0]):
            return None
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                if last_name(getattr(item.annotation, "value", item.annotation)) in ("ClassVar", "InitVar", "KW_ONLY"):
                    return None
                if isinstance(item.value, ast.Call) and any(k.arg in ("init", "kw_only") for k in item.value.keywords):
                    return None
                fields[item.target.id] = item.value is not None
    needed = [name for name, has_default in fields.items() if not has_default]
    return _arguments(["self", *needed, *(f"{name}=None" for name, has_default in fields.items() if has_default)])


OF_OBJECTS = {"eq", "frozen", "order", "repr", "slots", "unsafe_hash"}
"""What a dataclass may say without a word about how it is made."""


def _is_plain_dataclass(decorator: ast.expr) -> bool:
    """Whether a dataclass is made with its fields, each by position or by name."""
    call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
    is_dataclass = ast.unparse(call.func) in ("dataclass", "dataclasses.dataclass")
    return is_dataclass and not call.args and {keyword.arg for keyword in call.keywords} <= OF_OBJECTS


def _arguments(parameters: list[str]) -> ast.arguments:
    function = ast.parse(f"def made({', '.join(parameters)}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.args


def attributes_of(tree: ast.Module, names: tuple[str, ...]) -> frozenset[str] | None:
    """Everything that objects of these classes have; None where a base or `__getattr__` may give them more."""
    found: set[str] = set(dir(object))
    for name in names:
        family = _family(tree, name)
        if family is None or any(node.decorator_list for node in family):
            return None
        for node in family:
            found |= set(_attributes(node))
    return None if found & OPEN else frozenset(found)


def _attributes(owner: ast.ClassDef) -> Iterator[str]:
    for node in walk(owner):
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and (isinstance(node.ctx, ast.Store) or node.attr == "__dict__"):
            yield node.attr
        elif isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Store) or node.id in OPEN):
            yield node.id


def members_of(tree: ast.Module, names: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The members of each enum, where all of them are written down."""
    found = {}
    for name in names:
        for node in classes_of(tree, (name,)):
            if node.name == name and node.bases and not node.keywords:
                found[name] = frozenset(_attributes(node))
    return found


def returns_nothing(method: METHOD) -> bool:
    """Whether no call of a method gives a value, and none is promised."""
    if method.returns is not None and ast.unparse(method.returns) not in ("None", "NoReturn"):
        return False
    pending: list[ast.AST] = [*method.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom) or (isinstance(node, ast.Return) and node.value is not None):
            return False
        pending += () if isinstance(node, Function | ast.Lambda | ast.ClassDef) else ast.iter_child_nodes(node)
    return not method.decorator_list


def gives_up(method: METHOD, starts: list[METHOD]) -> bool:
    """Whether a method does nothing before a start: a guard at its top asks for what only a start sets."""
    if method in starts:
        return False
    body = method.body[1:] if isinstance(method.body[0], ast.Expr) else method.body
    first = body[0] if body else None
    if not isinstance(first, ast.If) or not isinstance(first.body[-1], ast.Return | ast.Raise) or first.orelse:
        return False
    asked = {node.attr for node in walk(first.test) if isinstance(node, ast.Attribute)}
    asked_alone = isinstance(first.test, ast.Compare | ast.UnaryOp)  # not one of several conditions
    return asked_alone and bool(asked) and asked <= {name for start in starts for name in _set_by(start)}


def _set_by(start: METHOD) -> Iterator[str]:
    for node in walk(start):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def swallows(start: METHOD) -> bool:
    """Whether a start goes on where the server is not there: it catches that, and no handler raises."""
    handlers = [node for node in walk(start) if isinstance(node, ast.ExceptHandler)]
    raises = any(isinstance(node, ast.Raise) for handler in handlers for node in walk(handler))
    return any(catches_server(handler) for handler in handlers) and not raises


def lets_through(method: METHOD) -> bool:
    """Whether what the server raises at a command that sends comes out of a method: it catches nothing there."""
    sends = any(isinstance(node, ast.Call) and last_name(node.func) in SENDS for node in walk(method))
    return sends and not any(isinstance(node, ast.ExceptHandler) for node in walk(method))


def catches_server(handler: ast.ExceptHandler) -> bool:
    """Whether a handler sees that a server is not there."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or last_name(kind) in SERVER_ERRORS for kind in kinds)
