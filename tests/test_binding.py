"""A call against a method's parameters, told as Python itself would tell it."""

from __future__ import annotations

import ast
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.reading.binding import misfit


def parts(parameters: str, call: str) -> tuple[ast.Call, ast.arguments]:
    function = ast.parse(f"def f(self, {parameters}): ...").body[0]
    node = ast.parse(f"f({call})", mode="eval").body
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(node, ast.Call)
    return node, function.args


CASES = {
    "all that is needed": ("a, b=1", "1", None),
    "by keyword": ("a, *, b", "a=1, b=2", None),
    "nothing where something is needed": ("a, b=1", "", "needs `a`"),
    "a keyword-only one is missing": ("*, a, b=1", "", "needs `a`"),
    "an unknown keyword": ("a", "1, c=2", "takes no `c`"),
    "any keyword": ("a, **more", "1, c=2", None),
    "too many": ("a", "1, 2", "takes 1 positional argument, and is given 2"),
    "any number": ("a, *more", "1, 2, 3", None),
    "twice": ("a, b", "1, a=2", "is given `a` twice"),
    "a positional-only one by keyword": ("a, /", "a=1", "takes no `a`"),
    "stars": ("a, b", "*x", None),
    "stars and too many": ("a", "*x, 1, 2", None),
    "keywords that are unpacked": ("a, b", "**x", None),
    "unpacked keywords beside a wrong one": ("a, b", "**x, c=1", "takes no `c`"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_call_fits_or_does_not(name: str) -> None:
    parameters, call, expected = CASES[name]
    assert misfit(*parts(parameters, call)) == expected


NAMES = st.sampled_from("abcd")
PARAMETERS = st.builds(
    lambda positional, keyword, star, stars: ", ".join(
        [
            *(f"{name}=0" if index >= positional[1] else name for index, name in enumerate(positional[0])),
            *(["*args"] if star else ["*"] if keyword else []),
            *(name for name in keyword if name not in positional[0]),
            *(["**kwargs"] if stars else []),
        ]
    ),
    st.tuples(st.lists(NAMES, unique=True, max_size=3), st.integers(0, 3)),
    st.lists(st.sampled_from("ef"), unique=True, max_size=2),
    st.booleans(),
    st.booleans(),
)
CALLS = st.tuples(st.integers(0, 4), st.lists(st.sampled_from("abcdefg"), unique=True, max_size=3))


@given(PARAMETERS, CALLS)
def test_python_binds_what_is_said_to_fit_and_nothing_else(parameters: str, call: tuple[int, list[str]]) -> None:
    text = ", ".join([*("0" for _ in range(call[0])), *(f"{name}=0" for name in call[1])])
    made: dict[str, object] = {}
    exec(f"def f(self, {parameters}): ...", made)
    signature = inspect.signature(made["f"])  # type: ignore[arg-type]
    try:
        signature.bind(None, *(0 for _ in range(call[0])), **dict.fromkeys(call[1], 0))
        binds = True
    except TypeError:
        binds = False
    assert (misfit(*parts(parameters, text)) is None) == binds, (parameters, text)
