"""How deeply code may nest does not depend on how deep in calls it is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from codemods.reading.source import UnreadableError, read_source, uncompilable


def below(calls: int, read: Callable[[], str]) -> str:
    """What comes of it with so many calls under way."""
    return below(calls - 1, read) if calls else read()


def outcome(terms: int) -> str:
    """What is said of a file with a sum of so many terms: it nests as deeply."""
    try:
        error = uncompilable(read_source("sum.py", "+".join("a" * terms).encode()))
    except UnreadableError as unreadable:
        error = unreadable
    return error.cause if error is not None else "read"


def test_code_is_read_or_not_with_any_number_of_calls_under_way() -> None:
    said = [below(calls, partial(outcome, terms)) for terms in (1000, 2000, 2500, 2800) for calls in (0, 300)]
    assert set(said) == {"read"}
