"""What a text reaches: a module that is imported by its name, an attribute by `getattr`, a setting's default."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, EMPTY, NOTHING, Atom, Value

if TYPE_CHECKING:
    from codemods.reading.evaluation import Evaluator

IMPORTERS = {"importlib.import_module"}
SETTINGS = {"os.getenv", "os.environ.get"}
IMPORTING = ("import_module", "__import__")
"""The words without which no module is imported by its name."""
SET: Value = frozenset({Atom(atoms.SETTING)})


def reached(evaluator: Evaluator, node: ast.Call) -> Value | None:
    """What a call gives that names by a text what it gives; None where it is no such call, or nobody can tell."""
    if isinstance(node.func, ast.Name) and node.func.id == "getattr":
        return _attribute(evaluator, node)
    if isinstance(node.func, ast.Name) and node.func.id == "__import__":
        return _module(evaluator, node, is_root=True)
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return None
    symbols = {atom.name for atom in atoms.of(evaluator.value(node.func), atoms.SYMBOL)}
    if symbols & IMPORTERS:
        return _module(evaluator, node, is_root=False)
    return _setting(evaluator, node) if symbols & SETTINGS else None


def default_of(value: Value) -> str | None:
    """The one text that a value is, or is unless the environment says otherwise."""
    found = atoms.of(value, atoms.TEXT)
    is_plain = all(atom.kind in (atoms.TEXT, atoms.SETTING) for atom in value)
    return found[0].name if len(found) == 1 and is_plain else None


def _attribute(evaluator: Evaluator, node: ast.Call) -> Value | None:
    """What of a module, or of what is in one, goes by this name."""
    if len(node.args) < 2:
        return None
    named = evaluator.value(node.args[1])
    owners = [a for a in evaluator.value(node.args[0]) if a.kind in (atoms.SYMBOL, atoms.MODULE)]
    names = [text.name for text in atoms.of(named, atoms.TEXT) if text.name.isidentifier()]
    found = EMPTY.union(*(evaluator.attribute_of(owner, name) for owner in owners for name in names))
    return found | _rest(named) if found else None


def _module(evaluator: Evaluator, node: ast.Call, is_root: bool) -> Value | None:
    """The modules that may be imported; `__import__` gives the outermost package."""
    named = evaluator.value(node.args[0]) if node.args else ANYTHING
    texts = [text.name for text in atoms.of(named, atoms.TEXT)]
    names = [text.partition(".")[0] if is_root else text for text in texts if not text.startswith(".")]
    found = EMPTY.union(*(evaluator.program.named(name) for name in names))
    return found | _rest(named) if found else None


def _rest(named: Value) -> Value:
    return EMPTY if all(atom.kind == atoms.TEXT for atom in named) else ANYTHING


def _setting(evaluator: Evaluator, node: ast.Call) -> Value:
    """A variable of the environment: its default, or whatever is set."""
    default = evaluator.value(node.args[1]) if len(node.args) > 1 else frozenset({NOTHING})
    return default | SET
