"""What a probe says: passed, failed or not run, and one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Verdict = dict[str, Any]
"""`status`, `said`, and of a failure the `buses` and message `types` that it is about; empty: all of them."""

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
NAMES = {"marketdata": "market data", "engine_logic": "engine logic"}


def passed(said: str) -> Verdict:
    """The client does what is expected."""
    return {"status": PASSED, "said": said}


def failed(said: str, types: Iterable[str] = ()) -> Verdict:
    """The client does something else; `said` has the figures."""
    return {"status": FAILED, "said": said, "types": list(types)}


def not_run(said: str) -> Verdict:
    """Nothing is known, and why."""
    return {"status": NOT_RUN, "said": said}


def over_buses(verdicts: Mapping[str, Verdict]) -> Verdict:
    """The worst of what was seen on the buses, with what was said of each of those."""
    for status in (FAILED, PASSED, NOT_RUN):
        worst = {bus: verdict for bus, verdict in verdicts.items() if verdict["status"] == status}
        said: dict[str, list[str]] = {}
        for bus, verdict in worst.items():
            said.setdefault(verdict["said"], []).append(NAMES[bus])
        if worst:
            told = "; ".join(f"{' and '.join(buses)}: {text}" for text, buses in said.items())
            types = [name for verdict in worst.values() for name in verdict.get("types", ())]
            return {"status": status, "said": told, "buses": list(worst), "types": types}
    return not_run("nothing arrives on either bus; see delivery")
