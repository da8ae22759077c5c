"""Branches of ours that nobody needs: their engine has another now, or was taken back by them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from shlex import join

from msgspec import Struct

from migrator.beside import name_beside
from migrator.config import Campaign, EngineConfig
from migrator.errors import MigrateError
from migrator.ground import inside
from migrator.history import moved_engines
from migrator.repo import HEADS, Repository
from migrator.reverting.naming import branch_of
from migrator.status.facts import Branch, Refs, read_branch

PLACEHOLDERS = {"{phase}": r"\d+", "{engine}": ".+"}


class Stray(Struct, frozen=True):
    """One such branch."""

    engine: str  # whose it was, as the message of our commit has it
    branch: Branch
    why: str  # it is no engine's now
    next: tuple[str, ...] = ()  # what to type


def read_strays(repository: Repository, campaign: Campaign, base: str, refs: Refs) -> tuple[Stray, ...]:
    """Each branch of this repository that is called like an engine's, and holds what we made for an engine.

    And each that took an engine back, once it is merged.
    """
    called = _called(campaign.branch)
    own = {name for each in campaign.to_migrate() for name in _own(campaign, each)}
    names = sorted(ref.removeprefix(HEADS) for ref in refs.tips if ref.startswith(HEADS))
    others = (name for name in names if called.fullmatch(name) and name not in own)
    found = [_stray(repository, campaign, base, refs, name) for name in others]
    found += [_taken_back(repository, campaign, base, refs, engine) for engine in campaign.to_migrate()]
    return tuple(filter(None, found))


def _called(pattern: str) -> re.Pattern[str]:
    """What the branch of any engine in any phase is called."""
    parts = re.split(r"(\{phase\}|\{engine\})", pattern)
    return re.compile("".join(PLACEHOLDERS.get(part, re.escape(part)) for part in parts))


def _own(campaign: Campaign, engine: EngineConfig) -> tuple[str, str]:
    branch = campaign.branch_of(engine)
    return branch, name_beside(branch)


def _stray(repository: Repository, campaign: Campaign, base: str, refs: Refs, name: str) -> Stray | None:
    """What there is to say of a branch; None where nothing on it was made for an engine."""
    made = moved_engines(repository, f"{base}..{refs.tips[HEADS + name]}")
    ours = next(((engine, moved.commit) for engine, moved in made.items() if not moved.is_back), None)
    branch = read_branch(repository, name, base, refs)
    if ours is None or branch is None:
        return None
    engine, commit = ours
    heir = _heir(campaign, engine, repository.changed(f"{commit}^", commit)) if branch.foreign else None
    free = "" if heir is None or HEADS + campaign.branch_of(heir) in refs.tips else campaign.branch_of(heir)
    return Stray(engine, branch, _why(campaign, engine), _steps(branch, free))


def _taken_back(
    repository: Repository, campaign: Campaign, base: str, refs: Refs, engine: EngineConfig
) -> Stray | None:
    """The merged branch that took an engine back; None where there is none, or not one of ours."""
    try:
        tip = refs.tips.get(HEADS + (name := branch_of(campaign, engine)))
    except MigrateError:  # no branch can be called so
        return None
    branch = read_branch(repository, name, base, refs) if tip else None
    if branch is None or branch.is_pending:
        return None
    made = moved_engines(repository, f"{tip}^!").get(engine.name)
    return Stray(engine.name, branch, "it was taken back", _steps(branch, "")) if made and made.is_back else None


def _heir(campaign: Campaign, name: str, paths: Sequence[str]) -> EngineConfig | None:
    """The engine that such a branch is for now: the one of that name, or the only one whose files it changes."""
    movable = campaign.to_migrate()
    named = [each for each in movable if each.name == name]
    heirs = named or [each for each in movable if any(map(inside(each.paths), paths))]
    return heirs[0] if len(heirs) == 1 else None


def _why(campaign: Campaign, name: str) -> str:
    engine = next((each for each in campaign.engines if each.name == name), None)
    if engine is None:
        return f"engines.yaml has no engine {name}"
    return f"engines.yaml has {name} in phase {engine.phase}" if engine.phase else f"engines.yaml calls {name} migrated"


def _steps(branch: Branch, free: str) -> tuple[str, ...]:
    """A run makes again what is ours alone; a person's work goes where the engine's branch is now, if none is there."""
    if branch.checked_out:
        return ()
    if not branch.foreign:
        return (join(["git", "branch", "-D", branch.name]),)
    return (join(["git", "branch", "-m", branch.name, free] if free else ["git", "log", branch.revision]),)
