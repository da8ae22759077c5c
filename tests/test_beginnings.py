"""Where a raw client that was made early is connected, and what keeps it from being."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, assert_moves, change, slug, text_after

from codemods.model import Verdict

MAKE = "redis.Redis(decode_responses=True)  # here"
ENGINE = f"""\
import asyncio
import redis.asyncio as redis
{{top}}

class Engine:
    def __init__(self):
        self.link = {MAKE}

    async def start(self):
        self.task = asyncio.create_task(self.work())

    async def work(self):
        await self.link.xadd("raw-ticks", {{{{"a": "1"}}}})


{{end}}
"""
MAIN = "async def main():\n    engine = Engine()\n    {}\n\n\n"
GUARD = "if __name__ == '__main__':\n    {}\n"
RUN = GUARD.format("asyncio.run(main())")
APP = "engine = Engine()\napp = FastAPI()\n\n\n"
ROUTE = "@app.get('/')\nasync def route():\n    await engine.work()\n\n\n"
HELD = "the client is made at `__init__`, where nothing can be awaited, and where to connect it cannot be told: "


def engine(end: str, top: str = "") -> str:
    return ENGINE.format(end=end, top=top)


REFUSED = {
    "a main that uses it before its start": (
        engine(MAIN.format("await engine.work()\n    await engine.start()") + RUN),
        "`main` has no name for it where it begins",
    ),
    "a main that may not start it": (
        engine(MAIN.format("if engine:\n        await engine.start()\n    await engine.work()") + RUN),
        "`main` has no name for it where it begins",
    ),
    "a main that starts two things at once": (
        engine(MAIN.format("await asyncio.gather(engine.start(), engine.work())") + RUN),
        "`main` has no name for it where it begins",
    ),
    "a main that is run in a loop": (
        engine(MAIN.format("await engine.start()") + "while True:  # there\n    asyncio.run(main())\n"),
        "<there> may run it several times",
    ),
    "a main that is called again": (
        engine(MAIN.format("await engine.start()") + "async def again():\n    await main()  # there\n\n\n" + RUN),
        "`main` is also called at <there>",
    ),
    "a run in a function that is called twice": (
        engine(
            MAIN.format("await engine.start()")
            + "def run():\n    asyncio.run(main())\n\n\n"
            + GUARD.format("run()\n    run()")
        ),
        "`run` is not called once, and by nobody else",
    ),
    "a run in a thread": (
        engine(
            MAIN.format("await engine.start()")
            + "def run():\n    asyncio.run(main())\n\n\n"
            + GUARD.format("threading.Thread(target=run).start()"),
            "import threading",
        ),
        "`run` is not called once, and by nobody else",
    ),
    "a coroutine that is chosen": (
        engine(MAIN.format("await engine.start()") + GUARD.format("asyncio.run(wrap(main()))")),
        "what <run> runs first cannot be told",
    ),
    "a method that a decorator runs": (
        engine(
            "engine = Engine()\n\n\n@on.tick\nasync def tick():  # there\n    await engine.work()\n\n\n"
            "async def main():\n    await engine.start()\n\n\n" + RUN
        ),
        "its decorator may run `tick` before that, at <there>",
    ),
    "a task that is made before the loop runs": (
        engine(
            "engine = Engine()\nloop = asyncio.new_event_loop()\nloop.create_task(engine.work())  # there\n"
            "loop.run_until_complete(engine.start())\n"
        ),
        "`work` is used at <there>, before any event loop runs",
    ),
    "a function that something else is given": (
        engine(
            "engine = Engine()\n\n\nasync def tick():\n    await engine.work()\n\n\nregister(tick)  # there\n\n\n"
            "async def main():\n    await engine.start()\n\n\n" + RUN
        ),
        "`tick` is used at <there>, before any event loop runs",
    ),
    "a lambda that something else is given": (
        engine(
            "engine = Engine()\nregister(lambda: engine.work())\n\n\n"
            "async def main():\n    await engine.start()\n\n\n" + RUN
        ),
        "a lambda that nobody is seen to call uses it",
    ),
    "two applications": (
        engine(APP + "other = FastAPI()\n\n\n" + ROUTE, "from fastapi import FastAPI"),
        "2 applications are made, and which one is served cannot be told",
    ),
    "an application in a function": (
        engine(
            "engine = Engine()\n\n\ndef make():\n    return FastAPI()  # there\n\n\nasync def use():\n"
            "    await engine.work()\n",
            "from fastapi import FastAPI",
        ),
        "the application of <there> is not made at the top of its file",
    ),
    "an object that two classes may be": (
        engine(
            "class Other(Engine):\n    pass\n\n\ndef pick(): ...\n\n\n"
            "engine = Engine() if pick() else None\napp = FastAPI()\n\n\n" + ROUTE + "engine = pick()\n",
            "from fastapi import FastAPI",
        ),
        f"{SERVICE} has no name for it where it begins",
    ),
    "a handler that is no coroutine": (
        engine(
            APP + "@app.on_event('startup')\ndef up():\n    print('up')\n\n\n" + ROUTE, "from fastapi import FastAPI"
        ),
        "`app` has no coroutine for its startup",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_where_it_is_not_certain_nothing_moves(name: str) -> None:
    text, why = REFUSED[name]
    run = next((n for n, line in enumerate(text.split("\n"), 1) if "asyncio.run(" in line), 0)
    assert_held(text, Verdict.REFUSE, HELD + why.replace("<run>", f"{SERVICE}:{run}"))


FIRST = "await self.link.initialize()\n        self.task"
MOVES = {
    "a start that main awaits": (engine(MAIN.format("await engine.start()") + RUN), FIRST),
    "a start in a try": (
        engine(MAIN.format("try:\n        await engine.start()\n    finally:\n        print('down')") + RUN),
        FIRST,
    ),
    "a start through another coroutine": (
        engine(
            "async def up(engine):\n    await engine.start()\n\n\n" + MAIN.format("await up(engine)") + RUN,
        ),
        FIRST,
    ),
    "a run in a main function": (
        engine(
            MAIN.format("await engine.start()") + "def run():\n    asyncio.run(main())\n\n\n" + GUARD.format("run()")
        ),
        FIRST,
    ),
    "a coroutine of the object that is made for it": (engine(GUARD.format("asyncio.run(Engine().start())")), FIRST),
    "a server on the same loop": (
        engine(
            APP + ROUTE + "async def main():\n    await engine.start()\n"
            "    await uvicorn.Server(uvicorn.Config(app)).serve()\n\n\n" + RUN,
            "import uvicorn\nfrom fastapi import FastAPI",
        ),
        FIRST,
    ),
    "a router": (
        engine(
            "engine = Engine()\nrouter = APIRouter()\n\n\n"
            + ROUTE.replace("@app", "@router")
            + "app = FastAPI()\napp.include_router(router)\n",
            "from fastapi import APIRouter, FastAPI",
        ),
        "    await engine.link.initialize()\n    yield\n\n\napp = FastAPI(lifespan=lifespan)\n",
    ),
    "a dependency": (
        engine(
            APP
            + "async def told():\n    await engine.work()\n\n\n@app.get('/')\nasync def route(told=Depends(told)):\n"
            "    return told\n",
            "from fastapi import Depends, FastAPI",
        ),
        "    await engine.link.initialize()\n    yield\n\n\napp = FastAPI(lifespan=lifespan)\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_it_is_connected_by_the_first_thing_that_runs(name: str) -> None:
    text, shown = MOVES[name]
    result = change(text)
    assert shown in text_after(result, text)
    assert_moves(result)


def test_what_nobody_is_seen_to_call_is_warned_of() -> None:
    text = engine(MAIN.format("await engine.start()") + RUN).replace(
        "    async def start", "    async def more(self):\n        await self.work()\n\n    async def start"
    )
    warned = {warning for site in change(text).sites for warning in site.warnings}
    assert "activates: nobody is seen to call `more`; it has no bus before `start`" in warned


def test_two_clients_that_are_made_early_each_close_their_own() -> None:
    text = """\
import asyncio
import redis.asyncio as redis

one = redis.Redis(decode_responses=True)
two = redis.Redis(decode_responses=True)


async def main():
    await one.xadd("raw-ticks", {"a": "1"})
    await two.xadd("client-orders", {"a": "1"})
    await one.aclose()
    await two.aclose()


asyncio.run(main())
"""
    after = text_after(change(text), text)
    assert "    await one.initialize()\n    await two.initialize()\n" in after
    assert "    await one.close()\n    await two.close()\n" in after
