"""Where each end of a stream is, and where the campaign takes it: its server before and after, and the phase."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from codemods.model import StreamEnd
from codemods.settings import Settings
from migrator.streams import MESSAGE, Mode, routes_of

MAIN = "main"
NOT_ROUTED = "?"
NATIVE = "on the dual bus already"  # the reason that the verdicts give such an end
NOW = 0  # the stage before phase 1: the base as it stands


class Point(Struct, frozen=True):
    """One end as the campaign has it: where it is, and when it moves to which server."""

    end: StreamEnd
    moves: int | None  # the phase that moves it; 0: it is on its bus already; None: no phase moves it
    before: str  # main, marketdata, engine_logic; "?" where no route tells
    after: str  # once the last phase is merged

    @property
    def where(self) -> str:
        """The place as people read it: `path:line`."""
        return f"{self.end.path}:{self.end.line}"

    def server(self, stage: int) -> str:
        """The server of the end once the phases up to `stage` are merged."""
        return self.after if self.moves is not None and self.moves <= stage else self.before


class Terms(Struct, frozen=True):
    """What decides where an end goes."""

    settings: Settings
    bus_of: Mapping[str, str]  # message type -> bus
    modes: Mapping[str, Mode]  # raw stream -> how it moves
    phases: Mapping[str, int | None]  # engine -> the phase that moves it; None: no phase does
    last: int  # the last phase
    shared_streams: Collection[str] = ()  # on which the wrappers put their topics
    held_stay: bool = False  # what is asked or refused moves in no phase

    @property
    def stages(self) -> range:
        """Now, and after each phase."""
        return range(self.last + 1)

    def types(self, name: str) -> tuple[str, ...]:
        """The message types that take what a glob stands for."""
        routes = routes_of(name, self.settings)
        return tuple(dict.fromkeys(route.message_type for route in routes if route.message_type))

    def buses(self, name: str) -> tuple[str, ...]:
        """The buses that take what a glob stands for."""
        found = {
            route.bus or self.bus_of.get(route.message_type or "", NOT_ROUTED)
            for route in routes_of(name, self.settings)
        }
        return tuple(sorted(found)) or (NOT_ROUTED,)

    def is_message(self, name: str) -> bool:
        """Whether a raw stream becomes messages."""
        return name in self.modes and self.modes[name].mode == MESSAGE


def point_of(end: StreamEnd, buses: Sequence[str], terms: Terms) -> Point:
    """The end with what becomes of it; `buses` are those of its name."""
    bus = end.bus or " and ".join(buses)
    moves = phase_of(end, terms)
    return Point(end, moves, bus if moves == NOW else MAIN, MAIN if moves is None else bus)


def phase_of(end: StreamEnd, terms: Terms) -> int | None:
    """The phase that moves an end; 0 where it is on its bus already, None where no phase moves it."""
    if end.kind == "message" or end.reason == NATIVE:
        return NOW
    return None if terms.held_stay and end.held else terms.phases.get(end.engine)
