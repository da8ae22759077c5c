"""What probes work with: clients by engine type, message types that travel, handlers that note what they are given."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .guard import HOST, Guard

BUSES = ("marketdata", "engine_logic")
PATIENCE = 2.0  # seconds for what should happen
SETTLE = 0.4  # seconds for what should not
TOKEN = re.compile(r"probe-([0-9a-f]{8})-(\w+)-(\d+)")


@dataclass(frozen=True)
class Passage:
    """What travels on one bus: the types that arrive, and whether another engine must not be the one that sends."""

    types: tuple[str, ...] = ()
    is_own_only: bool = False  # only the engine that sends gets it


@dataclass
class Inbox:
    """A handler, and what it was given: (tag, number) of each message of this probe, in order."""

    nonce: str
    got: list[tuple[str, int]] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)

    async def handler(self, message: Any) -> None:
        """Note a message, as the client expects it of a handler."""
        self.take(message)

    def take(self, message: Any) -> None:
        """Note a message; one of another run of the probe is none."""
        for nonce, tag, number in TOKEN.findall(repr(message)):
            if nonce == self.nonce:
                self.got.append((tag, int(number)))
                self.messages.append(message)

    def count(self, tag: str) -> int:
        """How many different messages of this tag there are."""
        return len({number for each, number in self.got if each == tag})


@dataclass
class Bench:
    """One probe's view of the client, for one process."""

    module: ModuleType
    guard: Guard
    order: Mapping[str, Any]
    passages: Mapping[str, Passage] = field(default_factory=dict)
    databases: Mapping[str, int] = field(default_factory=dict)  # of the servers, in which the client works
    nonce: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def engines(self) -> list[Any]:
        """The members of EngineType."""
        return list(self.module.EngineType)

    @property
    def is_given(self) -> bool:
        """Whether the servers are somebody's, and not the probe's own."""
        return bool(self.order["given"])

    def types_of(self, bus: str) -> list[Any]:
        """The members of MessageType that go to this bus."""
        return [each for each in self.module.MessageType if self.order["bus_of"].get(each.name) == bus]

    def travelling(self, bus: str) -> list[Any]:
        """The members that were seen to arrive on this bus."""
        passage = self.passages.get(bus, Passage())
        return [self.module.MessageType[name] for name in passage.types]

    @property
    def open_buses(self) -> list[str]:
        """The buses on which something arrives."""
        return [bus for bus in BUSES if self.travelling(bus)]

    async def client(self, engine: int = 0, *instance: str) -> Any:
        """The factory's client of this engine, counted in the order of EngineType."""
        return await self.module.get_dual_bus_client(self.engines[engine], *instance)

    async def fresh(self, engine: int = 0) -> Any:
        """A client as an engine has it that was restarted: not the one that the factory may remember."""
        create = getattr(self.module, "create_dual_bus_client", None)
        if create is None:
            return await self.client(engine)
        client = create(self.engines[engine])
        client = await client if inspect.isawaitable(client) else client
        if hasattr(client, "initialize"):
            await client.initialize()
        return client

    async def pair(self, bus: str) -> tuple[Any, Any]:
        """A client that receives on this bus, and one that sends what it gets."""
        receiver = await self.client(0)
        is_alone = self.passages[bus].is_own_only or len(self.engines) < 2
        return receiver, receiver if is_alone else await self.client(1)

    def inbox(self) -> Inbox:
        """A new handler of this probe."""
        return Inbox(self.nonce)

    def payload(self, tag: str, number: int = 0) -> dict[str, Any]:
        """A payload that is known again in whatever envelope it comes."""
        return {"probe": f"probe-{self.nonce}-{tag}-{number}", "number": number}

    async def send(self, client: Any, message_type: Any, tag: str, numbers: Iterable[int] = (0,)) -> list[Any]:
        """What publish_message returned for each of these payloads."""
        return [await client.publish_message(message_type, self.payload(tag, number)) for number in numbers]

    def admin(self, bus: str) -> Any:
        """A connection of the probe's own to the server of this bus."""
        redis = importlib.import_module("redis")
        where = {"host": HOST, "port": self.guard.buses[bus], "db": self.databases.get(bus, 0)}
        return redis.Redis(**where, decode_responses=True, socket_timeout=5, protocol=2)


async def subscribe(client: Any, bus: str, message_types: Any, handler: Any) -> None:
    """Subscribe on this bus, and let the reader begin."""
    await getattr(client, f"subscribe_to_{bus}")(message_types, handler)
    await asyncio.sleep(0.12)


async def until(is_done: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + patience
    while not is_done():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


def told(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:160]}" if text else type(error).__name__
