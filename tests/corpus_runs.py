"""What an engine of the corpus does as a process on real servers, as a record that can be compared.

The engine says what it handles and returns as JSON lines on its output. The rest is read off the servers: what it
published and under which topic, its own streams and their groups, its keys, and what is left pending.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus_engines import CorpusEngine
from platform_clients import dual

from codemods.reading.contract import Contract
from codemods.settings import BUSES, ENGINE_LOGIC, MARKETDATA, Settings
from migrator.demo.engines import environment
from migrator.live.http import HOST, NO_ANSWER, call
from migrator.live.ports import free_ports
from migrator.live.servers import MAIN, Servers

PATIENCE = 60.0  # seconds for what a step waits for
GOODBYE = 30.0  # seconds between SIGTERM and the end
OWED = 3.0  # seconds for what is pending to be acknowledged; some of it never is
QUIET = 0.15  # seconds without a new line, after which nothing more is expected
WRAPPER_STREAM = "messagebus"
COMPLAINT = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)\b.*|.*(?:never awaited|was destroyed but).*", re.MULTILINE)
Step = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """Everything of one run that must be the same after the migration."""

    lines: list[Any]
    answers: list[Any]
    published: dict[str, list[Any]]  # topic -> payload and priority
    streams: dict[str, list[Any]]  # the engine's own streams -> their entries
    groups: dict[str, Any]  # of those streams: group -> what it was given, what it owes
    keys: dict[str, Any]  # on the server being left, where caches stay
    pending: dict[str, int]  # what was delivered by the bus and never acknowledged
    status: int
    complaints: list[str]


@dataclass
class Side:
    """One run's surroundings: who else speaks to the engine, and in which way."""

    engine: CorpusEngine
    servers: Servers
    settings: Settings
    contract: Contract
    modes: Mapping[str, str] | None  # of raw streams, after the migration; None before it
    answers: list[Any] = field(default_factory=list)
    told: set[tuple[str, str, str]] = field(default_factory=set)  # server, stream and id of what others published
    port: int = 0

    def publish(self, topic: str, payload: Any, priority: str) -> None:
        """What another engine publishes: by the wrapper before the migration, on the buses after it."""
        if self.modes is None:
            fields = {"topic": topic, "payload": json.dumps(payload), "priority": priority, "timestamp": "1.5"}
            self.write(MAIN, WRAPPER_STREAM, fields)
        else:
            self.message(self._type_of(topic), {**payload, "topic": topic}, priority)

    def add(self, stream: str, fields: Mapping[str, str]) -> None:
        """What another engine adds to a raw stream, wherever that is now."""
        if self.modes is None or stream not in self.modes:
            self.write(MAIN, stream, fields)
        elif self.modes[stream] == "message":
            self.message(self._type_of(stream), dict(fields), "normal")
        else:
            route = self.settings.route(stream)
            assert route is not None
            self.write(route.bus or self.contract.bus_of[route.message_type or ""], stream, fields)

    def message(self, message_type: str, payload: Any, priority: str) -> None:
        """A message of an engine on the dual bus."""
        member = dual.MessageType[message_type]
        envelope = {
            "message_type": member.value,
            "source_engine": "risk",
            "source_instance": "1",
            "payload": json.dumps(payload),
            "priority": priority,
            "timestamp": "1.5",
            "correlation_id": "",
        }
        bus = self.contract.bus_of[message_type]
        self.write(bus, f"{bus}:{member.value}", envelope)

    def write(self, server: str, stream: str, fields: Mapping[str, str]) -> None:
        with self.servers.client(server) as client:
            self.told.add((server, stream, client.xadd(stream, dict(fields))))

    def ask(self, method: str, path: str) -> None:
        """One HTTP call, once the engine answers at all."""
        end = time.monotonic() + PATIENCE
        status, body = call(self.port, method, path)
        while status == NO_ANSWER and time.monotonic() < end:
            time.sleep(0.03)
            status, body = call(self.port, method, path)
        self.answers.append((method, path, status, json.loads(body) if body else None))

    def _type_of(self, name: str) -> str:
        route = self.settings.route(name)
        assert route is not None, f"{name} has no route"
        assert route.message_type is not None, f"{name} is no topic"
        return route.message_type


