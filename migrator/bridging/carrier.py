"""Carries one lane: what was read is written together with its id, and acknowledged only then.

A read entry stays pending in the bridge's group until it was written, so nothing is lost where the bridge or a server
dies. The target keeps the id of the last entry in the same transaction as that entry, so nothing is written twice
while that key is there; where it is lost, what is written again has the same origin.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from migrator.bridging.failing import naming, told
from migrator.bridging.forms import UNFIT
from migrator.bridging.ids import ZERO, Order, order
from migrator.bridging.joining import Joining
from migrator.bridging.lanes import BRIDGE, Lane, Reader
from migrator.bridging.parties import Party
from migrator.bridging.portions import Portion, parts, weight
from migrator.bridging.removed import Removed
from migrator.bridging.writing import ANOTHER, Made, write
from migrator.errors import MigrateError
from migrator.live.urls import ServerUrl
from migrator.observing.finding import several

if TYPE_CHECKING:
    import redis

BLOCK = 500  # milliseconds that a read waits
PATIENCE = (0.1, 2.0)  # seconds before another try, at first and at most
CONSUMER = "bridge"
FIRST = b"0"
NEW = b">"
FAILING = "failing: "  # how a state begins that another try may end
GONE = "went from {} before they could be read: trimmed, or deleted"
UNFORMED = "of {} cannot be said in the form of the other side: a payload is no JSON object, or holds what no field can"

Entry = tuple[bytes, dict[bytes, bytes] | None]


class Counts(Struct, dict=True):
    """What one lane did since it was started. One thread writes, others read."""

    carried: int = 0
    passed: int = 0  # entries that none of its readers wants, and those that were carried here
    gone: int = 0  # entries that were trimmed or deleted before they could be read
    unfit: int = 0  # entries of its edges that have no form on the other side
    written_before: int = 0  # offered again after a failure, and there already
    failures: int = 0
    state: str = "starting"
    last: str = ""  # the id of the last entry that was looked at
    since: float = field(default_factory=time.monotonic)


class Turn:
    """One party's way through the source: what was read for it and not written yet."""

    def __init__(self, party: Party, group: str, earlier: Sequence[Party], removed: Removed) -> None:
        self.party, self.group, self.earlier, self.removed = party, group, tuple(earlier), removed
        self.looked = False  # for what went unread, since it last read something
        self.at = FIRST  # first what was read before and not acknowledged
        self.held: list[Entry] = []
        self.last = ZERO  # up to here it has read

    def take(self, bound: Order) -> list[Entry]:
        """What it holds up to an id; that is taken away from what it holds."""
        if order(self.last) <= bound:
            ready, self.held = self.held, []
            return ready
        ready = [entry for entry in self.held if order(entry[0]) <= bound]
        self.held = self.held[len(ready) :]
        return ready


