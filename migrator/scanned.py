"""What a scan has to say, as values: each engine's state and verdicts, the graph of streams, the exit code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change, FileOutcome, Ledger, Question, Site
from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON
from migrator.graph import Graph
from migrator.report.findings import merged_questions


class EngineScan(Struct, frozen=True):
    """What was found in one engine, and how far it is."""

    engine: str
    phase: int | None
    state: str  # legacy: it has bus use to move; moved; none: no bus use at all; deferred; failed
    change: Change
    problems: tuple[str, ...] = ()
    trace: str = ""
    uses_target: bool = False

    @property
    def failed_files(self) -> tuple[FileOutcome, ...]:
        """The files that could not be read."""
        return tuple(file for file in self.change.files if file.status == "failed")

    @property
    def warnings(self) -> int:
        """How many there are; a file that does not parse is one, for it could never have worked."""
        sites = sum(len(site.warnings) for site in self.change.sites)
        return sites + sum(bool(broken_file(file)) for file in self.failed_files)

    @property
    def progress(self) -> str:
        """How far the engine is: what a run of its phase would leave of it."""
        if self.state in OF_STATE:
            return OF_STATE[self.state]
        ledger = self.change.ledger
        if ledger.ask or self.change.questions:
            return "questions"
        return "held" if ledger.refuse or ledger.suppressed else "ready"


OF_STATE = {"moved": "done", "none": "done", "deferred": "deferred", "failed": "failed"}
PROGRESS = ("ready", "questions", "held", "deferred", "failed", "done")


def broken_file(file: FileOutcome) -> tuple[str, ...]:
    """The warning on a file that could never have been imported."""
    return ("broken: it does not parse",) if "does not parse" in file.reason else ()


class Scanned(Struct, frozen=True):
    """The whole result: what was asked for in detail, the state of all engines, and the graph."""

    engines: tuple[EngineScan, ...]  # those asked for, by phase and name; the files of no engine last
    campaign: tuple[EngineScan, ...]  # every engine, whatever was asked for
    graph: Graph
    phases: tuple[int, ...]
    base: str  # the commit that was read
    idle: tuple[str, ...] = ()  # a sentence for each answer of engines.yaml that no question asks for any more
    chosen: frozenset[str] | None = None  # the engines that were asked for; None: all
    probe: str = ""  # what to know of the target client first: it fails a probe, or has not been probed

    @property
    def states(self) -> Mapping[str, str]:
        """How far every engine is, those that were not asked for too."""
        return {each.engine: each.state for each in self.campaign}

    def progress(self, phase: int) -> Mapping[str, int]:
        """How many engines of a phase are how far; what none is, is left out."""
        count = Counter(each.progress for each in self.campaign if each.phase == phase)
        return {word: count[word] for word in PROGRESS if count[word]}

    @property
    def questions(self) -> list[Question]:
        """Each open question once, with the sites of all engines that ask it."""
        merged = merged_questions(engine.change for engine in self.engines)
        ordered = (replace(each, sites=tuple(sorted(each.sites, key=_place))) for each in merged)
        return sorted(ordered, key=lambda each: each.id)

    @property
    def ledgers(self) -> dict[str, Ledger]:
        """The ledger of each file that has a site, over all engines that reach it."""
        found: dict[str, Ledger] = defaultdict(Ledger)
        for engine in self.engines:
            for path, ledger in engine.change.ledgers.items():
                found[path] += ledger
        return found

    @property
    def ledger(self) -> Ledger:
        """The total of what was asked for."""
        return total(self.engines)

    @property
    def unknown(self) -> list[str]:
        """A sentence for each failure, and for each file that cannot be read."""
        problems = [problem for engine in self.engines for problem in engine.problems]
        files = {file.path: file for engine in self.engines for file in engine.failed_files}
        return [*problems, *(f"{files[path].reason}; what it asks is not known" for path in sorted(files))]

    def exit_code_of_questions(self) -> int:
        """1 for a failure or a file that cannot be read, 4 while a question is open."""
        if any(engine.problems or engine.failed_files for engine in self.engines):
            return FAILED
        return LEFT_TO_A_PERSON if self.questions else DONE

    def exit_code(self) -> int:
        """1 for a failure or a file that cannot be read, 4 for what is left to a person."""
        if any(engine.problems or engine.failed_files for engine in self.engines):
            return FAILED
        ledger = self.ledger
        return LEFT_TO_A_PERSON if ledger.ask or ledger.refuse or self.questions else DONE


def total(engines: Iterable[EngineScan]) -> Ledger:
    """The sum of the engines' ledgers."""
    return sum((engine.change.ledger for engine in engines), Ledger())


def site_order(site: Site) -> tuple[str, int, int, str, str, str, str]:
    """What sites are sorted by, over all engines."""
    return site.path, site.line, site.column, site.kind, site.engine, site.client, site.reason


def _place(where: str) -> tuple[str, int]:
    path, _, line = where.rpartition(":")
    return path, int(line) if line.isdigit() else 0
