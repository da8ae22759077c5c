"""The proof against codemods that are wrong: whatever is put behind them, no branch would have it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engines_of_one import change
from mutants import OF_RAW, OF_WRAPPER, RAW_ENGINE, WRAPPER_ENGINE

from codemods import rewriting
from codemods.model import Change, Verdict

CASES = [
    pytest.param(text, mutant, id=f"{name}-{number}")
    for text, mutants in ((WRAPPER_ENGINE, OF_WRAPPER), (RAW_ENGINE, OF_RAW))
    for name, each in mutants.items()
    for number, mutant in enumerate(each, 1)
]


def mutated(monkeypatch: pytest.MonkeyPatch, text: str, old: str, new: str) -> Change:
    """The change of an engine where this stands in the rewritten text instead of that."""
    right: Callable[..., str] = rewriting.rewrite

    def wrong(*arguments: object) -> str:
        after = right(*arguments)
        assert old in after, after
        return after.replace(old, new, 1)

    monkeypatch.setattr(rewriting, "rewrite", wrong)
    return change(text)


@pytest.mark.parametrize("text", [WRAPPER_ENGINE, RAW_ENGINE], ids=["wrapper", "raw"])
def test_the_right_text_passes(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    result = mutated(monkeypatch, text, "", "")
    assert (result.faults, {site.verdict for site in result.sites}) == ((), {Verdict.REWRITE})


@pytest.mark.parametrize(("text", "mutant"), CASES)
def test_a_wrong_text_is_caught_by_the_check_that_should(
    monkeypatch: pytest.MonkeyPatch, text: str, mutant: tuple[str, str, str]
) -> None:
    old, new, said = mutant
    result = mutated(monkeypatch, text, old, new)
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)
    fault = result.faults[0]
    assert said in str(fault)


def test_each_codemod_has_ten_wrong_variants_at_least() -> None:
    assert all(len(each) >= 10 for each in (*OF_WRAPPER.values(), *OF_RAW.values()))
