"""What becomes of each use of a wrapper: its client and lifecycle."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from codemods.model import Verdict
from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.contract import FACTORY, UNCONNECTED
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.secrets import without_secrets
from codemods.verdicts import publishing
from codemods.verdicts.annotating import judge_annotation, judge_quoted, judge_reference
from codemods.verdicts.away import tried_in_vain
from codemods.verdicts.cases import (
    BY_TEXT,
    Case,
    Court,
    is_named_by_text,
    is_statement,
    refuse,
    rewrite,
    what_else,
)
from codemods.verdicts.checking import judge_attribute, judge_connected, judge_inspected
from codemods.verdicts.configs import judge_config, judge_config_escape
from codemods.verdicts.contents import judge_contained
from codemods.verdicts.importing import judge_import, judge_passed_on
from codemods.verdicts.standing_in import judge_asked, remove_unused, settle_stand_ins

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def judge(court: Court, use: Use) -> Case:
    """The verdict on one use of a wrapper."""
    assert use.wrapper is not None
    judges: Mapping[str, Callable[[Court, Use, WrapperFacts], Case]] = {
        "import": judge_import,
        "passed on": judge_passed_on,
        "annotation": judge_annotation,
        "reference": _reference,
        "quoted": _quoted,
        "priority": _priority,
        "config": judge_config,
        "config escape": judge_config_escape,
        "construct": _construct,
        "call": _call,
        "attribute": judge_attribute,
        "contained": _contained,
        "dynamic": judge_inspected,
    }
    facts = court.wrappers[use.wrapper.module]
    mixed = what_else(court, use)
    if mixed is not None:
        return refuse(use, mixed)
    if use.kind in judges:
        return judges[use.kind](court, use, facts)
    return refuse(use, REFUSED[use.kind].format(name=use.name))


def _contained(court: Court, use: Use, facts: WrapperFacts) -> Case:
    return judge_contained(court, use)


REFUSED = {
    "injected": "a mock is given to `{name}` here, in the client's place",
    "patched": "`{name}` is patched by its name here, and that name goes",
    "escape": "the client {name} here, where it can no longer be followed",
    "subclass": "the client is of a class of its own, `{name}`",
    "with": "the client is a context manager here, which the target is not",
}
"""Kinds of use that hold their client back, whatever else is known about them."""


NEVER_STARTED = "the client is never started, so it carries nothing that could move"
LOSES = {"escape", "dynamic", "with", "contained"}
"""Kinds of use after which a client may be started where nobody sees it."""


def _reference(court: Court, use: Use, facts: WrapperFacts) -> Case:
    from codemods.verdicts.messages import judge_made

    asked = judge_asked(court, use) or judge_made(use, facts)
    return asked or judge_reference(court, use, facts, f"{use.name} is used as a value here, not called")


def _quoted(court: Court, use: Use, facts: WrapperFacts) -> Case:
    return judge_quoted(court, use)


def _priority(court: Court, use: Use, facts: WrapperFacts) -> Case:
    assert isinstance(use.node, ast.Attribute)
    member = use.name.rsplit(".", 1)[-1]
    if member not in court.contract.enums["MessagePriority"]:
        return refuse(use, f"the target's MessagePriority has no {member}")
    data = {"member": member}
    needs = ((court.target, "MessagePriority"),)
    order = Order("publishing", use.module, use.node, data, needs, consumes=(use.node,))
    return rewrite(use, "publishing", f"the target's own MessagePriority.{member}", order)


def _construct(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """Where the client is made: by the factory where awaiting is possible, else unconnected until its start."""
    if any(isinstance(above, LOOPS) for above in use.around):
        return refuse(use, "the client is made in a loop: the shared client of the target is made once")
    if is_named_by_text(use):
        return refuse(use, BY_TEXT)
    extra = [a for a in (*use.call.args, *(k.value for k in use.call.keywords)) if not _is_config(court, use, a)]
    if extra:
        shown = without_secrets(ast.unparse(extra[0]))
        return refuse(use, f"the client is made with `{shown}`, which is no config of its wrapper in engines.yaml")
    starts = _starts(court, use)
    if not starts:
        return refuse(use, NEVER_STARTED)
    if len(starts) > 1:
        return refuse(use, f"the client is started again at {starts[1].path}:{starts[1].line}")
    growth = court.closures.orders(use)
    connected = not isinstance(growth, str) and _follows(court, use, starts[0])
    if connected:
        needs = ((court.target, FACTORY), (court.target, "EngineType"))
        data = {"factory": FACTORY, "engine_type": court.engine.engine_type, "await": not use.is_awaited}
        reason = f"{FACTORY} gives the shared client, already connected"
    elif UNCONNECTED in court.contract.functions and "initialize" in court.contract.methods:
        needs = ((court.target, UNCONNECTED), (court.target, "EngineType"))
        data = {"factory": UNCONNECTED, "engine_type": court.engine.engine_type, "await": False}
        reason = f"{UNCONNECTED} gives a client that its start connects"
    else:
        return refuse(use, f"nothing can be awaited where the client is made, and the target has no {UNCONNECTED}")
    order = Order("connections", use.module, use.call, data, needs, consumes=(use.call,))
    grown = court.closures.of(use) if connected else ()
    return rewrite(use, "connections", reason, order, *grown, unconnected=not connected)


def _follows(court: Court, construct: Use, start: Use) -> bool:
    """Whether the start follows the construction in the same block, with nothing between that could tell them apart."""
    made, begun = construct.module.statement(construct.node), start.module.statement(start.node)
    above = construct.module.parent[made]
    if not is_statement(start.module, start.node):
        return False
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and made in block and begun in block:
            between = block[block.index(made) + 1 : block.index(begun)]
            return block.index(made) < block.index(begun) and all(_is_quiet(court, s) for s in between)
    return False


def _is_quiet(court: Court, statement: ast.stmt) -> bool:
    """Whether a statement neither fails nor shows if the client is started: a definition, subscription or value."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    subscriptions = {id(u.node) for u in court.uses if u.wrapper and u.wrapper.methods.get(u.name) == "subscribe"}
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call) and id(node) not in subscriptions]
    return isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and not calls


