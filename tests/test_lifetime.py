"""What only all clients of an engine show: who closes the shared one, who starts it again, and on which loop."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, assert_moves, change, change_texts, line_of, slug, text_after, texts_of

from codemods.model import Verdict

ENGINE = """\
import asyncio

import uvicorn
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  # here
        await self.bus.start()

    async def stop(self):
        await self.bus.stop()


engine = Engine()
"""
JOB = """\
import asyncio

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


async def job():
    bus = BufferedMessageBusClient(MessageBusConfig())  # here
    await bus.start()
    await bus.publish("portfolio.update.x", {})
    await bus.stop()
"""
MAKES = (
    "makes the client on a loop of its own, and line {} serves on another; its start cannot move into the lifespan: "
)
EACH_CALL = "the client is got and closed each time `job` is called, and the shared one lives on"

REFUSED = {
    "a restart": (
        f"{ENGINE}\n\nasync def restart():\n    await engine.stop()  # there\n    await engine.start()\n",
        "the client is started again after a stop at <there>",
    ),
    "a method that closes first": (
        ENGINE.replace(
            "        self.bus = Buffered",
            "        if self.bus:\n            await self.bus.stop()  # there\n        self.bus = Buffered",
        ),
        "the client is started again after it was closed at <there>",
    ),
    "a job that anybody may call": (JOB, EACH_CALL),
    "a job that is called": (JOB + "\n\nasync def main():\n    await job()\n", EACH_CALL),
    "a job that is called twice": (
        JOB + "\n\nasync def main():\n    await job()  # there\n    await job()\n\n\nasyncio.run(main())\n",
        "the client is started again after a stop at <there>",
    ),
    "a job in a loop of what runs once": (
        JOB + "\n\nasync def main():\n    while True:\n        await job()\n\n\nasyncio.run(main())\n",
        EACH_CALL,
    ),
    "a job of what runs more than once": (
        JOB
        + "\n\nasync def each():\n    await job()\n\n\nasync def main():\n    await each()  # there\n    await each()\n"
        "\n\nasyncio.run(main())\n",
        "the client is started again after a stop at <there>",
    ),
    "a job that calls itself": (
        JOB + "    await job()\n",
        EACH_CALL,
    ),
    "a job that is handed on": (
        JOB + "\n\nJOBS = [job]\n\n\nif __name__ == '__main__':\n    asyncio.run(job())\n",
        EACH_CALL,
    ),
    "a loop of its own beside uvicorn": (
        f"{ENGINE}\n\nasyncio.run(engine.start())  # there\nuvicorn.run(engine)\n",
        f"<there> {MAKES}line {{}} needs `engine`, which it may change",
    ),
    "a loop of its own beside a server that is not reached": (
        f"{ENGINE}\n\ndef serve():\n    uvicorn.Server(engine)\n\n\nasyncio.run(engine.start())  # there\nserve()\n",
        f"<there> {MAKES}it does not stand in the same block as line {{}}, before it",
    ),
    "two loops": (
        f"{ENGINE}\n\ndef one():\n    asyncio.run(engine.start())  # there\n\n\ndef two():\n"
        "    asyncio.get_event_loop().run_until_complete(engine.start())\n",
        "<there> is one of 2 event loops that make the client",
    ),
    "two loops, one from another thread": (
        f"{ENGINE}\n\nasync def main():\n    await engine.start()\n\n\n"
        "def one(loop):\n    asyncio.run(main())  # there\n    asyncio.run_coroutine_threadsafe(main(), loop)\n",
        "<there> is one of 2 event loops that make the client",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    if "{}" in reason:
        served = next(
            n for n, line in enumerate(text.split("\n"), 1) if "uvicorn.run" in line or "uvicorn.Server" in line
        )
        reason = reason.replace("{}", str(served))
    assert_held(text, Verdict.REFUSE, reason)


AGAIN = {
    "a stop before the start in a loop": (
        f"{ENGINE}\n\nasync def main():\n    while True:\n        await engine.start()\n"
        "        await engine.stop()  # there\n",
        "the client is started again after a stop at <there>",
    ),
    "a second instance": (
        f"{ENGINE}other = Engine()  # there\n",
        "another instance is made at <there>, and would share the client of the first",
    ),
    "instances in a loop": (
        f"{ENGINE}every = [Engine() for _ in 'ab']  # there\n",
        "another instance is made at <there>, and would share the client of the first",
    ),
}


AGAIN |= {
    name: (
        ENGINE.replace("engine = Engine()\n", "")
        + f"\n\nasync def job():\n    engine = Engine()\n    await engine.start()\n    await engine.stop()\n{rest}",
        f"`job` starts and stops the client, and may {how}: the shared one is closed by then",
    )
    for name, rest, how in (
        (
            "a job in a loop",
            "\n\nasync def main():\n    while True:\n        await job()  # there\n\n\nasyncio.run(main())\n",
            "run again at <there>",
        ),
        ("a job that is handed to a schedule", "\n\nschedule.every(5, job)  # there\n", "run again at <there>"),
        ("a job that anybody calls", "", "be called by anybody"),
    )
}
AGAIN |= {
    "a client in a loop": (
        JOB.replace("    bus = Buff", "  for _ in 'ab':\n    bus = Buff")
        .replace("stop()", "stop()  # there")
        .replace("\n    ", "\n        ")
        .replace("\n  for", "\n    for")
        + "\n\nif __name__ == '__main__':\n    asyncio.run(job())\n",
        "the client is made in a loop: the shared client of the target is made once",
    ),
    "an object that `async with` enters for each request": (
        ENGINE.replace("engine = Engine()\n", "")
        .replace("def start(self)", "def __aenter__(self)")
        .replace("def stop(self)", "def __aexit__(self, *error)")
        + "\n\nasync def answer(request):\n    async with Engine():\n        pass\n",
        "`answer` starts and stops the client, and may be called by anybody: the shared one is closed by then",
    ),
}


RAW = """

