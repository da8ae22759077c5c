"""The nodes of a tree: those of `ast.walk` in its order, but for operators."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from codemods.reading.walking import walk

OPERATORS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
STDLIB = Path(sysconfig.get_path("stdlib"))
ALL = """
from a import b as c
def f(a: int, /, b=1, *c, d, e=2, **g) -> None:
    global h
    match a:
        case {"k": None, **rest}: return {**a, 1: [not b, -c, (yield), lambda: d]}
        case P(x, y=1) | [*z] as w: raise e from g
async def k():
    async with a as b, c: await d
    return f"{a!r:>{b}}", [i async for i in j if k], (l := 1), a[b:c:d], 1 < 2 <= 3, *m
"""


@pytest.mark.parametrize(
    "text",
    [ALL, *(STDLIB.joinpath(name).read_text() for name in ("ast.py", "typing.py", "asyncio/streams.py"))],
    ids=["every shape", "ast", "typing", "streams"],
)
def test_nodes_are_those_of_ast_in_the_same_order(text: str) -> None:
    tree = ast.parse(text)
    assert walk(tree) == [node for node in ast.walk(tree) if not isinstance(node, OPERATORS)]


def test_a_tree_that_was_put_together_may_lack_fields() -> None:
    call = ast.Call(ast.Name("a"))
    assert walk(call) == [call, call.func]
