"""P7: tests that patch by a dotted string never point at a name that is gone."""

from patterns.case import Case

SERVICE = """\
import redis.asyncio as redis  #: import {imports}


class Engine:
    async def start(self):
        self.link = redis.Redis()  #: construct {verdict}

    async def tell(self):
        {command}
"""
STREAM = 'await self.link.xadd("raw-ticks", {"a": "1"})  #: stream refuse'
KEY = 'await self.link.get("a")  #: command keep'
MOVED = SERVICE.format(imports="rewrite", verdict="rewrite", command=STREAM.replace("refuse", "rewrite"))
MOVING = SERVICE.format(imports="keep", verdict="refuse", command=STREAM)
KEPT = SERVICE.format(imports="keep", verdict="keep", command=KEY)
EVERYWHERE = "`{}` is patched for all files here, and the engine's own code no longer calls it"
GONE = "`{}` is patched by its name here, and that name goes"


def patching(line: str, imports: str = "from unittest.mock import patch") -> dict[str, str | bytes]:
    return {"test_service.py": f"{imports}\n\n\n{line}\n"}


WRAPPED = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
        await self.bus.start()  #: start refuse
"""
BUS = "service.BufferedMessageBusClient"

STARTED = "; the patch is started elsewhere, in line 4"
IS = (
    Case(
        "a client's class that is patched",
        MOVING,
        (GONE.format("service.redis.Redis") + STARTED,),
        more=patching('fake = patch("service.redis.Redis")  #: patched refuse'),
    ),
    Case(
        "by the path from the import root",
        MOVING,
        (GONE.format("engines.portfolio.service.redis.Redis") + STARTED,),
        more=patching('fake = patch("engines.portfolio.service.redis.Redis")  #: patched refuse'),
    ),
    Case(
        "by an attribute of the module",
        MOVING,
        (GONE.format("redis"),),
        more=patching(
            'def test_it(monkeypatch):\n    monkeypatch.setattr(service, "redis", None)  #: patched refuse',
            "import service",
        ),
    ),
    Case(
        "as a decorator",
        MOVED,
        more=patching('@patch("service.redis.Redis")  #: patched rewrite\ndef test_it(fake): pass'),
    ),
    Case(
        "as a context",
        MOVED,
        more=patching('def test_it():\n    with patch("service.redis.Redis") as fake: pass  #: patched rewrite'),
    ),
    Case(
        "for all files at once",
        MOVING,
        (EVERYWHERE.format("redis.asyncio.Redis"),),
        more=patching('@patch("redis.asyncio.Redis")  #: patched refuse\ndef test_it(fake): pass'),
    ),
    Case(
        "for all files, by an attribute of the library",
        MOVING,
        (EVERYWHERE.format("redis.asyncio.Redis"),),
        more=patching(
            "def test_it(monkeypatch):\n"
            '    monkeypatch.setattr(redis.asyncio, "Redis", None)  #: redis name keep, patched refuse',
            "import redis.asyncio  #: import keep",
        ),
    ),
    Case(
        "a wrapper that is patched",
        WRAPPED,
        (GONE.format(BUS) + STARTED,),
        more=patching(f'fake = patch("{BUS}")  #: patched refuse'),
    ),
    Case("a key client that is patched", KEPT, more=patching('fake = patch("service.redis.Redis")  #: patched keep')),
)

IS_NOT = (
    Case(
        "a patch of something else in the module",
        "import redis  #: import keep\nimport os\n",
        more=patching('fake = patch("service.os.getenv")  #!\nother = patch("service.redis_info")  #!'),
    ),
    Case(
        "a patch of a module that is not there",
        "import redis  #: import keep\n",
        more=patching('fake = patch("other.redis.Redis")  #!'),
    ),
    Case(
        "a mock that stands for a client",
        "LOT = 1\n",
        more=patching(
            'redis = Mock()\nredis.xadd("a", {})  #!\nredis.Redis().get("a")  #!', "from unittest.mock import Mock"
        ),
    ),
    Case(
        "a dotted string that is text",
        "import redis  #: import keep\n",
        more=patching('print("service.lot", "see redis.Redis")  #!'),
    ),
)
