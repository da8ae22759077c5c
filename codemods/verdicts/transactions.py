"""What a transaction's function does with the pipeline that the client hands it: `client.transaction(both, "key")`."""

from __future__ import annotations

import ast

from msgspec import Struct

from codemods.reading import atoms
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court

NAME = "transaction"


class Transaction(Struct, frozen=True):
    """The uses of the pipeline in the function of one transaction."""

    uses: tuple[Use, ...] = ()
    is_known: bool = True  # whether these are all


def is_transaction(use: Use) -> bool:
    """Whether a use runs a function on a pipeline of the client."""
    return use.kind == "call" and use.name == NAME


def read_transaction(court: Court, use: Use) -> Transaction:
    """What the function of a transaction does, as far as it can be told."""
    found = _function(court, use)
    if found is None:
        return Transaction(is_known=False)
    module, function, pipeline = found
    uses, is_known = [], True
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id != pipeline or module.scope_of[node].find(pipeline) is None:
            continue
        if module.scope_of[node].find(pipeline) is not module.inner[function]:
            continue  # another variable of this name
        above = module.parent[node]
        call = module.parent[above]
        if isinstance(above, ast.Attribute) and isinstance(call, ast.Call) and call.func is above:
            uses.append(Use(module, call, "pipeline call", use.holders, name=above.attr, receiver=node))
        else:
            is_known = False
    return Transaction(tuple(uses), is_known)


def _function(court: Court, use: Use) -> tuple[Module, Function | ast.Lambda, str] | None:
    """The function with its module, and how it calls the pipeline."""
    given = use.call.args[0] if use.call.args else next((k.value for k in use.call.keywords if k.arg == "func"), None)
    if isinstance(given, ast.Lambda):
        names = [parameter.arg for parameter in (*given.args.posonlyargs, *given.args.args)]
        return (use.module, given, names[0]) if names else None
    atom = atoms.only(court.program.value(use.module, given), atoms.FUNCTION) if given is not None else None
    if atom is None:
        return None
    facts = court.program.functions[atom.path, atom.name]
    return (facts.module, facts.node, facts.parameters[0].arg) if facts.parameters else None
