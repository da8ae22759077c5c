"""Which streams a command names: constants, f-strings, and what a read has just delivered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.model import StreamEnd
from codemods.reading import atoms, legacy
from codemods.reading.scopes import Module, Scope
from codemods.reading.uses import Use
from codemods.verdicts.cases import Court, identity

ROLES = {"xadd": "publish", "xread": "consume", "xreadgroup": "consume"}


def ends_of(court: Court, use: Use, names: Iterable[str], reason: str) -> Iterator[StreamEnd]:
    """The ends that a command makes of the streams that it names."""
    role = ROLES.get(use.name, "inspect")
    for name in names:
        yield StreamEnd(name, role, "stream", court.engine.name, use.path, use.line, False, reason)


def stream_names(court: Court, use: Use) -> tuple[str, ...] | None:
    """Every stream that a command may touch, globs where parts are decided at run time; None where that is unknown."""
    return _in_code(court, use) or court.names(id_of_stream(use))


def id_of_stream(use: Use) -> str:
    """The id of the question which stream a command names."""
    node = _named(use)
    return identity("stream", use, ast.unparse(use.call if node is None else node))


def _in_code(court: Court, use: Use) -> tuple[str, ...] | None:
    node = _named(use)
    if node is None or isinstance(node, ast.Starred):
        return None
    if use.name in legacy.READERS:
        return _keys(court, use, node)
    return atoms.texts(court.program.value(use.module, node)) or _delivered(court, use, node)


def _named(use: Use) -> ast.expr | None:
    """The argument that names the streams."""
    keyword, position = legacy.STREAM_PARAMETER.get(use.name, ("name", 0))
    node = next((k.value for k in use.call.keywords if k.arg == keyword), None)
    if node is None and len(use.call.args) > position:
        node = use.call.args[position]
    return node


def _keys(court: Court, use: Use, node: ast.expr) -> tuple[str, ...] | None:
    """The streams of a mapping that a read is given."""
    display = node if isinstance(node, ast.Dict) else _only_display(court, use, node)
    if display is None or not display.keys:
        return None
    names: list[str] = []
    for key in display.keys:
        found = atoms.texts(court.program.value(use.module, key)) if key is not None else None
        if found is None:
            return None
        names += found
    return tuple(sorted(set(names)))


def _only_display(court: Court, use: Use, node: ast.expr) -> ast.Dict | None:
    """The dict display that a name holds, where nothing that reaches it can give it another key."""
    atom = atoms.only(court.program.value(use.module, node), atoms.MAPPING)
    if atom is None:
        return None
    home = court.program.modules[atom.path]
    home.read_line(atom.line)
    displays = [n for n in list(home.scope_of) if isinstance(n, ast.Dict)]
    display = next(n for n in displays if (n.lineno, n.col_offset) == (atom.line, atom.column))
    court.program.demand.track(home, display, atom)
    for module, other in court.program.demand.mentions():
        is_read = isinstance(other, ast.Name | ast.Attribute) and isinstance(other.ctx, ast.Load)
        if is_read and atom in court.program.value(module, other) and not _leaves_keys_alone(module, other):
            return None
    return display


def _leaves_keys_alone(module: Module, node: ast.expr) -> bool:
    """Whether a use of a mapping of streams is a read, or cannot add a stream to it."""
    above = module.parent[node]
    if isinstance(above, ast.Call):
        return isinstance(above.func, ast.Attribute) and above.func.attr in legacy.READERS
    if isinstance(above, ast.keyword):
        return above.arg == "streams"
    if isinstance(above, ast.Attribute):
        return above.attr in ("keys", "values", "items", "get")
    return isinstance(above, ast.Compare) or (isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load))


def _delivered(court: Court, use: Use, node: ast.expr) -> tuple[str, ...] | None:
    """The streams of a read, for a name that takes its stream from the read's reply: `for name, messages in reply`."""
    if not isinstance(node, ast.Name):
        return None
    scope = use.module.scope_of[node].find(node.id)
    loop = _only_loop(use, scope, node.id)
    if loop is None or not isinstance(loop.target, ast.Tuple) or not isinstance(loop.target.elts[0], ast.Name):
        return None
    if loop.target.elts[0].id != node.id:
        return None
    reply: ast.expr | None = loop.iter
    if isinstance(reply, ast.BoolOp) and isinstance(reply.op, ast.Or):
        reply = reply.values[0]  # `reply or []`
    if isinstance(reply, ast.Name):
        reply = _only_value(use, use.module.scope_of[reply].find(reply.id), reply.id)
    while isinstance(reply, ast.Await):
        reply = reply.value
    read = next((u for u in court.uses if u.node is reply and u.name in legacy.READERS), None)
    same = read is not None and set(read.holders) == set(use.holders)
    return stream_names(court, read) if read is not None and same else None


def _bindings(use: Use, scope: Scope | None, name: str) -> list[ast.AST]:
    """Every node that binds a name of one scope."""
    return [
        node
        for node in use.module.named(name)
        if (isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store))
        and use.module.scope_of[node].find(name) is scope
    ]


def _only_loop(use: Use, scope: Scope | None, name: str) -> ast.For | ast.AsyncFor | None:
    bound = _bindings(use, scope, name)
    loops = [use.module.statement(node) for node in bound]
    if len(bound) != 1 or not isinstance(loops[0], ast.For):
        return None
    return loops[0]


def _only_value(use: Use, scope: Scope | None, name: str) -> ast.expr | None:
    bound = _bindings(use, scope, name)
    if len(bound) != 1:
        return None
    above = use.module.parent[bound[0]]
    return above.value if isinstance(above, ast.Assign) else None
