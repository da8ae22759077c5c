"""What becomes of a wrapper's subscriptions: one for each bus, and each handler its own filter."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from codemods.model import StreamEnd, Verdict
from codemods.orders import Name, Order
from codemods.reading import atoms
from codemods.reading.contexts import LOG_METHODS
from codemods.reading.flow import FunctionFacts
from codemods.reading.globs import is_literal, overlap
from codemods.reading.scopes import Function, Module, last_name
from codemods.reading.uses import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.settings import BUSES
from codemods.verdicts.cases import Case, Court, ask, is_alone, is_statement, refuse, rewrite
from codemods.verdicts.publishing import topics_of
from codemods.verdicts.routes import question_of_topic, types_of_pattern
from codemods.verdicts.servers import arguments

LOOPS = ast.For | ast.AsyncFor | ast.While
READS = ("topic", "payload")
"""What a handler may read of its message. The rest of the envelope is text on the target, and was not before."""
GLOB = {"glob": "{}", "prefix": "{}*", "exact": "{}"}


def judge(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on one subscription, its handler included."""
    signature = facts.signature(use.name)
    given = arguments(use.call, signature.parameters)
    names = signature.parameters[:2]
    if given is None or set(given) != set(names):
        return refuse(use, "a subscription takes a topic and a handler, and nothing else has a counterpart")
    if not is_statement(use.module, use.node):
        return refuse(use, "the subscription is more than a statement of its own")
    if signature.is_async and not use.is_awaited:
        return refuse(use, "the subscription is never awaited", "broken: nothing is subscribed to")
    if not use.in_async_function:
        return refuse(use, "nothing can be awaited where this subscribes")
    if any(isinstance(above, LOOPS) for above in use.around):
        return refuse(use, "the engine subscribes in a loop")
    patterns = atoms.texts(court.program.value(use.module, given[names[0]]))
    if patterns is None or len(patterns) != 1 or not isinstance(given[names[0]], ast.Constant):
        return refuse(use, "the topic of a subscription must be a literal")
    return _subscription(court, use, patterns[0], given[names[1]], facts)


def _subscription(court: Court, use: Use, pattern: str, handler: ast.expr, facts: WrapperFacts) -> Case:
    glob = GLOB[facts.wrapper.matching].format(pattern)
    types = types_of_pattern(court, glob)
    if types is None:
        return ask(use, question_of_topic(court, glob))
    unknown = next((name for name in types if name not in court.contract.bus_of), None)
    if unknown is not None:
        return refuse(use, f"{unknown} is no message type of {court.target}", "broken: no such message type")
    found = _handler(court, use, handler)
    if isinstance(found, str):
        return refuse(use, found)
    case = rewrite(
        use,
        "consuming",
        f"{', '.join(types)} through one subscription for each bus",
        pattern=pattern,
        glob=glob,
        types=types,
        handler=found,
        shown=use.module.source.segment(handler),
    )
    case.ends = (StreamEnd(glob, "consume", "topic", court.engine.name, use.path, use.line),)
    return case


def _handler(court: Court, use: Use, node: ast.expr) -> FunctionFacts | str:
    """The function behind a handler, or why it cannot be changed."""
    atom = atoms.only(court.program.value(use.module, node), atoms.FUNCTION)
    if atom is None or not isinstance(node, ast.Name | ast.Attribute):
        return "the handler is not a function that can be read"
    facts = court.program.functions[atom.path, atom.name]
    where = f"{facts.module.path}:{facts.node.lineno}"
    if facts.node.decorator_list:
        return f"the handler at {where} is decorated"
    override = overridden_at(court, facts)
    if override is not None:
        return f"the handler at {where} is overridden at {override}"
    if facts.calls:
        module, call = facts.calls[0]
        return f"the handler at {where} is also called at {module.path}:{call.lineno}"
    if not court.engine.owns(facts.module.path):
        return f"the handler at {where} belongs to no path of this engine"
    arguments = facts.node.args
    if len(facts.parameters) != 1 or arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        return f"the handler at {where} does not take exactly one message"
    return next(_unknown_reads(facts), None) or facts


def overridden_at(court: Court, facts: FunctionFacts) -> str | None:
    """Where a class of the same family has a method of the handler's name."""
    if facts.owner is None:
        return None
    family = court.program.family((facts.module.path, facts.owner))
    for key in court.program.relatives(family):
        module, node = court.program.classes[key]
        for item in node.body:
            if isinstance(item, Function) and item.name == facts.node.name and item is not facts.node:
                return f"{module.path}:{item.lineno}"
    return None


def _unknown_reads(facts: FunctionFacts) -> Iterator[str]:
    """What a handler does that is not known to be the same on the target."""
    where = f"{facts.module.path}:{facts.node.lineno}"
    message = facts.parameters[0].arg
    own = facts.module.inner[facts.node]
    first = facts.node.body[0]
    if first.lineno == facts.node.lineno or not is_alone(facts.module, first):
        yield f"the handler at {where} is written on one line"
    for node in ast.walk(facts.node):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            yield f"the handler at {where} is a generator"
        if isinstance(node, ast.Name) and node.id == message and facts.module.scope_of[node].find(message) is own:
            above = facts.module.parent[node]
            if not (isinstance(above, ast.Attribute) and above.attr in READS and isinstance(above.ctx, ast.Load)):
                here = f"{facts.module.path}:{node.lineno}"
                yield f"the handler reads more than topic and payload of its message at {here}"


