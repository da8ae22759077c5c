"""Warnings beside the verdicts: *broken*, what could never have worked; *activates*, what would run for the first time.

Each is proved from the source of the wrapper or of redis-py; where that says nothing, nothing is warned of.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.model import Verdict
from codemods.reading import atoms, legacy
from codemods.reading.binding import misfit
from codemods.reading.commands import broken_call, broken_construction
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.away import asked_in_vain, met_before, rescuing
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.guards import is_log_line
from codemods.verdicts.servers import arguments

BROKEN, ACTIVATES = "broken", "activates"
PUBLISH = "publish_message"
SAYS = f"{PUBLISH}() says False"


def warn(court: Court, cases: list[Case]) -> None:
    """Give each case its warnings, beside those of its judge."""
    for case in cases:
        facts = court.wrappers.get(case.use.wrapper.module) if case.use.wrapper is not None else None
        found = [each for check in RAW for each in check(court, case)] if facts is None else []
        found += [each for check in OF_WRAPPER for each in check(court, case, facts)] if facts is not None else []
        # The judge has said why already; or something else may stand here that has what the client lacks.
        if case.use.besides or any(each.startswith(BROKEN) for each in case.warnings):
            found = [each for each in found if not each.startswith(BROKEN)]
        case.warnings = tuple(dict.fromkeys((*case.warnings, *found)))


# raw clients


def _command(court: Court, case: Case) -> Iterator[str]:
    """A command that redis-py never had, or that cannot be called so."""
    use = case.use
    is_known = use.kind == "call" and use.holders and use.holders[0].name != legacy.OLD
    if is_known and (said := broken_call(use.name, use.call)) is not None and not _is_pool(court, use):
        yield said


def _is_pool(court: Court, use: Use) -> bool:
    """Whether what is called on may be a pool of connections, which has methods of its own."""
    return any(other.kind == "construct" and "ConnectionPool" in other.name for other in court.uses_of(use.holders))


def _construction(court: Court, case: Case) -> Iterator[str]:
    use = case.use
    if use.kind == "construct" and use.name.rsplit(".", 1)[-1] in legacy.CLIENT_CLASSES:
        said = broken_construction(use.call)
        yield from (said,) if said is not None and use.holders[0].name != legacy.OLD else ()


def _never_awaited(court: Court, case: Case) -> Iterator[str]:
    use = case.use
    is_coroutine = use.holders and use.holders[0].name == legacy.ASYNC and use.name in AWAITED
    if use.kind == "call" and is_coroutine and isinstance(use.module.parent[use.node], ast.Expr):
        yield f"{BROKEN}: {use.name}() is never awaited, so nothing is sent"


AWAITED = legacy.STREAM_COMMANDS | legacy.CLOSERS | {"publish", "ping", "get", "set", "setex", "hset", "delete"}


def _met(court: Court, case: Case) -> Iterator[str]:
    """A client that connects where it is made, where it had connected with its first command."""
    is_got = case.use.kind == "construct" and case.verdict is Verdict.REWRITE and not case.facts.get("unconnected")
    yield from (f"{ACTIVATES}: {said}" for said in met_before(court, case.use)) if is_got else ()


RAW: tuple[Callable[[Court, Case], Iterator[str]], ...] = (_command, _construction, _never_awaited, _met)


# wrappers


def _call(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """A method that the wrapper never had, or that cannot be called so."""
    use = case.use
    if use.kind == "call" and use.name in facts.forms:
        wrong = misfit(use.call, facts.forms[use.name])
        yield from (f"{BROKEN}: {use.name}() {wrong}",) if wrong is not None else ()
    elif use.kind in ("call", "attribute") and facts.attributes is not None and use.name not in facts.attributes:
        kind = f"method {use.name}()" if use.kind == "call" else f"attribute {use.name}"
        yield f"{BROKEN}: the wrapper has no {kind}"


def _made(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """A client or a config that cannot be made with these arguments."""
    use = case.use
    if use.kind in ("construct", "config"):
        for symbol in atoms.of(court.program.value(use.module, use.call.func), atoms.SYMBOL):
            name = symbol.name.rsplit(".", 1)[-1]
            wrong = misfit(use.call, facts.made_with[name]) if name in facts.made_with else None
            yield from (f"{BROKEN}: {name}() {wrong}",) if wrong is not None else ()


def _member(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    *_, enum, member = f"..{case.use.name}".split(".")
    known = facts.members.get(enum)
    if case.use.kind == "priority" and known is not None and member not in known and not member.startswith("__"):
        yield f"{BROKEN}: the wrapper's {enum} has no {member}"


def _subscription(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """A handler that is no function, or a pattern that the wrapper compares letter by letter."""
    use = case.use
    if use.kind != "call" or facts.wrapper.methods.get(use.name) != "subscribe":
        return
    names = facts.signature(use.name).parameters[:2]
    given = arguments(use.call, names) or {}
    topic, handler = (given.get(name) for name in names) if len(names) == 2 else (None, None)
    if isinstance(handler, ast.Constant):
        yield f"{BROKEN}: the handler is {ast.unparse(handler)}, and nothing that can be called"
    if facts.wrapper.matching != "glob" and isinstance(topic, ast.Constant) and set("*?[") & set(str(topic.value)):
        means = "begins with" if facts.wrapper.matching == "prefix" else "is called"
        yield f"{BROKEN}: topics are compared letter by letter, and none {means} {topic.value!r}"


def _asked_for(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """`hasattr(bus, "publish_message")`: what was always false is true on the target."""
    use = case.use
    if use.kind != "dynamic" or use.name not in ("hasattr", "getattr") or facts.attributes is None:
        return
    asked = use.call.args[1] if len(use.call.args) > 1 else None
    name = asked.value if isinstance(asked, ast.Constant) else None
    offered = {*court.contract.methods, *court.contract.attributes}
    if isinstance(name, str) and name in offered - facts.attributes:
        yield f"{ACTIVATES}: the wrapper has no {name}, so this never found it; the target has it"


def _never_started(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """A publish on a client that nothing starts, by a wrapper that gives up in that case."""
    use = case.use
    is_publish = use.kind == "call" and facts.wrapper.methods.get(use.name) == "publish"
    if is_publish and use.name in facts.guarded and use.holders and not _may_be_started(court, use):
        yield f"{ACTIVATES}: nothing starts this client, so nothing was ever sent here"


def _may_be_started(court: Court, use: Use) -> bool:
    """Whether the client of a use is started anywhere, or is where that cannot be seen."""
    uses = court.uses_of(use.holders)
    for other in uses:
        if other.wrapper is None:
            continue
        meaning = other.wrapper.methods.get(other.name)
        if other.kind not in ("construct", "call", "attribute", "annotation"):
            return True
        never_awaited = other.kind == "call" and isinstance(other.module.parent[other.node], ast.Expr)
        facts = court.wrappers[other.wrapper.module]
        if meaning == "start" and not (never_awaited and facts.signature(other.name).is_async):
            return True
    return not any(other.kind == "construct" for other in uses)


def _rescued(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """An `except` around a start that never raised: the factory raises where the server is not there."""
    use = case.use
    if case.verdict is not Verdict.REWRITE or use.kind != "call" or use.name not in facts.survives:
        return
    handler = rescuing(use)
    if handler is not None:
        line = f"line {handler.lineno} runs where the server is away"
        yield f"{ACTIVATES}: the `except` in {line}: the factory raises, {use.name}() only logged"


def _met_no_more(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """An `except` around a publish that raised where the server failed, which the target's method only says."""
    use = case.use
    is_publish = use.kind == "call" and facts.wrapper.methods.get(use.name) == "publish"
    if case.verdict is not Verdict.REWRITE or not is_publish or use.name not in facts.raising:
        return
    handler = rescuing(use)
    if handler is not None and PUBLISH in court.contract.interface.swallowing and not _only_logs(use, handler):
        where = f"the `except` in line {handler.lineno}"
        yield f"{ACTIVATES}: what follows runs where the server fails: {use.name}() raised, which {where} met; {SAYS}"


def _only_logs(use: Use, handler: ast.ExceptHandler) -> bool:
    """Whether nothing follows a use in its `try`, and what meets its error does no more than log it."""
    around = use.module.parent[handler]
    is_last = isinstance(around, ast.Try) and not around.orelse and around.body[-1] is use.module.statement(use.node)
    return is_last and all(isinstance(each, ast.Pass) or is_log_line(each) for each in handler.body)


def _asked(court: Court, case: Case, facts: WrapperFacts) -> Iterator[str]:
    """A condition that met a server that was away at the start, which raises now."""
    use = case.use
    if case.verdict is Verdict.REWRITE and use.kind == "call" and use.name in facts.survives:
        asking = asked_in_vain(court, use)
        if asking is not None:
            said = f"{use.name}() only logged, and the condition in line {asking.lineno} met it"
            yield f"{ACTIVATES}: this raises where a server is away: {said}"


OF_WRAPPER: tuple[Callable[[Court, Case, WrapperFacts], Iterator[str]], ...] = (
    _call, _made, _member, _subscription, _asked_for, _never_started, _rescued, _met_no_more, _asked,
)  # fmt: skip