class Reader:
    async def start(self):
        self.redis = redis.Redis(host="localhost", decode_responses=True)

    async def read(self):
        return await self.redis.xlen("raw-ticks")

    async def stop(self):
        await self.redis.aclose()  # raw
"""
CLOSING = """\
import asyncio

import redis.asyncio as redis

link = redis.Redis(decode_responses=True)  # here


async def job():
    await link.xadd("raw-ticks", {"a": "1"})
    await link.aclose()


"""
AGAIN |= {
    "a client of the module that a job closes": (
        CLOSING + "async def main():\n    while True:\n        await job()  # there\n\n\nasyncio.run(main())\n",
        "`job` uses and closes the client, and may run again at <there>: the target's stays closed",
    ),
    "a client of an object that its method closes": (
        "import asyncio\n\nimport redis.asyncio as redis\n"
        + RAW.replace("decode_responses=True)", "decode_responses=True)  # here")
        .replace("return await self.redis.xlen", "await self.stop()\n        await self.redis.xlen")
        .replace("  # raw", "")
        + "\n\nasync def main():\n    reader = Reader()\n    await reader.start()\n    await reader.read()\n"
        "    await reader.read()  # there\n\n\nasyncio.run(main())\n",
        "`read` uses and closes the client, and may run again at <there>: the target's stays closed",
    ),
}


@pytest.mark.parametrize("name", AGAIN, ids=slug)
def test_what_happens_more_than_once_is_refused(name: str) -> None:
    text, reason = AGAIN[name]
    assert_held(text, Verdict.REFUSE, reason)


MOVES = {
    "a start and a stop": ENGINE,
    "a run of everything": (
        f"{ENGINE}\n\nasync def main():\n    await engine.start()\n    await engine.stop()\n\n\n"
        "if __name__ == '__main__':\n    asyncio.run(main())\n"
    ),
    "a server on the loop that makes the client": (
        f"{ENGINE}\n\nasync def main():\n    await engine.start()\n    await uvicorn.Server(engine).serve()\n\n\n"
        "if __name__ == '__main__':\n    asyncio.run(main())\n"
    ),
    "a server and no loop of its own": f"{ENGINE}\n\nif __name__ == '__main__':\n    uvicorn.run(engine)\n",
    "a job that runs once": JOB + "\n\nif __name__ == '__main__':\n    asyncio.run(job())\n",
    "a job that what runs once awaits": (
        JOB + "\n\nasync def main():\n    await job()\n\n\nif __name__ == '__main__':\n    asyncio.run(main())\n"
    ),
    "a job that is a task of what runs once": (
        JOB + "\n\nasync def main():\n    await asyncio.gather(asyncio.create_task(job()), asyncio.sleep(0))\n\n\n"
        "asyncio.run(main())\n"
    ),
    "a lifespan": JOB.replace("async def job():", "async def lifespan(app):").replace(
        '    await bus.publish("portfolio.update.x", {})\n', "    yield\n"
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    text = MOVES[name]
    result = change(text)
    after = text_after(result, text)
    assert "bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # here\n" in after
    assert_moves(result)


def test_a_client_may_be_closed_further_down_than_another_file_makes_it() -> None:
    """Lines of two files do not follow one another, and the files share no loop."""
    made = ENGINE[: ENGINE.index("class Engine")] + (
        "async def made():\n    bus = BufferedMessageBusClient(MessageBusConfig())\n"
        "    await bus.start()\n    return bus\n"
    )
    text = (
        "from made import made\n\n"
        + "\n" * 20
        + "class Engine:\n    async def start(self):\n        self.bus = await made()"
        "\n\n    async def stop(self):\n        await self.bus.stop()\n"
    )
    result = change(text, made=made)
    assert text_after(result, text) == text.replace("bus.stop()", "bus.close()")
    assert_moves(result)


def test_two_owners_may_not_both_close_the_shared_client() -> None:
    text = (
        ENGINE.replace("import uvicorn\n", "import redis.asyncio as redis\n").replace(
            "        await self.bus.stop()", "        await self.bus.stop()  # wrapper"
        )
        + RAW
    )
    result = change(text)
    closing = "closing here would close the shared client for the other owner too, at {}:{}"
    holding = [(s.line, s.verdict, s.reason) for s in result.sites if s.verdict is Verdict.REFUSE and not s.held_by]
    assert holding == [
        (line_of(text, "wrapper"), Verdict.REFUSE, closing.format(SERVICE, line_of(text, "raw"))),
        (line_of(text, "raw"), Verdict.REFUSE, closing.format(SERVICE, line_of(text, "wrapper"))),
    ]
    assert [client.verdict for client in result.clients] == [Verdict.REFUSE, Verdict.REFUSE]
    assert dict(result.texts) == {}


def test_what_closes_the_target_already_is_another_owner() -> None:
    text = (
        JOB.replace(
            "import asyncio\n", "import asyncio\n\nfrom dual_messagebus_client import EngineType, get_dual_bus_client"
        )
        .replace("    await bus.stop()", "    await bus.stop()  # wrapper\n    await new.close()  # there")
        .replace("    bus = Buff", "    new = await get_dual_bus_client(EngineType.PORTFOLIO)\n    bus = Buff")
        .replace("  # here", "")
        .replace("# wrapper", "# here")
        + "\n\nasyncio.run(job())\n"
    )
    reason = "closing here would close the shared client for the other owner too, at <there>"
    assert_held(text, Verdict.REFUSE, reason)


def test_what_closes_the_target_of_another_engine_or_in_a_test_is_no_owner() -> None:
    other = (
        "from dual_messagebus_client import EngineType, get_dual_bus_client\nfrom {} import engine\n\n\n"
        "async def {}():\n    new = await get_dual_bus_client(EngineType.RISK)\n"
        "    await new.close()\n    print(engine)\n"
    )
    texts = texts_of(ENGINE, test_it=other.format("service", "test_it"))
    risk = other.format("engines.portfolio.service", "go").encode()
    result = change_texts({**texts, "backend/engines/risk/service.py": risk})
    assert "await self.bus.close()" in text_after(result, ENGINE)


def test_one_of_two_owners_may_close_the_shared_client() -> None:
    text = ENGINE.replace("import uvicorn\n", "import redis.asyncio as redis\n") + RAW.replace(
        "await self.redis.aclose()  # raw", "pass"
    )
    after = text_after(change(text), text)
    assert after.count("await get_dual_bus_client(EngineType.PORTFOLIO)") == 2
    assert after.count(".close()") == 1
