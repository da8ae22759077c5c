"""What an expression may hold: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from programs import CLIENT, HEAD, program, shown, values, words

from codemods.reading import atoms
from codemods.reading.atoms import NOTHING, UNKNOWN, Atom

WHERE_A_CLIENT_LIVES = {
    "a local": ("def f():\n  c = Redis()\n  SHOW(c)\n", [CLIENT]),
    "a global": ("c = None\ndef f():\n  global c\n  c = Redis()\ndef g():\n  SHOW(c)\n", [CLIENT, "none"]),
    "an alias": ("def f():\n  c = Redis()\n  d = e = c\n  SHOW(e)\n", [CLIENT]),
    "an aliased class": ("R = Redis\nc = R()\nSHOW(c)\n", [CLIENT]),
    "a tuple": ("a, (b, c) = 1, (2, Redis())\nSHOW(c)\n", [CLIENT]),
    "a tuple of unknown parts": ("a, b = f()\nSHOW(b)\n", ["unknown"]),
    "a starred tuple": ("a, *b = Redis(), 1\nSHOW(a)\n", ["unknown"]),
    "a walrus": ("def f():\n  if (c := Redis()):\n    SHOW(c)\n", [CLIENT]),
    "with": ("def f():\n  with Redis() as c:\n    SHOW(c)\n", [CLIENT]),
    "async with": ("async def f():\n  async with Redis() as c, g() as d:\n    SHOW(c)\n", [CLIENT]),
    "with and no name": ("def f():\n  with Redis():\n    SHOW(Redis())\n", [CLIENT]),
    "a parameter": ("def f(c):\n  SHOW(c)\nf(Redis())\n", [CLIENT]),
    "a parameter by keyword": ("def f(a, *, c):\n  SHOW(c)\nf(1, c=Redis())\n", [CLIENT]),
    "a parameter among stars": ("def f(a, c):\n  SHOW(c)\nf(*[Redis()])\n", ["unknown"]),
    "a parameter among double stars": ("def f(a, c):\n  SHOW(c)\nf(**{'c': Redis()})\n", ["unknown"]),
    "a parameter that is too many": ("def f(c):\n  SHOW(c)\nf(Redis(), 1, z=2)\n", [CLIENT]),
    "a star parameter": ("def f(*c, **d):\n  SHOW(c)\nf(Redis())\n", ["unknown"]),
    "a default": ("def f(c=Redis(), *, d=None):\n  SHOW(c)\nf()\n", [CLIENT]),
    "a return": ("def make():\n  return Redis()\nSHOW(make())\n", [CLIENT]),
    "an awaited return": ("async def make():\n  return Redis()\nasync def f():\n  SHOW(await make())\n", [CLIENT]),
    "a bare return": ("def make(x):\n  if x:\n    return\n  return Redis()\nSHOW(make(1))\n", [CLIENT, "none"]),
    "a getter with a global": (
        "_c = None\ndef get():\n  global _c\n  if _c is None:\n    _c = Redis()\n  return _c\nSHOW(get())\n",
        [CLIENT, "none"],
    ),
    "a closure": ("def f():\n  c = Redis()\n  def g():\n    return lambda: SHOW(c)\n  return g\n", [CLIENT]),
    "nonlocal": (
        "def f():\n  c = None\n  def g():\n    nonlocal c\n    c = Redis()\n  g()\n  SHOW(c)\n",
        [CLIENT, "none"],
    ),
    "a nested function's result": ("def f():\n  def g():\n    return Redis()\n  SHOW(g())\n", [CLIENT]),
    "a lambda's parameter": ("f = lambda c: SHOW(c)\n", ["unknown"]),
    "a conditional": ("c = Redis() if flag else None\nSHOW(c)\n", [CLIENT, "none"]),
    "or": ("def f(c=None):\n  SHOW(c or Redis())\nf()\n", [CLIENT, "none"]),
    "and": ("def f(c=None):\n  SHOW(c and Redis())\nf()\n", [CLIENT, "none"]),
    "and that is never None": ("SHOW(1 and Redis())\n", [CLIENT]),
    "app.state": (
        "def start(app):\n  app.state.bus = Redis()\ndef go(request):\n  SHOW(request.app.state.bus)\n",
        [CLIENT],
    ),
    "app.state that nobody set": ("def go(request):\n  SHOW(request.app.state.bus)\n", ["unknown"]),
    "a FastAPI dependency": (
        "from fastapi import Depends\ndef get():\n  return Redis()\ndef f(c=Depends(get)):\n  SHOW(c)\n",
        [CLIENT],
    ),
    "a pipeline": ("c = Redis()\np = c.pipeline()\nSHOW(p)\n", ["pipeline redis.asyncio"]),
    "a listener": ("c = Redis()\nSHOW(c.pubsub())\n", ["pubsub redis.asyncio"]),
    "what a command gives": ("c = Redis()\nSHOW(c.get('a'))\n", ["unknown"]),
    "a mock": ("from unittest.mock import Mock\nSHOW(Mock(spec=Redis).client())\n", ["mock", "unknown"]),
    "a name before it is bound again": ("SHOW(redis)\nredis = redis.Redis()\n", ["symbol redis.asyncio"]),
    "a name after it is bound again": ("redis = redis.Redis()\nSHOW(redis)\n", [CLIENT]),
    "a name that was bound again": ("redis = redis.Redis()\ndef f():\n  SHOW(redis)\n", [CLIENT]),
    "a name that may be bound again": (
        "if x:\n  redis = redis.Redis()\nSHOW(redis)\n",
        [CLIENT, "symbol redis.asyncio", "unknown"],
    ),
    "an exception": ("try:\n  pass\nexcept E as c:\n  SHOW(c)\n", ["unknown"]),
    "a sum in place": ("c = Redis()\nc += 1\nSHOW(c)\n", [CLIENT, "unknown"]),
    "a builtin": ("SHOW(print)\n", ["unknown"]),
    "a class": ("class A: pass\nSHOW(A)\n", ["class A"]),
    "an instance": ("class A: pass\nSHOW(A())\n", ["instance A"]),
    "an attribute nobody sets": ("class A: pass\nSHOW(A().b)\n", ["unknown"]),
    "an attribute of None": ("c = None\nSHOW(c.b)\n", []),
    "a method": ("class A:\n  def f(self): pass\nSHOW(A().f)\n", ["function f"]),
    "a module": ("SHOW(redis)\n", ["symbol redis.asyncio"]),
    "a plain import": ("import redis\nc = redis.asyncio.Redis()\nSHOW(c)\n", [CLIENT]),
    "a dotted import": (
        "import redis.client\nSHOW(redis.client)\n",
        ["symbol redis.asyncio.client", "symbol redis.client"],
    ),
    "a conditional import": (
        "try:\n  from redis import Redis as R\nexcept ImportError:\n  R = None\nc = R()\nSHOW(c)\n",
        ["client redis"],
    ),
    "an import in a function": ("def f():\n  from redis import StrictRedis\n  SHOW(StrictRedis())\n", ["client redis"]),
    "aioredis": (
        "import aioredis\nasync def f():\n  SHOW(await aioredis.create_redis_pool('x'))\n",
        ["client aioredis"],
    ),
    "from_url of the class": ("SHOW(Redis.from_url('redis://x'))\n", [CLIENT]),
    "a wrapper's client": (
        "import legacy_bus\nSHOW(legacy_bus.BusClient(legacy_bus.BusConfig()))\n",
        ["client legacy_bus"],
    ),
    "a wrapper's config": ("from pkg.legacy_bus import BusConfig\nSHOW(BusConfig())\n", ["config legacy_bus"]),
    "another name of a wrapper": (
        "from legacy_bus import Priority\nSHOW(Priority.HIGH)\n",
        ["symbol legacy_bus.Priority.HIGH"],
    ),
    "the target": (
        (
            "import dual_messagebus_client as d\nasync def f():\n"
            "  b = await d.get_dual_bus_client(d.EngineType.ML)\n  SHOW(b)\n"
        ),
        ["dual"],
    ),
    "the target's raw client": (
        "from dual_messagebus_client import get_dual_bus_client\nasync def f():\n  b = await get_dual_bus_client(1)\n"
        "  SHOW(b.marketdata_client)\n",
        ["dual-raw marketdata"],
    ),
    "another attribute of the target": (
        "from dual_messagebus_client import create_dual_bus_client\nb = create_dual_bus_client(1)\nSHOW(b.config)\n",
        ["unknown"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WHERE_A_CLIENT_LIVES.values(), ids=WHERE_A_CLIENT_LIVES.keys())
def test_a_client_is_followed_to_where_it_lives(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected


def test_a_function_knows_who_calls_it_and_where_it_is_handed_on() -> None:
    text = (
        "def f(a): pass\ndef g(): f(1)\nclass A:\n  def m(self): self.m()\n"
        "  @staticmethod\n  def s(x): pass\nprint(g)\n"
    )
    whole = program(HEAD + text)
    whole.modules["app/main.py"].read_all()
    whole.demand.refresh()
    facts = {words(Atom("", f.qualified)): f for f in whole.functions.values()}
    assert {
        name: (len(f.calls), len(f.references), bool(f.references or not f.calls)) for name, f in facts.items()
    } == {
        "f": (1, 0, False),
        "g": (0, 1, True),
        "m": (1, 0, False),
        "s": (0, 0, True),
    }
    assert [[a.arg for a in facts[name].parameters] for name in "fms"] == [["a"], [], ["x"]]


def test_a_long_chain_of_calls_and_a_long_sum_take_no_time() -> None:
    text = f"x = q{'.where(a).order(b)' * 60}\ny = {' + '.join(['z'] * 600)}\nc = Redis()\nSHOW(c)\n"
    start = time.process_time()
    assert values(HEAD + text) == [CLIENT]
    assert time.process_time() - start < 5


def test_a_name_that_follows_itself_comes_to_an_end() -> None:
    text = (
        "import os\nn = os\nwhile n:\n  n = n.left if x else n.right\n"
        "t = 'a'\nfor _ in n:\n  t = t + 'a'\nSHOW((n or t))\n"
    )
    found = values(HEAD + text)
    assert len(found) <= 25
    assert "unknown" in found


def test_values_of_atoms_are_told_apart() -> None:
    text, client = Atom(atoms.TEXT, "a"), Atom(atoms.CLIENT, "redis", "a.py", 3, 4)
    assert atoms.of(frozenset({text, client, NOTHING}), atoms.CLIENT) == [client]
    assert atoms.only(frozenset({client, NOTHING}), atoms.CLIENT) == client
    assert atoms.only(frozenset({client}), atoms.TEXT) is None
    assert atoms.only(frozenset({client, UNKNOWN}), atoms.CLIENT) is None
    assert atoms.texts(frozenset({Atom(atoms.TEXT, "b"), text})) == ("a", "b")
    assert atoms.texts(frozenset({text, UNKNOWN})) is None
    assert atoms.texts(frozenset()) is None


def test_the_place_where_a_client_was_made_is_part_of_it() -> None:
    whole = program(
        HEAD
        + dedent("""\
        a = Redis()
        b = Redis()
        SHOW(a if x else b)
    """)
    )
    ((module, node),) = shown(whole)
    assert [(a.path, a.line, a.column) for a in atoms.of(whole.value(module, node), atoms.CLIENT)] == [
        ("app/main.py", 3, 4),
        ("app/main.py", 4, 4),
    ]
