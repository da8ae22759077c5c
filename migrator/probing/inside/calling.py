"""Probes of how the client is called: payloads, wrong arguments, handlers that are no coroutines or raise."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from .bench import PATIENCE, SETTLE, Bench, Inbox, subscribe, told, until
from .verdicts import Verdict, failed, not_run, over_buses, passed

TOPIC = "ml.prediction.result"


class Colour(Enum):
    """An enum of the probe's own."""

    RED = "red"


@dataclass
class Point:
    """A dataclass of the probe's own."""

    x: int


VALUES: dict[str, Any] = {
    "datetime": datetime(2025, 1, 31, 12, 30),
    "Decimal": Decimal("1.10"),
    "bytes": b"abc",
    "Enum": Colour.RED,
    "dataclass": Point(1),
}
TEXTS = {"datetime": ("2025-01-31",), "Decimal": ("1.1",), "bytes": ("abc", "YWJj"), "Enum": ("red", "RED")}
"""What tells that a value of this kind is still there."""


async def payloads(bench: Bench) -> Verdict:
    """What publish_message takes arrives; what it cannot express it refuses to the caller's face."""
    if not bench.open_buses:
        return not_run("nothing arrives on either bus; see delivery")
    bus = bench.open_buses[-1]
    receiver, sender = await bench.pair(bus)
    wanted, inbox = bench.travelling(bus)[0], bench.inbox()
    await subscribe(receiver, bus, [wanted], inbox.handler)
    refused, taken = await _publish_values(bench, sender, wanted)
    await bench.send(sender, wanted, "after", range(3))
    await until(lambda: inbox.count("after") > 0 and all(inbox.count(name) for name in taken))
    lost = [name for name in taken if not _is_whole(name, inbox)]
    if lost:
        return failed(f"publish_message takes {', '.join(lost)} in a payload, raises nothing, and loses it")
    if not inbox.count("after"):
        return failed(f"after {', '.join(refused)} in a payload the client sends nothing more")
    wrappers = bench.order["lenient"]
    if refused and wrappers:
        return failed(
            f"{', '.join(refused)} raise out of publish_message ({refused[next(iter(refused))]}), and "
            f"{', '.join(wrappers)} takes them"
        )
    if refused:
        return passed(f"{', '.join(refused)} raise out of publish_message, and nothing of them is sent")
    return passed("datetime, Decimal, bytes, Enum and dataclass arrive")


async def _publish_values(bench: Bench, sender: Any, wanted: Any) -> tuple[dict[str, str], list[str]]:
    """The kinds of values that raise, each with what, and those that are taken."""
    refused, taken = {}, []
    for name, value in VALUES.items():
        try:
            await sender.publish_message(wanted, bench.payload(name) | {"value": value})
            taken.append(name)
        except Exception as error:
            refused[name] = told(error)
    return refused, taken


def _is_whole(name: str, inbox: Inbox) -> bool:
    """Whether the message is there, and something of the value in it."""
    found = [repr(message) for (tag, _), message in zip(inbox.got, inbox.messages, strict=True) if tag == name]
    return any(text in message for message in found for text in TEXTS.get(name, ("",)))


async def arguments(bench: Bench) -> Verdict:
    """Message types that are no list of members raise, warn, or work; they do not subscribe to nothing."""
    return over_buses({bus: await _arguments(bench, bus) for bus in bench.open_buses})


