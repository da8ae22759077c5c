"""Which places in the engines depend on a behaviour of the target: edges, subscriptions, publishes, clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from codemods.model import Verdict as SiteVerdict
from migrator.graph import Channel, Edge
from migrator.probing import probes
from migrator.probing.values import Verdict
from migrator.scanned import Scanned

ROUTED = "routed"


def sites_of(failing: Iterable[Verdict], scanned: Scanned) -> dict[str, Sequence[str]]:
    """For each failing probe the places that depend on it, as `path:line what`, sorted."""
    return {each.id: sorted(set(FINDERS[each.probe.depends](each, scanned))) for each in failing}


def _edges(failing: Verdict, scanned: Scanned) -> Iterator[str]:
    """Messages from one engine to another."""
    for edge in scanned.graph.edges:
        is_between = edge.publisher != edge.consumer and edge.message_type is not None
        if is_between and _concerns(failing, (edge.message_type or "",), (edge.bus,)):
            yield from (f"{point.where} {_of_edge(edge)}" for point in edge.publishers)


def _of_edge(edge: Edge) -> str:
    consumers = ", ".join(dict.fromkeys(point.where for point in edge.consumers))
    return f"{edge.name} from {edge.publisher} to {edge.consumer} ({consumers})"


def _subscriptions(failing: Verdict, scanned: Scanned) -> Iterator[str]:
    for channel in _channels(failing, scanned):
        yield from (f"{point.where} {point.end.engine} consumes {channel.name}" for point in channel.consumers)


def _publishes(failing: Verdict, scanned: Scanned) -> Iterator[str]:
    for channel in _channels(failing, scanned):
        yield from (f"{point.where} {point.end.engine} publishes {channel.name}" for point in channel.publishers)


def _channels(failing: Verdict, scanned: Scanned) -> Iterator[Channel]:
    """The channels that are messages, or become some; a raw stream that keeps its commands needs none of this."""
    for channel in scanned.graph.channels:
        is_raw = channel.kind == "stream" and channel.mode in (None, ROUTED)
        if not is_raw and _concerns(failing, channel.message_types, channel.buses):
            yield channel


def _concerns(failing: Verdict, types: Sequence[str], buses: Sequence[str]) -> bool:
    if failing.types:
        return bool(set(failing.types) & set(types))
    return not failing.buses or bool(set(failing.buses) & set(buses))


def _clients(failing: Verdict, scanned: Scanned) -> Iterator[str]:
    """What becomes a client of the target, and a first use in each engine that has one."""
    uses = sorted(
        (point.end.engine, point.end.path, point.end.line)
        for channel in scanned.graph.channels
        for point in (*channel.publishers, *channel.consumers)
        if point.end.kind == "message"
    )
    for engine, path, line in {use[0]: use for use in reversed(uses)}.values():
        yield f"{path}:{line} {engine} uses the target"
    for each in scanned.campaign:
        for client in each.change.clients:
            if client.verdict is not SiteVerdict.KEEP:
                yield f"{client.path}:{client.line} {each.engine} makes its client"


def _nothing(failing: Verdict, scanned: Scanned) -> Iterator[str]:
    return iter(())


FINDERS: Mapping[str, Callable[[Verdict, Scanned], Iterator[str]]] = {
    probes.EDGES: _edges,
    probes.SUBSCRIPTIONS: _subscriptions,
    probes.HANDLERS: _subscriptions,
    probes.PUBLISHES: _publishes,
    probes.CLIENTS: _clients,
    probes.NOTHING: _nothing,
}
