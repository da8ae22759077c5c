"""Functions that are reached by their name as a text, or that something else may take the place of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Cell, FunctionFacts
from codemods.reading.origins import origins
from codemods.reading.scopes import Module, last_name
from codemods.settings import Started
from codemods.verdicts.wording import place_of, shown

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

NAMING = {"getattr", "hasattr", "methodcaller", "attrgetter", "setattr", "object"}
"""Calls that are given the name of an attribute; `object` is that of `patch.object`."""
ASKING = "getattr"
KEPT = ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return
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
