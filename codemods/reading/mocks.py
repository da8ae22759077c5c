"""What a test puts in place of a client, by a dotted name or as an argument, and all that it then does with it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from msgspec import Struct, field

from codemods.reading.scopes import Function, Module, Scope, is_stored, last_name
from codemods.reading.walking import walk

PATCH = "patch"
OBJECT = "object"
SETATTR = "setattr"
SYNCHRONOUS = {"Mock", "MagicMock", "NonCallableMock"}
ASYNCHRONOUS = "AsyncMock"
COUNTS = {
    "assert_called", "assert_called_once", "assert_not_called", "called", "call_count", "reset_mock",
}  # fmt: skip
"""What may be asked of the mock of a class whose arguments are gone: how often it was called."""


class UnknownMockError(Exception):
    """A use of a mock that is not known, with its line and what it is."""

    def __init__(self, node: ast.AST, cause: str) -> None:
        super().__init__(cause)
        self.line, self.cause = int(getattr(node, "lineno", 1)), cause


class StandIn(Struct, eq=False):
    """What stands for a client in one test: the patch, the expressions that are the client, and how it was made."""

    name: ast.expr  # the dotted name, or the last part of it; what is given to a parameter
    is_whole: bool  # the name is dotted, and not an attribute of an object that is given beside it
    factory: ast.expr | None = None  # what is put in the class's place, where the test says so
    made: ast.Call | None = None  # the mock that the test makes of its own for the client
    clients: list[ast.expr] = field(default_factory=list)

    @property
    def is_asynchronous(self) -> bool:
        """Whether its methods can be awaited without a word: what `patch` makes for a coroutine, or an AsyncMock."""
        return self.made is None or last_name(self.made.func) == ASYNCHRONOUS


def read_mock(module: Module, node: ast.Constant) -> StandIn:
    """What the patch of this name puts in a client's place. Raises UnknownMockError where that cannot be told."""
    call = module.parent[node]
    if not isinstance(call, ast.Call):
        raise UnknownMockError(node, "the name is not an argument of a patch")
    form = last_name(call.func)
    if form not in (PATCH, OBJECT, SETATTR) or any(isinstance(a, ast.Starred) for a in call.args):
        raise UnknownMockError(node, f"what {form}() does with the name is not known")
    position = call.args.index(node) if node in call.args else -1
    if position != (0 if form == PATCH or not _has_owner(call) else 1):
        raise UnknownMockError(node, "the name does not stand where a patch has it")
    found = StandIn(node, is_whole=position == 0)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    new = call.args[position + 1] if len(call.args) > position + 1 else given.pop("new", None)
    value = given.pop("return_value", None)
    if len(call.args) > position + 2 or given.keys() - {"raising"} or (new is not None and value is not None):
        raise UnknownMockError(call, "the patch has arguments whose counterpart is not known")
    if new is not None:
        found.factory = new
        value = _made_by(new)
    if value is not None:
        _follow_given(module, found, value)
    if new is None:
        for name in _bound(module, call):
            _follow_class(module, found, name)
    return found


def read_injected(module: Module, node: ast.expr, given: Container[ast.expr]) -> StandIn:
    """What a test gives to a parameter in a client's place, and `given` to others as well.

    Raises UnknownMockError where that cannot be told.
    """
    found = StandIn(node, is_whole=False)
    _follow_given(module, found, node, given)
    return found


def mock_of_fixture(module: Module, node: ast.expr) -> ast.Call | None:
    """The mock that a fixture of this file gives to the parameter that is named here; None for anything else."""
    scope = module.scope_of[node].find(node.id) if isinstance(node, ast.Name) else None
    bound = list(module.bound(scope, node.id)) if scope is not None and isinstance(node, ast.Name) else []
    if len(bound) != 1 or not isinstance(bound[0], ast.arg):
        return None
    if module.path.endswith("conftest.py"):
        return None  # what a conftest.py gives, other files may ask
    fixture = _fixture(module, bound[0].arg)
    if fixture is None:
        return None
    last = fixture.body[-1]
    value = last.value if isinstance(last, ast.Return) else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield):
        value = last.value.value
    is_all = len(fixture.body) == 1 or (len(fixture.body) == 2 and ast.get_docstring(fixture) is not None)
    return value if is_all and isinstance(value, ast.Call) and _is_bare(value) else None


