"""What annotations promise, and who may fill a parameter: what is believed where nothing else is known."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms, legacy
from codemods.reading.atoms import EMPTY, Atom, Value
from codemods.reading.callers import call_sites
from codemods.reading.containers import box_of
from codemods.reading.evaluation import Evaluator
from codemods.reading.factories import made_by
from codemods.reading.rules import defaults
from codemods.reading.scopes import Function, Module, Scope, last_name
from codemods.reading.walking import walk

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, FunctionFacts, Program

THROUGH = {"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Awaitable", "Coroutine"}
ANNOTATED = (ast.arg, ast.AnnAssign)
NEVER = {"type", "Type", "Callable", "Literal"}
HOLDING = {
    "dict", "list", "set", "tuple", "frozenset", "deque", "defaultdict", "Dict", "List", "Set", "Tuple", "FrozenSet",
    "Deque", "DefaultDict", "OrderedDict", "Mapping", "MutableMapping", "Sequence", "MutableSequence", "Collection",
    "Iterable", "Iterator", "Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "ContextManager",
    "AsyncContextManager", "AbstractContextManager", "AbstractAsyncContextManager", "ContextVar", "Queue", "Future",
    "Task",
}  # fmt: skip
"""Generic types that hold or give what they name."""
LONGEST = 200  # characters of a text that may be an annotation


class Promise:
    """What one annotation promises. `inside` is what a container that it promises holds."""

    def __init__(
        self,
        program: Program,
        module: Module,
        annotation: ast.expr,
        place: ast.expr | ast.arg,
        seen: set[tuple[str, int]] | None = None,
    ) -> None:
        self.program, self.module, self.place = program, module, place
        self.scope: Scope = module.scope_of[annotation]
        self.inside: Value = EMPTY
        self.box: Atom | None = None
        self._seen = seen if seen is not None else set()  # an alias may name itself, by way of other files too
        self.value = self._of(annotation)

    def _of(self, node: ast.expr | None) -> Value:
        if isinstance(node, ast.Constant):
            return self._of(parsed(node))
        found = EMPTY
        while isinstance(node, ast.BinOp):  # a union of hundreds is as deep
            found |= self._of(node.right)
            node = node.left
        return found | self._type(node)

    def _type(self, node: ast.expr | None) -> Value:
        if isinstance(node, ast.Constant):
            return self._of(node)
        if isinstance(node, ast.Subscript):
            return self._generic(node)
        return self._named(node) if isinstance(node, ast.Name | ast.Attribute) else EMPTY

    def _generic(self, node: ast.Subscript) -> Value:
        name = last_name(node.value)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Annotated":
            given = [value for part in parts[1:] if isinstance(part, ast.Call) for value in self._injected(part)]
            return frozenset(given) or self._of(parts[0])
        found = EMPTY.union(*(self._of(part) for part in parts)) if name not in NEVER else EMPTY
        if name in HOLDING and found:
            self.inside |= found
            self.box = box_of(self.program, self.module, self._position())
            return frozenset({self.box})
        return found if name in THROUGH | NEVER else self._named(node.value) or found

    def _position(self) -> ast.expr:
        return self.place if isinstance(self.place, ast.expr) else self.place.annotation or ast.Name("")

    def _injected(self, call: ast.Call) -> list[Atom]:
        """What a framework gives, by `Annotated[X, Depends(f)]`; nothing where that is no client."""
        known = call in self.module.parent
        value = Evaluator(self.program, self.module).value(call) if known else EMPTY
        return list(value) if atoms.of(value, atoms.CLIENT) or atoms.of(value, atoms.DUAL) else []

    def _named(self, node: ast.expr) -> Value:
        alias = self._alias(node)
        if alias is not None:
            return self._of(alias)
        value = self._resolved(node)
        taken = self._taken(node)
        if taken is not None:
            return taken
        evaluator = Evaluator(self.program, self.module)
        if classes := atoms.of(value, atoms.CLASS):
            return evaluator.with_client(frozenset(atom._replace(kind=atoms.INSTANCE) for atom in classes))
        for atom in atoms.of(value, atoms.SYMBOL):
            made = self._made(atom.name)
            if made is not None and made.kind in (atoms.CLIENT, atoms.PIPELINE, atoms.DUAL):
                place = self.place
                return frozenset({made._replace(path=self.module.path, line=place.lineno, column=place.col_offset)})
        return EMPTY

    def _made(self, dotted: str) -> Atom | None:
        """What an annotation by this name promises: a client of either side, or a pipeline that somebody was given."""
        if legacy.is_pipeline(dotted):
            where = f"{self.module.path}:{self.place.lineno}:{self.place.col_offset}"
            return Atom(atoms.PIPELINE, legacy.flavour(dotted) or legacy.SYNC, given=where)
        return made_by(self.program.settings.wrappers, self.program.settings.target.module, dotted)

    def _resolved(self, node: ast.expr) -> Value:
        """What a dotted name stands for, as Python looks it up; a text's names are no nodes of the module."""
        evaluator = Evaluator(self.program, self.module)
        if isinstance(node, ast.Name):
            cell = self.program.name_cell(self.module, self.scope, node.id)
            return evaluator.held(cell) if cell is not None else EMPTY
        if isinstance(node, ast.Attribute):
            return EMPTY.union(*(evaluator.attribute_of(atom, node.attr) for atom in self._resolved(node.value)))
        return EMPTY

    def _alias(self, node: ast.expr) -> ast.expr | None:
        """The annotation that a name of the module stands for: `Link = Annotated[redis.Redis, Depends(get)]`."""
        if not isinstance(node, ast.Name) or self.scope.find(node.id) is not self.module.root:
            return None
        return self._once(self.module, _type_named(self.module, node.id))

    def _taken(self, node: ast.expr) -> Value | None:
        """What another file's name for a type promises here; None for what is no such name."""
        links: list[Atom] = []
        if isinstance(node, ast.Name):
            links = linked(self.program, self.program.name_cell(self.module, self.scope, node.id))
        elif isinstance(node, ast.Attribute):
            links = linked_by(self._resolved(node.value), node.attr)
        found = type_taken(self.program, links)
        if found is None or self._once(*found) is None:
            return None
        promise = Promise(self.program, *found, found[1], self._seen)
        self.inside |= promise.inside
        self.box = promise.box or self.box
        return promise.value

    def _once(self, module: Module, type_: ast.expr | None) -> ast.expr | None:
        """The type that a name stands for, unless it was looked at before."""
        if type_ is None or (module.path, type_.lineno) in self._seen:
            return None
        self._seen.add((module.path, type_.lineno))
        return type_


