"""Stream commands on objects that cannot be followed: they may be those of any client."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

from codemods.reading import atoms, legacy
from codemods.reading.atoms import ANYTHING, NOTHING
from codemods.reading.flow import Place, Program
from codemods.reading.scopes import Function, Module, last_name
from codemods.reading.words import words_in

WORDS = "|".join(sorted(legacy.STREAM_COMMANDS, key=len, reverse=True))
COMMAND = re.compile(rf"\.\s*({WORDS})\b")
COMMAND_IN_BYTES = re.compile(rf"\.(?:{WORDS})\b".encode())
ASKERS = ("methodcaller", "attrgetter")
"""What of `operator` is told the name of what will be called on whatever it is given."""
GETTER = "getattr"
ASKERS_IN_BYTES = tuple(asker.encode() for asker in (*ASKERS, GETTER))
NAMED_IN_BYTES = re.compile(rf"\b(?:{WORDS})['\"]".encode())
WRITTEN_IN_BYTES = legacy.ANY_COMMAND.encode()
NOT_TELLING = {"xrange", "xlen", "xdel"}
"""Commands that say nothing where they are only named: charts and grids have attributes of these names."""
PASS_ON = ("__getattr__", "__get__", "__await__")
"""Methods by which something else than the object itself may answer."""


def has_command(data: bytes) -> bool:
    """Whether a command of streams may be called in a text. Most texts name none."""
    named = _names()(data)
    if not named or WRITTEN_IN_BYTES in named:
        return bool(named)
    is_asked = any(asker in data for asker in ASKERS_IN_BYTES) and NAMED_IN_BYTES.search(data) is not None
    return is_asked or COMMAND_IN_BYTES.search(data) is not None


@cache
def _names() -> Callable[[bytes], list[bytes]]:
    """Says which of these names stand in a text: one does wherever a command may be called."""
    return words_in([WRITTEN_IN_BYTES, *(command.encode() for command in sorted(legacy.STREAM_COMMANDS))])


def may_lose(program: Program) -> bool:
    """Whether redis is named at all: then any stream command may be on a client that nobody saw on its way there."""
    demand = program.demand
    return any(legacy.flavour(atom.name) is not None for cell in demand.warm for atom in program.cells[cell])


def lost_commands(program: Program) -> Iterator[tuple[Module, ast.Call | ast.Attribute, ast.Attribute]]:
    """Every call of a stream's command on something of which nothing is known, and every such command handed on."""
    for module in program.modules.values():
        written = [legacy.ANY_COMMAND] if legacy.ANY_COMMAND in module.source.text else []
        for name in sorted({*COMMAND.findall(module.source.text), *written}):
            module.read_member(name)
            program.demand.refresh()
            for node in list(module.attributes.get(name, ())):
                call = module.parent[node]
                is_called = isinstance(call, ast.Call) and call.func is node
                if name in written:
                    is_told = isinstance(call, ast.Call) and is_called and _is_written_out(program, module, call)
                else:
                    is_told = is_called or (name not in NOT_TELLING and _is_handed_on(module, node))
                if is_told and (is_unknown(program, module, node.value) or _is_foreign(program, module, node)):
                    yield module, call if isinstance(call, ast.Call) and is_called else node, node


def _is_handed_on(module: Module, command: ast.Attribute) -> bool:
    """Whether a command is taken, not where it is stored, or asked as a mock is: `.assert_called()`."""
    above = module.parent[command]
    is_asked = isinstance(above, ast.Attribute) and above.attr != "__call__"
    return isinstance(command.ctx, ast.Load) and not is_asked


def _is_written_out(program: Program, module: Module, call: ast.Call) -> bool:
    """Whether a command is given as a text, and is one of streams: `link.execute_command("XADD", ...)`."""
    texts = atoms.texts(program.value(module, call.args[0])) if call.args else None
    return any(text.lower().partition(" ")[0] in legacy.SENT_WORDS for text in texts or ())


def _is_foreign(program: Program, module: Module, command: ast.Attribute) -> bool:
    """Whether a command is asked of what a module that is not read holds: `flask.g.link.xadd(...)`."""
    symbols = atoms.of(program.value(module, command.value), atoms.SYMBOL)
    return command.attr not in NOT_TELLING and any(legacy.flavour(symbol.name) is None for symbol in symbols)


