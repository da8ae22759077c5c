"""Which starts move into the application's lifespan, and what keeps the others where they are."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, assert_moves, change, slug, text_after

from codemods.lifespans import ENGINE
from codemods.model import Verdict

BARE = ENGINE.format(app="app = FastAPI()\n", run="RUN").replace("MessageBusConfig())", "MessageBusConfig())  # here")
START = "asyncio.run(engine.start())  # there\n    "
MOVED = f"{START}uvicorn.run(app)  # served"
STAYS = "<there> makes the client on a loop of its own, and line <served> serves on another; "
STAYS += "its start cannot move into the lifespan: "
EVENT = "@app.on_event('startup')\nasync def up():\n    {}\n\n\n"


def engine(run: str = MOVED, app: str = "", before: str = "") -> str:
    """An engine whose program ends with this; `app` is how its application is made, `before` stands above the end."""
    text = BARE.replace("RUN", run).replace("app = FastAPI()\n", app or "app = FastAPI()\n")
    return text.replace("if __name__", f"{before}\n\nif __name__" if before else "if __name__")


REFUSED = {
    "something that can be seen between": (
        engine(f"{START}print('up')\n    uvicorn.run(app)  # served"),
        "line <next> would then come before it",
    ),
    "a port that the start may change": (
        engine(f"{START}uvicorn.run(app, port=engine.port)  # served"),
        "line <served> needs `engine`, which it may change",
    ),
    "several processes": (
        engine(f"{START}uvicorn.run('service:app', workers=2)  # served"),
        "`workers` of line <served> would start it in several processes, or again",
    ),
    "a server that reloads": (
        engine(f"{START}uvicorn.run('service:app', reload=True)  # served"),
        "`reload` of line <served> would start it in several processes, or again",
    ),
    "a lifespan that is switched off": (
        engine(f"{START}uvicorn.run(app, lifespan='off')  # served"),
        "line <served> says itself whether there is a lifespan",
    ),
    "options that are not known": (
        engine(f"{START}uvicorn.run(app, **options)  # served"),
        "what line <served> is given cannot be told",
    ),
    "an application of another file": (
        engine(f"{START}uvicorn.run('other:app')  # served"),
        "line <served> does not serve an application by its name",
    ),
    "an application that a function makes": (
        engine(app="app = make_app()\n"),
        "`app` is not made by FastAPI(...) or Starlette(...) in this file",
    ),
    "an application that is made twice": (
        engine(app="app = FastAPI()\napp = FastAPI()\n"),
        "`app` is not made once, at the top of this file",
    ),
    "a loop that is used again": (
        engine(
            "loop = asyncio.new_event_loop()\n    loop.run_until_complete(engine.start())  # there\n"
            "    loop.call_soon(print)\n    uvicorn.run(app)  # served"
        ),
        "its loop is used again in line <next>",
    ),
    "a thread": (
        engine(
            "import threading\n\n    threading.Thread(target=boot).start()  # next\n    uvicorn.run(app)  # served",
            before="def boot():\n    asyncio.run(engine.start())  # there\n",
        ),
        f"`boot` is handed on at {SERVICE}:<next>, perhaps to another thread",
    ),
    "a function that is called twice": (
        engine("main()\n    main()", before=f"def main():\n    {MOVED}\n"),
        "`main` is not called once, and by nobody else",
    ),
    "a condition": (
        engine("if app.debug:\n        asyncio.run(engine.start())  # there\n    uvicorn.run(app)  # served"),
        "it does not stand in the same block as line <served>, before it",
    ),
    "a result": (
        engine("up = asyncio.run(engine.start())  # there\n    uvicorn.run(app)  # served"),
        "line <there> is more than the run of one coroutine",
    ),
    "an option of the run": (
        engine("asyncio.run(engine.start(), debug=True)  # there\n    uvicorn.run(app)  # served"),
        "line <there> is more than the run of one coroutine",
    ),
    "an engine that only the program has": (
        engine(f"engine = Engine()\n    {MOVED}").replace("\nengine = Engine()\napp", "\napp"),
        "`engine` is bound under a condition",
    ),
    "a local argument": (
        engine(
            "main()",
            before=f"def main():\n    wait = 3\n    {MOVED.replace('start()', 'start(wait)')}\n",
        ).replace("start(self)", "start(self, wait)"),
        "`wait` is known in line <there> only",
    ),
    "a name that the lifespan has for itself": (
        engine(
            app="\n\n@asynccontextmanager\nasync def around(app):\n    engine = 1\n    yield engine\n\n\n"
            "app = FastAPI(lifespan=around)\n"
        ).replace("import asyncio\n", "import asyncio\nfrom contextlib import asynccontextmanager\n"),
        "`engine` means something else in `around`",
    ),
    "a start that is called again": (
        engine(before="@app.post('/start')\nasync def again():\n    await engine.start()  # next\n"),
        f"`start` is also called at {SERVICE}:<next>",
    ),
    "a start that takes over the signals": (
        engine(before="").replace(
            "        await self.bus.start()\n",
            "        await self.bus.start()\n"
            "        asyncio.get_running_loop().add_signal_handler(15, self.stop)  # next\n",
        ),
        f"it takes over signals at {SERVICE}:<next>, by which the server is stopped",
    ),
    "a port that is computed": (
        engine(f"{START}uvicorn.run(app, port=free_port())  # served"),
        "what line <served> computes would then come before it",
    ),
    "more than a stop at last": (
        engine(
            f"{START}try:\n        uvicorn.run(app)  # served\n    finally:\n        print('down')\n"
            "        asyncio.run(engine.stop())"
        ),
        "line <down> would then come after it",
    ),
    "a coroutine that does more": (
        engine(
            "async def boot():\n        if app.debug:  # next\n            await engine.start()\n\n"
            "    asyncio.run(boot())  # there\n    uvicorn.run(app)  # served"
        ),
        "`boot` does more than to await in line <next>",
    ),
    "a function that is given the application": (
        engine(before="setup(app)  # next\n"),
        "`app` is handed on in line <next>, and more may begin with it there",
    ),
    "a router of elsewhere": (
        engine(before="app.include_router(router)  # next\n").replace(
            "import FastAPI\n", "import FastAPI\nfrom x import router\n"
        ),
        "line <next> includes a router that may have a beginning of its own",
    ),
    "handlers that are added by hand": (
        engine(before="app.router.on_startup.append(print)  # next\n"),
        "what else begins with `app` is said in line <next>",
    ),
    "a lifespan that is a class": (
        engine(app="app = FastAPI(lifespan=Around())\n"),
        "the lifespan of `app` is no plain `@asynccontextmanager` of this file",
    ),
    "a startup that is no coroutine": (
        engine(before=EVENT.format("pass").replace("async def", "def")),
        "`app` has no coroutine for its startup",
    ),
    "a stop without a shutdown": (
        engine(f"{MOVED}\n    asyncio.run(engine.stop())", before=EVENT.format("pass")),
        "`app` has no coroutine for its shutdown",
    ),
    "a startup that returns early": (
        engine(before=EVENT.format("return")),
        "a handler of `app` returns before its end",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_what_is_not_plain_stays(name: str) -> None:
    text, why = REFUSED[name]
    lines = text.split("\n")
    there = next(n for n, line in enumerate(lines, 1) if line.endswith("# there"))
    places = {"there": there, "next": there + 1}
    places |= {m: n for n, line in enumerate(lines, 1) for m in ("served", "next") if line.endswith(f"# {m}")}
    places |= {"down": next((n for n, line in enumerate(lines, 1) if "print('down')" in line), 0)}
    reason = STAYS.replace("<there>", f"{SERVICE}:{there}") + why
    for mark, line in places.items():
        reason = reason.replace(f"<{mark}>", str(line))
    assert_held(text, Verdict.REFUSE, reason)


LIFESPAN = "@asynccontextmanager\nasync def lifespan(app: FastAPI):\n    await engine.start()\n    yield\n"
MOVES = {
    "arguments on lines of their own": (
        engine(app='app = FastAPI(\n    title="P",  # the title\n    version="1",\n)\n'),
        f'\n\n\n{LIFESPAN}\n\napp = FastAPI(\n    title="P",  # the title\n    version="1",\n'
        "    lifespan=lifespan,\n)\n",
    ),
    "arguments without a comma behind the last": (
        engine(app='app = FastAPI(\n    title="P",\n    version="1"\n)\n'),
        'app = FastAPI(\n    title="P",\n    version="1",\n    lifespan=lifespan\n)\n',
    ),
    "a comment above the application": (
        engine(app="# what is served\napp = FastAPI()\n"),
        f"engine = Engine()\n\n\n{LIFESPAN}\n\n# what is served\napp = FastAPI(lifespan=lifespan)\n",
    ),
    "a name that is taken": (
        engine(before="lifespan = 3\n"),
        "app = FastAPI(lifespan=app_lifespan)\n",
    ),
    "handlers of events": (
        engine(
            f"{MOVED}\n    asyncio.run(engine.stop())",
            before="@app.on_event('startup')\nasync def up():\n    '''Up.'''\n    print('up')\n\n\n"
            "@app.on_event('shutdown')\nasync def down():\n    print('down')\n",
        ),
        "    '''Up.'''\n    await engine.start()\n    print('up')\n\n\n@app.on_event('shutdown')\nasync def down():\n"
        "    print('down')\n    await engine.stop()\n",
    ),
    "a main function": (
        engine("main()", before=f"def main():\n    port = int('1')\n    {MOVED.replace('(app', '(app, port=port')}\n"),
        "def main():\n    port = int('1')\n    uvicorn.run(app, port=port)  # served\n",
    ),
    "a loop that another statement takes": (
        engine(f"asyncio.get_event_loop().run_until_complete(engine.start())\n    {MOVED[len(START) :]}"),
        'if __name__ == "__main__":\n    uvicorn.run(app)  # served\n',
    ),
    "a stop that comes last, whatever happens": (
        engine(f"{START}try:\n        uvicorn.run(app)  # served\n    finally:\n        asyncio.run(engine.stop())"),
        'if __name__ == "__main__":\n    uvicorn.run(app)  # served\n',
    ),
    "a coroutine for the start alone": (
        engine(
            "async def boot():\n        print('up')\n        await engine.start()\n\n    asyncio.run(boot())\n"
            "    uvicorn.run(app)  # served"
        ),
        "    print('up')\n    await engine.start()\n    yield\n",
    ),
    "two starts": (
        engine(
            f"asyncio.run(warm())\n    {MOVED}",
            before='async def warm():\n    await engine.bus.publish("portfolio.update.x", {})\n',
        ),
        "    await warm()\n    await engine.start()\n    yield\n",
    ),
    "a router of this file": (
        engine(before="router = APIRouter()\napp.include_router(router)\n"),
        "app = FastAPI(lifespan=lifespan)\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_what_is_plain_moves(name: str) -> None:
    text, shown = MOVES[name]
    result = change(text)
    assert shown in text_after(result, text)
    assert_moves(result)


def test_a_server_that_imports_the_module_again_gets_the_bus_that_it_never_had() -> None:
    text = engine(f"{START}uvicorn.run('service:app')")
    warned = {warning for site in change(text).sites for warning in site.warnings}
    assert "activates: the server imports this module again, and never had the bus that was started here" in warned


def test_a_server_on_the_loop_that_made_the_client_needs_no_move() -> None:
    run = "loop = asyncio.new_event_loop()\n    loop.run_until_complete(engine.start())\n"
    text = engine(f"{run}    server = uvicorn.Server(uvicorn.Config(app))\n    loop.run_until_complete(server.serve())")
    after = text_after(change(text), text)
    assert run in after
    assert "lifespan" not in after
