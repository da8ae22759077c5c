"""Where the one subscription of a bus stands: in the place of the last legacy one, or after what starts the client."""

from __future__ import annotations

import ast

from msgspec import Struct
from msgspec.structs import replace

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.contexts import LOG_METHODS
from codemods.reading.scopes import Function, Module, is_stored, last_name, self_of
from codemods.reading.use import Use
from codemods.reading.walking import names_in
from codemods.settings import BUSES
from codemods.verdicts.behind import PARTIAL, is_chain
from codemods.verdicts.cases import Court, is_statement
from codemods.verdicts.dispatching import place_of
from codemods.verdicts.families import overridden_at
from codemods.verdicts.handling import Subscription
from codemods.verdicts.receivers import Joined, types_on
from codemods.verdicts.sequence import Step, meeting, name_at, repeated_at, run_between, tested_by, way_to
from codemods.verdicts.wording import symbols_of

NO_AWAIT = "nothing can be awaited where this subscribes"


class Place(Struct, frozen=True, eq=False):
    """A statement that subscribes, the way that leads to it, and whether that is before the client is started."""

    use: Use
    way: list[Step]
    is_early: bool = False

    @property
    def statement(self) -> ast.stmt:
        """The loop, or the subscription itself."""
        return self.way[0].statement

    @property
    def where(self) -> str:
        """Path and line of the subscription."""
        return f"{self.use.path}:{self.use.line}"


def places_of(court: Court, uses: list[Use]) -> list[Place]:
    """One place for each statement that subscribes, in the order in which they run as far as there is one."""
    found: dict[int, Place] = {}
    for use in uses:
        statement = place_of(use)
        if id(statement) not in found:
            client = ast.unparse(use.receiver) if use.receiver is not None else ""
            found[id(statement)] = Place(use, way_to(court, use.module, statement, client))
    places = list(found.values())
    met = meeting([place.way for place in places]) if len(places) > 1 else None
    flat = run_between([place.way for place in places], met) if met is not None else None
    order = {id(statement): number for number, (_, statement) in enumerate(flat or ())}
    return sorted(places, key=lambda place: order[id(place.statement)] if flat is not None else 0)


def begun(court: Court, place: Place, start: Use | None, is_later: bool) -> Place | str:
    """The place with what is known of the client's start, or why it cannot be told to come before or after that."""
    if start is None:
        return place
    apart = f"this subscribes before the start at {start.path}:{start.line}, or apart from it"
    if is_later:
        return apart  # the start runs while its caller goes on
    if start.function is place.use.function and start.line < place.use.line:
        return place
    begins = way_to(court, start.module, start.module.statement(start.node))
    met = meeting([begins, place.way])
    if met is not None and run_between([begins, place.way], met) is not None:
        order = [met[0].block.index(step.statement) for step in met]
        if order[0] < order[1]:
            return place
    is_plain = is_statement(start.module, start.node)
    made = next((step for step in place.way if _is_made_before(court, begins[0], step)), None)
    below = place.way[: place.way.index(made)] if made is not None else []
    if is_plain and made is not None and not repeated_at(place.way) and all(step.is_certain for step in below):
        return replace(place, is_early=True)
    return apart


def _is_made_before(court: Court, start: Step, step: Step) -> bool:
    """Whether a statement runs once for each object, before a method of that object can start the client."""
    maker, method = step.function, start.function
    if maker is None or method is None or maker.name != "__init__" or step.module is not start.module:
        return False
    same = step.module.parent[maker] is start.module.parent[method]
    ends = any(isinstance(node, ast.Return) for node in ast.walk(maker))
    is_kept = overridden_at(court, court.program.facts(step.module, maker)) is None
    return same and step.is_certain and not ends and is_kept and not method.decorator_list


def join(
    court: Court, places: list[Place], subscriptions: list[Subscription], start: Use | None, subscribing: set[int]
) -> list[Joined] | str:
    """The one subscription of each bus, or why there is none.

    `subscribing` are the statements, by id, that subscribe, those that do not move among them.
    """
    found: list[Joined] = []
    for bus in BUSES:
        mine = [each for each in subscriptions if types_on(court, each, bus)]
        statements = {id(place_of(each.use)) for each in mine}
        joined = [place for place in places if id(place.statement) in statements]
        together = _together(court, bus, joined, mine, subscribing, start) if joined else None
        if isinstance(together, str):
            return together
        found += [together] if together is not None else []
    return found


def _together(
    court: Court, bus: str, joined: list[Place], mine: list[Subscription], subscribing: set[int], start: Use | None
) -> Joined | str:
    """One bus: its last place, or one on the way to it, where every handler has a name."""
    early = [place for place in joined if place.is_early]
    ways = [place.way for place in joined if not place.is_early]
    if early and start is not None:
        ways.insert(0, way_to(court, start.module, start.module.statement(start.node)))
    several = f"the engine subscribes in several places, first at {joined[0].where}"
    if len({id(place.way[0].function) for place in early}) > 1:
        return several
    top, flat = ways[-1][-1], None
    if len(ways) > 1:
        met = meeting(ways)
        flat = run_between(ways, met) if met is not None else None
        if met is None or flat is None:
            return several
        known = {id(way[0].statement) for way in ways} | subscribing
        doubtful = next((s for s in flat if id(s[1]) not in known and not _is_harmless(court, *s, joined[0])), None)
        if doubtful is not None:
            where = f"{doubtful[0].path}:{doubtful[1].lineno}"
            return f"between the subscriptions, the statement at {where} may end what follows it"
        top = met[-1]
    way_of = {id(place.statement): place.way for place in joined}
    named = [(way_of[id(place_of(each.use))], each.registration.handler[1]) for each in mine]
    standing = _standing(court, bus, ways[-1], top, named, mine, bool(early) and len(ways) == 1, start)
    if isinstance(standing, Joined) and flat is not None:
        for (way, _), name in zip(named, standing.handlers, strict=True):
            own = {node.attr for node in ast.walk(ast.parse(name)) if isinstance(node, ast.Attribute)}
            again = _bound_after(flat, way[0].statement, names_in(ast.parse(name)) | own)
            if again is not None:
                return f"the name `{name}` of a handler that would be joined is bound again at {again}"
    return standing


