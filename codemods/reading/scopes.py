"""Which binding a name means: the scopes of a module, as Python's own rules have them."""

from __future__ import annotations

import ast
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import TypeVar

from msgspec import Struct, field

from codemods.reading.source import Source
from codemods.reading.walking import walk

Function = ast.FunctionDef | ast.AsyncFunctionDef
Named = ast.Name | ast.arg
T = TypeVar("T")

ANY = "word"
"""How a word is looked for wherever it stands by itself: what has it in a certain way is read then, too."""


class Scope(Struct, eq=False):
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


class Region(Struct, eq=False):
    """A function, or a simple statement outside of functions: what is read at once, and only when it is asked for."""

    node: ast.stmt
    above: ast.AST
    scope: Scope
    first: int  # lines
    last: int
    is_read: bool = False
    is_lean: bool = False  # the function's body was given up, and is parsed again when it is read


class _Filled(dict[ast.AST, T]):
    """A fact for each node; asking for that of a node that was not read yet reads its region."""

    def __init__(self, read: Callable[[ast.AST], None]) -> None:
        self.read = read

    def __missing__(self, node: ast.AST) -> T:
        self.read(node)
        if node not in self:
            raise KeyError(node)
        return self[node]

    def get(self, node: ast.AST, otherwise: T | None = None) -> T | None:  # type: ignore[override]
        """The fact, read if need be; `otherwise` where there is none."""
        try:
            return self[node]
        except KeyError:
            return otherwise


def _ignore(told: object) -> None:
    """Nobody listens."""


