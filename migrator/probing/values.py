"""What a probe has to say, as values: a verdict for each probe, the sites that depend on it, the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migrator.errors import DONE, FAILED
from migrator.probing.probes import PROBES, Probe

PASSED, FAILS, NOT_RUN = "passed", "failed", "not run"


class Verdict(Struct, frozen=True):
    """One probe's result."""

    id: str
    status: str  # PASSED, FAILS or NOT_RUN
    said: str  # with figures; why not, where it was not run
    buses: tuple[str, ...] = ()  # on which it fails; none: on both
    types: tuple[str, ...] = ()  # the message types that it fails for; none: all of them
    sites: tuple[str, ...] = ()  # what depends on it, each as `path:line what it does`

    @property
    def probe(self) -> Probe:
        """What was probed; KeyError where the tool has no such probe."""
        return PROBES[self.id]

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> Verdict:
        """The verdict that JSON data holds; KeyError where it holds none."""
        buses, types, sites = (tuple(map(str, data.get(key, ()))) for key in ("buses", "types", "sites"))
        return cls(name, str(data["status"]), str(data["said"]), buses, types, sites)


class Probed(Struct, frozen=True):
    """The whole result."""

    module: str
    client: str  # the sha256 of its files
    base: str
    servers: str  # on which it was seen: embedded, or the URLs without passwords
    verdicts: tuple[Verdict, ...]
    log: str  # the file with what the client printed
    seconds: float
    left: tuple[str, ...] = ()  # a sentence for each stream that could not be taken away from a given server

    @property
    def failing(self) -> tuple[Verdict, ...]:
        """The verdicts of the probes that fail."""
        return tuple(each for each in self.verdicts if each.status == FAILS)

    @property
    def is_whole(self) -> bool:
        """Whether every probe was asked for."""
        return len(self.verdicts) == len(PROBES)

    def with_sites(self, sites: Mapping[str, Sequence[str]]) -> Probed:
        """The same, with what depends on each probe."""
        told = (replace(each, sites=tuple(sites.get(each.id, ()))) for each in self.verdicts)
        return replace(self, verdicts=tuple(told))

    def exit_code(self) -> int:
        """1 where a probe fails, or something of it is left on a given server."""
        return FAILED if self.failing or self.left else DONE
