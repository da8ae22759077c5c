"""The graph of streams as a picture for each stage of the campaign: who tells whom, over which server, what is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from migrator.graph import Edge, Graph
from migrator.places import NOW, Point

ROW = 30  # pixels from one name to the next
HEAD = 34
WIDTH = 960
COLUMNS = {"publisher": 170, "name": 480, "consumer": 790}
"""Where the names of each column are anchored."""
GAP = 12
LONGEST = 34  # characters of a name that the picture shows; the table below it has them whole


class Node(Struct, frozen=True):
    """A name in the picture."""

    text: str
    whole: str
    x: int
    y: int
    column: str


class Arrow(Struct, frozen=True):
    """From an engine to a stream, or from there to an engine, on one server."""

    x1: int
    y1: int
    x2: int
    y2: int
    server: str
    is_cut: bool
    says: str


class Picture(Struct, frozen=True):
    """One stage: the base as it stands, or what is there once a phase is merged."""

    stage: int
    title: str
    height: int
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    cut: tuple[Edge, ...]
    edges: tuple[Edge, ...]

    @property
    def width(self) -> int:
        """In pixels, the same for every stage."""
        return WIDTH


def pictures_of(graph: Graph, phases: Sequence[int], engines: Iterable[str] | None = None) -> tuple[Picture, ...]:
    """A picture of the base, and one for each phase; only of edges that touch these engines, where some are named."""
    wanted = None if engines is None else set(engines)
    edges = tuple(edge for edge in graph.edges if wanted is None or {edge.publisher, edge.consumer} & wanted)
    return tuple(_picture(stage, edges) for stage in (NOW, *phases)) if edges else ()


def _picture(stage: int, edges: tuple[Edge, ...]) -> Picture:
    names = {
        "publisher": sorted({edge.publisher for edge in edges}),
        "name": sorted({edge.name for edge in edges}),
        "consumer": sorted({edge.consumer for edge in edges}),
    }
    tallest = max(map(len, names.values()))
    nodes = {(column, name): _node(column, row, name, tallest, len(all_names))
             for column, all_names in names.items() for row, name in enumerate(all_names)}  # fmt: skip
    arrows = dict.fromkeys(arrow for edge in edges for arrow in _arrows(edge, stage, nodes))
    title = "now" if stage == NOW else f"after phase {stage}"
    cut = tuple(edge for edge in edges if stage in edge.cut)
    return Picture(stage, title, HEAD + tallest * ROW, tuple(nodes.values()), tuple(arrows), cut, edges)


def _node(column: str, row: int, name: str, tallest: int, count: int) -> Node:
    text = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    y = HEAD + ROW // 2 + (row * tallest * ROW) // count + ((tallest - count) * ROW) // (2 * count)
    return Node(text, name, COLUMNS[column], y, column)


def _arrows(edge: Edge, stage: int, nodes: dict[tuple[str, str], Node]) -> tuple[Arrow, Arrow]:
    source, name, sink = (
        nodes[key] for key in (("publisher", edge.publisher), ("name", edge.name), ("consumer", edge.consumer))
    )
    half = len(name.text) * 4 + GAP
    is_cut = stage in edge.cut
    left, right = server_of(edge.publishers, stage), server_of(edge.consumers, stage)
    return (
        Arrow(source.x + GAP, source.y, name.x - half, name.y, left, is_cut, f"{edge.publisher} to {left}"),
        Arrow(name.x + half, name.y, sink.x - GAP, sink.y, right, is_cut, f"{edge.consumer} at {right}"),
    )


def server_of(points: Iterable[Point], stage: int) -> str:
    """The server, or servers, of one side of an edge at a stage."""
    return " and ".join(dict.fromkeys(point.server(stage) for point in points))
