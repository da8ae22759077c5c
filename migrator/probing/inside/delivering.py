"""Probes of what a subscription is given: no other types, every message, nothing from before, nothing lost."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from .bench import PATIENCE, SETTLE, Bench, subscribe, until
from .verdicts import Verdict, failed, not_run, over_buses, passed

MANY = 20
LOST = 4  # of them may be lost on the way, which is for `sparse` to say; two that share have ten each
SPARSE = 60  # messages for each receiver, one about every 50 ms
SPACING = 0.1  # seconds between two of them at most
RECEIVERS = 4  # engines on each bus: 480 deliveries, of which 18 are lost where one in 26 is


async def filtering(bench: Bench) -> Verdict:
    """A handler that subscribed to one type is given that type alone."""
    return over_buses({bus: await _filtering(bench, bus) for bus in bench.open_buses})


async def _filtering(bench: Bench, bus: str) -> Verdict:
    types = bench.travelling(bus)
    if len(types) < 2:
        return not_run("a single message type arrives here, so there is nothing to tell it from")
    receiver, sender = await bench.pair(bus)
    wanted, *others = types
    inbox = bench.inbox()
    await subscribe(receiver, bus, [wanted], inbox.handler)
    for other in others[:3]:
        await bench.send(sender, other, "other")
    await bench.send(sender, wanted, "wanted", range(3))
    await until(lambda: inbox.count("wanted") > 0)
    await asyncio.sleep(SETTLE)
    alien = sum(tag == "other" for tag, _ in inbox.got)
    if alien:
        names = ", ".join(each.name for each in others[:3])
        return failed(f"a handler that subscribed to {wanted.name} was given {alien} messages of {names}")
    if not inbox.got:
        return failed(f"a subscription to {wanted.name} alone is given nothing")
    return passed("a handler is given only the types that it subscribed to")


async def fan_out(bench: Bench) -> Verdict:
    """Two subscriptions of one client to the same type both get every message."""
    return over_buses({bus: await _fan_out(bench, bus) for bus in bench.open_buses})


async def _fan_out(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted = bench.travelling(bus)[0]
    first, second = bench.inbox(), bench.inbox()
    for inbox in (first, second):
        await subscribe(receiver, bus, [wanted], inbox.handler)
    await bench.send(sender, wanted, "many", range(MANY))
    await until(lambda: first.count("many") == second.count("many") == MANY)
    got = first.count("many"), second.count("many")
    if min(got) < MANY - LOST:
        return failed(f"of {MANY} messages one subscription was given {got[0]}, the other {got[1]}")
    return passed(f"two subscriptions were given {got[0]} and {got[1]} of {MANY} messages")


async def instances(bench: Bench) -> Verdict:
    """Two instances of one engine: every message is handled by one of them, or by both."""
    return over_buses({bus: await _instances(bench, bus) for bus in bench.open_buses[-1:]})


async def _instances(bench: Bench, bus: str) -> Verdict:
    wanted = bench.travelling(bus)[0]
    one, other = await bench.client(0, "probe-1"), await bench.client(0, "probe-2")
    sender = one if bench.passages[bus].is_own_only else await bench.client(1)
    first, second = bench.inbox(), bench.inbox()
    await subscribe(one, bus, [wanted], first.handler)
    await subscribe(other, bus, [wanted], second.handler)
    await bench.send(sender, wanted, "many", range(MANY))
    await until(lambda: first.count("many") + second.count("many") >= MANY)
    await asyncio.sleep(SETTLE)
    got = first.count("many"), second.count("many")
    whole = {number for inbox in (first, second) for _, number in inbox.got}
    if len(whole) < MANY:
        return failed(f"two instances of one engine were given {len(whole)} of {MANY} messages")
    if got == (MANY, MANY):
        return passed(f"two instances of one engine were each given {MANY} of {MANY} messages")
    if sum(got) > MANY:
        return failed(
            f"two instances of one engine were given {got[0]} and {got[1]} of {MANY} messages, some of them both"
        )
    return passed(f"two instances of one engine share its messages: {got[0]} and {got[1]} of {MANY}")


async def first_start(bench: Bench) -> Verdict:
    """A first subscription begins with what is published after it."""
    return over_buses({bus: await _first_start(bench, bus) for bus in bench.open_buses})


async def _first_start(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted = bench.travelling(bus)[0]
    await bench.send(sender, wanted, "old", range(3))
    inbox = bench.inbox()
    await subscribe(receiver, bus, [wanted], inbox.handler)
    await bench.send(sender, wanted, "new", range(3))
    await until(lambda: inbox.count("new") > 0)
    await asyncio.sleep(SETTLE)
    if inbox.count("old"):
        return failed(f"a first subscription was given {inbox.count('old')} of 3 messages from before it")
    return passed("a first subscription begins with what is published after it")


async def sparse(bench: Bench) -> Verdict:
    """Messages that come one by one arrive, whatever the reader does between them."""
    found = await asyncio.gather(*(_sparse(bench, bus) for bus in bench.open_buses))
    return over_buses(dict(zip(bench.open_buses, found, strict=True)))


async def _sparse(bench: Bench, bus: str) -> Verdict:
    wanted = bench.travelling(bus)[0]
    _, sender = await bench.pair(bus)
    inboxes = {}
    for engine in _receivers(bench, bus):
        inboxes[engine] = bench.inbox()
        await subscribe(await bench.client(engine), bus, [wanted], inboxes[engine].handler)
    pauses = random.Random(7)
    for number in range(SPARSE):
        await bench.send(sender, wanted, "sparse", [number])
        await asyncio.sleep(pauses.uniform(0, SPACING))
    total = SPARSE * len(inboxes)

    def arrived() -> int:
        return sum(inbox.count("sparse") for inbox in inboxes.values())

    await until(lambda: arrived() == total, PATIENCE)
    if arrived() < total:
        return failed(f"{total - arrived()} of {total} messages were lost at 0 to {SPACING * 1000:.0f} ms spacing")
    return passed(f"{total} of {total} messages arrived at 0 to {SPACING * 1000:.0f} ms spacing")


def _receivers(bench: Bench, bus: str) -> list[Any]:
    """The engines that receive, by number: none but the sender where nobody else gets anything."""
    if bench.passages[bus].is_own_only:
        return [0]
    return [0, *range(2, min(len(bench.engines), RECEIVERS + 1))]
