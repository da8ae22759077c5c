"""What can be wrong with code that uses the target, as a table: what happens at run time, and the right form."""

from __future__ import annotations

from msgspec import Struct


class Rule(Struct, frozen=True):
    """One kind of mistake. `happens` and `instead` are sentences; the finding says whose they are."""

    id: str
    title: str
    happens: str
    instead: str


class Finding(Struct, frozen=True, order=True):
    """One mistake at one place. `column` counts characters from 0; `message` says what is wrong here."""

    path: str
    line: int
    column: int
    rule: str
    message: str


RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "no-such-name",
            "an import of what the target does not define",
            "ImportError, when the file is imported.",
            "Import what its module defines.",
        ),
        Rule(
            "not-imported",
            "a name of the target that nothing imports",
            "NameError, when this line runs.",
            "Import it from the target's module.",
        ),
        Rule(
            "no-such-method",
            "a method or attribute that the client does not have",
            "AttributeError, when this line runs; where that is caught, nothing happens and nobody is told.",
            "Call what the client has.",
        ),
        Rule(
            "no-such-member",
            "a member that the enum does not have",
            "AttributeError, when this line runs.",
            "Name a member of the enum.",
        ),
        Rule(
            "wrong-arguments",
            "arguments that the client's own signature does not take",
            "TypeError, when this line runs.",
            "Give what the signature takes.",
        ),
        Rule(
            "types-no-list",
            "a subscription to anything but a list of members of MessageType",
            "A text, or a list of texts, subscribes to nothing and raises nothing; a bare member is a TypeError.",
            "Write [MessageType.X].",
        ),
        Rule(
            "no-message-type",
            "a publish of anything but a member of MessageType",
            "AttributeError out of publish_message, or a message that nobody is subscribed to.",
            "Write MessageType.X.",
        ),
        Rule(
            "wrong-bus",
            "a subscription on the bus where the type never is",
            "Nothing ever arrives: the type is published on the other bus.",
            "Subscribe on the bus of the type.",
        ),
        Rule(
            "no-bus",
            "a subscription to a type that the target puts on no bus",
            "Nothing ever arrives: a message of this type may be published, and no stream is read for it.",
            "Subscribe to a type that the target's table of buses has, or add this one to it.",
        ),
        Rule(
            "shared-group",
            "two subscriptions of one client that share a group",
            "Each message goes to one of the two handlers, and the other never sees it.",
            "Subscribe once, to all types, with one handler that calls both.",
        ),
        Rule(
            "two-loops",
            "a client that is made on another event loop than the server's",
            "Its loop is over when the server begins: subscriptions are cancelled, and what is awaited on it raises or "
            "hangs, while a check of it says connected.",
            "Make it in the application's lifespan, which runs on the server's loop.",
        ),
        Rule(
            "after-close",
            "a use of the client after its close",
            "The client is closed: nothing is sent, nothing arrives, and it may raise.",
            "Close it last.",
        ),
        Rule(
            "handler-no-function",
            "a handler that cannot be called",
            "TypeError at the first message; it stays pending.",
            "Give an `async def` with one parameter.",
        ),
        Rule(
            "handler-not-async",
            "a handler that is a plain function",
            "It runs for the first message; then its result is awaited, which fails, and the message stays pending.",
            "Make it `async def`.",
        ),
        Rule(
            "handler-arguments",
            "a handler that cannot take one message",
            "TypeError at every message, which stays pending.",
            "Take one parameter, the message.",
        ),
        Rule(
            "handler-reads",
            "a handler that reads what a message does not have",
            "A message is a flat dict of texts: attributes raise, and so do other keys.",
            "Read message['payload'], and decode it with json.loads.",
        ),
        Rule(
            "no-such-type",
            "a message's type that is compared with what no type is",
            "It is never equal: every message is passed over, and acknowledged, and nobody is told.",
            "Compare with MessageType.X.value.",
        ),
        Rule(
            "payload-not-decoded",
            "a handler that takes the payload for a mapping",
            "The payload is JSON text: to index it by a key is a TypeError, to ask it for a method of a dict an "
            "AttributeError.",
            "Decode it first: json.loads(message['payload']).",
        ),
        Rule(
            "payload-encoded-twice",
            "a payload that is JSON text already",
            "publish_message encodes it again: whoever decodes it once has a text.",
            "Give the mapping itself.",
        ),
        Rule(
            "payload-not-json",
            "a payload that JSON has no form for",
            "TypeError out of publish_message: nothing is sent.",
            "Give texts, numbers, lists and dicts.",
        ),
        Rule(
            "not-awaited",
            "a coroutine of the target that nothing awaits",
            "Nothing runs: Python only warns that the coroutine was never awaited.",
            "Put `await` before it.",
        ),
        Rule(
            "awaited-in-vain",
            "an `await` of what is no coroutine",
            "TypeError, after the call has run.",
            "Leave `await` out.",
        ),
        Rule(
            "legacy-use",
            "a use of the Redis being left, in an engine that is called migrated",
            "The engine goes on loading the server that it has left.",
            "Migrate it, or say on its line why it stays: # migrate: keep <reason>.",
        ),
        Rule(
            "unreadable",
            "a file that cannot be read",
            "Nothing in it is checked; where it does not parse, importing it fails.",
            "Mend the file.",
        ),
    )
}
"""Every rule, by its id, in the order in which the code is read."""
