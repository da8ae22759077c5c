"""What an expression may hold: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from programs import program, shown, values, words

from codemods.reading import atoms
from codemods.reading.atoms import NOTHING, UNKNOWN, Atom

HEAD = "import redis.asyncio as redis\nfrom redis.asyncio import Redis\n"
CLIENT = "client redis.asyncio"

WHERE_A_CLIENT_LIVES = {
    "a local": ("def f():\n  c = Redis()\n  SHOW(c)\n", [CLIENT]),
    "a global": ("c = None\ndef f():\n  global c\n  c = Redis()\ndef g():\n  SHOW(c)\n", [CLIENT, "none"]),
    "an attribute of another method": (
        "class A:\n  def start(self):\n    self.c = redis.Redis()\n  def go(this):\n    SHOW(this.c)\n",
        [CLIENT],
    ),
    "an attribute that begins as None": (
        "class A:\n  def __init__(self):\n    self.c: Redis | None = None\n"
        "  async def start(self):\n    self.c = await redis.from_url('x')\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a class attribute": ("class A:\n  c = Redis()\n  def go(self):\n    SHOW(self.c)\n", [CLIENT]),
    "a class attribute by its class": ("class A:\n  c = Redis()\nSHOW(A.c)\n", [CLIENT]),
    "an annotated attribute of a plain class": (
        "class A:\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that others may fill": (
        "class A(Model):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "an annotated attribute of an abstract class": (
        "class A(abc.ABC):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "an annotated attribute of a class with an abstract metaclass": (
        "class A(metaclass=ABCMeta):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that the metaclass may fill": (
        "class A(metaclass=Model):\n  c: Redis = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "an attribute of a generic base": (
        "class Base(Generic[T]):\n  c: Redis = Redis()\nclass A(Base[int]):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field of a dataclass": (
        "@dataclass\nclass A:\n  n: int\n  c: Redis\ndef f():\n  SHOW(A(1, Redis()).c)\n",
        [CLIENT],
    ),
    "a field whose annotation promises nothing": (
        "@dataclass\nclass A:\n  n: int\n  c: object\nSHOW(A(1, Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a field that somebody fills with what is not known": (
        "@dataclass\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\nA(given())\n",
        [CLIENT, "unknown"],
    ),
    "a field that may be among what is unpacked": (
        "@dataclass\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\nA(**given())\n",
        [CLIENT, "unknown"],
    ),
    "fields beside those that are no parameters": (
        "@dataclass\nclass A:\n  n: int = field(init=False)\n  k: ClassVar[int] = 1\n  m: int = field(kw_only=True)\n"
        "  c: Redis\n  _: KW_ONLY\n  d: Redis\nSHOW(A(Redis(), None).c)\n",
        [CLIENT],
    ),
    "a field of a frozen dataclass with slots": (
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n  c: 'Redis | None' = None\n"
        "  def go(self):\n    SHOW(self.c)\nA(Redis())\n",
        [CLIENT, "none"],
    ),
    "a field that a function of the program makes": (
        "def made():\n  return Redis()\n@dataclass\nclass A:\n  c: Redis = field(default_factory=made)\n"
        "  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that a class of the program makes": (
        "class Made(Redis):\n  pass\n@dataclass\nclass A:\n  c: Redis = field(default_factory=Made)\n"
        "  def go(self):\n    SHOW(self.c)\n",
        [CLIENT, "instance Made"],
    ),
    "a field of a dataclass of another maker": (
        "@attrs.define\nclass A:\n  c: Redis\nSHOW(A(Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a field that no constructor fills": (
        "@dataclass(slots=True)\nclass A:\n  c: Redis = field(init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a field that is empty until it is filled": (
        "@dataclass\nclass A:\n  c: Redis = field(default=None, init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a field that a constructor may fill after all": (
        "@dataclass\nclass A:\n  c: Redis = field(default=None)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "none"],
    ),
    "a field of a model that says it is no parameter": (
        "@validated\nclass A:\n  c: Redis = field(init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a field that a factory fills": (
        "@dataclass\nclass A:\n  c: Redis = field(default_factory=made, init=False)\n"
        "  def go(self):\n    self.c = Redis()\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a field of a dataclass by keyword": (
        "@dataclass\nclass Base:\n  n: int\n@dataclass\nclass A(Base):\n  c: object\nSHOW(A(1, c=Redis()).c)\n",
        [CLIENT, "unknown"],
    ),
    "a parameter of the base class": (
        "class Base:\n  def __init__(self, c):\n    self.c = c\nclass A(Base):\n  def __init__(self):\n"
        "    super().__init__(Redis())\nSHOW(A().c)\n",
        [CLIENT],
    ),
    "a method of super()": (
        "class Base:\n  def make(self):\n    return Redis()\nclass A(Base):\n  def make(self):\n"
        "    SHOW(super().make())\n",
        [CLIENT],
    ),
    "an instance of a derived class": ("class A(Redis):\n  pass\nSHOW(A())\n", [CLIENT, "instance A"]),
    "the instance in a derived class": (
        "class Base(Redis):\n  pass\nclass A(Base):\n  def go(self):\n    SHOW(self)\n",
        [CLIENT, "instance A"],
    ),
    "an attribute that is annotated alone": ("class A:\n  c: Redis\n  def go(self):\n    SHOW(self.c)\n", [CLIENT]),
    "an attribute that a parameter fills": (
        "class A:\n  def __init__(self, c):\n    self.c: Redis | None = c\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a result that is annotated": ("def f() -> Redis:\n  return g()\nSHOW(f())\n", [CLIENT, "unknown"]),
    "a text as an annotation": ("def f(c: 'redis.Redis'):\n  SHOW(c)\n", [CLIENT]),
    "a text in Optional": ("def f(c: Optional['Redis']):\n  SHOW(c)\n", [CLIENT]),
    "an annotated type": ("def f(c: Annotated[Redis, 'the store']):\n  SHOW(c)\n", [CLIENT]),
    "a variable of a context": (
        "from contextvars import ContextVar\nc: ContextVar[Redis] = given()\nSHOW(c.get())\n",
        [CLIENT],
    ),
    "an annotated type with a name": ("Link = Annotated[Redis, 1]\ndef f(c: Link):\n  SHOW(c)\n", [CLIENT]),
    "an annotated dict": ("def f(c: dict[str, Redis]):\n  SHOW(c['a'])\n", [CLIENT]),
    "an annotated class": ("def f(c: type[Redis]):\n  SHOW(c)\n", ["unknown"]),
    "an annotated list of texts": ("def f(c: list[str]):\n  SHOW(c)\n", ["unknown"]),
    "a class method": (
        "class A:\n  @classmethod\n  def make(cls):\n    cls.c = Redis()\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a static method": (
        "class A:\n  @staticmethod\n  def make(port):\n    return Redis(port=port)\nSHOW(A.make(1))\n",
        [CLIENT],
    ),
    "a base class far above": (
        "class C0:\n  def start(self):\n    self.c = Redis()\n"
        + "".join(f"class C{n}(C{n - 1}): pass\n" for n in range(1, 40))
        + "class D(C39):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a base class beside another one": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B: pass\n"
        "class E(B, A):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a base class of a class that is defined in a function": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B:\n  def go(self):\n    SHOW(self.c)\n"
        "def made():\n  class E(B, A):\n    def more(self):\n      return self.c\n  return E()\n",
        [CLIENT],
    ),
    "families that one class after the other joins": (
        "class A:\n  def start(self):\n    self.c = Redis()\nclass B: pass\n"
        "class C:\n  def go(self):\n    SHOW(self.c)\n"
        "class D(C, B): pass\nclass E(B, A): pass\n",
        [CLIENT],
    ),
    "a base class": (
        "class Base:\n  def start(self):\n    self.c = Redis()\nclass A(Base):\n  def go(self):\n    SHOW(self.c)\n",
        [CLIENT],
    ),
    "a subclass": (
        "class Base:\n  def go(self):\n    SHOW(self.c)\nclass A(Base):\n  def start(self):\n    self.c = Redis()\n",
        [CLIENT],
    ),
    "a method of a base class": (
        "class Base:\n  def make(self):\n    return Redis()\nclass A(Base):\n  def go(self):\n    SHOW(self.make())\n",
        [CLIENT],
    ),
    "a property": (
        "class A:\n  @property\n  def c(self):\n    return self._c\n  def __init__(self):\n    self._c = Redis()\n"
        "def f(a):\n  SHOW(A().c)\n",
        [CLIENT],
    ),
    "a cached property": (
        "import functools\nclass A:\n  @functools.cached_property\n  def c(self):\n    return Redis()\nSHOW(A().c)\n",
        [CLIENT],
    ),
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
    "a parameter of a method": (
        "class A:\n  def f(self, c):\n    SHOW(c)\n  def g(self):\n    self.f(Redis())\n",
        [CLIENT],
    ),
    "a parameter of a constructor": (
        "class A:\n  def __init__(self, c):\n    self.c = c\n  def go(self):\n    SHOW(self.c)\nA(Redis())\n",
        [CLIENT],
    ),
    "a parameter among stars": ("def f(a, c):\n  SHOW(c)\nf(*[Redis()])\n", ["unknown"]),
    "a parameter among double stars": ("def f(a, c):\n  SHOW(c)\nf(**{'c': Redis()})\n", ["unknown"]),
    "a parameter that is too many": ("def f(c):\n  SHOW(c)\nf(Redis(), 1, z=2)\n", [CLIENT]),
    "a star parameter": ("def f(*c, **d):\n  SHOW(c)\nf(Redis())\n", ["unknown"]),
    "a default": ("def f(c=Redis(), *, d=None):\n  SHOW(c)\nf()\n", [CLIENT]),
    "an annotated parameter nobody fills": ("def f(c: redis.Redis):\n  SHOW(c)\n", [CLIENT]),
    "an optional parameter": ("from typing import Optional\ndef f(c: Optional[Redis]):\n  SHOW(c)\n", [CLIENT]),
    "a union parameter": ("def f(c: Redis | None = None):\n  SHOW(c)\n", [CLIENT, "none"]),
    "an instance that an annotation promises": (
        "class A:\n  def __init__(self):\n    self.c = Redis()\ndef f(a: 'A', b: A):\n  SHOW(b.c)\n",
        [CLIENT],
    ),
    "an annotation of something else": ("def f(c: redis.ConnectionPool, d: int):\n  SHOW(c)\n", ["unknown"]),
    "an annotation of a pipeline": ("def f(c: redis.Pipeline):\n  SHOW(c)\n", ["pipeline redis.asyncio"]),
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
    "another object's attribute": (
        "class A:\n  def __init__(self):\n    self.c = Redis()\nclass B:\n  def __init__(self):\n    self.a = A()\n"
        "  def go(self):\n    SHOW(self.a.c)\n",
        [CLIENT],
    ),
    "set from outside": (
        "class A:\n  def go(self):\n    SHOW(self.c)\ndef f():\n  a = A()\n  a.c = Redis()\n",
        [CLIENT],
    ),
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
    "a subscript": ("c = {'a': Redis()}\nSHOW(c['a'])\n", [CLIENT]),
    "a dict display": ("c = {'a': Redis()}\nSHOW(c)\n", ["mapping"]),
    "a loop over a display": ("for c in (Redis(), None):\n  SHOW(c)\n", [CLIENT, "none"]),
    "an async loop": ("async def f():\n  async for c in g():\n    SHOW(c)\n", ["unknown"]),
    "a comprehension": ("[SHOW(c) for c in [Redis()]]\n", [CLIENT]),
    "a subscript of a dict of texts": ("c = {'a': 'b'}\nSHOW(c['a'])\n", ["unknown"]),
    "a dict that is filled": ("c = {}\nc['a'] = Redis()\nSHOW(c.get('a'))\n", [CLIENT]),
    "a dict by keywords": ("c = dict(a=Redis())\nSHOW(c.pop('a'))\n", [CLIENT]),
    "a dict of dicts": ("c = {'a': {'b': Redis()}}\nSHOW(c['a']['b'])\n", [CLIENT]),
    "a dict in a dict": ("c = {'a': Redis()}\nd = {**c}\nSHOW(d['a'])\n", [CLIENT]),
    "a list that is filled": ("c = []\nc.append(Redis())\nSHOW(c[0])\n", [CLIENT]),
    "a list that is poured in": ("c = []\nc.extend([Redis()])\nSHOW(c[-1])\n", [CLIENT]),
    "a set that is filled": ("c = set()\nc.add(Redis())\nfor d in c:\n  SHOW(d)\n", [CLIENT]),
    "a default that is set": ("c = {}\nSHOW(c.setdefault('a', Redis()))\n", [CLIENT]),
    "the values of a dict": ("c = {'a': Redis()}\nfor d in list(c.values()):\n  SHOW(d)\n", [CLIENT]),
    "the items of a dict": ("c = {'a': Redis()}\nfor k, d in c.items():\n  SHOW(d)\n", [CLIENT]),
    "the keys of the items": ("c = {'a': Redis()}\nfor k, d in c.items():\n  SHOW(k)\n", ["unknown"]),
    "what is counted": ("c = [Redis()]\nfor i, d in enumerate(c):\n  SHOW(d)\n", [CLIENT]),
    "a dict of a comprehension": ("c = {k: Redis() for k in x}\nSHOW(c[y])\n", [CLIENT]),
    "a tuple by its position": ("c = (Redis(), 1)\nSHOW(c[0])\n", [CLIENT]),
    "another position of a tuple": ("c = (Redis(), 1)\nSHOW(c[1])\n", ["unknown"]),
    "a tuple of itself": ("c = (Redis(), 1)\nc = (c[0], 2)\nSHOW(c[0])\n", [CLIENT]),
    "subscripts without end": (f"c = [Redis()]\nSHOW(c{'[0]' * 900})\n", ["unknown"]),
    "a type of itself": (
        "T = Union[Redis, Iterable['T'], Iterable['T']]\ndef f(c: T):\n  SHOW(c)\n",
        [CLIENT],
    ),
    "a union without end": (f"def f(c: {' | '.join(['int'] * 900)} | Redis):\n  SHOW(c)\n", [CLIENT]),
    "a pair of a function": ("def f():\n  return Redis(), 1\na, b = f()\nSHOW(a)\n", [CLIENT]),
    "the other of a pair": ("def f():\n  return Redis(), 1\na, b = f()\nSHOW(b)\n", ["unknown"]),
    "a dict of an object": (
        "class A:\n  def __init__(self):\n    self.all = {}\n  def add(self, k):\n    self.all[k] = Redis()\n"
        "  def go(self, k):\n    SHOW(self.all[k])\n",
        [CLIENT],
    ),
    "a context that is yielded": ("def f():\n  yield Redis()\nwith f() as c:\n  SHOW(c)\n", [CLIENT]),
    "the next of a generator": ("def f():\n  yield Redis()\nSHOW(next(f()))\n", [CLIENT]),
    "a loop over a generator": ("def f():\n  yield Redis()\nfor c in f():\n  SHOW(c)\n", [CLIENT]),
    "a dependency that is yielded": (
        "from fastapi import Depends\ndef f():\n  yield Redis()\ndef g(c=Depends(f)):\n  SHOW(c)\n",
        [CLIENT],
    ),
    "a context that is entered": (
        "class A:\n  def __enter__(self):\n    return Redis()\nwith A() as c:\n  SHOW(c)\n",
        [CLIENT],
    ),
    "a context that is the object": (
        "class A:\n  def __enter__(self):\n    return self\nwith A() as c:\n  SHOW(c)\n",
        ["instance A"],
    ),
    "a context on a stack": ("async def f(s):\n  c = await s.enter_async_context(Redis())\n  SHOW(c)\n", [CLIENT]),
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
    "a class that is its own base": ("class A(A):\n  c = Redis()\nSHOW(A().c)\n", [CLIENT]),
    "classes that are each other's bases": ("class A(B): pass\nclass B(A): pass\nSHOW(A().c)\n", ["unknown"]),
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

TEXTS = {
    "a constant": ("SHOW('a')\n", ["text a"]),
    "no text": ("SHOW(1)\n", ["unknown"]),
    "an f-string": ("def f(s):\n  SHOW(f'a.{s}.b')\n", ["text a.*.b"]),
    "an f-string of known parts": ("A = 'x'\nSHOW(f'{A}.{A!s}.{A!r}.{A:>3}.{{}}')\n", ["text x.x.*.*.{}"]),
    "an f-string of alternatives": ("A = 'x' if b else 'y'\nSHOW(f'{A}.z')\n", ["text x.z", "text y.z"]),
    "a sum": ("A = 'x'\nSHOW(A + '.' + b)\n", ["text x.*"]),
    "a sum of unknowns": ("SHOW(a + b)\n", ["unknown"]),
    "a text filled by %": ("SHOW('a.%s.%(n)-5.2f%%' % b)\n", ["text a.*.*%"]),
    "one of two texts filled by %": ("A = 'x.%d' if b else 'y'\nSHOW(A % c)\n", ["text x.*", "text y"]),
    "a text with a sign that fills nothing": ("SHOW('a.%y' % b)\n", ["unknown"]),
    "a remainder": ("SHOW(a % b)\n", ["unknown"]),
    "a text that is formatted": ("SHOW('a.{}.{n!r:>3}.{{}}'.format(b, n=1))\n", ["text a.*.*.{}"]),
    "a text that is formatted within": ("SHOW('a.{:{}}'.format(b, 3))\n", ["unknown"]),
    "something else that formats": ("SHOW(a.format(b))\n", ["unknown"]),
    "another operator": ("SHOW('a' * 2)\n", ["unknown"]),
    "a parameter of a closed function": ("def f(t):\n  SHOW(t)\nf('a')\nf(t='b')\n", ["text a", "text b"]),
    "a parameter of a function that is handed on": ("def f(t):\n  SHOW(t)\nf('a')\ng(f)\n", ["text a", "unknown"]),
    "a parameter of a decorated function": ("@d\ndef f(t):\n  SHOW(t)\nf('a')\n", ["text a", "unknown"]),
    "a parameter of a method of the class": (
        "class A:\n  @classmethod\n  def f(cls, t='a'):\n    SHOW(t)\nA.f()\nA.f(t='b')\n",
        ["text a", "text b"],
    ),
    "a parameter of a method of the class that is handed on": (
        "class A:\n  @classmethod\n  def f(cls, t='a'):\n    SHOW(t)\nA.f()\ng(A.f)\n",
        ["text a", "unknown"],
    ),
    "a parameter of a function nobody calls": ("def f(t='a'):\n  SHOW(t)\n", ["text a", "unknown"]),
    "through two functions": ("def f(t):\n  SHOW(t)\ndef g(u):\n  f(u)\ng('a')\n", ["text a"]),
    "a name from another loop": ("for t in ('a', 'b'):\n  SHOW(t)\n", ["text a", "text b"]),
    "too many": (
        f"for t in {tuple(f'n{i}' for i in range(13))!r}:\n  SHOW(t)\n",
        sorted(["unknown", *(f"text n{i}" for i in range(12))]),
    ),
    "too many alternatives in one f-string": (
        f"for a in {tuple('abcde')!r}:\n  for b in {tuple('vwxyz')!r}:\n    SHOW(f'{{a}}.{{b}}')\n",
        [f"text {letter}.*" for letter in "abcde"],
    ),
    "a choice of too many": (
        "SHOW((" + " if x else ".join(f"'n{i}'" for i in range(17)) + ") + '.a')\n",
        ["text **"],
    ),
    "more alternatives than that": (
        "A = 'a' if x else 'b'\nSHOW(A + A + A + A + A + A)\n",
        sorted(f"text {a}{b}{c}{d}**" for a in "ab" for b in "ab" for c in "ab" for d in "ab"),
    ),
}

OTHER_MODULES = {
    "from": ({"app/bus.py": "c = Redis()\n", "app/main.py": "from app.bus import c\nSHOW(c)\n"}, [CLIENT]),
    "from, renamed": (
        {"app/bus.py": "c = Redis()\n", "app/main.py": "from app.bus import c as d\nSHOW(d)\n"},
        [CLIENT],
    ),
    "relative": ({"app/bus.py": "c = Redis()\n", "app/main.py": "from .bus import c\nSHOW(c)\n"}, [CLIENT]),
    "relative to the package": (
        {"app/bus.py": "c = Redis()\n", "app/main.py": "from . import bus\nSHOW(bus.c)\n"},
        [CLIENT],
    ),
    "relative, two levels": (
        {"app/bus.py": "c = Redis()\n", "app/sub/main.py": "from ..bus import c\nSHOW(c)\n"},
        [CLIENT],
    ),
    "relative, in a package's own file": (
        {"app/sub/bus.py": "c = Redis()\n", "app/sub/__init__.py": "from .bus import c\nSHOW(c)\n"},
        [CLIENT],
    ),
    "a module": ({"app/bus.py": "c = Redis()\n", "app/main.py": "import app.bus\nSHOW(app.bus.c)\n"}, [CLIENT]),
    "a module, renamed": ({"app/bus.py": "c = Redis()\n", "app/main.py": "import app.bus as b\nSHOW(b.c)\n"}, [CLIENT]),
    "started in its own folder": (
        {"app/bus.py": "c = Redis()\n", "app/main.py": "from bus import c\nSHOW(c)\n"},
        [CLIENT],
    ),
    "re-exported": (
        {
            "app/bus.py": "c = Redis()\n",
            "app/__init__.py": "from .bus import c\n",
            "app/main.py": "from app import c\nSHOW(c)\n",
        },
        [CLIENT],
    ),
    "re-exported by a module": (
        {
            "app/bus.py": "c = Redis()\n",
            "app/b.py": "from .bus import c\n",
            "app/main.py": "from app import b\nSHOW(b.c)\n",
        },
        [CLIENT],
    ),
    "a module of a package that is read": (
        {
            "app/bus.py": "c = Redis()\n",
            "app/__init__.py": "d = 1\n",
            "app/main.py": "import app.bus\nSHOW(app.bus.c)\n",
        },
        [CLIENT],
    ),
    "a module that is not there": (
        {"app/__init__.py": "d = 1\n", "app/main.py": "from app import bus\nSHOW(bus.c)\n"},
        ["symbol app.bus.c"],
    ),
    "in a circle": (
        {"app/bus.py": "from app.main import c\n", "app/main.py": "from app.bus import c\nSHOW(c)\n"},
        [],
    ),
    "a name that is not there": (
        {"app/bus.py": "d = 1\n", "app/main.py": "from app.bus import c\nSHOW(c)\n"},
        ["unknown"],
    ),
    "an attribute that is not there": (
        {"app/bus.py": "d = 1\n", "app/main.py": "from app import bus\nSHOW(bus.c)\n"},
        ["unknown"],
    ),
    "a class": (
        {
            "app/bus.py": "class A:\n  c = Redis()\n",
            "app/main.py": "from app.bus import A\nclass B(A):\n  def f(self):\n    SHOW(self.c)\n",
        },
        [CLIENT],
    ),
    "a getter": (
        {"app/bus.py": "def get():\n  return Redis()\n", "app/main.py": "from app.bus import get\nSHOW(get())\n"},
        [CLIENT],
    ),
    "a parameter": (
        {"app/bus.py": "def use(c):\n  SHOW(c)\n", "app/main.py": "from app.bus import use\nuse(Redis())\n"},
        [CLIENT],
    ),
    "set from another module": (
        {"app/bus.py": "c = None\ndef f():\n  SHOW(c)\n", "app/main.py": "from app import bus\nbus.c = Redis()\n"},
        [CLIENT, "none"],
    ),
    "a text of a module that is read later": (
        {
            "app/a.py": "from app.bus import T\nt = f'{T}x'\ndef f(u):\n  SHOW(u)\nf(t + T)\n",
            "app/bus.py": "T = 'risk.'\n",
        },
        ["text risk.xrisk."],
    ),
    "a client of a class that is read later": (
        {"app/a.py": "from app.bus import A\nb = A().c\nSHOW(b)\n", "app/bus.py": "class A:\n  c = Redis()\n"},
        [CLIENT],
    ),
    "a text": (
        {"app/bus.py": "T = 'risk.'\n", "app/main.py": "from app.bus import T\ndef f(x):\n  SHOW(f'{T}{x}')\n"},
        ["text risk.*"],
    ),
    "a star import": ({"app/bus.py": "c = Redis()\n", "app/main.py": "from app.bus import *\nSHOW(c)\n"}, [CLIENT]),
    "a star import of what is private": (
        {"app/bus.py": "_c = Redis()\n", "app/main.py": "from app.bus import *\nSHOW(_c)\n"},
        ["unknown"],
    ),
    "a star import of what is listed": (
        {"app/bus.py": "__all__ = ['_c']\n_c = Redis()\n", "app/main.py": "from app.bus import *\nSHOW(_c)\n"},
        [CLIENT],
    ),
    "a star import of what is not listed": (
        {"app/bus.py": "__all__ = ('d',)\nc = Redis()\n", "app/main.py": "from app.bus import *\nSHOW(c)\n"},
        ["unknown"],
    ),
    "a star import by way of another": (
        {
            "app/bus.py": "c = Redis()\n",
            "app/all.py": "from app.bus import *\n",
            "app/main.py": "from app.all import *\nSHOW(c)\n",
        },
        [CLIENT],
    ),
    "a name by way of a star import": (
        {
            "app/bus.py": "c = Redis()\n",
            "app/all/__init__.py": "from app.bus import *\n",
            "app/main.py": "from app.all import c\nSHOW(c)\n",
        },
        [CLIENT],
    ),
    "star imports in a circle": (
        {"app/bus.py": "from app.main import *\nc = Redis()\n", "app/main.py": "from app.bus import *\nSHOW(c)\n"},
        [CLIENT],
    ),
    "a star import of redis": ({"app/main.py": "from redis.asyncio import *\nSHOW(StrictRedis())\n"}, [CLIENT]),
    "a dict of another module": (
        {"app/bus.py": "all = {'a': Redis()}\n", "app/main.py": "from app.bus import all\nSHOW(all['a'])\n"},
        [CLIENT],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WHERE_A_CLIENT_LIVES.values(), ids=WHERE_A_CLIENT_LIVES.keys())
def test_a_client_is_followed_to_where_it_lives(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_believed_where_all_its_sources_are_known(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected


@pytest.mark.parametrize(("texts", "expected"), OTHER_MODULES.values(), ids=OTHER_MODULES.keys())
def test_values_go_from_module_to_module(texts: dict[str, str], expected: list[str]) -> None:
    assert values({path: HEAD + text for path, text in texts.items()}) == expected


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
