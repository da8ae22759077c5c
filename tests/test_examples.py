"""Every codemod is held to its own examples: each holds, a second run changes nothing, and some say no."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, change, slug, text_after

from codemods.codemod import NAMES, Codemod, Example, find
from codemods.model import Change

CODEMODS = [find(name) for name in NAMES]
EXAMPLES = [
    pytest.param(example, id=f"{codemod.name}-{slug(example.name)}")
    for codemod in CODEMODS
    for example in codemod.examples
]


def said(result: Change) -> str:
    """Everything that a change tells a person."""
    return "\n".join([*(site.reason for site in result.sites), *(question.text for question in result.questions)])


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_holds(example: Example) -> None:
    result = change(example.before)
    assert text_after(result, example.before) == (example.before if example.after is None else example.after)
    assert list(result.texts) == ([] if example.after is None else [SERVICE])
    assert example.says in said(result)
    assert (result.ledger.adds_up, result.faults) == (True, ())


@pytest.mark.parametrize("example", EXAMPLES)
def test_second_run_changes_nothing(example: Example) -> None:
    once = text_after(change(example.before), example.before)
    again = change(once)
    assert (again.texts, again.faults) == ({}, ())


@pytest.mark.parametrize("codemod", CODEMODS, ids=NAMES)
def test_both_a_rewrite_and_a_refusal_are_shown(codemod: Codemod) -> None:
    assert {example.after is None for example in codemod.examples} == {True, False}


@pytest.mark.parametrize("codemod", CODEMODS, ids=NAMES)
def test_a_codemod_is_called_like_its_file(codemod: Codemod) -> None:
    assert codemod.name == codemod.transformer.__module__.removeprefix("codemods.")


@pytest.mark.parametrize("codemod", CODEMODS, ids=NAMES)
def test_every_refusing_example_names_its_reason_or_touches_no_client(codemod: Codemod) -> None:
    for example in codemod.examples:
        assert example.after is not None or example.says or change(example.before).sites == ()