def _bound_after(flat: list[tuple[Module, ast.stmt]], place: ast.stmt, names: set[str]) -> str | None:
    """Where one of these names is bound after a place, so that it may mean something else when all are joined."""
    order = [statement for _, statement in flat]
    for module, statement in flat[order.index(place) + 1 :] if place in order else flat:
        for node in ast.walk(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else ():
            if isinstance(node, ast.Name | ast.Attribute) and is_stored(node) and last_name(node) in names:
                return f"{module.path}:{statement.lineno}"
    return None


def _standing(
    court: Court,
    bus: str,
    way: list[Step],
    top: Step,
    named: list[tuple[list[Step], ast.expr]],
    mine: list[Subscription],
    is_after: bool,
    start: Use | None,
) -> Joined | str:
    """The subscription at the first step of a way that can await it and knows every handler by name."""
    receiver = start.receiver if is_after and start is not None else mine[-1].use.receiver
    own = way if is_after else named[-1][0]
    fault = NO_AWAIT
    for step in way[: way.index(top) + 1]:
        use = None if step is not way[0] else start if is_after else mine[-1].use
        growth = _growth(court, step, use)
        if isinstance(growth, str):
            fault = f"{NO_AWAIT}{growth}" if step is way[0] else fault
        else:
            names = [name_at(each, node, step) for each, node in named]
            known = [name for name in names if name is not None]
            of_bus = name_at(own, receiver, step) if receiver is not None else None
            if of_bus is not None and len(known) == len(names):
                after = is_after or step is not way[0]
                of_bus = (_nearer(court, step, mine[-1].use) if after else None) or of_bus
                return Joined(bus, step.module, step.statement, after, of_bus, known, mine, growth)
            fault = f"the handlers that would be joined at {step.where} are not all known by a name there"
        if is_after or not step.is_certain:
            break
    return fault


def _growth(court: Court, step: Step, use: Use | None) -> tuple[Order, ...] | str:
    """What makes the function of a step async for a use in it; or why it cannot, to follow a place."""
    if isinstance(step.function, ast.AsyncFunctionDef):
        return ()
    return court.closures.orders(use) if use is not None else ""


def _nearer(court: Court, step: Step, use: Use) -> str | None:
    """The client's name in the function of a step, where something was done with it before."""
    for other in court.uses:
        same = other.kind == "call" and other.function is step.function and set(other.holders) == set(use.holders)
        if same and other.receiver is not None and other.line <= step.statement.lineno and is_chain(other.receiver):
            return ast.unparse(other.receiver)
    return None


def _is_harmless(court: Court, module: Module, statement: ast.stmt, first: Place) -> bool:
    """Whether a statement lets what follows it run: a definition, a plain value, a log line, or a guard that passes."""
    if isinstance(statement, ast.If):
        return _is_passed(module, statement, first)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Pass)
    return isinstance(statement, Function) or (plain and all(_is_quiet(court, module, call) for call in calls))


def _is_quiet(court: Court, module: Module, call: ast.Call) -> bool:
    """Whether a call logs or binds parameters, or makes an object whose constructor only keeps what it is given."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS:
        return True
    if symbols_of(court, module, call.func) == {PARTIAL}:
        return True
    made = atoms.only(court.program.value(module, call.func), atoms.CLASS)
    if made is None or len(court.program.ancestry((made.path, made.name))) != 1:
        return False
    constructor = court.program.method((made.path, made.name), "__init__")
    node = court.program.classes[made.path, made.name][1]
    if constructor is None or node.decorator_list or node.bases:
        return False
    return all(
        isinstance(inner, ast.Assign | ast.AnnAssign) and not any(isinstance(n, ast.Call) for n in ast.walk(inner))
        for inner in constructor.node.body
    )


def _is_passed(module: Module, guard: ast.If, first: Place) -> bool:
    """Whether this returns where there is no client: what has subscribed before is there."""
    receiver = first.use.receiver
    inner, there = module.function_of(guard), first.way[0].function
    if receiver is None or inner is None or there is None or module is not first.use.module:
        return False
    same = tested_by(guard) == ast.unparse(receiver)
    return same and _base_of(module, receiver, inner) == _base_of(module, receiver, there)


def _base_of(module: Module, chain: ast.expr, function: ast.AST) -> ast.AST | None:
    """What the first name of a chain means in a function: the class of its `self`, or where else it is bound."""
    while isinstance(chain, ast.Attribute):
        chain = chain.value
    scope = module.inner[function].find(chain.id) if isinstance(chain, ast.Name) else None
    return self_of(module, scope, chain.id) or scope.node if scope is not None and isinstance(chain, ast.Name) else None
