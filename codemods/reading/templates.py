"""Texts that are filled by `%` and by `format`: a `*` stands for each part that is decided at run time."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, EMPTY, Atom, Value
from codemods.reading.scopes import last_name

if TYPE_CHECKING:
    from codemods.reading.evaluation import Evaluator

_PERCENT = re.compile(r"%(?:\(\w*\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%])")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
MOST_CHOICES = 16
"""How many texts one expression may be, before its parts are no longer told apart."""
Piece = str | ast.expr | None  # a text as it stands, what fills in one, or what cannot be told


def filled(evaluator: Evaluator, node: ast.BinOp) -> Value:
    """What `"ticks:%s" % symbol` may be."""
    return _of(evaluator, node.left, lambda template: _with_percent(template, node.right))


def formatted(evaluator: Evaluator, node: ast.Call) -> Value:
    """What `"ticks:{}".format(symbol)` may be; nothing for a call of anything else."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "format":
        return EMPTY
    found = _of(evaluator, node.func.value, lambda template: _with_braces(template, node))
    return EMPTY if found == ANYTHING else found


def joined(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """Each text with each, none left out: where they are too many, a part becomes `*`."""
    if len(left) * len(right) > MOST_CHOICES:
        right = ("*",)
    if len(left) > MOST_CHOICES:
        left = ("*",)
    return tuple(dict.fromkeys(a + b for a in left for b in right))


def shown(evaluator: Evaluator, node: ast.expr) -> tuple[str, ...] | None:
    """What an expression may be in a text that it is put into; None where that is not known.

    A member of an enum shows as its name or as its value: https://docs.python.org/3/library/enum.html, "changed in
    version 3.11" and "3.12" of `Enum.__format__`.
    """
    owners = atoms.of(evaluator.value(node.value), atoms.CLASS) if isinstance(node, ast.Attribute) else []
    return None if any(_is_enum(evaluator, each) for each in owners) else atoms.texts(evaluator.value(node))


def _is_enum(evaluator: Evaluator, atom: Atom) -> bool:
    """Whether a class is an enum whose members are not mere texts."""
    _, node = evaluator.program.classes[atom.path, atom.name]
    names = {last_name(base) for base in node.bases}
    return any(name.endswith("Enum") for name in names) and "StrEnum" not in names


def _of(evaluator: Evaluator, template: ast.expr, fill: Callable[[str], list[Piece] | None]) -> Value:
    found: set[str] = set()
    for text in atoms.texts(evaluator.value(template)) or ():
        pieces = fill(text)
        if pieces is None:
            return ANYTHING
        values = {piece: evaluator.value(piece) for piece in pieces if isinstance(piece, ast.expr)}
        if evaluator.program.rough and EMPTY in values.values():
            return evaluator.unfilled
        parts: tuple[str, ...] = ("",)
        for piece in pieces:
            known = shown(evaluator, piece) if isinstance(piece, ast.expr) else None
            parts = joined(parts, (piece,) if isinstance(piece, str) else known or ("*",))
        found.update(parts)
    return frozenset(Atom(atoms.TEXT, text) for text in found) or ANYTHING


def _with_percent(template: str, right: ast.expr) -> list[Piece] | None:
    """None where a `%` is left over that begins nothing."""
    if "%" in _PERCENT.sub("", template):
        return None
    given = right.elts if isinstance(right, ast.Tuple) else [right]
    fields = [field for field in _PERCENT.finditer(template) if field[1] != "%"]
    by_place = len(fields) == len(given) and not any(isinstance(each, ast.Starred) for each in given)
    plain = {field.start(): each for field, each in zip(fields, given, strict=by_place) if field[0] == "%s"}
    is_plain = by_place and all("(" not in field[0] and "*" not in field[0] for field in fields)
    return list(_pieces(_PERCENT, template, {"%%"}, lambda field: plain.get(field.start()) if is_plain else None))


def _with_braces(template: str, call: ast.Call) -> list[Piece] | None:
    """None where a field has fields of its own."""
    rest = _BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        return None
    named: dict[str, ast.expr] = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    if not any(isinstance(each, ast.Starred) for each in call.args):
        named |= {str(number): each for number, each in enumerate(call.args)}
    unnamed = [field.start() for field in _BRACES.finditer(template) if field[0] == "{}"]
    places = {start: str(number) for number, start in enumerate(unnamed)}

    def filling(field: re.Match[str]) -> ast.expr | None:
        return named.get(places.get(field.start(), field[0][1:-1]))

    return list(_pieces(_BRACES, template, {"{{", "}}"}, filling))


def _pieces(
    pattern: re.Pattern[str], template: str, escaped: set[str], fill: Callable[[re.Match[str]], ast.expr | None]
) -> Iterator[Piece]:
    """A template's texts and fields in turn; a sign that is written twice is one."""
    end = 0
    for field in pattern.finditer(template):
        yield template[end : field.start()]
        yield field[0][0] if field[0] in escaped else fill(field)
        end = field.end()
    yield template[end:]