def settle(court: Court, cases: list[Case]) -> None:
    """Judge the subscriptions of one client together, and write their orders."""
    moving = [case for case in cases if case.moves]
    for case in moving:
        fault = _fault_together(court, case, moving)
        if fault is not None:
            case.hold(Verdict.REFUSE, fault)
    moving = [case for case in moving if case.moves]
    if len(moving) == len(cases):
        _order_subscriptions(court, moving)
        _order_handlers(court, moving)


def _fault_together(court: Court, case: Case, cases: list[Case]) -> str | None:
    first = cases[0].use
    facts = _facts(case)
    block = _block(case.use)
    if block is None or any(_block(other.use) is not block for other in cases):
        return f"the engine subscribes in several places, first at {first.path}:{first.line}"
    doubtful = next((s for s in _between(court, block, cases) if not isinstance(s, Function)), None)
    if doubtful is not None:
        where = f"{first.path}:{doubtful.lineno}"
        return f"between the subscriptions, the statement at {where} may end what follows it"
    for other in cases:
        if other is not case and _facts(other) is facts and overlap(str(case.facts["glob"]), str(other.facts["glob"])):
            return "its handler would be called twice for a topic that two of its subscriptions match"
    known = {id(node) for other in cases for node in ast.walk(other.use.node)}
    strays = [(m, node) for m, node in facts.references if id(node) not in known]
    if strays:
        module, node = strays[0]
        return f"its handler is also handed on at {module.path}:{node.lineno}"
    return _feeds_itself(court, case)


def _between(court: Court, block: list[ast.stmt], cases: list[Case]) -> list[ast.stmt]:
    """The statements between subscriptions that are joined, except plain values and log lines."""
    found: list[ast.stmt] = []
    for bus in BUSES:
        mine = [case.use.module.statement(case.use.node) for case in cases if _types(court, case, bus)]
        places = sorted(block.index(statement) for statement in mine)
        all_of_them = {id(case.use.module.statement(case.use.node)) for case in cases}
        for statement in block[places[0] : places[-1]] if places else []:
            calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
            logs = all(isinstance(c.func, ast.Attribute) and c.func.attr in LOG_METHODS for c in calls)
            plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr) and logs
            if id(statement) not in all_of_them and not plain:
                found.append(statement)
    return found


def _block(use: Use) -> list[ast.stmt] | None:
    """The list of statements that the subscription is one of."""
    statement = use.module.statement(use.node)
    above = use.module.parent[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block:
            return block
    return None


def _feeds_itself(court: Court, case: Case) -> str | None:
    """A handler that publishes what its own subscription matches would feed itself without end."""
    reached = court.graph.reached_from([_facts(case)])
    for use in court.uses:
        if use.kind == "call" and use.wrapper and use.wrapper.methods.get(use.name) == "publish":
            function = use.function
            if function is None or function not in reached:
                continue
            parameters = court.wrappers[use.wrapper.module].signature(use.name).parameters
            topic_node = (arguments(use.call, parameters) or {}).get(parameters[0])
            found = topics_of(court, use, topic_node) if topic_node is not None else None
            for topic in found or ():
                if overlap(topic, str(case.facts["glob"])):
                    where = f"{use.path}:{use.line}"
                    return f"its handler publishes `{topic}` at {where}, which it also receives: it would feed itself"
    return None


def _facts(case: Case) -> FunctionFacts:
    found = case.facts["handler"]
    assert isinstance(found, FunctionFacts)
    return found


def _types(court: Court, case: Case, bus: str) -> list[str]:
    types = case.facts["types"]
    assert isinstance(types, tuple)
    return [name for name in types if court.contract.bus_of[name] == bus]


def _order_subscriptions(court: Court, cases: list[Case]) -> None:
    """The last subscription of a bus becomes the one subscription; those that are no bus's last go."""
    of_bus = {bus: [case for case in cases if _types(court, case, bus)] for bus in BUSES}
    for case in cases:
        mine = [bus for bus in BUSES if of_bus[bus][-1:] == [case]]
        subscriptions = [_together(court, bus, of_bus[bus]) for bus in mine]
        needs: list[Name] = [(court.target, "MessageType")] if mine else []
        if any(each["logger"] is None and (len(each["handlers"]) > 1 or not each["raises"]) for each in subscriptions):
            needs.append(("logging", ""))
        data = {"remove": not mine, "subscriptions": subscriptions}
        statement = case.use.module.statement(case.use.node)
        case.orders += (Order("consuming", case.use.module, statement, data, tuple(needs), (case.use.call,)),)


def _together(court: Court, bus: str, cases: list[Case]) -> dict[str, Any]:
    """What the one subscription of a bus must name, in the place of its last legacy subscription."""
    last = cases[-1].use
    assert last.wrapper is not None
    assert last.receiver is not None
    return {
        "bus": bus,
        "types": list(dict.fromkeys(name for case in cases for name in _types(court, case, bus))),
        "handlers": list(dict.fromkeys(str(case.facts["shown"]) for case in cases)),
        "raises": last.wrapper.handler_errors == "raise",
        "receiver": last.module.source.segment(last.receiver),
        "logger": _logger(last.module),
        "dispatcher": _free(last.module, f"dispatch_{bus}"),
    }


def _logger(module: Module) -> str | None:
    """The module's own logger, where it has one."""
    for node in module.source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            target = node.targets[0]
            if isinstance(target, ast.Name) and last_name(node.value.func) == "getLogger":
                return target.id
    return None


def names_in(node: ast.AST) -> set[str]:
    """Every name that occurs below a node."""
    return {getattr(inner, NAMED[type(inner)]) for inner in ast.walk(node) if type(inner) in NAMED}


NAMED: dict[type[ast.AST], str] = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
}


