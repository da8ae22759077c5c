"""Where the user's cache is: never where a command is typed, and nothing fails where nobody knows a home."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from gitrepo import git
from statuses import migrate
from tinyplatform import tiny_platform


def no_account(uid: int) -> object:
    """What `pwd` says of a user id that has no account."""
    raise KeyError(f"getpwuid(): uid not found: {uid}")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny platform, of a user without a home."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", no_account)
    return tiny_platform(tmp_path)


@pytest.mark.parametrize("command", ["scan", "status", "check", "plan", "questions"])
def test_without_a_home_everything_is_read_anew(root: Path, command: str) -> None:
    told, plain = migrate(root, command, "--json"), migrate(root, command, "--json", "--no-cache")
    assert (told.stdout, told.stderr, told.exit_code) == (plain.stdout, plain.stderr, plain.exit_code)
    assert git(root, "status", "--porcelain", "--ignored") == ""


def test_a_probe_without_a_home_says_what_to_set(root: Path) -> None:
    result = migrate(root, "probe")
    sentence = "nobody knows where your cache is; set HOME to the full path of a folder of yours"
    assert (result.exit_code, result.stderr) == (1, f"migrate: {sentence}\n")


def test_a_place_below_where_a_command_is_typed_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older releases of platformdirs give whatever HOME and XDG_CACHE_HOME say."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *args, **named: Path("here/migrate"))
    assert migrate(root, "scan").exit_code == 0
    assert git(root, "status", "--porcelain", "--ignored") == ""


def test_a_place_with_too_long_a_name_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{root.parent}/{'n' * 300}")
    told, plain = migrate(root, "scan", "--json"), migrate(root, "scan", "--json", "--no-cache")
    assert (told.stdout, told.stderr, told.exit_code) == (plain.stdout, plain.stderr, plain.exit_code)
