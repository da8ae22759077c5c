"""What `streams` of engines.yaml fixes, against what code and routes say: who would choose otherwise stops."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from codemods.reading.contract import Contract
from migrator.config import Campaign, error_of
from migrator.errors import FAILED, MigrateError
from migrator.located import Fault, line_of, shown, spoken
from migrator.streams import routes_of
from migrator.survey import Survey

if TYPE_CHECKING:
    from migrator.schema import StreamSection

NEAR = 0.75  # of the letters in the same order


def check_streams(campaign: Campaign, found: Survey, contract: Contract) -> tuple[str, ...]:
    """A sentence for each entry of `streams` that is about no stream any more.

    Raises MigrateError for one that was meant for another stream, whose bus is not that of its route, or whose mode
    is not what the code gives: some engines may be merged the one way, and the others would go the other.
    """
    slips = [*_slips(campaign, found), *_wrong_buses(campaign, contract)]
    if slips:
        raise error_of(campaign.path, slips)
    other = list(_other_modes(campaign, found))
    if other:
        raise MigrateError("\n".join(other), FAILED)
    idle = sorted(campaign.streams.keys() - found.free.keys())
    return tuple(
        f"{_place(campaign, name)}: no code uses the stream {shown(name)} any more; take it out" for name in idle
    )


def _slips(campaign: Campaign, found: Survey) -> Iterator[Fault]:
    free = sorted(found.free.keys() - campaign.streams.keys())
    for name in sorted(campaign.streams.keys() - found.free.keys()):
        near = get_close_matches(name, free, n=1, cutoff=NEAR)
        if near:
            sentence = f"no code uses the stream {shown(name)}; did you mean {shown(near[0])}?"
            yield Fault(line_of(campaign.lines, ("streams", name)), sentence)


def _wrong_buses(campaign: Campaign, contract: Contract) -> Iterator[Fault]:
    """A bus that is not the message type's; that of a route with a bus is compared when the file is loaded."""
    for name, section in campaign.streams.items():
        types = [route.message_type for route in routes_of(name, campaign.settings) if route.message_type]
        for message_type in types if section.bus is not None else ():
            bus = contract.bus_of.get(message_type)
            if bus is not None and bus != section.bus:
                keys = ("streams", name, "bus")
                sentence = f"{spoken(keys)} is {section.bus}, but the target has its {message_type} on {bus}"
                yield Fault(line_of(campaign.lines, keys), f"{sentence}; write {bus}, or change its route")


def _other_modes(campaign: Campaign, found: Survey) -> Iterator[str]:
    for name, section in campaign.streams.items():
        free = found.free.get(name)
        if free is not None and free.mode != section.mode and section.reason is None:
            yield _sentence(campaign, name, section, f"{free.mode}: {free.reason}")


def _sentence(campaign: Campaign, name: str, section: StreamSection, free: str) -> str:
    return (
        f"{_place(campaign, name)}: streams fixes {shown(name)} as {section.mode}, but the code now says {free}. "
        f"Mend the code; or keep {section.mode}, and say why with `reason`; or, while no engine of it is merged, "
        "take the entry out."
    )


def _place(campaign: Campaign, name: str) -> str:
    return f"{campaign.path.name}:{line_of(campaign.lines, ('streams', name))}"
