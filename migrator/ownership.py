"""Knows the tool's own commits from a person's: by a hash of their content in a trailer, worked out again."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from migrator.repo import FILE_MODES, NEW_FILE_MODE, Repository, raw_path

CONTENT_TRAILER = "Migrate-Content"

NO_MODE = "000000"


class Kind(StrEnum):
    """Whose a branch is."""

    ABSENT = "absent"
    OURS = "ours"  # nothing is lost when it is made anew
    EDITED = "edited"  # it holds a person's work


class BranchState(Struct, frozen=True):
    """Whose a branch is, where it is, and which of its commits are not ours."""

    kind: Kind
    tip: str | None = None
    parent: str | None = None  # the tip's; the present base, where the branch sits on it
    foreign: tuple[str, ...] = ()  # the newest first
    merges: tuple[str, ...] = ()  # those of them that join two histories
    tip_is_ours: bool = False  # with foreign commits below it: it was made on a base that the present one has not
    fork: Fork | None = None  # where the person's work begins; None where it joins histories, or there is none

    @property
    def plain(self) -> tuple[str, ...]:
        """The foreign commits that are no merges, the oldest first."""
        return tuple(commit for commit in reversed(self.foreign) if commit not in self.merges)


class Fork(Struct, frozen=True):
    """The commit below a person's first one; they have made the branch from nothing where there is none."""

    commit: str | None
    is_ours: bool  # else it is the base's
    parent: str | None = None  # of ours


class _Commit(Struct, frozen=True):
    """One commit of a branch, with what tells whether it is ours."""

    id: str
    parents: tuple[str, ...]
    author: str
    committer: str
    claim: str  # the trailer's value

    @property
    def may_be_ours(self) -> bool:
        """We write author and committer alike; a commit that was amended, reworded or rebased has another committer."""
        return len(self.parents) == 1 and bool(self.claim) and self.author == self.committer


class _Edit(Struct, frozen=True):
    """One file's change in a commit."""

    old_mode: str
    new_mode: str
    blob: str
    path: str

    @property
    def may_be_ours(self) -> bool:
        """We change bytes and nothing else, and delete no file."""
        if self.old_mode == NO_MODE:
            return self.new_mode == NEW_FILE_MODE
        return self.new_mode in FILE_MODES and self.new_mode == self.old_mode


def content_id(texts: Mapping[str, bytes]) -> str:
    """A hash of changed files and their content, for the trailer by which `branch_state` knows our commits."""
    total = hashlib.sha256()
    for path, content in sorted((raw_path(path), content) for path, content in texts.items()):
        total.update(path + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def branch_state(repository: Repository, branch: str, base_commit: str) -> BranchState:
    """Whose the commits are that the branch has and the base has not."""
    tip = repository.branch_tip(branch)
    return BranchState(Kind.ABSENT) if tip is None else commit_state(repository, tip, base_commit)


def commit_state(repository: Repository, tip: str, base_commit: str) -> BranchState:
    """Whose the commits are that the tip of a branch has and the base has not."""
    commits = _commits(repository, "--topo-order", f"{base_commit}..{tip}")
    ours = _ours(repository, [commit for commit in commits if commit.may_be_ours])
    foreign = tuple(commit.id for commit in commits if commit.id not in ours)
    newest = (commits or _commits(repository, "--max-count=1", tip))[0]
    parent = newest.parents[0] if newest.parents else None
    if not foreign:
        return BranchState(Kind.OURS, tip, parent)
    merges = tuple(commit.id for commit in commits if len(commit.parents) > 1)
    return BranchState(Kind.EDITED, tip, parent, foreign, merges, newest.id in ours, _fork(commits, ours))


def _fork(commits: Sequence[_Commit], ours: Container[str]) -> Fork | None:
    """Where the first commit that is not ours sits; None where the commits, the newest first, are no single line."""
    if any(each.parents != (below.id,) for each, below in pairwise(commits)) or len(commits[-1].parents) > 1:
        return None
    parents = commits[-1].parents
    fork = Fork(parents[0] if parents else None, False)
    for commit in reversed(commits):
        if commit.id not in ours:
            break
        fork = Fork(commit.id, True, commit.parents[0])
    return fork


def _commits(repository: Repository, *revisions: str) -> list[_Commit]:
    """The commits that rev-list gives for these arguments, the newest first."""
    fields = (
        "%P",
        "%an <%ae> %ad",
        "%cn <%ce> %cd",
        f"%(trailers:key={CONTENT_TRAILER},valueonly,unfold,separator=%x2C)",
    )
    options = ("--date=raw", "--encoding=UTF-8", f"--format={'%x00'.join(fields)}")
    lines = repository.git.run("rev-list", *options, *revisions, "--").split(b"\n")
    return [_commit(header, line) for header, line in zip(lines[::2], lines[1::2], strict=False)]


def _commit(header: bytes, line: bytes) -> _Commit:
    """From the line `commit ID` and the line of our fields; neither can hold a line end."""
    parents, author, committer, claim = line.decode(errors="surrogateescape").split("\0")
    return _Commit(header.decode().removeprefix("commit "), tuple(parents.split()), author, committer, claim)


def _ours(repository: Repository, candidates: Sequence[_Commit]) -> set[str]:
    """The ids of those commits whose content is what their trailer says."""
    edits = _edits(repository, [commit.id for commit in candidates])
    clean = {commit: files for commit, files in edits.items() if all(edit.may_be_ours for edit in files)}
    contents = repository.read(edit.blob for files in clean.values() for edit in files)
    actual = {id: content_id({edit.path: contents[edit.blob] for edit in files}) for id, files in clean.items()}
    return {commit.id for commit in candidates if actual.get(commit.id) == commit.claim}


def _edits(repository: Repository, commits: Sequence[str]) -> dict[str, list[_Edit]]:
    """What each commit changes against its parent: one git process for all of them."""
    if not commits:
        return {}
    options = ("--stdin", "-r", "-z", "--ignore-submodules=none")
    output = repository.git.run("diff-tree", *options, stdin="\n".join([*commits, ""]).encode())
    edits: dict[str, list[_Edit]] = {}
    files: list[_Edit] = []  # of the commit whose id came last
    records = iter(output.decode(errors="surrogateescape").split("\0")[:-1])
    for record in records:
        if not record.startswith(":"):
            files = edits.setdefault(record, [])
            continue
        old_mode, new_mode, _, blob, _ = record[1:].split(" ")
        files.append(_Edit(old_mode, new_mode, blob, next(records)))
    return edits
