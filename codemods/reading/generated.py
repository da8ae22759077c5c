"""Classes whose constructor is written for them: which of their fields it takes, and what a field is until then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from codemods.reading.scopes import last_name

PLAIN_BASES = {"object", "ABC", "Generic"}
"""Bases that write no constructor for what their classes annotate."""


def is_decorated(node: ast.ClassDef) -> bool:
    """Whether something that the class itself names may write its constructor; its bases apart."""
    makers = [k for k in node.keywords if k.arg != "metaclass" or last_name(k.value) != "ABCMeta"]
    return bool(node.decorator_list or makers)


def foreign_bases(node: ast.ClassDef) -> list[ast.expr]:
    """The bases of a class that may do more than be inherited from."""
    return [base for base in bases_of(node) if last_name(base) not in PLAIN_BASES]


def bases_of(node: ast.ClassDef) -> list[ast.expr]:
    """The bases of a class, `Store` for `Store[int]` too."""
    return [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]


def is_dataclass(node: ast.ClassDef) -> bool:
    """Whether a class is a plain dataclass: nothing else has a say in what its constructor takes."""
    made = [decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list]
    return len(made) == 1 and last_name(made[0]) == "dataclass" and not foreign_bases(node) and not node.keywords


def default_of(value: ast.expr | None) -> tuple[ast.expr | None, bool]:
    """What a dataclass's field is where its constructor is given nothing, and whether that is called to make it."""
    if not isinstance(value, ast.Call) or last_name(value.func) != "field":
        return value, False
    given = {keyword.arg: keyword.value for keyword in value.keywords}
    return (given["default_factory"], True) if "default_factory" in given else (given.get("default"), False)


def made_by_field(parent: Mapping[ast.AST, ast.AST], node: ast.expr) -> ast.ClassDef | None:
    """The dataclass that calls a function for one of its fields: `bus: Bus = field(default_factory=make_bus)`."""
    keyword = parent[node]
    call = parent[keyword] if isinstance(keyword, ast.keyword) and keyword.arg == "default_factory" else None
    statement = parent[call] if isinstance(call, ast.Call) and last_name(call.func) == "field" else None
    owner = parent[statement] if isinstance(statement, ast.AnnAssign) and statement.value is call else None
    return owner if isinstance(owner, ast.ClassDef) and is_dataclass(owner) else None


def taken(classes: Iterable[ast.ClassDef]) -> tuple[list[str], list[str]]:
    """The fields that the constructor of the last of these takes by their place, and all that it takes by name."""
    by_place: dict[str, bool] = {}
    for node in classes:
        for name, is_by_place in _fields(node):
            by_place[name] = is_by_place
    return [name for name, is_by_place in by_place.items() if is_by_place], list(by_place)


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    """The fields of one class that are parameters, and whether each may be given by its place."""
    calls = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
    is_by_place = not any(_is_set(call, "kw_only", True) for call in calls)
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        named = last_name(item.annotation.value if isinstance(item.annotation, ast.Subscript) else item.annotation)
        if named == "KW_ONLY":
            is_by_place = False
        elif named != "ClassVar" and not _is_set(item.value, "init", False):
            yield item.target.id, is_by_place and not _is_set(item.value, "kw_only", True)


def _is_set(call: ast.expr | None, name: str, value: bool) -> bool:
    """Whether a call's keyword is this constant."""
    keywords = call.keywords if isinstance(call, ast.Call) else []
    return any(k.arg == name and isinstance(k.value, ast.Constant) and k.value.value is value for k in keywords)