def _is_config(court: Court, use: Use, node: ast.expr) -> bool:
    return bool(atoms.of(court.program.value(use.module, node), atoms.CONFIG))


def _starts(court: Court, construct: Use) -> list[Use]:
    """The calls that start the client which is made here."""
    return [
        use
        for use in court.uses_of(construct.holders)
        if use.kind == "call"
        and use.wrapper is construct.wrapper
        and use.wrapper is not None
        and use.wrapper.methods.get(use.name) == "start"
    ]


def _call(court: Court, use: Use, facts: WrapperFacts) -> Case:
    meaning = facts.wrapper.methods.get(use.name)
    judges = {"start": _start, "stop": _stop, "publish": publishing.judge, "subscribe": _subscribe}
    if facts.is_read and use.name not in facts.methods:
        return refuse(use, f"the wrapper has no method {use.name}")
    if meaning == "connected":
        return judge_connected(court, use, use.call)
    if meaning not in judges:
        return refuse(use, f"{use.name}() has no counterpart on the target")
    return judges[meaning](court, use, facts)


def _subscribe(court: Court, use: Use, facts: WrapperFacts) -> Case:
    from codemods.verdicts import subscribing  # with all that it takes to follow handlers: many engines only publish

    return subscribing.judge(court, use, facts)


def _start(court: Court, use: Use, facts: WrapperFacts) -> Case:
    vain = tried_in_vain(court, use, facts)
    if vain is not None:
        return refuse(use, vain)
    if not is_statement(use.module, use.node) or use.call.args or use.call.keywords:
        from codemods.verdicts.starting import judge_start_within

        return judge_start_within(court, use, facts)
    if not use.is_awaited:
        if facts.signature(use.name).is_async:
            return refuse(use, "the start is never awaited", "broken: the client is never started")
        growth = court.closures.orders(use)
        if isinstance(growth, str):
            return refuse(use, f"nothing can be awaited where the client is started{growth}")
    return rewrite(use, "lifecycle", "the factory gives a client that is connected already")


