"""Uses of objects that are not followed, and may be a wrapper's client: by their topic, or by where they are from."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from codemods.reading import atoms
from codemods.reading.flow import Program
from codemods.reading.globs import covers
from codemods.reading.lost import is_unknown
from codemods.reading.scopes import Module
from codemods.reading.tracing import Tracer, stored
from codemods.settings import Settings, Wrapper

SENDING = ("publish", "subscribe")
SHORTEST = 3  # characters of a route before its first `*`: with fewer it says nothing


def names_of(wrapper: Wrapper) -> list[str]:
    """The methods of a wrapper that take a topic."""
    return sorted(name for name, meaning in wrapper.methods.items() if meaning in SENDING)


def calls_in_bytes(settings: Settings) -> list[bytes]:
    """How what takes a topic is called in a text."""
    return sorted({b"." + name.encode() for wrapper in settings.wrappers for name in names_of(wrapper)})


def has_message(settings: Settings, data: bytes) -> bool:
    """Whether a text may name a topic of the routes, and call what takes one."""
    is_called = any(call in data for call in calls_in_bytes(settings))
    return is_called and any(start.encode() in data for start in _starts(settings))


class Unseen(Struct, frozen=True):
    """One use of a wrapper's method on something unknown: called there, or taken to be called elsewhere."""

    module: Module
    node: ast.expr  # the call, or the method that is taken
    receiver: ast.expr
    name: str  # of the method
    topic: ast.expr | None  # what may be its first argument

    @property
    def shown(self) -> str:
        """How a reason names it."""
        return f"{self.name}() is called on" if isinstance(self.node, ast.Call) else f"{self.name} is taken from"


def unseen_uses(program: Program, wrapper: Wrapper, keys: Collection[str]) -> Iterator[Unseen]:
    """Every use of a wrapper's method on something unknown that may be a client of it.

    `keys` are those by which clients are kept in what cannot be followed.
    """
    tracer, starts, taking = Tracer(program, wrapper.module, keys), _starts(program.settings), names_of(wrapper)
    for module in program.modules.values():
        text = module.source.text
        has_topic = any(start in text for start in starts)
        names = wrapper.methods if tracer.may_be_named(text) else taking if has_topic else ()
        for use in _unknown_uses(program, module, sorted(names)):
            is_told = use.name in taking and _is_routed(program, module, use.topic)
            if tracer.leads_to_client(module, use.receiver) or (
                is_told and not _is_anothers(program, module, use.receiver)
            ):
                yield use


def _unknown_uses(program: Program, module: Module, names: list[str]) -> Iterator[Unseen]:
    for name in names:
        module.read_member(name)
        program.demand.refresh()
        for node in list(module.attributes.get(name, ())):
            above = module.parent[node]
            if isinstance(node.ctx, ast.Load) and is_unknown(program, module, node.value):
                is_called = isinstance(above, ast.Call) and above.func is node
                use = above if isinstance(above, ast.Call) and is_called else node
                yield Unseen(module, use, node.value, name, _topic(node, above))


def _topic(method: ast.Attribute, above: ast.AST) -> ast.expr | None:
    """The first argument of a method, be it given beside it: `partial(desk.bus.publish, "market.data.a")`."""
    if not isinstance(above, ast.Call):
        return None
    row = [above.func, *above.args]
    given = row[row.index(method) + 1 :] if method in row else []
    return given[0] if given else None


def _is_routed(program: Program, module: Module, topic: ast.expr | None) -> bool:
    """Whether this is a topic that one of the routes takes, and not merely because it takes any."""
    if topic is None:
        return False
    topics = atoms.texts(program.value(module, topic)) or ()
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