class Module(Struct, eq=False, dict=True):
    """A source with its scopes, and the parent and scope of each of its nodes.

    Its outline is read at once: imports, classes, the names that the module and its classes bind. Functions and simple
    statements are regions, and are read when something in them is asked for, by a node or by a word.
    """

    source: Source
    name: str  # dotted, from the import root
    root: Scope
    regions: list[Region] = field(default_factory=list)  # in the order of their lines
    read_region: Callable[[Region], None] = _ignore
    on_read: Callable[[Module], object] = _ignore  # told whenever a region was read
    names: dict[str, list[Named]] = field(default_factory=lambda: defaultdict(list))  # of what was read
    attributes: dict[str, list[ast.Attribute]] = field(default_factory=lambda: defaultdict(list))
    binders: dict[str, list[tuple[ast.AST, Scope]]] = field(default_factory=lambda: defaultdict(list))
    strings: list[ast.Constant] = field(default_factory=list)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[ast.ClassDef] = field(default_factory=list)
    returns: dict[Scope, list[ast.Return]] = field(default_factory=lambda: defaultdict(list))
    searched: set[tuple[str, str]] = field(default_factory=set)  # words whose regions were read, and how
    lacking: set[str] = field(default_factory=set)  # words that were looked for, and stand nowhere

    def __post_init__(self) -> None:
        self.path = self.source.path
        """The file, relative to the repository."""
        self._bound: dict[
            str, tuple[int, dict[Scope, list[ast.AST]]]
        ] = {}  # how many were taken in, and where they bind
        self.scope_of: dict[ast.AST, Scope] = _Filled(self._read_around)
        """For every expression, statement and argument: the scope it is evaluated in."""
        self.parent: dict[ast.AST, ast.AST] = _Filled(self._read_around)
        self.inner: dict[ast.AST, Scope] = _Filled(self._read_around)
        """For nodes that open a scope: that scope."""

    # reading

    def read_word(self, word: str) -> None:
        """Read every region that has the word in it."""
        self._search(word, ANY, lambda text, start, end: True)

    def read_words(self, words: Iterable[str], find: Callable[[bytes], Collection[bytes]]) -> None:
        """The same for each of several words, by a search that says which of them stand in the text at all."""
        fresh = [word for word in words if word not in self.lacking and (word, ANY) not in self.searched]
        there = find(self.source.text.encode()) if fresh and self.is_plain else ()
        for word in fresh:
            if self.is_plain and word.encode() not in there:
                self.lacking.add(word)
            else:
                self.read_word(word)

    def read_member(self, word: str) -> None:
        """Read every region that has the word behind a dot."""
        self._search(word, "member", _is_member)

    def read_stored(self, word: str) -> None:
        """Read every region that may store an attribute of this name."""
        self._search(word, "stored", lambda text, start, end: _is_member(text, start, end) and _is_stored(text, end))

    def _search(self, word: str, kind: str, fits: Callable[[str, int, int], bool]) -> None:
        """Read the regions in which the word stands by itself, and fits. A plain search is faster than any pattern."""
        if word in self.lacking or (word, kind) in self.searched or (word, ANY) in self.searched:
            return
        self.searched.add((word, kind))
        if not self.is_plain:
            self.read_all()
        text, size = self.source.text, len(word)
        at = text.find(word)
        if at < 0:
            self.lacking.add(word)
        while at >= 0:
            end = at + size
            if not _goes_on(text, at - 1) and not _goes_on(text, end) and fits(text, at, end):
                self.read_line(bisect_right(self._starts, at))
            at = text.find(word, end)

    def lines_with(self, words: Iterable[str]) -> list[int]:
        """The lines, in order, in which one of the words stands, be it as a part of another."""
        text, found = self.source.text, set()
        for word in words:
            at = text.find(word)
            while at >= 0:
                line = bisect_right(self._starts, at)
                found.add(line)
                at = text.find(word, self._starts[line])
        return sorted(found)

    def read_line(self, line: int) -> list[Region]:
        """Read the regions that this line is a part of; gives them, the last one first."""
        found: list[Region] = []
        index = bisect_right(self._firsts, line) - 1
        while index >= 0 and self.regions[index].last >= line:
            if not self.regions[index].is_read:
                self._read(self.regions[index])
            found.append(self.regions[index])
            index -= 1
        return found

    def read_function(self, node: Function) -> None:
        """Read the function, or the one that it is nested in."""
        self.read_line(node.lineno)

    def read_all(self) -> None:
        """Read what was not read yet."""
        for region in self.regions:
            if not region.is_read:
                self._read(region)

    def _read(self, region: Region) -> None:
        self.read_region(region)
        self.on_read(self)

    def nodes(self) -> Iterable[tuple[ast.AST, Scope]]:
        """Every node with its scope; everything is read for it."""
        self.read_all()
        return list(self.scope_of.items())

    def outer_nodes(self) -> Iterable[tuple[ast.AST, Scope]]:
        """Every node outside of functions with its scope, and some inside; a function is read for its header alone."""
        for region in self.regions:
            if not region.is_read and not (isinstance(region.node, Function) and _is_plain(region.node)):
                self._read(region)
        return list(self.scope_of.items())

    def named(self, name: str) -> list[Named]:
        """Every name and parameter of this spelling, in all scopes."""
        self.read_word(name)
        return self.names.get(name, [])

    def bound(self, scope: Scope, name: str) -> Iterator[ast.AST]:
        """The nodes that bind a name of this scope: names that are stored, parameters, definitions, imports."""
        if scope is self.root and self._has_global:
            self._search(name, "global", _is_global)
        for region in self._binding.get((scope, name), ()):
            self.read_line(region.first)
        yield from list(self._index(name).get(scope, ()))
        yield from (node for node, own in self.binders.get(name, []) if own.find(name) is scope)

    def _index(self, name: str) -> dict[Scope, list[ast.AST]]:
        """The names that are stored, and the parameters, of one spelling by the scope that they bind it in."""
        taken, index = self._bound.get(name, (0, {}))
        named = self.names.get(name, [])
        for node in named[taken:]:
            if isinstance(node, ast.arg) or not isinstance(node.ctx, ast.Load):
                own = self.scope_of[node] if isinstance(node, ast.arg) else self.scope_of[node].find(name)
                if own is not None:
                    index.setdefault(own, []).append(node)
        self._bound[name] = (len(named), index)
        return index

    def bind(self, name: str, node: ast.AST) -> None:
        """Have a node bind a name of the module, as a star import does."""
        self.root.names.add(name)
        self.binders[name].append((node, self.root))

    @cached_property
    def _binding(self) -> dict[tuple[Scope, str], list[Region]]:
        """The simple statements of modules and classes that bind each name."""
        found: dict[tuple[Scope, str], list[Region]] = defaultdict(list)
        for region in self.regions:
            if not isinstance(region.node, Function):
                for name in stored(region.node):
                    found[region.scope, name].append(region)
        return found

    @cached_property
    def _has_global(self) -> bool:
        return "global" in self.source.text

    @cached_property
    def is_plain(self) -> bool:
        """Whether the parser takes each name as it is written: it folds compatible characters into one."""
        return self.source.text.isascii() or unicodedata.is_normalized("NFKC", self.source.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.source.lines))]

    @cached_property
    def _firsts(self) -> list[int]:
        return [region.first for region in self.regions]

    def _read_around(self, node: ast.AST) -> None:
        self.read_line(getattr(node, "lineno", 0))

    def release(self) -> None:
        """Forget everything about the nodes."""
        self.scope_of, self.parent, self.inner, self._bound = {}, {}, {}, {}
        self.read_region = self.on_read = _ignore

    # what is around a node

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while node is not self.source.tree:
            node = self.parent[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that holds a node, itself included."""
        if isinstance(node, ast.stmt):
            return node
        return next(above for above in self.ancestors(node) if isinstance(above, ast.stmt))

    def function_of(self, node: ast.AST) -> ast.AST | None:
        """The innermost function or lambda whose body holds a node; None at module or class level."""
        scope = self.scope_of[node].function()
        return scope.node if scope else None


def _is_plain(node: Function) -> bool:
    """Whether nothing runs where a function is defined."""
    arguments = node.args
    if node.decorator_list or arguments.defaults or any(arguments.kw_defaults):
        return False
    every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
    annotations = [node.returns, *(argument.annotation for argument in every if argument is not None)]
    return not any(isinstance(inner, ast.Call) for each in annotations if each for inner in walk(each))


def _goes_on(text: str, at: int) -> bool:
    """Whether a name may go on here."""
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_" or not text[at].isascii())


def _is_member(text: str, start: int, end: int) -> bool:
    return text[max(0, start - 200) : start].rstrip(" \t\f\r\n\\").endswith(".")


def _is_stored(text: str, end: int) -> bool:
    return not text[end : end + 200].lstrip(" \t\f\\\r\n").startswith(("(", ".", "["))


def _is_global(text: str, start: int, end: int) -> bool:
    line = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
    return "global" in line


def stored(statement: ast.stmt) -> Iterator[str]:
    """The names that a simple statement binds, but for those of walruses and imports."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign | ast.Delete):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id
            continue
        for node in walk(target):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id


def is_stored(node: ast.AST) -> bool:
    """Whether an expression is what something is assigned to."""
    return isinstance(getattr(node, "ctx", None), ast.Store)


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


def is_test(module: Module) -> bool:
    """Whether a module is a test by its name or folder."""
    name = module.path.rsplit("/", 1)[-1]
    return name.startswith(("test_", "conftest")) or "/tests/" in f"/{module.path}"


def self_of(module: Module, scope: Scope | None, name: str) -> ast.AST | None:
    """The class whose instance this name is in a method's scope; None where it is anything else."""
    node = scope.node if scope is not None else None
    if not isinstance(node, Function) or not isinstance(module.parent[node], ast.ClassDef):
        return None
    first = next(iter((*node.args.posonlyargs, *node.args.args)), None)
    is_plain = not node.decorator_list and first is not None and first.arg == name
    return module.parent[node] if is_plain and len(list(module.bound(scope, name))) == 1 else None  # type: ignore[arg-type]