def _fixture(module: Module, name: str) -> Function | None:
    """The fixture of this name at the top of a file, if no other function there has the name."""
    found = [each for each in module.source.tree.body if isinstance(each, Function) and each.name == name]
    if not found or [last_name(getattr(d, "func", d)) for d in found[0].decorator_list] != ["fixture"]:
        return None  # most parameters are none, and a whole file takes long to walk
    named = [each for each in walk(module.source.tree) if isinstance(each, Function) and each.name == name]
    return found[0] if len(named) == 1 else None


def _has_owner(call: ast.Call) -> bool:
    """`patch.object(owner, "Name")` and `setattr(owner, "Name", value)`, not `setattr("dotted.name", value)`."""
    return not isinstance(call.args[0], ast.Constant)


def _made_by(new: ast.expr) -> ast.expr:
    """The client that a class's replacement gives: `lambda *a, **k: fake`, `Mock(return_value=fake)`."""
    if isinstance(new, ast.Lambda) and isinstance(new.body, ast.Name):
        return new.body
    if isinstance(new, ast.Call) and last_name(new.func) in SYNCHRONOUS | {ASYNCHRONOUS} and not new.args:
        given = {keyword.arg: keyword.value for keyword in new.keywords}
        if list(given) == ["return_value"]:
            return given["return_value"]
    raise UnknownMockError(new, f"`{ast.unparse(new)}` in the client's place is not a mock that is known")


def _bound(module: Module, call: ast.Call) -> Iterator[ast.Name | ast.arg]:
    """The names to which a test binds the mock that a patch makes."""
    above = module.parent[call]
    if isinstance(above, ast.withitem):
        if isinstance(above.optional_vars, ast.Name):
            yield above.optional_vars
        elif above.optional_vars is not None:
            raise UnknownMockError(call, "the mock is unpacked")
    elif isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
        if isinstance(call.func, ast.Name):
            raise UnknownMockError(call, "the patch is started elsewhere")
        yield above.targets[0]
    elif isinstance(above, Function) and call in above.decorator_list:
        yield _parameter(module, above, call)
    elif not isinstance(above, ast.Expr):
        raise UnknownMockError(call, "what becomes of the patch is not known")


def _parameter(module: Module, function: Function, call: ast.Call) -> ast.arg:
    """The parameter that a decorator's mock is given to: the last decorator gives the first."""
    below = function.decorator_list[function.decorator_list.index(call) + 1 :]
    giving = [each for each in below if isinstance(each, ast.Call) and last_name(each.func) in (PATCH, OBJECT)]
    positional = [*function.args.posonlyargs, *function.args.args]
    if positional and isinstance(module.parent[function], ast.ClassDef):
        positional = positional[1:]
    if len(giving) >= len(positional) or any(len(each.args) > 1 or each.keywords for each in giving):
        raise UnknownMockError(call, "the parameter that the mock is given to cannot be told")
    return positional[len(giving)]


def _loads(module: Module, name: ast.Name | ast.arg) -> Iterator[ast.Name]:
    """Every use of a local name that is bound once."""
    text = name.arg if isinstance(name, ast.arg) else name.id
    scope = module.scope_of[name].find(text)
    if scope is None or scope.kind != "function":
        raise UnknownMockError(name, f"`{text}` is no local name of the test")
    if len(list(module.bound(scope, text))) != 1:
        raise UnknownMockError(name, f"`{text}` is bound more than once")
    for node in module.named(text):
        if isinstance(node, ast.Name) and node is not name and _is_of(module, node, scope):
            yield node


