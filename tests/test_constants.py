"""Texts and collections that are exactly known, and those that only look as if they were."""

from __future__ import annotations

import ast

import pytest
from programs import program, shown

from codemods.reading.constants import Constants
from codemods.reading.scopes import Module

KNOWN = {
    "a literal": ("SHOW('a.*')", "a.*"),
    "a constant": ("T = 'a.*'\nSHOW(T)", "a.*"),
    "an annotated constant": ("T: str = 'a'\nSHOW(T)", "a"),
    "a constant of a constant": ("A = 'a'\nT = A + '.*'\nSHOW(T)", "a.*"),
    "an f-string of constants": ("A = 'a'\nSHOW(f'{A}.{A!s}.*')", "a.a.*"),
    "a local": ("def f():\n    t = 'a'\n    SHOW(t)", "a"),
    "an attribute of the class": ("class C:\n    T = 'a.*'\n    def f(self):\n        SHOW(self.T)", "a.*"),
    "an attribute of the instance": ("class C:\n    def f(self):\n        self.t = 'a.*'\n        SHOW(self.t)", "a.*"),
    "an attribute of another class": ("class C:\n    T = 'a'\nSHOW(C.T)", "a"),
    "an item of a mapping": ("T = {'x': 'a', 'y': 'b'}\nSHOW(T['y'])", "b"),
    "the value of a member": ("from enum import Enum\nclass T(Enum):\n    A = 'a.*'\nSHOW(T.A.value)", "a.*"),
    "a member that is a text": ("from enum import StrEnum\nclass T(StrEnum):\n    A = 'a.*'\nSHOW(T.A)", "a.*"),
    "a member that is a text too": ("from enum import Enum\nclass T(str, Enum):\n    A = 'a'\nSHOW(T.A)", "a"),
    "a parameter that is always the same": ("def f(t):\n    SHOW(t)\nf('a')", "a"),
}  # fmt: skip
CLASS = "class C:\n    {}\n    def f(self, x):\n        {}SHOW(self.t)"
UNKNOWN = {
    "a number": "SHOW(5)",
    "a name that is bound twice": "T = 'a.*'\nT = 'a.*'\nSHOW(T)",
    "a name that a function sets": "T = 'a'\ndef f():\n    global T\n    T = 'b'\nSHOW(T)",
    "a part that is formatted": "A = 'a'\nSHOW(f'{A:>5}')",
    "a part that is not known": "SHOW(f'a.{x}')",
    "a text that looks like one with an unknown part": "def f(x):\n    t = f'a.{x}'\n    SHOW(t)\nf(str(5))",
    "an attribute that is set again": CLASS.format("t = 'a.*'", "self.t = f'a.{x}'\n        "),
    "an attribute that a derived class sets": CLASS.format("t = 'a.*'", "") + "\nclass D(C):\n    t = 'b'",
    "a field that a constructor may fill": "@dataclass\n" + CLASS.format("t: str = 'a.*'", "") + "\nC('b.*')",
    "a member that is no text": "from enum import Enum\nclass T(Enum):\n    A = 'a'\nSHOW(T.A)",
    "a member that is formatted": "from enum import Enum\nclass T(str, Enum):\n    A = 'a'\nSHOW(f'{T.A}.*')",
    "a mapping that changes": "T = {'x': 'a.*'}\nT['y'] = 'b'\nSHOW(T['x'])",
    "a call": "T = load()\nSHOW(T)",
    "a name of names": "\n".join(f"A{n} = A{n + 1}" for n in range(20)) + "\nSHOW(A0)",
}  # fmt: skip
LISTED = {
    "a tuple": ("SHOW(('a', 'b'))", ["'a'", "'b'"]),
    "a list in a constant": ("T = ['a', 'b']\nfor t in T:\n    print(t, len(T))\nSHOW(tuple(T))", ["'a'", "'b'"]),
    "a tuple, whatever is done with it": ("T = ('a',)\nkeep(T)\nSHOW(T)", ["'a'"]),
    "a frozen set": ("T = frozenset({'a'})\nkeep(T)\nSHOW(T)", ["'a'"]),
    "a copy": ("T = ['a']\nSHOW(sorted(list(T)) and tuple(T))", None),
    "a copied list": ("T = ['a']\nSHOW(tuple(T))", ["'a'"]),
    "one in another": ("T = ['a']\nSHOW([*T, 'b'])", ["'a'", "'b'"]),
    "a sum": ("T = ['a']\nSHOW(T + ['b'])", ["'a'", "'b'"]),
    "the keys of a mapping": ("SHOW({'a': 1, 'b': 2})", ["'a'", "'b'"]),
    "the values of a mapping": ("T = {'a': x, 'b': y}\nSHOW(T.values())", ["x", "y"]),
    "the pairs of a mapping": ("T = {'a': x}\nSHOW(T.items())", ["('a', x)"]),
    "counted": ("SHOW(enumerate(['a']))", ["(0, 'a')"]),
    "a list that grows": ("T = ['a']\nT.append('b')\nSHOW(T)", None),
    "a list that is handed on": ("T = ['a']\nkeep(T)\nSHOW(T)", None),
    "a list under another name": ("T = ['a']\nU = T\nSHOW(U)", None),
    "a list that is deleted in part": ("T = ['a']\ndel T[0]\nSHOW(T)", None),
    "a mapping with another in it": ("SHOW({**x, 'a': 1})", None),
    "sorted": ("SHOW(sorted(['b', 'a']))", None),
    "a method of something else": ("SHOW(x.items())", None),
    "a mapping's copy": ("T = {'a': 1}\nSHOW(T.copy())", None),
    "unpacked arguments": ("SHOW(tuple(*x))", None),
}


