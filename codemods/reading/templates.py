"""Texts that are filled by `%` and by `format`: a `*` stands for each part that is decided at run time."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, EMPTY, Atom, Value

if TYPE_CHECKING:
    from codemods.reading.evaluation import Evaluator

_PERCENT = re.compile(r"%(?:\(\w*\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%])")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")


def filled(evaluator: Evaluator, node: ast.BinOp) -> Value:
    """What `"ticks:%s" % symbol` may be."""
    return _of(evaluator, node.left, _with_percent)


def formatted(evaluator: Evaluator, node: ast.Call) -> Value:
    """What `"ticks:{}".format(symbol)` may be; nothing for a call of anything else."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "format":
        return EMPTY
    found = _of(evaluator, node.func.value, _with_braces)
    return EMPTY if found == ANYTHING else found


def _of(evaluator: Evaluator, template: ast.expr, fill: Callable[[str], str | None]) -> Value:
    texts = [fill(text) for text in atoms.texts(evaluator.value(template)) or ()]
    known = [Atom(atoms.TEXT, text) for text in texts if text is not None]
    return frozenset(known) if len(known) == len(texts) > 0 else ANYTHING


def _with_percent(template: str) -> str | None:
    """None where a `%` is left over that begins nothing."""
    if "%" in _PERCENT.sub("", template):
        return None
    return _PERCENT.sub(lambda found: "%" if found[1] == "%" else "*", template)


def _with_braces(template: str) -> str | None:
    """None where a field has fields of its own."""
    rest = _BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        return None
    return _BRACES.sub(lambda found: found[0][0] if found[0] in ("{{", "}}") else "*", template)
