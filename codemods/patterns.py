"""What legacy code looks like, as a table: each pattern with what becomes of it, and where it is left alone."""

from __future__ import annotations

from msgspec import Struct


class Pattern(Struct, frozen=True):
    """One shape of legacy code. `example` names a codemod and one of its examples."""

    id: str
    title: str
    becomes: str
    stops: str  # what is asked or refused
    codemods: tuple[str, ...] = ()
    example: tuple[str, str] | None = None


PATTERNS = {
    pattern.id: pattern
    for pattern in (
        Pattern(
            "P1",
            "a raw client for keys",
            "Nothing: a cache, a lock or a limiter is no bus traffic, and keeps its server. The client goes only with "
            "its last use.",
            "A client that serves keys and streams is split: streams move, keys stay.",
            ("connections", "imports"),
            ("connections", "one client for keys and streams is split"),
        ),
        Pattern(
            "P2",
            "imports",
            "What nothing uses any more goes, what the new code needs comes, each in the file's own order.",
            "A star import is never taken away: nobody can tell what else it brings.",
            ("imports",),
            ("imports", "an unused wrapper import goes, and nothing comes"),
        ),
        Pattern(
            "P3",
            "annotations",
            "The class of a client becomes DualMessageBusClient, that of a message dict[str, str], in texts too.",
            "A class without a counterpart holds its client back.",
            ("annotations",),
            ("annotations", "a client or None"),
        ),
        Pattern(
            "P4",
            "a config, and a client that is made from it",
            "The shared client of the target, already connected. The config goes with it, and each of its values that "
            "has no counterpart is named in the notes.",
            "A server that engines.yaml does not list, a database, a password and TLS are questions.",
            ("connections",),
            ("connections", "a config, and a client in an async start"),
        ),
        Pattern(
            "P5",
            "start and stop",
            "A start goes, for the factory connects. A stop becomes close().",
            "A client that is started again after its stop: the target's factory would hand out the closed one.",
            ("lifecycle",),
            ("lifecycle", "a stop"),
        ),
        Pattern(
            "P6",
            "a publish on a wrapper",
            "publish_message, with the message type that the route of the topic names. The topic travels in the "
            "payload, for the target has no other place for it.",
            "A topic without a route, a payload whose keys are not known or that has a topic of its own: questions.",
            ("publishing",),
            ("publishing", "a priority and an f-string topic"),
        ),
        Pattern(
            "P7",
            "tests that patch a client by its dotted name",
            "They patch what takes its place, and look where the calls go now; so does a mock that they "
            "give to what takes the client.",
            "A test that asks how the client was made is refused: what it asks has no counterpart.",
            ("patches",),
            ("patches", "a class that is patched, and a stream command of what it gives"),
        ),
        Pattern(
            "P8",
            "checks whether a client is connected",
            "One expression: both clients of the target are there.",
            "An attribute that only the wrapper has, and a name that is known only at run time.",
            ("checks",),
            ("checks", "behind a check for None"),
        ),
        Pattern(
            "P9",
            "6379 as a literal",
            "It goes with the config that it stands in, and nowhere else.",
            "Tables, documents and cache clients keep it.",
        ),
        Pattern(
            "P10",
            "pub/sub",
            "Nothing: every listener hears it and nobody remembers it, where a group reads each message once and "
            "replays it.",
            "It is refused, and a person decides who must receive it, and whether it may be replayed.",
            ("routing",),
            ("routing", "pub/sub"),
        ),
        Pattern(
            "P11",
            "handlers and subscriptions",
            "One subscription for each bus, behind a dispatcher that keeps handlers apart. A handler checks the type, "
            "decodes once, takes the topic out, and goes on as before.",
            "A handler whose reads of its message are not all known, and one that would feed itself.",
            ("consuming", "handlers", "passing"),
            ("consuming", "two handlers on two buses"),
        ),
        Pattern(
            "P12",
            "the wrapper's own implementation",
            "Nothing. It is named as left over once its last importer has moved.",
            "A copy that differs is named, too.",
        ),
        Pattern(
            "P13",
            "guarded imports",
            "The target takes the wrapper's place under the same guard, and a flag keeps its meaning.",
            "A class that stands in for the wrapper is a question.",
            ("imports",),
            ("imports", "None in the wrapper's place"),
        ),
        Pattern(
            "P14",
            "names that collide",
            "A name of the target that the module has already is imported under an alias.",
            "A star import that may bring the same name.",
            ("imports",),
        ),
        Pattern(
            "P15",
            "stream commands on a raw client",
            "The same command, on the bus of its stream: names, groups, fields and acknowledgements stay.",
            "A stream without a route, streams of two buses in one command, a pipeline with keys in it, and a read "
            "that waits longer than the target's socket does.",
            ("routing",),
            ("routing", "a group read with a block"),
        ),
        Pattern(
            "P16",
            "consumer loops on a raw client",
            "A canonical loop, also one that logs what fails and goes on, becomes the handler of a subscription, where "
            "every end of its stream can move; any other keeps its loop, on the bus of its stream.",
            "A loop in a thread or a process, and one that waits for ever.",
            ("loops", "routing"),
            ("loops", "both ends are canonical"),
        ),
        Pattern(
            "P17",
            "where a client lives",
            "It is followed through attributes, globals, factories, parameters, containers, app.state and lifespans, "
            "and moves in all of them, or in none.",
            "A place that cannot be followed holds the client, and is named.",
            ("connections",),
            ("connections", "a client made where awaiting is impossible"),
        ),
        Pattern(
            "P18",
            "access by a name that is a text",
            "It is read where the text is known.",
            "Where it is not, it is a question or a refusal, and is named.",
            ("checks",),
            ("checks", "by its name, of a client that may be None"),
        ),
        Pattern(
            "P19",
            "synchronous code",
            "The command is awaited, and so is each function around it, up to a place where awaiting is natural; an "
            "entry gets asyncio.run.",
            "Constructors, properties, threads, generators, and callers that nobody knows.",
            ("asynchrony",),
            ("asynchrony", "a worker in plain functions"),
        ),
        Pattern(
            "P20",
            "a client on another loop than its server's",
            "The start moves into the application's lifespan, which runs on the server's loop.",
            "A start whose arguments exist only where it stands, or that others could see.",
            ("lifespans",),
            ("lifespans", "an application without a lifespan"),
        ),
        Pattern(
            "P21",
            "code that has moved already",
            "Nothing: `migrate check` finds in it what cannot work.",
            "Each mistake is named, with what happens at run time and the right form.",
        ),
        Pattern(
            "P22",
            "files that cannot be read",
            "Nothing: they stay as they are.",
            "They are named with their line and the cause, and hold every client of their engine.",
        ),
    )
}
"""Every pattern that the tool knows, by its number."""


def patterns_of(codemod: str) -> list[Pattern]:
    """The patterns in which a codemod has a hand, in their order."""
    return [pattern for pattern in PATTERNS.values() if codemod in pattern.codemods]
