"""P19: synchronous code: awaited where it can be, refused by the place where it cannot."""

from patterns.case import Case

ENGINE = """\
import redis  #: import {imports}


{body}
"""
ADD = 'xadd("raw-ticks", {"a": "1"})'


def engine(body: str, verdict: str = "rewrite") -> str:
    body = body.replace("MAKE", "redis.Redis(decode_responses=True)").replace("ADD", ADD).replace("$", verdict)
    return ENGINE.format(imports="rewrite" if verdict == "rewrite" else "keep", body=body)


MADE = "the client is made at {}, where nothing can be awaited"
WHERE = ", and where to connect it cannot be told: {}"
USED = "nothing can be awaited in {}, and the target can only be awaited"
DIRECT = {
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
}
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
    "a plain function": (
        """\
def run():
    link = MAKE  #: construct $
    link.ADD  #: stream $""",
        (MADE.format("`run`"), USED.format("`run`")),
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
        (USED.format("`length`"),),
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
        """\
import threading


class Engine:
    async def start(self):
        self.link = MAKE  #: construct $
        threading.Thread(target=self.tell).start()

    def tell(self):
        self.link.ADD  #: stream $""",
        (USED.format("`tell`"),),
    ),
    "a client that is awaited although it is synchronous": (
        """\
async def run():
    link = MAKE  #: construct $
    await link.ADD  #: stream $""",
        ("a synchronous client is awaited",),
    ),
    "a main function": (
        """\
def main():
    link = MAKE  #: construct $
    link.ADD  #: stream $


if __name__ == "__main__":
    main()""",
        (MADE.format("`main`"), USED.format("`main`")),
    ),
}
BROKEN = {"a client that is awaited although it is synchronous": ("broken: the reply cannot be awaited",)}

IS = (
    *(Case(name, engine(body)) for name, body in DIRECT.items()),
    *(
        Case(name, engine(body, "refuse"), because, warned=BROKEN.get(name, ()))
        for name, (body, because) in STOPPED.items()
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
