"""Real git repositories for tests: a fixed author, fixed dates, and nothing of the person's own configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A. Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "A. Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
    "GIT_EDITOR": "true",
    "LC_ALL": "C.UTF-8",
}


def clean_environment() -> dict[str, str]:
    """This process's environment with the fixed git settings, and without a GIT_DIR that a hook may have left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | ENVIRONMENT


def use_fixed_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the code under test, which runs in this process, the same environment as `git` below."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def git(path: Path, *arguments: str, strip: bool = True, **environment: str) -> str:
    """What this git command prints in the repository, without the last line end; further words are its environment."""
    done = subprocess.run(
        ["git", *arguments], cwd=path, env=clean_environment() | environment, capture_output=True, check=False
    )
    assert done.returncode == 0, f"git {arguments}: {done.stderr.decode(errors='replace')}"
    printed = done.stdout.decode("utf-8", "surrogateescape")
    return printed.removesuffix("\n") if strip else printed


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Put the files into the working tree, and their directories."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit_files(
    root: Path, files: Mapping[str, str | bytes], message: str = "Change files", **environment: str
) -> str:
    """The id of a commit with these files, made the way that a person makes one."""
    write_files(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message, **environment)
    return git(root, "rev-parse", "HEAD")


def make_repo(tmp_path: Path, files: Mapping[str, str | bytes], name: str = "platform") -> Path:
    """A new repository below `tmp_path`, with these files in one commit on `main`."""
    root = tmp_path / name
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit_files(root, files, "Begin")
    return root
