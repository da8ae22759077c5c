"""Whole runs on repositories that are not as most are: each works, or is refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git, make_repo, write_files
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

BRANCH = "dual-bus/phase-2/strategy"
STRATEGY = "backend/engines/strategy/service.py"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root), *arguments], prog_name="migrate")


def a_shallow_clone(tmp_path: Path, origin: Path) -> Path:
    commit_files(origin, {"README.md": "more\n"})
    git(tmp_path, "clone", "--quiet", "--depth=1", origin.as_uri(), "there")
    return tmp_path / "there"


def a_linked_worktree(tmp_path: Path, origin: Path) -> Path:
    git(origin, "worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "there"))
    return tmp_path / "there"


def a_bare_repository(tmp_path: Path, origin: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--bare", str(origin), "there.git")
    write_files(tmp_path / "there.git", {"engines.yaml": CONFIG})
    return tmp_path / "there.git"


def a_submodule(tmp_path: Path, origin: Path) -> Path:
    outer = make_repo(tmp_path, {"README.md": ""}, name="outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), "there")
    return outer / "there"


def a_clone_that_borrows_its_objects(tmp_path: Path, origin: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--shared", str(origin), "there")
    return tmp_path / "there"


def packed_refs(tmp_path: Path, origin: Path) -> Path:
    git(origin, "pack-refs", "--all")
    git(origin, "gc", "--quiet")
    return origin


def a_sparse_checkout(tmp_path: Path, origin: Path) -> Path:
    git(origin, "sparse-checkout", "set", "--cone", "backend/engines/risk")
    return origin


KINDS = (
    a_shallow_clone,
    a_linked_worktree,
    a_bare_repository,
    a_submodule,
    a_clone_that_borrows_its_objects,
    packed_refs,
    a_sparse_checkout,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_run_works_twice_in(tmp_path: Path, kind: Callable[[Path, Path], Path]) -> None:
    root = kind(tmp_path, tiny_platform(tmp_path))
    results = [migrate(root, "--json") for _ in range(2)]
    assert [result.exit_code for result in results] == [0, 0]
    statuses = [json.loads(result.stdout)["engines"][0]["status"] for result in results]
    assert statuses == ["committed", "unchanged"]
    assert git(root, "diff", "--name-only", "main", BRANCH) == STRATEGY
    assert git(root, "fsck", "--strict", "--no-dangling", "--no-progress") == ""


def test_a_run_works_with_sha256_ids(tmp_path: Path) -> None:
    origin, root = tiny_platform(tmp_path), tmp_path / "sha256"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(root))
    names = git(origin, "ls-files").splitlines()
    commit_files(root, {name: (origin / name).read_bytes() for name in names})
    assert [json.loads(migrate(root, "--json").stdout)["engines"][0]["status"] for _ in range(2)] == [
        "committed",
        "unchanged",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (POINTER, "is a pointer of Git LFS; its content is not in the commit"),
        ("import redis\n" + "#" * 21_000_000, "is larger than 20 MB"),
    ],
    ids=["a_pointer_of_lfs", "six_megabytes"],
)
def test_a_file_that_is_not_there_to_be_read_holds_its_engine_back(tmp_path: Path, text: str, why: str) -> None:
    root = tiny_platform(tmp_path)
    commit_files(root, {"backend/engines/strategy/large.py": text, "backend/engines/risk/large.py": text})
    result = migrate(root)
    assert result.exit_code == 1
    assert f"backend/engines/strategy/large.py:1: {why}" in " ".join(result.stdout.split())
    assert git(root, "for-each-ref", "--format=%(refname:short)") == "main"


def test_a_large_file_that_is_no_python_is_nothing_to_a_run(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    commit_files(root, {"data.bin": b"\0" * 20_000_000, "compose.yaml": "#" * 20_000_000})
    assert migrate(root).exit_code == 0


def test_files_whose_names_differ_in_case_alone_are_two_files(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    upper = STRATEGY.replace("service", "Service")
    commit_files(root, {upper: "LOT = 1\n"})
    assert migrate(root).exit_code == 0
    assert git(root, "diff", "--name-only", "main", BRANCH) == STRATEGY
    assert git(root, "show", f"{BRANCH}:{upper}") == "LOT = 1"
    assert "publish_message" in git(root, "show", f"{BRANCH}:{STRATEGY}")
    assert "publish_message" not in PUBLISHER


def test_a_base_without_a_file_is_refused(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    empty = git(root, "commit-tree", git(root, "hash-object", "-t", "tree", "/dev/null"), "-m", "Nothing")
    result = migrate(root, "--base", empty)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f'migrate: engines.yaml:3: source_root is "backend", which is not in "{empty}"; the nearest folder there is "."'
    ]
