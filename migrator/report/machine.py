"""A run as one JSON object: the same facts as on the terminal, with every site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins
from msgspec.structs import asdict

from codemods.model import Fault
from codemods.secrets import without_secrets
from migrator import __version__
from migrator.planning.gate import Gate
from migrator.results import EngineResult, Run


def run_json(run: Run, exit_code: int, bodies: Mapping[str, str] | None = None) -> str:
    """The run as text; paths are relative to the repository. `bodies` has texts of pull requests, by engine."""
    whole = {
        "version": __version__,
        "base": run.base,
        "config": run.config,
        "dry_run": run.dry_run,
        "exit_code": exit_code,
        "gates": [_gate(gate, run.goes_on) for gate in run.gates],
        "streams": {name: asdict(mode) for name, mode in run.own_modes.items()},
        "engines": [_engine(result) | _body(result, bodies) for result in run.engines],
    }
    return json.dumps(whole, indent=2)


def _body(result: EngineResult, bodies: Mapping[str, str] | None) -> dict[str, str | None]:
    return {} if bodies is None else {"pr_body": bodies.get(result.engine)}


def _gate(gate: Gate, goes_on: str) -> dict[str, Any]:
    return {"phase": gate.phase, "overridden_by": goes_on or None, "reasons": list(gate.reasons())}


def _engine(result: EngineResult) -> dict[str, Any]:
    change = result.change
    return {
        "engine": result.engine,
        "phase": result.phase,
        "status": result.status.value,
        "branch": result.branch,
        "commit": result.commit,
        "destinations": list(result.destinations),
        "unsigned": result.unsigned,
        "pushed": result.pushed,
        "unpushed": result.unpushed,
        "on_top": result.on_top,
        "beside": result.beside,
        "advice": list(result.advice),
        "problems": list(result.problems),
        "tests": asdict(result.tests) if result.tests else None,
        "faults": [_fault(fault) for fault in change.faults],
        "files": [asdict(file) for file in change.files],
        "ledger": asdict(change.ledger),
        "questions": [asdict(question) for question in change.questions],
        "sites": to_builtins(change.sites),
        "clients": [asdict(client) for client in change.clients],
        "notes": list(change.notes),
        "leftovers": list(change.leftovers),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    """A fault without what may be a secret in the lines that show it."""
    return asdict(fault) | {"before": without_secrets(fault.before), "after": without_secrets(fault.after)}
