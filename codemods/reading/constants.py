"""Texts and tables that are exactly known: names that are bound once, and collections that nothing changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TypeVar

from codemods.reading import atoms
from codemods.reading.contexts import LOG_METHODS
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Place, Program, absolute_module
from codemods.reading.scopes import Module, Scope, dotted_name, is_stored, last_name

Bound = Mapping[tuple[Scope, str], Place]
"""Names of loops, by their scopes, with what each holds on one way through."""
Passed = frozenset[tuple[str, str]]
"""Names of modules that were gone through, by path: imports may go in a circle."""
T = TypeVar("T")
MOST_DEEP = 8  # names of names
COPIES = {"list", "tuple", "set", "frozenset"}
CALLS_THAT_READ = {
    *COPIES,
    "fromkeys",
    "len",
    "sorted",
    "dict",
    "enumerate",
    "zip",
    "print",
    "repr",
    "str",
    "any",
    "all",
    "join",
}
READING_METHODS = {"items", "keys", "values", "get", "index", "count", "copy"}
READERS = ast.Compare | ast.FormattedValue | ast.Starred | ast.If | ast.While | ast.UnaryOp | ast.BoolOp
TEXT_ENUMS = {"str", "StrEnum"}


class Constants:
    """What expressions hold that nothing decides at run time."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def text(self, module: Module, node: ast.expr, bound: Bound, depth: int = MOST_DEEP) -> str | None:
        """The one text that an expression holds; None where that is not certain."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            return _joined(self._piece(module, piece, bound, depth) for piece in node.values)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _joined(self.text(module, side, bound, depth) for side in (node.left, node.right))
        place = self._place(module, node, bound, depth)
        return self.text(*place, bound, depth - 1) if place is not None else self._known(module, node)

    def elements(self, module: Module, node: ast.expr, bound: Bound, depth: int = MOST_DEEP) -> list[Place] | None:
        """What a collection gives when it is iterated over, in that order; None where that is not certain."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return _flat(self._several(module, item, bound, depth) for item in node.elts)
        if isinstance(node, ast.Dict):
            return self._keys(module, node, bound)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _flat(self.elements(module, side, bound, depth) for side in (node.left, node.right))
        if isinstance(node, ast.Call):
            return self._of_call(module, node, bound, depth)
        found = self._collection(module, node, bound, depth)
        return self.elements(*found, bound, depth - 1) if found is not None else None

    def place(self, module: Module, node: ast.expr, bound: Bound) -> Place:
        """Where what an expression stands for is written: what a loop's name holds, or the expression itself."""
        if (held := _held(module, node, bound)) is not None:
            return held
        if isinstance(node, ast.Subscript):
            return self._item(module, node, bound, MOST_DEEP) or (module, node)
        return module, node

    # texts

    def _piece(self, module: Module, piece: ast.expr, bound: Bound, depth: int) -> str | None:
        if not isinstance(piece, ast.FormattedValue):
            return self.text(module, piece, bound, depth)
        plain = piece.format_spec is None and piece.conversion in (-1, ord("s"))
        return self.text(module, piece.value, bound, depth) if plain and not self._is_member(module, piece) else None

    def _is_member(self, module: Module, piece: ast.FormattedValue) -> bool:
        """Whether a member of an enum is formatted: what that gives depends on the version of Python."""
        owner = piece.value.value if isinstance(piece.value, ast.Attribute) else None
        return owner is not None and any(self._enum_bases(*place) for place in self._classes(module, owner))

    def _known(self, module: Module, node: ast.expr) -> str | None:
        """What the analysis of all values knows: a `*` in it may stand for a part that it does not know."""
        if module.scope_of.get(node) is None:
            return None
        found = atoms.texts(self.program.value(module, node)) or ()
        return found[0] if len(found) == 1 and "*" not in found[0] and not self._is_plain_member(module, node) else None

    def _place(self, module: Module, node: ast.expr, bound: Bound, depth: int) -> Place | None:
        """The expression that this one takes its text from."""
        if depth == 0:
            return None
        if (held := _held(module, node, bound)) is not None:
            return held
        if isinstance(node, ast.Subscript):
            return self._item(module, node, bound, depth)
        if isinstance(node, ast.Attribute) and node.attr == "value":
            return self._member_value(module, node.value)
        return None if self._is_plain_member(module, node) else self.source(module, node)

    def _member_value(self, module: Module, node: ast.expr) -> Place | None:
        """The value of an enum's member."""
        owner = node.value if isinstance(node, ast.Attribute) else None
        is_enum = owner is not None and any(self._enum_bases(*place) for place in self._classes(module, owner))
        return self.source(module, node) if is_enum else None

    def _is_plain_member(self, module: Module, node: ast.expr) -> bool:
        """Whether this is a member of an enum that is no text itself."""
        owner = node.value if isinstance(node, ast.Attribute) else None
        bases = [self._enum_bases(*place) for place in self._classes(module, owner)] if owner is not None else []
        return any(names and not names & TEXT_ENUMS for names in bases)

    def _classes(self, module: Module, node: ast.expr) -> list[tuple[Module, ast.ClassDef]]:
        if module.scope_of.get(node) is None:
            return []
        held = atoms.of(self.program.value(module, node), atoms.CLASS)
        return [self.program.classes[atom.path, atom.name] for atom in held]

    def _enum_bases(self, module: Module, node: ast.ClassDef) -> set[str]:
        """The names of the bases of an enum; none of another class."""
        names = {last_name(base) for base in node.bases}
        return names if any(name.endswith("Enum") for name in names) else set()

    # what a name is bound to

    def source(self, module: Module, node: ast.expr) -> Place | None:
        """The only expression that a name or attribute is ever bound to."""
        if isinstance(node, ast.Name):
            scope = module.scope_of[node].find(node.id)
            return self._of_name(module, scope, node.id) if scope is not None else None
        if not isinstance(node, ast.Attribute):
            return None
        held = self.program.value(module, node.value) - {atoms.NOTHING}
        owner = next(iter(held)) if len(held) == 1 else None
        if owner is not None and owner.kind == atoms.MODULE:
            other = self.program.module(owner.path)
            return self._of_name(other, other.root, node.attr) if other is not None else None
        if owner is None or owner.kind not in (atoms.CLASS, atoms.INSTANCE):
            return None
        return self._of_attribute((owner.path, owner.name), node.attr)

    def _of_name(self, module: Module, scope: Scope, name: str, passed: Passed = frozenset()) -> Place | None:
        if scope.kind == "class":
            return self._of_attribute((module.path, scope.qualified), name)
        if scope.kind not in ("module", "function"):
            return None
        binders = list(module.bound(scope, name))
        if len(binders) != 1 or self._is_set_from_outside(module, scope, name):
            return None
        if isinstance(binders[0], ast.ImportFrom):
            return self._imported(module, binders[0], name, passed)
        return _assigned(module, binders[0])

    def _imported(self, module: Module, node: ast.ImportFrom, name: str, passed: Passed) -> Place | None:
        """What the name is bound to where it comes from; nothing where modules import it from each other."""
        dotted = absolute_module(module, node)
        own = next((alias.name for alias in node.names if (alias.asname or alias.name) == name), None)
        path = self.program.by_name.get(dotted or "")
        other = self.program.module(path) if path is not None and (path, own) not in passed else None
        if other is None or own is None:
            return None
        return self._of_name(other, other.root, own, passed | {(other.path, own)})

    def _is_set_from_outside(self, module: Module, scope: Scope, name: str) -> bool:
        """Whether another module sets this name of a module: `config.TOPIC = ...`."""
        if scope.kind != "module":
            return False
        return any(
            atom.path == module.path
            for other, node in self._stores(name)
            for atom in atoms.of(self.program.value(other, node.value), atoms.MODULE)
        )

    def _of_attribute(self, key: tuple[str, str], name: str) -> Place | None:
        """What an attribute is bound to in the body of a class, or where one is stored; None for several places."""
        found: list[Place | None] = []
        if name in self.program.fields(key)[1]:
            return None  # whoever makes one may give it another value
        for path, qualified in self.program.relatives(self.program.family(key)):
            module, node = self.program.classes[path, qualified]
            binders = list(module.bound(module.inner[node], name))
            found += [_assigned(module, binder) for binder in binders]
        found += [_assigned(module, node) for module, node in self._stores(name)]
        return found[0] if len(found) == 1 else None

    def _stores(self, name: str) -> Iterator[tuple[Module, ast.Attribute]]:
        for module in self.program.where.holding(name):
            module.read_stored(name)
            yield from ((module, node) for node in module.attributes.get(name, ()) if is_stored(node))

    def bound_again(self, module: Module, node: ast.expr) -> Place | None:
        """Where a name or attribute gets a second value, None apart, so that it may hold another object later."""
        if isinstance(node, ast.Attribute):
            owners = Evaluator(self.program, module).value(node.value)
            families = {
                self.program.family((a.path, a.name)) for a in owners if a.kind in (atoms.INSTANCE, atoms.CLASS)
            }
            stores = [
                place
                for place in self._stores(node.attr)
                if _holds_more_than_none(*place)
                and any(cell[1:3] in families for cell in Evaluator(self.program, place[0]).target_cells(place[1]))
            ]
            return stores[1] if len(stores) > 1 else None
        scope = module.scope_of[node].find(node.id) if isinstance(node, ast.Name) else None
        if scope is None or scope.kind != "function" or not isinstance(node, ast.Name):
            return None
        names = [each for each in module.bound(scope, node.id) if isinstance(each, ast.Name)]
        values = [name for name in names if _holds_more_than_none(module, name)]
        return (module, values[1]) if len(values) > 1 else None

    def replaced(self, module: Module, node: ast.expr) -> Place | None:
        """Where a local name, or an attribute that is stored, gets a value besides the only one; even None counts."""
        if isinstance(node, ast.Attribute):
            stores = list(self._stores(node.attr))
            return stores[-1] if stores and self.source(module, node) is None else None
        scope = module.scope_of[node].find(node.id) if isinstance(node, ast.Name) else None
        if scope is None or scope.kind != "function" or not isinstance(node, ast.Name):
            return None
        others = [each for each in module.bound(scope, node.id) if isinstance(each, ast.Name)]
        return (module, others[-1]) if len(list(module.bound(scope, node.id))) > 1 and others else None

    # collections

    def _several(self, module: Module, item: ast.expr, bound: Bound, depth: int) -> list[Place] | None:
        return self.elements(module, item.value, bound, depth) if isinstance(item, ast.Starred) else [(module, item)]

    def _keys(self, module: Module, node: ast.Dict, bound: Bound) -> list[Place] | None:
        keys = [key for key in node.keys if key is not None]
        texts = [self.text(module, key, bound) for key in keys]
        is_plain = len(keys) == len(node.keys) and None not in texts and len(set(texts)) == len(texts)
        return [(module, key) for key in keys] if is_plain else None

    def _of_call(self, module: Module, node: ast.Call, bound: Bound, depth: int) -> list[Place] | None:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        if isinstance(node.func, ast.Attribute) and not node.args:
            return self._of_method(module, node.func, bound, depth)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in COPIES and len(node.args) == 1:
            return self.elements(module, node.args[0], bound, depth)
        if name == "enumerate" and len(node.args) == 1:
            inner = self.elements(module, node.args[0], bound, depth)
            counted = enumerate(inner) if inner is not None else ()
            return [(at, _pair(ast.Constant(i), item)) for i, (at, item) in counted] if inner is not None else None
        return None

    def _of_method(self, module: Module, method: ast.Attribute, bound: Bound, depth: int) -> list[Place] | None:
        """What `.items()`, `.keys()` or `.values()` of a mapping gives."""
        found = self.table(module, method.value, bound, depth)
        if found is None or method.attr not in ("items", "keys", "values"):
            return None
        home, table = found
        items: list[ast.expr] = []
        if self._keys(home, table, bound) is None:
            return None
        for key, value in zip(table.keys, table.values, strict=True):
            if key is not None:
                items.append({"items": _pair(key, value), "keys": key, "values": value}[method.attr])
        return [(home, item) for item in items]

    def table(
        self, module: Module, node: ast.expr, bound: Bound, depth: int = MOST_DEEP
    ) -> tuple[Module, ast.Dict] | None:
        """The dict display that an expression is, where nothing gives it another key."""
        if isinstance(node, ast.Dict):
            return module, node
        found = self._collection(module, node, bound, depth)
        return self.table(*found, bound, depth - 1) if found is not None else None

    def collection(self, module: Module, node: ast.expr) -> Place | None:
        """The display or call that a name or attribute holds for good, and that nothing changes; None for any other."""
        return self._collection(module, node, {}, MOST_DEEP)

    def _item(self, module: Module, node: ast.Subscript, bound: Bound, depth: int) -> Place | None:
        """What a mapping has under a known key."""
        found = self.table(module, node.value, bound, depth)
        key = self.text(module, node.slice, bound, depth) if found is not None else None
        if found is None or key is None or self._keys(*found, bound) is None:
            return None
        home, table = found
        pairs = zip(table.keys, table.values, strict=True)
        return next(((home, v) for k, v in pairs if k is not None and self.text(home, k, bound) == key), None)

    def _collection(self, module: Module, node: ast.expr, bound: Bound, depth: int) -> Place | None:
        """What a name or attribute holds for good: one display, that nothing changes."""
        if depth == 0:
            return None
        if (held := _held(module, node, bound)) is not None:
            return held
        found = self.source(module, node)
        if found is None:
            return None
        is_fixed = isinstance(found[1], ast.Tuple) or (
            isinstance(found[1], ast.Call) and dotted_name(found[1].func) in ("tuple", "frozenset")
        )
        return found if is_fixed or all(_leaves_alone(*place) for place in self.mentions(last_name(node))) else None

    def mentions(self, name: str) -> Iterator[Place]:
        """Every place where something of this name is read; a new name that an import gives it counts as one."""
        for module in self.program.where.holding(name):
            module.read_word(name)
            for node in (*module.names.get(name, ()), *module.attributes.get(name, ())):
                if isinstance(node, ast.Name | ast.Attribute) and not is_stored(node):
                    yield module, node
            for statement in module.imports:
                for alias in statement.names:
                    if alias.name == name and alias.asname not in (None, name):
                        yield module, ast.Name(alias.asname or "", ast.Load())


