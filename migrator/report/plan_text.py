"""A plan for people: each phase with its engines, its cuts and joins, then what is open, and what to type next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from migrator.merged import acceptance
from migrator.planning.cuts import Cut, treatment_yaml
from migrator.planning.plan import Written
from migrator.planning.values import TO_DO, Plan, PlannedEngine, PlannedPhase, PlannedStream, total
from migrator.report.plain import WIDTH, Paint, columns, wrapped

VERDICTS = ("rewrite", "ask", "keep", "refuse", "suppressed")
NUMBERS = {"files", *VERDICTS}
STYLES = {"open": "yellow", "accepted": "green", "bridged": "green"}


def written_text(written: Written, plan: Plan) -> str:
    """What `--write` did, and what it could not."""
    if written.added:
        beside = ", beside changes of yours that are not committed" if written.dirty else ""
        lines = [f"Added to {written.path}{beside}:", written.added.rstrip("\n")]
    else:
        lines = [f"Nothing to add to {written.path}."]
    for stream in plan.streams:
        if not stream.is_fixed and stream not in plan.to_fix:
            why = f"its mode waits for an answer to {stream.waits}" if stream.waits else "no route gives it one bus"
            lines += wrapped(f"{stream.name} is not fixed: {why}", depth=0)
    return "\n".join(lines) + "\n"


def plan_text(plan: Plan, paint: Paint) -> str:
    """The whole text."""
    parts = [_phase(phase, paint) for phase in plan.phases]
    parts += [[paint(title, "bold"), *lines] for title, lines in _sections(plan) if lines]
    parts.append(_next(plan))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


# phases


def _phase(phase: PlannedPhase, paint: Paint) -> list[str]:
    return [
        paint(f"Phase {phase.number}", "bold"),
        *_table(phase.engines, paint),
        *(line for engine in phase.engines for line in _state(engine)),
        *_cuts(phase, paint),
        *_joins(phase),
    ]


def _table(engines: Sequence[PlannedEngine], paint: Paint) -> list[str]:
    verdicts = [name for name in VERDICTS if name != "suppressed" or total(engines).suppressed]
    heading = ["engine", "branch", "files", "lines", *verdicts]
    rows = [_row(engine, verdicts) for engine in engines]
    lines = columns(heading, rows, NUMBERS)
    if max(map(len, lines)) > WIDTH:  # the branches go below
        lines = columns(heading[:1] + heading[2:], [row[:1] + row[2:] for row in rows], NUMBERS)
        lines += [line for engine in engines for line in wrapped(f"{engine.engine}: branch {engine.branch}")]
    return [paint(lines[0], "bold"), *lines[1:]]


def _row(engine: PlannedEngine, verdicts: Sequence[str]) -> list[str]:
    counts = [str(getattr(engine.ledger, name)) for name in verdicts]
    return [engine.engine, engine.branch, str(engine.files), f"+{engine.added} -{engine.removed}", *counts]


def _state(engine: PlannedEngine) -> list[str]:
    """What a table cannot say; an engine that is to do says so by its numbers, unless it has nothing to move."""
    if engine.state == TO_DO and engine.files:
        return []
    return wrapped(f"{engine.engine}: {engine.state}; {engine.reason}")


def _cuts(phase: PlannedPhase, paint: Paint) -> list[str]:
    if not phase.cuts:
        return ["  cuts nothing"]
    return ["  cuts:", *_cut_lines(phase.cuts, paint)]


def _cut_lines(cuts: Iterable[Cut], paint: Paint) -> list[str]:
    """Each cut once: several ends of two engines may be cut alike."""
    return [
        line for cut in {(cut.name, cut.joined, cut.held): cut for cut in cuts}.values() for line in _cut(cut, paint)
    ]


def _cut(cut: Cut, paint: Paint) -> list[str]:
    until = _until(cut)
    held = f"; {cut.staying}" if cut.held else ""
    why = f": {cut.accepted}" if cut.accepted else ""
    first, *rest = wrapped(f"{cut.name}: {until}, {cut.treatment}{why}{held}", depth=2)
    return [paint(first, STYLES[cut.treatment]), *rest]


def _joins(phase: PlannedPhase) -> list[str]:
    names = dict.fromkeys(f"{each.publisher} -> {each.consumer} {each.name}" for each in phase.joined)
    return ["  joins, so that these carry their first messages:", *(f"    {name}" for name in names)] if names else []


# what is open


def _sections(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    yield "Failed", [line for problem in plan.problems for line in wrapped(problem)]
    yield "Cut as the base stands", _now(plan)
    yield "What to do about the cuts that are open", _mends(plan)
    yield "Questions, each with what to put into engines.yaml", _questions(plan)
    yield "Left to a person; what may stay is said below its engine in engines.yaml", _left(plan)
    yield "Raw streams", [line for stream in plan.streams for line in wrapped(_stream(stream))]
    yield "Entries of engines.yaml that are about nothing", [line for each in plan.idle for line in wrapped(each)]


def _now(plan: Plan) -> list[str]:
    names = dict.fromkeys(f"{cut.name}: {_until(cut)}" for cut in plan.cut_now)
    return [f"  {name}" for name in names]


def _until(cut: Cut) -> str:
    return f"until phase {cut.joined}" if cut.joined else "for good"


def _mends(plan: Plan) -> list[str]:
    if not plan.open_cuts:
        return []
    lines = [line for move in plan.moves for line in wrapped(_move(move.engine, move.after, move.mends, move.makes))]
    other = "Or bridge" if lines else "Bridge"
    lines += wrapped(f"{other} them in engines.yaml; to accept one instead, write accept, and why, for bridge")
    return lines + textwrap.indent(treatment_yaml(plan.open_cuts).strip("\n"), "      ").split("\n")


def _move(engine: str, phase: int, mends: Sequence[str], makes: Sequence[str]) -> str:
    cost = f", and cuts {', '.join(makes)}" if makes else ""
    return f"Move {engine} to phase {phase}: mends {', '.join(mends)}{cost}"


def _questions(plan: Plan) -> list[str]:
    lines = []
    for question in plan.questions:
        lines += wrapped(f"{question.id}: {question.text}")
        lines += [f"    {site}" for site in question.sites]
        lines += textwrap.indent(question.suggestion.strip("\n"), "      ").split("\n")
    return lines


def _left(plan: Plan) -> list[str]:
    lines = []
    for engine in plan.engines:
        refused = [each for each in engine.left if each.key not in engine.questions]
        moves = engine.files or engine.questions or engine.merged.uses_target  # else there is nothing beside what stays
        for each in refused:
            lines += wrapped(f"{engine.engine}: {each.where} {each.reason}")
        if refused:
            mend = acceptance(refused).strip("\n") if moves else "deferred: why it does not move"
            lines += textwrap.indent(mend, "      ").split("\n")
    return lines


def _stream(stream: PlannedStream) -> str:
    where = f" on {stream.bus}" if stream.bus else ""
    fixed = "fixed in engines.yaml" if stream.is_fixed else "not fixed"
    waits = f", and an answer to {stream.waits} may change it" if stream.waits else ""
    return f"{stream.name}: {stream.mode}{where}, {fixed}{waits}; {stream.reason}"


def _next(plan: Plan) -> list[str]:
    """What to do first, and the command on a line of its own: it is there to be copied."""
    phase = plan.next_phase
    if phase is None:
        return ["Next: nothing; every engine is merged or deferred"]
    if plan.to_fix:
        return [
            "Next, fix how each raw stream moves, so that no later run can choose otherwise:",
            "  migrate plan --write",
        ]
    left = any(engine.questions or engine.left for engine in phase.engines)
    open_ = [words for words, is_open in (("questions and refusals", left), ("open cuts", phase.open_cuts)) if is_open]
    first = f"decide about the {' and '.join(open_)} of phase {phase.number}, then type" if open_ else "type"
    merge = [] if open_ else wrapped("Merge its branches, and look at the platform before the next phase.", depth=0)
    return [f"Next, {first}:", f"  migrate --phase {phase.number}", *merge]
