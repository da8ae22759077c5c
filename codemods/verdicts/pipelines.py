"""What becomes of a raw client's pipelines: one of stream commands goes to their bus, one of keys stays where it is.

The commands on a pipeline stay as they are: only the call that gives the pipeline asks another client for it. So a
pipeline goes whole or not at all, and one that speaks of two servers is refused at the command that mixes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from codemods.model import Question, StreamEnd
from codemods.orders import Order
from codemods.reading import atoms, legacy
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, ask, keep, refuse, rewrite, what_else
from codemods.verdicts.closures import binds_tighter
from codemods.verdicts.doubts import replies_differ, streams_of, waits_too_long
from codemods.verdicts.lua import against_lua
from codemods.verdicts.making import where
from codemods.verdicts.names import ends_of
from codemods.verdicts.routes import RAW_ATTRIBUTE, bus_of
from codemods.verdicts.transactions import Transaction, is_transaction

KEYS = "a pipeline of key commands stays on its server"
UNSEEN = "what the function of this transaction does with its pipeline is not known"
SAME = {"command_stack", "watching"}
"""What is read of a pipeline and is the same on every server."""
LOST = {
    "pipeline escape": "the pipeline {} here, where it can no longer be followed",
    "pipeline contained": "the pipeline {} here",
    "pipeline dynamic": "the pipeline is inspected with {}() here",
    "pipeline attribute": "{} of the pipeline is handed on here, not called",
}
Fault = tuple[Use, str | Question]


class Pipeline(Struct, eq=False, dict=True):
    """Pipelines that go together, since one expression may hold either: who gives them, and what is done with them."""

    court: Court
    makers: list[Use]
    uses: list[Use]
    is_seen: bool = True  # whether these are all uses
    moved: frozenset[Use] = frozenset()  # commands on any key whose key is a stream

    @property
    def commands(self) -> list[Use]:
        """The commands that it collects."""
        return [use for use in self.uses if use.kind == "pipeline call" and use.name not in legacy.OF_PIPELINE]

    @property
    def streams(self) -> list[Use]:
        """Those of them that are for streams."""
        return [use for use in self.commands if use.name in legacy.STREAM_COMMANDS or use in self.moved]

    @cached_property
    def fault(self) -> Fault | None:
        """The first use that stands in the way of a move, with a reason or a question."""
        return next(_faults(self.court, self), None)

    @cached_property
    def bus(self) -> str | None:
        """The bus that all its streams are on."""
        named = [name for use in self.streams for name in _names(self.court, use)]
        buses = {bus_of(self.court, name) for name in named}
        return buses.pop() if len(buses) == 1 else None


def read_pipelines(court: Court, uses: list[Use], done: dict[Use, Transaction]) -> dict[Use, Pipeline]:
    """The pipeline of each use that gives one or is one of it; transactions are pipelines of their own."""
    groups: list[set[str]] = []
    for use in uses:
        marks = _marks(use)
        touching = [group for group in groups if group & marks]
        groups = [group for group in groups if group not in touching]
        groups += [marks.union(*touching)] if marks else []
    found: dict[Use, Pipeline] = {}
    for group in groups:
        mine = [use for use in uses if _marks(use) & group]
        makers = [use for use in mine if use.kind == "call"]
        inside = sorted((use for use in mine if use.kind != "call"), key=_place)
        found |= dict.fromkeys(mine, Pipeline(court, makers, inside))
    return found | {use: Pipeline(court, [use], list(each.uses), each.is_known) for use, each in done.items()}


def _marks(use: Use) -> set[str]:
    """By what a use belongs to a pipeline: where its client gave it."""
    if use.kind == "call" and use.name in legacy.GIVES_PIPELINE:
        return {atoms.given_at(use.path, use.call)}
    return {atom.given for atom in use.holders if atom.kind == atoms.PIPELINE}


def _place(use: Use) -> tuple[str, int, int]:
    """Where the name of what is called ends, which in a chain of calls is not where the call begins."""
    node = use.node.func if isinstance(use.node, ast.Call) else use.node
    return use.path, int(getattr(node, "end_lineno", 0)), int(getattr(node, "end_col_offset", 0))


def _faults(court: Court, pipe: Pipeline) -> Iterator[Fault]:
    for use in pipe.uses:
        if _is_lost(use):
            yield use, LOST[use.kind].format(use.name)
    first = pipe.streams[0]
    for use in pipe.commands:
        if use not in pipe.streams:
            yield use, f"{use.name} is no stream command, and {_shown(first)} is: a pipeline goes to one server whole"
        elif not use.is_awaited and _is_lost_again(court, use):
            yield use, f"what {use.name} gives is the pipeline again, and is not followed here"
    bus: str | None = None
    for use in pipe.streams:
        names = streams_of(court, use)
        if isinstance(names, Question):
            yield use, names
            continue
        other = next((name for name in names if bus_of(court, name) != (bus := bus or bus_of(court, name))), None)
        if other is not None:
            yield use, f"`{other}` is on another bus than {_shown(first)}: a pipeline goes to one server whole"
        if (doubt := waits_too_long(court, use)) is not None:
            yield use, doubt
    yield from _watched(court, pipe, bus)
    yield from _replies(court, pipe)
    if pipe.uses[0].holders[0].name == legacy.SYNC:
        yield from _synchronous(court, pipe)


def _is_lost(use: Use) -> bool:
    return use.kind in LOST and not (use.kind == "pipeline attribute" and use.name in SAME)


def _is_lost_again(court: Court, use: Use) -> bool:
    """Whether something is done with what a command gives, which is the pipeline again and is not followed here."""
    if atoms.of(court.program.value(use.module, use.call), atoms.PIPELINE):
        return False
    above = use.module.parent[use.node]
    while isinstance(above, ast.ListComp | ast.SetComp | ast.IfExp | ast.BoolOp):
        above = use.module.parent[above]
    return not isinstance(above, ast.Expr | ast.Lambda)


def _shown(use: Use) -> str:
    return f"{use.name} at {use.path}:{use.line}"


def _names(court: Court, use: Use) -> tuple[str, ...]:
    names = streams_of(court, use)
    return () if isinstance(names, Question) else names


def _watched(court: Court, pipe: Pipeline, bus: str | None) -> Iterator[Fault]:
    """A key that is watched must be a stream that goes to the same server."""
    for use, node in _watches(pipe):
        known = atoms.texts(court.program.value(use.module, node)) or ()
        if not known or any(bus_of(court, name) != bus for name in known):
            yield use, f"what is watched, {ast.unparse(node)}, is no stream that goes with the pipeline"


def _watches(pipe: Pipeline) -> Iterator[tuple[Use, ast.expr]]:
    for use in pipe.uses:
        if use.kind == "pipeline call" and use.name == "watch":
            yield from ((use, node) for node in use.call.args)
    for use in pipe.makers:
        yield from ((use, node) for node in use.call.args[1:] if is_transaction(use))


def _replies(court: Court, pipe: Pipeline) -> Iterator[Fault]:
    """Replies come with the execution, and with what is awaited after a watch."""
    every = {use.name for use in pipe.streams}
    asking: list[tuple[Use, set[str]]] = [(use, {use.name}) for use in pipe.streams if use.is_awaited]
    asking += [(use, every) for use in pipe.uses if use.kind == "pipeline call" and use.name == "execute"]
    asking += [(use, every) for use in pipe.makers if is_transaction(use)]
    for use, commands in asking:
        if (doubt := replies_differ(court, use, commands)) is not None:
            yield use, doubt


def _synchronous(court: Court, pipe: Pipeline) -> Iterator[Fault]:
    """What of a synchronous client's pipeline cannot be awaited."""
    for use in [*pipe.makers, *pipe.uses]:
        if (use.kind == "pipeline call" and use.name == "watch") or (is_transaction(use) and len(use.call.args) > 1):
            yield use, "a synchronous pipeline that watches answers at once, where nothing is awaited"
        elif _speaks(use) and isinstance(growth := court.closures.orders(use), str):
            yield use, f"nothing can be awaited in {where(use)}, and the target can only be awaited{growth}"
        elif use.kind == "pipeline with" and not _is_plain_with(use):
            yield use, "the pipeline is one of several things that this `with` enters"
        elif use.kind.startswith("pipeline") and (other := what_else(court, use)) is not None:
            yield use, other


