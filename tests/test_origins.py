"""What made an object that is not the program's: told where each binding says it, and not known otherwise."""

from __future__ import annotations

import pytest
from engines_of_one import slug
from programs import program, shown

from codemods.reading.origins import origins

HEAD = "import redis, threading\nfrom fastapi import FastAPI\nredis.Redis()\n"
KNOWN = {
    "a call": ("SHOW(threading.Thread())", ["threading.Thread"]),
    "a name": ("app = FastAPI()\nSHOW(app)", ["fastapi.FastAPI"]),
    "a name that is one of two": (
        "app = FastAPI()\nif app:\n    app = threading.Thread()\nSHOW(app)",
        ["fastapi.FastAPI", "threading.Thread"],
    ),
    "a choice": ("SHOW(threading.Thread() if 1 else FastAPI())", ["fastapi.FastAPI", "threading.Thread"]),
    "another or this": ("app = None\nSHOW(app or FastAPI())", ["fastapi.FastAPI"]),
    "a walrus": ("SHOW(app := FastAPI())", ["fastapi.FastAPI"]),
    "an open file": ('with open("x") as file:\n    SHOW(file)', ["builtins.open"]),
    "a parameter with a type": ("def f(app: FastAPI):\n    SHOW(app)", ["fastapi.FastAPI"]),
    "an attribute": (
        "class K:\n    def __init__(self):\n        self.app = FastAPI()\n\n    def f(self):\n        SHOW(self.app)",
        ["fastapi.FastAPI"],
    ),
    "an attribute that is None at first": (
        "class K:\n    app = None\n\n    def g(self):\n        self.app = None\n        self.app = FastAPI()\n\n"
        "    def f(self):\n        SHOW(self.app)",
        ["fastapi.FastAPI"],
    ),
    "a literal": ('SHOW("a")', ["builtins"]),
    "a module": ("SHOW(threading)", ["threading"]),
    "an exception": ("try:\n    pass\nexcept OSError as error:\n    SHOW(error)", ["builtins.Exception"]),
}


@pytest.mark.parametrize("name", KNOWN, ids=slug)
def test_told(name: str) -> None:
    text, expected = KNOWN[name]
    found = program(HEAD + text + "\n")
    ((module, node),) = shown(found)
    assert sorted(origins(found, module, node) or ()) == expected


UNKNOWN = {
    "an own class": "class K: pass\nSHOW(K())",
    "an own function": "def make():\n    return FastAPI()\nSHOW(make())",
    "a parameter": "def f(app):\n    SHOW(app)",
    "what a foreign object gives": "app = FastAPI()\nSHOW(app.state)",
    "what a method of a foreign object gives": "from queue import Queue\nqueue = Queue()\nSHOW(queue.get())",
    "what a function gives that may give anything": "import copy\nSHOW(copy.copy(1))",
    "an element": "apps = [FastAPI()]\nSHOW(apps[0])",
    "one of several that a tuple brings": "app, other = FastAPI(), 1\nSHOW(app)",
    "what a loop brings": "for app in [FastAPI()]:\n    SHOW(app)",
    "a name that is also something else": "app = FastAPI()\ndef app(): pass\nSHOW(app)",
    "an attribute that another place fills": (
        "class K:\n    def __init__(self, other):\n        self.app = FastAPI()\n        other.app = other\n\n"
        "    def f(self):\n        SHOW(self.app)"
    ),
    "an attribute of somebody else": "def f(other):\n    SHOW(other.app)",
    "None": "SHOW(None)",
    "a name that nothing binds": "SHOW(missing)",
}


@pytest.mark.parametrize("name", UNKNOWN, ids=slug)
def test_not_known(name: str) -> None:
    found = program(HEAD + UNKNOWN[name] + "\n")
    ((module, node),) = shown(found)
    assert not origins(found, module, node)


def test_what_another_file_makes_is_told() -> None:
    texts = {"app/main.py": f"{HEAD}from made import app\nSHOW(app)\n", "app/made.py": f"{HEAD}app = FastAPI()\n"}
    found = program(texts)
    ((module, node),) = shown(found)
    assert origins(found, module, node) == {"fastapi.FastAPI"}
