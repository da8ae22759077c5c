"""A branch that holds a person's work: where the new result goes instead, and how the two come together."""

from __future__ import annotations

from shlex import join

from migrator.config import Campaign
from migrator.ownership import BranchState, Kind
from migrator.repo import Repository
from migrator.results import EngineResult

SUFFIX = "-next"
SHORT = 12  # characters of a commit's id in a command to type


def name_beside(branch: str) -> str:
    """The branch on which the new result stands beside a person's."""
    return f"{branch}{SUFFIX}"


def why_not_beside(wish: EngineResult, edited: BranchState, beside: BranchState, campaign: Campaign) -> str:
    """Why the new result cannot go beside a person's branch; empty where it can."""
    name = name_beside(wish.branch)
    mend = f'Merge or rename it, then run "migrate --engine {wish.engine}" again.'
    if name in {campaign.branch_of(engine) for engine in campaign.to_migrate()}:
        return f"{wish.engine}: {_has(wish.branch, edited)}, and {name} is the branch of another engine. {mend}"
    if beside.kind is Kind.EDITED:
        return f"{wish.engine}: {_has(wish.branch, edited)}, and {_has(name, beside)}. {mend}"
    return ""


def _has(branch: str, state: BranchState) -> str:
    commits = "1 commit that is" if len(state.foreign) == 1 else f"{len(state.foreign)} commits that are"
    return f"branch {branch} has {commits} not ours"


def advice(branch: str, edited: BranchState, repository: Repository) -> tuple[str, ...]:
    """What to type so that the branch has the new result with the person's work on it; one command each.

    The commits of a straight line are rebased. Rebasing one that joins histories would play the base's own commits
    again, so there the person's are picked one by one, and their merges are left out. Where nothing of a person's is
    above the tool's, the new branch takes the place of the old.
    """
    name = name_beside(branch)
    place = repository.checked_out().get(branch)
    git = ["git"] if place in (None, str(repository.root)) else ["git", "-C", str(place)]
    if edited.tip_is_ours or not edited.plain:
        left = [join([*git, "switch", "--detach"])] if place else []
        return (*left, join(["git", "branch", "-M", name, branch]))
    if edited.fork is None:
        picked = [commit[:SHORT] for commit in edited.plain]
        return (join(["git", "switch", name]), join(["git", "cherry-pick", *picked]))
    begin = ["--root"] if edited.fork.commit is None else [edited.fork.commit[:SHORT]]
    return (join([*git, "rebase", "--onto", name, *begin, branch]),)  # git rebases it only where it is checked out
