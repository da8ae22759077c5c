"""Reads a module: its outline at once, and each function or simple statement when it is asked for.

Most functions of a file that uses Redis do not. Walking them costs several times what parsing them does.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from codemods.reading.scopes import Function, Module, Region, Scope, stored
from codemods.reading.source import Source, first_line, parse
from codemods.reading.walking import CHILDREN, children

WALRUS = ":="


def read_module(source: Source, name: str, lean: bool = False, words: Iterable[str] = ()) -> Module:
    """The module of a source, its outline resolved; a lean one gives up the trees of functions until they are read.

    A tree takes some 45 times the memory of its text. Functions with one of the words are kept: they are read at once.
    """
    root = Scope("module", source.tree, None, "")
    module = Module(source, name, root)
    reader = _Reader(module)
    module.read_region = reader.read
    module.inner[source.tree] = root
    module.scope_of[source.tree] = root
    reader.outline(source.tree.body, source.tree, root)
    reader.walk()
    module.regions.sort(key=lambda region: region.first)
    for region in module.regions if WALRUS in source.text else ():
        if _binds_by_walrus(module, region):
            reader.read(region)
    lines = module.lines_with(words) if lean else []
    for region in module.regions if lean else ():
        if isinstance(region.node, Function) and not region.is_read and not _is_any_within(lines, region):
            region.node.body, region.is_lean = [], True
    return module


@contextmanager
def reading(source: Source, name: str = "") -> Iterator[Module]:
    """The module of a source for as long as the block takes; its memory is free then, without a collection."""
    module = read_module(source, name)
    try:
        yield module
    finally:
        module.release()


def _is_any_within(lines: Sequence[int], region: Region) -> bool:
    """Whether one of these lines, which are in order, is a part of the region."""
    index = bisect_left(lines, region.first)
    return index < len(lines) and lines[index] <= region.last


def _body_of(source: Source, region: Region) -> list[ast.stmt]:
    """The body of a function that was given up, with the positions that it had."""
    lines = source.lines[region.first - 1 : region.last]
    above = "if 1:\n" if source.indent_of(region.node) else ""  # which is in the place of a line of the text
    text = "".join(["\n" * (region.first - 1 - bool(above)), above, *lines])
    (outer,) = parse(source.path, text).body
    function = outer.body[0] if isinstance(outer, ast.If) else outer
    assert isinstance(function, Function)
    return function.body


def _binds_by_walrus(module: Module, region: Region) -> bool:
    """Whether a walrus outside of a function's body binds a name of the scope around the region."""
    last = region.node.body[0].lineno if isinstance(region.node, Function) else region.last
    return any(WALRUS in line for line in module.source.lines[region.first - 1 : last])


