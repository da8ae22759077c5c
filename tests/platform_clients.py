"""The sample platform's two clients for tests: loaded from where they ship, and connected to real servers."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import migrator.demo
from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.live.servers import Servers

BACKEND = Path(migrator.demo.__file__).parent / "platform" / "backend"


def load(name: str) -> ModuleType:
    """A module of the platform, whose folder is on the path only meanwhile."""
    sys.path.insert(0, str(BACKEND))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BACKEND))


dual = load("dual_messagebus_client")
wrapper = load("enhanced_messagebus_client")


def emptied(servers: Servers) -> Servers:
    """The same servers with no keys, and with their counters at zero."""
    for name in servers.ports:
        with servers.client(name) as client:
            client.flushall()
            client.config_resetstat()
    return servers


def config(servers: Servers, engine: Any, instance: str = "1") -> Any:
    return dual.DualBusConfig(
        engine,
        instance,
        marketdata_redis_port=servers.ports[MARKETDATA],
        engine_logic_redis_port=servers.ports[ENGINE_LOGIC],
    )


@asynccontextmanager
async def connected(servers: Servers, *engines: Any) -> AsyncIterator[list[Any]]:
    """One connected client for each engine; closed afterwards, whatever happens."""
    clients = [dual.DualMessageBusClient(config(servers, engine)) for engine in engines]
    try:
        for client in clients:
            await client.initialize()
        yield clients
    finally:
        for client in clients:
            await client.close()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what must become true; the assertion that follows says what did not."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        await asyncio.sleep(0.02)


def collector() -> tuple[list[Any], Callable[[dict[str, str]], Awaitable[None]]]:
    """A list, and a handler that puts each decoded payload there."""
    payloads: list[Any] = []

    async def handler(message: dict[str, str]) -> None:
        payloads.append(json.loads(message["payload"]))

    return payloads, handler


def info(servers: Servers, name: str, section: str) -> dict[str, Any]:
    with servers.client(name) as client:
        return client.info(section)
