"""A plan as one JSON object: the same facts as in its text."""

from __future__ import annotations

import json
from typing import Any

from msgspec import to_builtins

from migrator.graph import Edge
from migrator.planning.cuts import Cut
from migrator.planning.values import Plan, PlannedEngine, PlannedPhase


def plan_json(plan: Plan) -> str:
    """The plan as text; paths are relative to the repository."""
    whole = {
        "base": plan.base,
        "exit_code": plan.exit_code(),
        "next_phase": plan.next_phase.number if plan.next_phase else None,
        "phases": [_phase(phase) for phase in plan.phases],
        "cut_now": [_cut(cut) for cut in plan.cut_now],
        "moves": [to_builtins(move) for move in plan.moves],
        "streams": [to_builtins(stream) for stream in plan.streams],
        "questions": [to_builtins(question) for question in plan.questions],
        "idle": list(plan.idle),
        "problems": list(plan.problems),
    }
    return json.dumps(whole, indent=2) + "\n"


def _phase(phase: PlannedPhase) -> dict[str, Any]:
    return {
        "phase": phase.number,
        "merged": phase.is_merged,
        "engines": [_engine(engine) for engine in phase.engines],
        "cuts": [_cut(cut) for cut in phase.cuts],
        "joins": [_ends(edge) for edge in phase.joined],
    }


def _engine(engine: PlannedEngine) -> dict[str, Any]:
    return {
        "engine": engine.engine,
        "branch": engine.branch,
        "state": engine.state,
        "reason": engine.reason,
        "files": engine.files,
        "lines_added": engine.added,
        "lines_removed": engine.removed,
        "ledger": to_builtins(engine.ledger),
        "questions": list(engine.questions),
        "left": [to_builtins(each) for each in engine.merged.left],
    }


def _cut(cut: Cut) -> dict[str, Any]:
    return {
        **_ends(cut.edge),
        "phase": cut.phase,
        "joined": cut.joined,
        "treatment": cut.treatment,
        "accepted": cut.accepted,
        "held": list(cut.held),
    }


def _ends(edge: Edge) -> dict[str, str]:
    return {"publisher": edge.publisher, "consumer": edge.consumer, "name": edge.name}
