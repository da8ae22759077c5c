"""Several repositories with one command: each is shown as it would be alone, and none ends another's work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gitrepo import git
from statuses import migrate
from tinyplatform import ASKING, tiny_platform

from migrator.commands.repositories import GRAVEST


@pytest.fixture
def repos(tmp_path: Path) -> list[Path]:
    """A platform of which everything can move, one with a question, and one whose engines.yaml has a fault."""
    texts = ({}, {"strategy": ASKING}, {"config": "version: 1\nengine: {}\n"})
    return [tiny_platform(tmp_path / str(number), **each) for number, each in enumerate(texts)]


def named(repos: list[Path]) -> list[str]:
    return [word for repo in repos for word in ("--repo", str(repo))]


@pytest.mark.parametrize("command", [("scan", "--json"), ("status", "--json"), ("--all", "--dry-run", "--json")])
def test_machines_get_one_object_in_which_each_stands_as_it_would_alone(
    repos: list[Path], tmp_path: Path, command: tuple[str, ...]
) -> None:
    alone = [migrate(tmp_path, *command, *named([repo])) for repo in repos]
    said = migrate(tmp_path, *command, *named(repos))
    found = json.loads(said.stdout)["repositories"]
    assert [each["repository"] for each in found] == [str(repo) for repo in repos]
    assert [each["result"] for each in found] == [*(json.loads(each.stdout) for each in alone[:2]), None]
    assert [each["exit_code"] for each in found] == [each.exit_code for each in alone]
    assert [each["error"] for each in found[:2]] == [None, None]
    assert "engines.yaml:2" in found[2]["error"]
    assert said.exit_code == 2


def test_people_get_a_heading_for_each(repos: list[Path], tmp_path: Path) -> None:
    one, two = (migrate(tmp_path, "scan", *named([repo])) for repo in repos[:2])
    said = migrate(tmp_path, "scan", *named(repos[:2]))
    assert said.stdout == f"repository {repos[0]}\n{one.stdout}\nrepository {repos[1]}\n{two.stdout}"
    assert (one.exit_code, two.exit_code, said.exit_code) == (0, 4, 4)


def test_a_repository_with_a_fault_is_named_and_the_others_go_on(repos: list[Path], tmp_path: Path) -> None:
    broken, whole, missing = repos[2], repos[0], tmp_path / "missing"
    said = migrate(tmp_path, "--all", *named([missing, broken, whole]))
    assert git(whole, "for-each-ref", "--format=%(refname:short)", "refs/heads/dual-bus") == "dual-bus/phase-2/strategy"
    assert said.stderr.startswith(f"migrate: {missing}: ")
    assert f"\nmigrate: {broken}: engines.yaml:2" in said.stderr
    assert said.stdout.count("repository ") == 3
    assert said.exit_code == 2


def test_a_diff_and_its_summary_have_the_heading_both(repos: list[Path], tmp_path: Path) -> None:
    said = migrate(tmp_path, "--all", "--dry-run", *named(repos[:2]))
    headings = [f"repository {repo}" for repo in repos[:2]]
    for text in (said.stdout, said.stderr):
        assert [line for line in text.splitlines() if line.startswith("repository ")] == headings


def test_a_repository_that_is_named_twice_is_a_slip(repos: list[Path], tmp_path: Path) -> None:
    said = migrate(repos[0], "scan", "--repo", ".", *named(repos[:1]))
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == "migrate: --repo names a repository twice; leave one of them out\n"


def test_a_failure_is_graver_than_wrong_usage_and_that_than_what_is_left() -> None:
    assert GRAVEST == (1, 2, 4, 3, 0)
