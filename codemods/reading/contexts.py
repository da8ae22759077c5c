"""How an expression that holds a client, or a container of clients, is used by what stands around it."""

from __future__ import annotations

import ast

from codemods.reading import atoms, containers, legacy
from codemods.reading.arguments import is_taken
from codemods.reading.atoms import Value
from codemods.reading.callers import OF_PROPERTIES
from codemods.reading.evaluation import CASTS, Evaluator
from codemods.reading.flow import Program
from codemods.reading.generated import made_by_field
from codemods.reading.scopes import Function, Module, last_name

NEUTRAL_CALLS = {"bool", "print", "repr", "str", "id", "type", "callable"}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
DYNAMIC_CALLS = {"getattr", "hasattr", "setattr", "delattr", "isinstance", "issubclass", "vars"}
MOCKS = {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec"}
MEASURES = {"spec", "spec_set", "autospec"}
FOLLOWED = (ast.Attribute, ast.Assign, ast.AnnAssign, ast.ClassDef, ast.Expr, ast.Compare, ast.Subscript)
Shown = tuple[str, str, ast.AST]  # the kind of use, a name, and the node that shows it
TRANSPARENT = ast.Await | ast.NamedExpr | ast.IfExp | ast.BoolOp | ast.Expr | ast.FormattedValue
"""What holds the same object as what is inside, and is looked at in its turn."""
CONDITIONS = ast.If | ast.While | ast.Assert | ast.UnaryOp
GIVERS = (".Depends", ".Security")
PUT = "is one of several in a container"
YIELDED = "is given out by a generator"
SURROUNDINGS = {
    ast.Lambda: "a lambda",
    ast.comprehension: "a comprehension",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.Match: "a match",
    ast.Subscript: "a subscript",
    ast.Slice: "a slice",
    ast.Starred: "an unpacking by a star",
    ast.YieldFrom: "a yield from",
    ast.Yield: "a yield",
    ast.Return: "a return",
    ast.AugAssign: "an assignment that adds",
    ast.BinOp: "an operation",
    ast.Delete: "a del",
    ast.Raise: "a raise",
    ast.ClassDef: "a class statement",
}
"""What a use stands in, as people call it; anything else is an expression."""


class Contexts:
    """How each expression of one module is used."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module

    # a client

    def of(self, node: ast.expr, kind: str) -> Shown | None:
        """How the expression is used, with a name and the node that shows it; None where that says nothing."""
        above = self.module.parent[node]
        if isinstance(above, ast.Attribute):
            if above.attr in OF_PROPERTIES and _decorates(self.module, above):
                return None  # it is the property itself, and nothing that it gives
            call = self.module.parent[above]
            if isinstance(call, ast.Call) and call.func is above:
                return "call", above.attr, call
            if isinstance(above.ctx, ast.Load):
                return "attribute", above.attr, above
            return "escape", f"has its attribute `{above.attr}` changed", above
        if isinstance(above, ast.keyword):
            return self._as_argument(self.module.parent[above], node, kind)
        if isinstance(above, ast.Call):
            return self._as_argument(above, node, kind) if above.func is not node else ("escape", "is called", above)
        return self._elsewhere(above, node)

    def _elsewhere(self, above: ast.AST, node: ast.expr) -> Shown | None:
        if isinstance(above, TRANSPARENT | CONDITIONS):
            return None
        if isinstance(above, ast.Compare):
            others = [above.left, *above.comparators]
            plain = all(other is node or (isinstance(other, ast.Constant) and other.value is None) for other in others)
            return None if plain else ("escape", "is compared", above)
        targets = self._targets(above, node)
        if targets is not None:
            return self._assigned(targets, node)
        if isinstance(above, ast.Return):
            return self._returned(above, node)
        if isinstance(above, ast.Yield):
            return self._returned(above, node) or ("contained", YIELDED, node)
        if isinstance(above, ast.Tuple) and isinstance(self.module.parent[above], ast.Subscript):
            return None  # what an annotation says that a framework gives
        if isinstance(above, containers.Display) and self._is_followed(above):
            return "contained", PUT, node
        if isinstance(above, ast.arguments):
            return None if self._is_dependency(self.module, node) else ("escape", "is a parameter's default", node)
        if isinstance(above, ast.withitem):
            return "with", "", node
        return "escape", _stands(above), node

    def _returned(self, above: ast.Return | ast.Yield, node: ast.expr) -> Shown | None:
        """A result is followed to each call, but not to those of whoever is given the function: `Depends(get_bus)`."""
        function = self.module.function_of(above)
        if not isinstance(function, Function):  # the parser lets it stand, the compiler does not
            return "escape", _stands(above), node
        if any(last_name(getattr(d, "func", d)) == "fixture" for d in function.decorator_list):
            return "escape", f"is what the fixture `{function.name}` gives to tests", node
        if function.name.startswith("__") and function.name not in containers.ENTRIES:
            return "escape", f"is given out by `{function.name}`, which is not called by its name", node
        facts = self.program.facts(self.module, function)
        for module, other in facts.references:
            if isinstance(above, ast.Return) and self._is_dependency(module, module.parent[other]):
                continue  # what it gives goes to the parameter, and nowhere else
            if isinstance(above, ast.Return) and made_by_field(module.parent, other) is not None:
                continue  # or to the field
            if _makes_property(module.parent[other]):
                continue  # or to whoever reads the property
            where = f"{module.path}:{other.lineno}"
            return "escape", f"is returned by `{function.name}` (handed on: {where})", node
        return None

    def _is_dependency(self, module: Module, node: ast.AST) -> bool:
        """Whether this is FastAPI's `Depends(get_bus)`, which calls the function and fills a parameter."""
        if not isinstance(node, ast.Call):
            return False
        symbols = atoms.of(self.program.value(module, node.func), atoms.SYMBOL)
        return any(symbol.name.startswith("fastapi.") and symbol.name.endswith(GIVERS) for symbol in symbols)

    def _targets(self, above: ast.AST, node: ast.expr) -> list[ast.expr] | None:
        """What an assignment stores the expression in, alone or as one of a tuple; None where it is no such value."""
        if isinstance(above, ast.Assign | ast.AnnAssign):
            return above.targets if isinstance(above, ast.Assign) else [above.target]
        assign = self.module.parent[above]
        if not isinstance(above, ast.Tuple) or not isinstance(assign, ast.Assign):
            return None
        found = [target.elts for target in assign.targets if isinstance(target, ast.Tuple)]
        paired = all(len(t) == len(above.elts) and not any(isinstance(e, ast.Starred) for e in t) for t in found)
        return [t[above.elts.index(node)] for t in found] if paired and len(found) == len(assign.targets) else None

    def _assigned(self, targets: list[ast.expr], node: ast.expr) -> Shown | None:
        evaluator = Evaluator(self.program, self.module)
        if all(any(True for _ in evaluator.target_cells(target)) for target in targets):
            return ("contained", PUT, node) if any(isinstance(t, ast.Subscript) for t in targets) else None
        return "escape", "is stored where it cannot be followed", node

    def _as_argument(self, call: ast.AST, node: ast.expr, kind: str) -> Shown | None:
        if not isinstance(call, ast.Call):
            return "escape", "is a keyword of a class", node
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if isinstance(call.func, ast.Name) and name in NEUTRAL_CALLS | ({"len"} if kind == atoms.PIPELINE else set()):
            return None
        if isinstance(call.func, ast.Attribute) and name in LOG_METHODS:
            return None
        if name == "cast" and call.args[1:] == [node] and self._is_cast(call.func):
            return None  # what it gives is looked at in its turn
        if isinstance(call.func, ast.Name) and name == "getattr" and (command := _stream_command(call)):
            return "attribute", command, call
        if isinstance(call.func, ast.Name) and name in DYNAMIC_CALLS:
            return "dynamic", name, call
        if kind == atoms.CONFIG and makes_something(self.program, self.module, call):
            return None  # a config that its client takes
        if name in containers.ENTERS:
            return "with", "", node
        evaluator = Evaluator(self.program, self.module)
        if containers.receivers(evaluator, call, node):
            return "contained", PUT, node
        value: Value = self.program.value(self.module, call.func)
        taken = is_taken(evaluator, call, node)
        if taken and all(atom.kind in (atoms.FUNCTION, atoms.CLASS) for atom in value):
            return None
        return "escape", f"is handed to {name or 'something unknown'}", node

    def is_only_asked(self, node: ast.expr) -> bool:
        """Whether nothing is done with what an expression gives but to ask if it is true."""
        above = self.module.parent[node]
        if isinstance(above, ast.BoolOp):
            is_left = isinstance(above.op, ast.And) and node is not above.values[-1]  # false, it is given on: no client
            return is_left or self.is_only_asked(above)
        if isinstance(above, ast.Call):
            return isinstance(above.func, ast.Name) and above.func.id == "bool"
        if isinstance(above, ast.If | ast.While | ast.IfExp):
            return above.test is node
        return isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)

    def _is_cast(self, node: ast.expr) -> bool:
        found = atoms.only(self.program.value(self.module, node), atoms.SYMBOL)
        return found is not None and found.name in CASTS

    # a client's class

    def of_class(self, node: ast.expr) -> str:
        """What naming a class means, besides that it is handed to somebody who may make a client of it."""
        above = self.module.parent[node]
        call = self.module.parent[above] if isinstance(above, ast.keyword) else above
        if isinstance(call, ast.Call) and last_name(call.func) in MOCKS:
            is_measure = above.arg in MEASURES if isinstance(above, ast.keyword) else above is not call.func
            return "mock" if is_measure else "class"
        inside: ast.AST = node
        while isinstance(above, ast.Subscript | ast.Tuple):  # `Link = Annotated[redis.Redis, Depends(made)]`
            inside, above = above, self.module.parent[above]
        targets = above.targets if isinstance(above, ast.Assign) and above.value is inside else []
        followed = targets and all(isinstance(t, ast.Name) for t in targets)
        return "alias" if followed else "class"

    def is_lent(self, node: ast.expr, dotted: str) -> bool:
        """Whether a class goes by another name here, and that name to somebody who may make a client of it."""
        above = self.module.parent[node]
        is_made = isinstance(above, ast.Call) and above.func is node
        if (
            not isinstance(node, ast.Name)
            or not legacy.is_client_class(dotted)
            or is_made
            or isinstance(above, FOLLOWED)
        ):
            return False
        scope = self.module.scope_of[node].find(node.id)
        bound = self.module.bound(scope, node.id) if scope is not None else ()
        return any(isinstance(binder, ast.Name) for binder in bound)  # not a parameter: what fills it is a site

    # containers

    def of_container(self, node: ast.expr) -> str | None:
        """How a container that holds a client gets lost here; None where it does not."""
        above = self.module.parent[node]
        if isinstance(above, ast.Attribute):
            return self._method(above)
        if isinstance(above, ast.Subscript):
            return None if above.value is node else "is a key"
        if isinstance(above, ast.For | ast.AsyncFor | ast.comprehension):
            return None if above.iter is node else "stands in a loop"
        if isinstance(above, TRANSPARENT | CONDITIONS | ast.Compare | containers.Display | ast.Yield | ast.withitem):
            return None
        if isinstance(above, ast.Assign) and all(_is_unpacking(target) for target in above.targets):
            return None
        if isinstance(above, ast.keyword | ast.Call):
            return self._container_as_argument(above, node)
        found = self._elsewhere(above, node)
        return found[1] if found is not None and found[0] != "contained" else None

    def _method(self, above: ast.Attribute) -> str | None:
        call = self.module.parent[above]
        if not (isinstance(call, ast.Call) and call.func is above):
            return f"has its `{above.attr}` handed on"
        if above.attr == "items":
            loop = self.module.parent[call]
            is_unpacked = isinstance(loop, ast.For | ast.AsyncFor | ast.comprehension) and isinstance(
                loop.target, ast.Tuple
            )
            return None if is_unpacked else "gives out its items"
        return None if above.attr in containers.QUIET else f"has its {above.attr}() called"

    def _container_as_argument(self, above: ast.keyword | ast.Call, node: ast.expr) -> str | None:
        call = self.module.parent[above] if isinstance(above, ast.keyword) else above
        name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
        if name in containers.COUNTS | containers.PASSES | containers.TAKES_ONE:
            return None
        found = self._as_argument(call, node, "")
        return found[1] if found is not None and found[0] not in ("contained", "with") else None

    def _is_followed(self, display: ast.AST) -> bool:
        """Whether a display is a container that is followed, and not only a tuple on the way into names."""
        return isinstance(display, ast.expr) and bool(containers.keeping(Evaluator(self.program, self.module), display))


