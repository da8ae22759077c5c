"""Two engines that the target would give one group: each message would go to one of them alone."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import StreamEnd
from migrator.config import Campaign, EngineConfig
from migrator.streams import MESSAGE, routes_of
from migrator.survey import Survey


def shared_groups(engine: EngineConfig, found: Survey, campaign: Campaign) -> tuple[str, ...]:
    """A sentence for each engine with this engine's type that hears what it hears; a group bears the type's name."""
    mine = _heard(engine.name, found, campaign)
    others = [each for each in campaign.engines if each.name != engine.name and each.engine_type == engine.engine_type]
    return tuple(
        f"{engine.name}: {other.name} is {engine.engine_type} too ({campaign.path.name}:{other.line}), and hears "
        f"{' and '.join(sorted(both))} as well: the target names a group after the type, so each message would go to "
        "one of the two alone; give one of them another `engine_type`"
        for other in (others if engine.engine_type else ())
        if (both := mine & _heard(other.name, found, campaign))
    )


def _heard(name: str, found: Survey, campaign: Campaign) -> set[str]:
    """The message types that an engine hears, or will once it has moved."""
    ends = [end for end in found.ends if end.engine == name and end.role == "consume" and not end.held]
    return {each for end in ends for each in _types(end, found, campaign)}


def _types(end: StreamEnd, found: Survey, campaign: Campaign) -> Iterator[str]:
    if end.kind == "message":
        yield end.name
    elif end.kind == "topic" or (end.name in found.modes and found.modes[end.name].mode == MESSAGE):
        yield from (route.message_type for route in routes_of(end.name, campaign.settings) if route.message_type)