def _stop(court: Court, use: Use, facts: WrapperFacts) -> Case:
    if use.call.args or use.call.keywords:
        return refuse(use, f"{use.name}() is given arguments, and close() takes none")
    asynchronous = facts.signature(use.name).is_async
    growth = () if asynchronous else court.closures.orders(use)
    if isinstance(growth, str):
        return refuse(use, f"nothing can be awaited where the client is stopped{growth}")
    if asynchronous and not use.is_awaited and isinstance(use.module.parent[use.node], ast.Expr):
        return refuse(use, "the stop is never awaited", "broken: the client is never stopped")
    data = {"method": "close", "await": not asynchronous}
    order = Order("lifecycle", use.module, use.call, data)
    return rewrite(use, "lifecycle", "close() ends the shared client", order, *growth)


def settle(court: Court, cases: list[Case]) -> None:
    """What only the whole client shows: how it starts depends on how it is made; its subscriptions belong together."""
    unconnected = any(case.facts.get("unconnected") for case in cases)
    for case in cases:
        use = case.use
        if case.moves and use.kind == "call" and use.wrapper and use.wrapper.methods.get(use.name) == "start":
            tried = case.facts.get("attempt")
            growth = court.closures.of(use) if unconnected and not use.is_awaited else ()
            rest = (tried, *growth) if isinstance(tried, Order) else growth
            case.orders = (_order_of_start(use, unconnected), *rest)
    if unconnected:
        _order_unconnected(cases)
    made = [case for case in cases if case.use.kind == "construct"]
    if not made and any(case.use.kind != "import" for case in cases):
        for case in cases:
            if case.moves:
                case.hold(Verdict.REFUSE, "where this client is made is not to be seen in this engine")
    if not made:
        for case in [case for case in cases if case.moves]:
            remove_unused(court, case)
    settle_stand_ins(court, cases)
    for case in made:
        if case.reason == NEVER_STARTED and (lost := _lost_at(cases, case)) is not None:
            case.hold(Verdict.REFUSE, f"held back: {lost.reason}", lost)
    for other in made[1:]:
        reason = f"the engine makes another client at {made[0].use.path}:{made[0].use.line}; both would become one"
        other.hold(Verdict.REFUSE, reason)
    begins = next((case for case in cases if unconnected and _meaning(case) == "start"), None)
    if any(case.facts.keys() & {"subscriptions", "message"} for case in cases):
        _settle_handlers(court, cases, begins)


def _settle_handlers(court: Court, cases: list[Case], begins: Case | None) -> None:
    """What the client subscribes, and the messages that the engine makes for its handlers."""
    from codemods.verdicts import subscribing
    from codemods.verdicts.messages import settle_messages

    judged = [case for case in cases if "subscriptions" in case.facts]
    apart = [case.use for case in cases if "subscriptions" not in case.facts and _meaning(case) == "subscribe"]
    keeping = subscribing.settle(court, judged, begins, apart)
    settle_messages(court, cases, keeping.takers(), keeping.takers(keep=False))


def _lost_at(cases: list[Case], made: Case) -> Case | None:
    """Where a client goes that nobody is seen to start: it may be started there."""
    mine = set(made.use.holders)
    lost = (c for c in cases if c.use.kind in LOSES and mine & set(c.use.holders) and not c.moves)
    return next((c for c in lost if c.held_by is None), None)


def _order_unconnected(cases: list[Case]) -> None:
    """What publishes before the start of a client that its start connects now raises."""
    for case in cases:
        if case.moves and _meaning(case) == "publish":
            case.warnings += ("activates: before the start this raises, where the wrapper only said False",)


def _meaning(case: Case) -> str | None:
    use = case.use
    return use.wrapper.methods.get(use.name) if use.kind == "call" and use.wrapper is not None else None


def _order_of_start(use: Use, unconnected: bool) -> Order:
    if unconnected:
        data = {"method": "initialize", "await": not use.is_awaited and is_statement(use.module, use.node)}
        return Order("lifecycle", use.module, use.call, data)
    statement = use.module.statement(use.node)
    return Order("lifecycle", use.module, statement, {"remove": True}, consumes=(statement,))
