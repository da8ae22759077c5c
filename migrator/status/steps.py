"""What to type next for an engine, from its state: commands that are ready to be copied. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from shlex import join, quote

from msgspec import Struct

from migrator.status.states import EngineState, State

Steps = tuple[str, ...]


class Place(Struct, frozen=True):
    """Where the commands are typed."""

    base: str | None = None  # the branch that is merged into; None where the base is no branch
    remote: str | None = None  # what branches are pushed to; None where there is none, or there are several
    base_in: str = ""  # the other worktree that has that branch checked out, where one has
    repo: str = ""  # the repository, where another folder than the present one was given
    config: Steps = ()  # the options of `migrate` that name the repository and the configuration, where they were given
    at: Steps = ()  # the one that names the base


def next_of(each: EngineState, place: Place) -> Steps:
    """The commands, in their order; none where nothing is to be done."""
    if each.waits:
        return (join(["migrate", "plan", *place.config, *place.at]),)
    return there(STEPS[each.state](each, place), place)


def there(commands: Steps, place: Place) -> Steps:
    """The commands, as git takes them for another folder than the present one; `migrate` has `--repo`."""
    git = f"git -C {quote(place.repo)} " if place.repo else "git "
    return tuple(f"{git}{each.removeprefix('git ')}" if each.startswith("git ") else each for each in commands)


def _migrate(each: EngineState, place: Place) -> Steps:
    return (join(["migrate", "--engine", each.engine, *place.config, *place.at]),)


def _scan(each: EngineState, place: Place) -> Steps:
    return (join(["migrate", "scan", "--engine", each.engine, *place.config, *place.at]),)


def _questions(each: EngineState, place: Place) -> Steps:
    return (join(["migrate", "questions", "--engine", each.engine, *place.config, *place.at]),)


def _nothing(each: EngineState, place: Place) -> Steps:
    return ()


def _ready(each: EngineState, place: Place) -> Steps:
    assert each.branch is not None
    if place.remote and not each.branch.pushed:
        pushed = ["migrate", "--engine", each.engine, "--push", place.remote, *place.config, *place.at]
        return (join(["git", "push", place.remote, each.branch.revision] if each.branch.foreign else pushed),)
    name = each.branch.revision
    if place.base is None:
        return (join(["git", "show", name]),)
    if place.base_in:  # git lets a branch be checked out in one worktree only
        return (join(["git", "-C", place.base_in, "merge", "--no-ff", name]),)
    return (join(["git", "switch", place.base]), join(["git", "merge", "--no-ff", name]))


def _edited(each: EngineState, place: Place) -> Steps:
    assert each.branch is not None
    return _again(each, place) if each.branch.behind else _ready(each, place)


def _again(each: EngineState, place: Place) -> Steps:
    """The result for the present base; where it stands beside a person's branch already, what brings them together."""
    assert each.branch is not None
    if each.branch.foreign and each.branch.remote:
        return (join(["git", "branch", each.branch.name, f"{each.branch.remote}/{each.branch.name}"]),)
    return each.branch.advice or _migrate(each, place)


def _left(each: EngineState, place: Place) -> Steps:
    if each.scan.change.questions:
        return _questions(each, place)
    return _migrate(each, place) if each.scan.change.ledger.rewrite else _scan(each, place)


def _came_back(each: EngineState, place: Place) -> Steps:
    check = join(["migrate", "check", "--engine", each.engine, *place.config])
    return (check,) if each.phase is None else _left(each, place)


def _merged(each: EngineState, place: Place) -> Steps:
    """Branches of ours that are merged can go; git itself knows no squashed one for merged."""
    branch = each.branch
    if branch is None or branch.remote or branch.foreign or branch.checked_out:
        return ()
    return (join(["git", "branch", "-D", branch.name, *filter(None, [branch.beside])]),)


STEPS: Mapping[State, Callable[[EngineState, Place], Steps]] = {
    State.NOT_STARTED: _migrate,
    State.QUESTIONS: _questions,
    State.HELD: _scan,
    State.READY: _ready,
    State.EDITED: _edited,
    State.BEHIND: _again,
    State.CONFLICTS: _again,
    State.PARTLY: _left,
    State.MERGED: _merged,
    State.CAME_BACK: _came_back,
    State.NOTHING: _nothing,
    State.DEFERRED: _nothing,
    State.FAILED: _scan,
}
