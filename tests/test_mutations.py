"""The proof against codemods that are wrong: whatever is put behind them, no branch would have it."""

from __future__ import annotations

import pytest
from engines_of_one import assert_moves, slug
from mutants import OF_RAW, OF_WRAPPER, RAW_ENGINE, WRAPPER_ENGINE, Mutant
from mutants_inside import INSIDE
from mutants_of_shapes import OF_SHAPES
from spoilt import mutated

from codemods.codemod import NAMES
from codemods.proof.table import CHECKS

TABLES: dict[str, tuple[str, tuple[Mutant, ...]]] = {
    **{name: (WRAPPER_ENGINE, each) for name, each in OF_WRAPPER.items()},
    **{name: (RAW_ENGINE, each) for name, each in OF_RAW.items()},
    **OF_SHAPES,
    **INSIDE,
}
CASES = [
    pytest.param(text, mutant, id=f"{slug(name)}-{number}")
    for name, (text, mutants) in TABLES.items()
    for number, mutant in enumerate(mutants, 1)
]


@pytest.mark.parametrize("text", dict.fromkeys(text for text, _ in TABLES.values()))
def test_the_right_text_passes(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    result = mutated(monkeypatch, text, "", "")
    assert_moves(result)


@pytest.mark.parametrize(("text", "mutant"), CASES)
def test_a_wrong_text_is_caught_by_the_check_that_should(
    monkeypatch: pytest.MonkeyPatch, text: str, mutant: Mutant
) -> None:
    old, new, check, said = mutant
    result = mutated(monkeypatch, text, old, new)
    assert (dict(result.texts), result.ledger.adds_up) == ({}, True)
    fault = result.faults[0]
    assert (fault.check, said in fault.sentence) == (check, True), fault


def test_each_codemod_has_ten_wrong_variants_at_least() -> None:
    assert set(NAMES) | {"folding", "placing"} <= TABLES.keys()
    assert {name: len(mutants) for name, (_, mutants) in TABLES.items() if len(mutants) < 10} == {}


def test_every_check_but_those_of_broken_input_catches_one() -> None:
    """`printed`, `orders`, `encoded` and `exports` are about other things than the text of one file."""
    caught = {check for _, mutants in TABLES.values() for _, _, check, _ in mutants}
    assert caught == CHECKS.keys() - {"printed", "orders", "encoded", "exports", "again"}
