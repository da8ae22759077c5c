"""Which texts an expression may be: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import pytest
from programs import HEAD, values

MEMBER = "from enum import Enum\nclass E(str, Enum):\n  A = 'x'\n"
MERE = MEMBER.replace("str, Enum", "StrEnum")
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
    "a member of an enum in an f-string": (f"{MEMBER}SHOW(f'{{E.A}}.b')\n", ["text *.b"]),
    "a member of an enum that fills a text by %": (f"{MEMBER}SHOW('%s.b' % E.A)\n", ["text *.b"]),
    "a member of an enum in a text that is formatted": (f"{MEMBER}SHOW('{{}}.b'.format(E.A))\n", ["text *.b"]),
    "a member of an enum that is a mere text": (f"{MERE}SHOW(f'{{E.A}}.b')\n", ["text x.b"]),
    "a member of an enum by itself": (f"{MEMBER}SHOW(E.A)\n", ["text x"]),
    "a text with a sign that fills nothing": ("SHOW('a.%y' % b)\n", ["unknown"]),
    "a text filled by % with a known one": ("A = 'x'\nSHOW('%s.b' % A)\n", ["text x.b"]),
    "a text filled by % with a known one and another": ("A = 'x'\nSHOW('%s.%s%%' % (A, b))\n", ["text x.*%"]),
    "a text filled by % with a form": ("A = 'x'\nSHOW('%5s.%r' % (A, A))\n", ["text *.*"]),
    "a text filled by % by name": ("A = 'x'\nSHOW('%(a)s.b' % A)\n", ["text *.b"]),
    "a text filled by % with more than it takes": ("A = 'x'\nSHOW('%s.b' % (A, A))\n", ["text *.b"]),
    "a text filled by % with what is unpacked": ("A = 'x'\nSHOW('%s.b' % (*A,))\n", ["text *.b"]),
    "alternatives that fill a text": ("A = 'x' if b else 'y'\nSHOW('{}.b'.format(A))\n", ["text x.b", "text y.b"]),
    "a text that is formatted by place": ("A, B = 'x', 'y'\nSHOW('{1}.{0}'.format(A, B))\n", ["text y.x"]),
    "a text that is formatted by name": ("A = 'x'\nSHOW('{a}.{b}'.format(a=A, **c))\n", ["text x.*"]),
    "a text that is formatted with what is unpacked": ("A = 'x'\nSHOW('{}.b'.format(*A))\n", ["text *.b"]),
    "a text that is formatted with a form": ("A = 'x'\nSHOW('{:>3}.{!s}'.format(A, A))\n", ["text *.*"]),
    "a remainder": ("SHOW(a % b)\n", ["unknown"]),
    "a text that is formatted": ("SHOW('a.{}.{n!r:>3}.{{}}'.format(b, n=1))\n", ["text a.*.*.{}"]),
    "a text that is formatted within": ("SHOW('a.{:{}}'.format(b, 3))\n", ["unknown"]),
    "something else that formats": ("SHOW(a.format(b))\n", ["unknown"]),
    "another operator": ("SHOW('a' * 2)\n", ["unknown"]),
    "a parameter of a closed function": ("def f(t):\n  SHOW(t)\nf('a')\nf(t='b')\n", ["text a", "text b"]),
    "a parameter of a function that is handed on": ("def f(t):\n  SHOW(t)\nf('a')\ng(f)\n", ["text a", "unknown"]),
    "a parameter of a method with another name": (
        "class A:\n  def f(self, t):\n    SHOW(t)\n  g = f\nA().f('a')\n",
        ["text a", "unknown"],
    ),
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
    "a text or what a pattern binds": ("c = 'a'\nmatch x:\n  case [c]: pass\nSHOW(c)\n", ["text a", "unknown"]),
    "a text or the rest of a pattern": ("c = 'a'\nmatch x:\n  case {**c}: pass\nSHOW(c)\n", ["text a", "unknown"]),
    "a text or a pattern's star": ("c = 'a'\nmatch x:\n  case [*c]: pass\nSHOW(c)\n", ["text a", "unknown"]),
    "a result of a decorated function": ("@d\ndef f(): return 'a'\nSHOW(f())\n", ["text a", "unknown"]),
    "a result of a function that is kept": (
        "import functools\n@functools.lru_cache(maxsize=1)\ndef f(): return 'a'\nSHOW(f())\n",
        ["text a"],
    ),
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


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_believed_where_all_its_sources_are_known(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected
