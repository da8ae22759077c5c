"""What ast-grep is given: rules that move a wrapper's publishers to the target, as far as names alone tell them.

They move what `bus_codemod.py` moves. Files that subscribe are left alone, since a handler would have to be found and
changed as well. Of several ways to write a rule, each is written in the one that takes least: `has` in the place of a
pattern made all of them take twice as long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from benchmarks.others.moves import CONNECTED, MOVING, TYPES, WRAPPER

Rule = dict[str, Any]
IMPORT = {"kind": "import_from_statement", "regex": f"^from {WRAPPER}"}
SUBSCRIBES = {"has": {"stopBy": "end", "kind": "attribute", "regex": r"\.subscribe$"}}
MAKES = {"has": {"stopBy": "end", "kind": "call", "regex": "^BufferedMessageBusClient"}}
TARGET = "from dual_messagebus_client import DualMessageBusClient, "
PUBLISHES = {
    "of-a-dict": ("$TOPIC, $PAYLOAD", {"kind": "dictionary"}, '{$ITEMS, "topic": $TOPIC}'),
    "of-a-name": ("$TOPIC, $PAYLOAD", {"kind": "identifier"}, '{**$PAYLOAD, "topic": $TOPIC}'),
    "with-priority": (
        "$TOPIC, $PAYLOAD, priority=$PRIORITY",
        {"kind": "identifier"},
        '{**$PAYLOAD, "topic": $TOPIC}, priority=$PRIORITY',
    ),
}
"""The arguments of a publish, what its payload must be, and what comes after the message type."""


def rules() -> str:
    """The rules, a JSON document each, which is YAML too."""
    made = (*_imports(), *_clients(), *map(_publish, PUBLISHES))
    return "\n---\n".join(json.dumps({"language": "python", **rule}) for rule in made)


def _imports() -> Iterator[Rule]:
    made = f"{TARGET}EngineType, MessagePriority, MessageType, get_dual_bus_client"
    yield _rule("import-of-a-maker", {**IMPORT, **_within(MAKES)}, made)
    yield _rule("import", {**IMPORT, **_within({"not": MAKES})}, f"{TARGET}MessagePriority, MessageType")


def _clients() -> Iterator[Rule]:
    elsewhere = {"not": {"any": [{"inside": {**IMPORT, "stopBy": "end"}}, {"inside": {"kind": "call"}}]}}
    name = {"kind": "identifier", "regex": "^BufferedMessageBusClient$"}
    yield _rule("annotation", {**name, **elsewhere, **_within()}, "DualMessageBusClient")
    for engine in MOVING:
        made = {"pattern": "BufferedMessageBusClient($$$GIVEN)", **_within()}
        factory = f"await get_dual_bus_client(EngineType.{engine.upper()})"
        yield {**_rule(f"construction-in-{engine}", made, factory), "files": [f"**/engines/{engine}/**"]}
    for name_, pattern, fix in (
        ("config", "self.cfg = MessageBusConfig($$$GIVEN)", ""),
        ("start", "await self.bus.start()", ""),
        ("stop", "self.bus.stop()", "self.bus.close()"),
        ("check", "self.bus.is_connected", CONNECTED),
    ):
        yield _rule(name_, {"pattern": pattern, **_within()}, fix)


def _publish(name: str) -> Rule:
    arguments, payload, given = PUBLISHES[name]
    rule = {"pattern": f"self.bus.publish({arguments})", **_within()}
    known = {"PAYLOAD": payload, "TOPIC": {"regex": f'^f?"({"|".join(TYPES)})'}}
    inside = {"ITEMS": {"substring": {"source": "$PAYLOAD", "startChar": 1, "endChar": -1}}}
    fix = f"self.bus.publish_message(MessageType.$TYPE{len(TYPES)}, {given})"
    return {**_rule(f"publish-{name}", rule, fix), "constraints": known, "transform": inside | _types()}


def _types() -> Rule:
    """The message type of a topic, one prefix after the other."""
    names = ["TOPIC", *(f"TYPE{number}" for number in range(1, len(TYPES) + 1))]
    steps = zip(names, names[1:], TYPES.items(), strict=False)
    return {
        made: {"replace": {"source": f"${source}", "replace": f'^f?"{prefix}.*', "by": message_type}}
        for source, made, (prefix, message_type) in steps
    }


def _rule(name: str, rule: Rule, fix: str) -> Rule:
    return {"id": name, "rule": rule, "fix": fix}


def _within(*more: Rule) -> Rule:
    """In a module that imports the wrapper and does not subscribe."""
    return {"inside": {"kind": "module", "stopBy": "end", "all": [{"has": IMPORT}, {"not": SUBSCRIBES}, *more]}}
