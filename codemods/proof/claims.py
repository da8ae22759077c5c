"""The check that what changed is what was ordered, and nothing else: the result is the tree that its orders make."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from msgspec import Struct

from codemods.model import Fault
from codemods.orders import Name, Order
from codemods.proof.expected import expected_tree
from codemods.reading.scopes import Module
from codemods.reading.source import Source, first_line

NO_MEANING = {"ctx", "type_comment", "type_ignores"}
SHOWN = 60  # characters of a piece of code
AHEAD = 20  # of these, before what differs


class _Pair(Struct, frozen=True, eq=False):
    """Two parts of the trees at the same place, and the statements and the nodes that they are in."""

    wanted: Any
    there: Any
    statements: tuple[ast.stmt | None, ast.stmt | None] = (None, None)
    nodes: tuple[ast.AST | None, ast.AST | None] = (None, None)


def prove_claims(module: Module, after: Source, orders: Sequence[Order], names: Callable[[Name], str]) -> Fault | None:
    """The first place where a file's result is another tree than its orders make of the file; None where it is none."""
    wanted = expected_tree(module, orders, names)
    found = _difference(_Pair(wanted, after.tree), module.source, after)
    return _fault(found, module.source, after) if found is not None else None


def _difference(whole: _Pair, before: Source, after: Source) -> _Pair | None:
    pending = [whole]
    while pending:
        pair = pending.pop()
        wanted, there = pair.wanted, pair.there
        if isinstance(wanted, list) and isinstance(there, list):
            if len(wanted) != len(there):
                return _first_of(pair, before, after)
            pending += [_inner(pair, *both) for both in zip(reversed(wanted), reversed(there), strict=True)]
        elif isinstance(wanted, ast.AST) and type(wanted) is type(there):
            if not _is_same_text(wanted, there, before, after):
                fields = [name for name in wanted._fields if name not in NO_MEANING]
                pending += [_inner(pair, *_of(wanted, there, name)) for name in reversed(fields)]
        elif repr(wanted) != repr(there):
            return pair
    return None


def _inner(pair: _Pair, wanted: Any, there: Any) -> _Pair:
    nodes = (wanted, there) if isinstance(wanted, ast.expr) and isinstance(there, ast.expr) else pair.nodes
    if isinstance(wanted, ast.stmt) or isinstance(there, ast.stmt):
        return _Pair(wanted, there, (wanted, there), (wanted, there))
    return _Pair(wanted, there, pair.statements, nodes)


def _of(wanted: ast.AST, there: ast.AST, name: str) -> tuple[Any, Any]:
    """A field of both; `a and (b and c)` has the parts of `a and b and c`, which it is."""
    both = getattr(wanted, name, None), getattr(there, name, None)
    if isinstance(wanted, ast.BoolOp) and isinstance(there, ast.BoolOp) and name == "values":
        return _parts(wanted), _parts(there)
    return both


def _parts(node: ast.BoolOp) -> list[ast.expr]:
    found: list[ast.expr] = []
    for value in node.values:
        found += _parts(value) if isinstance(value, ast.BoolOp) and type(value.op) is type(node.op) else [value]
    return found


def _is_same_text(wanted: ast.AST, there: ast.AST, before: Source, after: Source) -> bool:
    """Whether a statement that nothing touches stands in the same lines: the same text is the same tree."""
    if not isinstance(wanted, ast.stmt) or not isinstance(there, ast.stmt):
        return False
    if hasattr(wanted, "origin") or not hasattr(wanted, "lineno") or wanted.col_offset != there.col_offset:
        return False
    return wanted.end_col_offset == there.end_col_offset and _lines(wanted, before) == _lines(there, after)


def _lines(node: ast.stmt, source: Source) -> Sequence[str]:
    return source.lines[first_line(node) - 1 : node.end_lineno]


def _first_of(pair: _Pair, before: Source, after: Source) -> _Pair:
    """The first parts of two lists that differ; of the longer one, the first that the other has no part for."""
    for wanted, there in zip(pair.wanted, pair.there, strict=False):
        found = _difference(_inner(pair, wanted, there), before, after)
        if found is not None:
            return _inner(pair, wanted, there) if isinstance(wanted, ast.stmt) else found
    at = min(len(pair.wanted), len(pair.there))
    wanted, there = ((each[at] if at < len(each) else None) for each in (pair.wanted, pair.there))
    is_statement = isinstance(wanted, ast.stmt) or isinstance(there, ast.stmt)
    return _inner(pair, wanted, there) if is_statement else pair


def _fault(found: _Pair, before: Source, after: Source) -> Fault:
    old, new = found.statements
    wanted, there = _told(*map(_code, found.nodes))
    if there is None:
        said = f"`{wanted}` was to be here, and is not"
    elif wanted is None:
        said = f"`{there}` is here, and nothing was to be"
    else:
        said = f"`{wanted}` was to be here, and `{there}` is"
    line = int(getattr(found.nodes[1], "lineno", getattr(new, "lineno", 1)))
    return Fault("claims", after.path, line, said, _text(getattr(old, "origin", old), before), _text(new, after))


def _text(node: ast.stmt | None, source: Source) -> str:
    """The lines of a statement; those of the header alone, where it holds others."""
    if node is None or not hasattr(node, "lineno"):
        return ""
    body = getattr(node, "body", None)
    last = first_line(body[0]) - 1 if isinstance(body, list) and body[0].lineno > node.lineno else node.end_lineno
    return "".join(source.lines[first_line(node) - 1 : last])


def _code(node: ast.AST | None) -> str | None:
    return None if node is None else " ".join(ast.unparse(node).split())


def _told(wanted: str | None, there: str | None) -> tuple[str | None, str | None]:
    """Both pieces of code, short enough for a sentence, from a little before the place where they differ."""
    both = zip(wanted or "", there or "", strict=False)
    same = sum(1 for _ in takewhile(lambda each: each[0] == each[1], both))
    start = max(0, same - AHEAD) if max(len(wanted or ""), len(there or "")) > SHOWN else 0
    return _short(wanted, start), _short(there, start)


def _short(code: str | None, start: int) -> str | None:
    if code is None:
        return None
    return f"{'... ' if start else ''}{code[start : start + SHOWN]}{' ...' if len(code) > start + SHOWN else ''}"
