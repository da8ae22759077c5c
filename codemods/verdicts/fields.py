"""What a field of a settings object holds: its default, and whatever anybody makes such an object with."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.arguments import matched
from codemods.reading.atoms import ANYTHING, NOTHING
from codemods.reading.callers import class_mentions
from codemods.reading.flow import Place
from codemods.reading.generated import default_of
from codemods.reading.scopes import Function, Module, is_stored, last_name

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

PROPERTIES = {"property", "cached_property", "computed_field"}
FIELDS = {"Field", "PrivateAttr"}


def values_of_field(court: Court, module: Module, node: ast.Attribute) -> list[Place]:
    """The expressions that a field of a dataclass or a model, or a property, may take its value from; none if unknown.

    Where a model reads the environment, the default counts, as that of `os.getenv` does.
    """
    held = court.program.value(module, node.value) - ANYTHING - {NOTHING}
    owner = next(iter(held)) if len(held) == 1 else None
    if owner is None or owner.kind not in (atoms.INSTANCE, atoms.CLASS):
        return []
    key = (owner.path, owner.name)
    method = court.program.method(key, node.attr)
    if method is not None:
        return _of_property(method.module, method.node)
    if node.attr not in court.program.fields(key)[1] or _is_stored(court, key, node.attr):
        return []
    return _of_field(court, key, node.attr)


def _of_property(module: Module, function: Function) -> list[Place]:
    """What a property returns that does nothing else."""
    made = {last_name(getattr(each, "func", each)) for each in function.decorator_list}
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    only = body[0] if len(body) == 1 and made and made <= PROPERTIES else None
    return [(module, only.value)] if isinstance(only, ast.Return) and only.value is not None else []


def _is_stored(court: Court, key: tuple[str, str], name: str) -> bool:
    """Whether such an object, or one that is not known, is given another value later."""
    family = court.program.family(key)
    for module in court.program.modules.values():
        module.read_stored(name)
        for node in (each for each in list(module.attributes.get(name, ())) if is_stored(each)):
            owners = court.program.value(module, node.value)
            if owners & ANYTHING or any(court.program.family((a.path, a.name)) == family for a in owners):
                return True
    return False


def _of_field(court: Court, key: tuple[str, str], name: str) -> list[Place]:
    """The field's default, unless every object is made with another value, and those values."""
    default = _default(court, key, name)
    by_place, by_name = court.program.fields(key)
    found: list[Place] = []
    is_left_out = False
    for module, mention in class_mentions(court.program, key):
        above = module.parent[mention]
        method = above.attr if isinstance(above, ast.Attribute) and isinstance(module.parent[above], ast.Call) else None
        if method is not None and court.program.method(key, method) is None:
            return []  # `Settings.model_validate(...)`
        if not isinstance(above, ast.Call) or above.func is not mention:
            continue
        given = [value for parameter, value in matched(by_place, by_name, above) if parameter == name]
        is_left_out = is_left_out or not given
        if None in given:
            return []
        found += [(module, value) for value in given if value is not None]
    if found and not is_left_out:
        return found
    return [*found, default] if default is not None else []


def _default(court: Court, key: tuple[str, str], name: str) -> Place | None:
    """The default of a field, as the first class that has one says it."""
    for known in court.program.ancestry(key):
        module, node = court.program.classes[known]
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == name:
                value = _written(item.value)
                return (module, value) if value is not None else None
    return None


def _written(value: ast.expr | None) -> ast.expr | None:
    if isinstance(value, ast.Call) and last_name(value.func) in FIELDS:
        first = value.args[0] if value.args else next((k.value for k in value.keywords if k.arg == "default"), None)
        return None if isinstance(first, ast.Constant) and first.value is ... else first
    default, is_made = default_of(value)
    return None if is_made else default
