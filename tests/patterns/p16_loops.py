"""P16: consumer loops on a raw client: the canonical one may become a subscription, every other is routed."""

from patterns.case import Case

ENGINE = """\
import asyncio
import redis.asyncio as redis  #: import {imports}


class Engine:
    def __init__(self):
        self.running = True

    async def start(self):
        self.redis = redis.Redis(decode_responses=True)  #: construct {verdict}
        {group}
        self.task = asyncio.create_task(self.consume())

    async def consume(self):
        {body}

    async def on_message(self, fields):
        print(fields)

    async def stop(self):
        self.task.cancel()
"""


def engine(body: str, verdict: str = "rewrite", group: str = "pass") -> str:
    return ENGINE.format(body=body, verdict=verdict, group=group, imports="rewrite" if verdict == "rewrite" else "keep")


CANONICAL = """\
while self.running:
            found = await self.redis.xreadgroup("g", "c", {"raw-ticks": ">"}, block=1000)  #: stream rewrite
            for stream, messages in found:
                for message_id, fields in messages:
                    await self.on_message(fields)
                    await self.redis.xack("raw-ticks", "g", message_id)  #: stream rewrite"""
GROUP = """\
try:
            await self.redis.xgroup_create("raw-ticks", "g", id="0", mkstream=True)  #: stream rewrite
        except redis.ResponseError as error:  #: exception keep
            if "BUSYGROUP" not in str(error):
                raise"""
MESSAGES = """\
import asyncio
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis(decode_responses=True)  #: construct rewrite
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)  #: stream rewrite
        except redis.ResponseError as error:  #: exception keep
            if "BUSYGROUP" not in str(error):
                raise
        self.task = asyncio.create_task(self.consume())

    async def consume(self):
        while True:
            found = await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, block=100)  #: stream rewrite
            for stream, messages in found:
                for message_id, fields in messages:
                    await self.on_message(fields)
                    await self.redis.xack("feature-vectors", "g", message_id)  #: stream rewrite

    async def on_message(self, fields):
        print(fields)

    async def stop(self):
        self.task.cancel()
"""
SUBSCRIBED = """\
import asyncio
import redis.asyncio as redis  #: import rewrite


class Engine:
    def __init__(self):
        self.running = True
        self.redis = None
        self.task = None

    async def start(self):
        self.redis = redis.Redis(decode_responses=True)  #: construct rewrite
        try:
            await self.redis.xgroup_create("feature-vectors", "g", id="0", mkstream=True)  #: stream rewrite
        except redis.ResponseError as error:  #: exception rewrite
            if "BUSYGROUP" not in str(error):
                raise
        self.task = asyncio.create_task(self.consume())

    async def consume(self):
        while self.running:
            entries = await self.redis.xreadgroup("g", "c", {"feature-vectors": ">"}, block=50)  #: stream rewrite
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.handle(fields)
                    await self.redis.xack("feature-vectors", "g", message_id)  #: stream rewrite

    async def handle(self, fields):
        print(fields)

    async def stop(self):
        self.running = False
        self.task.cancel()
        await self.redis.aclose()  #: command rewrite

    async def tell(self, symbol: str):
        await self.redis.xadd("feature-vectors", {"symbol": symbol})  #: stream rewrite
"""
READ = 'await self.redis.xreadgroup("g", "c", {"raw-ticks": ">"}, block=1000)'
ROUTED = {
    "a loop with a flag": CANONICAL,
    "a loop for ever": CANONICAL.replace("self.running", "True"),
    "one's own last id": """\
last = "$"
        while True:
            found = await self.redis.xread({"raw-ticks": last}, block=1000)  #: stream rewrite
            for stream, messages in found:
                for last, fields in messages:
                    await self.on_message(fields)""",
    "an ack first": CANONICAL.replace("await self.on_message(fields)\n                    ", ""),
    "an ack of a batch": f"""\
while True:
            for stream, messages in {READ}:  #: stream rewrite
                await self.redis.xack("raw-ticks", "g", *[i for i, _ in messages])  #: stream rewrite""",
    "an ack in finally": f"""\
while True:
            for stream, messages in {READ}:  #: stream rewrite
                for message_id, fields in messages:
                    try:
                        await self.on_message(fields)
                    finally:
                        await self.redis.xack(stream, "g", message_id)  #: stream rewrite""",
    "a backlog first": f"""\
await self.redis.xautoclaim("raw-ticks", "g", "c", 1000)  #: stream rewrite
        while True:
            for stream, messages in {READ}:  #: stream rewrite
                print(messages)""",
    "an async generator": f"""\
while True:
            for stream, messages in {READ}:  #: stream rewrite
                yield messages""",
    "a dead letter": f"""\
while True:
            for stream, messages in {READ}:  #: stream rewrite
                await self.redis.xadd("margin-calls", {{"m": str(messages)}})  #: stream rewrite""",
    "several streams of one bus": """\
while True:
            found = await self.redis.xread({"margin-calls": "$", "client-orders": "$"}, block=9)  #: stream rewrite
            print(found)""",
}
UNAWAITED = "nothing can be awaited in `read`, and the target can only be awaited"
OLD = "aioredis is not maintained, and its replies differ: move to redis.asyncio first"

IS = (
    *(Case(name, engine(body)) for name, body in ROUTED.items()),
    Case("a loop whose group is made at 0", engine(CANONICAL, group=GROUP).replace("import rewrite", "import keep")),
    Case(
        "a group that is made at the end",
        engine(CANONICAL, group=GROUP.replace('id="0"', 'id="$"')).replace("import rewrite", "import keep"),
    ),
    Case("a canonical loop whose stream becomes messages", SUBSCRIBED),
    Case("a canonical loop without a publisher", MESSAGES),
    Case(
        "a synchronous loop in a thread",
        """\
import threading
import redis  #: import keep

link = redis.Redis()  #: construct refuse


def read():
    while True:
        link.xread({"raw-ticks": "$"}, block=100)  #: stream refuse


threading.Thread(target=read).start()
""",
        (
            "the client is made at module level, where nothing can be awaited, and where to connect it cannot be told: "
            "no event loop is seen that runs its uses",
            f"{UNAWAITED}: `read` is what a thread runs at service.py:12",
        ),
    ),
    Case(
        "the triples of aioredis 1.x",
        """\
import aioredis  #: import keep


async def read():
    link = await aioredis.create_redis("redis://localhost")  #: construct refuse
    for stream, message_id, fields in await link.xread(["raw-ticks"]):  #: stream ask
        print(fields)
""",
        (OLD, "which stream does xread(['raw-ticks']) name?"),
    ),
)

IS_NOT = (
    Case(
        "a loop over a queue",
        """\
import asyncio


class Engine:
    async def consume(self, redis):
        while True:
            for stream, messages in await redis.get():  #!
                for message_id, fields in messages:
                    await self.on_message(fields)  #!
""",
    ),
    Case(
        "a loop over a list of keys",
        """\
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct keep

    async def consume(self):
        while True:
            await self.redis.blpop("jobs", timeout=1)  #: command keep
""",
    ),
    Case(
        "an object of one's own with xreadgroup",
        "class Fake:\n    async def xreadgroup(self, *a): return []\n\n\nasync def consume():\n"
        "    redis = Fake()\n    while True:\n        await redis.xreadgroup('g', 'c', {'raw-ticks': '>'})  #!\n",
    ),
)
