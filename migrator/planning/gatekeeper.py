"""Who may begin: the gate before each phase, from a scan of the base and the graph of streams."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from codemods.reading.contract import Contract
from migrator.config import EngineConfig
from migrator.graph import graph_of
from migrator.ground import Ground
from migrator.planning.cuts import cuts_of
from migrator.planning.gate import Gate, Waiting
from migrator.selection import moving
from migrator.survey import Survey
from migrator.terms import terms_of


def closed_gates(
    wanted: Sequence[EngineConfig], named: Collection[str], found: Survey, ground: Ground, contract: Contract
) -> tuple[Gate, ...]:
    """The gates that stand between the base and the phases of these engines, in their order; none where all are open.

    A phase waits until each engine of an earlier one is merged or deferred, and until something is done about each
    stream that it cuts. Engines that are `named` move although they are deferred.
    """
    goes = moving(wanted, named)
    terms = terms_of(ground, found, contract, held_stay=True, moving=goes)
    cuts = [cut for cut in cuts_of(graph_of(found.ends, terms).edges, ground.campaign.edges) if cut.is_open]
    waiting = list(_waiting(max((engine.phase or 0 for engine in wanted), default=0), found, ground))
    phases = sorted({engine.phase for engine in wanted if engine.phase and engine.name in goes})
    gates = (
        Gate(
            phase,
            tuple(each for each in waiting if each.phase < phase),
            tuple(cut for cut in cuts if cut.phase == phase and goes & {cut.edge.publisher, cut.edge.consumer}),
        )
        for phase in phases
    )
    return tuple(gate for gate in gates if gate.waiting or gate.cuts)


def _waiting(last: int, found: Survey, ground: Ground) -> Iterator[Waiting]:
    """The engines of the phases before the last one that are neither merged nor deferred."""
    for engine in ground.campaign.to_migrate():
        if engine.phase and engine.phase < last and engine.deferred is None:
            from migrator.merged import merged  # a run of phase 1 needs neither
            from migrator.scan import judge

            state = merged(engine, judge(engine, ground, found))
            if not state.merged:
                yield Waiting(engine.name, engine.phase, state.reason)
