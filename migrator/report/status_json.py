"""The states of a campaign as one JSON object."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import asdict

from migrator import __version__
from migrator.report.status_text import detail, stray_detail
from migrator.status.run import CampaignStatus
from migrator.status.states import EngineState


def status_json(result: CampaignStatus) -> str:
    """The object as text; paths are relative to the repository."""
    whole = {
        "version": __version__,
        "base": result.base,
        "base_name": result.base_name,
        "config": result.config,
        "exit_code": result.exit_code(),
        "engines": [_engine(each, result.base_name) for each in result.engines],
        "strays": [
            {**asdict(each), "branch": asdict(each.branch), "detail": stray_detail(each, result.base_name)}
            for each in result.strays
        ],
    }
    return json.dumps(whole, indent=2) + "\n"


def _engine(each: EngineState, base: str) -> dict[str, Any]:
    return {
        "engine": each.engine,
        "phase": each.phase,
        "state": each.state.value,
        "detail": detail(each, base),
        "next": list(each.next),
        "branch": asdict(each.branch) if each.branch else None,
        "moved": asdict(each.moved) if each.moved else None,
        "waits": each.waits,
        "last_failure": each.failure,
        "questions": [question.id for question in each.scan.change.questions],
        "ledger": asdict(each.scan.change.ledger),
        "left": [asdict(left) for left in each.merged.left],
    }
