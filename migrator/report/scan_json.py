"""A scan as one JSON object: the same bytes for every order in which engines and files come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import asdict

from codemods.model import FileOutcome, Ledger, Verdict
from migrator.graph import Channel, Edge, Graph
from migrator.places import NOW, Point
from migrator.scanned import EngineScan, Scanned, broken_file, site_order, total


def scan_json(result: Scanned) -> str:
    """The scan as text; paths are relative to the repository."""
    sites = sorted((site for engine in result.engines for site in engine.change.sites), key=site_order)
    ledgers = result.ledgers
    whole = {
        "sites": msgspec.to_builtins(sites),
        "clients": _clients(result.engines),
        "questions": [asdict(question) for question in result.questions],
        "files": [_file(file, ledgers) for file in _files(result.engines)],
        "ledger": asdict(result.ledger),
        "engines": [_engine(engine) for engine in result.engines],
        "phases": [_phase(phase, result) for phase in result.phases],
        "idle_answers": list(result.idle),
        "streams": _streams(result.graph),
    }
    return "{{\n{}\n}}".format(",\n".join(f'  "{key}": {_lines(value)}' for key, value in whole.items()))


def _lines(value: object) -> str:
    """A list with each of its items on a line: with an indent the encoder is Python's own, and 10 times as slow."""
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n{}\n  ]".format(",\n".join(f"    {json.dumps(item)}" for item in value))


def _clients(engines: Iterable[EngineScan]) -> list[dict[str, Any]]:
    found = [{"engine": each.engine, **asdict(client)} for each in engines for client in each.change.clients]
    return sorted(found, key=lambda client: (client["path"], client["line"], client["id"], client["engine"]))


def _files(engines: Iterable[EngineScan]) -> list[FileOutcome]:
    """Each file with a site, and each that cannot be read: what a run would do with it."""
    found: dict[str, FileOutcome] = {}
    for engine in engines:
        for site in engine.change.sites:
            if site.verdict is Verdict.REWRITE:
                found[site.path] = FileOutcome(site.path, "changed")
            found.setdefault(site.path, FileOutcome(site.path, "unchanged"))
    for engine in engines:
        found |= {file.path: file for file in engine.failed_files}
    return [found[path] for path in sorted(found)]


def _file(file: FileOutcome, ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
    ledger = ledgers.get(file.path, Ledger())
    return {**asdict(file), "warnings": list(broken_file(file)), "ledger": asdict(ledger)}


def _engine(engine: EngineScan) -> dict[str, Any]:
    change = engine.change
    return {
        "engine": engine.engine,
        "phase": engine.phase,
        "state": engine.state,
        "progress": engine.progress,
        "clients": len(change.clients),
        "ledger": asdict(change.ledger),
        "questions": sorted(question.id for question in change.questions),
        "warnings": engine.warnings,
        "notes": list(change.notes),
        "problems": list(engine.problems),
    }


def _phase(phase: int, result: Scanned) -> dict[str, Any]:
    engines = [engine for engine in result.engines if engine.phase == phase]
    return {
        "phase": phase,
        "engines": [engine.engine for engine in engines],
        "progress": dict(result.progress(phase)),
        "ledger": asdict(total(engines)),
        "joined": [_brief(edge) for edge in result.graph.joined_at(phase)],
        "cut": [_brief(edge) for edge in result.graph.cut_at(phase)],
    }


def _streams(graph: Graph) -> dict[str, Any]:
    return {
        "names": [_channel(channel) for channel in graph.channels],
        "edges": [_edge(edge) for edge in graph.edges],
        "cut_now": [_brief(edge) for edge in graph.cut_at(NOW)],
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "name": channel.name,
        "kind": channel.kind,
        "message_types": list(channel.message_types),
        "buses": list(channel.buses),
        "mode": channel.mode,
        "publishers": [_point(point) for point in channel.publishers],
        "consumers": [_point(point) for point in channel.consumers],
        "inspectors": [_point(point) for point in channel.inspectors],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        **_brief(edge),
        "kind": edge.kind,
        "message_type": edge.message_type,
        "bus": edge.bus,
        "cut": list(edge.cut),
        "joined": edge.joined,
        "publishers": [_point(point) for point in edge.publishers],
        "consumers": [_point(point) for point in edge.consumers],
    }


def _brief(edge: Edge) -> dict[str, str]:
    return {"publisher": edge.publisher, "name": edge.name, "consumer": edge.consumer}


def _point(point: Point) -> dict[str, Any]:
    end = point.end
    return {
        "engine": end.engine,
        "path": end.path,
        "line": end.line,
        "before": point.before,
        "after": point.after,
        "moves": point.moves,
    }