def linked(program: Program, cell: Cell | None) -> list[Atom]:
    """The names of other modules that a cell takes over."""
    return atoms.of(program.cells.get(cell, EMPTY) if cell is not None else EMPTY, atoms.LINK)


def linked_by(owners: Value, name: str) -> list[Atom]:
    """The names of other modules that an attribute of these owners is."""
    return [Atom(atoms.LINK, name, owner.path) for owner in atoms.of(owners, atoms.MODULE)]


def type_taken(program: Program, links: list[Atom]) -> tuple[Module, ast.expr] | None:
    """The type that a module's own name stands for, as `Link = Annotated[redis.Redis, Depends(get)]` says there."""
    seen, pending = set[Atom](), [*links]
    while pending:
        link = pending.pop()
        module = program.modules.get(link.path)
        if link in seen or module is None:
            continue
        seen.add(link)
        found = _type_named(module, link.name)
        if found is not None:
            return module, found
        pending += linked(program, ("name", module.path, "", link.name))
    return None


def _type_named(module: Module, name: str) -> ast.expr | None:
    """The generic type or the union that a name of the module is bound to, and to nothing else."""
    bound = [module.parent.get(binder) for binder in module.bound(module.root, name)]
    if len(bound) != 1 or not isinstance(bound[0], ast.Assign | ast.AnnAssign):
        return None
    return bound[0].value if isinstance(bound[0].value, ast.Subscript | ast.BinOp) else None


def parsed(node: ast.Constant) -> ast.expr | None:
    """The expression that a text in an annotation is."""
    if not isinstance(node.value, str) or len(node.value) > LONGEST:
        return None
    try:
        return ast.parse(node.value.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def words_of(node: ast.Constant) -> Iterator[str]:
    """The names in the text of an annotation."""
    tree = parsed(node)
    for inner in walk(tree) if tree is not None else ():
        if isinstance(inner, ast.Name | ast.Attribute):
            yield last_name(inner)


def is_annotation(module: Module, node: ast.AST) -> bool:
    """Whether a node stands inside an annotation, or the type that `cast` is given."""
    for above in module.ancestors(node):
        if isinstance(above, ast.Call):
            return last_name(above.func) == "cast" and above.args[:1] == [node]
        if isinstance(above, ANNOTATED) and above.annotation is node:
            return True
        if isinstance(above, ast.stmt):
            return isinstance(above, Function) and above.returns is node
        node = above
    return False


PLAIN_DECORATORS = {"classmethod", "staticmethod"}
"""Decorators that call nothing themselves."""


def is_open(facts: FunctionFacts) -> bool:
    """Whether something besides the known calls may call a function."""
    if any(not isinstance(d, ast.Name) or d.id not in PLAIN_DECORATORS for d in facts.header.decorator_list):
        return True
    calls, references = call_sites(facts)
    return bool(references or not calls)


def is_injected(facts: FunctionFacts, parameter: ast.arg) -> bool:
    """Whether a framework fills the parameter, with what its default's function returns."""
    default = next((value for argument, value in defaults(facts.header.args) if argument is parameter), None)
    return isinstance(default, ast.Call) and last_name(default.func).endswith(("Depends", "Security"))
