"""P12: a wrapper's own implementation, and copies of it, are no use of it."""

from patterns.case import Case

COPY = """\
import redis.asyncio as redis


class MessageBusConfig:
    redis_host = "localhost"


class BufferedMessageBusClient:
    def __init__(self, config):
        self._redis = redis.Redis(host=config.redis_host)

    async def publish(self, topic, payload):
        await self._redis.xadd("messagebus", payload)
"""

IS = (
    Case(
        "a copy in the engine's own folder",
        "LOT = 1  #!\n",
        more={"enhanced_messagebus_client.py": COPY},
    ),
    Case(
        "a copy that the engine imports",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite
""",
        more={"enhanced_messagebus_client.py": COPY.replace("class Buff", "# copied  #!\nclass Buff")},
    ),
)

OWN = """\
import redis.asyncio as redis  #: import keep


class Bus:
    async def start(self):
        self._redis = redis.Redis()  #: construct ask

    async def publish(self, topic, payload):
        await self._redis.xadd(topic, payload)  #: stream ask
"""

IS_NOT = (
    Case(
        "a wrapper of its own that no configuration names",
        OWN + "\n\nbus = Bus()\nbus.publish  #!\n",
        ("which stream does xadd(topic, payload) name?",),
    ),
    Case(
        "a file that is called almost like it",
        "LOT = 1\n",
        more={"enhanced_messagebus.py": "class BufferedMessageBusClient: pass  #!\n"},
    ),
    Case(
        "a key store that wraps redis",
        """\
import redis  #: import keep


class Store:
    def __init__(self):
        self._redis = redis.Redis()  #: construct keep

    def get(self, key):
        return self._redis.get(key)  #: command keep


store = Store()
store.get("a")  #!
""",
    ),
)
