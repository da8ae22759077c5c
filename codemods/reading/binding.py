"""Whether a call can be bound to a function, as Python itself would bind it: what it is missing or has too much."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple


class Shape(NamedTuple):
    """What of a call decides whether it can be bound."""

    positional: int
    keywords: tuple[str | None, ...]  # None: unpacked
    is_unpacked: bool  # whether positional arguments are

    @classmethod
    def of(cls, call: ast.Call) -> Shape:
        """The shape of a call."""
        unpacked = any(isinstance(argument, ast.Starred) for argument in call.args)
        return cls(len(call.args), tuple(keyword.arg for keyword in call.keywords), unpacked)


def misfit(call: ast.Call, takes: ast.arguments) -> str | None:
    """What keeps a call from being bound to a method with these parameters; None where nothing certainly does."""
    return _misfit(Shape.of(call), takes)


@lru_cache(maxsize=1024)
def _misfit(call: Shape, takes: ast.arguments) -> str | None:
    positional = [argument.arg for argument in (*takes.posonlyargs, *takes.args)][1:]  # without self
    by_keyword = {argument.arg for argument in (*takes.args[not takes.posonlyargs :], *takes.kwonlyargs)}
    given = [keyword for keyword in call.keywords if keyword is not None]
    unknown = next((name for name in given if name not in by_keyword), None)
    if unknown is not None and takes.kwarg is None:
        return f"takes no `{unknown}`"
    if call.is_unpacked:
        return None
    if call.positional > len(positional) and takes.vararg is None:
        most = f"{len(positional) or 'no'} positional argument{'' if len(positional) == 1 else 's'}"
        return f"takes {most}, and is given {call.positional}"
    twice = next((name for name in positional[: call.positional] if name in given), None)
    if twice is not None and twice in by_keyword:
        return f"is given `{twice}` twice"
    if None in call.keywords:
        return None
    missing = next((n for n in _needed(takes, positional) if n not in (*given, *positional[: call.positional])), None)
    return f"needs `{missing}`" if missing is not None else None


def _needed(takes: ast.arguments, positional: list[str]) -> list[str]:
    """The parameters without a default."""
    named = [a.arg for a, default in zip(takes.kwonlyargs, takes.kw_defaults, strict=True) if default is None]
    return [*positional[: max(0, len(positional) - len(takes.defaults))], *named]
