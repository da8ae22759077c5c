"""The check that what was to be said is said: as many publishes, subscriptions and stream commands, each on its bus."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Iterable, Iterator

from codemods.checking.names import calls
from codemods.checking.places import argument, member
from codemods.model import Fault
from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.contract import FACTORY, TOPIC_KEY, UNCONNECTED
from codemods.reading.legacy import STREAM_COMMANDS
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.native import SUBSCRIBE, types_of
from codemods.verdicts.routes import RAW_ATTRIBUTE

FACTORIES = {FACTORY, UNCONNECTED}
End = tuple[str, str, str]  # path, what is done, and to what


def prove_ends(before: Court, after: Court, orders: Iterable[Order], paths: Container[str]) -> Fault | None:
    """The first use of the target that is not what was ordered; None where all are."""
    ordered = Counter(_ordered(orders))
    lines: dict[End, int] = {}
    found = Counter(_found(after, paths, lines))
    found.subtract(_found(before, paths, {}))
    for end in sorted(ordered.keys() | found.keys()):
        if found[end] != ordered[end]:
            path, done, what = end
            counted = f"{ordered[end]} ordered, {found[end]} there"
            return Fault("ends", path, lines.get(end, 1), f"{done} of {what}: {counted}")
    return None


def _ordered(orders: Iterable[Order]) -> Iterator[End]:
    """What the orders put into the code."""
    for order in orders:
        data = order.data
        if order.codemod in ("publishing", "loops") and "message_type" in data and "fields" not in data:
            yield order.path, "a publish", data["message_type"]
            if order.codemod == "publishing":
                yield order.path, "a payload with its topic", data["message_type"]
        elif order.codemod == "routing" and "command" in data:
            for client in (data["client"], *([data["also"]] if "also" in data else [])):
                yield order.path, f"{data['command']}()", str(client)
        elif order.codemod == "lifecycle" and (data.get("method") == "close" or "close_beside" in data):
            yield order.path, "close()", "the client"
        elif "subscribe" in data:
            yield order.path, "a subscription on " + data["bus"], data["subscribe"]
        if "engine_type" in data and order.codemod in ("connections", "lifecycle"):
            yield order.path, "a client", data["engine_type"]
        for made in data.get("subscriptions", ()):
            yield order.path, f"a subscription on {made['bus']}", ", ".join(made["types"])


def _found(court: Court, paths: Container[str], lines: dict[End, int]) -> Iterator[End]:
    """What is there, with the line of each; what an attribute alone is asked for does not count."""
    for use in court.uses:
        is_raw = use.kind == "dual-raw call" or (use.kind == "dual-raw attribute" and use.name in STREAM_COMMANDS)
        if use.path not in paths or not (is_raw or use.kind == "dual call"):
            continue
        end = None
        if is_raw:
            buses = {atom.name for atom in use.holders if atom.kind == atoms.DUAL_RAW}
            end = (use.path, f"{use.name}()", " or ".join(sorted(RAW_ATTRIBUTE[bus] for bus in buses)))
        elif use.name == "publish_message":
            end = (use.path, "a publish", ", ".join(types_of(use)))
            if _has_topic(use):
                lines[use.path, "a payload with its topic", end[2]] = use.line
                yield use.path, "a payload with its topic", end[2]
        elif use.name == "close":
            end = (use.path, "close()", "the client")
        elif use.name in SUBSCRIBE:
            bus = use.name.removeprefix("subscribe_to_")
            end = (use.path, f"a subscription on {bus}", ", ".join(types_of(use)))
        if end is not None:
            lines[end] = use.line
            yield end
    for module in court.program.modules.values():
        for call, name in calls(court, module) if module.path in paths else ():
            if name in FACTORIES and call.args:
                end = (module.path, "a client", member(court, module, call.args[0], "EngineType") or "*")
                lines[end] = call.lineno
                yield end


def _has_topic(use: Use) -> bool:
    """Whether a payload that is written out carries its topic."""
    payload = argument(use.call, 1, "payload")
    keys = payload.keys if isinstance(payload, ast.Dict) else []
    return any(isinstance(key, ast.Constant) and key.value == TOPIC_KEY for key in keys)
