"""Imports that lead nowhere, in a circle or to a file that cannot be read: the verdicts are there all the same."""

from __future__ import annotations

import pytest
from engines_of_one import change, slug

MADE = "import redis\n\nclient = redis.Redis(port=6379)\n"
ADD = "client.xadd('ticks', {'a': '1'})\n"
NAMED = "client.xadd(NAME, {'a': '1'})\n"
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "the name of a stream that is nowhere": (
        f"from .other import NAME\n{MADE}{NAMED}",
        {"other": "from .service import NAME\n"},
        ["service.py:2 keep", "service.py:4 refuse", "service.py:5 ask"],
    ),
    "a client that is bound again": (
        f"from .other import client\n{MADE}",
        {"other": f"from .service import client\n\n{ADD}"},
        ["other.py:3 ask", "service.py:2 keep", "service.py:4 refuse"],
    ),
    "a client that goes through three modules": (
        f"from .other import client\n{MADE}",
        {"other": "from .third import client\n", "third": f"from .service import client\n\n{ADD}"},
        ["service.py:2 keep", "service.py:4 refuse", "third.py:3 ask"],
    ),
    "a name from a file that does not parse": (
        f"from .other import NAME\n{MADE}NAME = 'ticks'\nlost.xadd(NAME, {{'a': '1'}})\n",
        {"other": "def broken(:\n"},
        ["service.py:2 keep", "service.py:4 refuse", "service.py:6 refuse"],
    ),
}


@pytest.mark.parametrize("name", CASES, ids=slug)
def test_imports_that_lead_nowhere_are_followed_once(name: str) -> None:
    text, more, expected = CASES[name]
    sites = [f"{each.path.rpartition('/')[2]}:{each.line} {each.verdict.value}" for each in change(text, **more).sites]
    assert sites == expected
