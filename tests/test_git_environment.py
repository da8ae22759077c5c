"""What the environment of a caller may say to git: who commits and how to reach a server, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import clean_environment, commit_files, git, make_repo
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.branches import Move, MoveResult, move_branches, write_commit
from migrator.repo import Repository

MOVED = CONFIG.replace("{phase: 2, port: 8700,", "{migrated: true, port: 8700,")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that no run should write to, with a repository in it."""
    return make_repo(tmp_path, {"b.py": "theirs\n"}, name="elsewhere")


def variables(elsewhere: Path) -> dict[str, str]:
    """All that leads git to another repository, index, object folder, configuration or history, and to traces."""
    config = elsewhere / "config"
    config.write_text(f'[core]\n\thooksPath = {elsewhere}\n[alias]\n\tls-tree = "!touch {elsewhere}/ran"\n')
    grafts = elsewhere / "grafts"
    grafts.write_text(f"{git(elsewhere, 'rev-parse', 'HEAD')}\n")
    return {
        "GIT_DIR": str(elsewhere / ".git"),
        "GIT_COMMON_DIR": str(elsewhere / ".git"),
        "GIT_WORK_TREE": str(elsewhere),
        "GIT_INDEX_FILE": str(elsewhere / ".git" / "index"),
        "GIT_OBJECT_DIRECTORY": str(elsewhere / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(elsewhere / ".git" / "objects"),
        "GIT_QUARANTINE_PATH": str(elsewhere / "quarantine"),
        "GIT_NAMESPACE": "theirs",
        "GIT_PREFIX": "backend/",
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_CONFIG": str(config),
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": str(elsewhere),
        "GIT_CONFIG_KEY_1": "include.path",
        "GIT_CONFIG_VALUE_1": str(config),
        "GIT_CONFIG_PARAMETERS": f"'core.hookspath'='{elsewhere}'",
        "GIT_EXTERNAL_DIFF": f"touch {elsewhere}/ran",
        "GIT_DIFF_OPTS": "--unified=0",
        "GIT_PAGER": f"touch {elsewhere}/ran",
        "GIT_EDITOR": f"touch {elsewhere}/ran",
        "GIT_GRAFT_FILE": str(grafts),
        "GIT_SHALLOW_FILE": str(grafts),
        "GIT_REPLACE_REF_BASE": "refs/theirs/",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_ATTR_SOURCE": "HEAD",
        "GIT_TRACE": str(elsewhere / "trace"),
        "GIT_TRACE2_EVENT": str(elsewhere / "trace2"),
        "GIT_TRACE_SETUP": str(elsewhere / "trace3"),
        "GIT_FLUSH": "1",
    }


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_variable_leads_git_to_another_place(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    repository = Repository.open(root)  # GitPython asks git for its version when it is imported, with all that is set
    for name, value in variables(elsewhere).items():
        monkeypatch.setenv(name, value)
    before = everything(elsewhere)
    assert Repository.open(root) == repository
    base = repository.resolve("main")
    commit = write_commit(repository, base, "Subject\n", {"a.py": b"x = 2\n"})
    assert move_branches(repository, [Move("ml", commit)]) == [MoveResult("ml", True)]
    assert [entry.path for entry in repository.list_files(base)] == ["a.py"]
    assert [entry.path for entry in repository.list_staged()] == ["a.py"]
    assert repository.changed(base, commit) == ("a.py",)
    assert repository.read([repository.list_files(commit)[0].blob]).popitem()[1] == b"x = 2\n"
    assert everything(elsewhere) == before
    assert git(root, "rev-parse", "ml") == commit


def test_who_commits_and_which_configuration_is_the_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repo(tmp_path, {"a.py": ""})
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert Repository.open(root).author() == "A. Tester <tester@example.org> 1700000000 +0000"
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text("[user]\n\tname = Of The File\n\temail = file@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert Repository.open(root).author().startswith("Of The File <file@example.org> ")


def test_grafts_are_one_persons_view_and_not_read(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    first = git(root, "rev-parse", "main")
    second = commit_files(root, {"b.py": ""})
    git(root, "branch", "ml", commit_files(root, {"c.py": ""}))
    (root / ".git" / "info" / "grafts").write_text(f"{second}\n")
    repository = Repository.open(root)
    assert repository.changed(first, repository.resolve("ml")) == ("b.py", "c.py")


HOOK = f"""\
#!/bin/sh
exec {sys.executable} -m migrator check --staged
"""


def committing(root: Path, *arguments: str) -> tuple[int, str]:
    """The exit status of `git commit`, and what the hook found: the places of its findings."""
    environment = clean_environment() | {"PYTHONPATH": os.environ.get("PYTHONPATH", str(Path(__file__).parent.parent))}
    command = ["git", "commit", "--quiet", "--message", "Change", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    return done.returncode, "; ".join(line for line in lines if "service.py:" in line)


@pytest.fixture
def hooked(tmp_path: Path) -> Path:
    """A platform on which `migrate check --staged` is the pre-commit hook; strategy counts as migrated."""
    root = tiny_platform(tmp_path, config=MOVED, strategy="LOT = 1\n")
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    return root


LEGACY = "backend/engines/strategy/service.py"
FOUND = "backend/engines/strategy/service.py:3:1: legacy-use"


def test_a_hook_reads_what_commit_all_takes_along(hooked: Path) -> None:
    (hooked / LEGACY).write_text(PUBLISHER)
    status, found = committing(hooked, "--all")
    assert (status, found.split("; ")[0]) == (1, FOUND)


def test_a_hook_reads_the_files_that_commit_was_given_and_no_others(hooked: Path) -> None:
    (hooked / LEGACY).write_text(PUBLISHER)
    (hooked / "backend/engines/risk/service.py").write_text("LIMIT = 4\n")
    git(hooked, "add", LEGACY)
    assert committing(hooked, "backend/engines/risk/service.py") == (0, "")
    assert committing(hooked, LEGACY)[0] == 1


def test_a_hook_in_a_linked_worktree_reads_that_worktrees_index(hooked: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(hooked, "worktree", "add", "--quiet", "-b", "topic", str(linked))
    (linked / LEGACY).write_text(PUBLISHER)
    status, found = committing(linked, "--all")
    assert (status, found.split("; ")[0]) == (1, FOUND)


def test_a_hook_of_one_repository_says_nothing_about_another(hooked: Path, elsewhere: Path) -> None:
    hook = elsewhere / ".git" / "hooks" / "pre-commit"
    hook.write_text(HOOK.replace("--staged", f"--staged --repo {hooked}"))
    hook.chmod(0o755)
    (elsewhere / "b.py").write_text("more\n")
    assert committing(elsewhere, "--all") == (0, "")