def _held(module: Module, node: ast.expr, bound: Bound) -> Place | None:
    """What a loop's name holds."""
    scope = module.scope_of[node].find(node.id) if bound and isinstance(node, ast.Name) else None
    return bound.get((scope, node.id)) if scope is not None and isinstance(node, ast.Name) else None


def _joined(parts: Iterator[str | None]) -> str | None:
    found = list(parts)
    known = [part for part in found if part is not None]
    return "".join(known) if len(known) == len(found) else None


def _flat(parts: Iterator[list[T] | None]) -> list[T] | None:
    found = list(parts)
    return None if None in found else [item for part in found if part is not None for item in part]


def _pair(one: ast.expr, other: ast.expr) -> ast.Tuple:
    return ast.Tuple([one, other], ast.Load())


def _assigned(module: Module, node: ast.AST) -> Place | None:
    """The value of the plain assignment by which a name or attribute is bound."""
    above = module.parent[node]
    if isinstance(above, ast.Assign) and above.targets == [node]:
        return module, above.value
    if isinstance(above, ast.AnnAssign) and above.target is node and above.value is not None:
        return module, above.value
    return None


def _holds_more_than_none(module: Module, node: ast.expr) -> bool:
    """Whether what is stored here is not just None."""
    found = _assigned(module, node)
    return found is None or not (isinstance(found[1], ast.Constant) and found[1].value is None)


def _leaves_alone(module: Module, node: ast.expr) -> bool:
    """Whether a use of a collection can change nothing of it."""
    above = module.parent.get(node)
    if isinstance(above, ast.For | ast.AsyncFor | ast.comprehension):
        return above.iter is node
    if isinstance(above, ast.Subscript):
        return isinstance(above.ctx, ast.Load)
    if isinstance(above, ast.Attribute):
        return above.attr in READING_METHODS
    if isinstance(above, ast.Call):
        return last_name(above.func) in CALLS_THAT_READ | LOG_METHODS
    if isinstance(above, ast.keyword):
        return above.arg is None  # what stars take is a copy
    return isinstance(above, READERS) or (isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add))
