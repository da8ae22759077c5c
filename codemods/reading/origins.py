"""What made an object that the program does not make itself: `FastAPI()`, `threading.Thread()`, an open file."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from codemods.reading import atoms
from codemods.reading.flow import Program
from codemods.reading.scopes import Module, Scope
from codemods.reading.stars import absolute_module

MOST_STEPS = 6  # from a name to what it is bound to, from there to what that is made of, and so on
LITERALS = (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp)
GIVES_ITS_OWN = {
    "open", "str", "bytes", "int", "float", "bool", "len", "logging.getLogger", "socket.socket",
    "asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop", "sqlite3.connect",
    "subprocess.run", "argparse.ArgumentParser", "collections.deque", "collections.defaultdict",
}  # fmt: skip
"""Functions that give an object of their own, and never one that they were given."""
BUILTINS = frozenset(dir(builtins))
Names = frozenset[str]
NOTHING: Names = frozenset()


def origins(program: Program, module: Module, node: ast.expr | None, steps: int = MOST_STEPS) -> Names | None:
    """The dotted names of whatever may have made an object, none of it the program's; None where that is not known.

    What a foreign object gives is not known: a queue gives what the program put there. A literal is made by
    `builtins`, and None by nothing.
    """
    if node is None or steps == 0:
        return None
    if isinstance(node, LITERALS):
        return NOTHING if isinstance(node, ast.Constant) and node.value is None else frozenset({"builtins"})
    symbols = _symbols(program, module, node)
    if symbols is not None:
        return symbols
    if isinstance(node, ast.Name):
        return _of_name(program, module, module.scope_of[node], node.id, steps)
    if isinstance(node, ast.Attribute):
        return _of_attribute(program, node.attr, steps) if _is_own(node.value) else None
    if isinstance(node, ast.Call):
        return _of_call(program, module, node)
    if isinstance(node, ast.Await | ast.NamedExpr):
        return origins(program, module, node.value, steps)
    if isinstance(node, ast.IfExp):
        return _all(origins(program, module, each, steps - 1) for each in (node.body, node.orelse))
    return _all(origins(program, module, each, steps - 1) for each in getattr(node, "values", [None]))


def _symbols(program: Program, module: Module, node: ast.expr) -> Names | None:
    """The names of other people's modules that an expression stands for, where it can be nothing else."""
    value = program.value(module, node) - {atoms.NOTHING}
    if value and all(atom.kind == atoms.SYMBOL for atom in value):
        return frozenset(atom.name for atom in value)
    return None


def _is_own(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id == "self"


def _of_call(program: Program, module: Module, node: ast.Call) -> Names | None:
    """The class that a call makes an instance of, or the function that is known to give something of its own."""
    if isinstance(node.func, ast.Name) and module.scope_of[node].find(node.func.id) is None:
        return frozenset({f"builtins.{node.func.id}"}) if node.func.id in GIVES_ITS_OWN else None
    names = _symbols(program, module, node.func)
    if names is None or not all(name in GIVES_ITS_OWN or name.rpartition(".")[2][:1].isupper() for name in names):
        return None
    return names


def _all(found: Iterable[Names | None]) -> Names | None:
    """All names together; None where there are none, or one of the parts is not known."""
    parts = list(found)
    known = [names for names in parts if names is not None]
    return NOTHING.union(*known) if known and len(known) == len(parts) else None


def _of_name(program: Program, module: Module, scope: Scope, name: str, steps: int) -> Names | None:
    found = scope.find(name)
    if found is None:
        return frozenset({f"builtins.{name}"}) if name in BUILTINS else None
    return _all(_of_binder(program, module, binder, name, steps - 1) for binder in module.bound(found, name))


def _of_binder(program: Program, module: Module, binder: ast.AST, name: str, steps: int) -> Names | None:
    """What one assignment, parameter or import gives a name."""
    if isinstance(binder, ast.arg):
        return _symbols(program, module, binder.annotation) if binder.annotation is not None else None
    if isinstance(binder, ast.ImportFrom):
        path = program.by_name.get(absolute_module(module, binder))
        other = program.module(path) if path is not None else None
        taken = next((alias.name for alias in binder.names if (alias.asname or alias.name) == name), name)
        return _of_name(program, other, other.root, taken, steps) if other is not None and steps else None
    if isinstance(binder, ast.ExceptHandler):
        return frozenset({"builtins.Exception"})
    return origins(program, module, _given(module, binder), steps)


def _given(module: Module, target: ast.AST) -> ast.expr | None:
    """What an assignment, a walrus or a `with` gives to one target of it."""
    above = module.parent[target]
    if isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return above.value
    return above.context_expr if isinstance(above, ast.withitem) else None


def _of_attribute(program: Program, name: str, steps: int) -> Names | None:
    """What is stored in the attributes of this name, whatever objects have them."""
    program.demand.read_word(name, is_member=True)
    return _all(origins(program, m, _given(m, node), steps - 1) for m, node in _stores(program, name))


def _stores(program: Program, name: str) -> Iterator[tuple[Module, ast.Attribute]]:
    for module in program.modules.values():
        for node in list(module.attributes.get(name, ())):
            if isinstance(node.ctx, ast.Store):
                yield module, node
