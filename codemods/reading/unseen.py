"""Uses of objects that are not followed, and may be a wrapper's client: by their topic, or by where they are from."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from codemods.reading import atoms
from codemods.reading.flow import Program
from codemods.reading.globs import covers
from codemods.reading.lost import is_unknown
from codemods.reading.scopes import Module
from codemods.reading.tracing import Tracer, stored
from codemods.reading.words import by_part
from codemods.settings import Settings, Wrapper

SENDING = ("publish", "subscribe")
SHORTEST = 3  # characters of a route before its first `*`: with fewer it says nothing


def names_of(wrapper: Wrapper) -> list[str]:
    """The methods of a wrapper that take a topic."""
    return sorted(name for name, meaning in wrapper.methods.items() if meaning in SENDING)


def search_for_messages(settings: Settings) -> Callable[[bytes], bool]:
    """Says of a text whether it may name a topic of the routes, and call what takes one."""
    calls = by_part(sorted({b"." + name.encode() for wrapper in settings.wrappers for name in names_of(wrapper)}))
    starts = [start.encode() for start in _starts(settings)]

    def has_message(data: bytes) -> bool:
        called = any(call in data for part, its_calls in calls if part in data for call in its_calls)
        return called and any(start in data for start in starts)

    return has_message


def unseen_uses(program: Program, wrapper: Wrapper) -> Iterator[tuple[Module, ast.Call, ast.Attribute]]:
    """Every call of a wrapper's method on something unknown that may be a client of it."""
    tracer, starts, taking = Tracer(program, wrapper.module), _starts(program.settings), names_of(wrapper)
    for module in program.modules.values():
        text = module.source.text
        has_topic = any(start in text for start in starts)
        names = wrapper.methods if tracer.may_be_named(text) else taking if has_topic else ()
        for call, method in _unknown_calls(program, module, sorted(names)):
            receiver = method.value
            is_told = method.attr in taking and _is_routed(program, module, call)
            if tracer.leads_to_client(module, receiver) or (is_told and not _is_anothers(program, module, receiver)):
                yield module, call, method


def _unknown_calls(program: Program, module: Module, names: list[str]) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    for name in names:
        module.read_member(name)
        program.demand.refresh()
        for node in list(module.attributes.get(name, ())):
            call = module.parent[node]
            if isinstance(call, ast.Call) and call.func is node and is_unknown(program, module, node.value):
                yield call, node


def _is_routed(program: Program, module: Module, call: ast.Call) -> bool:
    """Whether the first argument is a topic that one of the routes takes, and not merely because it takes any."""
    if not call.args:
        return False
    topics = atoms.texts(program.value(module, call.args[0])) or ()
    routes = [route.match for route in program.settings.routes if route.message_type and _start(route.match)]
    return any(covers(match, topic) for topic in topics for match in routes)


def _is_anothers(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether this is an object of a class that is not read here, by whatever name: `self.mqtt = mqtt.Client()`."""
    if isinstance(receiver, ast.Call):
        made = program.value(module, receiver.func)
        return bool(made) and all(a.kind == atoms.SYMBOL and a.name.rpartition(".")[2][:1].isupper() for a in made)
    found = list(stored(program, module, receiver)) if isinstance(receiver, ast.Name | ast.Attribute) else []
    given = [(other, value) for other, value in found if not (isinstance(value, ast.Constant) and value.value is None)]
    return bool(given) and all(isinstance(v, ast.Call) and _is_anothers(program, other, v) for other, v in given)


def _starts(settings: Settings) -> list[str]:
    return [start for route in settings.routes if route.message_type and (start := _start(route.match))]


def _start(match: str) -> str:
    """What every topic of a route begins with; empty where that is next to nothing."""
    start = re.split(r"[*?\[]", match)[0]
    return start if len(start) >= SHORTEST else ""
