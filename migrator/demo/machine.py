"""The demo's results for machines: one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migrator.demo.bridge import Bridged
from migrator.demo.results import EdgeResult, ServerResult, StageResult
from migrator.demo.verdict import Check


def describe(stages: Sequence[StageResult], checks: Sequence[Check], diffs: Path) -> dict[str, Any]:
    """All facts of the table and of the verdict; rates are a second."""
    return {
        "passed": all(check.passed for check in checks),
        "checks": [{"check": check.sentence, "passed": check.passed, "faults": check.faults} for check in checks],
        "diffs": str(diffs),
        "stages": [describe_stage(stage) for stage in stages],
    }


def describe_stage(stage: StageResult) -> dict[str, Any]:
    """One stage, with its servers, edges and routes."""
    return {
        "name": stage.name,
        "at_rest": stage.at_rest,
        "killed": stage.killed,
        "servers": {name: describe_server(server) for name, server in stage.servers.items()},
        "edges": [describe_edge(result) for result in stage.edges],
        "routes": dict(stage.routes),
        "bridge": describe_bridge(stage.bridge),
        "observed": [f"{finding.server}: {finding.sentence}" for finding in stage.said.findings],
        "verified": {
            verdict.engine: {outcome.check: outcome.state for outcome in verdict.outcomes}
            for verdict in stage.said.verdicts
        },
    }


def describe_server(server: ServerResult) -> dict[str, Any]:
    """What one server counted during a stage."""
    delta = server.delta
    return {
        "seconds": round(delta.seconds, 3),
        "cpu_percent": round(delta.cpu_percent, 2),
        "connections": dict(server.connections.bus),
        "cache_connections": dict(server.connections.cache),
        "other_connections": server.connections.unknown,
        "connections_received": delta.received,
        "xreadgroup_calls": round(server.reads_per_second, 1),
        "xreadgroup_failed": round(server.failed_per_second, 1),
        "bus_calls": delta.bus_calls,
        "errors": dict(delta.errors),
        "pending": server.pending,
        "restarted": delta.restarted,
    }


def describe_bridge(bridge: Bridged | None) -> dict[str, Any] | None:
    """What the bridge did at a stage; null at one that has none."""
    if bridge is None:
        return None
    return {
        "phase": bridge.phase,
        "carried": dict(bridge.carried),
        "needless": bridge.needless,
        "faults": bridge.faults,
    }


def describe_edge(result: EdgeResult) -> dict[str, Any]:
    """What went over one edge during a stage."""
    edge = result.edge
    return {
        "publisher": edge.publisher,
        "channel": edge.channel,
        "consumer": edge.consumer,
        "published": result.published,
        "handled": result.handled,
        "publisher_server": result.publisher_server,
        "consumer_server": result.consumer_server,
        "cut": result.is_cut,
        "bridged": result.bridged,
    }
