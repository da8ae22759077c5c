"""What becomes of each use of a raw redis client: streams are routed to their bus, the rest stays where it is."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator

from codemods.model import Question, StreamEnd, Verdict
from codemods.orders import Order
from codemods.reading import atoms, legacy
from codemods.reading.evaluation import Evaluator
from codemods.reading.globs import overlap
from codemods.reading.uses import Use
from codemods.verdicts import transactions
from codemods.verdicts.annotating import follow, judge_quoted
from codemods.verdicts.cases import (
    Case,
    Court,
    answer_yaml,
    ask,
    identity,
    is_statement,
    keep,
    refuse,
    rewrite,
    what_else,
)
from codemods.verdicts.making import decodes, judge_construct, where
from codemods.verdicts.names import id_of_stream, stream_names
from codemods.verdicts.routes import bus_of, question_of_stream, suggested_glob
from codemods.verdicts.servers import constant
from codemods.verdicts.transactions import Transaction, is_transaction, read_transaction

NO_STREAMS = "no stream command: a cache or key client stays on its server"
PUBSUB = "pub/sub: every listener gets it and nothing is remembered; the target replays to one consumer"
IN_PIPELINE = "stream commands in a pipeline are not moved yet"
OLD_COMMAND = "execute"  # aioredis 1.x: any command as text
LENDERS = {"get", "acquire", "multi_exec"}  # of aioredis 1.x, without an argument
RAW_ATTRIBUTE = {"marketdata": "marketdata_client", "engine_logic": "engine_logic_client"}
ROLES = {"xadd": "publish", "xread": "consume", "xreadgroup": "consume"}
PARENTHESISED = ast.Attribute | ast.Subscript | ast.Call | ast.Await


def judge_client(court: Court, uses: list[Use]) -> list[Case]:
    """The verdicts on all uses of one raw client object."""
    done = {use: read_transaction(court, use) for use in uses if is_transaction(use)}
    seen = [*uses, *(inner for each in done.values() for inner in each.uses)]
    streams = [use for use in uses if _is_stream(court, use)]
    pipelined = [use for use in seen if use.kind == "pipeline call" and use.name in legacy.STREAM_COMMANDS]
    if not streams and not pipelined:
        return [_without_streams(use, done.get(use)) for use in uses]
    split = any(_is_key_use(use) for use in seen)
    against = _against_pipelines(seen, split, bool(pipelined))
    cases = [
        _transacted(court, use, done[use]) if use in done else _judge(court, use, split, streams, against)
        for use in uses
    ]
    _settle(court, cases, split)
    return cases


def _without_streams(use: Use, transaction: Transaction | None) -> Case:
    """A use of a client that carries no stream: a cache, or a publisher to listeners."""
    if transaction is not None:
        case = transactions.judge(use, transaction, PUBSUB, IN_PIPELINE)
        return keep(use, NO_STREAMS) if case.verdict is Verdict.KEEP else case
    return refuse(use, PUBSUB) if _is_listening(use) else keep(use, NO_STREAMS)


def _transacted(court: Court, use: Use, transaction: Transaction) -> Case:
    """A transaction of a client that carries streams; the ends of those in it are told."""
    case = transactions.judge(use, transaction, PUBSUB, IN_PIPELINE)
    adds = [inner for inner in transaction.uses if inner.name in legacy.STREAM_COMMANDS]
    case.ends = tuple(
        end for inner in adds for end in _ends(court, inner, stream_names(court, inner) or (), IN_PIPELINE)
    )
    return case


def _is_listening(use: Use) -> bool:
    """Whether a use is about listeners, of whom each gets what is published."""
    called = use.kind in ("call", "pipeline call") and use.name in legacy.PUBSUB_COMMANDS
    return called or use.kind.startswith("pubsub")


def _is_stream(court: Court, use: Use) -> bool:
    if use.kind == "attribute" and use.name in legacy.STREAM_COMMANDS:  # handed on as a bound method: it is refused
        return True
    if use.kind != "call":
        return use.kind in ("attribute", "escape") and _is_asked_for_a_stream(use)
    return use.name in legacy.STREAM_COMMANDS or _gives_another(court, use) or _is_written_out(use)


def _is_asked_for_a_stream(use: Use) -> bool:
    """Whether a stream's command is called right where a client gets lost, on it or with it."""
    above = use.module.parent[use.node]
    named = above.func if isinstance(above, ast.Call) else above
    return isinstance(named, ast.Attribute) and named.attr in legacy.STREAM_COMMANDS


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
    moved = legacy.STREAM_COMMANDS | legacy.PUBSUB_COMMANDS | {"execute", "reset"}
    return use.kind == "pipeline call" and use.name not in moved


def _against_pipelines(seen: list[Use], split: bool, pipelined: bool) -> str | None:
    """Why the pipelines of a client that carries streams cannot stay where they are; None where they can."""
    if split and not pipelined:
        return None
    published = any(use.kind == "pipeline call" and _is_listening(use) for use in seen)
    return PUBSUB if published and not pipelined else IN_PIPELINE


