"""What git knows of a repository: commits, files and their bytes, branches, and who has them checked out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from sys import intern
from typing import BinaryIO, NamedTuple

from msgspec import Struct

from migrator.errors import FAILED, WRONG_USAGE, MigrateError
from migrator.git_command import GitCommand

NEW_FILE_MODE = "100644"
FILE_MODES = (NEW_FILE_MODE, "100755")
SYMLINK_MODE = "120000"
SUBMODULE_MODE = "160000"
DIRECTORY_MODE = "040000"

HEADS = "refs/heads/"

# What a worktree is in the middle of, and so will move when it ends: the file in its git directory, and what stands
# there before the branch's name.
OPERATIONS = {
    "rebase-merge/head-name": HEADS,
    "rebase-apply/head-name": HEADS,
    "rebase-merge/update-refs": HEADS,  # the stacked branches of `rebase --update-refs`
    "BISECT_START": "",
}

NO_NAMES = {"", ".", "..", ".git"}
"""What no part of a file's path can be: git writes none of them, and who makes a tree by hand may."""

RECORD = re.compile(r"(\d+) \w+ ([0-9a-f]+)\t([^\0]+)\0")
"""One file of a listing; all of them at once would take as much memory again."""
BRANCH_OF_HEAD = re.compile(r"ref: refs/heads/((?!\.invalid\n).+)\n")
COMMON_DIR = ("rev-parse", "--path-format=absolute", "--git-common-dir")
CONTENTS = ("cat-file", "--batch", "--buffer")
COMMIT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Entry(NamedTuple):
    """One file of a commit. A tuple, because a dataclass would take three times as long on 67,000 files."""

    path: str  # from the top of the repository; bytes that are not UTF-8 are surrogate escapes
    mode: str
    blob: str

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file: neither a symbolic link nor a submodule."""
        return self.mode in FILE_MODES


class Repository(Struct, frozen=True):
    """One repository, read without touching its working tree, index or HEAD."""

    root: Path  # the top of the work tree, or the bare repository itself
    common_dir: Path  # the git directory that all its worktrees share
    git: GitCommand

    @classmethod
    def open(cls, path: Path) -> Repository:
        """The repository that the path is in."""
        root, git_dir = _find(path)
        git = GitCommand(git_dir)
        found = git.ask(*COMMON_DIR, "HEAD^{commit}")  # both in one process, whose start costs the most of it
        common_dir = git.run(*COMMON_DIR) if found.status else found.out[: found.out.rindex(b"\n", 0, -1) + 1]
        # A bare repository's HEAD may name a branch that was never made, beside others that were.
        if found.status and not git.run("rev-list", "--all", "--max-count=1"):
            raise MigrateError(f"{root} has no commit yet; commit the code, then run migrate again", WRONG_USAGE)
        return cls(root, Path(_text(common_dir).removesuffix("\n")), git)

    def resolve(self, revision: str, option: str = "--base") -> str:
        """The full id of the commit that a revision names; a branch comes before a tag of the same name.

        MigrateError where it names none, with the option by which another one is named.
        """
        if revision and "\0" not in revision and not revision.startswith("-"):
            for name in (f"{HEADS}{revision}", revision):
                commit = _text(self.git.ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").out).strip()
                if COMMIT_ID.fullmatch(commit):
                    return commit
        sentence = f'"{revision}" is not a commit in {self.root}; name a branch, tag or commit with {option}'
        raise MigrateError(sentence, WRONG_USAGE)

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree, which stands for every path in it and every byte."""
        return _text(self.git.run("rev-parse", "--verify", f"{commit}^{{tree}}")).strip()

    def list_files(self, commit: str) -> tuple[Entry, ...]:
        """Every file of the commit, symbolic links and submodules too, in git's order."""
        listing = _text(self.git.run("ls-tree", "-r", "-z", "--full-tree", commit))
        return tuple(Entry(found[3], intern(found[1]), found[2]) for found in RECORD.finditer(listing))

    def list_staged(self) -> tuple[Entry, ...]:
        """Every file of the index, as the next commit would have it; MigrateError while a merge has conflicts.

        In a hook of this repository that is the index of the commit that is being made, such as `git commit FILE` has.
        """
        git = GitCommand(self.git.git_dir, _index_of_hook(self.git.git_dir))
        entries = []
        for record in git.run("ls-files", "--stage", "-z", "--full-name", ":/").split(b"\0")[:-1]:
            meta, _, path = record.partition(b"\t")
            mode, blob, stage = meta.decode().split(" ")
            if stage != "0":
                sentence = f"{_text(path)} is in conflict; solve the merge, and add the file"
                raise MigrateError(sentence, FAILED)
            entries.append(Entry(_text(path), mode, blob))
        return tuple(entries)

    def distance(self, base: str, commit: str) -> tuple[int, int]:
        """How many commits only the base has, and how many only the other has."""
        base_only, other_only = self.git.run("rev-list", "--left-right", "--count", f"{base}...{commit}", "--").split()
        return int(base_only), int(other_only)

    def changed(self, base: str, commit: str) -> tuple[str, ...]:
        """The paths that a commit changed since it left the base."""
        fork = _text(self.git.run("merge-base", base, commit)).strip()
        output = self.git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", fork, commit)
        return tuple(_text(path) for path in output.split(b"\0")[:-1])

    def fork(self, base: str, commit: str) -> str:
        """The commit at which two histories part; MigrateError where they have none in common."""
        answer = self.git.ask("merge-base", base, commit)
        if answer.status:
            sentence = (
                f"{commit[:12]} and {base[:12]} have no commit in common in {self.root}; name the base with --base"
            )
            raise MigrateError(sentence, WRONG_USAGE)
        return _text(answer.out).split()[0]

    def look_up(self, commit: str, paths: Iterable[str]) -> dict[str, Entry]:
        """What the commit has at these paths, directories too; a path that it lacks is left out."""
        wanted = set(paths)
        names = [os.fsdecode(raw_path(path)) for path in wanted]
        listing = self.git.run("--literal-pathspecs", "ls-tree", "-t", "-z", "--full-tree", commit, "--", *names)
        entries = (_entry(record) for record in listing.split(b"\0") if record)
        return {entry.path: entry for entry in entries if entry.path in wanted}  # git gives neighbours too

    def read(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The bytes of each blob, all at once; `stream` gives them one after the other."""
        return dict(self.stream(blobs))

    def stream(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Each blob once with its bytes, from one git process; only one is in memory at a time."""
        wanted = tuple(dict.fromkeys(blobs))
        if not wanted:
            return
        with self.git.stream(*CONTENTS, stdin=_lines(wanted)) as output:
            for blob in wanted:
                header = output.readline().split()
                if header[1:2] != [b"blob"]:
                    raise self.missing(blob)
                yield blob, output.read(int(header[2]))
                output.read(1)  # the line end after each blob

    def pour(self, file: int, blobs: Iterable[str]) -> AbstractContextManager[Popen[bytes]]:
        """Git while it writes each blob to the end of a file: a line with its id, type and size, its bytes, a line end.

        It ends early at one that is damaged.
        """
        return self.git.pour(file, *CONTENTS, stdin=_lines(blobs))

    def asked(self) -> AbstractContextManager[tuple[BinaryIO, BinaryIO]]:
        """The same of each blob whose id is written on a line, as soon as it is; it ends at one that is damaged."""
        return self.git.talk("cat-file", "--batch")

    def missing(self, blob: str) -> MigrateError:
        """What to say of a blob that is not there."""
        return MigrateError(
            f"{self.root} lacks the file content {blob}: it is a partial clone, or damaged; fetch it, or clone again "
            'without "--filter", then run migrate again'
        )

    def branch_tip(self, branch: str) -> str | None:
        """The commit that the branch is at, or None where there is no such branch."""
        answer = self.git.ask("show-ref", "--verify", "--hash", "--", f"{HEADS}{branch}")
        return None if answer.status else _text(answer.out).strip()

    def checked_out(self) -> dict[str, str]:
        """Each branch that some worktree has checked out, or will move when its rebase or bisection ends."""
        held: dict[str, str] = {}
        worktrees = self._worktrees()
        for branch in self._operations(self.common_dir):
            held[branch] = worktrees[0][0]
        for linked in self.common_dir.glob("worktrees/*/"):
            held.update(dict.fromkeys(self._operations(linked), _worktree_of(linked)))
        return held | {branch: path for path, branch in worktrees if branch}

    def _worktrees(self) -> list[tuple[str, str | None]]:
        """Each worktree's path with its branch, the main worktree first."""
        head = self.common_dir / "HEAD"
        if not head.is_symlink() and not (self.common_dir / "worktrees").exists():
            # A process less, for each engine and twice; a HEAD that another form of refs leaves here is none of these.
            plain = BRANCH_OF_HEAD.fullmatch(_text(head.read_bytes()))
            if plain:
                return [(str(self.root), None if self.root == self.common_dir else plain[1])]
        return _worktrees(_text(self.git.run("worktree", "list", "--porcelain")))

    def author(self) -> str:
        """Who commits, and when: `Name <address> seconds zone`, by git's own rules."""
        answer = self.git.ask("var", "GIT_AUTHOR_IDENT")
        if answer.status:
            raise MigrateError(
                f'git does not know who commits in {self.root}; type "git config user.name NAME" and '
                '"git config user.email ADDRESS", then run migrate again',
                WRONG_USAGE,
            )
        return _text(answer.out).strip()

    def _operations(self, git_dir: Path) -> Iterator[str]:
        for name, prefix in OPERATIONS.items():
            file = git_dir / name
            if file.is_file():
                lines = _text(file.read_bytes()).splitlines()
                yield from (line.removeprefix(prefix) for line in lines if line.startswith(prefix))


def names_a_file(path: str) -> bool:
    """Whether a repository can have a file of this path: it leads neither out of the tree nor into a git directory."""
    return NO_NAMES.isdisjoint(part.lower() for part in path.split("/"))


def raw_path(path: str) -> bytes:
    """A path as git has it, which need not be UTF-8."""
    return path.encode("utf-8", "surrogateescape")


def _find(path: Path) -> tuple[Path, Path]:
    """The top of the repository around a path, and its git directory."""
    try:
        start = path.resolve()
        is_folder = start.is_dir()
    except (OSError, RuntimeError) as error:  # a loop of links, a name that is too long, a folder that was removed
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise MigrateError(f"{path} cannot be read ({reason}); name the repository with --repo", WRONG_USAGE) from error
    if not is_folder:
        raise MigrateError(f"there is no folder {path}; name the repository with --repo", WRONG_USAGE)
    for directory in (start, *start.parents):
        dot_git = directory / ".git"
        if dot_git.is_file() or _is_git_dir(dot_git):
            return directory, dot_git
        if directory.name != ".git" and _is_git_dir(directory):
            return directory, directory
    sentence = f"{start} is not inside a git repository; run migrate inside the one that holds the engines"
    raise MigrateError(sentence, WRONG_USAGE)


def _index_of_hook(git_dir: Path) -> Path | None:
    """The index that a hook of this repository was told to read; another repository's hook has no say."""
    named, where = os.environ.get("GIT_INDEX_FILE"), os.environ.get("GIT_DIR")
    try:
        is_ours = named and _find(Path())[1].samefile(git_dir) and (not where or _names(Path(where), git_dir))
    except (MigrateError, OSError):
        return None
    return Path(named).absolute() if named and is_ours else None


def _names(path: Path, git_dir: Path) -> bool:
    """Whether both are one git directory; that of a linked worktree or a submodule is a file that names it."""
    named = git_dir
    if git_dir.is_file():
        named = git_dir.parent / git_dir.read_text().strip().removeprefix("gitdir: ")
    return path.samefile(named)


def _is_git_dir(directory: Path) -> bool:
    return (directory / "HEAD").is_file() and (directory / "objects").is_dir()


def _lines(blobs: Iterable[str]) -> bytes:
    return "\n".join([*blobs, ""]).encode()


def _entry(record: bytes) -> Entry:
    meta, _, path = record.partition(b"\t")
    mode, _, blob = meta.decode().split(" ")
    return Entry(_text(path), intern(mode), blob)


def _worktrees(listing: str) -> list[tuple[str, str | None]]:
    """Each worktree's path with its branch, the main worktree first."""
    found: list[tuple[str, str | None]] = []
    for line in listing.splitlines():
        if line.startswith("worktree "):
            found.append((line.removeprefix("worktree "), None))
        elif line.startswith(f"branch {HEADS}"):
            found[-1] = (found[-1][0], line.removeprefix(f"branch {HEADS}"))
    return found


def _worktree_of(linked: Path) -> str:
    """The path of the worktree whose git directory this is; newer gits may write it relative."""
    return str((linked / _text((linked / "gitdir").read_bytes()).strip()).resolve().parent)


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
