"""Raw clients made where nothing can be awaited, on real servers: the same entries, on the bus of their stream."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines_of_one import change, text_after
from platform_clients import emptied
from served_engines import run, served

from codemods.model import Verdict
from codemods.settings import MARKETDATA
from migrator.live.servers import MAIN, Servers

MAKE = 'redis.Redis(host="localhost", port=6379, decode_responses=True)'
CLASS = f"""\
import asyncio

import redis.asyncio as redis


class Engine:
    def __init__(self):
        self.link = {MAKE}
        self.done = asyncio.Event()

    async def start(self):
        self.task = asyncio.create_task(self.work())

    async def work(self):
        for number in range(3):
            await self.link.xadd("raw-ticks", {{"n": number}})
        print(await self.link.xlen("raw-ticks"))
        self.done.set()

    async def stop(self):
        await self.task
        await self.link.aclose()
        print("stopped")


async def main():
    engine = Engine()
    await engine.start()
    try:
        await engine.done.wait()
    finally:
        await engine.stop()


if __name__ == "__main__":
    asyncio.run(main())
"""
MODULE = f"""\
import asyncio

import redis.asyncio as redis

link = {MAKE}


async def publish(number):
    await link.xadd("raw-ticks", {{"n": number}})


async def main():
    for number in range(3):
        await publish(number)
    print(await link.xlen("raw-ticks"))
    await link.aclose()
    print("stopped")


asyncio.run(main())
"""
SPLIT = f"""\
import asyncio

import redis.asyncio as redis


class Engine:
    def __init__(self):
        self.link = {MAKE}

    async def run(self):
        for number in range(3):
            await self.link.xadd("raw-ticks", {{"n": number}})
            await self.link.set("last", number)
        print(await self.link.xlen("raw-ticks"))
        print("last", await self.link.get("last"))
        await self.link.aclose()


asyncio.run(Engine().run())
"""
PLAIN = f"""\
import redis

link = {MAKE}


def publish(number):
    link.xadd("raw-ticks", {{"n": number}})


def main():
    for number in range(3):
        publish(number)
    print(link.xlen("raw-ticks"))
    link.close()
    print("stopped")


if __name__ == "__main__":
    main()
"""
MANAGED = f"""\
import asyncio

import redis.asyncio as redis


class Writer:
    def __init__(self):
        self.link = {MAKE}

    async def __aenter__(self):
        print("entered")
        return self

    async def __aexit__(self, *error):
        await self.link.aclose()

    async def write(self, number):
        await self.link.xadd("raw-ticks", {{"n": number}})


async def main():
    async with Writer() as writer:
        for number in range(3):
            await writer.write(number)


asyncio.run(main())
"""
BLOCKING = (
    MODULE.replace("redis.asyncio as redis", "redis")
    .replace("await link.aclose", "link.close")
    .replace("await link.", "link.")
)
SCRIPTS = {
    "a constructor": (CLASS, ["3", "stopped"]),
    "a module": (MODULE, ["3", "stopped"]),
    "a module, and a client that blocks": (BLOCKING, ["3", "stopped"]),
    "a program without a coroutine": (PLAIN, ["3", "stopped"]),
    "an object that `async with` enters": (MANAGED, ["entered"]),
    "a constructor, and a client of keys as well": (SPLIT, ["3", "last 2"]),
}
ROUTES = f"""\
import redis.asyncio as redis
from fastapi import FastAPI

link = {MAKE}
app = FastAPI()


@app.get("/health")
async def health():
    return {{"ok": True}}


@app.post("/ticks/{{number}}")
async def tick(number: int):
    await link.xadd("raw-ticks", {{"n": number}})
    return {{"count": await link.xlen("raw-ticks")}}
"""
OBJECT = (
    ROUTES.replace(
        f"link = {MAKE}\napp = FastAPI()\n",
        f"""\

class Engine:
    def __init__(self):
        self.link = {MAKE}

    async def add(self, number):
        await self.link.xadd("raw-ticks", {{"n": number}})


engine = Engine()


@asynccontextmanager
async def lifespan(app):
    yield
    await engine.link.aclose()


app = FastAPI(lifespan=lifespan)
""",
    )
    .replace('await link.xadd("raw-ticks", {"n": number})', "await engine.add(number)")
    .replace("await link.xlen", "await engine.link.xlen")
    .replace("import redis", "from contextlib import asynccontextmanager\n\nimport redis", 1)
)
GIVEN = (
    ROUTES.replace("import FastAPI", "import Depends, FastAPI")
    .replace("async def tick(number: int):", "async def tick(number: int, link: redis.Redis = Depends(get_link)):")
    .replace('@app.get("/health")', 'def get_link():\n    return link\n\n\n@app.get("/health")')
)
APPLICATIONS = {
    "routes that are given a client": GIVEN,
    "routes over a client of the module": ROUTES,
    "routes over an object of the module": OBJECT,
}
ADDED = [{"n": "0"}, {"n": "1"}, {"n": "2"}]


def entries(servers: Servers, server: str) -> list[dict[str, str]]:
    """What is in the stream on one server."""
    with servers.client(server) as client:
        return [fields for _, fields in client.xrange("raw-ticks")]


def moved(text: str) -> str:
    """The engine's text after its change, of which nothing is left to a person."""
    result = change(text)
    assert {site.verdict for site in result.sites} <= {Verdict.REWRITE, Verdict.KEEP}
    after = text_after(result, text)
    assert "create_dual_bus_client(EngineType.PORTFOLIO)" in after
    return after


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_adds_the_same_entries_and_says_the_same(name: str, servers: Servers, tmp_path: Path) -> None:
    text, said = SCRIPTS[name]
    emptied(servers)
    assert (run(tmp_path, text, servers), entries(servers, MAIN)) == (said, ADDED)
    emptied(servers)
    assert (run(tmp_path, moved(text), servers), entries(servers, MAIN)) == (said, [])
    assert entries(servers, MARKETDATA) == ADDED


@pytest.mark.parametrize("name", APPLICATIONS)
def test_routes_add_the_same_entries_and_answer_the_same(name: str, servers: Servers, tmp_path: Path) -> None:
    text = APPLICATIONS[name]
    for code, server in ((text, MAIN), (moved(text), MARKETDATA)):
        emptied(servers)
        with served(tmp_path, code, servers, "-m", "uvicorn", "service:app", "--port", "{port}") as engine:
            answers = [engine.call("POST", f"/ticks/{number}") for number in range(3)]
        assert answers == [(200, f'{{"count":{number}}}') for number in (1, 2, 3)]
        assert entries(servers, server) == ADDED
        assert "Application shutdown complete" in engine.log.read_text()
