"""What a bridge carries: a lane leads from a stream on one server to a stream on another, for all who read there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from msgspec import Struct

from migrator.bridging.forms import Form
from migrator.live.urls import ServerUrl

GROUP = "migrate-bridge:"
"""How the name of a bridge's own group begins."""
ANY_GROUP = ".*"
BRIDGE = "migrate-bridge"
"""How a bridge calls its connections."""


class Reader(Struct, frozen=True):
    """One edge of the graph, as a lane serves it."""

    edge: str  # in words: `ml -> strategy ml.prediction.*`
    name: str  # the engine that consumes
    form: Form
    old_group: str = ""  # by which the consumer read the source before it moved; its place is taken up
    begin: str = "0"  # the id behind which carrying begins where there is no old group; `$`: the last that there is
    groups: str = ANY_GROUP  # an expression for the groups by which it reads the target: nothing is carried before


def read_by(groups: str, names: Iterable[str]) -> list[str]:
    """Those of a stream's groups that an expression for a reader's groups stands for."""
    return [name for name in names if re.search(groups, name, re.IGNORECASE)]


class Lane(Struct, frozen=True):
    """Everything that a carrier is told. Edges whose four ends are the same share one, so that each entry goes once."""

    source: ServerUrl
    source_stream: str
    target: ServerUrl
    target_stream: str
    readers: tuple[Reader, ...]

    @property
    def edge(self) -> str:
        """Its edges, in words."""
        return ", ".join(reader.edge for reader in self.readers)

    @property
    def id(self) -> str:
        """The same for the same streams on the same servers, whoever reads, and whoever runs the bridge."""
        return lane_id(self.source.name, self.source_stream, self.target.name, self.target_stream)

    @property
    def group(self) -> str:
        """How the names of its own groups on the source stream begin."""
        return f"{GROUP}{self.id}:"

    @property
    def joined_key(self) -> str:
        """Where the source keeps who joined the lane, and from where on."""
        return joined_key(self.id)

    @property
    def written_key(self) -> str:
        """Where the target keeps the ids of the last entries that were carried, written with those entries."""
        return f"migrate:bridge:{self.id}:written"

    @property
    def origin(self) -> bytes:
        """How the origin of its entries begins."""
        return f"{self.source.name}:{self.source_stream}:".encode("utf-8", "surrogateescape")


def lane_id(source: str, source_stream: str, target: str, target_stream: str) -> str:
    """The id of the lane between two streams; servers by the names that engines.yaml has for them."""
    whole = "\0".join((source, source_stream, target, target_stream))
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def joined_key(lane: str) -> str:
    """Where the source keeps who joined the lane of this id."""
    return f"migrate:bridge:{lane}:joined"


def lane_of(group: str) -> tuple[str, int] | None:
    """The lane's id, and the rank of the party, that a group of the source is of; None for a group of nobody's."""
    lane, _, rank = group.removeprefix(GROUP).partition(":")
    return (lane, int(rank)) if group.startswith(GROUP) and rank.isdecimal() else None