def named_commands(program: Program) -> Iterator[tuple[Module, ast.Call, str]]:
    """Every call that takes a stream's command by its name: `methodcaller("xadd", ...)`, `getattr(link, "xadd")`."""
    for module in program.modules.values():
        for call in _getters(program, module):
            asked, text, *_ = call.args
            if is_unknown(program, module, asked):
                yield from ((module, call, command) for command in _commands(program, module, [text]))
        for asker in ASKERS:
            for call in _calls_of(program, module, asker):
                named = call.args[:1] if asker == "methodcaller" else call.args
                yield from ((module, call, command) for command in _commands(program, module, named))


def _commands(program: Program, module: Module, named: list[ast.expr]) -> list[str]:
    """The commands of streams that texts name, each by itself or behind other names: `redis.xadd`."""
    texts = chain.from_iterable(atoms.texts(program.value(module, each)) or () for each in named)
    return sorted({text.rpartition(".")[2] for text in texts} & legacy.STREAM_COMMANDS)


def _getters(program: Program, module: Module) -> Iterator[ast.Call]:
    """The calls of Python's own `getattr` with a name."""
    if GETTER not in module.source.text or not any(command in module.source.text for command in legacy.STREAM_COMMANDS):
        return
    nodes = list(module.named(GETTER))
    program.demand.refresh()
    for node in nodes:
        call = module.parent[node]
        is_own = isinstance(node, ast.Name) and module.scope_of[node].find(GETTER) is None
        if is_own and isinstance(call, ast.Call) and call.func is node and len(call.args) > 1:
            yield call


def _calls_of(program: Program, module: Module, asker: str) -> Iterator[ast.Call]:
    """The calls of a function of `operator`, by whatever name a module has it."""
    if asker not in module.source.text:
        return
    module.read_member(asker)
    names = {alias.asname or alias.name for node in module.imports for alias in node.names if alias.name == asker}
    nodes = [*module.attributes.get(asker, ()), *chain.from_iterable(map(module.named, sorted(names)))]
    program.demand.refresh()
    for node in nodes:
        call = module.parent[node]
        if isinstance(call, ast.Call) and call.func is node and isinstance(node, ast.Name | ast.Attribute):
            symbols = {symbol.name for symbol in atoms.of(program.value(module, node), atoms.SYMBOL)}
            if f"operator.{asker}" in symbols:
                yield call


def is_unknown(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether nobody can tell what this is; an object that passes everything on may be anything, too."""
    value = program.value(module, receiver) - ANYTHING - {NOTHING}
    known = [atom for atom in value if not _may_pass_on(program, atom)]
    is_judged_elsewhere = _comes_of_a_client(program, module, receiver) or _is_transacted(program, module, receiver)
    return not known and not is_judged_elsewhere


def _is_transacted(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether this is the pipeline that a client hands to the function of a transaction, which is judged there."""
    scope = module.scope_of[receiver].find(receiver.id) if isinstance(receiver, ast.Name) else None
    function = scope.node if scope is not None else None
    places: list[Place] = [(module, function)] if isinstance(function, ast.Lambda) else []
    if isinstance(function, Function):
        places = program.facts(module, function).references
    calls = [place.parent[node] for place, node in places]
    return any(isinstance(call, ast.Call) and last_name(call.func) == "transaction" for call in calls)


def _may_pass_on(program: Program, atom: atoms.Atom) -> bool:
    """Whether something else may answer in the place of this object, or be there: a decorator may give anything."""
    key = (atom.path, atom.name)
    if atom.kind == atoms.FUNCTION:
        return bool(program.functions[key].header.decorator_list)
    if atom.kind == atoms.CLASS:
        return bool(program.classes[key][1].decorator_list)
    return atom.kind == atoms.INSTANCE and any(program.method(key, name) is not None for name in PASS_ON)


def _comes_of_a_client(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether what the receiver is made of is a client, whose use is a site already: `link.client().xlen(...)`."""
    node: ast.expr | None = receiver
    while isinstance(node, ast.Call | ast.Attribute | ast.Await | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Attribute | ast.Name | ast.Call) and any(
            atom.kind in atoms.CARRIED for atom in program.value(module, node)
        ):
            return True
    return False
