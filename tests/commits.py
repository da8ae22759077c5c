"""What the tests of commits and branches share: a repository with its base, and a message."""

from __future__ import annotations

from pathlib import Path

from gitrepo import git

from migrator.repo import Repository

MESSAGE = "Move ml to the dual bus\n\nOne file.\n\nMigrate-Version: 1\n"


def opened(root: Path) -> tuple[Repository, str]:
    """The repository, and the commit that `main` is at."""
    repository = Repository.open(root)
    return repository, repository.resolve("main")


def refs(root: Path) -> list[str]:
    return git(root, "for-each-ref", "--format=%(refname)").splitlines()
