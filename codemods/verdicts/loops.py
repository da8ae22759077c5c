"""Canonical consumers and publishers on a raw client, which become messages where every end of their stream can.

A canonical publisher: an `xadd` of fields that are certainly text, without an id or a limit of its own. Everything
else is routed; what a canonical consumer is, `consumers.py` says.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from msgspec.structs import replace

from codemods.orders import Order
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, is_got, is_statement
from codemods.verdicts.names import stream_names
from codemods.verdicts.routes import route_of

TEXT_CALLS = {"str", "repr", "json.dumps"}
TEXT_METHODS = {
    "format",
    "join",
    "lower",
    "upper",
    "strip",
    "lstrip",
    "rstrip",
    "replace",
    "title",
    "capitalize",
    "zfill",
}


def judge_client(court: Court, uses: list[Use], cases: list[Case], modes: Mapping[str, str]) -> list[Case]:
    """The cases of one client, its canonical ends marked, and turned to messages where the mode says so."""
    if any(map(is_got, cases)):
        return cases  # its streams have no client beside them that messages could go through
    by_use = {id(case.use): case for case in cases}
    extra: list[Case] = []
    for use in uses:
        case = by_use[id(use)]
        if use.kind != "call" or not case.moves or not case.ends:
            continue
        if use.name == "xadd" and _publishes_text(use):
            _publisher(court, case, modes)
        elif use.name == "xreadgroup":
            from codemods.verdicts.consumers import judge_read

            extra += judge_read(court, use, uses, by_use, modes)
    return [*cases, *extra]


def message_type_of(court: Court, use: Use, modes: Mapping[str, str]) -> tuple[str | None, bool]:
    """The type that a stream's route names, and whether its mode is message."""
    names = stream_names(court, use) or ()
    route = route_of(court, names[0]) if len(names) == 1 else None
    message_type = route.message_type if route is not None else None
    return message_type, bool(message_type) and modes.get(names[0]) == "message"


def mark_canonical(case: Case) -> None:
    """Say of the ends of a case that they may become messages."""
    case.ends = tuple(replace(end, canonical=True, reason="") for end in case.ends)


def _publishes_text(use: Use) -> bool:
    """Whether an xadd is a statement that adds fields which are certainly text, and says nothing else."""
    arguments = use.call.args
    if use.call.keywords or len(arguments) != 2 or not isinstance(arguments[1], ast.Dict):
        return False
    if any(isinstance(above, ast.Try) for above in use.around):
        return False  # publish_message says False where xadd raises
    fields = arguments[1]
    named = all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in fields.keys)
    return named and is_statement(use.module, use.node) and all(_is_text(use, value) for value in fields.values)


def _is_text(use: Use, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.IfExp):
        return _is_text(use, node.body) and _is_text(use, node.orelse)
    if isinstance(node, ast.Call):
        dotted = ast.unparse(node.func)
        method = node.func if isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_METHODS else None
        return dotted in TEXT_CALLS or (method is not None and _is_text(use, method.value))
    return isinstance(node, ast.Name) and _is_annotated_text(use, node)


def _is_annotated_text(use: Use, node: ast.Name) -> bool:
    """Whether a name is a parameter that is annotated `str` and never bound again."""
    scope = use.module.scope_of[node].find(node.id)
    if scope is None or scope.kind != "function":
        return False
    bound = [
        other
        for other in use.module.named(node.id)
        if (isinstance(other, ast.arg) and use.module.scope_of[other] is scope)
        or (_is_store(other, node.id) and use.module.scope_of[other].find(node.id) is scope)
    ]
    only = bound[0] if len(bound) == 1 else None
    return isinstance(only, ast.arg) and isinstance(only.annotation, ast.Name) and only.annotation.id == "str"


def _is_store(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def _publisher(court: Court, case: Case, modes: Mapping[str, str]) -> None:
    message_type, becomes_message = message_type_of(court, case.use, modes)
    if message_type is None:
        return
    mark_canonical(case)
    if becomes_message:
        first = case.orders[0]
        data = {"message_type": message_type, "bus": first.data.get("bus")}
        order = Order("loops", first.module, first.node, data, ((court.target, "MessageType"),))
        rest = [other for other in case.orders[1:] if other.codemod == "asynchrony"]
        case.orders, case.codemod = (order, *rest), "loops"
        case.reason = f"every end of this stream moves: {message_type}, the fields as its payload"
