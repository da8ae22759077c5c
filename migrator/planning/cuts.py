"""The edges that each phase cuts, and what engines.yaml does about each: nothing, accept it, or bridge it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.reading.globs import covers
from migrator.graph import Edge, Graph
from migrator.places import NOW
from migrator.planning.words import yaml_word

if TYPE_CHECKING:
    from migrator.schema import EdgeSection


class Cut(Struct, frozen=True):
    """One edge whose ends a phase takes to different servers; until they meet again, messages are lost."""

    edge: Edge
    phase: int  # the one that cuts it; 0: it is cut as the base stands
    joined: int | None  # the phase that brings its ends together again; None: no phase does
    accepted: str = ""  # the reason
    bridged: bool = False
    held: tuple[str, ...] = ()  # `path:line` of those ends that stay behind because they are asked or refused

    @property
    def is_open(self) -> bool:
        """Whether nothing is done about it."""
        return not self.accepted and not self.bridged

    @property
    def name(self) -> str:
        """The edge in words, the same for each of its ends: `ml -> strategy ml.prediction.*`."""
        return f"{self.edge.publisher} -> {self.edge.consumer} {self.edge.name}"

    @property
    def staying(self) -> str:
        """The ends that stay behind, in words; there is one at least."""
        *others, last = self.held
        return (
            f"{', '.join(others)} and {last} are asked or refused and stay"
            if others
            else f"{last} is asked or refused and stays"
        )

    @property
    def treatment(self) -> str:
        """What is done about it, in one word: open, accepted or bridged."""
        return "bridged" if self.bridged else "accepted" if self.accepted else "open"


def cuts_of(edges: Iterable[Edge], sections: Sequence[EdgeSection]) -> tuple[Cut, ...]:
    """The cuts in the order of phases, those of the base as it stands first, as of phase 0. An edge over which somebody
    only looks at a stream loses no message, and is none.
    """
    found = [cut for edge in edges if edge.kind == "consume" for cut in _of_edge(edge, sections)]
    return tuple(sorted(found, key=lambda cut: (cut.phase, cut.name)))


def _of_edge(edge: Edge, sections: Sequence[EdgeSection]) -> Iterator[Cut]:
    section = next((each for each in sections if fits(each, edge)), None)
    accepted, bridged = (section.accept or "", section.bridge) if section else ("", False)
    ends = [*edge.publishers, *edge.consumers]
    held = tuple(dict.fromkeys(point.where for point in ends if point.end.held and point.moves is None))
    for stage in edge.cut:
        if stage == NOW or stage - 1 not in edge.cut:
            joined = next((each for each in range(stage + 1, edge.last + 1) if each not in edge.cut), None)
            yield Cut(edge, stage, joined, accepted, bridged, held)


def fits(section: EdgeSection, edge: Edge) -> bool:
    """Whether an entry of `edges` in engines.yaml is about this edge; its stream may be a glob."""
    return (section.sender, section.receiver) == (edge.publisher, edge.consumer) and covers(section.stream, edge.name)


def idle_entries(graph: Graph, sections: Sequence[EdgeSection]) -> tuple[int, ...]:
    """The indices of those entries of `edges` that are about no edge of the graph."""
    return tuple(index for index, each in enumerate(sections) if not any(fits(each, edge) for edge in graph.edges))


def treatment_yaml(cuts: Iterable[Cut]) -> str:
    """What to paste into engines.yaml, each cut bridged; one that is accepted instead has `accept: reason`."""
    entries = dict.fromkeys((cut.edge.publisher, cut.edge.consumer, cut.edge.name) for cut in cuts)
    words = (tuple(map(yaml_word, each)) for each in entries)
    lines = (f"  - {{from: {one}, to: {other}, stream: {name}, bridge: true}}" for one, other, name in words)
    return "\n".join(["edges:", *lines]) + "\n"
