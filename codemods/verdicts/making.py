"""What becomes of the statement that makes a raw client: the bus takes its place, or is made beside it."""

from __future__ import annotations

import ast

from codemods.orders import Order
from codemods.reading import legacy
from codemods.reading.callers import CONSTRUCTOR
from codemods.reading.contract import FACTORY, UNCONNECTED
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Cell
from codemods.reading.options import spread
from codemods.reading.use import Use
from codemods.reading.walking import names_in
from codemods.verdicts.away import made_again_in_vain
from codemods.verdicts.cases import BY_TEXT, Case, Court, ask, is_alone, is_named_by_text, refuse, rewrite
from codemods.verdicts.declaring import declarations
from codemods.verdicts.servers import arguments, constant, is_pure, question_of_server

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def judge_construct(court: Court, use: Use, split: bool) -> Case:
    """The verdict on a raw client's construction; a split client keeps its keys, and gets a bus beside it."""
    if use.holders[0].name == legacy.OLD:
        return refuse(use, "aioredis is not maintained, and its replies differ: move to redis.asyncio first")
    if is_named_by_text(use):
        return refuse(use, BY_TEXT)
    if use.name.endswith("from_pool"):
        return refuse(use, "the client is made of a pool, so its server cannot be told")
    call = spread(court.program, use.module, use.call)
    given = arguments(call, legacy.CONFIG_URLS if use.name.endswith("from_url") else legacy.SERVER_PARAMETERS)
    if given is None:
        return refuse(use, "the client's arguments are unpacked, so its server cannot be told")
    elsewhere = next((name for name in legacy.ELSEWHERE if name in given), None)
    if elsewhere is not None:
        return refuse(use, f"the client is made with `{elsewhere}`, so its server cannot be told")
    impure = next((name for name, value in given.items() if not is_pure(value, lookups=True)), None)
    if impure is not None:
        return refuse(use, f"the client's `{impure}` is computed by a call that would be lost with it")
    named = {"url" if use.name.endswith("from_url") and name == "redis_url" else name: v for name, v in given.items()}
    question = question_of_server(court, use.module, named, {})
    if question is not None:
        return ask(use, question)
    vain = made_again_in_vain(court, use)
    if vain is not None:
        return refuse(use, vain)
    growth = court.closures.orders(use)
    if isinstance(growth, str):
        case = _unconnected(court, use, split, growth)
    else:
        case = _beside(court, use) if split else _instead(court, use)
        case.orders += growth if case.moves else ()
    if split and not any(isinstance(above, LOOPS) for above in use.around):
        case.facts = {"decodes": decodes(court, use), **case.facts, "may_be_got": True}
    return case


def _unconnected(court: Court, use: Use, split: bool, why: str) -> Case:
    """A client that is made where nothing can be awaited is connected where that certainly comes before its uses."""
    refused = f"the client is made at {where(use)}, where nothing can be awaited"
    if UNCONNECTED not in court.contract.functions or "initialize" not in court.contract.methods:
        return refuse(use, refused)
    if any(isinstance(above, LOOPS) for above in use.around):
        return refuse(use, refused)
    case = _beside(court, use, UNCONNECTED) if split else _instead(court, use, UNCONNECTED)
    bus = case.facts.get("bus")
    from codemods.verdicts.beginning import beginning_of  # most clients are made where they can be connected

    found = beginning_of(court, use, str(bus) if bus else None)
    if isinstance(found, str):
        is_plain = isinstance(use.function, ast.FunctionDef) and use.function.name != CONSTRUCTOR
        return refuse(use, refused + (why if is_plain else f", and where to connect it cannot be told: {found}"))
    if case.moves:
        case.reason += f"; {found.where} connects it"
        case.orders += found.orders
        case.warnings += found.warnings
        case.facts = {**case.facts, "unconnected": True, "owner": found.function}
    return case


def where(use: Use) -> str:
    """The function that a use stands in, as reasons name it."""
    if any(isinstance(above, ast.GeneratorExp) for above in use.around):
        return "a generator expression"
    scope = use.module.scope_of[use.node]
    if isinstance(use.function, ast.Lambda):
        return "a lambda"
    name = getattr(use.function, "name", None)
    return f"`{name}`" if name else "a class body" if scope.kind == "class" else "module level"


def _instead(court: Court, use: Use, factory: str = FACTORY) -> Case:
    is_awaited = factory == FACTORY and not use.is_awaited
    data = {"factory": factory, "engine_type": court.engine.engine_type, "await": is_awaited}
    needs = ((court.target, factory), (court.target, "EngineType"))
    order = Order("connections", use.module, use.call, data, needs, consumes=(use.call,))
    lost = [ast.unparse(argument) for argument in (*use.call.args, *use.call.keywords)]
    what = "the shared client" if factory == FACTORY else "a client of its own"
    return rewrite(use, "connections", f"{factory} gives {what}", order, decodes=decodes(court, use), lost=lost)


def decodes(court: Court, use: Use) -> bool:
    """Whether the replies of the client that is made here are text."""
    given = spread(court.program, use.module, use.call).keywords
    keyword = next((k.value for k in given if k.arg == "decode_responses"), None)
    return constant(keyword, False) is True


def _beside(court: Court, use: Use, factory: str = FACTORY) -> Case:
    """The client stays for its keys; the bus is made after it, in a statement of its own."""
    statement = use.module.statement(use.node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    while isinstance(value, ast.Await):
        value = value.value
    if len(targets) != 1 or value is not use.node or not is_alone(use.module, statement):
        return refuse(use, "the client serves keys and streams, and is not made in a statement of its own")
    cells = set(Evaluator(court.program, use.module).target_cells(targets[0]))
    if len(cells) != 1 or _is_global(next(iter(cells))):
        return refuse(use, "the client serves keys and streams, and is held by more than a local name or an attribute")
    slotted = _slots(court, next(iter(cells)))
    if slotted is not None:
        return refuse(use, f"the client serves keys and streams, and {slotted} has no room for a second one")
    held = use.module.source.segment(targets[0])
    data = {"after": held, "bus": free_name(court), "factory": factory, "await": factory == FACTORY}
    data["engine_type"] = court.engine.engine_type
    needs = ((court.target, factory), (court.target, "EngineType"))
    order = Order("connections", use.module, statement, data, needs)
    reason = "the client stays for its keys; its streams go through the bus made beside it"
    declared = declarations(court, use, targets[0], str(data["bus"]))
    return rewrite(
        use, "connections", reason, order, *declared, decodes=decodes(court, use), bus=data["bus"], cell=cells
    )


def _slots(court: Court, cell: Cell) -> str | None:
    """The class of an attribute's family that has `__slots__`."""
    if cell[0] != "attribute":
        return None
    for key in court.program.relatives((cell[1], cell[2])):
        node = court.program.classes[key][1]
        names = {t.id for s in node.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
        if "__slots__" in names or any("slots=True" in ast.unparse(d) for d in node.decorator_list):
            return node.name
    return None


def _is_global(cell: Cell) -> bool:
    return cell[0] == "name" and not cell[2]


def free_name(court: Court) -> str:
    """A name for the bus that nothing in the engine has."""
    taken: set[str] = set()
    for module in court.program.modules.values():
        taken |= names_in(module.source.tree)
        taken |= {node.attr for node in ast.walk(module.source.tree) if isinstance(node, ast.Attribute)}
    return next(name for name in ("bus", "dual_bus", "message_bus", "dual_message_bus", "_bus") if name not in taken)