def _judge(court: Court, use: Use, split: bool, streams: list[Use], against_pipelines: str | None) -> Case:
    mixed = what_else(court, use)
    if mixed is not None:
        return refuse(use, mixed)
    if split and _is_key_use(use) and (stream := _stream_of_key(court, use, streams)) is not None:
        return refuse(use, f"{use.name} is a key command on `{stream}`, which is a stream that moves")
    if _is_stream(court, use):
        return _stream(court, use)
    if use.kind == "construct":
        return judge_construct(court, use, split)
    if use.kind == "call" and use.name in legacy.CLOSERS:
        return _close(use, split)
    if use.kind == "call" and use.name == "ping" and not split:
        return _ping(court, use, streams)
    if _is_listening(use):
        return refuse(use, PUBSUB)
    if use.kind in ("annotation", "quoted") and split:
        return keep(use, "the annotation names the client that stays")
    if use.kind in ("annotation", "quoted"):
        return follow(court, use) if use.kind == "annotation" else judge_quoted(court, use)
    if use.kind.startswith("pipeline") or (use.kind == "call" and use.name in legacy.PIPELINES):
        return _pipeline(use, against_pipelines)
    if use.kind == "call":
        return keep(use, "a key, cache or server command stays on its server") if split else _unmoved(use)
    return refuse(use, REFUSED.get(use.kind, "the client is used in a way that is not known").format(name=use.name))


REFUSED = {
    "escape": "the client {name} here, where it can no longer be followed",
    "contained": "the client {name} here",
    "subclass": "the client is of a class of its own, `{name}`",
    "attribute": "the attribute {name} of the client has no counterpart on the target",
    "dynamic": "the client is inspected with {name}() here",
    "with": "the client is a context manager here, which the shared client of the target is not",
}


def _stream_of_key(court: Court, use: Use, streams: list[Use]) -> str | None:
    """The stream of this client that a key command names."""
    if use.kind != "call" or not use.call.args:
        return None
    named = use.call.args if use.name in legacy.MANY_KEYS else use.call.args[:1]
    keys = [text for node in named for text in atoms.texts(court.program.value(use.module, node)) or ()]
    told = [key for key in keys if len(key.replace("*", "")) > 2]  # `f"{a}:{b}"` may be anything, and says nothing
    names = [name for stream in streams if stream.kind == "call" for name in stream_names(court, stream) or ()]
    return next((name for name in names if any(overlap(name, key) for key in told)), None)


def _unmoved(use: Use) -> Case:
    return refuse(use, f"{use.name}() is not known on the target's clients")


def _pipeline(use: Use, against: str | None) -> Case:
    if use.kind == "pipeline escape":
        return refuse(use, f"the pipeline {use.name} here, where it can no longer be followed")
    return keep(use, transactions.KEYS) if against is None else refuse(use, against)


def _close(use: Use, split: bool) -> Case:
    if not is_statement(use.module, use.node):
        return refuse(use, "the client is closed in more than a statement of its own")
    if not use.in_async_function:
        return refuse(use, "nothing can be awaited where the client is closed")
    if split:
        return rewrite(use, "lifecycle", "the bus is closed after the client that stays", closes=True)
    data = {"method": "close", "await": not use.is_awaited}
    return rewrite(use, "lifecycle", "close() ends the shared client", Order("lifecycle", use.module, use.call, data))


def _ping(court: Court, use: Use, streams: list[Use]) -> Case:
    buses = {bus_of(court, name) for stream in streams for name in _names_told(court, stream)}
    bus = next(iter(buses))
    if len(buses) > 1 or bus is None:
        return refuse(use, "ping() asks one server, and the streams of this client are not on one bus")
    return _routed(use, bus, "the ping follows the streams of its client")


def _names_told(court: Court, stream: Use) -> tuple[str, ...]:
    return (stream_names(court, stream) if stream.kind == "call" else None) or ("",)


def _stream(court: Court, use: Use) -> Case:
    """A stream command goes to the bus of its stream."""
    if use.kind == "attribute" and use.name in legacy.STREAM_COMMANDS:
        return refuse(use, f"{use.name} is handed on here, not called")
    if use.kind != "call":
        return refuse(use, REFUSED[use.kind].format(name=use.name))
    if _gives_another(court, use):
        return refuse(use, f"{use.name}() gives another client, which is not followed")
    if use.name not in legacy.STREAM_COMMANDS:
        return refuse(use, "a stream command that is written out as text is not routed")
    names = stream_names(court, use)
    if names is None:
        return ask(use, _question_of_name(court, use))
    unrouted = next((name for name in names if bus_of(court, name) is None), None)
    if unrouted is not None:
        return ask(use, question_of_stream(court, unrouted))
    buses = {bus_of(court, name) for name in names}
    if len(buses) > 1:
        return refuse(use, f"the streams {', '.join(names)} are on different buses")
    doubt = _waits_too_long(court, use) or _replies_differ(court, use)
    if isinstance(doubt, Question):
        return ask(use, doubt)
    case = _routed(use, next(iter(buses)) or "", "the same command on the bus of its stream")
    case.ends = tuple(_ends(court, use, names, f"{use.name} is routed"))
    return case