class _Reader:
    """Walks nodes: parents, scopes, the names that each scope binds, and where each name stands.

    It keeps its own stack: a sum of 500 terms, or as many `elif`, is deeper than Python's.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.pending: list[tuple[ast.AST, ast.AST, Scope]] = []  # node, the node above it, its scope
        self.handlers = HANDLERS

    # the outline

    def outline(self, statements: Iterable[ast.stmt], above: ast.AST, scope: Scope) -> None:
        """The statements of a module or class, without what is inside of functions and simple statements."""
        levels: list[tuple[Iterable[ast.stmt], ast.AST, Scope]] = [(statements, above, scope)]
        while levels:
            block, around, inside = levels.pop()
            for node in block:
                if isinstance(node, ast.ClassDef):
                    self._place(node, around, inside)
                    inner = self._class(node, inside)
                    levels.append((node.body, node, inner))
                elif isinstance(node, COMPOUND):
                    self._place(node, around, inside)
                    levels += [(inner_block, owner, inside) for inner_block, owner in self._header(node, inside)]
                elif isinstance(node, WHOLE):
                    self.pending.append((node, around, inside))
                    self.walk()
                else:
                    self._region(node, around, inside)

    def _region(self, node: ast.stmt, above: ast.AST, scope: Scope) -> None:
        self._place(node, above, scope)
        if isinstance(node, Function):
            self._function(node, scope)
        else:
            scope.names.update(stored(node))
        first = first_line(node)
        self.module.regions.append(Region(node, above, scope, first, node.end_lineno or first))

    def _place(self, node: ast.AST, above: ast.AST, scope: Scope) -> None:
        self.module.parent[node] = above
        self.module.scope_of[node] = scope

    def _header(self, node: ast.stmt, scope: Scope) -> list[tuple[list[ast.stmt], ast.AST]]:
        """Walks what a compound statement holds besides its blocks, and gives the blocks."""
        blocks: list[tuple[list[ast.stmt], ast.AST]] = []
        for name in CHILDREN[type(node)]:
            value = getattr(node, name, None)
            if name in ("body", "orelse", "finalbody"):
                blocks.append((value or [], node))
            elif name == "handlers":
                for handler in value or []:
                    self._place(handler, node, scope)
                    self._handler(handler, scope)
                    blocks.append((handler.body, handler))
            else:
                self._push(node, value, scope)
        self.walk()
        return blocks

    def _handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name:
            self._bind(scope, node.name, node)
        self._push(node, node.type, scope)

    # regions

    def read(self, region: Region) -> None:
        """Walk one region."""
        region.is_read = True
        node = region.node
        if isinstance(node, Function):
            if region.is_lean:
                node.body, region.is_lean = _body_of(self.module.source, region), False
            self._inside(node, self.module.inner[node], region.scope)
        else:
            self.pending.append((node, region.above, region.scope))
        self.walk()

    def walk(self) -> None:
        """Walk all that is pending."""
        pending, handlers = self.pending, self.handlers
        scope_of, parent = self.module.scope_of, self.module.parent
        while pending:
            node, above, scope = pending.pop()
            parent[node] = above
            scope_of[node] = scope
            kind = type(node)
            handler = handlers.get(kind)
            if handler is not None:
                handler(self, node, scope)
                continue
            for name in reversed(CHILDREN[kind]):
                value = getattr(node, name, None)
                if not value:  # most lists are empty
                    continue
                if value.__class__ is list:
                    pending += [(child, node, scope) for child in reversed(value) if child is not None]
                else:
                    pending.append((value, node, scope))

    def _push(self, above: ast.AST, value: object, scope: Scope) -> None:
        if not value:
            return
        if isinstance(value, list):
            self.pending += [(child, above, scope) for child in reversed(value) if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            self.pending.append((value, above, scope))

    def _bind(self, scope: Scope, name: str, node: ast.AST) -> None:
        scope.names.add(name)
        self.module.binders[name].append((node, scope))

    def _open(self, kind: str, node: ast.AST, scope: Scope, name: str) -> Scope:
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        inner = Scope(kind, node, scope, f"{scope.qualified}/{name}@{line}:{column}")
        self.module.inner[node] = inner
        return inner

    # what each kind of node means for names

    def _name(self, node: ast.Name, scope: Scope) -> None:
        self.module.names[node.id].append(node)
        if node.ctx.__class__ is not ast.Load:
            scope.names.add(node.id)  # `del` binds as well

    def _attribute(self, node: ast.Attribute, scope: Scope) -> None:
        self.module.attributes[node.attr].append(node)
        self.pending.append((node.value, node, scope))

    def _constant(self, node: ast.Constant, scope: Scope) -> None:
        if node.value.__class__ is str:
            self.module.strings.append(node)

    def _return(self, node: ast.Return, scope: Scope) -> None:
        function = scope.function()
        if function is not None:
            self.module.returns[function].append(node)
        if node.value is not None:
            self.pending.append((node.value, node, scope))

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.module.imports.append(node)
        for alias in node.names:
            self._place(alias, node, scope)
            if alias.name != "*":
                self._bind(scope, (alias.asname or alias.name).split(".")[0], node)

    def _definition(self, node: Function, scope: Scope) -> None:
        inner = self._function(node, scope)
        self._inside(node, inner, scope)

    def _function(self, node: Function, scope: Scope) -> Scope:
        self._bind(scope, node.name, node)
        self.module.functions.append(node)
        return self._open("function", node, scope, node.name)

    def _inside(self, node: Function, inner: Scope, scope: Scope) -> None:
        self._push(node, node.body, inner)
        self._push(node, node.returns, scope)
        self._arguments(node, node.args, scope, inner)
        self._push(node, getattr(node, "type_params", None), scope)
        self._push(node, node.decorator_list, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> Scope:
        self._bind(scope, node.name, node)
        self.module.classes.append(node)
        for part in (node.keywords, node.bases, getattr(node, "type_params", None), node.decorator_list):
            self._push(node, part, scope)
        return self._open("class", node, scope, node.name)

    def _class_inside(self, node: ast.ClassDef, scope: Scope) -> None:
        inner = self._class(node, scope)
        self._push(node, node.body, inner)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        inner = self._open("function", node, scope, "<lambda>")
        self._push(node, node.body, inner)
        self._arguments(node, node.args, scope, inner)

    def _arguments(self, node: ast.AST, arguments: ast.arguments, outer: Scope, inner: Scope) -> None:
        """Defaults and annotations are evaluated outside, the names are bound inside."""
        self._place(arguments, node, inner)
        for child in children(arguments):
            if isinstance(child, ast.arg):
                self._place(child, arguments, inner)
                inner.names.add(child.arg)
                self.module.names[child.arg].append(child)
                self._push(child, child.annotation, outer)
            else:
                self.pending.append((child, arguments, outer))

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        holder = scope
        while holder.kind == "comprehension" and holder.parent is not None:
            holder = holder.parent
        self.pending.append((node.value, node, scope))
        self.pending.append((node.target, node, holder))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> None:
        inner = self._open("comprehension", node, scope, "<comprehension>")
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for index, generator in enumerate(node.generators):
            self._place(generator, node, inner)
            self._push(generator, generator.ifs, inner)
            self._push(generator, generator.target, inner)
            self._push(generator, generator.iter, scope if index == 0 else inner)
        self._push(node, results, inner)

    def _except(self, node: ast.ExceptHandler, scope: Scope) -> None:
        self._push(node, node.body, scope)
        self._handler(node, scope)

    def _match_name(self, node: ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
        if node.name:
            self._bind(scope, node.name, node)
        self._push(node, getattr(node, "pattern", None), scope)

    def _match_mapping(self, node: ast.MatchMapping, scope: Scope) -> None:
        if node.rest:
            self._bind(scope, node.rest, node)
        self._push(node, [*node.keys, *node.patterns], scope)

    def _declaration(self, node: ast.Global | ast.Nonlocal, scope: Scope) -> None:
        word = "global" if isinstance(node, ast.Global) else "nonlocal"
        scope.outer.update(dict.fromkeys(node.names, word))
        if word == "global":
            scope.module().names.update(node.names)


COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try)
RARE = (getattr(ast, name) for name in ("Match", "TryStar", "TypeAlias") if hasattr(ast, name))
WHOLE = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, *RARE)
"""Read whole with the outline: they are short, or rare outside of functions."""

HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Reader._name,
    ast.Attribute: _Reader._attribute,
    ast.Constant: _Reader._constant,
    ast.Return: _Reader._return,
    ast.Import: _Reader._import,
    ast.ImportFrom: _Reader._import,
    ast.FunctionDef: _Reader._definition,
    ast.AsyncFunctionDef: _Reader._definition,
    ast.ClassDef: _Reader._class_inside,
    ast.Lambda: _Reader._lambda,
    ast.NamedExpr: _Reader._walrus,
    ast.ListComp: _Reader._comprehension,
    ast.SetComp: _Reader._comprehension,
    ast.GeneratorExp: _Reader._comprehension,
    ast.DictComp: _Reader._comprehension,
    ast.ExceptHandler: _Reader._except,
    ast.MatchAs: _Reader._match_name,
    ast.MatchStar: _Reader._match_name,
    ast.MatchMapping: _Reader._match_mapping,
    ast.Global: _Reader._declaration,
    ast.Nonlocal: _Reader._declaration,
}
