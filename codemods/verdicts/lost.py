"""Raw clients that escape: where a stream command cannot be told from theirs, they are no caches."""

from __future__ import annotations

from codemods.model import Verdict
from codemods.reading.uses import Use, is_escape, is_lost
from codemods.verdicts.cases import Case, Court, refuse


def judge_lost(court: Court) -> list[Case]:
    """The verdicts on stream commands of which nobody can tell whose they are."""
    escaped = next((use for use in court.uses if is_escape(use)), None)
    where = f"{escaped.path}:{escaped.line}" if escaped is not None else "another file"
    reason = "what {} is called on here cannot be followed, and a client is lost at {}"
    return [refuse(use, reason.format(use.name, where)) for use in court.uses if is_lost(use)]


def hold_escaped(court: Court, cases: list[Case]) -> None:
    """A client that escapes is not kept as a cache where a stream command may be one of its uses."""
    lost = next((use for use in court.uses if is_lost(use)), None)
    worst = next((case for case in cases if is_escape(case.use)), None)
    if lost is None or worst is None:
        return
    if worst.verdict is Verdict.KEEP:
        worst.hold(Verdict.REFUSE, f"{_said(worst.use)}, and {lost.name} at {lost.path}:{lost.line} may be its own")
    for case in cases:
        if case.verdict is Verdict.KEEP and case.use.kind != "call":
            case.hold(Verdict.REFUSE, f"held back: {worst.reason}", worst)


def _said(use: Use) -> str:
    if use.kind == "dynamic":
        return f"the client is inspected with {use.name}() here"
    return f"the client {use.name} here, where it can no longer be followed"
