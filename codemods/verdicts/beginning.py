"""Where a client that was made unconnected is connected: once, before every use, on the loop of the uses.

redis-py connects with the first command, so a raw client has no start; what `create_dual_bus_client` gives has one. It
becomes the first thing that the one coroutine does from which all uses are reached.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from codemods.orders import Order
from codemods.reading import atoms, legacy
from codemods.reading.atoms import Atom
from codemods.reading.callers import CONSTRUCTOR
from codemods.reading.flow import Cell, FunctionFacts
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.verdicts.bound import is_bound
from codemods.verdicts.cases import Court
from codemods.verdicts.closure import Growth
from codemods.verdicts.lifespans import first, orders_of
from codemods.verdicts.roots import Root, Roots

MOVED = legacy.STREAM_COMMANDS | legacy.CLOSERS | legacy.PIPELINES
EARLY = "activates: {} connects to the buses, and raises where one is away; the client connected with its first command"
IDLE = "activates: nobody is seen to call `{}`; it has no bus before {}"


class Beginning(Struct, frozen=True, eq=False):
    """The order that connects a client, the function in which it stands, and what will be new."""

    orders: tuple[Order, ...]
    function: FunctionFacts | None  # None for a lifespan that is written for it
    where: str
    warnings: tuple[str, ...]


def beginning_of(court: Court, made: Use, attribute: str | None = None) -> Beginning | str:
    """Where the client that is made here is connected; else why no place is certainly right.

    `attribute` is the name of a bus that is made beside the client, where that is what has to be connected.
    """
    if not _is_there_first(court, made.module, made.function):
        return "it may be made later"
    using: list[FunctionFacts] = []
    grown = Growth()
    for use in court.uses:
        if (
            (use.kind == "call" or is_bound(use))
            and set(use.holders) & set(made.holders)
            and (attribute is None or use.name in MOVED)
        ):
            if not isinstance(use.function, Function):
                return f"it is used at {use.path}:{use.line}, where no event loop runs"
            using.append(court.program.facts(use.module, use.function))
            more = Growth() if use.in_async_function else court.closures.growth(use.module, use.node)
            if isinstance(more, Growth):
                grown.add(more)
    if not using:
        return "nobody is seen to use it"
    root = Roots(court, using, grown).find()
    return root if isinstance(root, str) else _placed(court, made, root, attribute)


def _is_there_first(court: Court, module: Module, function: ast.AST | None) -> bool:
    """Whether a client is there before any event loop runs: it is made with its object, or when its file is read."""
    if function is None:
        return True
    if isinstance(function, ast.Lambda):
        given = module.parent[function]
        return isinstance(given, ast.keyword) and given.arg == "default_factory"
    if not isinstance(function, ast.FunctionDef):
        return False
    if function.name == CONSTRUCTOR:
        return True
    facts = court.program.facts(module, function)
    callers = [(m, m.function_of(call)) for m, call in facts.calls if m.function_of(call) is not function]
    return bool(callers) and not facts.references and all(_is_there_first(court, *caller) for caller in callers)


def _placed(court: Court, made: Use, root: Root, attribute: str | None) -> Beginning | str:
    cells = list(_cells(court, made.holders[0]))
    named = [(facts, text) for facts in root.chain for text in _names(court, facts, cells)]
    own = [(facts, text) for facts, text in named if text.split(".")[0] == _self_of(facts)]
    for facts, text in [*own, *named][:1]:
        if not court.engine.owns(facts.module.path):
            return f"{facts.module.path} belongs to no path of {court.engine.name}"
        line = f"await {_beside(text, attribute)}.initialize()"
        where = f"`{facts.header.name}`"
        return Beginning((first(facts.module, facts.node, [line]),), facts, where, tuple(_warnings(root, where)))
    if root.app is None:
        return f"`{root.chain[0].header.name}` has no name for it where it begins"
    known = next(_global_names(court, root.app.module, cells), None)
    if known is None:
        return f"{root.app.module.path} has no name for it where it begins"
    orders = orders_of(root.app, [f"await {_beside(known, attribute)}.initialize()"], [])
    if isinstance(orders, str):
        return orders
    where = f"the beginning of `{root.app.name}`"
    return Beginning(orders, None, where, tuple(_warnings(root, where)))


def _beside(text: str, attribute: str | None) -> str:
    owner, dot, _ = text.rpartition(".")
    return text if attribute is None else f"{owner}{dot}{attribute}"


def _warnings(root: Root, where: str) -> Iterator[str]:
    yield EARLY.format(where)
    for facts in root.idle:
        yield IDLE.format(facts.header.name, where)


# names


def _cells(court: Court, client: Atom) -> Iterator[Cell]:
    """The attributes and the names of modules that hold the client and nothing else."""
    for cell, held in list(court.program.cells.items()):
        is_global = cell[0] == "name" and not cell[2]
        is_alone = client in held and all(atom in (client, atoms.NOTHING) for atom in court.program.held(cell))
        if is_alone and (cell[0] == "attribute" or is_global):
            yield cell


def _names(court: Court, facts: FunctionFacts, cells: list[Cell]) -> Iterator[str]:
    """What a function can call the client: by its own object, or by a name of its module."""
    own = _self_of(facts)
    if own is not None and facts.owner is not None:
        family = court.program.family((facts.module.path, facts.owner))
        for cell in cells:
            if cell[0] == "attribute" and (cell[1], cell[2]) == family:
                yield f"{own}.{cell[-1]}"
    for text in _global_names(court, facts.module, cells):
        if text.split(".")[0] not in facts.module.inner[facts.header].names:
            yield text


def _self_of(facts: FunctionFacts) -> str | None:
    arguments = [*facts.header.args.posonlyargs, *facts.header.args.args]
    return (
        arguments[0].arg if facts.is_method and arguments and facts.module.function_of(facts.header) is None else None
    )


def _global_names(court: Court, module: Module, cells: list[Cell]) -> Iterator[str]:
    """What a module calls the client at its top: by a name of its own or of an import, or by an object's attribute."""
    program = court.program
    for cell in cells:
        if cell[0] == "name" and cell[1] == module.path:
            yield cell[-1]
    for name in sorted(module.root.names):
        held = program.held(("name", module.path, "", name))
        for cell in cells:
            if cell[0] == "name" and cell[1] != module.path and _is_import(module, name):
                if held and held <= program.held(cell):
                    yield name
            elif cell[0] == "attribute" and _is_bound_once(module, name):
                instance = atoms.only(held, atoms.INSTANCE)
                if instance is not None and program.family((instance.path, instance.name)) == (cell[1], cell[2]):
                    yield f"{name}.{cell[-1]}"


def _is_import(module: Module, name: str) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in module.bound(module.root, name))


def _is_bound_once(module: Module, name: str) -> bool:
    """Whether a name of the module is what its one assignment, or one import, at the top makes it."""
    bound = list(module.bound(module.root, name))
    return len(bound) == 1 and module.statement(bound[0]) in module.source.tree.body
