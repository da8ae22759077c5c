"""What git says of an engine's branch: where it is, how far from the base, whose its commits are."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from migrator.beside import advice, name_beside
from migrator.ownership import Kind, branch_state, commit_state
from migrator.repo import HEADS, Repository
from migrator.status.merging import conflicts

REMOTES = "refs/remotes/"
TAGS = "refs/tags/"


class Refs(Struct, frozen=True):
    """Branches, those that are known of remotes, and tags: the object of each, by full name."""

    tips: Mapping[str, str]
    remotes: tuple[str, ...]

    def of(self, branch: str) -> dict[str, str]:
        """The commit of this branch on each remote that has it, as far as is known here."""
        known = {remote: self.tips.get(f"{REMOTES}{remote}/{branch}") for remote in self.remotes}
        return {remote: tip for remote, tip in known.items() if tip}


class Branch(Struct, frozen=True):
    """An engine's branch, as it stands to the base."""

    name: str
    at: str  # the full id of its tip
    remote: str = ""  # the remote that alone has it
    pushed: tuple[str, ...] = ()  # the remotes that have it at the same commit
    elsewhere: tuple[str, ...] = ()  # those that have it at another
    is_tag_too: bool = False  # git takes the name for the tag
    ahead: int = 0  # commits that the base has not
    behind: int = 0  # commits of the base that it has not
    foreign: int = 0  # commits that are not ours
    conflicts: tuple[str, ...] | None = ()  # paths; None where git cannot tell
    checked_out: str = ""  # the worktree
    beside: str = ""  # the branch beside it that is ours, where there is one
    advice: tuple[str, ...] = ()  # what brings it together with the result beside it, where there is one for this base

    @property
    def revision(self) -> str:
        """What git takes for the branch, and for nothing else."""
        if self.remote:
            return f"{self.remote}/{self.name}"
        return f"heads/{self.name}" if self.is_tag_too else self.name

    @property
    def is_pending(self) -> bool:
        """Whether there is anything on it to merge."""
        return self.ahead > 0


def read_refs(repository: Repository) -> Refs:
    """All of them, from one git process."""
    lines = repository.git.run("for-each-ref", "--format=%(objectname) %(refname)", HEADS, REMOTES, TAGS).decode(
        "utf-8", "surrogateescape"
    )
    pairs = (line.split(" ", 1) for line in lines.splitlines())
    remotes = repository.git.run("remote").decode("utf-8", "surrogateescape").splitlines()
    return Refs({name: commit for commit, name in pairs}, tuple(remotes))


def read_branch(repository: Repository, name: str, base: str, refs: Refs) -> Branch | None:
    """The branch of that name, or that of the first remote that has one; None where there is none."""
    here, there = refs.tips.get(f"{HEADS}{name}"), refs.of(name)
    tip = here or next(iter(there.values()), None)
    if tip is None:
        return None
    state = commit_state(repository, tip, base)
    behind, ahead = repository.distance(base, tip)
    beside = branch_state(repository, name_beside(name), base)
    is_fresh = beside.kind is Kind.OURS and beside.parent == base  # the result for this base
    return Branch(
        name,
        tip,
        remote="" if here else next(iter(there)),
        pushed=tuple(remote for remote, commit in there.items() if commit == tip),
        elsewhere=tuple(remote for remote, commit in there.items() if commit != tip),
        is_tag_too=f"{TAGS}{name}" in refs.tips,
        ahead=ahead,
        behind=behind,
        foreign=len(state.foreign),
        conflicts=conflicts(repository, base, tip) if ahead and behind else (),
        checked_out=repository.checked_out().get(name, ""),
        beside=name_beside(name) if beside.kind is Kind.OURS else "",
        advice=advice(name, state, repository) if here and state.foreign and is_fresh else (),
    )
