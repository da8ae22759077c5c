"""What decides where each end of a stream goes, for one campaign: its routes, the modes of streams, its phases."""

from __future__ import annotations

from collections.abc import Mapping

from codemods.reading.contract import Contract
from codemods.reading.wrapper import read_wrapper
from migrator.config import Campaign
from migrator.ground import Ground
from migrator.places import Terms
from migrator.survey import Survey

STREAM_FIELDS = ("stream", "stream_key", "stream_name", "redis_stream")
"""How the config of a wrapper calls the stream that carries its topics."""


def terms_of(ground: Ground, found: Survey, contract: Contract, *, held_stay: bool = False) -> Terms:
    """The terms of the campaign. With `held_stay`, what is asked or refused moves in no phase; else it is taken for
    granted that a person will have decided by then.
    """
    campaign = ground.campaign
    wrappers = (read_wrapper(wrapper, ground.texts, campaign.settings) for wrapper in campaign.settings.wrappers)
    shared = {str(facts.defaults[name]) for facts in wrappers for name in STREAM_FIELDS if name in facts.defaults}
    last = max((each.phase or 0 for each in campaign.engines), default=0)
    return Terms(campaign.settings, contract.bus_of, found.modes, phases_of(campaign), last, shared, held_stay)


def phases_of(campaign: Campaign) -> Mapping[str, int | None]:
    """The phase that moves each engine; None for one that is deferred, or migrated already."""
    return {each.name: each.phase if each.deferred is None else None for each in campaign.engines}
