"""Which engines a run is about, and in which order: by phase, then as engines.yaml lists them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errors import WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.config import Campaign, EngineConfig


class Selection(Struct, frozen=True):
    """What was asked for on the command line: exactly one of the four."""

    phase: int | None = None
    engines: tuple[str, ...] = ()
    everything: bool = False
    retry: bool = False  # those that failed when they were last run

    def __post_init__(self) -> None:
        given = [name for name, value in self._options() if value]
        if len(given) > 1:
            raise MigrateError(f"{' and '.join(given)} contradict each other; keep one of them", WRONG_USAGE)

    def __bool__(self) -> bool:
        return any(value for _, value in self._options())

    @property
    def words(self) -> list[str]:
        """The engines as other commands take them; none where they are all, or those that failed."""
        phase = ["--phase", str(self.phase)] if self.phase is not None else []
        return [*phase, *(word for name in self.engines for word in ("--engine", name))]

    def _options(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("--phase", self.phase is not None),
            ("--engine", bool(self.engines)),
            ("--all", self.everything),
            ("--retry", self.retry),
        )


def moving(wanted: Iterable[EngineConfig], named: Container[str]) -> frozenset[str]:
    """The names of the engines that a run changes: one that is deferred only where it was `named`."""
    return frozenset(engine.name for engine in wanted if engine.deferred is None or engine.name in named)


def choose(campaign: Campaign, selection: Selection, failed: Container[str] = ()) -> tuple[EngineConfig, ...]:
    """The selected engines in the order of the campaign, each once; one that is migrated already is wrong usage.

    `failed` names the engines that `--retry` selects; one that is not to be migrated any more is passed over.
    """
    if selection.retry:
        return tuple(engine for engine in campaign.to_migrate() if engine.name in failed)
    if selection.phase is not None:
        chosen = {engine.name for engine in campaign.phase(selection.phase)}
    elif selection.engines:
        chosen = {_to_migrate(campaign, name) for name in selection.engines}
    else:
        return campaign.to_migrate()
    return tuple(engine for engine in campaign.to_migrate() if engine.name in chosen)


def _to_migrate(campaign: Campaign, name: str) -> str:
    engine = campaign.engine(name)
    if engine.migrated:
        raise MigrateError(
            f"{name} uses the dual message bus already ({campaign.path.name}:{engine.line} says "
            '"migrated: true"); select an engine that is to be migrated',
            WRONG_USAGE,
        )
    return engine.name
