"""Probes of connections: configuration, idle readers, lost groups, closed clients, and event loops."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import time
from collections.abc import Coroutine
from typing import Any

from .bench import BUSES, PATIENCE, SETTLE, Bench, subscribe, told, until
from .calling import streams
from .guard import HOST
from .verdicts import NAMES, Verdict, failed, not_run, over_buses, passed

IDLE = 2.5  # seconds in which an idle client is watched
FEW = 2  # connections in that time are no churn
FAILED_READS = 20  # a reader that finds its group lost may fail a few times before it is there again
PASSWORD = "of-the-probe"
SETTINGS = {"host": ("host",), "port": ("port",), "password": ("password", "passwd"), "TLS": ("tls", "ssl")}
"""What a config should hold for each server, and how the names of its fields end."""


async def idle(bench: Bench) -> Verdict:
    """A client that has nothing to read keeps its connections."""
    client = await bench.client(0)
    for bus in BUSES:
        for wanted in bench.travelling(bus)[:1] or bench.types_of(bus)[:1]:
            await subscribe(client, bus, [wanted], bench.inbox().handler)
    await asyncio.sleep(0.5)
    start = time.monotonic()
    await asyncio.sleep(IDLE)
    opened = bench.guard.connections(start)
    if max(opened.values()) > FEW:
        rates = " and ".join(f"{count / IDLE:.1f} a second on {NAMES[bus]}" for bus, count in opened.items() if count)
        return failed(f"an idle client reconnects {rates}")
    return passed(f"an idle client opened {sum(opened.values())} connections in {IDLE:g} s")


async def lost_group(bench: Bench) -> Verdict:
    """A group that is gone is made again, and nothing that is published meanwhile is lost."""
    found = await asyncio.gather(*(_lost_group(bench, bus) for bus in bench.open_buses))
    return over_buses(dict(zip(bench.open_buses, found, strict=True)))


async def _lost_group(bench: Bench, bus: str) -> Verdict:
    receiver, sender = await bench.pair(bus)
    wanted, inbox = bench.travelling(bus)[0], bench.inbox()
    await subscribe(receiver, bus, [wanted], inbox.handler)
    await bench.send(sender, wanted, "before", range(3))
    await until(lambda: inbox.count("before") > 0)
    with bench.admin(bus) as server:
        failures, start = failed_reads(server), time.monotonic()
        lose_groups(bench, server, bus)
        sent = await bench.send(sender, wanted, "after", range(5))
        is_back = await until(lambda: inbox.count("after") == 5)
        seconds = time.monotonic() - start
        failures = failed_reads(server) - failures
    returned = "True" if all(each is True for each in sent) else repr(sent[0])
    if not is_back:
        reads = "" if bench.is_given else f"; {failures:,} reads failed in {seconds:.1f} s"
        return failed(
            f"once its group is gone, {inbox.count('after')} of 5 messages arrive, while publish_message returns "
            f"{returned}{reads}"
        )
    if failures > FAILED_READS and not bench.is_given:
        return failed(f"{failures:,} reads failed in {seconds:.1f} s before a lost group was there again")
    return passed("a lost group is made again, and 5 of 5 messages arrive")


def lose_groups(bench: Bench, server: Any, bus: str) -> None:
    """Empty the probe's own server; on somebody's, destroy the groups that the probe has made."""
    if not bench.is_given:
        server.flushall()
        return
    for name in streams(bench, server, bus):
        for group in server.xinfo_groups(name):
            server.xgroup_destroy(name, group["name"])


def failed_reads(server: Any) -> int:
    """How many XREADGROUP calls have failed since this server started."""
    return int(server.info("commandstats").get("cmdstat_xreadgroup", {}).get("failed_calls", 0))


async def after_close(bench: Bench) -> Verdict:
    """After close() the factory gives a client that works."""
    if not bench.open_buses:
        return not_run("nothing arrives on either bus; see delivery")
    bus = bench.open_buses[-1]
    wanted, inbox = bench.travelling(bus)[0], bench.inbox()
    first = await bench.client(0)
    await bench.send(first, wanted, "first")
    await asyncio.wait_for(first.close(), PATIENCE)
    try:
        second = await bench.client(0)
        await subscribe(second, bus, [wanted], inbox.handler)
        sent = await bench.send(second, wanted, "second", range(3))
    except Exception as error:
        return failed(f"after close() the factory gives a client that raises {told(error)}")
    if not await until(lambda: inbox.count("second") > 0):
        what = "the same closed client" if second is first else "a client"
        return failed(f"after close() the factory gives {what}: publish_message returns {sent[0]!r}, nothing arrives")
    return passed("after close() the factory gives a new client that works")


def event_loop(bench: Bench) -> Verdict:
    """A client asked for under a second event loop works there; the first loop has ended by then."""
    if not bench.open_buses:
        return not_run("nothing arrives on either bus; see delivery")
    loop, first = in_a_loop(_started(bench))
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.wait(rest, timeout=PATIENCE))
    loop.close()
    verdict: Verdict = in_a_loop(_under_second(bench, first))[1]
    return verdict


def in_a_loop(work: Coroutine[Any, Any, Any]) -> tuple[asyncio.AbstractEventLoop, Any]:
    """A loop whose connections the guard can lead, and the result of a coroutine on it.

    The loop is left as it is, for asyncio.run would wait for the client's tasks, and redis-py now and then swallows
    a cancellation.
    """
    loop = asyncio.SelectorEventLoop()
    asyncio.set_event_loop(loop)
    return loop, loop.run_until_complete(work)


async def _started(bench: Bench) -> Any:
    client = await bench.client(0)
    await bench.send(client, bench.travelling(bench.open_buses[-1])[0], "started")
    return client


async def _under_second(bench: Bench, first: Any) -> Verdict:
    bus = bench.open_buses[-1]
    wanted, inbox = bench.travelling(bus)[0], bench.inbox()
    try:
        client = await asyncio.wait_for(bench.client(0), PATIENCE)
        await asyncio.wait_for(subscribe(client, bus, [wanted], inbox.handler), PATIENCE)
        sent = await asyncio.wait_for(bench.send(client, wanted, "loop", range(3)), PATIENCE)
    except Exception as error:
        return failed(f"the factory's client raises under a second event loop: {told(error)}")
    if await until(lambda: inbox.count("loop") > 0):
        return passed("under a second event loop the factory gives a client that works")
    which = "that of the first loop" if client is first else "a client"
    return failed(
        f"under a second event loop the factory gives {which}: publish_message returns {sent[0]!r}, and nothing arrives"
    )


async def configuration(bench: Bench) -> Verdict:
    """Host, port, password and TLS of each server come from the config."""
    config_class = getattr(bench.module, "DualBusConfig", None)
    if config_class is None:
        return not_run("the module has no DualBusConfig")
    return over_buses({bus: await _configuration(bench, bus, config_class) for bus in BUSES})


async def _configuration(bench: Bench, bus: str, config_class: Any) -> Verdict:
    fields = _fields(config_class(engine_type=bench.engines[0]), bus)
    absent = [name for name in SETTINGS if name not in fields]
    ignored = []
    for name, port in (("host", 17_001), ("port", 17_002), ("password", 17_003), ("TLS", 17_004)):
        if name in fields and not await _is_honoured(bench, bus, config_class, fields, name, port):
            ignored.append(name)
    said = [f"{', '.join(ignored)} of the config {'is' if len(ignored) == 1 else 'are'} ignored"] if ignored else []
    said += [f"the config has no {', '.join(absent)}"] if absent else []
    return failed("; ".join(said)) if said else passed("host, port, password and TLS are those of the config")


def _fields(config: Any, bus: str) -> dict[str, str]:
    """What the fields of a config for one server are called."""
    names = (
        [each.name for each in dataclasses.fields(config)] if dataclasses.is_dataclass(config) else list(vars(config))
    )
    own = [name for name in names if bus.replace("_", "") in name.replace("_", "").lower()]
    found: dict[str, str] = {}
    for what, ends in SETTINGS.items():
        for name in own:
            if name.lower().endswith(ends):
                found.setdefault(what, name)
    return found


async def _is_honoured(bench: Bench, bus: str, config_class: Any, fields: dict[str, str], name: str, port: int) -> bool:
    """Whether a setting reaches the connection: the address that is asked for, or the first bytes that come."""
    host = f"{bus.replace('_', '-')}.of-the-probe"
    values = {"host": host, "port": port, "password": PASSWORD, "TLS": True}
    wanted = {"host", "port"} if name in ("host", "port") else {"host", "port", name}
    config = config_class(engine_type=bench.engines[0])
    for each in wanted & fields.keys():
        config = _with(config, fields[each], values[each])
    bench.guard.asked.clear()
    heard = await _heard(bench, config, {(host, port), (host, bench.order["usual"][bus])})
    if name == "host":
        return any(asked == host for (asked, _), _, _ in bench.guard.asked)
    if name == "port":
        return any(asked == port for (_, asked), _, _ in bench.guard.asked)
    return heard.startswith(b"\x16") if name == "TLS" else PASSWORD.encode() in heard


def _with(config: Any, name: str, value: Any) -> Any:
    """The config with another value."""
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return dataclasses.replace(config, **{name: value})
    setattr(config, name, value)
    return config


async def _heard(bench: Bench, config: Any, addresses: set[tuple[str, int]]) -> bytes:
    """What a client with this config sends first, to a listener in the place of its server."""
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(4096))
        writer.close()

    bench.guard.is_own = True
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        async with await asyncio.start_server(listen, sock=bound) as server:
            bench.guard.is_own = False
            bench.guard.others = dict.fromkeys(addresses, server.sockets[0].getsockname()[1])
            client = bench.module.DualMessageBusClient(config)
            try:
                await asyncio.wait_for(client.initialize(), PATIENCE)
            except Exception:  # the listener answers nothing that a client could live with
                await asyncio.sleep(0)
            await until(lambda: bool(heard), SETTLE)
    return bytes(heard)
