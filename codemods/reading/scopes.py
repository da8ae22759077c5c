"""Which binding a name means: the scopes of a module, as Python's own rules have them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codemods.reading.source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension, and the names that it binds."""

    kind: str  # module, class, function, comprehension
    node: ast.AST
    parent: Scope | None
    qualified: str  # unique in the module; empty for the module itself
    names: set[str] = field(default_factory=set)
    outer: dict[str, str] = field(default_factory=dict)  # names declared `global` or `nonlocal`

    def find(self, name: str) -> Scope | None:
        """The scope that binds a name used here; None for builtins and unknown names."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if first or scope.kind != "class":  # what a class binds or declares is not seen from within its methods
                if scope.outer.get(name) == "global":
                    return scope.module()
                if name in scope.names and name not in scope.outer:
                    return scope
            scope, first = scope.parent, False
        return None

    def module(self) -> Scope:
        """The scope of the module around this one."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def function(self) -> Scope | None:
        """The innermost function or lambda around this scope, itself included."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            if scope.kind == "class":
                return None
            scope = scope.parent
        return scope


@dataclass(eq=False)
class Module:
    """A source with its scopes, and the parent and scope of each of its nodes."""

    source: Source
    name: str  # dotted, from the import root
    root: Scope
    scope_of: dict[ast.AST, Scope]  # for every expression, statement and argument: the scope it is evaluated in
    inner: dict[ast.AST, Scope]  # for nodes that open a scope: that scope
    parent: dict[ast.AST, ast.AST]

    @property
    def path(self) -> str:
        return self.source.path

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while (above := self.parent.get(node)) is not None:
            yield above
            node = above

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds a node, itself included."""
        if isinstance(node, ast.stmt):
            return node
        return next(above for above in self.ancestors(node) if isinstance(above, ast.stmt))

    def function_of(self, node: ast.AST) -> ast.AST | None:
        """The innermost function or lambda whose body holds a node; None at module or class level."""
        scope = self.scope_of[node].function()
        return scope.node if scope else None


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name, and of whatever else ends in one; empty for anything that does not."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` where that is what is written; empty for anything else, a long chain of calls for one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def read_module(source: Source, name: str) -> Module:
    """The module of a source, its scopes resolved."""
    root = Scope("module", source.tree, None, "")
    module = Module(source, name, root, {}, {source.tree: root}, {})
    _Binder(module).walk(source.tree, root)
    return module


class _Binder:
    """Walks a module once: parents, scopes, and the names that each scope binds.

    It keeps its own stack: a sum of 500 terms, or as many `elif`, is deeper than Python's.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.below: list[tuple[ast.AST, Scope]] = []  # what the node that is visited now leads to

    def walk(self, tree: ast.Module, root: Scope) -> None:
        self.enter(tree, root)
        pending: list[tuple[ast.AST, Scope]] = []
        while self.below or pending:
            pending += reversed(self.below)
            self.below = []
            self.visit(*pending.pop())

    def enter(self, node: ast.AST, scope: Scope) -> None:
        self._under(node, ast.iter_child_nodes(node), scope)

    def visit(self, node: ast.AST, scope: Scope) -> None:
        self.module.scope_of[node] = scope
        if isinstance(node, Function | ast.ClassDef):
            scope.names.add(node.name)
            self._definition(node, scope)
        elif isinstance(node, ast.Lambda):
            inner = self._open("function", node, scope, "<lambda>")
            self._arguments(node, node.args, scope, inner)
            self._under(node, [node.body], inner)
        elif isinstance(node, ast.NamedExpr):
            holder = scope
            while holder.kind == "comprehension" and holder.parent is not None:
                holder = holder.parent
            self._under(node, [node.target], holder)
            self._under(node, [node.value], scope)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            self._comprehension(node, scope)
        else:
            _bind(node, scope)
            self.enter(node, scope)

    def _open(self, kind: str, node: ast.AST, scope: Scope, name: str) -> Scope:
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        inner = Scope(kind, node, scope, f"{scope.qualified}/{name}@{line}:{column}")
        self.module.inner[node] = inner
        return inner

    def _under(self, node: ast.AST, children: Iterable[ast.AST], scope: Scope) -> None:
        for child in children:
            self.module.parent[child] = node
            self.below.append((child, scope))

    def _definition(self, node: Function | ast.ClassDef, scope: Scope) -> None:
        self._under(node, [*node.decorator_list, *getattr(node, "type_params", [])], scope)
        if isinstance(node, ast.ClassDef):
            inner = self._open("class", node, scope, node.name)
            self._under(node, [*node.bases, *node.keywords], scope)
        else:
            inner = self._open("function", node, scope, node.name)
            self._arguments(node, node.args, scope, inner)
            self._under(node, [node.returns] if node.returns else [], scope)
        self._under(node, list(node.body), inner)

    def _arguments(self, node: ast.AST, arguments: ast.arguments, outer: Scope, inner: Scope) -> None:
        """Defaults and annotations are evaluated outside, the names are bound inside."""
        self.module.parent[arguments] = node
        self.module.scope_of[arguments] = inner
        for child in ast.iter_child_nodes(arguments):
            self.module.parent[child] = arguments
            if isinstance(child, ast.arg):
                inner.names.add(child.arg)
                self.module.scope_of[child] = inner
                self._under(child, [child.annotation] if child.annotation else [], outer)
            else:
                self.below.append((child, outer))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> None:
        inner = self._open("comprehension", node, scope, "<comprehension>")
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for index, generator in enumerate(node.generators):
            self.module.parent[generator] = node
            self.module.scope_of[generator] = inner
            self._under(generator, [generator.iter], scope if index == 0 else inner)
            self._under(generator, [generator.target, *generator.ifs], inner)
        self._under(node, list(results), inner)


def _bind(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        scope.names.add(node.id)  # `del` binds as well
    elif isinstance(node, ast.Import | ast.ImportFrom):
        scope.names.update((alias.asname or alias.name).split(".")[0] for alias in node.names if alias.name != "*")
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        scope.names.add(node.name)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        scope.names.add(node.rest)
    elif isinstance(node, ast.Global | ast.Nonlocal):
        word = "global" if isinstance(node, ast.Global) else "nonlocal"
        scope.outer.update(dict.fromkeys(node.names, word))
        if word == "global":
            scope.module().names.update(node.names)
