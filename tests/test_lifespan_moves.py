"""Starts that move into the lifespan, on real servers: what the route publishes arrives, and what is told is heard."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from engines_of_one import change, text_after
from platform_clients import emptied
from served_engines import served

from codemods.model import Verdict
from codemods.settings import ENGINE_LOGIC
from migrator.live.servers import MAIN, Servers

ENGINE = """\
import asyncio
import os

import uvicorn
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
from fastapi import FastAPI
{imports}

class Engine:
    def __init__(self):
        self.bus = None
        self.heard = []

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
        await self.bus.subscribe("portfolio.update.*", self.on_update)
        print("started", flush=True)

    async def on_update(self, message):
        self.heard.append(message.payload["a"])

    async def stop(self):
        await self.bus.stop()
        print("stopped", flush=True)


engine = Engine()
{app}

@app.get("/health")
async def health():
    return {{"heard": engine.heard}}


@app.post("/tell")
async def tell():
    await engine.bus.publish("portfolio.update.x", {{"a": 1}})


if __name__ == "__main__":
    {run}
"""
RUN = 'asyncio.run(engine.start())\n    uvicorn.run(app, port=int(os.environ["PORT"]))'
LOOP = (
    "loop = asyncio.new_event_loop()\n    loop.run_until_complete(engine.start())\n"
    '    uvicorn.run(app, port=int(os.environ["PORT"]))\n    loop.run_until_complete(engine.stop())\n    loop.close()'
)
BOOT = (
    'async def boot():\n        print("booting", flush=True)\n        await engine.start()\n\n    asyncio.run(boot())\n'
    '    try:\n        uvicorn.run(app, port=int(os.environ["PORT"]))\n    finally:\n        asyncio.run(engine.stop())'
)
MANAGED = """

@asynccontextmanager
async def around(app):
    print("up", flush=True)
    yield
    print("down", flush=True)


app = FastAPI(lifespan=around)
"""
ENGINES = {
    "an application without a lifespan": (ENGINE.format(imports="", app="app = FastAPI()\n", run=RUN), ["started"]),
    "a loop by hand, and a stop": (
        ENGINE.format(imports="", app="app = FastAPI()\n", run=LOOP),
        ["started", "stopped"],
    ),
    "a coroutine for the start, and a stop that comes last": (
        ENGINE.format(imports="", app="app = FastAPI()\n", run=BOOT),
        ["booting", "started", "stopped"],
    ),
    "a lifespan that is there": (
        ENGINE.format(imports="from contextlib import asynccontextmanager\n", app=MANAGED, run=LOOP),
        ["started", "up", "down", "stopped"],
    ),
}
WORDS = ("booting", "started", "stopped", "up", "down")


@pytest.mark.parametrize("name", ENGINES)
def test_a_route_publishes_as_before_and_what_is_told_is_heard_at_last(
    name: str, servers: Servers, tmp_path: Path
) -> None:
    """The reader of a dead loop heard nothing: on the server's loop it does, which the site's warnings say."""
    text, order = ENGINES[name]
    result = change(text)
    assert {site.verdict for site in result.sites} == {Verdict.REWRITE}
    emptied(servers)
    assert ran(text, servers, tmp_path, MAIN, "messagebus") == (200, [], 1)
    after = text_after(result, text)
    stream = "engine_logic:portfolio_update"
    assert ran(after, servers, tmp_path, ENGINE_LOGIC, stream) == (200, [1], 1)
    assert [line for line in (tmp_path / "engine.log").read_text().splitlines() if line in WORDS] == order


def ran(text: str, servers: Servers, folder: Path, server: str, stream: str) -> tuple[int, list[int], int]:
    """The status of a publishing route, what the engine heard of it, and how many messages arrived."""
    with served(folder, text, servers) as engine:
        status, _ = engine.call("POST", "/tell")
        end = time.monotonic() + (30 if server == ENGINE_LOGIC else 0.2)
        while not (heard := json.loads(engine.call("GET", "/health")[1])["heard"]) and time.monotonic() < end:
            time.sleep(0.02)
    with servers.client(server) as client:
        return status, heard, client.xlen(stream)
