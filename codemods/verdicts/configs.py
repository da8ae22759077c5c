"""What becomes of a config: it goes with its client, with other names for it and what was set on it afterwards."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.options import spread
from codemods.reading.scopes import Module, last_name
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, ask, is_alone, place, refuse, rewrite
from codemods.verdicts.servers import arguments, is_pure, question_of_server

NOTHING_TO_CONFIGURE = "nothing configures the shared client of the target"
APART = "the config is used apart from making its client here"
Assigned = ast.Assign | ast.AnnAssign


def judge_config(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """A config goes with its last use; every keyword that has no counterpart is told."""
    given = _given(court, use, facts)
    if given is None:
        return refuse(use, "the config's arguments cannot be told apart")
    impure = next((name for name, value in given.items() if not is_pure(value, lookups=True)), None)
    if impure is not None:
        return refuse(use, f"the config's `{impure}` is computed by a call that would be lost with it")
    later = dict(_set_later(court, use))
    for known in (given, given | later):
        question = question_of_server(court, use.module, known, facts.defaults)
        if question is not None:
            return ask(use, question)
    lost = [f"{name}={ast.unparse(value)}" for name, value in given.items()]
    above = use.module.parent[use.node]
    unpacked = tuple(_emptied(court, use))
    call = use.module.parent[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call):
        if not any(u.kind == "construct" and u.node is call for u in court.uses):
            return refuse(
                use, f"the config is handed to {last_name(call.func) or 'something'}, which takes it as a parameter"
            )
        return rewrite(use, "connections", "goes with the client that it configures", *unpacked, lost=lost)
    if not isinstance(above, Assigned) or not is_alone(use.module, above):
        return refuse(use, "the config is not made in a statement of its own")
    if isinstance(above, ast.Assign) and len(above.targets) != 1:
        return refuse(use, "the config is given several names at once")
    reached = _reached(court, above, facts)
    if reached is not None:
        return refuse(use, reached)
    order = Order("connections", use.module, above, {"remove": True}, consumes=(above,))
    return rewrite(use, "connections", NOTHING_TO_CONFIGURE, order, *unpacked, lost=lost)


def judge_config_escape(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a config that is not given to its client: another name for it goes, and what is set on it."""
    statement = _setting(use) or _naming(court, use)
    reached = _reached(court, statement, facts) if statement is not None else APART
    if statement is None or reached is not None:
        return refuse(use, reached or APART)
    lost = [ast.unparse(statement)] if _setting(use) is not None else []
    order = Order("connections", use.module, statement, {"remove": True}, consumes=(statement,))
    return rewrite(use, "connections", NOTHING_TO_CONFIGURE, order, lost=lost)


def goes_with_its_config(court: Court, use: Use) -> bool:
    """Whether an annotation belongs to a statement that makes a config, and goes with it."""
    statement = use.module.statement(use.node)
    made = statement.value if isinstance(statement, ast.AnnAssign) else None
    return made is not None and any(u.kind == "config" and u.node is made for u in court.uses)


def _given(court: Court, use: Use, facts: WrapperFacts) -> dict[str, ast.expr] | None:
    """The config's arguments by name, those of a mapping that is known among them."""
    positional = _positional(court, use, facts) if use.call.args else ()
    return arguments(spread(court.program, use.module, use.call), positional)


def _positional(court: Court, use: Use, facts: WrapperFacts) -> tuple[str, ...]:
    """What a config takes by position, in its order; nothing where its source does not say that."""
    symbols = atoms.of(court.program.value(use.module, use.call.func), atoms.SYMBOL)
    made = [facts.made_with.get(symbol.name.rsplit(".", 1)[-1]) for symbol in symbols]
    takes = made[0] if len(made) == 1 else None
    return tuple(each.arg for each in (*takes.posonlyargs, *takes.args)[1:]) if takes is not None else ()


def _set_later(court: Court, use: Use) -> Iterator[tuple[str, ast.expr]]:
    """What is set on this config after it was made."""
    for other in court.uses:
        statement = _setting(other) if other.kind == "config escape" else None
        if statement is not None and set(other.holders) & set(use.holders):
            (target,) = statement.targets
            assert isinstance(target, ast.Attribute)
            yield target.attr, statement.value


def _setting(use: Use) -> ast.Assign | None:
    """The statement that does nothing but set an attribute of the config, to a value that nobody misses."""
    receiver = use.receiver
    target = use.module.parent[receiver] if receiver is not None else None
    if not isinstance(target, ast.Attribute) or not isinstance(target.ctx, ast.Store):
        return None
    statement = use.module.parent[target]
    if not isinstance(statement, ast.Assign) or statement.targets != [target] or not is_pure(statement.value):
        return None
    return statement if is_alone(use.module, statement) else None


def _naming(court: Court, use: Use) -> Assigned | None:
    """The statement that does nothing but give the config another name, of which each use has its own verdict."""
    receiver = use.receiver
    statement = use.module.parent[receiver] if receiver is not None else None
    if not isinstance(statement, Assigned) or statement.value is not receiver or not is_alone(use.module, statement):
        return None
    several = isinstance(statement, ast.Assign) and len(statement.targets) != 1
    if several or not isinstance(receiver, ast.Name | ast.Attribute) or _is_parameter(use.module, receiver):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    held = court.program.value(use.module, receiver)
    return statement if isinstance(target, ast.Name | ast.Attribute) and _is_config_alone(held) else None


def _reached(court: Court, statement: Assigned, facts: WrapperFacts) -> str | None:
    """Where a config may be read off an object that cannot be followed, by the attribute that holds it."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    for module in court.program.where.holding(last_name(target)) if isinstance(target, ast.Attribute) else ():
        module.read_member(last_name(target))
        for node in list(module.attributes.get(last_name(target), ())):
            above = module.parent[node]
            is_field = isinstance(above, ast.Attribute) and above.attr in facts.defaults
            if is_field and not court.program.value(module, node.value) - atoms.ANYTHING:
                where = place(module, node)
                return f"the config may be the `{node.attr}` of an object that cannot be followed, at {where}"
    return None


def _is_parameter(module: Module, node: ast.expr) -> bool:
    """Whether a name is filled by callers."""
    found = module.scope_of[node].find(node.id) if isinstance(node, ast.Name) else None
    return found is not None and any(isinstance(b, ast.arg) for b in module.bound(found, last_name(node)))


def _emptied(court: Court, use: Use) -> Iterator[Order]:
    """The orders that take away a mapping which only this config unpacked."""
    for keyword in use.call.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Name):
            module, name = use.module, keyword.value.id
            loads = [n for n in module.named(name) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
            bound = list(module.bound(module.root, name))
            statement = module.statement(bound[0]) if len(bound) == 1 else None
            alone = statement is not None and loads == [keyword.value] and is_alone(module, statement)
            if statement is not None and alone and _is_pure_value(statement):
                yield Order("connections", module, statement, {"remove": True}, consumes=(statement,))


def _is_pure_value(statement: ast.stmt) -> bool:
    """Whether an assignment has no effect but its name."""
    return isinstance(statement, Assigned) and statement.value is not None and is_pure(statement.value)


def _is_config_alone(held: atoms.Value) -> bool:
    return bool(held) and all(atom.kind == atoms.CONFIG for atom in held)
