"""Whether a wrapper's handler can be read, and what it becomes: it checks the type, decodes once, and goes on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from codemods.orders import Name, Order
from codemods.reading import atoms
from codemods.reading.flow import FunctionFacts, Place
from codemods.reading.globs import is_literal
from codemods.reading.scopes import Module, Scope, self_of
from codemods.reading.use import Use
from codemods.reading.walking import names_in, walk
from codemods.verdicts.behind import is_chain, is_plain, left_open
from codemods.verdicts.cases import Court
from codemods.verdicts.decorated import opaque
from codemods.verdicts.families import overridden_at
from codemods.verdicts.passing import Taker, order_takers, takers_of
from codemods.verdicts.registrations import Registration


class Subscription(Struct, frozen=True, eq=False):
    """One pattern with the types of all topics that it matches, and a handler that can be read."""

    use: Use
    registration: Registration
    glob: str
    types: tuple[str, ...]
    taker: Taker  # the handler, and the parameter by which it takes the message
    shown: str  # the handler as the dispatcher names it
    is_partial: bool = False  # what is called is an object of functools, and no function

    @property
    def handler(self) -> FunctionFacts:
        """The function that handles the message."""
        return self.taker.facts

    @property
    def pattern(self) -> str:
        """The pattern as the wrapper was given it."""
        return self.registration.pattern


MADE = "the handler is made here by a call that does more than define it: bind it to a name before"


def handler_of(court: Court, place: Place, partial: tuple[Module, ast.Call] | None) -> Taker | str:
    """The function behind a handler, or behind the partial call that it is, or why it cannot be changed."""
    home, node = (partial[0], partial[1].args[0]) if partial is not None else place
    atom = atoms.only(court.program.value(home, node), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    is_named = isinstance(node, ast.Name | ast.Attribute)
    if facts is None or not (is_named or (isinstance(node, ast.Call) and factory_of(court, home, node, facts))):
        made = facts is not None and isinstance(node, ast.Call)
        return MADE if made else "the handler is not a function that can be read"
    where = f"{facts.module.path}:{facts.node.lineno}"
    dressing = opaque(court, facts)
    if dressing is not None:
        shown = facts.module.source.segment(dressing)
        return f"the handler at {where} is decorated by `{shown}`, which may do more than call it with its message"
    override = overridden_at(court, facts)
    if override is not None:
        return f"the handler at {where} is overridden at {override}"
    if not court.engine.owns(facts.module.path):
        return f"the handler at {where} belongs to no path of this engine"
    parameter = _only_parameter(facts) if partial is None else left_open(court, facts, *partial)
    if parameter is None:
        return f"the handler at {where} does not take exactly one message"
    given = _given_back(facts)
    if given is not None:
        return f"the handler gives something back at {facts.module.path}:{given.lineno}, which may have to be awaited"
    taker = Taker(court, facts, parameter)
    taken = takers_of(court, taker)
    return taken if isinstance(taken, str) else taker


def _only_parameter(facts: FunctionFacts) -> ast.arg | None:
    takes = facts.node.args
    more = takes.vararg or takes.kwarg or takes.kwonlyargs or takes.defaults
    return facts.parameters[0] if len(facts.parameters) == 1 and not more else None


def _given_back(facts: FunctionFacts) -> ast.Return | None:
    """What a plain function returns, for its caller to await perhaps: nobody awaits what a coroutine returns."""
    if isinstance(facts.node, ast.AsyncFunctionDef):
        return None
    own = facts.module.inner[facts.node]
    returns = [node for node in walk(facts.node) if isinstance(node, ast.Return) and facts.module.scope_of[node] is own]
    return next((each for each in returns if not isinstance(each.value, ast.Constant | None)), None)


def factory_of(court: Court, module: Module, call: ast.Call, made: FunctionFacts) -> FunctionFacts | None:
    """The plain function that is called with plain values here, and does nothing but define and return a handler."""
    atom = atoms.only(court.program.value(module, call.func), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    plain = all(map(is_plain, given)) and is_chain(call.func)
    if facts is None or not plain or not isinstance(facts.node, ast.FunctionDef) or facts.node.decorator_list:
        return None
    body = facts.node.body[1:] if ast.get_docstring(facts.node) is not None else facts.node.body
    if len(body) != 2 or body[0] is not made.node or facts.references or overridden_at(court, facts) is not None:
        return None
    if not isinstance(body[1], ast.Return):
        return None
    return facts if isinstance(body[1].value, ast.Name) and body[1].value.id == made.node.name else None


def shown_at(use: Use, place: Place) -> str | None:
    """A handler as it may be named where it is subscribed; None where its name means something else there."""
    home, node = place
    if home is not use.module:
        return None
    if any(above is use.node for above in home.ancestors(node)):
        return home.source.segment(node)
    same = means_the_same(home, node, home.scope_of[use.node])
    return home.source.segment(node) if same else None


def order_handlers(court: Court, subscriptions: Iterable[Subscription]) -> Iterator[tuple[Subscription, list[Order]]]:
    """The orders for each handler, with the first of its subscriptions: it checks the type, and decodes once."""
    mine: dict[int, list[Subscription]] = {}
    for subscription in subscriptions:
        mine.setdefault(id(subscription.handler), []).append(subscription)
    for several in mine.values():
        yield several[0], list(_orders(court, several[0].taker, several))
    if mine:
        first, *_ = mine.values()
        yield first[0], list(order_takers([several[0].taker for several in mine.values()]))


def _orders(court: Court, taker: Taker, subscriptions: list[Subscription]) -> Iterator[Order]:
    facts, module, node = taker.facts, taker.facts.module, taker.facts.node
    types = [name for each in subscriptions for name in each.types]
    data, needs = opened(court, subscriptions, types, {"message": taker.message, **taker.names()}, facts)
    if is_on_one_line(facts):
        yield Order("handlers", module, node, {**data, "one_line": True}, needs)
    else:
        yield from _first_orders(taker, data, needs)
    yield from taker.order_reads()
    if isinstance(node, ast.FunctionDef):
        yield Order("handlers", module, node, {"async": True})


def opened(
    court: Court,
    subscriptions: list[Subscription],
    types: Iterable[str],
    named: Mapping[str, str],
    handler: FunctionFacts | None,
) -> tuple[dict[str, object], tuple[Name, ...]]:
    """What opening the messages of one handler needs to know: in the handler itself, or before it is called."""
    wrapper = subscriptions[0].use.wrapper
    assert wrapper is not None
    tests = _tests(handler, subscriptions, wrapper.matching, set(named.values()))
    data: dict[str, object] = {
        "types": list(dict.fromkeys(types)),
        "type_text": court.contract.type_text,
        "tests": tests,
        "matching": wrapper.matching,
        **named,
    }
    needs: list[Name] = [(court.target, "MessageType"), ("json", "")]
    if wrapper.matching == "glob" and any(kind in ("matches", "any") for kind, _ in tests):
        needs.append(("fnmatch", "fnmatchcase"))
    return data, tuple(needs)


def is_on_one_line(facts: FunctionFacts) -> bool:
    """Whether the body of a function follows its header on the same line."""
    first = facts.node.body[0]
    return bool(facts.module.source.lines[first.lineno - 1].encode()[: first.col_offset].strip())


def _first_orders(taker: Taker, data: dict[str, object], needs: tuple[Name, ...]) -> Iterator[Order]:
    """The orders that put the decoding before the first statement, or in the place of what it makes superfluous."""
    module, body = taker.facts.module, taker.facts.node.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    anchor = body[1] if has_docstring and len(body) > 1 else body[0]
    data["after"] = has_docstring and len(body) == 1
    superfluous = list(taker.superfluous())
    data["instead"] = anchor in superfluous
    yield Order("handlers", module, anchor, data, needs)
    for statement in superfluous:
        if statement is not anchor:
            yield Order("handlers", module, statement, {"remove": True}, consumes=(statement,))


def _tests(
    facts: FunctionFacts | None, subscriptions: list[Subscription], matching: str, own: set[str]
) -> list[tuple[str, str]]:
    """How the handler's topics are told from others: each kind of test with the expression that it compares with.

    A name that the handler binds itself, now or before, is another one there.
    """
    found: list[tuple[str, str]] = []
    for each in subscriptions:
        named, module = each.registration.named, each.use.module
        same = [s.pattern for s in subscriptions if named is not None and s.registration.named is named]
        is_plain = matching == "exact" or (matching == "glob" and all(map(is_literal, same or [each.pattern])))
        if matching == "glob" and each.pattern == "*":
            return []
        if named is None or names_in(named) & own or not _sees(facts, module, named):
            found.append(("is" if is_plain else "matches", quoted(each.pattern)))
        elif each.registration.is_one_of:
            found.append(("in" if is_plain else "any", module.source.segment(named)))
        else:
            found.append(("is" if is_plain else "matches", module.source.segment(named)))
    return list(dict.fromkeys(found))


def quoted(text: str) -> str:
    """A text as a literal with double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sees(facts: FunctionFacts | None, module: Module, named: ast.expr) -> bool:
    """Whether a chain of names means in a handler, or wherever its module subscribes, what it means in one place."""
    if facts is None:
        base = named
        while isinstance(base, ast.Attribute):
            base = base.value
        scope = module.scope_of[base].find(base.id) if isinstance(base, ast.Name) else None
        return scope is not None and scope.kind == "module"
    return facts.module is module and means_the_same(module, named, facts.module.inner[facts.node])


def means_the_same(module: Module, chain: ast.expr, scope: Scope) -> bool:
    """Whether names with dots mean the same in this scope, too: so does `self` in all methods of one class."""
    base = chain
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name):
        return False
    there, here = module.scope_of[base].find(base.id), scope.find(base.id)
    if there is not None and there is here:
        return there.kind in ("module", "function")
    owners = {id(owner) for owner in (self_of(module, there, base.id), self_of(module, here, base.id))}
    return None not in (there, here) and base is not chain and len(owners) == 1 and owners != {id(None)}