def _is_of(module: Module, node: ast.Name, scope: Scope) -> bool:
    return module.scope_of[node].find(node.id) is scope


def _follow_class(module: Module, found: StandIn, name: ast.Name | ast.arg) -> None:
    """The uses of the mock of a class: what it returns is the client."""
    for load in _loads(module, name):
        above = module.parent[load]
        if not isinstance(above, ast.Attribute):
            raise UnknownMockError(load, f"the mock `{load.id}` is used as a value")
        if above.attr == "return_value":
            _follow_result(module, found, above)
        elif above.attr in COUNTS:
            call = module.parent[above]
            if isinstance(call, ast.Call) and (call.args or call.keywords):
                raise UnknownMockError(above, f"`{load.id}.{above.attr}` is given arguments")
        else:
            raise UnknownMockError(above, f"`{load.id}.{above.attr}` speaks of how the client was made")


def _follow_result(module: Module, found: StandIn, node: ast.Attribute) -> None:
    """`mock.return_value`: the client itself, or the place where the test puts one."""
    statement = module.parent[node]
    if is_stored(node):
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise UnknownMockError(node, "what is put in the client's place cannot be told")
        _follow_given(module, found, statement.value)
    else:
        _follow_client(module, found, node)


def _follow_given(module: Module, found: StandIn, value: ast.expr, given: Container[ast.expr] = ()) -> None:
    """A mock of the test's own: where it was made, and its other uses."""
    if isinstance(value, ast.Call) and found.made is None:
        _note_made(found, value)
        return
    if not isinstance(value, ast.Name) or found.made is not None:
        raise UnknownMockError(value, f"`{ast.unparse(value)}` in the client's place is not a mock that is known")
    scope = module.scope_of[value].find(value.id)
    bound = list(module.bound(scope, value.id)) if scope is not None else []
    statement = module.parent.get(bound[0]) if len(bound) == 1 else None
    made = statement.value if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    made = made or mock_of_fixture(module, value)
    if isinstance(made, ast.Call) and not _is_bare(made):
        _note_made(found, made)
    if not isinstance(made, ast.Call):
        raise UnknownMockError(value, f"where the mock `{value.id}` is made, and as what, cannot be told")
    found.made = made
    name = bound[0]
    assert isinstance(name, ast.Name | ast.arg)
    for each in [name] if isinstance(name, ast.Name) else _parameters_named(module, name.arg):
        for load in _loads(module, each):
            if load is not value and load not in given:
                _follow_client(module, found, load)


def _parameters_named(module: Module, name: str) -> Iterator[ast.arg]:
    """The parameters by which every function of a file asks for one fixture."""
    for node in walk(module.source.tree):
        if isinstance(node, Function):
            yield from (each for each in (*node.args.posonlyargs, *node.args.args) if each.arg == name)


def _note_made(found: StandIn, made: ast.Call) -> None:
    """A mock that is made where it is given, and that nothing else names."""
    if not _is_bare(made):
        raise UnknownMockError(made, f"`{ast.unparse(made)}` in the client's place is not a mock that is known")
    found.made = made


def _is_bare(made: ast.Call) -> bool:
    """Whether a call makes a mock of which nothing is said yet but how it is shown."""
    named = all(keyword.arg == "name" and isinstance(keyword.value, ast.Constant) for keyword in made.keywords)
    return last_name(made.func) in SYNCHRONOUS | {ASYNCHRONOUS} and not made.args and named


def _follow_client(module: Module, found: StandIn, node: ast.expr) -> None:
    """One expression that is the client: a method of it is named, or it gets a shorter name."""
    above = module.parent[node]
    if isinstance(above, ast.Attribute):
        found.clients.append(node)
    elif isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
        for load in _loads(module, above.targets[0]):
            _follow_client(module, found, load)
    elif not isinstance(above, ast.Compare) or not all(isinstance(op, ast.Is | ast.IsNot) for op in above.ops):
        raise UnknownMockError(node, f"the mock `{ast.unparse(node)}` is used as a value")
