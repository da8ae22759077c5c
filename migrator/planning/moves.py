"""Single moves that mend a cut: one engine that goes with an earlier phase, and what that would cut instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.graph import Edge, stages_cut
from migrator.places import NOW, Point
from migrator.planning.cuts import Cut, cuts_of


class Move(Struct, frozen=True):
    """An engine in an earlier phase than engines.yaml has it."""

    engine: str
    before: int  # its phase
    after: int
    mends: tuple[str, ...]  # the names of the cuts that would be none
    makes: tuple[str, ...]  # and of those that would be new

    @property
    def gain(self) -> int:
        """How many cuts fewer there would be."""
        return len(self.mends) - len(self.makes)


def moves_of(edges: Sequence[Edge], cuts: Iterable[Cut], phases: Mapping[str, int | None]) -> tuple[Move, ...]:
    """Each single move that leaves fewer cuts, the best first. None leaves a phase without engines before others."""
    made = [cut for cut in cuts if cut.phase > NOW]
    wanted = {(engine, cut.phase) for cut in made for engine in (cut.edge.publisher, cut.edge.consumer)}
    possible = [(engine, to) for engine, to in wanted if _is_earlier(engine, to, phases)]
    found = (_move(edges, engine, phases[engine] or 0, to) for engine, to in possible)
    return tuple(sorted((move for move in found if move.gain > 0), key=lambda m: (-m.gain, m.after, m.engine)))


def _is_earlier(engine: str, to: int, phases: Mapping[str, int | None]) -> bool:
    now = phases.get(engine)
    others = [phase for name, phase in phases.items() if phase is not None and name != engine]
    return now is not None and to < now and (now in others or now > max(others, default=0))


def _move(edges: Sequence[Edge], engine: str, before: int, after: int) -> Move:
    touched = [edge for edge in edges if engine in (edge.publisher, edge.consumer)]
    now = _names(touched)
    then = _names(_moved(edge, engine, before, after) for edge in touched)
    return Move(engine, before, after, tuple(sorted(now - then)), tuple(sorted(then - now)))


def _names(edges: Iterable[Edge]) -> set[str]:
    return {cut.name for cut in cuts_of(edges, ()) if cut.phase > NOW}


def _moved(edge: Edge, engine: str, before: int, after: int) -> Edge:
    """The edge as it is once the engine's ends of one phase go with another."""

    def of(points: Iterable[Point]) -> tuple[Point, ...]:
        return tuple(
            replace(each, moves=after) if each.end.engine == engine and each.moves == before else each
            for each in points
        )

    publishers, consumers = of(edge.publishers), of(edge.consumers)
    cut = stages_cut((*publishers, *consumers), range(edge.last + 1))
    return replace(edge, publishers=publishers, consumers=consumers, cut=cut)
