"""Functions that are reached by their name as a text, or that something else may take the place of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import EMPTY, Value
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Cell, FunctionFacts
from codemods.reading.origins import origins
from codemods.reading.scopes import Function, Module, last_name
from codemods.settings import Started
from codemods.verdicts.wording import place_of, shown

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

NAMING = {"getattr", "hasattr", "methodcaller", "attrgetter", "setattr", "object"}
"""Calls that are given the name of an attribute; `object` is that of `patch.object`."""
ASKING = "getattr"
MOST_NAMES = 3  # one after the other, from a topic to what it is made of
KEPT = ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return
LOOKING = {"get", "items", "keys", "values", "copy", "dict", "len", "list", "print", "repr", "sorted", "str", "dumps"}
LOOKS = ast.For | ast.comprehension | ast.Compare | ast.FormattedValue | ast.Dict | ast.Return | ast.Expr
"""What only looks at a namespace: its methods, functions that are given it, and statements."""
OWNERS = {atoms.INSTANCE, atoms.CLASS, atoms.MODULE}


def reached_by_name(court: Court, facts: FunctionFacts) -> str | None:
    """Where a text names the function, or may, and whoever reads it may call it: an entry point, or `getattr`."""
    named = (each for each in court.settings.started if starts(each, facts))
    started = next((each for each in named if not each.is_script), None)
    if started is not None:
        return f"{shown(facts)} is started by its name at {started.path}:{started.line}"
    court.program.sought.add(ASKING)
    found = next(chain(_written(court, facts), _computed(court, facts)), None)
    return f"{shown(facts)} is reached by its name at {place_of(*found)}" if found is not None else None


def starts(started: Started, facts: FunctionFacts) -> bool:
    """Whether this names the function, from whatever folder its module is imported."""
    if started.function != facts.header.name:
        return False
    one, other = f".{started.module}", f".{facts.module.name}"
    return one.endswith(other) or other.endswith(one)


def _written(court: Court, facts: FunctionFacts) -> Iterator[tuple[Module, ast.expr]]:
    """The texts that name it: `getattr(x, "tell")`, `patch.object(x, "tell")`, `tool=service:main`."""
    name = facts.header.name
    target = re.compile(rf"(^|[\s=]){re.escape(facts.module.name)}:{re.escape(name)}$")
    told = {each.path for each in court.settings.started if starts(each, facts)}
    for module in court.program.modules.values():
        if name in module.source.text and module.path not in told:
            module.read_word(name)
            for text in list(module.strings):
                written, above = str(text.value), module.parent[text]
                is_last = written.rpartition(".")[2] == name
                if target.search(written) or (is_last and isinstance(above, ast.Call) and _names(above, written)):
                    yield module, text


def _names(call: ast.Call, written: str) -> bool:
    return last_name(call.func) in (NAMING if "." not in written else {"setattr"})


def _computed(court: Court, facts: FunctionFacts) -> Iterator[tuple[Module, ast.expr]]:
    """The calls that ask an object which may have it for a name that is only known at run time."""
    for module in court.program.modules.values():
        for node in module.named(ASKING):
            call = module.parent[node]
            if isinstance(call, ast.Call) and call.func is node and _may_ask(court, facts, module, call):
                yield module, call
        for node in module.named("globals") if module is facts.module and facts.owner is None else ():
            if isinstance(node, ast.Name):
                yield module, node


def _may_ask(court: Court, facts: FunctionFacts, module: Module, call: ast.Call) -> bool:
    if len(call.args) < 2:
        return False
    names = atoms.texts(court.program.value(module, call.args[1])) or ("*",)
    above = module.parent[call]
    is_called = (isinstance(above, ast.Call) and above.func is call) or isinstance(above, KEPT)
    is_meant = is_called and any(fnmatchcase(facts.header.name, name) for name in names)
    return is_meant and _may_have(court, facts, module, call.args[0])


def _may_have(court: Court, facts: FunctionFacts, module: Module, owner: ast.expr) -> bool:
    """Whether an object may be one of those that have this function."""
    value = court.program.value(module, owner) - {atoms.NOTHING}
    if not value or any(atom.kind not in OWNERS for atom in value):
        return not origins(court.program, module, owner)
    home = (facts.module.path, facts.owner or "")
    family = court.program.family(home) if facts.owner is not None else home
    own = {(atom.path, atom.name) if atom.kind != atoms.MODULE else (atom.path, "") for atom in value}
    return any(key == family or (key[1] and court.program.family(key) == family) for key in own)


def given_another_value(court: Court, facts: FunctionFacts) -> str | None:
    """Where something else is stored in the place of the function: what is called then need not be a coroutine."""
    for module in court.program.modules.values():
        evaluator = Evaluator(court.program, module)
        for node in list(module.attributes.get(facts.header.name, ())):
            if isinstance(node.ctx, ast.Store):
                cells = list(evaluator.target_cells(node))
                if not cells or _cell(court, facts) in cells:
                    return f"{shown(facts)} is given another value at {place_of(module, node)}"
    return None


def _cell(court: Court, facts: FunctionFacts) -> Cell:
    if facts.owner is None:
        return ("name", facts.module.path, "", facts.header.name)
    return ("attribute", *court.program.family((facts.module.path, facts.owner)), facts.header.name)


def may_be_given_by_name(court: Court, module: Module, node: ast.expr, depth: int = MOST_NAMES) -> bool:
    """Whether somebody may fill what an expression reads by its name as a text: a parameter, or an attribute."""
    for inner in ast.walk(node):
        if not isinstance(inner, ast.Name | ast.Attribute) or inner not in module.parent:
            continue
        if not atoms.texts(court.program.value(module, inner)):
            continue  # nothing is believed of it
        if isinstance(inner, ast.Name) and _is_given_by_name(court, module, inner):
            return True
        values = _values_of(module, inner) if isinstance(inner, ast.Name) and depth else ()
        if any(may_be_given_by_name(court, module, value, depth - 1) for value in values):
            return True
        if isinstance(inner, ast.Attribute):
            families = _families(court, module, inner.value)
            if families and any(
                families & _families(court, home, owner)
                and any(fnmatchcase(inner.attr, name) for name in atoms.texts(names) or ("*",))
                for home, owner, names in _settings(court)
            ):
                return True
    return False


def _values_of(module: Module, node: ast.Name) -> list[ast.expr]:
    """What a name is assigned."""
    scope = module.scope_of[node].find(node.id)
    above = [module.parent[binder] for binder in module.bound(scope, node.id)] if scope is not None else []
    kept = [each.value for each in above if isinstance(each, ast.Assign | ast.AnnAssign | ast.NamedExpr)]
    return [value for value in kept if value is not None]


def _is_given_by_name(court: Court, module: Module, node: ast.Name) -> bool:
    scope = module.scope_of[node].find(node.id)
    if scope is None or not isinstance(scope.node, Function):
        return False
    facts = court.program.facts(module, scope.node)
    taken = [*facts.parameters, *facts.header.args.kwonlyargs]
    return any(each.arg == node.id for each in taken) and reached_by_name(court, facts) is not None


def _families(court: Court, module: Module, owner: ast.expr) -> set[tuple[str, str]]:
    """The families of the classes that an object is certainly of, or one of."""
    held = [a for a in court.program.value(module, owner) if a.kind in (atoms.INSTANCE, atoms.CLASS)]
    return {court.program.family((atom.path, atom.name)) for atom in held}


def _settings(court: Court) -> Iterator[tuple[Module, ast.expr, Value]]:
    """What sets attributes by their names: the object, and the names; no texts where they are not known."""
    for module in court.program.modules.values():
        for node in [*module.named("setattr"), *_members(module, "__setattr__")]:
            call = module.parent[node]
            if isinstance(call, ast.Call) and call.func is node and len(call.args) > 2:
                yield module, call.args[0], court.program.value(module, call.args[1])
        for node in _members(module, "__dict__"):
            if (names := _set_in(court, module, node)) is not None:
                yield module, node.value, names
        for named in module.named("vars"):
            call = module.parent[named]
            if isinstance(call, ast.Call) and call.args and (names := _set_in(court, module, call)) is not None:
                yield module, call.args[0], names


def _members(module: Module, name: str) -> list[ast.Attribute]:
    module.read_member(name)
    return list(module.attributes.get(name, ()))


def _set_in(court: Court, module: Module, namespace: ast.expr) -> Value | None:
    """The names that are set in the namespace of an object; None where it is only looked at."""
    above = module.parent[namespace]
    if isinstance(above, ast.Subscript) and above.value is namespace:
        return None if isinstance(above.ctx, ast.Load) else court.program.value(module, above.slice)
    name = last_name(above.func) if isinstance(above, ast.Call) else getattr(above, "attr", "")
    return None if name in LOOKING or isinstance(above, LOOKS) else EMPTY
