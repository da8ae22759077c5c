"""`migrate explain` and `--explain`: every name is told with what is true, and each hunk with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tinyplatform import tiny_platform

from codemods.checking.rules import RULES
from codemods.codemod import NAMES, find
from codemods.patterns import PATTERNS
from codemods.proof.table import CHECKS
from migrator.cli import cli
from migrator.report.diff import coloured

EVERY = [*PATTERNS, *NAMES, *RULES, *CHECKS]


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="migrate")


@pytest.mark.parametrize("name", EVERY)
def test_every_name_is_explained_in_lines_that_fit(name: str) -> None:
    result = migrate("explain", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{name}: ")
    prose = result.stdout.split("\nExample: ")[0].splitlines()
    assert [line for line in prose if len(line) > 80] == []


def test_the_list_names_everything() -> None:
    told = migrate("explain").stdout
    assert [name for name in EVERY if not re.search(rf"^{re.escape(name)} ", told, re.M)] == []
    assert [line for line in told.splitlines() if len(line) > 80] == []


def test_names_mean_one_thing_each() -> None:
    assert len(set(EVERY)) == len(EVERY)


def test_every_pattern_has_its_number_and_an_example_that_is_there() -> None:
    assert list(PATTERNS) == [f"P{number}" for number in range(1, 23)]
    for pattern in PATTERNS.values():
        assert set(pattern.codemods) <= set(NAMES)
        if pattern.example:
            codemod, name = pattern.example
            assert name in [example.name for example in find(codemod).examples]


def test_every_codemod_has_a_hand_in_a_pattern() -> None:
    assert set(NAMES) - {name for pattern in PATTERNS.values() for name in pattern.codemods} == set()


def test_a_pattern_may_be_written_small() -> None:
    assert migrate("explain", "p11").stdout == migrate("explain", "P11").stdout


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    result = migrate("explain", "publishin")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr
        == 'migrate: nothing is called "publishin"; did you mean publishing? "migrate explain" lists what there is\n'
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_platform(tmp_path)


def test_a_dry_run_says_above_each_hunk_why_it_is(root: Path) -> None:
    plain = migrate("--all", "--dry-run", "--repo", str(root)).stdout
    told = migrate("--all", "--dry-run", "--explain", "--repo", str(root)).stdout
    assert [line for line in told.splitlines() if not line.startswith("# ")] == plain.splitlines()
    parts = re.split(r"^@@ .*$", told, flags=re.M)[:-1]
    above = [[line for line in part.splitlines() if line.startswith("# ")] for part in parts]
    assert len(above) == plain.count("\n@@ ")
    assert all(above)
    assert above[0][0].startswith("# 3 imports: ")
    assert max(len(line) for lines in above for line in lines) <= 80
    assert "\x1b[2m# 3 imports: " in coloured(told.encode()).decode()


def test_reasons_without_a_dry_run_are_wrong_usage(root: Path) -> None:
    result = migrate("--all", "--explain", "--repo", str(root))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "migrate: --explain goes with --dry-run; add it, or leave --explain out\n"