STEPS: Mapping[str, Callable[[Side, Step], None]] = {
    "send": lambda side, step: side.publish(step["send"], step["payload"], step.get("priority", "normal")),
    "add": lambda side, step: side.add(step["add"], step["fields"]),
    "set": lambda side, step: _at_main(side.servers, "set", step["set"], step["value"]),
    "tell": lambda side, step: _at_main(side.servers, "publish", step["tell"], step["text"]),
    "pause": lambda side, step: time.sleep(step["pause"]),
    "get": lambda side, step: side.ask("GET", step["get"]),
    "post": lambda side, step: side.ask("POST", step["post"]),
}
"""What a step of an engine's table does to the engine, by its key. `lines` waits for what the engine says."""


def _at_main(servers: Servers, command: str, name: str, value: str) -> None:
    with servers.client(MAIN) as client:
        getattr(client, command)(name, value)


def record(side: Side, backend: Path, logs: Path) -> Record:
    """The record of the engine in this backend, driven by the steps of its table, and ended."""
    table = side.engine.table["run"]
    side.port = free_ports(1)[0]
    for step in table.get("before", ()):
        _act(side, step)
    with _running(side, backend, logs) as process:
        for step in table["steps"]:
            if "lines" in step:
                _wait(process, logs, step["lines"])
            else:
                _act(side, step)
        pending = _wait_until_quiet(side, logs)
        if not table.get("ends", False):
            process.send_signal(signal.SIGTERM)
        elif side.modes is None:
            pending = {}  # the wrapper of a program that ends by itself breaks off what it was just given
        status = process.wait(GOODBYE)
    return _record(side, logs, status, pending)


def _act(side: Side, step: Step) -> None:
    (act,) = STEPS.keys() & step.keys()
    STEPS[act](side, step)


@contextmanager
def _running(side: Side, backend: Path, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    table = side.engine.table["run"]
    words = [word.format(port=side.port, host=HOST) for word in table["command"].split()]
    shared = environment(os.environ, side.servers.redirect)
    variables = {"PYTHONPATH": f"{shared['PYTHONPATH']}{os.pathsep}{backend}", "PORT": str(side.port)}
    logs.mkdir()
    with (logs / "out").open("wb") as output, (logs / "err").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=backend,
            env=shared | variables | table.get("env", {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _lines(logs: Path) -> list[Any]:
    said = (logs / "out").read_text().split("\n")[:-1]  # the last one may still be on its way
    return [json.loads(line) for line in said if line.startswith("{")]


def _wait(process: subprocess.Popen[bytes], logs: Path, wanted: int) -> None:
    """Wait until the engine has said so many lines."""
    end = time.monotonic() + PATIENCE
    while len(_lines(logs)) < wanted:
        assert process.poll() is None or len(_lines(logs)) >= wanted, f"the engine ended: {_output(logs)}"
        assert time.monotonic() < end, f"the engine did not say enough: {_output(logs)}"
        time.sleep(0.02)


def _wait_until_quiet(side: Side, logs: Path) -> dict[str, int]:
    """Wait until the engine says nothing more and has acknowledged what it was given; gives what it still owes then.

    Afterwards is too late: the wrapper's stop may break off what it has just been given.
    """
    before, end = -1, time.monotonic() + OWED
    while before != (before := len(_lines(logs))) or (_pending(side) and time.monotonic() < end):
        time.sleep(QUIET)
    return _pending(side)


def _pending(side: Side) -> dict[str, int]:
    """Each group that was handed messages of the bus which it has not acknowledged, with how many."""
    own = {WRAPPER_STREAM, *BUS_STREAMS, *side.engine.messages}
    ends = [(server, stream) for server, stream in _streams(side.servers) if stream in own]
    owed = {group: left for end in ends for group, (_, left) in _groups(side.servers, *end).items()}
    return {group: left for group, left in owed.items() if left}


def _output(logs: Path) -> str:
    return f"{(logs / 'out').read_text()}\n{(logs / 'err').read_text()[-3000:]}"


def _record(side: Side, logs: Path, status: int, pending: dict[str, int]) -> Record:
    published: dict[str, list[Any]] = defaultdict(list)
    streams: dict[str, list[Any]] = defaultdict(list)
    groups: dict[str, Any] = {}
    for server, stream in _streams(side.servers):
        mine = _entries(side.servers, server, stream)
        if stream == WRAPPER_STREAM or stream in BUS_STREAMS:
            for key, fields in mine:
                if (server, stream, key) not in side.told:
                    _put(side, fields, published, streams)
        else:
            moves = side.modes is not None and stream not in side.engine.table.get("stays", ())
            assert (server != MAIN) is moves, f"{stream} is on {server}"
            streams[stream] += [fields for key, fields in mine if (server, stream, key) not in side.told]
            if stream not in side.engine.messages:
                owed = _groups(side.servers, server, stream)
                groups |= {f"{stream} {group}": counts for group, counts in owed.items()}
    return Record(
        lines=_lines(logs),
        answers=side.answers,
        published=dict(sorted(published.items())),
        streams={name: entries for name, entries in sorted(streams.items()) if entries},
        groups=groups,
        keys=_keys(side.servers),
        pending=pending,
        status=status,
        complaints=sorted(set(COMPLAINT.findall((logs / "err").read_text()))),
    )


def _put(side: Side, fields: Mapping[str, str], published: dict[str, list[Any]], streams: dict[str, list[Any]]) -> None:
    """A message under its topic; one that was an entry of a raw stream goes to that stream."""
    payload = json.loads(fields["payload"])
    if "topic" in fields:
        if f"own-topic:{side.engine.name}" in side.engine.table.get("answers", {}):
            payload.pop("topic", None)  # the answer says that it may go
        published[fields["topic"]].append((payload, fields["priority"]))
    elif "topic" in payload:
        topic = payload.pop("topic")
        assert side.settings.route(topic).message_type == fields["message_type"].upper()  # type: ignore[union-attr]
        published[topic].append((payload, fields["priority"]))
    elif side.engine.messages:
        (name,) = side.engine.messages
        streams[name].append(payload)
    else:  # an engine that speaks to the dual bus already
        published[fields["message_type"]].append((payload, fields["priority"]))


BUS_STREAMS = {f"{bus.value}:{member.value}" for member, bus in dual.MESSAGE_BUS.items()}
"""What the dual client itself writes."""


def _streams(servers: Servers) -> Iterator[tuple[str, str]]:
    for server in (MAIN, *BUSES):
        with servers.client(server) as client:
            for name in sorted(client.scan_iter()):
                if client.type(name) == "stream":
                    yield server, name


def _entries(servers: Servers, server: str, stream: str) -> list[tuple[str, dict[str, str]]]:
    with servers.client(server) as client:
        return [(key, dict(fields)) for key, fields in client.xrange(stream)]


def _groups(servers: Servers, server: str, stream: str) -> dict[str, tuple[int, int]]:
    """Each group of a stream: how much it was given, and how much of that it owes."""
    with servers.client(server) as client:
        return {g["name"]: (g["entries-read"] or 0, g["pending"]) for g in client.xinfo_groups(stream)}


READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "string": lambda client, key: client.get(key),
    "hash": lambda client, key: client.hgetall(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: sorted(client.smembers(key)),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
}


def _keys(servers: Servers) -> dict[str, Any]:
    for bus in (MARKETDATA, ENGINE_LOGIC):
        with servers.client(bus) as client:
            astray = [key for key in client.scan_iter() if client.type(key) != "stream"]
            assert astray == [], f"keys on the {bus} bus"
    with servers.client(MAIN) as client:
        kinds = {key: client.type(key) for key in sorted(client.scan_iter())}
        return {key: READERS[kind](client, key) for key, kind in kinds.items() if kind in READERS}
