"""P15: pipelines and transactions of a raw client go to the bus of their streams, or stay with their keys."""

from patterns.case import Case
from patterns.p15_streams import engine

ONE = "a pipeline goes to one server whole"

IS = (
    Case(
        "a pipeline of stream commands",
        engine(
            "pipe = self.redis.pipeline()  #: command rewrite\n"
            '        pipe.xadd("raw-ticks", {"a": "1"})  #: pipeline call rewrite\n'
            "        await pipe.execute()  #: pipeline call rewrite"
        ),
    ),
    Case(
        "a pipeline of stream commands in a chain",
        engine(
            'await self.redis.pipeline().xadd("raw-ticks", {"a": "1"}).execute()  '
            "#: command rewrite, pipeline call rewrite, pipeline call rewrite"
        ),
    ),
    Case(
        "a pipeline that another method fills",
        """\
import redis.asyncio as redis  #: import rewrite


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct rewrite

    async def tell(self, ticks):
        async with self.redis.pipeline() as pipe:  #: command rewrite, pipeline with rewrite
            for tick in ticks:
                self._add(pipe, tick)
            await pipe.execute()  #: pipeline call rewrite

    def _add(self, pipe, tick):
        pipe.xadd("raw-ticks", tick)  #: pipeline call rewrite
""",
    ),
    Case(
        "a mixed pipeline",
        engine(
            "async with self.redis.pipeline() as pipe:  #: command refuse, pipeline with refuse\n"
            '            pipe.xadd("raw-ticks", {"a": "1"})  #: pipeline call refuse\n'
            '            pipe.set("last", 1)  #: pipeline call refuse\n'
            "            await pipe.execute()  #: pipeline call refuse",
            "refuse",
        ),
        (f"set is no stream command, and xadd at service.py:12 is: {ONE}",),
    ),
    Case(
        "a pipeline of two buses",
        engine(
            "pipe = self.redis.pipeline()  #: command refuse\n"
            '        pipe.xadd("raw-ticks", {"a": "1"})  #: pipeline call refuse\n'
            '        pipe.xadd(STREAM, {"a": "1"})  #: pipeline call refuse\n'
            "        await pipe.execute()  #: pipeline call refuse",
            "refuse",
        ),
        (f"`margin-calls` is on another bus than xadd at service.py:12: {ONE}",),
    ),
    Case(
        "two pipelines of a client that serves keys as well",
        """\
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct rewrite

    async def tell(self):
        pipe = self.redis.pipeline()  #: command rewrite
        pipe.xadd("raw-ticks", {"a": "1"})  #: pipeline call rewrite
        await pipe.execute()  #: pipeline call rewrite
        keys = self.redis.pipeline()  #: command keep
        keys.set("a", 1).incr("a")  #: pipeline call keep, pipeline call keep
        await keys.execute()  #: pipeline call keep
""",
    ),
    Case(
        "a transaction",
        """\
import redis.asyncio as redis  #: import rewrite


async def add():
    link = redis.Redis()  #: construct rewrite

    def both(pipe):
        pipe.xadd("raw-ticks", {"a": "1"})

    await link.transaction(both)  #: command rewrite
""",
    ),
    Case(
        "a transaction of a function that is not seen",
        """\
import redis.asyncio as redis  #: import keep
from other import both


async def add():
    link = redis.Redis()  #: construct keep
    await link.get("a")  #: command keep
    await link.transaction(both, "a")  #: command refuse
""",
        ("what the function of this transaction does with its pipeline is not known",),
    ),
    Case(
        "a pipeline that is a parameter",
        """\
from redis.asyncio.client import Pipeline  #: import keep


async def add(pipe: Pipeline):  #: annotation keep
    pipe.xadd("raw-ticks", {"a": "1"})  #: pipeline call refuse
""",
        ("where this pipeline is made is not to be seen in this engine",),
    ),
)

IS_NOT = (
    Case(
        "a pipeline of another library",
        "from sklearn.pipeline import Pipeline\n\npipeline = Pipeline([])\npipeline.execute()  #!\n",
    ),
    Case(
        "a pipeline of keys",
        """\
import redis.asyncio as redis  #: import keep


async def count():
    link = redis.Redis()  #: construct keep
    async with link.pipeline() as pipe:  #: command keep, pipeline with keep
        await pipe.watch("a")  #: pipeline call keep
        last = await pipe.get("a")  #: pipeline call keep
        pipe.multi()  #: pipeline call keep
        pipe.set("a", last.decode())  #: pipeline call keep
        await pipe.execute()  #: pipeline call keep
""",
    ),
    Case(
        "a transaction of key commands",
        """\
import redis.asyncio as redis  #: import keep


class Counter:
    def __init__(self):
        self.link = redis.Redis()  #: construct keep

    async def both(self, pipe):
        pipe.multi()
        pipe.set("a", await pipe.get("b"))  #!

    async def count(self):
        await self.link.transaction(self.both, "a")  #: command keep
        await self.link.transaction(func=lambda pipe: pipe.incr("a"))  #: command keep
""",
    ),
)
