"""What an engine does, as a record: every publish, command, log, result and exception of one run without a server.

The clients here are the two interfaces reduced to what an engine can observe: the wrapper's, and the dual client's as
the target's contract describes it. Both write the same words for the same act, so that two records can be compared.
A command on the wrong bus, a type that does not fit its topic, and a coroutine nobody awaits are entries as well.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

from codemods.reading.contract import Contract
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings

Entry = tuple[Any, ...]
TOPICS = ("market.data.A", "market.data.B.C", "risk.metric.v", "portfolio.update.q", "strategy.signal.z")
STEPS = ("start", "work", "deliver", "work", "stop")
PATIENCE = 60  # seconds for one step; none waits for anything


class Recorder:
    """The record of one run, and what its clients know: routes, and the bus of each message type."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self.settings, self.contract = settings, contract
        self.entries: list[Entry] = []
        self.clients: list[Any] = []
        self.shared: list[DualClient] = []
        self.types = Enum("MessageType", {name: name.lower() for name in contract.enums["MessageType"]})  # type: ignore[misc]

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def message_type(self, topic: str) -> str | None:
        route = self.settings.route(topic)
        return route.message_type if route else None

    def bus_of(self, stream: str) -> str | None:
        route = self.settings.route(stream)
        if route is None:
            return None
        return route.bus or self.contract.bus_of[route.message_type or ""]

    def command(self, bus: str | None, name: str, values: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Record a redis command, and answer with what depends on how many came before it."""
        if name in ("close", "aclose"):
            return True
        if bus is not None and (not name.startswith("x") or self.bus_of(_stream(name, values, named)) != bus):
            self.add(("on the wrong bus", bus, name))
        self.add((name, repr(values), repr(sorted(named.items()))))
        if name in ("xrange", "xread", "xreadgroup"):
            return [(_stream(name, values, named), [("1-0", {"a": str(len(self.entries))})])]
        return len(self.entries)


def _stream(name: str, values: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    if name in ("xread", "xreadgroup"):
        return str(next(iter(named.get("streams") or values[0 if name == "xread" else 2])))
    return str(named.get("name") or values[0])


class Message:
    """What a handler of the wrapper is given."""

    def __init__(self, topic: str, payload: Any) -> None:
        self.topic, self.payload = topic, payload


class WrapperClient:
    """The wrapper: topics, payloads as they are, handlers whose errors are swallowed."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.is_connected = recorder, False
        self.handlers: list[tuple[str, Callable[[Message], Any]]] = []
        recorder.clients.append(self)

    async def start(self) -> None:
        self.is_connected = True

    async def stop(self) -> None:
        self.is_connected = False

    async def publish(self, topic: str, payload: Any, priority: Any = None) -> bool:
        if not self.is_connected:
            return False
        self.recorder.add(("publish", topic, _sent(payload), priority.name if priority else "NORMAL"))
        return True

    async def subscribe(self, topic_pattern: str, handler: Callable[[Message], Any]) -> None:
        self.handlers.append((topic_pattern, handler))

    async def deliver(self, topic: str, payload: Any) -> None:
        for pattern, handler in list(self.handlers):
            if fnmatchcase(topic, pattern):
                await _handle(self.recorder, handler, Message(topic, _sent(payload)))


class DualClient:
    """The target: message types, JSON text, and every type of a bus to the one subscription on it."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.closed = recorder, False
        self.marketdata_client: AsyncRedis | None = None
        self.engine_logic_client: AsyncRedis | None = None
        self.handlers: dict[str, Callable[[dict[str, str]], Any]] = {}
        recorder.clients.append(self)

    async def initialize(self) -> None:
        if self.closed:
            raise RuntimeError("closed")
        self.marketdata_client = AsyncRedis(self.recorder, MARKETDATA)
        self.engine_logic_client = AsyncRedis(self.recorder, ENGINE_LOGIC)

    async def close(self) -> None:
        self.closed = True
        self.marketdata_client = self.engine_logic_client = None

    async def publish_message(self, message_type: Enum, payload: Any, priority: Any = None) -> bool:
        if self.engine_logic_client is None:
            raise RuntimeError("not connected")
        sent = _sent(payload)
        topic = sent.pop("topic")
        if self.recorder.message_type(topic) != message_type.name:
            self.recorder.add(("of the wrong type", topic, message_type.name))
        self.recorder.add(("publish", topic, sent, priority.name if priority else "NORMAL"))
        return True

    async def subscribe_to_marketdata(self, message_types: list[Enum], handler: Callable[..., Any]) -> None:
        self._subscribe(MARKETDATA, message_types, handler)

    async def subscribe_to_engine_logic(self, message_types: list[Enum], handler: Callable[..., Any]) -> None:
        self._subscribe(ENGINE_LOGIC, message_types, handler)

    def _subscribe(self, bus: str, message_types: list[Enum], handler: Callable[..., Any]) -> None:
        buses = {self.recorder.contract.bus_of[each.name] for each in message_types}
        if bus in self.handlers or buses != {bus} or not inspect.iscoroutinefunction(handler):
            self.recorder.add(("a wrong subscription", bus, repr(message_types)))
        self.handlers[bus] = handler

    async def deliver(self, topic: str, payload: Any) -> None:
        name = self.recorder.message_type(topic)
        assert name is not None
        handler = self.handlers.get(self.recorder.contract.bus_of[name])
        if handler is not None:
            text = json.dumps({**payload, "topic": topic})
            message = {"message_type": self.recorder.types[name].value, "payload": text, "source_engine": "risk"}
            await _handle(self.recorder, handler, message)


def _sent(payload: Any) -> Any:
    return json.loads(json.dumps(payload))


async def _handle(recorder: Recorder, handler: Callable[[Any], Any], message: Any) -> None:
    try:
        await handler(message)
    except Exception as error:  # both clients log what a handler raises
        recorder.add(("handler raised", type(error).__name__))


class Redis:
    """A client of redis-py: every command is recorded, and answered at once."""

    def __init__(self, recorder: Recorder, bus: str | None = None) -> None:
        self._recorder, self._bus = recorder, bus

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def command(*values: Any, **named: Any) -> Any:
            return self._recorder.command(self._bus, name, values, named)

        return command


class AsyncRedis(Redis):
    """The same whose commands are awaited."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def command(*values: Any, **named: Any) -> Any:
            return self._recorder.command(self._bus, name, values, named)

        return command


def _modules(recorder: Recorder) -> dict[str, ModuleType]:
    """The modules that an engine imports, for this record."""

    async def get_dual_bus_client(engine_type: Any, instance_id: str | None = None) -> DualClient:
        if not recorder.shared or recorder.shared[0].closed:
            recorder.shared[:] = [DualClient(recorder)]
            await recorder.shared[0].initialize()
        return recorder.shared[0]

    enums = recorder.contract.enums
    redis_error = type("ResponseError", (Exception,), {})
    redis_asyncio = _module("redis.asyncio", Redis=lambda *_, **__: AsyncRedis(recorder), ResponseError=redis_error)
    wrapper = {
        "BufferedMessageBusClient": lambda config: WrapperClient(recorder),
        "MessageBusConfig": lambda **_: None,
        "MessagePriority": Enum("MessagePriority", "LOW NORMAL HIGH CRITICAL"),
    }
    target = {
        "get_dual_bus_client": get_dual_bus_client,
        "create_dual_bus_client": lambda engine_type, instance_id=None: DualClient(recorder),
        "MessageType": recorder.types,
        "MessagePriority": Enum("MessagePriority", list(enums["MessagePriority"])),
        "EngineType": Enum("EngineType", list(enums["EngineType"])),
    }
    sync = {"Redis": lambda *_, **__: Redis(recorder), "ResponseError": redis_error, "asyncio": redis_asyncio}
    return {
        "enhanced_messagebus_client": _module("enhanced_messagebus_client", **wrapper),
        "dual_messagebus_client": _module("dual_messagebus_client", **target),
        "redis": _module("redis", **sync),
        "redis.asyncio": redis_asyncio,
    }


def _module(name: str, **names: Any) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(names)
    return module


@contextmanager
def _in_place(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


class _Logged(logging.Handler):
    """Puts each logged exception into the record: rewritten handlers log what they raise."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0]:
            self.recorder.add(("handler raised", record.exc_info[0].__name__))


def record_of(text: str, settings: Settings, contract: Contract) -> list[Entry]:
    """The record of the engine in this text: started, worked, given messages, worked again, and stopped."""
    recorder = Recorder(settings, contract)
    logged = _Logged(recorder)
    logging.getLogger().addHandler(logged)
    try:
        with _in_place(_modules(recorder)), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            names: dict[str, Any] = {"__name__": "engine", "RECORD": recorder.add}
            exec(compile(text, "engine.py", "exec", dont_inherit=True), names)
            asyncio.run(_run(names["Engine"](), recorder))
            gc.collect()  # a coroutine that nobody awaited says so when it goes
    finally:
        logging.getLogger().removeHandler(logged)
    said = [str(each.message) for each in warned]
    return recorder.entries + [("never awaited",) for each in said if "never awaited" in each]


async def _run(engine: Any, recorder: Recorder) -> None:
    for step in STEPS:
        try:
            if step == "deliver":
                await _deliver(recorder)
            else:
                values = (3,) if step == "work" else ()
                result = await asyncio.wait_for(getattr(engine, step)(*values), PATIENCE)
                recorder.add((f"{step} gave", repr(result)))
        except Exception as error:
            recorder.add((f"{step} raised", type(error).__name__, str(error)))
    await asyncio.sleep(0)


async def _deliver(recorder: Recorder) -> None:
    for client in list(recorder.clients):
        for number, topic in enumerate(TOPICS):
            await client.deliver(topic, {"p": number, "n": {"k": [1]}})
