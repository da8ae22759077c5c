"""Tests that patch a client by a dotted name follow the module that they name, or hold its client back."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from codemods.orders import Order
from codemods.reading import atoms, legacy
from codemods.reading.contract import FACTORY
from codemods.reading.mocks import (
    ASYNCHRONOUS,
    COUNTS,
    SYNCHRONOUS,
    StandIn,
    UnknownMockError,
    mock_of_fixture,
    read_injected,
    read_mock,
)
from codemods.reading.scopes import is_stored, last_name
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts import publishing
from codemods.verdicts.cases import Case, Court, is_alone, refuse, rewrite

CODEMOD = "patches"
GONE = "`{}` is patched by its name here, and that name goes"
ANYWHERE = "`{}` is patched for all files here, and the engine's own code no longer calls it"
ASKED = COUNTS | {
    "assert_awaited", "assert_awaited_once", "assert_not_awaited", "await_count", "return_value", "side_effect",
}  # fmt: skip
"""What a test may say of a method of its mock, whatever the method is given."""
EXPECTED = {
    "assert_called_with", "assert_called_once_with", "assert_any_call", "assert_awaited_with",
    "assert_awaited_once_with", "assert_any_await",
}  # fmt: skip
"""What repeats the arguments of a call."""
MOCKS = "unittest.mock"


class Patching(Struct, eq=False):
    """One patch, and what its client becomes."""

    court: Court
    use: Use
    cases: list[Case]  # of the client that is patched
    factory: str

    @property
    def is_connected(self) -> bool:
        """Whether the factory is a coroutine, so that what `patch` puts in its place can be awaited."""
        return self.factory == FACTORY


def judge_injected(court: Court, use: Use, cases: list[Case]) -> Case:
    """The verdict on a mock that a test gives to what takes the client of these cases."""
    given = f"a mock is given to `{use.name}` here, in the client's place"
    factory = _factory(cases)
    if factory is None:
        return refuse(use, given)
    assert isinstance(use.node, ast.expr)
    patching = Patching(court, use, cases, factory)
    is_awaited = any(order.data.get("await") for case in cases if case.use.kind == "call" for order in case.orders)
    try:
        found = read_injected(use.module, use.node, {node for _, node, _ in court.program.mocks.values()})
        orders = [*_made(patching, found), *_methods(patching, found)] if _is_first(court, use) else []
        if use.wrapper is not None and is_awaited and not found.is_asynchronous:
            raise UnknownMockError(use.node, "its methods cannot be awaited, and are now")
    except UnknownMockError as error:
        return refuse(use, f"{given}; {error.cause}, in line {error.line}")
    return rewrite(use, CODEMOD, "what the test says of its mock follows the client", *orders)


def _is_first(court: Court, use: Use) -> bool:
    """Whether a test gives this mock for the first time here: what becomes of it is ordered once, for one client."""
    node, module = use.node, use.module
    if not isinstance(node, ast.Name):
        return True
    scope, fixture = module.scope_of[node].find(node.id), mock_of_fixture(module, node)
    places = []
    for home, other, cell in court.program.mocks.values():
        is_same = home is module and isinstance(other, ast.Name) and other.id == node.id
        is_of_fixture = fixture is not None and mock_of_fixture(home, other) is fixture
        if is_same and (is_of_fixture or module.scope_of[other].find(node.id) is scope):
            places.append((other.lineno, other.col_offset))
            if set(use.holders).isdisjoint(court.program.held(cell)):
                raise UnknownMockError(other, f"`{node.id}` is given to another object as well")
    return (node.lineno, node.col_offset) == min(places)


def judge(court: Court, use: Use, cases: list[Case]) -> Case:
    """The verdict on a name by which a test patches the client of these cases, whose own verdicts are known."""
    if not use.patches:
        return refuse(use, ANYWHERE.format(use.name))
    factory = _factory(cases)
    if factory is None:
        return refuse(use, GONE.format(use.name))
    patching = Patching(court, use, cases, factory)
    renamed = _renamed(patching)
    if renamed is None:
        return refuse(use, GONE.format(use.name))
    assert isinstance(use.node, ast.Constant)
    try:
        found = read_mock(use.module, use.node)
        orders = [_name(patching, renamed), *_made(patching, found), *_methods(patching, found)]
    except UnknownMockError as error:
        return refuse(use, f"{GONE.format(use.name)}; {error.cause}, in line {error.line}")
    return rewrite(use, CODEMOD, f"the patch follows its module: {renamed}", *orders)


def _factory(cases: list[Case]) -> str | None:
    """The one function of the target that makes the client of these cases, where nothing else of it stays."""
    made = [case for case in cases if case.use.kind == "construct"]
    factories = {str(order.data.get("factory")) for case in made for order in case.orders if "factory" in order.data}
    return factories.pop() if len(factories) == 1 and not any("bus" in case.facts for case in made) else None


def _renamed(patching: Patching) -> str | None:
    """What the name becomes; None where it is not certainly the client's class, or the new one has another meaning."""
    court, use = patching.court, patching.use
    module, rest = _parted(court, use)
    target = court.program.modules[use.patches]
    if patching.factory in target.root.names:
        return None
    first, _, more = rest.partition(".")
    symbols = atoms.of(court.program.held(("name", use.patches, "", first)), atoms.SYMBOL)
    whole = [f"{symbol.name}.{more}" if more else symbol.name for symbol in symbols]
    if use.wrapper is not None:
        fits = all(name.rsplit(".", 1)[-1] in use.wrapper.client for name in whole)
    else:
        fits = all(legacy.is_client_class(name) or legacy.is_factory(name) for name in whole)
    if not whole or not fits:
        return None
    return f"{module}.{patching.factory}" if module else patching.factory


