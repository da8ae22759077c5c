"""What the repository says of the servers' users: engines with their ports, who reads what, and the graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.config import Campaign, EngineConfig
from migrator.errors import MigrateError
from migrator.graph import Channel, Graph
from migrator.ground import CONFIG, Ground, open_campaign, read_ground
from migrator.means import ALONE, Means
from migrator.merged import Merged, merged
from migrator.observing.read_sites import ReadSite, read_sites
from migrator.repo import Repository
from migrator.results import Progress


class Known(Struct, frozen=True):
    """All of it; empty where no campaign was given."""

    engines: Mapping[str, EngineConfig] = field(default_factory=dict)
    reads: tuple[ReadSite, ...] = ()
    graph: Graph = field(default_factory=Graph)
    merges: Mapping[str, Merged] = field(default_factory=dict)  # whether each engine is merged at the base, and why not
    config: str = CONFIG
    variables: Mapping[str, str] = field(default_factory=dict)  # server -> environment variable with its URL
    problems: tuple[str, ...] = ()  # why the code could not be read

    @property
    def moved(self) -> frozenset[str]:
        """The engines that have moved, as the code at the base says."""
        return frozenset(name for name, each in self.merges.items() if each.merged)

    @property
    def ports(self) -> dict[int, str]:
        """The engine of each port."""
        return {engine.port: engine.name for engine in self.engines.values()}

    @property
    def stream_names(self) -> tuple[str, ...]:
        """Streams that the code names in full."""
        found = {name for site in self.reads for name, _ in site.streams}
        found |= {channel.name for channel in self.graph.channels if channel.kind == "stream"}
        return tuple(sorted(name for name in found if name and "*" not in name))

    def channels(self, kind: str) -> tuple[Channel, ...]:
        """The channels of a kind: topic, stream or message."""
        return tuple(channel for channel in self.graph.channels if channel.kind == kind)


def know(
    repo: str, config: str | None, base: str | None, alone: bool, progress: Progress, means: Means = ALONE
) -> Known:
    """What the campaign and its code say. `alone`: URLs were given, so a folder without a campaign will do."""
    if alone and config is None and not has_campaign(repo):
        return Known()
    repository, campaign = open_campaign(repo, config)
    plain = known_of(campaign)
    try:
        progress("read the code", 0, 1)
        return with_code(plain, read_ground(repository, campaign, base, means), progress)
    except MigrateError as error:
        return replace(plain, problems=tuple(str(error).split("\n")))


def has_campaign(repo: str) -> bool:
    """Whether this folder is inside a repository that has an engines.yaml."""
    try:
        return (Repository.open(Path(repo)).root / CONFIG).is_file()
    except MigrateError:
        return False


def known_of(campaign: Campaign) -> Known:
    """What engines.yaml says, without the code."""
    engines = {engine.name: engine for engine in campaign.engines}
    return Known(engines, config=campaign.path.name, variables=campaign.servers)


def with_code(known: Known, ground: Ground, progress: Progress) -> Known:
    """The same with what the code at the base says."""
    from migrator.scan import scan_ground

    scanned = scan_ground(ground, None, (), progress)
    engines = ((known.engines.get(scan.engine), scan) for scan in scanned.campaign)
    merges = {scan.engine: merged(engine, scan) for engine, scan in engines if engine is not None}
    unread = tuple(scanned.unknown)
    return replace(known, reads=read_sites(ground.texts), graph=scanned.graph, merges=merges, problems=unread)
