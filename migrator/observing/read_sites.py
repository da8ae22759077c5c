"""Where the code reads a stream by a group: the names that an XREADGROUP may be given, from the source alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec import Struct

from codemods.reading.source import UnreadableError, read_source

ANY = frozenset({"*"})
DEEPEST = 6  # names that lead to names
MOST = 60  # values of one expression; beyond that it counts as unknown
PARAMETERS = ("groupname", "consumername", "streams")


class ReadSite(Struct, frozen=True):
    """One XREADGROUP of the code: each stream with the id from which it is read, and the groups it may be for.

    Names are globs where parts of them are only known at run time.
    """

    path: str
    line: int
    streams: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]

    @property
    def where(self) -> str:
        """The place as `path:line`."""
        return f"{self.path}:{self.line}"


def read_sites(texts: Mapping[str, bytes]) -> tuple[ReadSite, ...]:
    """Every XREADGROUP in these files, in their order; files that do not parse are passed over."""
    attributes = Attributes(texts)
    found: list[ReadSite] = []
    for path in sorted(texts):
        if b"xreadgroup" in texts[path]:
            tree = parsed(path, texts[path])
            if tree is not None:
                found += Reader(tree, attributes).sites(path)
    return tuple(found)


def parsed(path: str, text: bytes) -> ast.Module | None:
    """The tree of a file; None where it does not parse."""
    try:
        return read_source(path, text).tree
    except UnreadableError:
        return None


class Attributes:
    """What an attribute of this name was ever given, in any file: as a default, by keyword or by assignment."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts
        self._known: dict[str, frozenset[str]] = {}

    def values(self, name: str) -> frozenset[str]:
        """Its constant values, and `*` where it was given another; `*` alone where nothing is known."""
        if name not in self._known:
            given = re.compile(rb"\b" + name.encode() + rb"\b[^=\n]*=[^=]")
            trees = (parsed(path, text) for path, text in self._texts.items() if given.search(text))
            self._known[name] = frozenset(value for tree in trees if tree for value in given_values(tree, name)) or ANY
        return self._known[name]


def given_values(tree: ast.Module, name: str) -> Iterator[str]:
    """The values that a name is given as a keyword, an attribute or the field of a class; `*` for no constant."""
    for node in ast.walk(tree):
        value: ast.expr | None = None
        match node:
            case ast.keyword(arg=arg) if arg == name:
                value = node.value
            case ast.AnnAssign(target=ast.Name(id=target) | ast.Attribute(attr=target)) if target == name:
                value = node.value
            case ast.Assign(targets=[ast.Name(id=target) | ast.Attribute(attr=target)]) if target == name:
                value = node.value
        if isinstance(value, ast.Constant):
            if isinstance(value.value, str):
                yield value.value
        elif value is not None:
            yield "*"


class Reader:
    """Finds the reads of one file, and what the names in them stand for."""

    def __init__(self, tree: ast.Module, attributes: Attributes) -> None:
        self._attributes = attributes
        self._functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        self._tree = tree

    def sites(self, path: str) -> Iterator[ReadSite]:
        """Each read of this file, by line."""
        calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call) and is_read(node)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            given = dict(zip(PARAMETERS, call.args, strict=False)) | {each.arg: each.value for each in call.keywords}
            groups = self._values(given.get("groupname"), call)
            yield ReadSite(path, call.lineno, self._streams(given.get("streams"), call), tuple(sorted(groups)))

    def _streams(self, node: ast.expr | None, call: ast.Call) -> tuple[tuple[str, str], ...]:
        """Each stream with its id, as the mapping says it that is given or assigned to a name nearby."""
        if isinstance(node, ast.Name):
            node = next(iter(assigned(self._around(call) or self._tree, node.id)), None)
        if not isinstance(node, ast.Dict):
            return (("*", "*"),)
        pairs = [
            (stream, start)
            for key, value in zip(node.keys, node.values, strict=True)
            for stream, start in product(sorted(self._values(key, call)), sorted(self._values(value, call)))
        ]
        return tuple(pairs)

    def _around(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The innermost function that a node stands in."""
        around = [each for each in self._functions if any(inner is node for inner in ast.walk(each))]
        return max(around, key=lambda each: each.lineno, default=None)

    def _values(self, node: ast.expr | None, at: ast.AST, depth: int = DEEPEST) -> frozenset[str]:
        """What an expression may stand for; `*` stands for what is not known."""
        if depth == 0:
            return ANY
        match node:
            case ast.Constant(value=str(text)):
                return frozenset({text})
            case ast.JoinedStr(values=parts):
                return joined(self._values(part, at, depth - 1) for part in parts)
            case ast.FormattedValue(value=value):
                return self._values(value, at, depth - 1)
            case ast.Attribute(attr=name):
                return self._attributes.values(name)
            case ast.Name(id=name):
                return self._named(name, at, depth - 1)
        return ANY

    def _named(self, name: str, at: ast.AST, depth: int) -> frozenset[str]:
        """What a name stands for: a parameter, something assigned in its function, or a constant of the module."""
        function = self._around(at)
        if function is not None:
            names = [each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
            if name in names:
                return self._given(function, names, name, depth)
            local = assigned(function, name)
            if local:
                return union(self._values(value, function.body[0], depth) for value in local)
        return union(self._values(value, self._tree, depth) for value in assigned(self._tree, name, deep=False))

    def _given(self, function: ast.AST, names: list[str], name: str, depth: int) -> frozenset[str]:
        """What callers in the same file give for a parameter."""
        called = getattr(function, "name", "")
        values: list[frozenset[str]] = []
        for call in ast.walk(self._tree):
            if isinstance(call, ast.Call) and called_name(call) == called:
                taken = names[1:] if isinstance(call.func, ast.Attribute) else names
                given = dict(zip(taken, call.args, strict=False)) | {each.arg: each.value for each in call.keywords}
                values.append(self._values(given.get(name), call, depth))
        return union(values)


def is_read(call: ast.Call) -> bool:
    """Whether a call is an XREADGROUP."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "xreadgroup"


def called_name(call: ast.Call) -> str:
    """The last name of what is called."""
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def assigned(within: ast.AST, name: str, deep: bool = True) -> list[ast.expr]:
    """What is assigned to a name within a function, or at the top of a module."""
    nodes = ast.walk(within) if deep else ast.iter_child_nodes(within)
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]


def union(values: Iterable[frozenset[str]]) -> frozenset[str]:
    """All of the values; `*` where there are none."""
    return frozenset().union(*values) or ANY


def joined(parts: Iterable[frozenset[str]]) -> frozenset[str]:
    """Each text that the parts can make."""
    texts = frozenset({""})
    for part in parts:
        texts = frozenset(before + after for before in texts for after in part)
        if len(texts) > MOST:
            return ANY
    return texts
