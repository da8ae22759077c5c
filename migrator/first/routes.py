"""Routes suggested from the names of topics and streams; what the names do not say is a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from codemods.model import StreamEnd
from codemods.reading.contract import Contract
from codemods.reading.globs import covers, is_literal, overlap
from codemods.settings import ENGINE_LOGIC, MARKETDATA

BUS_TRAFFIC = ("topic", "stream")


class Suggestion(Struct, frozen=True):
    """One topic or stream, and where it should go as far as its name or a migrated engine says it."""

    match: str
    kind: str  # topic or stream
    where: tuple[str, ...]  # path:line of its ends
    message_type: str = ""
    bus: str = ""
    reason: str = ""
    certain: bool = False  # otherwise it is a question, and what is suggested stands in a comment

    @property
    def is_nameless(self) -> bool:
        """Whether nothing of the name is in the code."""
        return not self.match.strip("*")


def suggest(ends: Iterable[StreamEnd], on_bus: Mapping[str, tuple[str, str]], contract: Contract) -> list[Suggestion]:
    """One suggestion for each topic and stream, the narrow names first; what another covers as well is left out."""
    places: dict[tuple[str, str], list[str]] = {}
    for end in ends:
        if end.kind in BUS_TRAFFIC:
            places.setdefault((end.name, end.kind), []).append(f"{end.path}:{end.line}")
    names = sorted(places, key=lambda key: (not is_literal(key[0]), -len(key[0].replace("*", "")), key))
    found = [
        _suggestion(name, kind, tuple(dict.fromkeys(places[name, kind])), on_bus, contract) for name, kind in names
    ]
    return [each for index, each in enumerate(found) if not _is_covered(each, found[index + 1 :])]


def _suggestion(
    name: str, kind: str, where: tuple[str, ...], on_bus: Mapping[str, tuple[str, str]], contract: Contract
) -> Suggestion:
    if kind == "stream" and name in on_bus:
        bus, owner = on_bus[name]
        return Suggestion(name, kind, where, bus=bus, reason=f"{owner} has it there", certain=True)
    whole, nearest = types_for(name, contract.enums.get("MessageType", ()))
    if whole and contract.bus_of.get(whole):
        return Suggestion(name, kind, where, message_type=whole, reason="from its name", certain=True)
    if kind == "topic":
        return Suggestion(name, kind, where, message_type=whole or nearest)
    return Suggestion(name, kind, where, bus=contract.bus_of.get(nearest, ENGINE_LOGIC))


def types_for(name: str, members: Sequence[str]) -> tuple[str, str]:
    """The one type all of whose words are in the name, and the one that shares most of its words; "" for none."""
    words = {_stem(word) for word in re.findall(r"[a-z]+", name.lower())}
    shared = {member: len(words & {_stem(word) for word in member.lower().split("_")}) for member in members}
    best = max(shared.values(), default=0)
    nearest = [member for member in members if best and shared[member] == best]
    whole = [member for member in nearest if shared[member] == len(set(member.split("_")))]
    return whole[0] if len(whole) == 1 else "", nearest[0] if nearest else ""


def other_bus(bus: str) -> str:
    """The bus that it is not."""
    return MARKETDATA if bus == ENGINE_LOGIC else ENGINE_LOGIC


def _stem(word: str) -> str:
    return word.removesuffix("s") or word


def _is_covered(one: Suggestion, later: Iterable[Suggestion]) -> bool:
    """Whether the first of the wider ones that could take it takes it whole, and to the same place."""
    wider = next((each for each in later if overlap(each.match, one.match)), None)
    if wider is None or not (one.certain and wider.certain and covers(wider.match, one.match)):
        return False
    return (wider.message_type, wider.bus) == (one.message_type, one.bus)
