"""Pushes the branches of a run to a remote: a branch is moved there from where it was seen, and never over a person's.

The remote's own ways are used, such as an ssh command or a helper for credentials, in the repository's configuration
too: the remote itself is named there, and who asks for a push has asked for them. Hooks are not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.git_command import GitCommand
from migrator.ownership import Kind, commit_state
from migrator.repo import HEADS, Repository
from migrator.results import EngineResult, Status

TRANSPORTS = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}  # git's own; `ext::` would be any program
PUSHED = (Status.COMMITTED, Status.UNCHANGED)
REJECTED = "!"
LOGIN = re.compile(r"(?<=://)[^/\s]*@")


class Push(Struct, frozen=True):
    """One branch, the commit it shall be at there, and the one it is at; None where it is new."""

    branch: str
    new: str
    old: str | None

    @property
    def words(self) -> tuple[str, str]:
        """The lease, which is the compare of a compare-and-swap, and what is pushed."""
        ref = f"{HEADS}{self.branch}"
        return f"--force-with-lease={ref}:{self.old or ''}", f"{self.new}:{ref}"


def check_remote(repository: Repository, remote: str) -> None:
    """Raise what `--push` names and is no remote of the repository; a URL is none, for it may hold a password."""
    known = repository.git.run("remote").decode(errors="surrogateescape").splitlines()
    if remote not in known:
        offer = f"there are: {', '.join(known)}" if known else 'add one with "git remote add NAME URL"'
        raise MigrateError(f"{repository.root} has no remote of that name; {offer}", WRONG_USAGE)


def push_branches(
    results: Sequence[EngineResult], repository: Repository, base: str, remote: str
) -> list[EngineResult]:
    """The results, each with what became of its branch on the remote. One connection asks, one pushes."""
    git = replace(repository.git, more=TRANSPORTS)
    mine = {each.branch: each.commit for each in results if each.status in PUSHED and each.commit}
    if not mine:
        return list(results)
    seen = _tips(git, remote, mine)
    if isinstance(seen, str):
        why = dict.fromkeys(mine, f"{remote} cannot be read ({seen})")
        return [_told(each, remote, why) for each in results]
    moves = [Push(branch, new, seen.get(branch)) for branch, new in mine.items()]
    needed = [each for each in moves if not _is_within(repository, each.new, each.old)]
    why = {each.branch: _stands_in_the_way(repository, each, base, remote) for each in needed}
    why |= pushed_or_why(git, remote, [each for each in needed if not why[each.branch]])
    return [_told(each, remote, why) for each in results]


def _told(result: EngineResult, remote: str, why: Mapping[str, str]) -> EngineResult:
    if result.status not in PUSHED or not result.commit:
        return result
    reason = why.get(result.branch)
    if not reason:
        return replace(result, pushed=remote)
    again = f'then run "migrate --engine {result.engine} --push {remote}" again'
    sentence = f"{result.engine}: branch {result.branch} was not pushed: {reason}; see to that, {again}"
    return replace(result, unpushed=sentence)


def _tips(git: GitCommand, remote: str, branches: Iterable[str]) -> dict[str, str] | str:
    """The commit of each branch that the remote has; else why it cannot be asked."""
    answer = git.ask("ls-remote", "--refs", "--", _where(git, remote), *(f"{HEADS}{branch}" for branch in branches))
    if answer.status:
        return without_login(answer.reason)
    pairs = (line.split("\t") for line in answer.out.decode("utf-8", "surrogateescape").splitlines())
    found = {name.removeprefix(HEADS): commit for commit, name in pairs if name.startswith(HEADS)}
    return {branch: found[branch] for branch in branches if branch in found}  # a pattern matches the ends of others


def _where(git: GitCommand, remote: str) -> str:
    """What to ask: the remote by its name, or the address that it is pushed to, if that is another."""
    fetched, pushed = (git.ask("remote", "get-url", *way, "--", remote).out.decode() for way in ((), ("--push",)))
    return remote if fetched == pushed else pushed.splitlines()[0]


def _is_within(repository: Repository, commit: str, tip: str | None) -> bool:
    """Whether the tip has the commit, as far as is known here; a person's commits may be on top of it."""
    return tip is not None and not repository.git.ask("merge-base", "--is-ancestor", commit, tip).status


def _stands_in_the_way(repository: Repository, push: Push, base: str, remote: str) -> str:
    """Why the remote's branch must not be moved from where it is; empty where it may, as a branch here would be."""
    branch, tip = push.branch, push.old
    if tip is None or _is_within(repository, tip, push.new):
        return ""
    if repository.git.ask("cat-file", "-e", f"{tip}^{{commit}}").status:
        return f'it has commits there that are not known here; type "git fetch {remote}" and look at them'
    try:
        state = commit_state(repository, tip, base)
    except MigrateError as error:
        return str(error)
    if state.kind is not Kind.EDITED:
        return ""
    commits = "a commit that is" if len(state.foreign) == 1 else f"{len(state.foreign)} commits that are"
    mend = f'to work on them here, type "git branch -f {branch} {remote}/{branch}"'
    return f"{remote} has {commits} not ours on it; {mend}"


def pushed_or_why(git: GitCommand, remote: str, pushes: Sequence[Push]) -> dict[str, str]:
    """Why each branch that was not pushed was not; one that lost a race does not stop the others."""
    if not pushes:
        return {}
    leases, refs = zip(*(each.words for each in pushes), strict=True)
    options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
    answer = git.ask("push", *options, *leases, remote, *refs)
    told = {each.branch: _status_of(each.branch, answer.out) for each in pushes}
    lost = without_login(answer.reason)
    return {branch: why if why is not None else lost for branch, why in told.items() if why != ""}


def _status_of(branch: str, output: bytes) -> str | None:
    """Why git did not push the branch; empty where it did, None where it says nothing of it."""
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        flag, *fields = line.split("\t")
        if len(fields) == 2 and fields[0].endswith(f":{HEADS}{branch}"):
            return without_login(fields[1]) if flag == REJECTED else ""
    return None


def without_login(text: str) -> str:
    """The text with `***` for who logs in, in each URL."""
    return LOGIN.sub("***@", text)
