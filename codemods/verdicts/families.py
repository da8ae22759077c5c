"""Methods that one call may enter by way of inheritance, and bases from outside that may call one themselves."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module
from codemods.verdicts.wording import place_of, shown, symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

CLASS_DECORATORS = {"dataclasses.dataclass", "attr.s", "attr.define", "attrs.define", "functools.total_ordering"}
BASES: dict[str, set[str]] = {
    "abc.ABC": set(),
    "typing.Generic": set(),
    "typing.Protocol": set(),
    "typing.NamedTuple": set(),
    "enum.Enum": set(),
    "threading.Thread": {"run"},
    "multiprocessing.Process": {"run"},
    "pydantic.BaseModel": {"model_post_init"},
}
"""Classes from outside, with those methods of a derived class that they call themselves."""


def kin(court: Court, facts: FunctionFacts) -> list[FunctionFacts]:
    """The function itself, and every method of its name in a class that shares a base or a subclass with its own."""
    if facts.owner is None:
        return [facts]
    found = []
    for path, qualified in court.program.relatives((facts.module.path, facts.owner)):
        module, node = court.program.classes[path, qualified]
        for item in node.body:
            if isinstance(item, Function) and item.name == facts.header.name:
                found.append(court.program.facts(module, item))
    return found


def called_from_outside(court: Court, facts: FunctionFacts) -> str | None:
    """A class from outside that may call a method which a class of this family overrides."""
    if facts.owner is None:
        return None
    for key in court.program.relatives((facts.module.path, facts.owner)):
        module, node = court.program.classes[key]
        for base in node.bases:
            if _may_call(court, module, base, facts.header.name):
                text = module.source.segment(base)
                return f"`{text}`, a base at {place_of(module, node)} that is not read, may call {shown(facts)}"
        odd = [each for each in node.decorator_list if not _is_plain_class(court, module, each)]
        if odd or any(symbols_of(court, module, each.value) != {"abc.ABCMeta"} for each in node.keywords):
            return f"what the class at {place_of(module, node)} is made into is not known, and may call {shown(facts)}"
    return None


def _is_plain_class(court: Court, module: Module, decorator: ast.expr) -> bool:
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return bool(symbols_of(court, module, inner) & CLASS_DECORATORS)


def _may_call(court: Court, module: Module, base: ast.expr, name: str) -> bool:
    """Whether a base may be a class from outside that calls this method."""
    inner = base.value if isinstance(base, ast.Subscript) else base
    value = court.program.value(module, inner)
    if value and all(atom.kind == atoms.CLASS for atom in value):
        return False
    names = symbols_of(court, module, inner)
    known = {each for each in names if each in BASES}
    if known and known == names:
        return any(name in BASES[each] for each in known)
    made = [getattr(builtins, each, None) for each in names]
    return not made or any(not isinstance(each, type) or hasattr(each, name) for each in made)


def overridden_at(court: Court, facts: FunctionFacts) -> str | None:
    """Where a class of the same family has something else of the handler's name."""
    if facts.owner is None:
        return None
    family = court.program.family((facts.module.path, facts.owner))
    for key in court.program.relatives(family):
        module, node = court.program.classes[key]
        for binder in list(module.bound(module.inner[node], facts.node.name)):
            if binder is not facts.node and not _is_only_said(module, binder):
                return f"{module.path}:{getattr(binder, 'lineno', node.lineno)}"
    return None


def _is_only_said(module: Module, binder: ast.AST) -> bool:
    """Whether this is an annotation without a value, which binds nothing."""
    above = module.parent[binder]
    return isinstance(above, ast.AnnAssign) and above.value is None
