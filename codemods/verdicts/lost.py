"""Stream commands on what is not known: no raw client that may be meant is moved, or kept as a cache."""

from __future__ import annotations

import ast

from msgspec import Struct

from codemods.model import Verdict
from codemods.reading import legacy
from codemods.reading.lost import ASKERS
from codemods.reading.scopes import Function, is_test, last_name
from codemods.reading.use import Use, is_escape, is_lost
from codemods.verdicts.cases import Case, Court, is_got, refuse

SEEN_LOST = "what {} is {} here cannot be followed, and a client is lost at {}"
PROMISED = "{} at {}:{} is on a client that is not seen to be made, and may be this client's own"
ANYBODYS = "what {} is {} here cannot be followed, so nobody can tell which server it speaks to"


class Lost(Struct, frozen=True):
    """What may be done in an engine with a client that is not seen there."""

    commands: list[Use]  # of streams, of which nobody can tell whose they are
    reached: Use | None  # the first of them on what may be a client by the name of an attribute alone
    escape: Use | None  # where a client is first lost
    promised: Use | None  # the first stream command on a client of which nothing but an annotation is known


def seen_lost(court: Court) -> Lost:
    """What all uses of an engine say of that; it is the same for each client."""
    escape = next((use for use in court.uses if is_escape(use)), None)
    reached = next((use for use in court.uses if _asked(use) in legacy.STREAM_COMMANDS), None)
    return Lost([use for use in court.uses if is_lost(use)], reached, escape, _promised(court))


def _asked(use: Use) -> str:
    """What is asked of a client right where it is lost: `xadd` of `desk.link.xadd(...)`; "" where nothing is."""
    above = use.module.parent[use.node] if is_escape(use) else None
    return above.attr if isinstance(above, ast.Attribute) else ""


def judge_lost(lost: Lost) -> list[Case]:
    """The verdicts on stream commands of which nobody can tell whose they are."""
    escaped = lost.escape
    reason = SEEN_LOST if escaped is not None else ANYBODYS
    where = f"{escaped.path}:{escaped.line}" if escaped is not None else ""
    return [refuse(use, reason.format(use.name, _how(use), where)) for use in lost.commands]


def _how(use: Use) -> str:
    """A caller that is made by a name calls the command; a method that is taken may be called anywhere."""
    is_taken = use.kind == "attribute" and not isinstance(use.node, ast.Call)
    return "taken from" if is_taken else "called on"


def hold_escaped(lost: Lost, cases: list[Case]) -> None:
    """A client is neither kept as a cache nor moved where a stream command may be one of its uses.

    Where a client is seen to escape, it is that one. Else it may be any: something is done with it that is not seen.
    """
    suspect = lost.commands[0] if lost.commands else lost.reached
    if suspect is not None:
        _hold_lost(cases, suspect, lost.escape)
    told = lost.promised
    made = next((c for c in cases if c.use.kind == "construct" and (c.moves or is_got(c))), None)
    if told is not None and made is not None:
        made.hold(Verdict.REFUSE, PROMISED.format(told.name, told.path, told.line))
    for case in cases:
        if case.verdict is Verdict.KEEP and is_escape(case.use) and _may_be_asked(case.use):
            case.hold(Verdict.REFUSE, f"{_said(case.use)}, and may be asked for a stream's command")


def _may_be_asked(use: Use) -> bool:
    """Whether a client is given to who asks it for a name that only the run tells: `methodcaller(name)(client)`."""
    above = use.module.parent[use.node]
    maker = above.func if isinstance(above, ast.Call) else None
    if not isinstance(maker, ast.Call) or last_name(maker.func) not in ASKERS:
        return use.name == "getattr"
    return not all(isinstance(name, ast.Constant) for name in maker.args[:1])


def _hold_lost(cases: list[Case], lost: Use, escape: Use | None) -> None:
    command = f"{_asked(lost) or lost.name} at {lost.path}:{lost.line}"
    worst = next((case for case in cases if is_escape(case.use)), None)
    if escape is None:
        worst = next((case for case in cases if case.use.kind == "construct"), None)
        if worst is None or is_test(lost.module) or worst.verdict not in (Verdict.KEEP, Verdict.REWRITE):
            return
        worst.hold(Verdict.REFUSE, f"{command} cannot be followed, and may be this client's own")
    elif worst is None:
        return
    elif worst.verdict is Verdict.KEEP:
        worst.hold(Verdict.REFUSE, f"{_said(worst.use)}, and {command} may be its own")
    for case in cases:
        if case.verdict is Verdict.KEEP and case.use.kind != "call":
            case.hold(Verdict.REFUSE, f"held back: {worst.reason}", worst)


def _promised(court: Court) -> Use | None:
    """A stream command on a client of which nothing but an annotation is known.

    Whoever calls its function is not seen, and may give it any client: a framework does so by the annotation.
    """
    made = {atom for use in court.uses if use.kind == "construct" for atom in use.holders}
    return next((use for use in court.uses if _is_given(court, use) and made.isdisjoint(use.holders)), None)


def _is_given(court: Court, use: Use) -> bool:
    if use.kind != "call" or use.wrapper is not None or use.name not in legacy.STREAM_COMMANDS or not use.holders:
        return False
    if not isinstance(use.function, Function) or is_test(use.module):
        return False
    return bool(use.function.decorator_list) or court.engine.owns(use.path)  # shared code has other callers


def _said(use: Use) -> str:
    if use.kind == "dynamic":
        return f"the client is inspected with {use.name}() here"
    return f"the client {use.name} here, where it can no longer be followed"


def is_taken_by_name(use: Use) -> bool:
    """Whether it is only known at run time what of redis-py is taken here: `getattr(redis, kind)`."""
    call = use.module.parent[use.node]
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "getattr":
        return False
    return use.name in legacy.MODULES and not isinstance(call.args[1] if len(call.args) > 1 else None, ast.Constant)
