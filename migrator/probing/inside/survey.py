"""What travels at all: every message type is subscribed and published once, from another engine and from its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any

from .bench import BUSES, PATIENCE, Bench, Inbox, Passage, subscribe, told, until
from .verdicts import Verdict, failed, not_run, over_buses, passed

ROUNDS = 3  # a client may lose a message now and then; one that never comes is another matter
Found = dict[str, Any]


async def connect(bench: Bench) -> Found:
    """Where the client says that the server of each bus is, and in which database; nothing is sent."""
    client = await bench.client(0)
    servers = {bus: _server(client, bus) for bus in BUSES}
    return {
        "addresses": [[each["host"], int(each["port"]), bus] for bus, each in servers.items() if "host" in each],
        "databases": {bus: int(each.get("db") or 0) for bus, each in servers.items()},
    }


async def survey(bench: Bench) -> Found:
    """For each bus: the types that arrive from another engine and from the own one, and what was raised."""
    receiver = await bench.client(0)
    sender = await bench.client(1) if len(bench.engines) > 1 else None
    found = await asyncio.gather(*(_of_bus(bench, bus, receiver, sender) for bus in BUSES))
    return {"buses": dict(zip(BUSES, found, strict=True))}


def _server(client: Any, bus: str) -> dict[str, Any]:
    """What the client's connections of this bus are made with."""
    pool = getattr(getattr(client, f"{bus}_client", None), "connection_pool", None)
    server: dict[str, Any] = getattr(pool, "connection_kwargs", {})
    return server if {"host", "port"} <= server.keys() else {}


async def _of_bus(bench: Bench, bus: str, receiver: Any, sender: Any) -> Found:
    types, inbox = bench.types_of(bus), bench.inbox()
    raised = await _subscribe_all(receiver, bus, types, inbox)
    from_other = await _arriving(bench, sender, types, inbox, "other", raised) if sender else []
    rest = [each for each in types if each.name not in from_other]
    from_own = await _arriving(bench, receiver, rest, inbox, "own", raised) if rest else []
    return {"other": from_other, "own": from_own, "all": [each.name for each in types], "raised": raised}


async def _subscribe_all(receiver: Any, bus: str, types: list[Any], inbox: Inbox) -> dict[str, str]:
    """One subscription to all types, or where that raises one to each; what those raised."""
    raised: dict[str, str] = {}
    try:
        await subscribe(receiver, bus, types, inbox.handler)
    except Exception:
        for each in types:
            try:
                await subscribe(receiver, bus, [each], inbox.handler)
            except Exception as error:
                raised[each.name] = told(error)
    return raised


async def _arriving(
    bench: Bench, sender: Any, types: Iterable[Any], inbox: Inbox, tag: str, raised: dict[str, str]
) -> list[str]:
    """The names of the types that arrived; those that did not are sent again."""
    missing = {each.name: each for each in types}
    for number in range(ROUNDS):
        for name, each in missing.items():
            try:
                await bench.send(sender, each, f"{tag}_{name}", [number])
            except Exception as error:
                raised.setdefault(name, told(error))

        patience = PATIENCE if number == 0 else PATIENCE / 2
        is_done = await until(partial(_has_all, inbox, [f"{tag}_{name}" for name in missing]), patience)
        missing = {name: each for name, each in missing.items() if not inbox.count(f"{tag}_{name}")}
        if is_done:
            break
    return [each.name for each in types if each.name not in missing]


def _has_all(inbox: Inbox, tags: list[str]) -> bool:
    return all(map(inbox.count, tags))


def passages_of(found: Found) -> dict[str, Passage]:
    """What the probes may use of each bus."""
    return {
        bus: Passage(tuple(each["other"] or each["own"]), not each["other"]) for bus, each in found["buses"].items()
    }


def delivery(bench: Bench, found: Found) -> Verdict:
    """Whether what one engine sends reaches another."""
    if len(bench.engines) < 2:
        return not_run("EngineType has a single member, so there is no other engine to send to")
    sender, receiver = bench.engines[1].name, bench.engines[0].name
    return over_buses({bus: _delivery(each, sender, receiver) for bus, each in found["buses"].items()})


def _delivery(each: Found, sender: str, receiver: str) -> Verdict:
    other, own, types = each["other"], each["own"], each["all"]
    if not types:
        return not_run("no message type goes to this bus")
    if not other and own:
        return failed(
            f"0 of {len(own)} message types get from {sender} to {receiver}, and all {len(own)} come back to the "
            "engine that sent them"
        )
    if not other:
        why = next(iter(each["raised"].values()), "nothing was raised")
        return failed(f"none of {len(types)} message types arrives anywhere ({why})")
    if own:
        return failed(f"{', '.join(own)} reach only the engine that sent them, not another one", own)
    return passed(f"{len(other)} message types get from {sender} to {receiver}")


def subscribable(found: Found) -> Verdict:
    """Whether every type that can be published is delivered to whoever subscribes to it."""
    every = [name for each in found["buses"].values() for name in each["all"]]
    dead = [bus for bus, each in found["buses"].items() if each["all"] and not each["other"] + each["own"]]
    raised = {name: text for each in found["buses"].values() for name, text in each["raised"].items()}
    lost = [
        name
        for bus, each in found["buses"].items()
        if bus not in dead
        for name in each["all"]
        if name not in each["other"] + each["own"]
    ]
    if len(dead) == len(found["buses"]):
        return not_run("nothing arrives on either bus; see delivery")
    if lost:
        why = f"; {lost[0]}: {raised[lost[0]]}" if lost[0] in raised else ""
        said = f"{len(lost)} of {len(every)} message types are published and never delivered: {', '.join(lost)}{why}"
        return failed(said, lost)
    return passed(f"{len(every)} of {len(every)} message types are delivered")
