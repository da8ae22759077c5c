"""Which engines are selected, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
from tinyplatform import CONFIG

from migrator.config import Campaign, load
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.selection import Selection, choose


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """Three engines to migrate, listed against the order of their phases, and one that is migrated."""
    path = tmp_path / "engines.yaml"
    ml = "  ml: {phase: 1, port: 8400, paths: [engines/ml], engine_type: ML}\n"
    path.write_text(CONFIG + ml)
    return load(path)


SELECTIONS = {
    "everything comes by phase, then as in the file": (Selection(everything=True), ["portfolio", "ml", "strategy"]),
    "a phase comes as in the file": (Selection(phase=1), ["portfolio", "ml"]),
    "engines come in the campaign's order": (Selection(engines=("strategy", "ml")), ["ml", "strategy"]),
    "an engine named twice comes once": (Selection(engines=("ml", "ml")), ["ml"]),
    "what failed comes in the campaign's order, if it is still to be migrated": (
        Selection(retry=True),
        ["ml", "strategy"],
    ),
}
FAILED = ("strategy", "gone", "risk", "ml")


@pytest.mark.parametrize("name", SELECTIONS)
def test_selection(campaign: Campaign, name: str) -> None:
    selection, names = SELECTIONS[name]
    assert [engine.name for engine in choose(campaign, selection, FAILED)] == names


def test_an_engine_that_is_migrated_already_cannot_be_selected(campaign: Campaign) -> None:
    with pytest.raises(MigrateError) as caught:
        choose(campaign, Selection(engines=("portfolio", "risk")))
    assert str(caught.value) == (
        'risk uses the dual message bus already (engines.yaml:20 says "migrated: true"); '
        "select an engine that is to be migrated"
    )
    assert caught.value.exit_code == WRONG_USAGE


CONTRADICTIONS = {
    "--phase and --engine": {"phase": 1, "engines": ("ml",)},
    "--phase and --all": {"phase": 1, "everything": True},
    "--engine and --all": {"engines": ("ml",), "everything": True},
    "--phase and --engine and --all": {"phase": 0, "engines": ("ml",), "everything": True},
    "--all and --retry": {"everything": True, "retry": True},
}


@pytest.mark.parametrize("options", CONTRADICTIONS)
def test_two_selections_contradict_each_other(options: str) -> None:
    with pytest.raises(MigrateError) as caught:
        Selection(**CONTRADICTIONS[options])  # type: ignore[arg-type]
    assert str(caught.value) == f"{options} contradict each other; keep one of them"
    assert caught.value.exit_code == WRONG_USAGE


def test_a_selection_without_any_of_the_four_is_empty() -> None:
    assert not Selection()
    assert Selection(phase=0)
