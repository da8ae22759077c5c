"""Whom it would cut off to take an engine back: the graph of streams before, and with the engine's old texts."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import StreamEnd
from codemods.reading.contract import Contract
from codemods.reading.index import build_index
from migrator.attempt import attempt
from migrator.config import EngineConfig
from migrator.ends import all_ends, position
from migrator.errors import FAILED, MigrateError
from migrator.graph import Edge, graph_of
from migrator.ground import Ground
from migrator.places import NOW
from migrator.planning.cuts import Cut, cuts_of
from migrator.streams import decide_modes
from migrator.survey import Survey
from migrator.terms import terms_of


class Effect(Struct, frozen=True):
    """What it would do to the streams as the base stands."""

    cuts: tuple[Cut, ...] = ()  # edges that carry messages now, and would not
    joins: tuple[Edge, ...] = ()  # edges that are cut now, and would carry messages again

    @property
    def open_cuts(self) -> tuple[Cut, ...]:
        """The cuts about which engines.yaml says nothing."""
        return tuple(cut for cut in self.cuts if cut.is_open)


def effect_of(
    engine: EngineConfig, texts: Mapping[str, bytes], found: Survey, ground: Ground, contract: Contract
) -> Effect:
    """The effect of these old texts of the engine; MigrateError where they cannot be scanned."""
    others = [end for end in found.ends if end.engine != engine.name]
    then = _with_ends(found, sorted([*others, *_ends(engine, texts, ground, contract)], key=position), ground)
    before, after = (_edges(each, ground, contract) for each in (found, then))
    cut_before = {_key(edge) for edge in before if NOW in edge.cut}
    whole_after = {_key(edge) for edge in after if NOW not in edge.cut}
    mine = [edge for edge in after if engine.name in (edge.publisher, edge.consumer)]
    cut = [edge for edge in mine if NOW in edge.cut and _key(edge) not in cut_before]
    joined = {_key(edge): edge for edge in before if NOW in edge.cut and _key(edge) in whole_after}
    cuts = (each for each in cuts_of(cut, ground.campaign.edges) if each.phase == NOW)
    return Effect(tuple({_key(each.edge): each for each in cuts}.values()), tuple(joined.values()))


def _edges(found: Survey, ground: Ground, contract: Contract) -> list[Edge]:
    graph = graph_of(found.ends, terms_of(ground, found, contract))
    return [edge for edge in graph.edges if edge.kind == "consume"]


def _key(edge: Edge) -> tuple[str, str, str]:
    """What stays the same of an edge when its ends move: a topic becomes a message type."""
    return edge.publisher, edge.consumer, edge.message_type or edge.name


def _ends(engine: EngineConfig, texts: Mapping[str, bytes], ground: Ground, contract: Contract) -> Iterable[StreamEnd]:
    from codemods.work import scan_engine

    settings = ground.campaign.settings
    whole: Mapping[str, bytes] = ChainMap(dict(texts), ground.texts)  # type: ignore[arg-type]  # it is only read
    index = build_index(ChainMap(dict(texts), ground.python), settings)  # type: ignore[arg-type]
    scan = attempt(engine.name, partial(scan_engine, engine, whole, settings, contract, index, lean=True))
    if scan.value is None or scan.value.failed:
        why = [*scan.problems, *(file.reason for file in (scan.value.failed if scan.value else ()))]
        raise MigrateError(f"{engine.name}: what it used before cannot be told: {'; '.join(why)}", FAILED)
    return all_ends(scan.value)


def _with_ends(found: Survey, ends: list[StreamEnd], ground: Ground) -> Survey:
    campaign = ground.campaign
    movable = {each.name for each in campaign.to_migrate() if each.deferred is None}
    modes = decide_modes(ends, campaign.settings, movable)
    return replace(found, ends=tuple(ends), modes=modes)
