"""Canonical consumers on a raw client, whose loop becomes the handler of a subscription.

A canonical consumer: a coroutine that is nothing but `while` on True or a flag, one awaited `xreadgroup` of new
entries of one stream, two nested `for`, one handler call for each message, the ack after it; its group is made at
id 0 with BUSYGROUP ignored; it is started once as a task and cancelled at the stop. A `try` whose clauses log, wait and
go on may be around the read, the call, or all of a turn: so does the target. What a message holds may be worked out
before the call. Everything else keeps its loop and is routed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from msgspec import Struct

from codemods.orders import Name, Order
from codemods.reading.flow import FunctionFacts
from codemods.reading.legacy import is_exception
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.reading.walking import names_in
from codemods.verdicts.canonical import Shape, inside, loop_of
from codemods.verdicts.cases import Case, Court, is_alone, rewrite
from codemods.verdicts.families import overridden_at
from codemods.verdicts.grouping import going_with, guarded, run_in_turn
from codemods.verdicts.guards import is_log
from codemods.verdicts.loops import mark_canonical, message_type_of
from codemods.verdicts.names import stream_names
from codemods.verdicts.tasks import cancellations, same_places, started
from codemods.verdicts.wording import symbols_of


class Consumer(Struct, eq=False):
    """A canonical consumer, with every statement that goes or changes when it becomes a subscription."""

    facts: FunctionFacts
    loop: ast.While
    read: Use
    shape: Shape
    start: ast.stmt  # where its task is created
    gone: list[ast.stmt]  # group creation, cancellation, flags
    uses: list[Use]


def judge_read(
    court: Court, read: Use, uses: list[Use], by_use: Mapping[int, Case], modes: Mapping[str, str]
) -> list[Case]:
    """Mark the ends of a canonical consumer, and turn it into a subscription where the mode of its stream says so.

    `uses` are those of its client, `by_use` their cases by the id of each. The cases of what goes with it are given
    back.
    """
    found = next(_consumers(court, read, uses), None)
    if found is None or not all(by_use[id(own)].moves for own in found.uses):
        return []
    return _consumer(court, found, by_use, modes)


def _consumers(court: Court, read: Use, uses: list[Use]) -> Iterator[Consumer]:
    """The canonical consumer that this read belongs to, if it does to one."""
    facts = court.program.facts(read.module, read.function) if isinstance(read.function, Function) else None
    looped = loop_of(facts) if facts is not None else None
    if facts is None or looped is None or facts.parameters or facts.node.decorator_list or len(facts.calls) != 1:
        return
    loop, first = looped
    shape = inside(read, loop, lambda handler: _is_of_redis(court, read.module, handler))
    if shape is None or overridden_at(court, facts) is not None:
        return
    if not all(is_alone(read.module, statement) for statement in (*shape.lead, shape.call, *shape.inner)):
        return
    if _another_reader(court, read, uses):
        return
    acks = [use for use in uses if use.node is shape.ack and use.name == "xack"]
    groups = [use for use in uses if use.name == "xgroup_create"]
    task = started(facts)
    if not (acks and len(groups) == 1 and task and stream_names(court, groups[0]) == stream_names(court, read)):
        return
    group = guarded(groups[0])
    module, start, held = task
    stopped = cancellations(court, module, held) if held is not None else []
    made = next((use for use in uses if use.kind == "construct"), None)
    if group is None or stopped is None or made is None or {module, groups[0].module} != {read.module}:
        return
    before = [(made.module, made.module.statement(made.node))] + ([(module, group)] if first is None else [])
    makes_group = going_with(court, module, group, facts)
    if first not in (None, group) or makes_group is None or not run_in_turn(court, [*before, (module, start)]):
        return
    gone = [*makes_group, *stopped, *_flags(court, module, loop)]
    yield Consumer(facts, loop, read, shape, start, gone, [read, acks[0], groups[0]])


def _is_of_redis(court: Court, module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether a clause catches nothing but exceptions of redis-py: those of the read, which the target sees to."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    named = [symbols_of(court, module, each) for each in caught]
    return bool(named) and all(names and all(map(is_exception, names)) for names in named)


def _another_reader(court: Court, read: Use, uses: list[Use]) -> bool:
    """Whether the engine reads messages in another place too: two subscriptions of one bus would share them (T3)."""
    for use in court.uses:
        wrapped = use.wrapper is not None and use.wrapper.methods.get(use.name) == "subscribe"
        if use.kind in ("call", "attribute") and use is not read and (wrapped or use.name == "xreadgroup"):
            return True
        if use.kind == "dual call" and use.name.startswith("subscribe_to_"):
            return True
    return False


def _flags(court: Court, module: Module, loop: ast.While) -> list[ast.stmt]:
    """The statements that set the loop's flag, where nothing else reads it."""
    if not isinstance(loop.test, ast.Name | ast.Attribute):
        return []
    gone: list[ast.stmt] = []
    for other, node in same_places(court, module, loop.test):
        statement = other.statement(node)
        if other is not module or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return []
        if not isinstance(statement.value, ast.Constant) or not is_alone(module, statement):
            return []
        gone.append(statement)
    return gone


