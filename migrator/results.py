"""What a run has to say, as values: a status for each engine, and the exit code of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from codemods.model import Change, FileOutcome
from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON, WOULD_CHANGE
from migrator.planning.gate import Gate
from migrator.streams import Mode

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is."""


PASSED = "passed"


class Status(StrEnum):
    """What became of one engine in a run."""

    COMMITTED = "committed"  # its branch holds a new commit
    WOULD_COMMIT = "would-commit"  # the same, in a dry run
    UNCHANGED = "unchanged"  # its branch holds exactly this already, on this base
    NOTHING = "nothing"  # no legacy use to move
    LEFT = "left"  # every bus site is asked or refused
    DEFERRED = "deferred"  # engines.yaml says: not now
    BLOCKED = "blocked"  # its branch cannot be moved, and the one beside it neither
    FAILED = "failed"


STOPPED = (Status.BLOCKED, Status.FAILED)


class OwnTests(Struct, frozen=True):
    """What an engine's own tests said of its change."""

    command: str = ""  # as engines.yaml has it; "" where it has none
    outcome: str = ""  # "passed", or how the command ended otherwise
    seconds: float = 0.0
    log: str = ""  # the file that holds all of the output
    last: tuple[str, ...] = ()  # its last lines

    @property
    def passed(self) -> bool:
        """Whether they ended with 0 within their limits."""
        return self.outcome == PASSED


class EngineResult(Struct, frozen=True):
    """One engine's part of a run: its status, its branch, and the change it comes from."""

    engine: str
    phase: int
    status: Status
    branch: str
    change: Change
    commit: str | None = None  # the tip of its branch, where the run knows it
    problems: tuple[str, ...] = ()  # why it failed, is blocked or deferred: one sentence each
    trace: str = ""  # the traceback of what nobody expected
    tests: OwnTests | None = None  # None: they were not run
    destinations: tuple[str, ...] = ()  # a line for each topic or stream that moves: what becomes of it, on which bus
    test_command: str = ""  # what a person types at the top of the repository to run its own tests
    unsigned: str = ""  # why its commit has no signature, where git's configuration asks for one
    pushed: str = ""  # the remote that has its branch at this commit, where the run was asked to push
    unpushed: str = ""  # why it has not: one sentence
    on_top: int = 0  # commits of a person's above the unchanged one
    beside: str | None = None  # the branch that holds a person's commits, where the result stands beside it
    advice: tuple[str, ...] = ()  # the commands that bring the two together

    @property
    def failed_files(self) -> tuple[FileOutcome, ...]:
        """The files that could not be read."""
        return tuple(file for file in self.change.files if file.status == "failed")

    @property
    def failed(self) -> bool:
        """Whether it failed, was stopped, failed a proof, was not pushed, or has a file that could not be read."""
        return self.status in STOPPED or bool(self.failed_files or self.change.faults or self.unpushed)

    @property
    def left_to_a_person(self) -> bool:
        """Whether a question, an ask, a refusal, or a branch that holds a person's commits is left."""
        return bool(self.change.questions or self.change.ledger.ask or self.change.ledger.refuse or self.advice)


class Run(Struct, frozen=True):
    """The whole result: the base and the configuration it comes from, and each engine in order."""

    base: str  # the full id of the base commit
    config: str  # the sha256 of engines.yaml
    dry_run: bool
    engines: tuple[EngineResult, ...]
    originals: Mapping[str, bytes] = field(default_factory=dict)  # what changed files held at the base
    modes: Mapping[str, Mode] = field(default_factory=dict)  # of every raw stream in the repository
    base_name: str = ""  # as the command line or engines.yaml names it
    gates: tuple[Gate, ...] = ()  # of the phases that must not begin yet
    goes_on: str = ""  # the option by which they hold nothing back: --force or --all
    probe: str = ""  # what to know of the target client first: it fails a probe, or has not been probed

    @property
    def is_held(self) -> bool:
        """Whether nothing was begun, because of the gates."""
        return bool(self.gates) and not self.goes_on and not self.dry_run

    @property
    def texts(self) -> dict[str, bytes]:
        """All new texts, of the engines that did not fail."""
        sound = (result for result in self.engines if result.status is not Status.FAILED)
        return {path: text for result in sound for path, text in result.change.texts.items()}

    @property
    def own_modes(self) -> dict[str, Mode]:
        """The modes of those raw streams that the engines of this run have an end of."""
        names = {end.name for result in self.engines for end in result.change.ends if end.kind == "stream"}
        return {name: self.modes[name] for name in sorted(names & self.modes.keys())}

    def exit_code(self, *, tell_changes: bool = False) -> int:
        """1 before 4, 4 before 3; 3 only for a dry run that was asked to tell."""
        if any(result.failed for result in self.engines) or (self.gates and not self.goes_on):
            return FAILED
        if any(result.left_to_a_person for result in self.engines):
            return LEFT_TO_A_PERSON
        if tell_changes and any(result.status is Status.WOULD_COMMIT for result in self.engines):
            return WOULD_CHANGE
        return DONE
