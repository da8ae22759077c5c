"""Messages on objects that cannot be followed, to a topic that has a route: they may be a wrapper's client's own."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from codemods.reading import atoms
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Program
from codemods.reading.globs import covers
from codemods.reading.lost import is_unknown
from codemods.reading.scopes import Module
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


def unseen_messages(program: Program, wrapper: Wrapper) -> Iterator[tuple[Module, ast.Call, ast.Attribute]]:
    """Every call of a method that takes a topic, on something of which nothing is known, for a topic with a route."""
    has_message = search_for_messages(program.settings)
    for module in program.modules.values():
        if not has_message(module.source.text.encode(errors="replace")):
            continue
        for name in names_of(wrapper):
            module.read_member(name)
            program.demand.refresh()
            for node in list(module.attributes.get(name, ())):
                call = module.parent[node]
                if not isinstance(call, ast.Call) or call.func is not node:
                    continue
                if _is_routed(program, module, call) and _may_be_anybodys(program, module, node.value):
                    yield module, call, node


def _is_routed(program: Program, module: Module, call: ast.Call) -> bool:
    """Whether the first argument is a topic that one of the routes takes, and not merely because it takes any."""
    if not call.args:
        return False
    topics = atoms.texts(program.value(module, call.args[0])) or ()
    routes = [route.match for route in program.settings.routes if route.message_type and _start(route.match)]
    return any(covers(match, topic) for topic in topics for match in routes)


def _may_be_anybodys(program: Program, module: Module, receiver: ast.expr) -> bool:
    return is_unknown(program, module, receiver) and not _is_anothers(program, module, receiver)


def _is_anothers(program: Program, module: Module, receiver: ast.expr) -> bool:
    """Whether this is an object of a class that is not read here, by whatever name: `self.mqtt = mqtt.Client()`."""
    if isinstance(receiver, ast.Call):
        made = program.value(module, receiver.func)
        return bool(made) and all(a.kind == atoms.SYMBOL and a.name.rpartition(".")[2][:1].isupper() for a in made)
    stored = list(_stored(program, module, receiver)) if isinstance(receiver, ast.Name | ast.Attribute) else []
    given = [(other, value) for other, value in stored if not (isinstance(value, ast.Constant) and value.value is None)]
    return bool(given) and all(isinstance(v, ast.Call) and _is_anothers(program, other, v) for other, v in given)


def _stored(
    program: Program, module: Module, place: ast.Name | ast.Attribute
) -> Iterator[tuple[Module, ast.expr | None]]:
    """What is assigned to this name, or to this attribute of an object of this class; None for any other way."""
    name = place.id if isinstance(place, ast.Name) else place.attr
    cells = set(Evaluator(program, module).target_cells(place))
    for other in program.modules.values() if cells else ():
        for node in [*other.named(name), *other.attributes.get(name, ())]:
            if isinstance(node, ast.arg) or isinstance(node.ctx, ast.Load):
                continue
            if cells & set(Evaluator(program, other).target_cells(node)):
                above = other.parent[node]
                yield other, above.value if isinstance(above, ast.Assign | ast.AnnAssign) else None


def _starts(settings: Settings) -> list[str]:
    return [start for route in settings.routes if route.message_type and (start := _start(route.match))]


def _start(match: str) -> str:
    """What every topic of a route begins with; empty where that is next to nothing."""
    start = re.split(r"[*?\[]", match)[0]
    return start if len(start) >= SHORTEST else ""