def _speaks(use: Use) -> bool:
    """Whether something is sent here, so that a synchronous call becomes an awaited one."""
    if use.kind == "pipeline with" or is_transaction(use):
        return True
    return use.kind == "pipeline call" and use.name in legacy.AT_ONCE


def _is_plain_with(use: Use) -> bool:
    statement = use.module.statement(use.node)
    return isinstance(statement, ast.With) and len(statement.items) == 1


# verdicts


def judge(use: Use, pipe: Pipeline, split: bool) -> Case:
    """The verdict on one use of a pipeline, or on the call that gives it."""
    if not pipe.is_seen and not pipe.streams:
        return refuse(use, UNSEEN)
    if not pipe.streams:
        return _of_keys(use, pipe, split)
    at, why = pipe.fault or (None, "")
    if at is use or (at is not None and is_transaction(use)):
        return ask(use, why) if isinstance(why, Question) else refuse(use, why)
    if not pipe.is_seen:
        return refuse(use, UNSEEN)
    case = _given(use, pipe) if use in pipe.makers else _inside(use, pipe)
    case.ends = tuple(_ends(pipe, [use] if use in pipe.streams else pipe.streams if is_transaction(use) else []))
    return case


def _of_keys(use: Use, pipe: Pipeline, split: bool) -> Case:
    """A pipeline without a stream command stays, if everything that is done with it is seen."""
    if _is_lost(use) and (use.kind != "pipeline attribute" or use.name in legacy.STREAM_COMMANDS):
        return refuse(use, LOST[use.kind].format(use.name))
    if (held := against_lua(pipe.court, use)) is not None:
        return refuse(use, held)
    if use in pipe.makers and not pipe.commands and not split:
        return refuse(use, "no command of this pipeline is seen, so its server cannot be told")
    return keep(use, KEYS)


