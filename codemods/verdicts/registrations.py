"""What one subscription subscribes: a pattern and its handler, or one such pair for each turn of a loop."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from msgspec import Struct

from codemods.model import Question
from codemods.reading.constants import Bound, Constants
from codemods.reading.flow import Place
from codemods.reading.scopes import Module, Scope
from codemods.reading.use import Use
from codemods.verdicts.cases import Court, answer_yaml, identity, is_alone
from codemods.verdicts.guards import is_log_line
from codemods.verdicts.routes import suggested_glob

WILDCARDS = "*?["
OTHER_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Registration(Struct, frozen=True, eq=False):
    """One pattern with its handler, and the expression that names the pattern, or all patterns of a loop."""

    pattern: str
    handler: Place
    named: ast.expr | None = None
    is_one_of: bool = False  # what is named is a collection of patterns


def registrations(court: Court, use: Use, topic: ast.expr, handler: ast.expr) -> list[Registration] | Question | str:
    """What a subscription subscribes, in order; or what must be asked first, or why nobody could tell."""
    loops = loops_around(use)
    fault = next(_faults_of_loops(court, use, loops), None)
    if fault is not None:
        return fault
    if isinstance(topic, ast.Constant) and not isinstance(topic.value, str):
        return "the topic of a subscription is no text"
    constants = Constants(court.program)
    turns = _turns(constants, use.module, loops)
    patterns = [constants.text(use.module, topic, turn) for turn in turns]
    known = [pattern for pattern in patterns if pattern is not None]
    if turns and len(known) == len(patterns):
        named, is_one_of = _named(use, topic, loops)
        handlers = [constants.place(use.module, handler, turn) for turn in turns]
        return [Registration(p, h, named, is_one_of) for p, h in zip(known, handlers, strict=True)]
    if names_of(loops) & {node.id for node in ast.walk(handler) if isinstance(node, ast.Name)}:
        return f"what the loop at {use.path}:{loops[0].lineno} goes over is not known, or may change"
    if isinstance(topic, ast.IfExp):
        return "one of two patterns is subscribed to here, and which is decided at run time: subscribe in two branches"
    answered = court.names(_id(use, topic))
    if answered is None or (len(answered) > 1 and not loops):
        return _question(court, use, topic, bool(loops))
    wider = next((pattern for pattern in answered if _is_wider(pattern, topic)), None)
    if wider is not None:
        shown = " ".join(use.module.source.segment(topic).split())
        return f"`{shown}` subscribes to what it is at run time, and not to all of `{wider}`"
    return [Registration(pattern, (use.module, handler)) for pattern in answered]


def _is_wider(pattern: str, topic: ast.expr) -> bool:
    """Whether a pattern has more wildcards than the text that is put together here: a part of that stands for them."""
    if not isinstance(topic, ast.JoinedStr | ast.BinOp):
        return False
    written = "".join(str(node.value) for node in ast.walk(topic) if isinstance(node, ast.Constant))
    return sum(map(pattern.count, WILDCARDS)) > sum(map(written.count, WILDCARDS))


def _id(use: Use, topic: ast.expr) -> str:
    return identity("topic", use, use.module.source.segment(topic))


def _question(court: Court, use: Use, topic: ast.expr, is_list: bool) -> Question:
    text = " ".join(use.module.source.segment(topic).split())
    glob = json.dumps(suggested_glob(court, text, messages=True), ensure_ascii=False)
    value = f"[{glob}]   # every pattern, as the wrapper is given it" if is_list else f"{glob}   # the pattern itself"
    what = f"which topics does `{text}` subscribe to? They decide the message type"
    return Question(_id(use, topic), what, answer_yaml(_id(use, topic), value))


# loops


def loops_around(use: Use) -> list[ast.For]:
    """The loops that the subscription stands in, outermost first, as far as they follow one upon the other."""
    loops: list[ast.For] = []
    node: ast.stmt = use.module.statement(use.node)
    above = use.module.parent[node]
    while isinstance(above, ast.For) and node in above.body:
        loops.insert(0, above)
        node, above = above, use.module.parent[above]
    return loops


def _faults_of_loops(court: Court, use: Use, loops: list[ast.For]) -> Iterator[str]:
    for above in use.around:
        if isinstance(above, OTHER_LOOPS) and above not in loops:
            yield f"the engine subscribes in the loop at {use.path}:{above.lineno}, which does more than that"
    uses = [each for each in court.uses if _is_subscription(each)] if loops else []
    subscriptions = {id(each.module.statement(each.node)) for each in uses}
    for loop in loops:
        where = f"{use.path}:{loop.lineno}"
        other = next((s for s in loop.body if not _is_plain(s, subscriptions, loops)), None)
        if loop.orelse or other is not None:
            place = f"{use.path}:{other.lineno}" if other is not None else where
            yield f"the loop at {where} does more than subscribe, at {place}"
        targets = [node for node in ast.walk(loop.target) if isinstance(node, ast.Name)]
        if not isinstance(loop.target, ast.Name | ast.Tuple) or not is_alone(use.module, loop):
            yield f"the loop at {where} cannot be read"
        for name in targets:
            yield from _other_uses(use.module, loop, name)


def _is_subscription(use: Use) -> bool:
    return use.kind == "call" and use.wrapper is not None and use.wrapper.methods.get(use.name) == "subscribe"


def _is_plain(statement: ast.stmt, subscriptions: set[int], loops: list[ast.For]) -> bool:
    return id(statement) in subscriptions or statement in loops or is_log_line(statement)


def _other_uses(module: Module, loop: ast.For, target: ast.Name) -> Iterator[str]:
    """A name of the loop that is bound in it again, or used after it."""
    scope = module.scope_of[target].find(target.id)
    inside = {id(node) for node in ast.walk(loop)}
    for node in module.named(target.id):
        if isinstance(node, ast.arg) or node is target or module.scope_of[node].find(target.id) is not scope:
            continue
        is_load = isinstance(node.ctx, ast.Load)
        if (id(node) in inside) != is_load and not (is_load and _is_bound_by_another_loop(module, node)):
            yield f"`{target.id}` of the loop at {module.path}:{loop.lineno} is used at {module.path}:{node.lineno}"


def _is_bound_by_another_loop(module: Module, node: ast.Name) -> bool:
    loops = (above for above in module.ancestors(node) if isinstance(above, ast.For | ast.AsyncFor))
    return any(isinstance(n, ast.Name) and n.id == node.id for loop in loops for n in ast.walk(loop.target))


def _turns(constants: Constants, module: Module, loops: list[ast.For]) -> list[Bound]:
    """What the names of nested loops hold, once for each turn of the innermost; none where that is not known."""
    turns: list[Bound] = [{}]
    for loop in loops:
        further: list[Bound] = []
        for turn in turns:
            elements = constants.elements(module, loop.iter, turn)
            held = [_taken_apart(module, loop.target, element) for element in elements or ()]
            if elements is None or None in held:
                return []
            further += [{**turn, **each} for each in held if each is not None]
        turns = further
    return turns


def _taken_apart(module: Module, target: ast.expr, element: Place) -> Bound | None:
    """What each name of a loop's target holds of one element."""
    home, node = element
    if isinstance(target, ast.Name):
        scope = module.scope_of[target].find(target.id)
        return {(scope, target.id): element} if isinstance(scope, Scope) else None
    if not isinstance(target, ast.Tuple) or not isinstance(node, ast.Tuple | ast.List):
        return None
    if len(target.elts) != len(node.elts):
        return None
    parts = [_taken_apart(module, one, (home, item)) for one, item in zip(target.elts, node.elts, strict=True)]
    known = [part for part in parts if part is not None]
    return {name: held for part in known for name, held in part.items()} if len(known) == len(parts) else None


def _named(use: Use, topic: ast.expr, loops: list[ast.For]) -> tuple[ast.expr | None, bool]:
    """The name under which the pattern, or all patterns of the one loop, may be found elsewhere too."""
    loop = loops[0] if len(loops) == 1 else None
    if loop is not None and isinstance(topic, ast.Name) and isinstance(loop.target, ast.Name):
        return (loop.iter, True) if topic.id == loop.target.id else (None, False)
    own = {node.id for node in ast.walk(topic) if isinstance(node, ast.Name)}
    return (None, False) if names_of(loops) & own else (topic, False)


def names_of(loops: list[ast.For]) -> set[str]:
    """The names that these loops bind."""
    return {node.id for loop in loops for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
