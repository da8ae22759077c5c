"""Engines on real servers: what their handlers are told by a wrapper's client, and after the change by the dual one."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from engines_of_one import FOLDER, WRAPPER, change_texts, settings, texts_of
from platform_clients import dual, emptied, until, wrapper

from codemods.model import Change, Verdict
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings
from migrator.live.servers import MAIN, Servers

Told = dict[str, list[Any]]
"""What was printed and raised for each message type, in order; and how many messages are left unacknowledged."""
MESSAGES = (
    ("market.data.A", {"n": 1}),
    ("risk.metric.v", {"n": 2}),
    ("market.data.B", {"n": 3, "of": {"k": [1]}}),
    ("portfolio.update.q", {"n": 4}),
    ("market.data.B.C", {"n": 5}),
    ("ml.prediction.x", {"n": 6}),
    ("risk.metric.A", {"n": 7}),
    ("market.data.A", {"n": 8}),
    ("risk.metric.B", {"n": 9}),
)


def assert_told_the_same(
    servers: Servers,
    folder: Path,
    text: str,
    told: Settings | None = None,
    own: str = "",
    as_text: bool = False,
    **more: str,
) -> Told:
    """The engine moves whole, and its handlers are told by two buses what they were told by one; gives what that is.

    `own` is the text of a wrapper of its own. With `as_text`, what a wrapper sends is JSON text already.
    """
    texts = texts_of(text, **more)
    result = change_texts(texts | ({WRAPPER: own.encode()} if own else {}), told)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    files = {"service": text, **more}
    before = run(servers, folder / "before", files | ({Path(WRAPPER).stem: own} if own else {}), as_text)
    after = run(servers, folder / "after", files_after(result, files))
    assert after == before
    return before


def files_after(result: Change, files: Mapping[str, str]) -> dict[str, str]:
    """The texts of an engine's files with its change, by stem."""
    return {stem: result.texts.get(f"{FOLDER}/{stem}.py", text.encode()).decode() for stem, text in files.items()}


def run(servers: Servers, folder: Path, files: Mapping[str, str], as_text: bool = False) -> Told:
    """Start the engine of these files, send it all messages, and stop it."""
    emptied(servers)
    folder.mkdir()
    for stem, text in files.items():
        on_test_servers = text.replace("MessageBusConfig()", f"MessageBusConfig(redis_port={servers.ports[MAIN]})")
        (folder / f"{stem}.py").write_text(on_test_servers)
    entries: list[tuple[str, Any]] = []
    ports = {"MARKETDATA_REDIS_PORT": MARKETDATA, "ENGINE_LOGIC_REDIS_PORT": ENGINE_LOGIC}
    with (
        patch.dict("os.environ", {name: str(servers.ports[bus]) for name, bus in ports.items()}),
        _imported(folder, files) as modules,
        _logged(entries),
    ):
        for module in modules:
            module.__dict__["print"] = lambda *values: entries.append(("", values))
        is_dual = any("dual_messagebus_client" in text for text in files.values())
        asyncio.run(_serve(servers, modules[0], is_dual, as_text))
    found: Told = {}
    for kind, values in entries:
        found.setdefault(_type_of(kind, values), []).append(values)
    return found | {"pending": [_pending(servers)]}


def _type_of(kind: str, values: tuple[Any, ...]) -> str:
    """The message type of what was printed, by the topic or the number in it."""
    topics = {**dict(MESSAGES), **{payload["n"]: topic for topic, payload in MESSAGES}}
    for value in values:
        if isinstance(value, str) and value in topics:
            return _route(value)
        if isinstance(value, dict) and value.get("n") in topics:
            return _route(topics[value["n"]])
    return kind


def _route(topic: str) -> str:
    route = settings().route(topic)
    assert route is not None
    assert route.message_type is not None
    return route.message_type


@contextmanager
def _imported(folder: Path, files: Mapping[str, str]) -> Iterator[list[Any]]:
    """The modules of these files, freshly imported; nobody finds them afterwards."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        with patch.dict(sys.modules):
            for stem in files:
                sys.modules.pop(stem, None)
            yield [importlib.import_module(stem) for stem in files]
    finally:
        sys.path.remove(str(folder))


@contextmanager
def _logged(entries: list[tuple[str, Any]]) -> Iterator[None]:
    """Every exception that is logged, among the entries."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[0]:
                entries.append(("raised", repr(record.exc_info[1])))

    handler = Handler()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


async def _serve(servers: Servers, module: Any, is_dual: bool, as_text: bool) -> None:
    engine = module.Engine()
    await engine.start()
    try:
        await (_send_on_buses() if is_dual else _send_on_main(servers, as_text))
        await until(lambda: _lag(servers) == 0)
        await asyncio.sleep(0.05)  # what was delivered last may still be handled
    finally:
        client = engine.bus
        await (client.close() if is_dual else client.stop())


async def _send_on_main(servers: Servers, as_text: bool) -> None:
    sender = wrapper.BufferedMessageBusClient(
        wrapper.MessageBusConfig(redis_port=servers.ports[MAIN], consumer_group="sender")
    )
    await sender.start()
    for topic, payload in MESSAGES:
        assert await sender.publish(topic, json.dumps(payload) if as_text else payload)
    await sender.stop()
    with servers.client(MAIN) as client:
        client.xgroup_destroy("messagebus", "sender")


async def _send_on_buses() -> None:
    sender = dual.create_dual_bus_client(dual.EngineType.RISK)
    await sender.initialize()
    for topic, payload in MESSAGES:
        assert await sender.publish_message(dual.MessageType[_route(topic)], {**payload, "topic": topic})
    await sender.close()


def _groups(servers: Servers) -> Iterator[dict[str, Any]]:
    for name in servers.ports:
        with servers.client(name) as client:
            for stream in client.scan_iter(_type="stream"):
                yield from client.xinfo_groups(stream)


def _lag(servers: Servers) -> int:
    return sum(group["lag"] or 0 for group in _groups(servers))


def _pending(servers: Servers) -> int:
    return sum(group["pending"] for group in _groups(servers))
