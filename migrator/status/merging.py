"""Whether a branch can be merged into the base: git tries it, in a room of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from migrator.git_command import GitCommand
from migrator.repo import Repository

CLEAN, CONFLICTING = 0, 1  # other exit statuses: a git before 2.38, histories without a common commit, objects missing


def conflicts(repository: Repository, base: str, commit: str) -> tuple[str, ...] | None:
    """The paths in which the two commits conflict; None where git cannot tell."""
    with _room(repository, base) as git:
        options = ("--write-tree", "--name-only", "--no-messages", "-z")
        answer = git.ask("merge-tree", *options, base, commit)
    if answer.status not in (CLEAN, CONFLICTING):
        return None
    _, *paths = answer.out.decode("utf-8", "surrogateescape").split("\0")
    return tuple(dict.fromkeys(path for path in paths if path))


@contextmanager
def _room(repository: Repository, commit: str) -> Iterator[GitCommand]:
    """A bare repository that borrows the objects, for as long as the block lasts.

    What a merge writes stays out of the user's, and neither the repository's configuration nor its attributes can name
    a merge driver there: that would be a program.
    """
    with TemporaryDirectory(prefix="migrate-merge-") as folder:
        room = Path(folder)
        for name in ("objects/info", "refs"):
            (room / name).mkdir(parents=True)
        (room / "HEAD").write_text("ref: refs/heads/none\n")
        kind = "sha1" if len(commit) == 40 else "sha256"
        (room / "config").write_text(CONFIG.format(kind=kind))
        borrowed = bytes(repository.common_dir / "objects") + b"\n"
        (room / "objects/info/alternates").write_bytes(borrowed)
        if (repository.common_dir / "shallow").is_file():
            copyfile(repository.common_dir / "shallow", room / "shallow")
        yield GitCommand(room)


CONFIG = """\
[core]
\trepositoryformatversion = 1
\tbare = true
[extensions]
\tobjectformat = {kind}
"""
