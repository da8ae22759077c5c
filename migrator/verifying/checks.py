"""The checks of a migrated engine, as a table: what each asks, and the function that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from codemods.settings import BUSES, ENGINE_LOGIC, MARKETDATA
from migrator.live.commands import ACL
from migrator.live.servers import MAIN
from migrator.live.urls import NAMES
from migrator.observing.finding import listed
from migrator.verifying import receiving, sending, servers
from migrator.verifying.evidence import Evidence
from migrator.verifying.outcome import FAILED, PASSED, Outcome, failed, not_told, passed


class Check(Struct, frozen=True):
    """One check: its id, what it asks, and how that is judged."""

    id: str
    asks: str
    judge: Callable[[Evidence], Outcome]
    needs: tuple[str, ...] = ()  # servers without which nothing can be said to hold
    counts: bool = False  # INFO alone tells; else connections, streams and messages of these servers are looked at
    of_move: bool = True  # it asks what only an engine that has moved can do: of another, that it holds says nothing


def moved(evidence: Evidence) -> Outcome:
    """Whether the code that was read is the code that has moved."""
    merge = evidence.known.merges.get(evidence.engine.name)
    if merge is None:
        return not_told("the code was not read", "mend what stands above")
    if merge.merged:
        return passed(merge.reason)
    return failed(merge.reason, ["merge its branch, or name what runs with --base REV"])


def health(evidence: Evidence) -> Outcome:
    """Whether the engine's routes answer as they did before."""
    then = evidence.before.health.get(evidence.engine.name) if evidence.before else None
    if not then:
        return not_told(
            "no statuses from before", "type: migrate observe --health --save FILE, before the engine moves"
        )
    changed = [
        f"{route}: {evidence.health.get(route, 0) or 'no answer'}, {status or 'no answer'} before"
        for route, status in then.items()
        if evidence.health.get(route, 0) != status
    ]
    if changed:
        return failed(f"{len(changed)} of {len(then)} routes answer otherwise", changed)
    return passed(f"{len(then)} routes answer as before" if len(then) > 1 else "its one route answers as before")


CHECKS = (
    Check("moved", "the code that was read has moved", moved, of_move=False),
    Check("counters", "the servers' counters went on since --before", servers.counters, of_move=False),
    Check("main-cpu", "the main server has no more to do than before", servers.main_cpu, of_move=False),
    Check("off-main", "no connection on main but for a cache", servers.off_main, (MAIN,)),
    Check("on-marketdata", "it is connected to the market data bus", partial(servers.on_bus, MARKETDATA)),
    Check("on-engine-logic", "it is connected to the engine logic bus", partial(servers.on_bus, ENGINE_LOGIC)),
    Check("failed-reads", "no XREADGROUP fails", servers.failed_reads, NAMES, counts=True, of_move=False),
    Check("new-errors", "no new kind of error", servers.new_errors, NAMES, counts=True, of_move=False),
    Check("subscribed", "each subscription of the code is a group with a live consumer", receiving.subscribed, BUSES),
    Check("pending", "nothing that it was given stays unacknowledged", receiving.pending, BUSES),
    Check("left-behind", "nothing waits for it in an old group on main", receiving.left_behind, (MAIN,)),
    Check("published", "what it publishes is seen on the right bus", sending.published, BUSES),
    Check("envelope", "what it publishes has the form that readers expect", sending.envelope, BUSES),
    Check("read", "somebody alive reads what it publishes", sending.read, BUSES),
)
"""Those that are always made; in the order in which a failure explains the next ones."""

HEALTH = Check("health", "its routes answer with the statuses from before", health, of_move=False)
"""With --health."""


def judge(evidence: Evidence, checks: tuple[Check, ...] = CHECKS) -> Iterator[Outcome]:
    """The outcome of each check."""
    for check in checks:
        outcome = check.judge(evidence)
        if outcome.state == PASSED and (doubt := _doubt(check, evidence)) is not None:
            outcome = not_told(f"{doubt.figures}: {outcome.figures}", *doubt.causes)
        yield replace(outcome, check=check.id, asks=check.asks)


def _doubt(check: Check, evidence: Evidence) -> Outcome | None:
    """Why it says nothing that a check holds; None where it does."""
    if check.of_move and moved(evidence).state == FAILED:
        return not_told("the code that was read has not moved; as it is", "see to what `moved` says")
    if missing := [server for server in check.needs if server not in evidence.views]:
        return not_told(f"{listed(missing)} was not asked; elsewhere", servers.NAME_IT)
    if not check.counts and (denied := [server for server in check.needs if server in evidence.denied]):
        return not_told(f"{why_denied(evidence, denied)}; elsewhere", f"{MAY_ASK}{ACL}")
    return None


MAY_ASK = "let it, on each of these servers: ACL SETUSER NAME "


def why_denied(evidence: Evidence, names: Iterable[str]) -> str:
    """What could not be asked of servers."""
    return listed(f"on {name} its user may not run {listed(evidence.denied[name])}" for name in names)