def _parted(court: Court, use: Use) -> tuple[str, str]:
    """A dotted name, as the module that it names and what it names there."""
    parts = use.name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        if court.program.by_name.get(".".join(parts[:length])) == use.patches:
            return ".".join(parts[:length]), ".".join(parts[length:])
    return "", use.name


def _name(patching: Patching, renamed: str) -> Order:
    use = patching.use
    assert isinstance(use.node, ast.Constant)
    written = use.module.source.segment(use.node)
    if written[1:-1] != use.node.value:
        raise UnknownMockError(use.node, "the name is written in an uncommon way")
    return Order(CODEMOD, use.module, use.node, {"text": renamed})


def _made(patching: Patching, found: StandIn) -> Iterator[Order]:
    """Mocks of the test's own that stand where something is awaited now."""
    module = patching.use.module
    if found.factory is not None and patching.is_connected:
        if isinstance(found.factory, ast.Lambda):
            data = {"mock": module.source.segment(found.factory.body)}
            yield Order(CODEMOD, module, found.factory, data, ((MOCKS, ASYNCHRONOUS),))
        elif isinstance(found.factory, ast.Call) and last_name(found.factory.func) in SYNCHRONOUS:
            yield _asynchronous(patching, found.factory)
    if found.made is not None and patching.use.wrapper is None and not found.is_asynchronous and _was_plain(patching):
        yield _asynchronous(patching, found.made)


def _was_plain(patching: Patching) -> bool:
    """Whether the client was synchronous, so that nothing of its mock could be awaited."""
    return any(holder.name == legacy.SYNC for case in patching.cases for holder in case.use.holders)


def _asynchronous(patching: Patching, call: ast.Call) -> Order:
    module = patching.use.module
    if isinstance(call.func, ast.Attribute):
        return Order(CODEMOD, module, call.func, {"attr": ASYNCHRONOUS})
    return Order(CODEMOD, module, call.func, {"mock": ""}, ((MOCKS, ASYNCHRONOUS),), consumes=(call.func,))


