"""How far each engine is by the code of the base alone, whatever branches and history say."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from migrator.answers import check_answers
from migrator.config import Campaign, EngineConfig
from migrator.ground import ground_of, read_target
from migrator.means import Means
from migrator.merged import check_accepted
from migrator.planning.gatekeeper import closed_gates
from migrator.remembered.trees import remembered_of
from migrator.repo import Repository
from migrator.rest import read_rest
from migrator.results import Progress
from migrator.scan import judge
from migrator.scanned import EngineScan
from migrator.survey import survey


class Standing(Struct, frozen=True):
    """What the code says; the same for the same tree and the same engines.yaml."""

    scans: tuple[EngineScan, ...]  # of every engine, by phase and name; those that are said to be migrated come last
    waits: tuple[tuple[int, str], ...]  # each phase with what it must wait for; "" where its gate is open

    @property
    def is_final(self) -> bool:
        """Whether every engine was judged: what failed is tried again next time."""
        return not any(scan.problems for scan in self.scans)


def read_standing(
    repository: Repository, campaign: Campaign, commit: str, named: str | None, means: Means, progress: Progress
) -> Standing:
    """The standing at this commit, which the user calls so; MigrateError where engines.yaml does not fit the code."""
    make = partial(_read, repository, campaign, commit, named, means, progress)
    return remembered_of(repository, campaign, commit, means, Standing, make, lambda found: found.is_final)


def _read(
    repository: Repository, campaign: Campaign, commit: str, named: str | None, means: Means, progress: Progress
) -> Standing:
    ground = ground_of(repository, campaign, commit, repository.list_files(commit), means, named)
    contract = read_target(ground)
    found = survey(ground, *read_rest(ground), contract, progress)
    check_answers(campaign, found.asked(campaign))
    scans = tuple(judge(engine, ground, found) for engine in _in_order(campaign))
    check_accepted(campaign, scans)
    phases = sorted({engine.phase for engine in campaign.to_migrate() if engine.phase})
    gates = ((phase, closed_gates(campaign.phase(phase), (), found, ground, contract)) for phase in phases)
    return Standing(scans, tuple((phase, "; ".join(gate.summary for gate in closed)) for phase, closed in gates))


def _in_order(campaign: Campaign) -> list[EngineConfig]:
    return sorted(campaign.engines, key=lambda each: (each.phase is None, each.phase or 0, each.name))