def shown_in(texts: dict[str, str] | str) -> tuple[Constants, Module, ast.expr]:
    """What is known of these texts, and the one expression that they show."""
    whole = program(texts if isinstance(texts, dict) else f"import redis\nCLIENT = redis.Redis()\n{texts}")
    ((module, node),) = shown(whole)
    return Constants(whole), module, node


@pytest.mark.parametrize("name", KNOWN)
def test_known(name: str) -> None:
    text, expected = KNOWN[name]
    known, module, node = shown_in(text)
    assert known.text(module, node, {}) == expected


@pytest.mark.parametrize("name", UNKNOWN)
def test_not_known(name: str) -> None:
    known, module, node = shown_in(UNKNOWN[name])
    assert known.text(module, node, {}) is None


@pytest.mark.parametrize("name", LISTED)
def test_elements(name: str) -> None:
    text, expected = LISTED[name]
    known, module, node = shown_in(text)
    found = known.elements(module, node, {})
    assert (found if found is None else [ast.unparse(element) for _, element in found]) == expected


@pytest.mark.parametrize(
    ("imports", "shows"),
    [("from app.names import T", "T"), ("import app.names", "app.names.T"), ("from app import names", "names.T")],
)
@pytest.mark.parametrize(("more", "expected"), [("", "a.*"), ("import app.names\napp.names.T = 'b'", None)])
def test_a_constant_of_another_module(imports: str, shows: str, more: str, expected: str | None) -> None:
    texts = {
        "app/main.py": f"import redis\n{imports}\nCLIENT = redis.Redis()\nSHOW({shows})",
        "app/names.py": "import redis\nT = 'a.*'\nCLIENT = redis.Redis()\n",
        "app/more.py": f"import redis\nCLIENT = redis.Redis()\n{more}\n",
    }
    known, module, node = shown_in(texts)
    assert known.text(module, node, {}) == expected


def test_a_list_that_another_module_imports_under_another_name_is_not_known() -> None:
    texts = {
        "app/main.py": "import redis\nT = ['a']\nCLIENT = redis.Redis()\nSHOW(T)",
        "app/more.py": "import redis\nfrom app.main import T as U\nCLIENT = redis.Redis()\nU.append('b')\n",
    }
    known, module, node = shown_in(texts)
    assert known.elements(module, node, {}) is None
