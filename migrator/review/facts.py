"""Everything that a review shows, as values: engines with their files and hunks, the campaign, the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from codemods.model import Question
from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON
from migrator.report import findings
from migrator.results import EngineResult
from migrator.review.hunks import Hunk, ends_of
from migrator.review.picture import Picture
from migrator.scanned import EngineScan


class ReviewedFile(Struct, frozen=True):
    """One file: its hunks, and both texts for the colours."""

    path: str
    old: str
    new: str
    hunks: tuple[Hunk, ...]
    is_new: bool = False
    by_hand: frozenset[str] = frozenset()  # ids of hunks that a run of the tool would not make
    lacking: int = 0  # hunks that a run of the tool would make, and the branch does not have

    @property
    def changes(self) -> bool:
        """Whether anything of it changes; else it is shown for what is left in it."""
        return any(hunk.changes for hunk in self.hunks)

    @property
    def ends(self) -> str:
        """How the line ends change, which no hunk shows; "" where they do not."""
        before, after = ends_of(self.old), ends_of(self.new)
        return "" if before == after or not (self.old and self.new) else f"The line ends change: {before} to {after}."

    @property
    def added(self) -> int:
        """How many lines come."""
        return sum(len(block.new) for hunk in self.hunks for block in hunk.blocks if not block.stays)

    @property
    def removed(self) -> int:
        """How many lines go."""
        return sum(len(block.old) for hunk in self.hunks for block in hunk.blocks if not block.stays)


class ReviewedEngine(Struct, frozen=True):
    """One engine: what a run of it gives, and its files in the order in which they are read."""

    result: EngineResult
    files: tuple[ReviewedFile, ...]
    ways: tuple[str, ...] = ()  # what goes where, one sentence each

    @property
    def name(self) -> str:
        """The name of the engine."""
        return self.result.engine

    @property
    def questions(self) -> Sequence[Question]:
        """What is asked of it."""
        return self.result.change.questions

    @property
    def left(self) -> list[str]:
        """What a person has to decide: refusals, and what a comment or engines.yaml keeps."""
        change = self.result.change
        return [*findings.refusals(change), *findings.suppressions(change), *findings.unread(change)]

    @property
    def warnings(self) -> list[str]:
        """What is broken, or runs for the first time."""
        return findings.warnings(self.result.change)

    @property
    def apart(self) -> list[str]:
        """Where a branch and a run differ: one sentence for each such file."""
        return [
            f"{file.path}: hunks that a run would not make: {len(file.by_hand)}; that only a run makes: {file.lacking}"
            for file in self.files
            if file.by_hand or file.lacking
        ]

    @property
    def closest(self) -> str:
        """How closely to look: as the codemods that changed it ask for, the closest of them; "-" where none did."""
        from codemods.codemod import find

        looks = {find(name).review for file in self.files for hunk in file.hunks for name in hunk.codemods}
        return next((look for look in ("think", "read", "glance") if look in looks), "-")


class Review(Struct, frozen=True):
    """The whole review."""

    base: str
    config: str  # the hash of engines.yaml
    title: str
    engines: tuple[ReviewedEngine, ...]
    campaign: tuple[EngineScan, ...]
    pictures: tuple[Picture, ...]
    phases: tuple[int, ...]
    live: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # file -> what observe or verify saw
    beside: tuple[str, ...] = ()  # what a branch changes and the review does not show: all that is no Python

    @property
    def hunks(self) -> int:
        """How many there are to look at."""
        return sum(len(file.hunks) for engine in self.engines for file in engine.files)

    def exit_code(self) -> int:
        """1 for an engine that failed, 4 for what is left to a person."""
        if any(engine.result.failed for engine in self.engines):
            return FAILED
        return LEFT_TO_A_PERSON if any(engine.result.left_to_a_person for engine in self.engines) else DONE

    @property
    def questions(self) -> list[Question]:
        """Each open question once."""
        return findings.merged_questions(engine.result.change for engine in self.engines)
