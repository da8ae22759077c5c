"""Which topics an expression of a publish may hold, as far as the code says it."""

from __future__ import annotations

import ast

import pytest
from programs import program, shown

from codemods.verdicts.topics import makes_text, topics_in_code

TABLE = "T = {'x': 'a.x', 'y': 'a.y'}\n"
KNOWN = {
    "a constant": ("T = 'a.x'\nSHOW(T)", ("a.x",)),
    "the value of a member": ("from enum import Enum\nclass T(Enum):\n    A = 'a.x'\nSHOW(T.A.value)", ("a.x",)),
    "an item that is known": (f"{TABLE}SHOW(T['x'])", ("a.x",)),
    "any item": (f"{TABLE}SHOW(T[x])", ("a.x", "a.y")),
    "any item of a list": ("T = ['a.x', 'a.y']\nSHOW(T[x])", ("a.x", "a.y")),
    "an item or another": (f"{TABLE}SHOW(T.get(x, 'b'))", ("a.x", "a.y", "b")),
    "a name of a loop": ("T = ['a.x', 'a.y']\nfor t in T:\n    SHOW(t)", ("a.x", "a.y")),
    "a text that is filled and has braces": ("SHOW('a.{{}}'.format(x))", ("a.{}",)),
    "a text that is filled and has a percent sign": ("SHOW('a.%%' % x)", ("a.%",)),
    "one of a pair": ("for t, u in [('a', 1)]:\n    SHOW(t)", ("a",)),
}
UNKNOWN = {
    "an item or nothing": f"{TABLE}SHOW(T.get(x))",
    "an item or something": f"{TABLE}SHOW(T.get(x, y))",
    "a part of a list": "T = ['a', 'b']\nSHOW(T[1:])",
    "a table that changes": f"{TABLE}T['z'] = 'b'\nSHOW(T[x])",
    "a table with another in it": "T = {**x, 'y': 'a'}\nSHOW(T[x])",
    "a table of numbers": "T = {'x': 1}\nSHOW(T[x])",
    "a pattern in a table": "T = {'x': 'a.*'}\nSHOW(T[x])",
    "a name that is also bound otherwise": "T = ['a']\nfor t in T:\n    SHOW(t)\nt = x",
    "a name of a loop over something": "for t in x:\n    SHOW(t)",
    "a difference": "SHOW(x - y)",
    "a method of something": "SHOW(x.name())",
}


@pytest.mark.parametrize("name", KNOWN)
def test_known(name: str) -> None:
    text, expected = KNOWN[name]
    whole = program(f"import redis\nCLIENT = redis.Redis()\n{text}")
    ((module, node),) = shown(whole)
    assert topics_in_code(whole, module, node) == expected


@pytest.mark.parametrize("name", UNKNOWN)
def test_not_known(name: str) -> None:
    whole = program(f"import redis\nCLIENT = redis.Redis()\n{UNKNOWN[name]}")
    ((module, node),) = shown(whole)
    assert topics_in_code(whole, module, node) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("str(x)", True),
        ("x.upper()", True),
        ("x.get(y)", True),
        ("load(x)", False),
        ("x.next()", False),
        ("x()()", False),
    ],
)
def test_calls_that_only_make_a_text(code: str, expected: bool) -> None:
    assert all(map(makes_text, ast.walk(ast.parse(code)))) == expected
