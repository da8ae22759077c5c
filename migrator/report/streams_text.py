"""The graph of streams and topics for people: who tells whom, on which server, and which phase cuts it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from migrator.ends import UNKNOWN
from migrator.graph import Channel, Edge, Graph
from migrator.places import NOW, Point
from migrator.report.plain import INDENT, Paint, columns, wrapped
from migrator.streams import MESSAGE

HEADING = ("publisher -> consumer", "before -> after", "cut in phase")
NOBODY = "-"
ANYBODY = "?"  # at the other end of a name that is only known at run time


def streams_text(graph: Graph, phases: Sequence[int], engines: Collection[str] | None, paint: Paint) -> str:
    """The table of edges, the ends that have none, and what each phase cuts; only what touches these engines."""
    edges = [edge for edge in graph.edges if engines is None or {edge.publisher, edge.consumer} & set(engines)]
    rows = sorted([*map(_row, edges), *_loose(graph, engines)], key=lambda row: (row[1], row[0], row[3], row[2]))
    heading, *lines = columns(HEADING, ((f"{row[0]} -> {row[3]}", *row[4:]) for row in rows))
    sections = [
        line for stage in (NOW, *phases) for line in (*_joined(stage, edges, paint), *_cut(stage, edges, paint))
    ]
    return "\n".join([paint(f"{INDENT}{heading}", "bold"), *_below_names(rows, lines), *sections]) + "\n"


def _below_names(rows: Sequence[Sequence[str]], lines: Iterable[str]) -> Iterator[str]:
    """The lines of the table, those of one name and type below that: side by side they would not fit."""
    above: list[str] = []
    for row, line in zip(rows, lines, strict=True):
        name = list(dict.fromkeys(text for text in row[1:3] if text != NOBODY))
        if name != above:
            yield "  ".join(name)
            above = name
        yield f"{INDENT}{line}"


def _row(edge: Edge) -> tuple[str, ...]:
    consumer = edge.consumer if edge.kind == "consume" else f"{edge.consumer} (looks)"
    way = _way(edge.publishers[0], edge.consumers[0])
    return (edge.publisher, edge.name, edge.message_type or NOBODY, consumer, way, _stages(edge))


def _way(publisher: Point, consumer: Point) -> str:
    """Where both ends are and go; two names where they are not on one server."""
    return (
        f"{_both(publisher, consumer, lambda end: end.before)} -> {_both(publisher, consumer, lambda end: end.after)}"
    )


def _both(publisher: Point, consumer: Point, server: Callable[[Point], str]) -> str:
    return "/".join(dict.fromkeys((server(publisher), server(consumer))))


def _stages(edge: Edge) -> str:
    return ", ".join("now" if stage == NOW else str(stage) for stage in edge.cut) or NOBODY


def _loose(graph: Graph, engines: Collection[str] | None) -> Iterator[tuple[str, ...]]:
    """Ends at no edge: nobody at the other side, or a name that may be any."""
    joined = {point.end for edge in graph.edges for point in (*edge.publishers, *edge.consumers)}
    for channel in graph.channels:
        other = ANYBODY if channel.name == UNKNOWN else NOBODY
        for point in _alone(channel.publishers, joined, engines):
            yield (point.end.engine, channel.name, _types(channel), other, *_goes(point))
        for point in _alone(channel.consumers, joined, engines):
            yield (other, channel.name, _types(channel), point.end.engine, *_goes(point))
        ends = {point.end.engine for point in (*channel.publishers, *channel.consumers)}
        for point in _alone(channel.inspectors, joined, engines):
            if point.end.engine not in ends:
                yield (other, channel.name, _types(channel), f"{point.end.engine} (looks)", *_goes(point))


def _alone(points: Iterable[Point], joined: Collection[object], engines: Collection[str] | None) -> Iterator[Point]:
    """One end for each engine."""
    found = {
        point.end.engine: point
        for point in points
        if point.end not in joined and (engines is None or point.end.engine in engines)
    }
    yield from found.values()


def _types(channel: Channel) -> str:
    """The message types; "?" where the name, and so the type, is only known at run time."""
    is_raw = channel.kind == "stream" and channel.mode != MESSAGE
    return ANYBODY if channel.name == UNKNOWN else NOBODY if is_raw else ", ".join(channel.message_types) or ANYBODY


def _goes(point: Point) -> tuple[str, str]:
    return f"{point.before} -> {point.after}", NOBODY


def _joined(stage: int, edges: Iterable[Edge], paint: Paint) -> list[str]:
    """The edges over which the first messages go after a phase: what consumes them never ran before."""
    lines = [line for edge in edges if edge.joined == stage for line in _places(edge)]
    title = f"Joined by phase {stage}: these carry their first messages (activates)"
    return ["", paint(title, "bold"), *lines] if lines else []


def _cut(stage: int, edges: Iterable[Edge], paint: Paint) -> list[str]:
    """The edges that are cut at one stage, each with the places of its ends."""
    lines = [line for edge in edges if stage in edge.cut for line in _places(edge)]
    title = "Cut as the base stands" if stage == NOW else f"Cut after phase {stage}"
    return ["", paint(title, "bold"), *(lines or ["  nothing"])]


def _places(edge: Edge) -> list[str]:
    """The edge, and the places of its ends, in lines of 80."""
    ends = (", ".join(point.where for point in points) for points in (edge.publishers, edge.consumers))
    return [f"{INDENT}{edge.publisher} -> {edge.consumer}  {edge.name}", *wrapped(" -> ".join(ends), 2)]