def _free(module: Module, wanted: str) -> str:
    if module.source.text.isascii() and wanted not in module.source.text:
        return wanted  # most often; a walk over the whole file is not needed for that
    taken = names_in(module.source.tree)
    while wanted in taken:
        wanted += "_"
    return wanted


def _order_handlers(court: Court, cases: list[Case]) -> None:
    """Each handler checks the type, decodes once, and reads topic and payload from there."""
    done: set[int] = set()
    for case in cases:
        facts = _facts(case)
        if id(facts) in done:
            continue
        done.add(id(facts))
        mine = [other for other in cases if _facts(other) is facts]
        case.orders += tuple(_handler_orders(court, facts, mine))


def _handler_orders(court: Court, facts: FunctionFacts, cases: list[Case]) -> Iterator[Order]:
    module, node = facts.module, facts.node
    message = facts.parameters[0].arg
    wrapper = cases[0].use.wrapper
    assert wrapper is not None
    reads = [r for r in ast.walk(node) if isinstance(r, ast.Attribute) and _reads(facts, r, message)]
    names = {read: _fresh(facts, read, reads) for read in READS}
    patterns = [str(case.facts["pattern"]) for case in cases]
    data: dict[str, object] = {
        "types": list(dict.fromkeys(name for case in cases for name in _all_types(case))),
        "type_text": court.contract.type_text,
        "message": message,
        "patterns": patterns,
        "matching": wrapper.matching,
        **names,
    }
    needs: list[Name] = [(court.target, "MessageType"), ("json", "")]
    if wrapper.matching == "glob" and not all(is_literal(pattern) or pattern == "*" for pattern in patterns):
        needs.append(("fnmatch", "fnmatchcase"))
    body = node.body
    has_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    anchor = body[1] if has_docstring and len(body) > 1 else body[0]
    data["after"] = has_docstring and len(body) == 1
    superfluous = list(_renamed(facts, reads, names))
    data["instead"] = anchor in superfluous
    yield Order("handlers", module, anchor, data, tuple(needs))
    for statement in superfluous:
        if statement is anchor:
            continue
        yield Order("handlers", module, statement, {"remove": True}, consumes=(statement,))
    for read in reads:
        yield Order("handlers", module, read, {"name": names[read.attr]})
    if isinstance(node, ast.FunctionDef):
        yield Order("handlers", module, node, {"async": True})


def _all_types(case: Case) -> tuple[str, ...]:
    types = case.facts["types"]
    assert isinstance(types, tuple)
    return types


def _reads(facts: FunctionFacts, node: ast.Attribute, message: str) -> bool:
    own = facts.module.inner[facts.node]
    name = node.value
    return isinstance(name, ast.Name) and name.id == message and facts.module.scope_of[name].find(message) is own


def _fresh(facts: FunctionFacts, wanted: str, reads: list[ast.Attribute]) -> str:
    """A name for the decoded part: its own, unless the handler means something else by that."""
    own_statement = [s for s in facts.node.body if _renames(s, wanted, reads)]
    stores = [
        n for n in ast.walk(facts.node) if isinstance(n, ast.Name) and n.id == wanted and isinstance(n.ctx, ast.Store)
    ]
    if wanted not in names_in(facts.node) or (len(own_statement) == 1 and len(stores) == 1):
        return wanted
    name = f"message_{wanted}"
    while name in names_in(facts.node):
        name += "_"
    return name


def _renames(statement: ast.stmt, wanted: str, reads: list[ast.Attribute]) -> bool:
    """Whether a statement is `payload = message.payload` and nothing else."""
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == wanted
        and statement.value in reads
        and isinstance(statement.value, ast.Attribute)
        and statement.value.attr == wanted
    )


def _renamed(facts: FunctionFacts, reads: list[ast.Attribute], names: dict[str, str]) -> Iterator[ast.stmt]:
    """The statements that the decoding makes superfluous; one is left where the body would be empty without."""
    superfluous = [s for s in facts.node.body for w in READS if names[w] == w and _renames(s, w, reads)]
    if len(superfluous) < len(facts.node.body):
        yield from (s for s in superfluous if is_alone(facts.module, s))