def _consumer(court: Court, found: Consumer, by_use: Mapping[int, Case], modes: Mapping[str, str]) -> list[Case]:
    message_type, becomes_message = message_type_of(court, found.read, modes)
    if message_type is None:
        return []
    read, ack, group = (by_use[id(use)] for use in found.uses)
    mark_canonical(read)
    ack.ends = group.ends = ()
    if not becomes_message:
        return []
    bus = read.orders[0].data.get("bus")
    for case in (read, ack, group):
        case.codemod, case.orders = "loops", ()
        case.reason = f"every end of this stream moves: the loop becomes the handler of {message_type}"
    read.orders = tuple(_orders(court, found, message_type, bus))
    calls = (node for statement in found.gone for node in ast.walk(statement) if isinstance(node, ast.Call))
    logged = [ast.unparse(call) for call in calls if is_log(call)]
    read.facts = {**read.facts, "lost": [*found.shape.lost, *dict.fromkeys(logged)]}
    staying = set(map(id, _staying(found)))
    in_loop = [use for use in court.uses if _is_inside(use, [found.loop]) and id(use.node) not in staying]
    beside = [use for use in court.uses if _is_inside(use, found.gone)]
    return [*(_gone(court, use, WITH_GROUP) for use in beside), *(_gone(court, use, WITH_LOOP) for use in in_loop)]


def _staying(found: Consumer) -> Iterator[ast.AST]:
    """The nodes of the loop that stay: the handler call, and the clauses that stay around it."""
    shape, whole = found.shape, found.loop.body[0]
    around = [whole.handlers[number] for number in shape.around] if isinstance(whole, ast.Try) else []
    own = shape.call.handlers if isinstance(shape.call, ast.Try) and shape.tried else []
    parts = [*shape.lead, *(shape.inner or (shape.call,)), *own]
    for part in (*parts, *around):
        yield from ast.walk(part)


def _is_inside(use: Use, gone: list[ast.stmt]) -> bool:
    """Whether a use without a client stands in a statement that goes, such as an exception of redis-py."""
    around = {id(above) for above in use.module.ancestors(use.node)}
    return not use.holders and use.wrapper is None and any(id(statement) in around for statement in gone)


WITH_GROUP = "goes with the creation of the group, which the target does itself"
WITH_LOOP = "goes with the loop: the target reads again by itself where a read failed"


def _gone(court: Court, use: Use, reason: str) -> Case:
    court.taken.add(id(use))
    return rewrite(use, "loops", reason)


def _orders(court: Court, found: Consumer, message_type: str, bus: object) -> Iterator[Order]:
    module, node = found.facts.module, found.facts.node
    assert found.read.receiver is not None
    receiver = module.source.segment(found.read.receiver)
    if bus is not None:  # the client stays for its keys, and the bus was made beside it
        receiver = "".join([*receiver.rpartition(".")[:2], str(bus)])
    message = "message"
    while message in names_in(module.source.tree):
        message = f"bus_{message}"
    type_need: Name = (court.target, "MessageType")
    yield Order("loops", module, node, {"parameter": message})
    shape = found.shape
    data = {
        "message_type": message_type,
        "type_text": court.contract.type_text,
        "fields": shape.fields,
        "message": message,
        "lead": len(shape.lead),
        "inner": len(shape.inner),
        "tried": shape.tried,
        "raises": shape.raises,
        "around": shape.around,
        "whole": True,
    }
    needs: tuple[Name, ...] = (type_need, ("json", ""))
    staying = set(map(id, _staying(found)))
    gone = tuple(n for n in ast.walk(found.loop) if isinstance(n, ast.Name) and id(n) not in staying)
    yield Order("loops", module, found.loop, data, needs, gone, (found.loop,))
    (_, call) = found.facts.calls[0]
    subscribe = {
        "receiver": receiver,
        "bus": court.contract.bus_of[message_type],
        "subscribe": message_type,
        "handler": module.source.segment(call.func),
    }
    yield Order("loops", module, found.start, subscribe, (type_need,), (found.start,))
    for statement in found.gone:
        yield Order("loops", module, statement, {"remove": True, "whole": True}, consumes=(statement,))
