"""An engine with a raw client on real servers, before its change on one and after it on two: what it did there."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import platform_clients  # so that an engine finds the module of the target
import pytest
from engines_of_one import change, settings, text_after, texts_of
from platform_clients import emptied

from codemods.model import Verdict
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings
from codemods.work import read_contract
from migrator.live.servers import MAIN, Servers

ENTRY_ID = re.compile(r"\d{13}-\d+")  # a time, which no two runs share
PATIENCE = 60  # seconds for one run
STEPS = {"use": ("MSFT", [{"p": "1"}, {"p": "2"}]), "read": (), "stop": ()}
"""What is called of an engine after its start, as far as it has it."""


class Seen(NamedTuple):
    """What a run gave back, and what it left on the servers: each stream's and each key's content, by name."""

    results: tuple[str, ...]
    content: Mapping[str, Any]


def assert_does_the_same(
    text: str, servers: Servers, monkeypatch: pytest.MonkeyPatch, told: Settings | None = None
) -> None:
    """The engine moves; a second run finds nothing; and it does on two buses what it did on one."""
    result = change(text, told)
    assert [site.reason for site in result.sites if site.verdict in (Verdict.ASK, Verdict.REFUSE)] == []
    after = text_after(result, text)
    assert (result.faults, result.ledger.adds_up, after != text) == ((), True, True)
    assert change(after, told).texts == {}
    monkeypatch.setenv("MARKETDATA_REDIS_PORT", str(servers.ports[MARKETDATA]))
    monkeypatch.setenv("ENGINE_LOGIC_REDIS_PORT", str(servers.ports[ENGINE_LOGIC]))
    (before, where), (then, there) = (_run(each, servers) for each in (text, after))
    assert then == before
    assert set(where.values()) == {MAIN}
    assert there == {name: _server_of(name, told or settings()) for name in where}


def _server_of(name: str, told: Settings) -> str:
    """Where the change takes what has this name: a stream to the bus of its route; a key, which has none, nowhere."""
    route = told.route(name)
    if route is None:
        return MAIN
    return route.bus or read_contract(texts_of(""), told).bus_of[route.message_type or ""]


def _run(text: str, servers: Servers) -> tuple[Seen, dict[str, str]]:
    """What the engine in this text does on empty servers, and on which of them each name is left."""
    assert platform_clients.dual
    emptied(servers)
    text = text.replace("6379", str(servers.ports[MAIN]))
    names: dict[str, Any] = {"__name__": "engine"}
    exec(compile(text, "engine.py", "exec", dont_inherit=True), names)
    results = asyncio.run(_steps(names["Engine"]()))
    content, where = {}, {}
    for server in servers.ports:
        with servers.client(server) as client:
            for name in sorted(client.scan_iter()):
                content[name], where[name] = _content(client, name), server
    return Seen(tuple(ENTRY_ID.sub("an id", each) for each in results), dict(sorted(content.items()))), where


async def _steps(engine: Any) -> list[str]:
    results: list[str] = []
    try:
        await engine.start()
        for step, values in STEPS.items():
            if hasattr(engine, step):
                call = asyncio.wait_for(getattr(engine, step)(*values), PATIENCE)
                results.append(repr(await call))
    except Exception as error:
        results.append(f"{type(error).__name__}: {error}")
    for held in list(vars(engine).values()):
        if hasattr(held, "close"):
            closed = (getattr(held, "aclose", None) or held.close)()
            if inspect.isawaitable(closed):
                await closed
    return results


def _content(client: Any, name: str) -> Any:
    if client.type(name) != "stream":
        return client.dump(name) if client.type(name) != "string" else client.get(name)
    groups = [(group["name"], group["consumers"], group["pending"]) for group in client.xinfo_groups(name)]
    return [fields for _, fields in client.xrange(name)], groups
