"""The smallest statements: where a change's text begins and ends."""

from __future__ import annotations

import pytest
from orders import block, module_of, orders_for

from codemods.fragments import Fragment, cut
from codemods.reading.scopes import Module


def fragments(text: str) -> tuple[Module, list[Fragment]]:
    module = module_of(text)
    return module, cut(module.source, module, orders_for(module))


def cuts(text: str) -> list[tuple[int, int, bool]]:
    """First line, last line and "only the header" of each fragment."""
    return [(each.start, each.stop, each.header_only) for each in fragments(block(text))[1]]


PLACES = {
    "a statement": ("a()\nb.stop()\nc()\n", [(2, 2, False)]),
    "a statement of several lines": ("b.stop(\n  1,\n)\n", [(1, 3, False)]),
    "nested": ("if a:\n    for b in c:\n        b.stop()\n", [(3, 3, False)]),
    "two in one statement": ("f(b.stop(), c.stop())\n", [(1, 1, False)]),
    "two statements": ("b.stop()\nc.stop()\n", [(1, 1, False), (2, 2, False)]),
    "a header": ("if a.stop():\n    b()\n", [(1, 1, True)]),
    "a header of several lines": ("while (a and\n       b.stop()):\n    c()\n", [(1, 2, True)]),
    "a header after a backslash": ("with a, \\\n     b.stop():\n    c()\n", [(1, 2, True)]),
    "a header and its body": ("for a in b.stop():\n    c()\n    d.stop()\n", [(1, 1, True), (3, 3, False)]),
    "a header with a comment below": ("if a.stop():  # why\n    # because\n    b()\n", [(1, 1, True)]),
    "a header with a colon within": ("if a.stop()[1:\n 2]:\n    b()\n", [(1, 2, True)]),
    "a decorated def": ("@a\n@b.stop()\ndef f(\n  x,\n):\n    pass\n", [(1, 5, True)]),
    "a default": ("class A:\n    def f(x=b.stop()):\n        pass\n", [(2, 2, True)]),
    "a class's bases": ("class A(b.stop()):\n    c()\n", [(1, 2, False)]),
    "an elif": ("if a:\n    b()\nelif c.stop():\n    d()\nelse:\n    e()\n", [(1, 6, False)]),
    "in an elif": ("if a:\n    b()\nelif c:\n    d.stop()\n", [(4, 4, False)]),
    "a later elif": ("def f():\n    if a: b()\n    elif c: d()\n    elif e.stop(): g()\n", [(2, 4, False)]),
    "an if in an else": ("if a:\n    b()\nelse:\n    if c.stop():\n        d()\n", [(4, 4, True)]),
    "an except": ("try:\n    a()\nexcept b.stop():\n    c()\n", [(1, 4, False)]),
    "in an except": (
        "try:\n    a()\nexcept b:\n    c.stop()\nfinally:\n    d.stop()\n",
        [(4, 4, False), (6, 6, False)],
    ),
    "on a header's line": ("if a: b.stop()\n", [(1, 1, False)]),
    "on an else's line": ("if a:\n    b()\nelse: c.stop()\n", [(1, 3, False)]),
    "on an except's line": ("try: a()\nexcept b: c.stop()\n", [(1, 2, False)]),
    "on a finally's line": ("try:\n    a()\nfinally: c.stop()\n", [(1, 3, False)]),
    "on a def's line": ("class A:\n    def f(self): return self.b.stop()\n", [(2, 2, False)]),
    "on a decorated def's line": ("@a\ndef f(): b.stop()\n", [(1, 2, False)]),
    "on a case's line": ("match a:\n    case 1: b.stop()\n    case 2: c()\n", [(1, 3, False)]),
    "in a case": ("match a:\n    case 1:\n        b.stop()\n", [(3, 3, False)]),
    "a match": ("match a.stop():\n    case 1:\n        b()\n", [(1, 3, False)]),
    "second on a header's line": ("if a: b(); c.stop()\n", [(1, 1, False)]),
    "sharing a line": ("a(); b.stop(); c.stop()\n", [(1, 1, False)]),
    "sharing lines": ("a(\n); b.stop(\n); c()\n", [(1, 3, False)]),
    "in a lambda over lines": ("x = lambda: (\n    b.stop()\n)\n", [(1, 3, False)]),
    "in a comprehension": ("x = [\n    b.stop()\n    for b in c.stop()\n]\n", [(1, 4, False)]),
    "a def below a decorator": ("if a:\n    @b\n    def f(): pass\n    c.stop()\n", [(4, 4, False)]),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES.keys())
def test_a_fragment_is_the_smallest_that_stands_alone(text: str, expected: list[tuple[int, int, bool]]) -> None:
    assert cuts(text) == expected


def test_a_nested_statement_stands_below_one_if_for_each_level() -> None:
    _, (fragment,) = fragments("class A:\n\tdef f(self):\n\t\tif x:\n\t\t\tself.b.stop()\n")
    assert fragment.scaffold == "if 1:\n\tif 1:\n\t\tif 1:\n"
    assert (fragment.text, fragment.tail) == ("\t\t\tself.b.stop()\n", "")


def test_a_header_has_a_body_that_stands_in_for_its_own() -> None:
    _, (fragment,) = fragments("def f():\r\n  if b.stop():\r\n    pass\r\n")
    assert (fragment.scaffold, fragment.text, fragment.tail) == ("if 1:\r\n", "  if b.stop():\r\n", "    pass\r\n")


def test_overlapping_fragments_become_one_with_all_orders() -> None:
    _, (fragment,) = fragments("a.stop(); b.stop()\n")
    assert len(fragment.orders) == 2
    _, (fragment,) = fragments("if a:\n    b()\nelif c.stop():\n    d.stop()\n")
    assert (fragment.start, fragment.stop, len(fragment.orders)) == (1, 4, 2)
