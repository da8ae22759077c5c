"""What becomes of each use of a raw redis client: streams are routed to their bus, the rest stays where it is."""

from __future__ import annotations

import ast

from codemods.model import Question, Verdict
from codemods.orders import Order
from codemods.reading import atoms, legacy
from codemods.reading.globs import overlap
from codemods.reading.use import Use
from codemods.verdicts import pipelines
from codemods.verdicts.annotating import follow, judge_quoted
from codemods.verdicts.bound import called_as, is_bound
from codemods.verdicts.cases import Case, Court, ask, is_alone, keep, refuse, rewrite, what_else
from codemods.verdicts.checking import ALONE, is_plain
from codemods.verdicts.closing import entered, judge_close, judge_entered
from codemods.verdicts.closures import binds_tighter
from codemods.verdicts.contents import judge_contained
from codemods.verdicts.doubts import replies_differ, streams_of, waits_too_long
from codemods.verdicts.lua import against_lua, scripted
from codemods.verdicts.making import judge_construct, where
from codemods.verdicts.names import command_of, ends_of, names_streams, said_by_calls, stream_names
from codemods.verdicts.pipelines import Pipeline
from codemods.verdicts.routes import RAW_ATTRIBUTE, bus_of
from codemods.verdicts.servers import constant
from codemods.verdicts.transactions import is_transaction, read_transaction

NO_STREAMS = "no stream command: a cache or key client stays on its server"
PUBSUB = "pub/sub: every listener gets it and nothing is remembered; the target replays to one consumer"
OLD_COMMAND = "execute"  # aioredis 1.x: any command as text
ASKED = "goes with the streams of its client"  # which are asked, and hold it
CALLS = ("call", "pipeline call")
LENDERS = {"get", "acquire", "multi_exec"}  # of aioredis 1.x, without an argument


def judge_client(court: Court, uses: list[Use]) -> list[Case]:
    """The verdicts on all uses of one raw client object."""
    done = {use: read_transaction(court, use) for use in uses if is_transaction(use)}
    pipes = pipelines.read_pipelines(court, uses, done)
    streams = [use for use in uses if _is_stream(court, use)]
    streams += [use for pipe in dict.fromkeys(pipes.values()) for use in pipe.streams]
    if not streams:
        return [_without_streams(use, pipes.get(use)) for use in uses]
    seen = [*uses, *(inner for each in done.values() for inner in each.uses)]
    names = {name for stream in streams for name in stream_names(court, stream) or ()}
    moved = frozenset(use for use in seen if names_streams(court, use, names))
    for pipe in pipes.values():
        pipe.moved = moved
    split = any(_is_key_use(use) for use in seen if use not in moved)
    cases = [_judge(court, use, split, [*streams, *moved], pipes.get(use)) for use in uses]
    _settle(court, cases, split)
    return cases


def _without_streams(use: Use, pipe: Pipeline | None) -> Case:
    """A use of a client that carries no stream: a cache, or a publisher to listeners."""
    if _is_listening(use) or (pipe is not None and is_transaction(use) and any(map(_is_listening, pipe.uses))):
        return refuse(use, PUBSUB)
    is_open = pipe is not None and is_transaction(use) and not pipe.is_seen
    return refuse(use, pipelines.UNSEEN) if is_open else keep(use, NO_STREAMS)


def _is_listening(use: Use) -> bool:
    """Whether a use is about listeners, of whom each gets what is published."""
    called = use.kind in ("call", "pipeline call") and use.name in legacy.PUBSUB_COMMANDS
    return called or use.kind.startswith("pubsub")


def _is_stream(court: Court, use: Use) -> bool:
    if is_bound(use) or scripted(court, use):
        return True
    if use.kind != "call":
        return use.kind in ("attribute", "escape") and _is_asked_for_a_stream(use)
    return use.name in legacy.STREAM_COMMANDS or _gives_another(court, use) or _is_written_out(use)


def _is_asked_for_a_stream(use: Use) -> bool:
    """Whether a stream's command is called right where a client gets lost, on it or with it."""
    above = use.module.parent[use.node]
    named = above.func if isinstance(above, ast.Call) else above
    return isinstance(named, ast.Attribute) and named.attr in legacy.STREAM_COMMANDS | {legacy.ANY_COMMAND}


def _gives_another(court: Court, use: Use) -> bool:
    """Whether a call gives another client, which is not followed: aioredis 1.x lends connections of a pool."""
    if use.name in legacy.GIVES_ANOTHER:
        return True
    lends = use.holders[0].name == legacy.OLD and use.name in LENDERS and not use.call.args
    return lends and not atoms.of(court.program.value(use.module, use.call), atoms.CLIENT)


def _is_written_out(use: Use) -> bool:
    """Whether a command is given as text, and is or may be a stream's: `execute_command("XADD", ...)`."""
    command = OLD_COMMAND if use.holders and use.holders[0].name == legacy.OLD else legacy.ANY_COMMAND
    if use.kind != "call" or use.name not in (command, legacy.ANY_COMMAND):
        return False
    written = constant(use.call.args[0] if use.call.args else None, ...)
    written = written.decode(errors="replace") if isinstance(written, bytes) else written
    return not isinstance(written, str) or written.lower().startswith("x")


def _is_key_use(use: Use) -> bool:
    """Whether a use needs the old server: a command that is no stream's and not about the connection."""
    known = legacy.STREAM_COMMANDS | legacy.PUBSUB_COMMANDS | legacy.CLOSERS | legacy.OPENERS | legacy.PIPELINES
    if use.kind == "call":
        return use.name not in known | {"ping"} and not _is_written_out(use)
    moved = legacy.STREAM_COMMANDS | legacy.PUBSUB_COMMANDS | legacy.OF_PIPELINE
    return use.kind == "pipeline call" and use.name not in moved


def _judge(court: Court, use: Use, split: bool, streams: list[Use], pipe: Pipeline | None) -> Case:
    mixed = what_else(court, use) if not use.kind.startswith("pipeline") else None
    if mixed is not None:
        return refuse(use, mixed)
    if _is_key_use(use) and use not in streams and (stream := _stream_of_key(court, use, streams)) is not None:
        return refuse(use, f"{use.name} is a key command on `{stream}`, which is a stream that moves")
    listening = [use, *pipe.uses] if pipe is not None and is_transaction(use) else [use]
    if any(map(_is_listening, listening)):
        return refuse(use, PUBSUB)
    if pipe is not None:
        return pipelines.judge(use, pipe, split)
    if use in streams:
        return _stream(court, use)
    if use.kind == "construct":
        return judge_construct(court, use, split)
    if use.kind == "contained":
        return judge_contained(court, use) if not split else _contained(use)
    if use.kind == "call" and use.name in legacy.CLOSERS:
        return judge_close(court, use, split)
    if use.kind == "with" and (statement := entered(use)) is not None and not split:
        return judge_entered(court, use, statement)
    if use.kind == "call" and use.name == "ping" and not split:
        return _ping(court, use, streams)
    if use.kind in ("annotation", "quoted") and split:
        return keep(use, "the annotation names the client that stays")
    if use.kind in ("annotation", "quoted"):
        return follow(court, use) if use.kind == "annotation" else judge_quoted(court, use)
    if use.kind == "call":
        return keep(use, "a key, cache or server command stays on its server") if split else _unmoved(use)
    return refuse(use, REFUSED.get(use.kind, "the client is used in a way that is not known").format(name=use.name))


def _contained(use: Use) -> Case:
    """A container that holds a client of keys and streams stays with it, where the bus is got at the uses."""
    return Case(use, Verdict.REFUSE, REFUSED["contained"].format(name=use.name), facts={"stays": True})


REFUSED = {
    "escape": "the client {name} here, where it can no longer be followed",
    "contained": "the client {name} here",
    "injected": "a mock is given to `{name}` here, in the client's place",
    "subclass": "the client is of a class of its own, `{name}`",
    "attribute": "the attribute {name} of the client has no counterpart on the target",
    "dynamic": "the client is inspected with {name}() here",
    "with": "the client is a context manager here, which the shared client of the target is not",
}


def _stream_of_key(court: Court, use: Use, streams: list[Use]) -> str | None:
    """The stream of this client that a key command names."""
    if use.kind not in CALLS or not use.call.args:
        return None
    named = use.call.args if use.name in legacy.MANY_KEYS else use.call.args[:1]
    keys = [text for node in named for text in atoms.texts(court.program.value(use.module, node)) or ()]
    told = [key for key in keys if len(key.replace("*", "")) > 2]  # `f"{a}:{b}"` may be anything, and says nothing
    names = [name for stream in streams for name in stream_names(court, stream) or ()]
    return next((name for name in names if any(overlap(name, key) for key in told)), None)


def _unmoved(use: Use) -> Case:
    return refuse(use, f"{use.name}() is not known on the target's clients")


def _ping(court: Court, use: Use, streams: list[Use]) -> Case:
    told = [streams_of(court, stream) for stream in streams if stream.kind in CALLS or called_as(court, stream)]
    names = [name for each in told if not isinstance(each, Question) for name in each]
    buses = {bus_of(court, name) for name in names}
    if len(buses) > 1:
        return _ping_both(use) if None not in buses else rewrite(use, "routing", ASKED)
    if len(names) == 0 or any(isinstance(each, Question) for each in told):
        return rewrite(use, "routing", ASKED)
    return _routed(court, use, buses.pop() or "", "the ping follows the streams of its client")


