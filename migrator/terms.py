"""What decides where each end of a stream goes, for one campaign: its routes, the modes of streams, its phases."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from codemods.reading.contract import Contract
from codemods.reading.wrapper import read_wrapper
from migrator.config import Campaign
from migrator.ground import Ground
from migrator.places import Terms
from migrator.survey import Survey

STREAM_FIELDS = ("stream", "stream_key", "stream_name", "redis_stream")
"""How the config of a wrapper calls the stream that carries its topics."""


def terms_of(
    ground: Ground, found: Survey, contract: Contract, *, held_stay: bool = False, moving: Collection[str] = ()
) -> Terms:
    """The terms of the campaign. With `held_stay`, what is asked or refused moves in no phase; else it is taken for
    granted that a person will have decided by then. The engines of `moving` go with their phase although deferred.
    """
    campaign = ground.campaign
    shared = shared_streams(ground)
    last = max((each.phase or 0 for each in campaign.engines), default=0)
    phases = phases_of(campaign, moving)
    return Terms(campaign.settings, contract.bus_of, found.modes, phases, last, shared, held_stay)


def phases_of(campaign: Campaign, moving: Collection[str] = ()) -> Mapping[str, int | None]:
    """The phase that moves each engine; None for one that is deferred and not `moving`, or migrated already."""
    goes = {each.name for each in campaign.engines if each.deferred is None or each.name in moving}
    return {each.name: each.phase if each.name in goes else None for each in campaign.engines}


def shared_streams(ground: Ground) -> set[str]:
    """The streams on which the wrappers put their topics, as their configs' defaults say."""
    settings = ground.campaign.settings
    wrappers = (read_wrapper(wrapper, ground.texts, settings) for wrapper in settings.wrappers)
    return {str(facts.defaults[name]) for facts in wrappers for name in STREAM_FIELDS if name in facts.defaults}
