"""Codemods that are wrong on purpose: something else stands in what they write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engines_of_one import change

from codemods import rewriting
from codemods.model import Change


def mutated(monkeypatch: pytest.MonkeyPatch, text: str, old: str, new: str) -> Change:
    """The change of an engine where this stands in the rewritten text instead of that."""
    right: Callable[..., str] = rewriting.rewrite

    def wrong(*arguments: object) -> str:
        after = right(*arguments)
        assert old in after, after
        return after.replace(old, new, 1)

    monkeypatch.setattr(rewriting, "rewrite", wrong)
    return change(text)