def _stands(above: ast.AST) -> str:
    return f"stands in {SURROUNDINGS.get(type(above), 'an expression')}"


def _makes_property(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "property"


def _decorates(module: Module, node: ast.expr) -> bool:
    above = module.parent[node]
    return isinstance(above, Function) and node in above.decorator_list


def _stream_command(call: ast.Call) -> str:
    """The stream's command that is asked for by its name: `getattr(client, "xadd")`."""
    named = call.args[1] if len(call.args) > 1 else None
    command = named.value if isinstance(named, ast.Constant) else None
    return command if isinstance(command, str) and command in legacy.STREAM_COMMANDS else ""


def _is_unpacking(target: ast.expr) -> bool:
    """Whether an assignment takes a container apart, and each part of it is followed."""
    if not isinstance(target, ast.Tuple | ast.List):
        return False
    return not any(isinstance(item, ast.Starred) for item in target.elts)


def makes_something(program: Program, module: Module, call: ast.Call) -> bool:
    """Whether a client or config is made by this very call."""
    here = (module.path, call.lineno, call.col_offset)
    value = program.value(module, call)
    if any(a.kind in (atoms.CLIENT, atoms.CONFIG) and (a.path, a.line, a.column) == here for a in value):
        return True
    return any(program.derived((a.path, a.name)) for a in atoms.of(program.value(module, call.func), atoms.CLASS))