def _methods(patching: Patching, found: StandIn) -> Iterator[Order]:
    """What becomes of each method of the client that the test names."""
    for client in found.clients:
        method = patching.use.module.parent[client]
        assert isinstance(method, ast.Attribute)
        if patching.use.wrapper is None:
            yield _raw(patching, method)
        else:
            yield from _wrapped(patching, found, method)


def _raw(patching: Patching, method: ast.Attribute) -> Order:
    module = patching.use.module
    if method.attr in legacy.CLOSERS:
        return Order(CODEMOD, module, method, {"attr": "close"})
    routed = [
        (order.data["command"], str(order.data["client"]))
        for case in patching.cases
        for order in case.orders
        if order.codemod == "routing" and "command" in order.data
    ]
    buses = {bus for command, bus in routed if command == method.attr}
    others = [case for case in patching.cases if case.use.name == method.attr and case.codemod != "routing"]
    if len(buses) != 1 or others:
        raise UnknownMockError(method, f"on which bus `{method.attr}` is cannot be told")
    return Order(CODEMOD, module, method, {"between": buses.pop()})


def _wrapped(patching: Patching, found: StandIn, method: ast.Attribute) -> Iterator[Order]:
    wrapper, module = patching.use.wrapper, patching.use.module
    assert wrapper is not None
    meaning = wrapper.methods.get(method.attr)
    quiet = found.is_asynchronous and (found.made is not None or patching.is_connected)
    gone = (meaning == "start" and patching.is_connected) or (meaning in ("subscribe", "connected") and quiet)
    if meaning == "publish":
        yield Order(CODEMOD, module, method, {"attr": "publish_message"})
        yield from _expected(patching, method, patching.court.wrappers[wrapper.module])
    elif meaning == "stop" and _says_known(patching, method):
        yield Order(CODEMOD, module, method, {"attr": "close"})
    elif meaning == "start" and not patching.is_connected and _says_known(patching, method):
        yield Order(CODEMOD, module, method, {"attr": "initialize"})
    elif gone and (statement := _set_up(patching, method, meaning == "connected")) is not None:
        yield Order(CODEMOD, module, statement, {"remove": True}, consumes=(statement,))
    else:
        raise UnknownMockError(method, f"`{method.attr}` of the mock has no counterpart")


def _says_known(patching: Patching, method: ast.Attribute) -> bool:
    """Whether what a test says of a method stands whatever the method is called."""
    above = patching.use.module.parent[method]
    return is_stored(method) or (isinstance(above, ast.Attribute) and above.attr in ASKED)


def _set_up(patching: Patching, method: ast.Attribute, is_value: bool) -> ast.stmt | None:
    """The statement that gives the mock this method, where it does nothing else."""
    module = patching.use.module
    statement = module.parent[method]
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not is_alone(module, statement):
        return None
    value = statement.value
    if is_value:
        return statement if isinstance(value, ast.Constant) and value.value is True else None
    known = isinstance(value, ast.Call) and last_name(value.func) in SYNCHRONOUS | {ASYNCHRONOUS}
    plain = isinstance(value, ast.Call) and not any(keyword.arg == "side_effect" for keyword in value.keywords)
    return statement if known and plain else None


def _expected(patching: Patching, method: ast.Attribute, facts: WrapperFacts) -> Iterator[Order]:
    """An assertion that repeats topic and payload repeats what the publish gives now."""
    module = patching.use.module
    said = module.parent[method]
    if _says_known(patching, method):
        return
    call = module.parent[said]
    if not (isinstance(said, ast.Attribute) and said.attr in EXPECTED and isinstance(call, ast.Call)):
        raise UnknownMockError(method, f"what is said of `{method.attr}` has no counterpart")
    published = Use(module, call, "call", patching.use.holders, patching.use.wrapper, method.attr)
    case = publishing.judge_expected(patching.court, published, facts)
    if not case.moves:
        raise UnknownMockError(call, case.reason)
    (order,) = case.orders
    yield Order(CODEMOD, module, call, {**order.data, "await": False}, order.needs)
