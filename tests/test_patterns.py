"""Every pattern of legacy code on both sides: each shape of it is found whole, and its look-alikes are not."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import patterns
import pytest
from engines_of_one import FOLDER, change_texts, slug, texts_of
from patterns.case import Case, Found

from codemods.model import Change, Verdict

MODULES = {
    info.name: importlib.import_module(f"patterns.{info.name}")
    for info in pkgutil.iter_modules(patterns.__path__)
    if re.fullmatch(r"p\d\d_\w+", info.name)
}


def cases(*sides: str) -> list[Any]:
    """The examples on these sides of all patterns."""
    return [
        pytest.param(case, id=f"{name}-{slug(case.name)}")
        for name, module in MODULES.items()
        for side in sides
        for case in getattr(module, side, ())
    ]


def change_of(case: Case) -> Change:
    """The change of the engine that consists of these files."""
    clients = {path: data for path, data in texts_of("").items() if not path.startswith(FOLDER)}
    return change_texts({**clients, **{f"{FOLDER}/{path}": data for path, data in case.code.items()}})


def sites_of(result: Change) -> list[Found]:
    """Every site, as an example's comments name it."""
    return [
        (site.path.removeprefix(f"{FOLDER}/"), site.evidence[0].text, site.kind, site.verdict.value)
        for site in sorted(result.sites, key=lambda s: (s.path, s.line, s.column))
    ]


def reasons_of(result: Change) -> Iterator[str]:
    """Why clients are held, without the sites that others hold."""
    for site in result.sites:
        if site.verdict in (Verdict.ASK, Verdict.REFUSE) and site.held_by is None:
            yield site.reason.replace(f"{FOLDER}/", "")


@pytest.mark.parametrize("case", cases("IS", "IS_NOT"))
def test_exactly_these_sites_are_found_with_these_verdicts(case: Case) -> None:
    result = change_of(case)
    assert sites_of(result) == case.expected
    assert set(reasons_of(result)) == set(case.because)
    assert {warning for site in result.sites for warning in site.warnings} == set(case.warned)
    assert {file.reason.replace(f"{FOLDER}/", "") for file in result.files if file.reason} == set(case.failed)
    assert (result.ledger.adds_up, result.faults) == (True, ())


def test_every_example_of_a_pattern_shows_something() -> None:
    examples = [case for module in MODULES.values() for case in module.IS]
    assert [
        case.name for case in examples if not (case.expected or case.failed or case.known or case.shows_what_is_none)
    ] == []


def test_every_look_alike_is_kept_or_marked_as_nothing() -> None:
    look_alikes = [case for module in MODULES.values() for case in getattr(module, "IS_NOT", ())]
    moved = [case for case in look_alikes if {verdict for *_, verdict in case.expected} - {"keep"}]
    assert [case.name for case in moved if not case.shows_what_is_none] == []


def test_every_pattern_has_examples_on_both_sides() -> None:
    every = {f"p{number:02}" for number in range(1, 23)}
    for side in ("IS", "IS_NOT"):
        assert {name[:3] for name, module in MODULES.items() if getattr(module, side, ())} == every


def test_no_two_examples_have_one_name() -> None:
    names = [param.id for param in cases("IS", "IS_NOT")]
    assert len(names) == len(set(names))