def _given(use: Use, pipe: Pipeline) -> Case:
    """The call that gives the pipeline asks the bus's client."""
    if not isinstance(use.receiver, ast.Name | ast.Attribute | ast.Await | ast.Call | ast.Subscript):
        return refuse(use, "the client is computed here")
    what = "transaction" if is_transaction(use) else "pipeline"
    if pipe.bus is None:  # another use of it is asked or refused, and holds this one
        return rewrite(use, "routing", f"goes with what is done on this {what}")
    orders = [Order("routing", use.module, use.call, {"client": RAW_ATTRIBUTE[pipe.bus], "command": use.name})]
    if is_transaction(use) and _is_synchronous(use):
        orders += pipe.court.closures.of(use)
        orders.append(Order("asynchrony", use.module, use.call, {"parentheses": binds_tighter(use.module, use.node)}))
        orders += pipe.court.closures.of(use)
    return rewrite(use, "routing", f"every command of this {what} is for streams of one bus ({pipe.bus})", *orders)


def _inside(use: Use, pipe: Pipeline) -> Case:
    """What is done with the pipeline stays as it is; of a synchronous one, what speaks to the server is awaited."""
    orders: list[Order] = []
    if _is_synchronous(use) and _speaks(use):
        orders += pipe.court.closures.of(use)
        statement = use.module.statement(use.node)
        is_with = use.kind == "pipeline with"
        data = {"enters": True} if is_with else {"parentheses": binds_tighter(use.module, use.node)}
        orders.append(Order("asynchrony", use.module, statement if is_with else use.call, data))
        orders += pipe.court.closures.of(use)
    codemod = "asynchrony" if orders else "routing"
    return rewrite(use, codemod, f"goes with its pipeline ({pipe.bus})", *orders)


def _is_synchronous(use: Use) -> bool:
    return use.holders[0].name == legacy.SYNC


def _ends(pipe: Pipeline, uses: Iterable[Use]) -> Iterator[StreamEnd]:
    for use in uses:
        yield from ends_of(pipe.court, use, _names(pipe.court, use), f"{use.name} is routed with its pipeline")
