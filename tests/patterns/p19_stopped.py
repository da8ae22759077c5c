"""P19: synchronous code that cannot become async, by the place and the reason that its refusal names."""

from patterns.case import Case
from patterns.p19_sync import engine, telling

OUT = "where nothing can be awaited"
MADE = f"the client is made at {{}}, {OUT}"
WHERE = ", and where to connect it cannot be told: {}"
USED = "nothing can be awaited in {}, and the target can only be awaited"
NOBODY = "nothing in this engine calls {}, so who does cannot be told"


def tell(why: str) -> tuple[str, ...]:
    """What is said where only `tell` cannot become async."""
    return (f"{USED.format('`tell`')}: {why}",)


STOPPED = {
    "module level": (
        """\
link = MAKE  #: construct $
link.ADD  #: stream $""",
        (
            MADE.format("module level") + WHERE.format("it is used at service.py:5, where no event loop runs"),
            USED.format("module level"),
        ),
    ),
    "a function that nobody calls": (
        """\
def run():
    link = MAKE  #: construct $
    link.ADD  #: stream $""",
        (f"{MADE.format('`run`')}: {NOBODY.format('`run`')}", f"{USED.format('`run`')}: {NOBODY.format('`run`')}"),
    ),
    "a constructor": (
        """\
class Engine:
    def __init__(self):
        self.link = MAKE  #: construct $

    async def tell(self):
        self.link.ADD  #: stream $""",
        (MADE.format("`__init__`") + WHERE.format("no event loop is seen that runs its uses"),),
    ),
    "a property": (
        """\
class Engine:
    async def start(self):
        self.link = MAKE  #: construct $

    @property
    def length(self):
        return self.link.xlen("raw-ticks")  #: stream $""",
        (f"{USED.format('`length`')}: `length` is a property",),
    ),
    "a lambda": (
        """\
async def run():
    link = MAKE  #: construct $
    return lambda: link.ADD  #: stream $""",
        (USED.format("a lambda"),),
    ),
    "a generator expression": (
        """\
async def run():
    link = MAKE  #: construct $
    return list(link.ADD for _ in range(2))  #: stream $""",
        (USED.format("a generator expression"),),
    ),
    "a thread": (
        telling("""\
    async def work(self):
        import threading
        threading.Thread(target=self.tell).start()"""),
        tell("`tell` is what a thread runs at service.py:13"),
    ),
    "a worker thread that is awaited": (
        telling("""\
    async def work(self):
        import asyncio
        await asyncio.to_thread(self.tell)"""),
        tell("`tell` runs in a thread, where what blocks in it holds up nobody else, at service.py:13"),
    ),
    "an executor": (
        telling("""\
    async def work(self, pool):
        pool.submit(self.tell)"""),
        tell("`tell` is handed to an executor at service.py:12"),
    ),
    "a signal": (
        telling("""\
    async def work(self):
        import signal
        signal.signal(signal.SIGTERM, self.tell)"""),
        tell("`tell` is the handler of a signal at service.py:13"),
    ),
    "a partial function": (
        telling("""\
    async def work(self):
        from functools import partial
        return partial(self.tell)"""),
        tell("`tell` is bound by partial() at service.py:13"),
    ),
    "a callback of somebody unknown": (
        telling("""\
    async def work(self, source):
        source.on_tick = self.tell"""),
        tell("`tell` is handed on at service.py:12"),
    ),
    **{
        f"a method that its class {how}": (
            telling(f"""\
    {code}

    async def work(self):
        self.tell()"""),
            tell("`tell` is handed on at service.py:11"),
        )
        for how, code in (
            ("gives another name", "told = tell"),
            ("puts into a table", 'TABLE = {"tell": tell}'),
            ("makes a property of", "told = property(tell)"),
        )
    },
    "a method that an unknown object may have": (
        telling("""\
    async def work(self, other):
        self.tell()
        other.tell()"""),
        tell("what is called at service.py:13 is not known, and may be `tell`"),
    ),
    "a call of what is not always the same": (
        telling("""\
    async def work(self, other):
        (self if other else other).tell()"""),
        tell("what is called at service.py:12 is not always `tell`"),
    ),
    "a decorator that is not known": (
        telling("""\
    async def work(self):
        self.tell()""").replace("    def tell", "    @traced\n    def tell"),
        tell("`tell` is decorated with `traced`, under which an `async def` may not mean the same"),
    ),
    "a route of an application that is not known": (
        telling("").replace("    def tell", '    @app.get("/x")\n    def tell'),
        tell('`tell` is decorated with `app.get("/x")`, under which an `async def` may not mean the same'),
    ),
    "a generator": (
        telling("""\
        yield 1"""),
        tell("`tell` is a generator, by line 11"),
    ),
    "a constructor that calls it": (
        telling("""\
    def __init__(self):
        self.tell()"""),
        tell("Python itself calls `__init__` at service.py:11, and awaits nothing"),
    ),
    "a lambda that calls it": (
        telling("""\
    async def work(self):
        return lambda: self.tell()"""),
        tell(f"`tell` is called at service.py:12, in a lambda, {OUT}"),
    ),
    "a generator expression that calls it": (
        telling("""\
    async def work(self):
        return list(self.tell() for _ in range(2))"""),
        tell(f"`tell` is called at service.py:12, in a generator expression, {OUT}"),
    ),
    "a call at module level": (
        telling("Engine().tell()"),
        tell(f"`tell` is called at service.py:11, at module level, {OUT}"),
    ),
    "a call in a class body": (
        telling("class Other:\n    told = Engine().tell()"),
        tell(f"`tell` is called at service.py:12, in a class body, {OUT}"),
    ),
    "a call in a decorator": (
        telling("async def work(engine: Engine):\n    @Engine().tell()\n    def more(): pass"),
        tell("`tell` is called at service.py:12, in a decorator"),
    ),
    "a loop around the entry": (
        """\
def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $


if __name__ == "__main__":
    while True:
        main()""",
        tuple(
            f"{each.format('`main`')}: `main` is called at service.py:11, at module level, {OUT}"
            for each in (MADE, USED)
        ),
    ),
    "what is awaited already": (
        telling("""\
    async def work(self):
        return await self.tell()"""),
        tell("`tell` is called at service.py:12, where what it gives is awaited already"),
    ),
    "what becomes a task": (
        telling("""\
    async def work(self):
        import asyncio
        return asyncio.create_task(self.tell())"""),
        tell("`tell` is called at service.py:13, where asyncio.create_task() is given what it gives"),
    ),
    "a lock": (
        telling("""\
    async def work(self):
        with self.lock:
            self.tell()"""),
        tell("`tell` is called at service.py:13: a lock is held there, and an `await` would let others run into it"),
    ),
    "a base that is not read": (
        telling("""\
    async def work(self):
        self.tell()""").replace("class Engine", "from tools import Service\n\n\nclass Engine(Service)"),
        tell("`Service`, a base at service.py:7 that is not read, may call `tell`"),
    ),
    "the run of a thread": (
        telling("""\
    async def work(self):
        self.run()""")
        .replace("class Engine", "import threading\n\n\nclass Engine(threading.Thread)")
        .replace("def tell", "def run"),
        (f"{USED.format('`run`')}: `threading.Thread`, a base at service.py:7 that is not read, may call `run`",),
    ),
    "a class that a decorator makes into something": (
        telling("""\
    async def work(self):
        self.tell()""").replace("class Engine", "@remote\nclass Engine"),
        tell("what the class at service.py:5 is made into is not known, and may call `tell`"),
    ),
    "a method that is async elsewhere": (
        telling("""\
    async def work(self):
        self.tell()


class Other(Engine):
    async def tell(self):
        pass"""),
        tell("`tell` is async already at service.py:16, where a class shares it"),
    ),
    "an interrupt": (
        telling("""\
        try:
            self.link.ADD  #: stream $
        except KeyboardInterrupt:
            print("bye")

    async def work(self):
        self.tell()"""),
        tell("the `except KeyboardInterrupt` at service.py:13 would not run in a coroutine, which is cancelled"),
    ),
    "an interrupt that the program raises itself": (
        """\
import signal


def stop(*_):
    raise KeyboardInterrupt


def main():
    link = MAKE  #: construct $
    try:
        link.ADD  #: stream $
    except KeyboardInterrupt:
        print("bye")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    main()""",
        tuple(
            f"{each.format('`main`')}: "
            "the `except KeyboardInterrupt` at service.py:15 would not run in a coroutine, which is cancelled"
            for each in (MADE, USED)
        ),
    ),
    "an event loop of its own": (
        """\
import asyncio

import uvicorn


def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $
    uvicorn.run("service:app")


if __name__ == "__main__":
    main()""",
        tuple(
            f"{each.format('`main`')}: `main` may run an event loop of its own, at service.py:12"
            for each in (MADE, USED)
        ),
    ),
    "a name in a text": (
        telling("""\
    async def work(self):
        getattr(self, "tell")()
        self.tell()"""),
        tell("`tell` is reached by its name at service.py:12"),
    ),
    "a name that is put together": (
        telling("""\
    async def work(self, kind):
        getattr(self, f"te{kind}")()
        self.tell()"""),
        tell("`tell` is reached by its name at service.py:12"),
    ),
    "a name that is not known": (
        telling("""\
    async def work(self, other, name):
        step = getattr(other, name)
        step(self.tell())"""),
        tell("`tell` is reached by its name at service.py:12"),
    ),
    "a dotted text by which a test replaces it": (
        telling("""\
    async def work(self):
        self.tell()


def test_it(monkeypatch):
    monkeypatch.setattr("service.Engine.tell", print)"""),
        tell("`tell` is reached by its name at service.py:16"),
    ),
    "another value": (
        telling("""\
    async def work(self):
        self.tell()


async def test_it():
    engine = Engine()
    engine.tell = print
    await engine.work()"""),
        tell("`tell` is given another value at service.py:17"),
    ),
    "an entry point": (
        """\
from setuptools import setup


def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $


if __name__ == "__main__":
    main()
    setup(entry_points={"console_scripts": ["tell=engines.portfolio.service:main"]})""",
        tuple(f"{each.format('`main`')}: `main` is reached by its name at service.py:14" for each in (MADE, USED)),
    ),
    "a route whose call would hold up the loop": (
        """\
import requests
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")
def start():
    app.state.link = MAKE  #: construct $


@app.post("/tell")
def tell():
    app.state.link.ADD  #: stream $
    return requests.get("http://x").text""",
        tell("requests.get() at service.py:18 would hold up the event loop, where it held up a thread"),
    ),
    "a client that is awaited although it is synchronous": (
        """\
async def run():
    link = MAKE  #: construct $
    await link.ADD  #: stream $""",
        ("a synchronous client is awaited",),
    ),
    "two entries": (
        """\
def start():
    return MAKE  #: construct $


def work(link):
    link.ADD  #: stream $


if __name__ == "__main__":
    link = start()
    work(link)""",
        ("service.py:14 uses the client on a loop of its own, and service.py:13 makes it on another",),
    ),
}
BROKEN = {"a client that is awaited although it is synchronous": ("broken: the reply cannot be awaited",)}

IS = (
    *(
        Case(name, engine(body, "refuse"), because, warned=BROKEN.get(name, ()))
        for name, (body, because) in STOPPED.items()
    ),
    Case(
        "a test that calls it plainly",
        engine(telling(""), "refuse"),
        tell(NOBODY.format("`test_tell`")),
        more={"test_it.py": "from service import Engine\n\n\ndef test_tell():\n    Engine().tell()\n"},
    ),
)