async def _arguments(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted = bench.travelling(bus)[0]
    wrong = {"a str": wanted.value, "a list of str": [wanted.value], "a bare member": wanted}
    quiet: dict[str, Inbox] = {}
    for name, message_types in wrong.items():
        inbox = bench.inbox()
        if not await _objects(receiver, bus, message_types, inbox.handler):
            quiet[name] = inbox
    await bench.send(sender, wanted, "wrong", range(3))
    await until(lambda: all(inbox.got for inbox in quiet.values()), PATIENCE / 2)
    deaf = [name for name, inbox in quiet.items() if not inbox.got]
    if deaf:
        s = "s" if len(deaf) == 1 else ""
        return failed(f"{' and '.join(deaf)} as message types subscribe{s} to nothing, and raise{s} nothing")
    return passed("a str, a list of str and a bare member as message types do not subscribe to nothing")


async def _objects(client: Any, bus: str, message_types: Any, handler: Callable[[Any], Any]) -> bool:
    """Whether subscribing raises or warns; a line in a log is neither."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            await subscribe(client, bus, message_types, handler)
        except Exception:
            return True
    return bool(caught)


async def legacy_publish(bench: Bench) -> Verdict:
    """A `publish(topic, data)` that the target may have keeps the topic."""
    client = await bench.client(0)
    publish = getattr(client, "publish", None)
    if publish is None:
        return passed("it has no publish(topic, data)")
    inbox = bench.inbox()
    for bus in bench.open_buses:
        await subscribe(client, bus, bench.travelling(bus), inbox.handler)
    try:
        done = publish(TOPIC, bench.payload("legacy"))
        done = await done if inspect.isawaitable(done) else done
    except Exception as error:
        return passed(f"publish({TOPIC!r}, data) raises {told(error)}")
    if not await until(lambda: bool(inbox.got)):
        return failed(f"publish({TOPIC!r}, data) returns {done!r}, and nothing arrives")
    if TOPIC in repr(inbox.messages[0]):
        return passed("publish(topic, data) keeps the topic")
    kind = inbox.messages[0].get("message_type") if isinstance(inbox.messages[0], dict) else "another type"
    return failed(f"publish({TOPIC!r}, data) drops the topic, and sends it as {kind}")


async def sync_handler(bench: Bench) -> Verdict:
    """A handler that is no coroutine is refused at once, or works."""
    return over_buses({bus: await _sync_handler(bench, bus) for bus in bench.open_buses[-1:]})


async def _sync_handler(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted, inbox = bench.travelling(bus)[0], bench.inbox()
    if await _objects(receiver, bus, [wanted], inbox.take):
        return passed("subscribing a handler that is no coroutine raises")
    await bench.send(sender, wanted, "sync", range(3))
    await until(lambda: inbox.count("sync") == 3)
    await asyncio.sleep(SETTLE)
    left = pending(bench, bus)
    if inbox.count("sync") == 3 and not left:
        return passed("a handler that is no coroutine is given every message")
    return failed(
        f"a handler that is no coroutine was given {inbox.count('sync')} of 3 messages, and {left} stay unacknowledged"
    )


async def failing_handler(bench: Bench) -> Verdict:
    """A message whose handler raises does not end the reader, and does not stay pending for ever."""
    return over_buses({bus: await _failing_handler(bench, bus) for bus in bench.open_buses[-1:]})


async def _failing_handler(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted, inbox, again = bench.travelling(bus)[0], bench.inbox(), bench.inbox()

    async def failing(message: Any) -> None:
        inbox.take(message)
        if "-bad-" in repr(message):
            raise ValueError("the probe's handler fails on purpose")

    await subscribe(receiver, bus, [wanted], failing)
    await bench.send(sender, wanted, "bad")
    await until(lambda: inbox.count("bad") > 0)
    await bench.send(sender, wanted, "good", range(3))
    if not await until(lambda: inbox.count("good") > 0):
        return failed("once a handler has raised, the subscription is given nothing more")
    await asyncio.sleep(SETTLE)
    if not pending(bench, bus):
        return passed("a message whose handler raises is acknowledged, and not offered again")
    if sum(tag == "bad" for tag, _ in inbox.got) > 1:
        return passed("a message whose handler raises is offered again")
    await asyncio.wait_for(receiver.close(), PATIENCE)
    await subscribe(await bench.fresh(), bus, [wanted], again.handler)
    if await until(lambda: again.count("bad") > 0):
        return passed("a message whose handler raises is offered again after a restart")
    return failed("a message whose handler raises stays pending for ever, after a restart too")


def pending(bench: Bench, bus: str) -> int:
    """How many messages were delivered on this bus and not acknowledged."""
    with bench.admin(bus) as server:
        return sum(group["pending"] for name in streams(bench, server, bus) for group in server.xinfo_groups(name))


def streams(bench: Bench, server: Any, bus: str) -> list[str]:
    """The streams of the probe on this server; on somebody's server, those of the rehearsal that are there."""
    if bench.is_given:
        return [name for name in bench.order["names"][bus] if server.exists(name)]
    return sorted(name for name in server.scan_iter(count=1000, _type="stream"))
