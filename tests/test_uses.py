"""Every place where something legacy is used, and in which way; what is not understood is an escape."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path

import pytest
from engines_of_one import change
from programs import ENGINE, SETTINGS, program, uses

from codemods.changing import change_engine
from codemods.reading import atoms
from codemods.reading.contract import Contract
from codemods.reading.uses import find_uses
from codemods.work import scan_engine

HEAD = "import redis.asyncio as redis; from legacy_bus import *; from legacy_bus import BusClient, BusConfig, Message\n"
MADE = "c = redis.Redis()\n"
PUT = "contained is one of several in a container"
GIVEN = "contained is given out by a generator"
STORED = "escape is stored where it cannot be followed"

OF_A_CLIENT = {
    "a call": ("async def f(): await c.xadd('s', {})\n", ["3 call xadd"]),
    "an attribute": ("c.get\n", ["3 attribute get"]),
    "an attribute that is set": ("c.x = 1\n", ["3 escape has its attribute `x` changed"]),
    "called": ("c()\n", ["3 escape is called"]),
    "alone": ("c\n", []),
    "awaited": ("async def f(): await c\n", []),
    "deleted": ("del c\n", []),
    "with": ("with c as d: d.ping()\n", ["3 with", "3 call ping"]),
    "yielded": ("def f(): yield c\n", [f"3 {GIVEN}"]),
    "yielded by a function that is handed on": (
        "def f(): yield c\ng(f)\n",
        ["3 escape is returned by `f` (handed on: app/main.py:4)"],
    ),
    "yielded to a context": ("def f(): yield c\nwith f() as d: d.get('a')\n", [f"3 {GIVEN}", "4 call get"]),
    "given by a fixture": (
        "@pytest.fixture()\ndef f(): return c\ndef test(f): f.xadd('a', {})\n",
        ["4 escape is what the fixture `f` gives to tests", "5 call xadd"],
    ),
    "entered on a stack": ("s.enter_context(c).get('a')\n", ["3 call get", "3 with"]),
    "in a lambda": ("lambda: c\n", ["3 escape stands in a lambda"]),
    "in a list": ("[c]\n", [f"3 {PUT}"]),
    "in a dict": ("{1: c}\n", [f"3 {PUT}"]),
    "out of a dict": (
        "d = {1: c}\nd[1].get('a')\nd.get(1).get('b')\nfor e in d.values(): e.ping()\nif 1 in d: len(d)\ndel d[1]\n",
        [f"3 {PUT}", "4 call get", "5 call get", "6 call ping"],
    ),
    "put into a dict": ("d = {}\nd[1] = c\nd[1].get('a')\n", [f"4 {PUT}", "5 call get"]),
    "put into a list": ("d = []\nd.append(c)\nd[0].get('a')\n", [f"4 {PUT}", "5 call get"]),
    "put into what is unknown": ("d[1] = c\nd.append(c)\n", [f"3 {STORED}", "4 escape is handed to append"]),
    "of several": ("d = [e for e in [c] if e.ping()]\n", [f"3 {PUT}", f"3 {PUT}", "3 call ping"]),
    "a list of it that is handed on": (
        "d = [c]\ng(d)\nd[0].get('a')\n",
        [f"3 {PUT}", "4 escape is in a container that is handed to g", "5 call get"],
    ),
    "a list of it that is handed to a function": (
        "def g(d): d[0].get('a')\ng([c])\n",
        ["3 call get", f"4 {PUT}"],
    ),
    "a list of it that is handed out": (
        "d = [c]\nd.x\n",
        [f"3 {PUT}", "4 escape is in a container that has its `x` handed on"],
    ),
    "a list of it among stars": (
        "g(*[c])\n",
        ["3 escape is in a container that stands in an unpacking by a star", f"3 {PUT}"],
    ),
    "the items of a dict of it": (
        "d = {1: c}\nfor k, e in d.items(): e.ping()\nlist(d.items())\n",
        [f"3 {PUT}", "4 call ping", "5 escape is in a container that gives out its items"],
    ),
    "in a subscript": ("c['a']\n", ["3 escape stands in a subscript"]),
    "in a loop": ("for m in c: pass\n", ["3 escape stands in a loop"]),
    "in a comprehension": ("[m for m in c]\n", ["3 escape stands in a comprehension"]),
    "in a sum": ("c + 1\n", ["3 escape stands in an operation"]),
    "in a match": ("match c:\n  case _: pass\n", ["3 escape stands in a match"]),
    "conditions": ("if c: pass\nwhile c: pass\nassert c\nnot c\n", []),
    "choices": ("(c or d).get('a')\n(c if d else None).get('b')\n", ["3 call get", "4 call get"]),
    "a walrus": ("if (e := c) and e.ping(): pass\n", ["3 call ping"]),
    "compared with None": ("c is None\nNone is not c\n", []),
    "compared": ("c == d\n", ["3 escape is compared"]),
    "neutral calls": ("print(c)\nrepr(c)\nf'{c}'\nlog.info('%s', c)\n", []),
    "dynamic calls": ("getattr(c, 'x')\nhasattr(c, 'y')\n", ["3 dynamic getattr", "4 dynamic hasattr"]),
    "a stream command by its name": ("getattr(c, 'xadd')('a', {})\n", ["3 attribute xadd"]),
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
            "7 escape stands in an unpacking by a star",
            "8 escape is handed to g",
        ],
    ),
    "stored": ("d = e = c\nclass K:\n  def f(self): self.c = c\n", []),
    "stored in the unknown": (
        "x.y = c\nx['a'] = d = c\nx.z: int = c\n",
        [f"{line} escape is stored where it cannot be followed" for line in (3, 4, 5)],
    ),
    "stored as one of two": ("(a, b) = e, f = c, 1\n", []),
    "stored as one of two unknowns": ("a, x['b'] = 1, c\n", [f"3 {STORED}"]),
    "stored among stars": (
        "*a, b = c, 1\n",
        ["3 escape is in a container that is stored where it cannot be followed", f"3 {PUT}"],
    ),
    "stored as a pair": ("a = c, 1\na[0].get('a')\n", [f"3 {PUT}", "4 call get"]),
    "a loose pair": ("print((c, 1))\n", [f"3 {PUT}"]),
    "returned": ("def f(): return c\nf().get('a')\n", ["4 call get"]),
    "returned by a function that is handed on": (
        "def f(): return c\ndef route(bus=Depends(f)): bus.get('a')\n",
        ["3 escape is returned by `f` (handed on: app/main.py:4)"],
    ),
    "returned by nothing": ("return c\n", ["3 escape stands in a return"]),
    "returned in a pair": ("def f(): return c, 1\na, b = f()\na.get('a')\n", [f"3 {PUT}", "5 call get"]),
    "a default": ("def f(d=c): pass\n", ["3 escape is a parameter's default"]),
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
    "by the way to it": (
        "class K:\n  def __init__(self): self.store = c\nattrgetter('desk.store.get')\nattrgetter('desk.other')\n",
        ["5 escape is reached by the name `desk.store.get`"],
    ),
    "by a name that is worked out": (
        "class K:\n  def __init__(self): self.store = c\n  def f(self, n):\n    getattr(self, n)\n"
        "    for each in ('other', 'store'): getattr(self, each, None)\n    getattr(self, f'st{n}')\n"
        "    getattr(self, f'on_{n}')\n    for more in ('other',): getattr(self, more)\n"
        "    if getattr(self, n): pass\n    getattr(n, n)\n",
        [f"{line} escape may be reached as `store` by a name that is worked out" for line in (6, 7, 8)],
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
        ["6 escape may be the `store` of an object that cannot be followed", "8 call xadd"],
    ),
    "a stream command where it is lost": (
        "g(c)\ndef f(x): x.xadd('a', {}); x.publish('a', 'b'); x.get('a')\n",
        ["3 escape is handed to g", "4 call xadd"],
    ),
    "a stream command where it is not seen to get lost": ("def f(x): x.xadd('a', {})\n", ["3 call xadd"]),
    "a stream command of a mock": (
        "from unittest.mock import Mock\ng(c)\nMock().xadd('a', {})\n",
        ["4 escape is handed to g"],
    ),
    "a stream command of an object of its own": (
        "class K: pass\ng(c)\nK().xadd('a', {})\n",
        ["4 escape is handed to g"],
    ),
    "a stream command of an object that passes on": (
        "class K:\n  def __getattr__(self, name): return getattr(c, name)\nK().xadd('a', {})\n",
        ["4 dynamic getattr", "5 call xadd"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), OF_A_CLIENT.values(), ids=OF_A_CLIENT.keys())
def test_a_use_of_a_client_is_understood_or_an_escape(text: str, expected: list[str]) -> None:
    assert [use for use in uses(HEAD + MADE + text) if not use.startswith("1 ")] == [
        "2 construct redis.Redis",
        *expected,
    ]


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


AROUND = """\
from .stores import make as {name}


def around():
    kept = None

    def get_kept():
        global kept
        if kept is None:
            kept = {name}()
        return kept

    async def work():
        get_kept().get('k')
"""


@pytest.mark.parametrize("name", ["link", "redis"])
@pytest.mark.parametrize("other", ["", "\n\ndef beside():\n    import redis\n    return redis\n"])
def test_a_maker_under_the_name_of_the_library_is_followed(name: str, other: str) -> None:
    """The other function's own `redis` is another name, and is looked at before anybody knows what the maker gives."""
    stores = "import redis\n\n\ndef make():\n    return redis.Redis()\n"
    found = change(AROUND.format(name=name) + other, stores=stores)
    assert [site.line for site in found.sites if site.kind == "command"] == [14]
