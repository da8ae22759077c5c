"""Handlers of the target: a coroutine of one flat message, whose payload is JSON text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.comparing import comparisons
from codemods.checking.places import Fault, argument, parameter
from codemods.checking.subscriptions import BUSES
from codemods.reading import atoms
from codemods.reading.arguments import callees
from codemods.reading.binding import misfit
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts
from codemods.reading.interface import with_self
from codemods.reading.scopes import Module, is_stored, last_name
from codemods.reading.use import Use
from codemods.verdicts.cases import Court

ENVELOPE = (
    "message_type", "source_engine", "source_instance", "payload", "priority", "timestamp", "correlation_id",
)  # fmt: skip
"""The keys of a message."""
OF_DICT = {name for name in dir(dict) if not name.startswith("__")}
OF_TEXT = {name for name in dir(str) if not name.startswith("__")}


def handler(court: Court, use: Use) -> Iterator[Fault]:
    """What is wrong with the handler of one subscription."""
    given = argument(use.call, 1, parameter(use.name, 1)) if use.kind == "dual call" and use.name in BUSES else None
    if given is None:
        return
    if isinstance(given, ast.Constant | ast.List | ast.Dict | ast.JoinedStr):
        yield Fault("handler-no-function", given, f"{ast.unparse(given)} is given as the handler")
    for atom in atoms.of(court.program.value(use.module, given), atoms.FUNCTION):
        facts = court.program.functions.get((atom.path, atom.name))
        if facts is not None and not facts.node.decorator_list:
            yield from _function(court, use, given, facts)


def _function(court: Court, use: Use, given: ast.expr, facts: FunctionFacts) -> Iterator[Fault]:
    where = f"{facts.module.path}:{facts.node.lineno}"
    name = facts.node.name
    if not isinstance(facts.node, ast.AsyncFunctionDef):
        yield Fault("handler-not-async", given, f"the handler {name}, at {where}, is a plain function")
    bound = facts.owner is not None
    parameters = facts.node.args if bound else with_self(facts.node.args)
    wrong = misfit(ast.Call(given, [given], []), parameters)
    if wrong is not None:
        yield Fault("handler-arguments", given, f"the handler {name}, at {where}, {wrong}")
        return
    yield from _reads(court, use.module, facts, 0, set())


def _reads(court: Court, home: Module, facts: FunctionFacts, index: int, seen: set[ast.AST]) -> Iterator[Fault]:
    """What a handler of this file reads of its message, and what those do to whom it hands the message on."""
    module, node = facts.module, facts.node
    takes = [*node.args.posonlyargs, *node.args.args][1 if facts.owner is not None else 0 :]
    if module is not home or node in seen or len(takes) <= index or not court.engine.owns(module.path):
        return
    seen.add(node)
    scope, message = module.inner[node], takes[index].arg
    if len(list(module.bound(scope, message))) != 1:
        return
    for load in module.named(message):
        if not isinstance(load, ast.Name) or module.scope_of[load].find(message) is not scope:
            continue
        above = module.parent[load]
        key = _key(module, load, above)
        if isinstance(above, ast.Attribute) and above.attr not in OF_DICT:
            yield Fault("handler-reads", above, f"a message is a dict, and has no attribute {above.attr}")
        elif key is not None and key.value not in ENVELOPE:
            yield Fault("handler-reads", above, f"a message has no key {key.value!r}")
        elif key is not None and key.value == "payload":
            yield from _payload(module, node, _whole(module, above))
        elif key is not None and key.value == "message_type":
            yield from comparisons(court, module, _whole(module, above))
        elif isinstance(above, ast.Call) and load in above.args:
            yield from _handed(court, module, above)
            for callee in callees(Evaluator(court.program, module), above):
                yield from _reads(court, home, callee, above.args.index(load), seen)


def _handed(court: Court, module: Module, call: ast.Call) -> Iterator[Fault]:
    """A coroutine that a message is handed to, and that nothing awaits."""
    entered = list(callees(Evaluator(court.program, module), call))
    if isinstance(module.parent[call], ast.Expr) and any(isinstance(f.node, ast.AsyncFunctionDef) for f in entered):
        yield Fault("not-awaited", call, f"{ast.unparse(call.func)}() is a coroutine, and is not awaited")


def _key(module: Module, load: ast.Name, above: ast.AST) -> ast.Constant | None:
    """The key by which a message is read here, where that is written out."""
    key: ast.expr | None = None
    if isinstance(above, ast.Subscript) and above.value is load and not is_stored(above):
        key = above.slice
    call = module.parent.get(above)
    if isinstance(above, ast.Attribute) and above.attr == "get" and isinstance(call, ast.Call) and call.func is above:
        key = call.args[0] if call.args else None
    return key if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _whole(module: Module, above: ast.AST) -> ast.expr:
    """The whole expression that reads a key: `message[key]`, or `message.get(key)`."""
    read = above if isinstance(above, ast.Subscript) else module.parent[above]
    assert isinstance(read, ast.expr)
    return read


def _payload(module: Module, function: ast.AST, read: ast.expr) -> Iterator[Fault]:
    """A payload that is used as the mapping that it would be once decoded."""
    if _is_mapping(module, read):
        yield Fault("payload-not-decoded", read, "the payload is JSON text, and is used as a mapping")
        return
    above = module.parent[read]
    target = above.targets[0] if isinstance(above, ast.Assign) and len(above.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return
    scope = module.scope_of[target].find(target.id)
    if scope is None or scope.node is not function or len(list(module.bound(scope, target.id))) != 1:
        return
    loads = [n for n in module.named(target.id) if n is not target and isinstance(n, ast.Name)]
    loads = [load for load in loads if module.scope_of[load].find(target.id) is scope]
    if any(_is_decoded(module, load) for load in loads):
        return
    wrong = next((load for load in loads if _is_mapping(module, load)), None)
    if wrong is not None:
        yield Fault("payload-not-decoded", wrong, "the payload is JSON text, and is used as a mapping")


def _is_mapping(module: Module, node: ast.expr) -> bool:
    above = module.parent[node]
    if isinstance(above, ast.Subscript) and above.value is node:
        return isinstance(above.slice, ast.Constant) and isinstance(above.slice.value, str)
    return isinstance(above, ast.Attribute) and above.attr in OF_DICT - OF_TEXT


def _is_decoded(module: Module, node: ast.expr) -> bool:
    """Whether a text is decoded here, or asked whether it is one."""
    above = module.parent[node]
    if not isinstance(above, ast.Call):
        return False
    name = last_name(above.func)
    return name == "loads" or (name == "isinstance" and last_name(above.args[-1]) in ("str", "bytes"))
