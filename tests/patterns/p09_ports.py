"""P9: the port as a literal moves only inside a config that goes; a number by itself is no site."""

from patterns.case import Case

IS = (
    Case(
        "the port of a config that goes",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Engine:
    def __init__(self):
        self.config = MessageBusConfig(  #: config rewrite
            redis_host="localhost",
            redis_port=6379,
        )

    async def start(self):
        self.bus = BufferedMessageBusClient(self.config)  #: construct rewrite
        await self.bus.start()  #: start rewrite
""",
    ),
    Case(
        "the port of a client that goes",
        """\
import redis.asyncio as redis  #: import rewrite


async def start():
    link = redis.Redis(host="localhost", port=6379)  #: construct rewrite
    await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
""",
    ),
    Case(
        "the port in a URL of a client that goes",
        """\
import redis.asyncio as redis  #: import rewrite


async def start():
    link = redis.from_url("redis://redis:6379")  #: construct rewrite
    await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
""",
    ),
    Case(
        "the port of a cache",
        "import redis  #: import keep\n\ncache = redis.Redis(port=6379)  #: construct keep\n"
        "cache.get(6379)  #: command keep\n",
    ),
)

IS_NOT = (
    Case("a table of ports", 'PORTS = {"redis": 6379, "portfolio": 8900}  #!\n'),
    Case("a document", '"""Start redis on port 6379."""\n\nHELP = "redis-cli -p 6379"  #!\n'),
    Case("a benchmark", "import socket\n\n# redis\nsocket.create_connection(('localhost', 6379))  #!\n"),
    Case("a URL that nobody opens", 'REDIS_URL = "redis://localhost:6379/0"  #!\n'),
    Case("a command that is run", 'import subprocess\n\nsubprocess.run(["redis-server", "--port", "6379"])  #!\n'),
    Case("an environment variable", 'import os\n\nPORT = int(os.getenv("REDIS_PORT", "6379"))  #!\n'),
)
