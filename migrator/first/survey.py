"""What the scan says of each place before there is a configuration: its side, and what it sends and reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from codemods.model import Change, Question, StreamEnd, Verdict
from codemods.reading.contract import Contract
from codemods.settings import ENGINE_LOGIC, Engine, Route, Settings
from codemods.work import Scan, judge_scan, scan_engine
from migrator.attempt import attempt
from migrator.ends import all_ends
from migrator.first.places import Place, is_in

LEGACY, NATIVE, NEITHER = "legacy", "native", "neither"
ANY = "ANY"  # stands for an engine type and a message type that nobody knows yet


class Surveyed(Struct, frozen=True):
    """One place, as the scan sees it."""

    place: Place
    side: str  # legacy, native or neither
    ends: tuple[StreamEnd, ...] = ()
    buses: Mapping[str, str] = field(default_factory=dict)  # stream -> the bus that a native engine has it on
    questions: tuple[Question, ...] = ()  # about servers, and about names that only the run decides
    helpers: tuple[str, ...] = ()  # files outside of the place in which its clients are used
    problems: tuple[str, ...] = ()


def survey(
    place: Place, helpers: Sequence[str], texts: Mapping[str, bytes], settings: Settings, contract: Contract
) -> Surveyed:
    """What one place is; a fault in the work on it is a problem of this place alone.

    `helpers` are files of no place that it imports, and that may give it a client. They count as its own where it has
    no client by itself, and where one of its clients is used in them: else nothing but their place would be asked of.
    """
    alone = _survey(place, (), texts, settings, contract)
    own = [path for path in helpers if alone.side == NEITHER or path in alone.helpers]
    return _survey(place, own, texts, settings, contract) if own else alone


def _survey(
    place: Place, helpers: Sequence[str], texts: Mapping[str, bytes], settings: Settings, contract: Contract
) -> Surveyed:
    engine = Engine(place.path, ANY, (place.path, *helpers))
    # One route for everything: without a route, what stands behind a question would stay hidden.
    types = contract.bus_of or {ANY: ENGINE_LOGIC}
    settings = replace(settings, routes=(Route("*", message_type=next(iter(types))),))
    done = attempt(place.path, partial(_look, engine, texts, settings, replace(contract, bus_of=types)))
    if done.value is None:
        return Surveyed(place, LEGACY, problems=done.problems)
    scan, change = done.value
    uses = scan.court.uses if scan.court is not None else ()
    return Surveyed(
        place,
        side=_side(scan, change),
        ends=all_ends(scan),  # of what is refused, too: it may be mended
        buses={end.name: end.bus for end in scan.ends if end.bus},
        questions=tuple(map(_without_any, change.questions)),
        helpers=tuple(sorted({use.path for use in uses if not is_in(use.path, place.path)})),
        problems=tuple(file.reason for file in scan.failed),
    )


def _without_any(question: Question) -> Question:
    """A question whose suggestion is not the one route for everything."""
    return replace(question, suggestion=question.suggestion.replace('"*"', "..."))


def _look(engine: Engine, texts: Mapping[str, bytes], settings: Settings, contract: Contract) -> tuple[Scan, Change]:
    scan = scan_engine(engine, texts, settings, contract)
    return scan, judge_scan(scan, {})


def _side(scan: Scan, change: Change) -> str:
    """Legacy where something of the bus is not on the target yet; caches alone are on neither side."""
    uses = scan.court.uses if scan.court is not None else ()
    moving = any(client.verdict is not Verdict.KEEP for client in change.clients)
    if moving or scan.failed or any(use.wrapper is not None for use in uses):
        return LEGACY
    return NATIVE if any(use.kind.startswith("dual") for use in uses) else NEITHER


def native_streams(found: Sequence[Surveyed]) -> dict[str, tuple[str, str]]:
    """Stream -> its bus, and the place that has it there."""
    return {name: (bus, each.place.path) for each in found for name, bus in each.buses.items()}
