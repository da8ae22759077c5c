"""What a plan has to say, as values: each phase with its engines and cuts, the streams, what is open, the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from codemods.model import Ledger, Question
from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON
from migrator.graph import Edge
from migrator.merged import Left, Merged
from migrator.planning.cuts import Cut
from migrator.planning.moves import Move

MERGED, DEFERRED, TO_DO, FAILING = "merged", "deferred", "to do", "failed"


class PlannedEngine(Struct, frozen=True):
    """One engine of a phase, and how large its change is."""

    engine: str
    phase: int
    branch: str
    state: str  # merged, deferred, to do or failed
    reason: str  # why it is merged, deferred, failed, or not merged
    merged: Merged
    files: int = 0
    added: int = 0  # lines of the diff
    removed: int = 0
    ledger: Ledger = Ledger()
    questions: tuple[str, ...] = ()  # the ids of those that are open

    @property
    def left(self) -> tuple[Left, ...]:
        """What its change leaves asked or refused, and is not accepted; of a deferred one, nothing yet."""
        return tuple(each for each in self.merged.open if each.key and self.state != DEFERRED)


class PlannedPhase(Struct, frozen=True):
    """One phase: its engines, what it cuts and what it joins."""

    number: int
    engines: tuple[PlannedEngine, ...]
    cuts: tuple[Cut, ...]
    joined: tuple[Edge, ...]

    @property
    def is_merged(self) -> bool:
        """Whether the next phase need not wait for an engine of this one."""
        return all(engine.state in (MERGED, DEFERRED) for engine in self.engines)

    @property
    def open_cuts(self) -> tuple[Cut, ...]:
        """The cuts about which nothing is done."""
        return tuple(cut for cut in self.cuts if cut.is_open)


class PlannedStream(Struct, frozen=True):
    """One raw stream: how it moves, and on which bus it is then."""

    name: str
    mode: str  # message or routed
    bus: str | None  # None where no route tells, or not one alone
    reason: str
    is_fixed: bool  # engines.yaml has it under `streams`
    waits: str = ""  # `path:line` of an end that is asked about: its answer may change the mode


class Plan(Struct, frozen=True):
    """The whole result."""

    base: str  # the commit that was read
    config: str  # the name of the file
    phases: tuple[PlannedPhase, ...]
    edges: tuple[Edge, ...]  # of the whole graph
    cut_now: tuple[Cut, ...]  # the edges that are cut as the base stands
    moves: tuple[Move, ...]  # single moves that leave fewer cuts, the best first
    streams: tuple[PlannedStream, ...]
    questions: tuple[Question, ...]
    migrated: tuple[str, ...]  # the engines that were on the dual bus before the campaign
    idle: tuple[str, ...]  # a sentence for each entry of engines.yaml that is about nothing any more
    problems: tuple[str, ...]  # why an engine failed
    traces: tuple[str, ...] = ()

    @property
    def engines(self) -> Iterator[PlannedEngine]:
        """All engines, by phase."""
        return (engine for phase in self.phases for engine in phase.engines)

    @property
    def open_cuts(self) -> tuple[Cut, ...]:
        """The cuts of all phases about which nothing is done."""
        return tuple(cut for phase in self.phases for cut in phase.open_cuts)

    @property
    def next_phase(self) -> PlannedPhase | None:
        """The first phase that is not merged whole; None after the last."""
        return next((phase for phase in self.phases if not phase.is_merged), None)

    @property
    def to_fix(self) -> tuple[PlannedStream, ...]:
        """The streams that `--write` would fix: those whose bus is known, and whose mode no answer can change."""
        return tuple(stream for stream in self.streams if stream.bus and not stream.is_fixed and not stream.waits)

    def exit_code(self) -> int:
        """1 for a failure, 4 while a question, a refusal or a cut is left to a person."""
        if self.problems:
            return FAILED
        left = self.questions or self.open_cuts or any(engine.left for engine in self.engines)
        return LEFT_TO_A_PERSON if left else DONE


def total(engines: Iterable[PlannedEngine]) -> Ledger:
    """The sum of the engines' ledgers."""
    return sum((engine.ledger for engine in engines), Ledger())
