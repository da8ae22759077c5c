"""P19: synchronous code that becomes async, with every caller of it, and what only looks like it."""

from patterns.case import Case

ENGINE = """\
import redis  #: import {imports}


{body}
"""
ADD = 'xadd("raw-ticks", {"a": "1"})'


def engine(body: str, verdict: str = "rewrite") -> str:
    body = body.replace("MAKE", "redis.Redis(decode_responses=True)").replace("ADD", ADD).replace("$", verdict)
    return ENGINE.format(imports="rewrite" if verdict == "rewrite" else "keep", body=body)


def telling(rest: str) -> str:
    """An engine whose plain method `tell` adds to a stream, with more code below it."""
    return f"""\
class Engine:
    async def start(self):
        self.link = MAKE  #: construct $

    def tell(self):
        self.link.ADD  #: stream $

{rest}"""


MOVED = {
    "an async function": """\
async def run():
    link = MAKE  #: construct $
    link.ADD  #: stream $""",
    "async methods": """\
class Engine:
    async def start(self):
        self.link = MAKE  #: construct $

    async def tell(self):
        return self.link.ADD  #: stream $""",
    "a comprehension in an async function": """\
async def run():
    link = MAKE  #: construct $
    return [link.ADD for _ in range(2)]  #: stream $""",
    "a main function": """\
def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $


if __name__ == "__main__":
    main()""",
    "a main function in an attempt": """\
def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $


if "__main__" == __name__:
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        pass""",
    "a client of the module and a main function": """\
link = MAKE  #: construct $


def tell():
    link.ADD  #: stream $


def main():
    while True:
        tell()


if __name__ == "__main__":
    main()""",
    "a worker that makes its client, and an interrupt": """\
class Worker:
    def __init__(self):
        self.link = MAKE  #: construct $

    def tell(self):
        self.link.ADD  #: stream $

    def run(self):
        try:
            self.tell()
        except (KeyboardInterrupt, SystemExit):
            print("bye")


def main():
    worker = Worker()
    worker.run()


if __name__ == "__main__":
    main()""",
    "a plain method that a coroutine calls": telling("""\
    async def work(self):
        self.tell()"""),
    "a plain function with a default, called in many ways": """\
def tell(link, name="a"):
    return link.ADD  #: stream $


def twice(link):
    total = 0
    with open("x"):
        total += len(tell(link))
    assert tell(link, name="b")
    if not tell(link) or tell(link)[0]:
        return f"{total} of {tell(link)}"
    return [tell(link, name) for name in "ab"]


async def run():
    return twice(MAKE)  #: construct $""",
    "functions that call each other": """\
def ping(link, depth):
    return link.ADD if depth == 0 else pong(link, depth - 1)  #: stream $


def pong(link, depth):
    return ping(link, depth)


async def run():
    link = MAKE  #: construct $
    return ping(link, 3)""",
    "methods that are overridden": """\
class Base:
    async def start(self):
        self.link = MAKE  #: construct $

    def tell(self):
        raise NotImplementedError

    async def work(self):
        self.tell()


class Engine(Base):
    def tell(self):
        self.link.ADD  #: stream $""",
    "an abstract method, a static one and one of the class": """\
import abc


class Base(abc.ABC):
    @abc.abstractmethod
    def tell(self):
        pass


class Engine(Base):
    async def start(self):
        Engine.link = MAKE  #: construct $
        self.tell()
        Engine.twice()

    def tell(self):
        self.link.ADD  #: stream $

    @classmethod
    def told(cls):
        cls.link.ADD  #: stream $

    @staticmethod
    def twice():
        Engine.told()
        Engine.told()""",
    "a name that something of another library has": telling("""\
    async def work(self, other):
        self.tell()
        with open("x") as file:
            file.tell()"""),
    "names that are asked of something else": telling("""\
    async def work(self, name):
        self.tell()
        getattr(open("x"), name)()
        return getattr(Other(), name)


class Other:
    def __init__(self):
        self.tell = 1"""),
    "a nested function": """\
async def run():
    link = MAKE  #: construct $

    def tell():
        link.ADD  #: stream $

    tell()""",
    "routes of an application": """\
from fastapi import Depends, FastAPI

app = FastAPI()


@app.on_event("startup")
def start():
    app.state.link = MAKE  #: construct $


@app.post("/tell")
def tell():
    return app.state.link.ADD  #: stream $""",
    "a background task of a route": """\
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()


def tell():
    app.state.link.ADD  #: stream $


@app.post("/tell")
async def soon(later: BackgroundTasks):
    app.state.link = MAKE  #: construct $
    later.add_task(tell)""",
    "a thread that has nothing to do with it": """\
import threading


def beat():
    print("alive")


def main():
    link = MAKE  #: construct $
    threading.Thread(target=beat).start()
    link.ADD  #: stream $


if __name__ == "__main__":
    main()""",
}
EARLY = (
    "activates: `{}` connects to the buses, and raises where one is away; the client connected with its first command"
)
NEW = {
    "a client of the module and a main function": (EARLY.format("main"),),
    "a worker that makes its client, and an interrupt": (EARLY.format("run"),),
}

IS = (
    *(Case(name, engine(body), warned=NEW.get(name, ())) for name, body in MOVED.items()),
    Case(
        "a caller in another file",
        engine(telling("")),
        more={"worker.py": "from service import Engine\n\n\nasync def work():\n    Engine().tell()\n"},
    ),
)

IS_NOT = (
    Case(
        "a synchronous cache",
        "import redis  #: import keep\n\n\ndef price(symbol):\n"
        "    return redis.Redis().get(symbol)  #: command keep, construct keep\n",
    ),
    Case(
        "synchronous code beside a client",
        """\
import redis.asyncio as redis  #: import rewrite


def length(values):
    return len(values)  #!


async def run():
    link = redis.Redis()  #: construct rewrite
    await link.xadd("raw-ticks", {"a": str(length([]))})  #: stream rewrite
""",
    ),
    Case("a synchronous function called run", "def run(redis):\n    return redis.xlen('raw-ticks')  #!\n"),
)
