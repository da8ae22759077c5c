"""P20: the loop that owns the client: started under one `asyncio.run` and served by another, it is refused."""

from patterns.case import Case

ENGINE = """\
import asyncio
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}

    async def stop(self):
        await self.bus.stop()  #: stop {verdict}


engine = Engine()
{rest}
"""


def engine(rest: str, verdict: str = "rewrite") -> str:
    return ENGINE.format(rest=rest, verdict=verdict)


SERVED = (
    "service.py:20 makes the client on a loop of its own, and line 21 serves on another; "
    "its start cannot move into the lifespan: {}"
)
TWO = "service.py:18 is one of 2 event loops that make the client"
USED = "service.py:19 uses the client on a loop of its own, and service.py:18 makes it on another"

IS = (
    Case(
        "a start under one run and a server under another",
        engine("import uvicorn\n\nasyncio.run(engine.start())\nuvicorn.run('service:app')", "refuse"),
        (SERVED.format("`app` is not made once, at the top of this file"),),
    ),
    Case(
        "a start under one run and a server under another, with an application to move it into",
        engine(
            "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\nif __name__ == '__main__':\n"
            "    asyncio.run(engine.start())\n    uvicorn.run(app)"
        ),
        warned=(
            "activates: what backend/engines/portfolio/service.py:25 starts ended with its loop, before the server "
            "began; now it lives as long as the server",
            "activates: every other way of serving `app` starts the bus too, and fails where a server of the bus is "
            "away",
        ),
    ),
    Case(
        "two runs that each make it",
        engine("asyncio.run(engine.start())\nasyncio.run(engine.start())", "refuse"),
        (TWO,),
    ),
    Case(
        "a run that makes it and a run that uses it",
        engine("asyncio.run(engine.start())\nasyncio.run(engine.tell())", "refuse"),
        (USED,),
    ),
    Case(
        "a start under a loop of its own",
        engine("asyncio.new_event_loop().run_until_complete(engine.start())\nasyncio.run(engine.tell())", "refuse"),
        (USED,),
    ),
    Case(
        "two new loops",
        engine(
            "asyncio.new_event_loop().run_until_complete(engine.start())\n"
            "asyncio.new_event_loop().run_until_complete(engine.tell())",
            "refuse",
        ),
        (USED,),
    ),
    Case(
        "a thread with a loop of its own",
        engine(
            "import threading\n\n\ndef work():\n    asyncio.run(engine.tell())\n\n\nasync def main():\n"
            "    await engine.start()\n    threading.Thread(target=work).start()\n\n\nasyncio.run(main())",
            "refuse",
        ),
        ("service.py:22 uses the client on a loop of its own, and service.py:30 makes it on another",),
    ),
)

IS_NOT = (
    Case(
        "tests that run the start on loops of their own",
        engine("\n\nif __name__ == '__main__':\n    asyncio.run(engine.start())"),
        more={
            "test_service.py": "import asyncio\nfrom service import Engine\n\n\ndef test_it():\n"
            "    asyncio.run(Engine().start())  #!\n\n\ndef test_again():\n    asyncio.run(Engine().start())  #!\n"
        },
    ),
    Case("one run", engine("\n\nasync def main():\n    await engine.start()\n\n\nasyncio.run(main())  #!")),
    Case(
        "one loop that runs twice",
        engine(
            "loop = asyncio.get_event_loop()\nloop.run_until_complete(engine.start())\n"
            "loop.run_until_complete(engine.tell())  #!"
        ),
    ),
    Case(
        "a thread that hands its work to the loop of the client",
        engine(
            "\n\ndef work(loop):\n    asyncio.run_coroutine_threadsafe(engine.tell(), loop)  #!\n\n\n"
            "async def main():\n    await engine.start()\n\n\nasyncio.run(main())"
        ),
    ),
    Case(
        "a run of something else",
        engine("asyncio.run(engine.start())\n\n\nasync def count(): return 1\n\n\nasyncio.run(count())  #!"),
    ),
    Case(
        "a start in a lifespan",
        engine("\n\nasync def lifespan(app):\n    await engine.start()\n    yield\n    await engine.stop()  #!"),
    ),
    Case("two runs without a client", "import asyncio\n\n# redis\nasyncio.run(a())  #!\nasyncio.run(b())  #!\n"),
)
