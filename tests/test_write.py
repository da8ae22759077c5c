"""`migrate demo --write`: the sample platform as a repository that anyone may look through."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gitrepo import git, write_files

from migrator.config import load
from migrator.demo.write import HISTORY, read_platform, write_platform
from migrator.errors import MigrateError

SUBJECTS = [
    "Add the engines and their message bus client",
    "Add the dual message bus client",
    "Run six engines on the dual message bus",
    "Plan the migration of the other seven",
]
NATIVE = {"analytics", "backtesting", "marketdata", "risk", "toraniko", "vpin"}
LEGACY = {"portfolio", "collateral", "ml", "factor", "strategy", "websocket", "features"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "deep" / "platform"
    write_platform(folder)
    return folder


def added(platform: Path, commit: str) -> set[str]:
    return set(git(platform, "show", "--name-only", "--format=", commit).splitlines())


def test_the_history_tells_how_the_platform_came_to_be(platform: Path) -> None:
    history = git(platform, "log", "--reverse", "--format=%s|%an <%ae>|%cn <%ce>|%aI").splitlines()
    team = "Platform Team <platform@example.com>"
    assert [line.split("|")[:3] for line in history] == [[subject, team, team] for subject in SUBJECTS]
    dates = [line.split("|")[3] for line in history]
    assert dates == sorted(dates)
    assert git(platform, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_each_commit_brings_its_own_part(platform: Path) -> None:
    first, second, third, fourth = (added(platform, f"main~{back}") for back in (3, 2, 1, 0))
    engine = re.compile(r"backend/engines/(\w+)/service\.py")
    assert {match[1] for path in first if (match := engine.fullmatch(path))} == LEGACY
    assert "backend/enhanced_messagebus_client.py" in first
    assert second == {"backend/dual_messagebus_client.py"}
    assert {match[1] for path in third if (match := engine.fullmatch(path))} == NATIVE
    assert fourth == {"engines.yaml"}


def test_the_configuration_that_comes_along_names_the_same_engines(platform: Path) -> None:
    campaign = load(platform / "engines.yaml")
    assert {engine.name for engine in campaign.engines if engine.migrated} == NATIVE
    assert {engine.name for engine in campaign.to_migrate()} == LEGACY


def test_the_repository_is_sound_and_its_working_tree_clean(platform: Path) -> None:
    assert git(platform, "fsck", "--strict", "--no-dangling") == ""
    assert git(platform, "status", "--porcelain", "--ignored") == ""
    assert {line.split()[0] for line in git(platform, "ls-files", "--stage").splitlines()} == {"100644"}


def test_every_file_of_the_package_is_there_byte_for_byte(platform: Path) -> None:
    packaged = read_platform()
    assert set(git(platform, "ls-files").splitlines()) == set(packaged)
    assert {path: (platform / path).read_bytes() for path in packaged} == packaged
    assert not [path for path in packaged if path.endswith(".pyc")]


def test_written_twice_it_is_the_same(platform: Path, tmp_path: Path) -> None:
    write_platform(tmp_path)
    assert git(tmp_path, "rev-parse", "main") == git(platform, "rev-parse", "main")
    files = git(tmp_path, "ls-files").splitlines()
    assert {name: (tmp_path / name).read_bytes() for name in files} == {
        name: (platform / name).read_bytes() for name in files
    }


def test_neither_the_users_git_settings_nor_their_hooks_take_part(
    platform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / "hooks" / "post-commit"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/hook-was-run'\n")
    hook.chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[core]\n\thooksPath = {hook.parent}\n\tautocrlf = true\n[init]\n\tdefaultBranch = other\n"
        "[user]\n\tname = Someone\n[commit]\n\tgpgSign = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Someone")
    write_platform(tmp_path / "platform")
    assert git(tmp_path / "platform", "rev-parse", "main") == git(platform, "rev-parse", "main")
    assert not (tmp_path / "hook-was-run").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(MigrateError) as raised:
        write_platform(tmp_path)
    assert str(raised.value) == f"{tmp_path} is not empty; name a folder that is empty or not there yet"
    assert raised.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(MigrateError) as raised:
        write_platform(tmp_path / "mine.txt")
    assert str(raised.value) == f"{tmp_path}/mine.txt is a file; name a folder that is empty or not there yet"
    assert raised.value.exit_code == 2


def test_without_git_the_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MigrateError, match="git was not found; install git") as raised:
        write_platform(tmp_path / "platform")
    assert raised.value.exit_code == 2


def test_what_git_says_is_passed_on(tmp_path: Path) -> None:
    from migrator.demo.git import git as demo_git

    with pytest.raises(MigrateError, match=f"{tmp_path}: git log failed: fatal: not a git repository"):
        demo_git(tmp_path, "log")


def test_the_steps_come_in_the_order_of_their_dates() -> None:
    assert [step.subject for step in sorted(HISTORY, key=lambda step: step.date)] == SUBJECTS


def test_a_wheel_carries_its_own_configuration_and_nothing_that_python_left(tmp_path: Path) -> None:
    carried = {"engines.yaml": b"version: 1\n", "backend/bus.py": b"A = 1\n"}
    write_files(tmp_path, carried | {"backend/__pycache__/bus.pyc": b"", "backend/old.pyc": b""})
    assert read_platform(tmp_path) == carried
