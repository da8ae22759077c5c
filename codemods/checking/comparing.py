"""What a handler compares the type of its message with: a text that no type has is never met."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.places import Fault, elements, member, resolved
from codemods.reading.scopes import Module
from codemods.verdicts.cases import Court

EQUAL = (ast.Eq, ast.NotEq)
AMONG = (ast.In, ast.NotIn)


def comparisons(court: Court, module: Module, read: ast.expr) -> Iterator[Fault]:
    """The comparisons of `message["message_type"]`, or of the name that it is given, that no message ever meets."""
    for node in (read, *_named(module, read)):
        above = module.parent[node]
        if not isinstance(above, ast.Compare) or len(above.ops) != 1:
            continue
        (right,) = above.comparators
        other = resolved(module, right if node is above.left else above.left)
        if isinstance(above.ops[0], EQUAL):
            wrong = [_wrong(court, module, other)]
        elif isinstance(above.ops[0], AMONG) and node is above.left:
            wrong = [_wrong(court, module, each) for each in elements(other) or ()]
        else:
            continue
        if wrong and all(wrong):
            yield Fault("no-such-type", above, wrong[0])


def _named(module: Module, read: ast.expr) -> Iterator[ast.expr]:
    """Where the type is read by the one name that it is bound to."""
    above = module.parent[read]
    target = above.targets[0] if isinstance(above, ast.Assign) and len(above.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return
    scope = module.scope_of[target].find(target.id)
    if scope is None or len(list(module.bound(scope, target.id))) != 1:
        return
    for node in module.named(target.id):
        if isinstance(node, ast.Name) and node is not target and module.scope_of[node].find(target.id) is scope:
            yield node


def _wrong(court: Court, module: Module, node: ast.expr) -> str:
    """Why this is the type of no message; empty where it may be one."""
    texts = court.contract.texts
    if not texts:
        return ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in texts.values():
        near = next((text for text in texts.values() if text.lower() == node.value.lower()), None)
        return f"no message has the type {node.value!r}{f'; {near!r} is meant' if near else ''}"
    name = member(court, module, node, "MessageType")
    if name in texts and not court.contract.types_are_texts:
        return f"a message has its type as a text, {texts[name]!r}, which MessageType.{name} never equals"
    return ""
