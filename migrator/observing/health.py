"""How the engines of this host answer: the status of each route that can be asked for without an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator.live.http import NO_ANSWER, call, get_json

Health = Mapping[str, Mapping[str, int]]
"""Engine -> `GET /route` -> status."""

ALWAYS = ("/health",)
DESCRIPTION = "/openapi.json"
MOST = 50  # routes of one engine
PATIENCE = 5.0  # seconds for an answer


def ask_engines(ports: Mapping[int, str]) -> dict[str, dict[str, int]]:
    """The statuses of every engine that answers at all on its port of this host."""
    asked = {engine: ask_engine(port) for port, engine in ports.items()}
    return {
        engine: routes for engine, routes in asked.items() if any(status != NO_ANSWER for status in routes.values())
    }


def ask_engine(port: int, paths: tuple[str, ...] = ()) -> dict[str, int]:
    """The status of each of these routes; without any, of /health and of what the engine says of itself."""
    asked = paths or tuple(dict.fromkeys((*ALWAYS, *described(get_json(port, DESCRIPTION)))))
    return {f"GET {path}": call(port, "GET", path, timeout=PATIENCE)[0] for path in asked[:MOST]}


def described(description: Any) -> Iterator[str]:
    """The routes that an OpenAPI description has for GET, without those that need to be told something."""
    paths = description.get("paths") if isinstance(description, Mapping) else None
    for path, methods in sorted((paths or {}).items()):
        about = methods.get("get") if isinstance(methods, Mapping) else None
        if isinstance(about, Mapping) and "{" not in path and not needs_more(about):
            yield path


def needs_more(about: Mapping[str, Any]) -> bool:
    """Whether a route has a parameter that must be given."""
    return any(isinstance(each, Mapping) and each.get("required") for each in about.get("parameters", ()))
