"""The words of the house as values: site, client, question, ledger, change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field


class Verdict(StrEnum):
    """What becomes of a site. Each site has exactly one."""

    REWRITE = "rewrite"
    ASK = "ask"
    KEEP = "keep"
    REFUSE = "refuse"
    SUPPRESSED = "suppressed"


GOES = "goes with its last use"
STAYS = "goes only when its last use went"
"""The reasons of an import of redis-py that a change takes away because nothing needs it any more, and that stays."""


class Place(Struct, frozen=True):
    """A line of the repository, quoted."""

    path: str
    line: int  # from 1
    text: str  # stripped

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Site(Struct, frozen=True):
    """One legacy use, with its verdict and the places that make it one."""

    engine: str
    path: str
    line: int  # from 1
    column: int  # from 0, in characters
    kind: str  # what is done: import, config, construct, start, publish, subscribe, stream, cache, ...
    client: str  # the id of the client it belongs to
    verdict: Verdict
    reason: str
    codemod: str | None = None  # the one that rewrites it
    question: str | None = None
    held_by: str | None = None  # `path:line` of the site that holds this one back
    warnings: tuple[str, ...] = ()
    evidence: tuple[Place, ...] = ()
    lines: tuple[str, ...] = ()  # `path:first-last` of every statement that its rewrite changes
    function: str = ""  # the qualified name of what it stands in; "" at the top of its module

    @property
    def where(self) -> str:
        """The place as people read it: `path:line`."""
        return f"{self.path}:{self.line}"

    @property
    def is_bus_use(self) -> bool:
        """Whether it stands between its engine and the target: no cache, and no import that only follows its uses."""
        return self.verdict is not Verdict.KEEP and self.reason != GOES


class Client(Struct, frozen=True):
    """One legacy client object, with everything that reaches it."""

    id: str  # `path:line name`, of its construction
    kind: str  # wrapper, redis, redis.asyncio, aioredis
    path: str
    line: int
    verdict: Verdict  # keep where it has no bus traffic


class Question(Struct, frozen=True):
    """What stands between some sites and their rewrite; the answer goes into engines.yaml."""

    id: str
    text: str
    suggestion: str  # YAML to paste; never taken silently
    sites: tuple[str, ...] = ()  # `path:line`


class FileOutcome(Struct, frozen=True):
    """What became of one file: changed, unchanged or failed, and why."""

    path: str
    status: str
    reason: str = ""


class Fault(Struct, frozen=True):
    """A check of the proof that failed, with the smallest statements that show it."""

    check: str  # a name of `codemods/proof/table.py`
    path: str
    line: int  # from 1; in the result, or before the change where the result has no such line
    sentence: str
    before: str = ""  # the lines that were there; empty where the change brought all of it
    after: str = ""  # what the change wrote instead
    clients: tuple[str, ...] = ()  # the ids of the clients that were taken back for it

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.check}: {self.sentence}"


class Ledger(Struct, frozen=True):
    """found = rewrite + ask + keep + refuse + suppressed, or the run is wrong."""

    found: int = 0
    rewrite: int = 0
    ask: int = 0
    keep: int = 0
    refuse: int = 0
    suppressed: int = 0

    @classmethod
    def of(cls, sites: Iterable[Site], found: int) -> Ledger:
        """Count the sites by verdict, beside what the scan found."""
        count = Counter(site.verdict.value for site in sites)
        return cls(found, **{verdict.value: count[verdict.value] for verdict in Verdict})

    @property
    def adds_up(self) -> bool:
        """Whether every site that was found has one verdict."""
        return self.found == self.rewrite + self.ask + self.keep + self.refuse + self.suppressed

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(*(getattr(self, name) + getattr(other, name) for name in Ledger.__struct_fields__))


class StreamEnd(Struct, frozen=True):
    """One end of a stream or topic: who publishes or consumes it, and whether it could become messages."""

    name: str  # a literal name, or a glob where parts are only known at run time
    role: str  # publish or consume
    kind: str  # topic (of a wrapper), stream (raw), message (the dual bus already)
    engine: str
    path: str
    line: int
    canonical: bool = False  # in the shape that may become messages
    reason: str = ""  # why not
    bus: str = ""  # on which a raw end is already; "" where only the routes say it
    held: bool = False  # it is asked or refused: it stays where it is until a person has decided


class Change(Struct, frozen=True):
    """The whole result for one engine: what was found, what became of it, and the new texts."""

    engine: str
    sites: tuple[Site, ...] = ()
    clients: tuple[Client, ...] = ()
    questions: tuple[Question, ...] = ()
    files: tuple[FileOutcome, ...] = ()
    ends: tuple[StreamEnd, ...] = ()
    ledger: Ledger = Ledger()
    texts: Mapping[str, bytes] = field(default_factory=dict)  # path -> new content; only files that change
    notes: tuple[str, ...] = ()  # for a person: what went with a config, what can be removed now
    leftovers: tuple[str, ...] = ()  # for a person: lines outside of the engine's code that may not be needed any more
    faults: tuple[Fault, ...] = ()  # checks of the proof that failed; their clients are taken back
    found: Mapping[str, int] = field(default_factory=dict)  # path -> uses that the scan found, before any verdict

    @property
    def ledgers(self) -> dict[str, Ledger]:
        """The ledger of each file that has a use."""
        sites: dict[str, list[Site]] = defaultdict(list)
        for site in self.sites:
            sites[site.path].append(site)
        paths = sorted({*sites, *self.found})
        return {path: Ledger.of(sites[path], self.found.get(path, 0)) for path in paths}

    @property
    def unbalanced(self) -> dict[str, Ledger]:
        """The ledgers that do not add up, or do not count these sites: the engine's by its name, a file's by path."""
        files = {path: ledger for path, ledger in self.ledgers.items() if not ledger.adds_up}
        is_sound = self.ledger.adds_up and self.ledger == Ledger.of(self.sites, self.ledger.found)
        return files if is_sound else {self.engine: self.ledger, **files}
