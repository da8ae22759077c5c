"""What comes out of containers, generators and contexts: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import pytest
from programs import CLIENT, HEAD, values

CONTAINERS = {
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
}


@pytest.mark.parametrize(("text", "expected"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_what_is_put_into_a_container_comes_out_of_it(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected
