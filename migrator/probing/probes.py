"""The probes as a table: what each shows, and what happens at run time where it fails."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

EDGES, SUBSCRIPTIONS, PUBLISHES, HANDLERS, CLIENTS, NOTHING = (
    "edges",
    "subscriptions",
    "publishes",
    "handlers",
    "clients",
    "",
)
"""What of an engine's code depends on a behaviour."""


class Probe(Struct, frozen=True):
    """One behaviour of the target client that engines depend on."""

    id: str
    title: str
    fault: int  # the number of the fault that deployed clients were seen to have, 1 to 14
    happens: str  # at run time, where the probe fails
    depends: str  # EDGES, SUBSCRIPTIONS, PUBLISHES, HANDLERS, CLIENTS or NOTHING


PROBES: Mapping[str, Probe] = {
    probe.id: probe
    for probe in (
        Probe(
            "delivery",
            "a message of one engine type reaches another",
            1,
            "What one engine publishes never reaches the engines that wait for it, and every call says that it went "
            "well.",
            EDGES,
        ),
        Probe(
            "filtering",
            "a handler is given only the types that it subscribed to",
            2,
            "A handler is given messages that it does not know. Migrated handlers check the type first; handlers "
            "written by hand may not.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "fan-out",
            "two subscriptions of one client both get every message",
            3,
            "Two subscriptions share the messages, and each misses the other's. Migrated code makes one subscription "
            "for each bus.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "legacy-publish",
            "a publish(topic, data), if there is one, keeps the topic",
            4,
            "Code that calls publish with a topic runs, and its messages arrive without it. Migrated code calls "
            "publish_message.",
            NOTHING,
        ),
        Probe(
            "arguments",
            "wrong message types raise or warn",
            5,
            "A subscription with texts for types is given nothing, and nothing says so. `migrate check` finds those.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "subscribable",
            "every message type that can be published is delivered",
            6,
            "Messages of these types are published and no subscription is ever given one.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "payloads",
            "what a payload may hold arrives, or is refused",
            7,
            "A publish raises, or loses a message, that the legacy client sends.",
            PUBLISHES,
        ),
        Probe(
            "sync-handler",
            "a handler that is no coroutine is refused, or works",
            8,
            "Its messages are handled and never acknowledged, so they pile up as pending.",
            HANDLERS,
        ),
        Probe(
            "failing-handler",
            "a message whose handler raises is not pending for ever",
            8,
            "One exception in a handler, and its message is neither handled again nor given up.",
            HANDLERS,
        ),
        Probe(
            "first-start",
            "a first subscription begins with what is new",
            9,
            "An engine that moves handles again what is on the stream from before.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "instances",
            "each message is handled once by the instances of an engine",
            9,
            "With two instances of an engine, messages are lost or handled twice.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "configuration",
            "host, port, password and TLS of the config are used",
            10,
            "The client connects to the address in its own source, wherever the engine is told that its server is.",
            CLIENTS,
        ),
        Probe(
            "sparse",
            "messages that come one by one arrive",
            11,
            "Some messages are taken from the stream by a read that the client has given up, and nobody handles them.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "idle",
            "an idle client keeps its connections",
            11,
            "Each idle engine reconnects many times a second, which loads the servers and may lose messages.",
            CLIENTS,
        ),
        Probe(
            "lost-group",
            "a group that is lost is made again",
            12,
            "After a FLUSHALL, or a server that starts empty, engines read nothing and fail thousands of times a "
            "second, until they are restarted.",
            SUBSCRIPTIONS,
        ),
        Probe(
            "after-close",
            "after close() the factory gives a client that works",
            13,
            "An engine that stops and starts its bus again has a client that sends and receives nothing.",
            CLIENTS,
        ),
        Probe(
            "event-loop",
            "a client works under the event loop that asks for it",
            14,
            "An engine that starts its bus in an asyncio.run of its own and serves on another loop has a dead client.",
            CLIENTS,
        ),
    )
}
