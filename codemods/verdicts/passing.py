"""A message that a handler passes on to other functions of the engine: they take what they read of it instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping

from msgspec import Struct

from codemods.orders import Name, Order
from codemods.reading import atoms
from codemods.reading.contexts import LOG_METHODS
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Module, last_name
from codemods.reading.walking import names_in, walk
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.encoding import decoded, taken_for_text
from codemods.verdicts.families import overridden_at

READS = ("topic", "payload")
"""What may be read of a message. The rest of the envelope is text on the target, and was not before."""
TYPES = {"topic": "str", "payload": "dict[str, {any}]"}
"""What an annotated message becomes."""
LOG = re.compile(r"(\w*_)?log(ger|ging)?_*")
"""What a log is called, in small letters."""
UNKNOWN = "the handler reads more than topic and payload of its message at {}"
TEXT = "the handler takes its payload for a text at {}, and the target's is a mapping"
Key = tuple[int, str]  # a function and one of its parameters


class Read(Struct, frozen=True, eq=False):
    """A place that reads a message: which part of it, and the whole expression that is that part on the target."""

    part: str
    node: ast.Attribute | ast.Call


class Taker(Struct, frozen=True, eq=False):
    """A function that takes a message, as a handler or from one that passes it on."""

    court: Court
    facts: FunctionFacts
    parameter: ast.arg

    @property
    def key(self) -> Key:
        """What tells it from other functions and parameters."""
        return id(self.facts.header), self.parameter.arg

    @property
    def message(self) -> str:
        """What it calls the message."""
        return self.parameter.arg

    def mentions(self) -> Iterator[ast.Name]:
        """Every place in it that means its message."""
        module, node = self.facts.module, self.facts.node
        own = module.inner[node]
        named = (n for n in walk(node) if isinstance(n, ast.Name) and n.id == self.message)
        yield from (name for name in named if module.scope_of[name].find(name.id) is own)

    def reads(self) -> list[Read]:
        """Every read of the message's topic or payload; a payload that is decoded there is decoded already."""
        module = self.facts.module
        above = (module.parent[name] for name in self.mentions())
        parts = [node for node in above if isinstance(node, ast.Attribute) and _is_read(node)]
        return [
            Read(node.attr, (node.attr == "payload" and decoded(self.court, module, node)) or node) for node in parts
        ]

    def names(self) -> Mapping[str, str]:
        """What topic and payload are called in it: these words, unless it means something else by one."""
        reads = self.reads()
        return {wanted: _fresh(self.facts, wanted, reads) for wanted in READS}

    def superfluous(self) -> Iterator[ast.stmt]:
        """The statements that only rename what it reads; one is left where the body would be empty without."""
        reads, names, body = self.reads(), self.names(), self.facts.node.body
        found = [s for s in body for wanted in READS if names[wanted] == wanted and _renames(s, wanted, reads)]
        if len(found) < len(body):
            yield from (statement for statement in found if is_alone(self.facts.module, statement))

    def order_reads(self) -> Iterator[Order]:
        """The orders by which each read becomes the name of what it reads."""
        names = self.names()
        for read in self.reads():
            gone = (read.node.func,) if isinstance(read.node, ast.Call) else ()
            yield Order("handlers", self.facts.module, read.node, {"name": names[read.part]}, consumes=gone)


class Given(Struct, frozen=True, eq=False):
    """A call that passes a message on, and as which of its arguments, keywords counted last."""

    giver: Taker
    call: ast.Call
    argument: int
    taker: Taker


def takers_of(court: Court, first: Taker) -> list[Given] | str:
    """Every call by which the message gets further; or why it cannot be told what becomes of it."""
    found: list[Given] = []
    seen, pending = {first.key}, [first]
    while pending:
        giver = pending.pop()
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in walk(giver.facts.node)):
            return f"the handler at {_where(giver.facts)} is a generator"
        for name in giver.mentions():
            read = giver.facts.module.parent[name]
            if isinstance(read, ast.Attribute) and _is_read(read):
                if read.attr == "payload" and taken_for_text(court, giver.facts.module, read):
                    return TEXT.format(f"{giver.facts.module.path}:{name.lineno}")
                continue
            if giver is first and _is_logged(giver.facts.module, name):
                continue  # whoever reads the log sees the message as it comes
            given = _given(court, giver, name)
            if isinstance(given, str):
                return given
            found.append(given)
            if given.taker.key not in seen:
                seen.add(given.taker.key)
                pending.append(given.taker)
    return found


def _is_logged(module: Module, name: ast.Name) -> bool:
    """Whether a message is only shown in a line of a log."""
    inside: ast.AST = name
    while isinstance(above := module.parent[inside], ast.FormattedValue | ast.JoinedStr):
        inside = above
    method = above.func if isinstance(above, ast.Call) and inside in above.args else None
    if not isinstance(method, ast.Attribute) or method.attr not in LOG_METHODS:
        return False
    return LOG.fullmatch(last_name(method.value).lower()) is not None


