"""One lane of the bridge: from a stream on one server to a stream on another, for one edge of the graph."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from migrator.bridging.forms import Form
from migrator.live.urls import ServerUrl


class Lane(Struct, frozen=True):
    """Everything that a carrier is told."""

    edge: str  # in words: `ml -> strategy ml.prediction.*`
    source: ServerUrl
    source_stream: str
    target: ServerUrl
    target_stream: str
    form: Form
    old_groups: tuple[str, ...] = ()  # the readers' groups on the source, whose place is taken up
    start: str = "0"  # the id behind which carrying begins where there is no old group; `$`: the last that there is
    waits: bool = True  # carries nothing before somebody reads the target stream by a group

    @property
    def id(self) -> str:
        """The same for the same edge on the same servers, whoever runs the bridge."""
        whole = "\0".join((self.edge, self.source.name, self.source_stream, self.target.name, self.target_stream))
        return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    @property
    def group(self) -> str:
        """The bridge's own group on the source stream."""
        return f"migrate-bridge:{self.id}"

    @property
    def start_key(self) -> str:
        """Where the source keeps what the old group had not acknowledged when the bridge began."""
        return f"migrate:bridge:{self.id}:pending"

    @property
    def written_key(self) -> str:
        """Where the target keeps the id of the last entry that was carried, written with that entry."""
        return f"migrate:bridge:{self.id}:written"
