"""P10: pub/sub on a raw client is refused; a publish of anything else is none."""

from patterns.case import Case

LISTENER = "pub/sub: every listener gets it and nothing is remembered; the target replays to one consumer"
ENGINE = """\
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct keep

    async def use(self):
        {}
"""
LISTENING = {
    "a publish": 'await self.redis.publish("alerts", "x")  #: command refuse',
    "a subscription": (
        "listener = self.redis.pubsub()  #: command refuse\n"
        '        await listener.subscribe("alerts")  #: pubsub call refuse\n'
        "        async for message in listener.listen(): print(message)  #: pubsub call refuse"
    ),
    "a pattern": (
        "listener = self.redis.pubsub()  #: command refuse\n"
        '        await listener.psubscribe("alerts.*")  #: pubsub call refuse\n'
        "        print(await listener.get_message(timeout=1))  #: pubsub call refuse"
    ),
    "a listener that is kept": (
        "self.listener = self.redis.pubsub()  #: command refuse\n"
        '        await self.listener.subscribe("alerts")  #: pubsub call refuse'
    ),
    "a listener in a context": (
        "async with self.redis.pubsub() as listener:  #: command refuse, pubsub with refuse\n"
        '            await listener.subscribe("alerts")  #: pubsub call refuse'
    ),
    "who listens": 'return await self.redis.pubsub_numsub("alerts")  #: command refuse',
    "a sharded publish": 'await self.redis.spublish("alerts", "x")  #: command refuse',
}

IS = (
    *(Case(name, ENGINE.format(body), (LISTENER,)) for name, body in LISTENING.items()),
    Case(
        "a synchronous listener",
        """\
import redis  #: import keep

listener = redis.Redis().pubsub()  #: command refuse, construct keep
listener.subscribe("alerts")  #: pubsub call refuse
for message in listener.listen(): print(message)  #: pubsub call refuse
""",
        (LISTENER,),
    ),
    Case(
        "streams and a publish on one client",
        """\
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis()  #: construct refuse

    async def use(self):
        await self.redis.xadd("raw-ticks", {"a": "1"})  #: stream refuse
        await self.redis.publish("alerts", "x")  #: command refuse
""",
        (LISTENER,),
    ),
    Case(
        "a publish in a pipeline",
        ENGINE.format(
            "pipe = self.redis.pipeline()  #: command keep\n"
            '        pipe.publish("alerts", "x")  #: pipeline call refuse\n'
            "        await pipe.execute()  #: pipeline call keep"
        ),
        (LISTENER,),
    ),
    Case(
        "a publish in a transaction",
        ENGINE.format('await self.redis.transaction(lambda pipe: pipe.publish("alerts", "x"))  #: command refuse'),
        (LISTENER,),
    ),
)

IS_NOT = (
    Case(
        "a broker of another library",
        "import paho.mqtt.client as redis\n\nclient = redis.Client()\nclient.publish('alerts', 'x')  #!\n",
    ),
    Case(
        "a listener of one's own",
        """\
import redis  #: import keep


class Hub:
    def pubsub(self): return self
    def subscribe(self, name): pass


hub = Hub()
hub.pubsub().subscribe("alerts")  #!
cache = redis.Redis()  #: construct keep
cache.get("alerts")  #: command keep
""",
    ),
    Case("a set of subscribers", "redis_subscribers = set()\nredis_subscribers.add('alerts')  #!\n"),
    Case(
        "a key called publish",
        "import redis  #: import keep\n\nredis.Redis().set('publish', 1)  #: command keep, construct keep\n",
    ),
)