def _given(court: Court, giver: Taker, name: ast.Name) -> Given | str:
    """What takes the message that a call is given here, where that is a function of the engine that can be read."""
    module = giver.facts.module
    above = module.parent[name]
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    unknown = UNKNOWN.format(f"{module.path}:{name.lineno}")
    if not isinstance(call, ast.Call) or call.func is name or not _is_plain(call):
        return unknown
    atom = atoms.only(court.program.value(module, call.func), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    if facts is None or not any(known is call for _, known in facts.calls) or _is_of_class(court, facts, module, call):
        return unknown
    given: list[ast.AST] = [*call.args, *call.keywords]
    parameter = parameter_given(facts, above.arg if isinstance(above, ast.keyword) else given.index(name))
    if parameter is None:
        return unknown
    why = _why_not(court, facts)
    if why is not None:
        here = f"{facts.header.name}() at {module.path}:{name.lineno}"
        return f"the handler gives its message to {here}, which {why}"
    argument = given.index(above if isinstance(above, ast.keyword) else name)
    return Given(giver, call, argument, Taker(court, facts, parameter))


def _is_of_class(court: Court, facts: FunctionFacts, module: Module, call: ast.Call) -> bool:
    """Whether a method is called on its class, and so is given its instance as well."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return facts.is_method and (owner is None or bool(atoms.of(court.program.value(module, owner), atoms.CLASS)))


def _is_plain(call: ast.Call) -> bool:
    """Whether nothing is unpacked in a call."""
    return not any(isinstance(each, ast.Starred) for each in call.args) and all(each.arg for each in call.keywords)


def parameter_given(facts: FunctionFacts, given: int | str | None) -> ast.arg | None:
    """The parameter that an argument fills, by its number or its keyword; none with a default."""
    takes = facts.header.args
    plain = facts.parameters
    if isinstance(given, str):
        return next((each for each in (*takes.args, *takes.kwonlyargs) if each.arg == given), None)
    needed = len(plain) - len(takes.defaults)
    return plain[given] if given is not None and given < needed else None


def _why_not(court: Court, facts: FunctionFacts) -> str | None:
    """Why a function cannot take topic and payload in the place of a message."""
    if facts.header.decorator_list:
        return "is decorated"
    if not court.engine.owns(facts.module.path):
        return "belongs to no path of this engine"
    override = overridden_at(court, facts)
    if override is not None:
        return f"is overridden at {override}"
    for module, node in facts.references:
        return f"is also handed on at {module.path}:{node.lineno}"
    return None


def calls_given(handlers: Iterable[Taker]) -> set[int]:
    """The calls, by id, by which these handlers' messages get further."""
    return {id(given.call) for each in handlers for given in all_given(each)}


def given_besides(handler: Taker, known: Container[int]) -> str | None:
    """Where a function that gets the handler's message is also called otherwise than by the known calls."""
    for given in all_given(handler):
        for module, call in given.taker.facts.calls:
            if id(call) not in known:
                name = given.taker.facts.header.name
                return f"the handler gives its message to {name}(), which is also called at {module.path}:{call.lineno}"
    return None


def all_given(handler: Taker) -> list[Given]:
    """Every call by which the handler's message gets further; none where that cannot be told."""
    found = takers_of(handler.court, handler)
    return [] if isinstance(found, str) else found


def order_takers(handlers: list[Taker]) -> Iterator[Order]:
    """The orders by which functions take what they read of a message, and are given that."""
    calls = {(id(given.call), given.argument): given for each in handlers for given in all_given(each)}
    takers = {given.taker.key: given.taker for given in calls.values()}
    wanted = _wanted(takers, list(calls.values()))
    for key, taker in takers.items():
        yield from _order_taker(taker, wanted[key])
    for number in dict.fromkeys(number for number, _ in calls):
        several = [given for given in calls.values() if id(given.call) == number]
        passes = {each.argument: _passed(each, wanted[each.taker.key]) for each in several}
        yield Order("passing", several[0].giver.facts.module, several[0].call, {"passes": passes})


def _wanted(takers: Mapping[Key, Taker], calls: list[Given]) -> dict[Key, list[str]]:
    """What of its message each function reads, or passes on; the payload where that is nothing."""
    found = {key: {read.part for read in taker.reads()} for key, taker in takers.items()}
    for _ in takers:
        for given in calls:
            if given.giver.key in found:
                found[given.giver.key] |= found[given.taker.key]
    return {key: [read for read in READS if read in reads] or ["payload"] for key, reads in found.items()}


def _passed(given: Given, wanted: list[str]) -> list[tuple[str, str]]:
    """The arguments in a message's place: what the taker calls each, and what the giver does."""
    theirs, own = given.taker.names(), given.giver.names()
    return [(theirs[read], own[read]) for read in wanted]


def _order_taker(taker: Taker, wanted: list[str]) -> Iterator[Order]:
    module, names = taker.facts.module, taker.names()
    is_typed = taker.parameter.annotation is not None
    takes = [(names[read], TYPES[read] if is_typed else "") for read in wanted]
    needs: tuple[Name, ...] = (("typing", "Any"),) if is_typed and "payload" in wanted else ()
    yield Order("passing", module, taker.facts.node, {"parameter": taker.message, "takes": takes}, needs)
    yield from taker.order_reads()
    for statement in taker.superfluous():
        yield Order("handlers", module, statement, {"remove": True}, consumes=(statement,))


def _where(facts: FunctionFacts) -> str:
    return f"{facts.module.path}:{facts.header.lineno}"


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in READS and isinstance(node.ctx, ast.Load)


def _fresh(facts: FunctionFacts, wanted: str, reads: list[Read]) -> str:
    """A name for the decoded part: its own, unless the function means something else by that."""
    own_statement = [s for s in facts.node.body if _renames(s, wanted, reads)]
    stores = [
        n for n in walk(facts.node) if isinstance(n, ast.Name) and n.id == wanted and isinstance(n.ctx, ast.Store)
    ]
    if wanted not in names_in(facts.node) or (len(own_statement) == 1 and len(stores) == 1):
        return wanted
    name = f"message_{wanted}"
    while name in names_in(facts.node):
        name += "_"
    return name


def _renames(statement: ast.stmt, wanted: str, reads: list[Read]) -> bool:
    """Whether a statement is `payload = message.payload` and nothing else."""
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == wanted
        and any(statement.value is read.node and read.part == wanted for read in reads)
    )
