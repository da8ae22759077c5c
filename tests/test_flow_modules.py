"""How values go from module to module: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import pytest
from programs import CLIENT, HEAD, values

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


@pytest.mark.parametrize(("texts", "expected"), OTHER_MODULES.values(), ids=OTHER_MODULES.keys())
def test_values_go_from_module_to_module(texts: dict[str, str], expected: list[str]) -> None:
    assert values({path: HEAD + text for path, text in texts.items()}) == expected
