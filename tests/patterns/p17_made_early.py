"""P17: a raw client that is made where nothing can be awaited, and connected by the first thing that runs."""

from patterns.case import Case

RUN = """

async def main():
    engine = Engine()
    await engine.start()
    await engine.tell()


if __name__ == "__main__":
    asyncio.run(main())
"""
TOP = "import asyncio\nimport redis.asyncio as redis  #: import {}\n\n"
MAKE = "redis.Redis(decode_responses=True)  #: construct {}"
ADD = 'xadd("raw-ticks", {{"a": "1"}})  #: stream {}'
EARLY = "activates: {} connects to the buses, and raises where one is away; the client connected with its first command"
WHERE = "the client is made at {}, where nothing can be awaited, and where to connect it cannot be told: {}"


def made(text: str, verdict: str = "rewrite") -> str:
    """The text, with `MAKE` for the construction and `ADD` for the command; imports go with what is rewritten."""
    kept = verdict.replace("refuse", "keep")
    return TOP.format(kept) + text.replace("MAKE", MAKE).replace("ADD", ADD).replace("{{", "{").replace(
        "}}", "}"
    ).replace("{}", verdict)


METHODS = """
class Engine:
    def __init__(self):
        self.link = MAKE

    async def start(self):
        print("started")

    async def tell(self):
        await self.link.ADD
"""
FOLLOWED = {
    "a constructor, and a start that the first use follows": (
        METHODS.replace('print("started")', "await self.tell()") + RUN.replace("    await engine.tell()\n", ""),
        "`start`",
    ),
    "a module, and a main": (
        "link = MAKE\n\n\nasync def main():\n    await link.ADD\n\n\nasyncio.run(main())\n",
        "`main`",
    ),
    "a class, and a start": (
        METHODS.replace("    def __init__(self):\n        self.link", "    link").replace(
            'print("started")', "await self.tell()"
        )
        + RUN.replace("    await engine.tell()\n", ""),
        "`start`",
    ),
    "a module, and a lifespan": (
        "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n\nlink = MAKE\n\n\n"
        "@asynccontextmanager\nasync def lifespan(app):\n    yield\n\n\napp = FastAPI(lifespan=lifespan)\n\n\n"
        "@app.get('/')\nasync def tell():\n    await link.ADD\n",
        "the beginning of `app`",
    ),
    "a module, and an application without a lifespan": (
        "from fastapi import FastAPI\n\nlink = MAKE\napp = FastAPI()\n\n\n@app.get('/')\nasync def tell():\n"
        "    await link.ADD\n",
        "the beginning of `app`",
    ),
    "an object of the module, and a handler of the startup": (
        METHODS + "\n\nfrom fastapi import FastAPI\n\nengine = Engine()\napp = FastAPI()\n\n\n"
        "@app.on_event('startup')\nasync def up():\n    await engine.start()\n\n\n@app.get('/')\nasync def tell():\n"
        "    await engine.tell()\n",
        "the beginning of `app`",
    ),
}
HELD = {
    "a module, and no event loop": (
        "link = MAKE\n\n\nasync def tell():\n    await link.ADD\n",
        "module level",
        "no event loop is seen that runs its uses",
    ),
    "a module, and two event loops": (
        "link = MAKE\n\n\nasync def tell():\n    await link.ADD\n\n\nasyncio.run(tell())\nasyncio.run(tell())\n",
        "module level",
        "several event loops use it, at service.py:11 and service.py:12",
    ),
    "a constructor, and a use before the start": (
        METHODS.replace('print("started")', "await self.tell()")
        + RUN.replace(
            "    await engine.start()\n    await engine.tell()\n", "    await engine.tell()\n    await engine.start()\n"
        ),
        "`__init__`",
        "`main` has no name for it where it begins",
    ),
    "a module, and a loop in a loop": (
        "link = MAKE\n\n\nasync def tell():\n    await link.ADD\n\n\nwhile True:\n    asyncio.run(tell())\n",
        "module level",
        "service.py:11 may run it several times",
    ),
}

IS = (
    *(
        Case(f"a raw client in {name}", made(text), warned=(EARLY.format(where),))
        for name, (text, where) in FOLLOWED.items()
    ),
    *(
        Case(f"a raw client in {name}", made(text, "refuse"), (WHERE.format(at, why),))
        for name, (text, at, why) in HELD.items()
    ),
)