def _ends(court: Court, use: Use, names: Iterable[str], reason: str) -> Iterator[StreamEnd]:
    role = ROLES.get(use.name, "inspect")
    for name in names:
        yield StreamEnd(name, role, "stream", court.engine.name, use.path, use.line, False, reason)


def _question_of_name(court: Court, use: Use) -> Question:
    shown = ast.unparse(use.call).split("(", 1)[-1][:60]
    glob = json.dumps(suggested_glob(court, shown, messages=False), ensure_ascii=False)
    yaml = answer_yaml(id_of_stream(use), f"{glob}   # one glob, or a list of them")
    return Question(id_of_stream(use), f"which stream does {use.name}({shown} name?", yaml)


def _routed(use: Use, bus: str, reason: str) -> Case:
    asynchronous = use.holders[0].name != legacy.SYNC
    if not asynchronous and not use.in_async_function:
        return refuse(use, f"nothing can be awaited in {where(use)}, and the target can only be awaited")
    if not asynchronous and use.is_awaited:
        return refuse(use, "a synchronous client is awaited", "broken: the reply cannot be awaited")
    assert use.receiver is not None
    if not isinstance(use.receiver, ast.Name | ast.Attribute | ast.Await | ast.Call | ast.Subscript):
        return refuse(use, "the client is computed here")
    data = {"client": RAW_ATTRIBUTE[bus], "command": use.name}
    orders = [Order("routing", use.module, use.call, data)]
    if not asynchronous:
        orders.append(Order("asynchrony", use.module, use.call, {"parentheses": _binds_tighter(use)}))
    return rewrite(use, "routing", f"{reason} ({bus})", *orders)


def _binds_tighter(use: Use) -> bool:
    """Whether what is around the call would take its operand before the await does."""
    above = use.module.parent[use.node]
    first = getattr(above, "value", getattr(above, "func", getattr(above, "left", None)))
    return isinstance(above, PARENTHESISED | ast.BinOp) and first is use.node


def _waits_too_long(court: Court, use: Use) -> Question | None:
    block = next((k.value for k in use.call.keywords if k.arg in ("block", None)), None)
    position = legacy.BLOCK_PARAMETER.get(use.name)
    if block is None and position is not None and len(use.call.args) > position:
        block = use.call.args[position]
    timeout = court.contract.socket_timeout
    if block is None or timeout is None or (isinstance(block, ast.Constant) and block.value is None):
        return None
    milliseconds = constant(block)
    if isinstance(milliseconds, int | float) and 0 < milliseconds < timeout * 1000:
        return None
    asked = identity("block", use, ast.unparse(block))
    if court.answer(asked) == "accept":
        return None
    text = f"the read may block for {ast.unparse(block)} ms, and the target's socket gives up after {timeout} s"
    return Question(asked, f"{text}: is that accepted?", answer_yaml(asked, "accept"))


def _replies_differ(court: Court, use: Use) -> Question | None:
    """Whether the reply would be text where it was bytes, or the other way round, and somebody looks at it."""
    if use.name not in legacy.REPLY_IS_TEXT or is_statement(use.module, use.node):
        return None
    made = [other for other in court.uses if other.kind == "construct" and set(other.holders) & set(use.holders)]
    if made and all(decodes(other) is court.contract.decodes for other in made):
        return None
    now, then = ("text", "bytes") if court.contract.decodes else ("bytes", "text")
    asked = f"decode:{use.path}"
    if court.answer(asked) == "accept":
        return None
    text = f"replies of this client were {then} and will be {now}: does the code read them as {now}?"
    return Question(asked, text, answer_yaml(asked, "accept"))


def _settle(court: Court, cases: list[Case], split: bool) -> None:
    """What only the whole client shows."""
    made = [case for case in cases if case.use.kind == "construct"]
    if not made:
        for case in cases:
            if case.moves:
                case.hold(Verdict.REFUSE, "where this client is made is not to be seen in this engine")
    for other in made[1:]:
        other.hold(Verdict.REFUSE, f"the client is made again; first at {made[0].use.path}:{made[0].use.line}")
    if split and made and made[0].moves:
        _rename_receivers(court, cases, made[0])


def _rename_receivers(court: Court, cases: list[Case], made: Case) -> None:
    """In a split client, what moves is reached through the bus that was made beside it."""
    bus = str(made.facts["bus"])
    for case in cases:
        if case is made or not case.moves:
            continue
        receiver = case.use.receiver
        cells = set(Evaluator(court.program, case.use.module).target_cells(receiver)) if receiver is not None else set()
        if receiver is None or cells != made.facts["cell"]:
            where = f"{made.use.path}:{made.use.line}"
            case.hold(Verdict.REFUSE, f"the client is reached by another name here than where it is made, at {where}")
        elif case.facts.get("closes"):
            statement = case.use.module.statement(case.use.node)
            data = {"close_beside": case.use.module.source.segment(receiver), "bus": bus}
            case.orders = (Order("lifecycle", case.use.module, statement, data),)
        else:
            first, *rest = case.orders
            case.orders = (Order(first.codemod, first.module, first.node, {**first.data, "bus": bus}), *rest)
