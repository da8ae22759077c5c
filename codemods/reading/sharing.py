"""Whether two subscriptions of one client share a group, and so their messages, as the target's source says it.

Redis gives each message of a stream to one consumer of a group. A target that names its group after the engine alone
has all subscriptions of an engine in one group; those that read one stream then split its messages between them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading.walking import walk

ON_A_BUS, OF_A_TYPE = "on one bus", "of one type"
FIXED = {"self", "config", "engine_type", "engine_instance_id", "instance_id", "value", "name", "lower"}
"""What is the same for every subscription of a client."""
TEXTS = (ast.JoinedStr, ast.Attribute, ast.Constant, ast.BinOp)
"""What a text may be put together as."""


def shared_by(tree: ast.Module) -> str:
    """Which subscriptions of a client split their messages: all on one bus, those of one type, or, empty, none seen."""
    groups = list(_named(tree, "group"))
    if not groups or not all(_words(value) <= FIXED for value in groups):
        return ""
    streams = [_words(value) for value in _named(tree, "stream")]
    return OF_A_TYPE if not streams or any("message_type" in words for words in streams) else ON_A_BUS


def _named(tree: ast.Module, word: str) -> Iterator[ast.expr]:
    """The texts that are put together for what is called so: in variables, in fields, by functions."""
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef) and word in node.name.lower():
            yield from (n.value for n in walk(node) if isinstance(n, ast.Return) and n.value is not None)
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not isinstance(node.value, TEXTS):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [getattr(target, "id", getattr(target, "attr", "")).lower() for target in targets]
        if any(name.endswith((word, f"{word}_name")) for name in names):
            yield node.value


def _words(value: ast.expr) -> set[str]:
    """Every name that goes into a text; an index is one that is not known."""
    found: set[str] = set()
    for node in walk(value):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Subscript | ast.BinOp):
            found.add("[]")
    return found