class Carrier:
    """One lane at work, on two connections."""

    def __init__(self, lane: Lane, stop: threading.Event, say: Callable[[str], None]) -> None:
        self.lane, self.counts = lane, Counts()
        self._stop, self._say = stop, say
        self._source: redis.Redis
        self._target: redis.Redis

    def run(self, *, once: bool = False) -> None:
        """Carry until told to stop, through failures of either server; with `once`, until nothing is left to carry."""
        import redis

        wait = PATIENCE[0]
        while not self._stop.is_set():
            try:
                with (
                    naming(self.lane.source),
                    _open(self.lane.source) as self._source,
                    _open(self.lane.target) as self._target,
                ):
                    self._carry_all(once)
                return
            except redis.RedisError as error:
                self.counts.failures += 1
                self._become(f"{FAILING}{told(error)}")
                if once and self.counts.failures > 5:
                    raise MigrateError(f"{self.lane.edge}: {told(error)}") from None
                self._stop.wait(wait)
                wait = min(wait * 2, PATIENCE[1])

    def left_failing(self) -> str | None:
        """A sentence where it was stopped while a server gave no answer; None where it was not, or another carries."""
        state = self.counts.state
        if not state.startswith(FAILING) or state.endswith(ANOTHER):
            return None
        return f"{self.lane.edge}: stopped while it was {state}"

    def _become(self, state: str) -> None:
        if state != self.counts.state:
            self.counts.state = state
            self._say(f"{self.lane.edge}: {state}")

    def _carry_all(self, once: bool) -> None:
        joining = Joining(self.lane, self._source, self._target)
        turns: dict[int, Turn] = {}
        now: list[Turn] = []
        self._portion = Portion()  # after a failure it is measured anew
        while not self._stop.is_set():
            asked, found = now, self._read_all(now, wait=not once)
            there, away = joining.look()  # right before something is written for them
            for party in there:
                if party.rank not in turns:
                    turns[party.rank] = self._turn(party, joining)
            now = [turns[party.rank] for party in there]
            self._carry_all_read(now)
            state = waits_for(self.lane, away)
            if asked or not now:
                self._become(state)
            if once and asked == now and not found:
                if away:
                    raise MigrateError(f"{self.lane.edge}: {state}")
                self._become("done: nothing is left to carry")
                return
            if not now:
                self._stop.wait(PATIENCE[1])
        self._become("stopped")

    def _turn(self, party: Party, joining: Joining) -> Turn:
        group = joining.group(party)
        removed = Removed(self._source, self.lane.source_stream, group)
        return Turn(party, group, joining.parties[: party.rank - 1], removed)

    def _read_all(self, turns: Sequence[Turn], *, wait: bool) -> bool:
        """Read for each party; False where nothing is left. With `wait`, wait for a moment where nothing is there."""
        wait = wait and all(turn.at == NEW and not turn.held for turn in turns)
        found = [self._read(turn, turns, BLOCK if wait and turn is turns[0] else 0) for turn in turns]
        return any(found)

    def _carry_all_read(self, turns: Sequence[Turn]) -> None:
        """Write what all of them have read up to, in the order of the source."""
        bound = min((order(turn.last) for turn in turns), default=(0, 0))
        self._carry([(turn, entries) for turn in turns if (entries := turn.take(bound))])

    def _read(self, turn: Turn, turns: Sequence[Turn], block: int) -> bool:
        """Read for one party, unless it holds something still; whether anything may follow."""
        if turn.held:
            return True
        if not turn.looked:
            turn.looked = True
            self._tell("gone", turn.removed.look(), GONE)
        known = max((each.last for each in turns), key=order)
        stream, count = self.lane.source_stream, self._portion.count
        reply: Any = self._source.xreadgroup(turn.group, CONSUMER, {stream: turn.at}, count=count, block=block or None)
        turn.held = list(reply[0][1]) if reply else []
        if turn.held:
            self._portion.learn(weight(fields) for _, fields in turn.held)
            turn.last = turn.held[-1][0]
            if turn.at == NEW:
                turn.removed.passed(len(turn.held))
                turn.looked = False
        elif turn.at == NEW:
            turn.last = max(turn.last, known, key=order)  # somebody was given all of it
            return False
        else:
            turn.at = NEW
        return True

    def _tell(self, name: str, count: int, what: str) -> None:
        """Count what is not carried, and say so: of many, each time that they are ten times as many."""
        before = getattr(self.counts, name)
        setattr(self.counts, name, before + count)
        if count and (not before or len(str(before + count)) > len(str(before))):
            where = f"{self.lane.source_stream} on {self.lane.source.name}"
            self._say(f"{self.lane.edge}: lost: {several(before + count, 'entry', 'entries')} {what.format(where)}")

    # writing

    def _carry(self, ready: Sequence[tuple[Turn, Sequence[Entry]]]) -> None:
        """Write what is wanted, in transactions with the last ids; then acknowledge all that was read."""
        made: list[Made] = []
        unfit: list[bytes] = []
        origin = self.lane.origin
        looked = {number for _, entries in ready for number, fields in entries if fields}
        for turn, entries in ready:
            for number, fields in entries:
                at = order(number)
                new = turn.party.made_of(at, number, fields, origin + number, turn.earlier) if fields else None
                if new:
                    made.append((at, turn.party.rank, number, new))
                elif new is UNFIT:
                    unfit.append(number)
        if made:
            for turn, entries in ready:
                self._check_turn(turn, entries[0][0])
            self._write(sorted(made, key=lambda each: each[:2]) if len(ready) > 1 else made)
        for turn, entries in ready:
            self._source.xack(self.lane.source_stream, turn.group, *(number for number, _ in entries))
            self.counts.last = entries[-1][0].decode()
            self._tell("gone", sum(not fields for _, fields in entries), GONE)
        self._tell("unfit", len(unfit), UNFORMED)
        self.counts.passed += len(looked - {number for _, _, number, _ in made} - set(unfit))

    def _write(self, made: Sequence[Made]) -> None:
        for part in parts(made, [weight(fields) for *_, fields in made]):
            with naming(self.lane.target):
                count = write(self._target, self.lane, part)
            self.counts.carried += count
            self.counts.written_before += len(part) - count

    def _check_turn(self, turn: Turn, first: bytes) -> None:
        """Write nothing before what another bridge has read and not written: its entries would count as written.

        What is smaller was read before, so that none can become pending after this.
        """
        import redis

        waits: Any = self._source.xpending(self.lane.source_stream, turn.group)
        if waits["min"] is not None and order(waits["min"]) < order(first):
            raise redis.ResponseError(ANOTHER)


def waits_for(lane: Lane, absent: Sequence[Reader]) -> str:
    """The state of a lane: it carries, or waits for readers."""
    if not absent:
        return "carries"
    who = " or ".join(dict.fromkeys(reader.name for reader in absent))
    return (
        f"waits: no group of {who} reads {lane.target_stream} on {lane.target.name} now; start it, or name its group "
        "there as `new_group` of the edge in engines.yaml"
    )


def _open(server: ServerUrl) -> redis.Redis:
    """A client that never asks twice: sent again behind our back, a read would skip what the first one took."""
    with naming(server):
        return server.opened(single_connection_client=True, client_name=BRIDGE)