def _ping_both(use: Use) -> Case:
    """A ping of the one server asks both buses, as a statement for each or as one condition."""
    awaiting = use.module.parent[use.node]
    if not isinstance(awaiting, ast.Await) or not is_plain(use.receiver):
        return refuse(use, "ping() asks one server, and the streams of this client are not on one bus")
    data: dict[str, object] = {"client": RAW_ATTRIBUTE["marketdata"], "also": RAW_ATTRIBUTE["engine_logic"]}
    data["command"] = use.name
    statement = use.module.parent[awaiting]
    if isinstance(statement, ast.Expr) and is_alone(use.module, statement):
        order = Order("routing", use.module, statement, data)
    else:
        order = Order("routing", use.module, awaiting, {**data, "parentheses": not isinstance(statement, ALONE)})
    return rewrite(use, "routing", "its streams are on both buses, so both are asked", order)


def _stream(court: Court, use: Use) -> Case:
    """A stream command goes to the bus of its stream."""
    if is_bound(use):
        return _bound(court, use)
    if use.kind != "call":
        return refuse(use, REFUSED[use.kind].format(name=use.name))
    if _gives_another(court, use):
        return refuse(use, f"{use.name}() gives another client, which is not followed")
    if (held := against_lua(court, use)) is not None:
        return refuse(use, held)
    command = command_of(use)
    if command in legacy.READERS - {use.name} or command not in legacy.STREAM_COMMANDS | legacy.ON_ANY_KEY:
        return refuse(use, "a stream command that is written out as text is not routed")
    names = streams_of(court, use)
    if isinstance(names, Question):
        return ask(use, names)
    buses = {bus_of(court, name) for name in names}
    if len(buses) > 1:
        told = f" ({said})" if (said := said_by_calls(court, use)) else ""
        return refuse(use, f"the streams {', '.join(names)} are on different buses{told}")
    doubt = waits_too_long(court, use) or replies_differ(court, use, {command})
    if doubt is not None:
        return ask(use, doubt)
    case = _routed(court, use, next(iter(buses)) or "", "the same command on the bus of its stream")
    case.ends = tuple(ends_of(court, use, names, f"{command} is routed"))
    return case


def _bound(court: Court, use: Use) -> Case:
    """A stream command that is bound to a name goes to the bus of all streams that its calls name."""
    calls = called_as(court, use)
    if calls is None or not isinstance(use.node, ast.Attribute):
        return refuse(use, f"{use.name} is handed on here, not called")
    cases = [_stream(court, call) for call in calls]
    held = next((case for case in cases if not case.moves), None)
    if held is not None:
        at = f", where it is called at {held.use.path}:{held.use.line}"
        return Case(use, held.verdict, held.reason + at, question=held.question, warnings=held.warnings)
    clients = {case.orders[0].data["client"] for case in cases}
    if len(clients) > 1:
        return refuse(use, f"{use.name} is bound to a name here, by which it is called for streams of both buses")
    growth = [order for case in cases for order in case.orders[1:]]
    data = {"client": clients.pop(), "command": use.name}
    bound = rewrite(use, "routing", cases[0].reason, Order("routing", use.module, use.node, data), *growth)
    bound.ends = tuple(end for case in cases for end in case.ends)
    return bound


def _routed(court: Court, use: Use, bus: str, reason: str) -> Case:
    asynchronous = use.holders[0].name != legacy.SYNC
    growth = () if asynchronous else court.closures.orders(use)
    if isinstance(growth, str):
        return refuse(use, f"nothing can be awaited in {where(use)}, and the target can only be awaited{growth}")
    if len({holder.name for holder in use.holders}) > 1:
        return refuse(use, "the client is a synchronous one or not, by what is imported")
    if not asynchronous and use.is_awaited:
        return refuse(use, "a synchronous client is awaited", "broken: the reply cannot be awaited")
    assert use.receiver is not None
    if not isinstance(use.receiver, ast.Name | ast.Attribute | ast.Await | ast.Call | ast.Subscript):
        return refuse(use, "the client is computed here")
    data = {"client": RAW_ATTRIBUTE[bus], "command": use.name}
    orders = [Order("routing", use.module, use.call, data)]
    if not asynchronous:
        orders.append(Order("asynchrony", use.module, use.call, {"parentheses": binds_tighter(use.module, use.node)}))
    return rewrite(use, "routing", f"{reason} ({bus})", *orders, *growth)


def _settle(court: Court, cases: list[Case], split: bool) -> None:
    """What only the whole client shows."""
    made = [case for case in cases if case.use.kind == "construct"]
    if not made:
        for case in cases:
            if case.moves:
                what = "pipeline" if case.use.kind.startswith("pipeline") else "client"
                case.hold(Verdict.REFUSE, f"where this {what} is made is not to be seen in this engine")
    for other in made[1:]:
        other.hold(Verdict.REFUSE, f"the client is made again; first at {made[0].use.path}:{made[0].use.line}")
    if split and made:
        from codemods.verdicts.splitting import settle_split

        settle_split(court, cases, made[0])
