"""Which keys a payload has: a display's own, a dataclass's fields, and what callers and functions make of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.checking.places import symbol
from codemods.reading import atoms
from codemods.reading.arguments import filled
from codemods.reading.contexts import LOG_METHODS
from codemods.reading.flow import FunctionFacts
from codemods.reading.generated import bases_of
from codemods.reading.promises import is_open
from codemods.reading.rules import defaults
from codemods.reading.scopes import Function, Module, Scope, last_name
from codemods.verdicts.dynamic import reached_by_name
from codemods.verdicts.families import overridden_at
from codemods.verdicts.wording import symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

READING_CALLS = {"print", "len", "repr", "str", "dumps", "sorted", "list", "dict"}
READING_METHODS = {"get", "items", "keys", "values", "copy"}
DUMPS = {"model_dump", "dict"}
MODELS = {"pydantic.BaseModel", "abc.ABC", "typing.Generic"}
WRITERS = {"computed_field", "model_serializer", "field_serializer", "serializer"}
Plain = ast.Assign | ast.AnnAssign


def keys_of(court: Court, module: Module, payload: ast.expr) -> set[str] | None:
    """Every key that a payload may have; None where it may be no mapping, or have others."""
    found = _Keys(court)
    found.read(module, payload)
    return None if found.is_unknown else found.keys


def display_of(court: Court, module: Module, payload: ast.expr) -> ast.Dict | None:
    """The dict display behind a payload: itself, or the only thing that a local name is ever bound to."""
    if isinstance(payload, ast.Dict):
        return payload
    values = _bound(court, module, payload) if isinstance(payload, ast.Name) else None
    only = values[0] if values is not None and len(values) == 1 else None
    return only if isinstance(only, ast.Dict) else None


class _Keys:
    """The keys that were found so far; what was looked at once has nothing to add."""

    def __init__(self, court: Court) -> None:
        self.court, self.keys, self.is_unknown = court, set[str](), False
        self._seen: set[tuple[str, str, str]] = set()

    def read(self, module: Module, node: ast.expr) -> None:
        """Add what an expression may have."""
        parts = self._parts(module, node)
        if parts is None:
            self.is_unknown = True
        for home, part in parts or ():
            if not self.is_unknown:
                self.read(home, part)

    def _parts(self, module: Module, node: ast.expr) -> Iterable[tuple[Module, ast.expr]] | None:
        """What an expression has its keys from, besides those that it adds itself; None where nobody could tell."""
        if isinstance(node, ast.Dict):
            return self._items(module, node)
        if isinstance(node, ast.Name):
            return self._named(module, node)
        if isinstance(node, ast.Call):
            return self._called(module, node)
        if isinstance(node, ast.Await | ast.NamedExpr):
            return [(module, node.value)]
        if isinstance(node, ast.IfExp):
            return [(module, node.body), (module, node.orelse)]
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return [(module, value) for value in node.values]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return [(module, node.left), (module, node.right)]
        return None

    def _items(self, module: Module, node: ast.Dict) -> list[tuple[Module, ast.expr]] | None:
        for key in node.keys:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.keys.add(key.value)
            elif key is not None:
                return None
        return [(module, value) for key, value in zip(node.keys, node.values, strict=True) if key is None]

    def _is_new(self, kind: str, path: str, qualified: str) -> bool:
        known = (kind, path, qualified) in self._seen
        self._seen.add((kind, path, qualified))
        return not known

    def _named(self, module: Module, node: ast.Name) -> list[tuple[Module, ast.expr]] | None:
        """What a local name is bound to, and what callers give a parameter; its keys that are set afterwards count."""
        scope = module.scope_of[node].find(node.id)
        values = _bound(self.court, module, node)
        if scope is None or values is None:
            return None
        if not self._is_new(node.id, module.path, scope.qualified):
            return []
        self.keys |= set(_set_later(module, scope, node.id))
        parts = [(module, value) for value in values]
        if isinstance(scope.node, Function) and any(isinstance(b, ast.arg) for b in module.bound(scope, node.id)):
            given = _given(self.court, self.court.program.facts(module, scope.node), node.id)
            return None if given is None else [*parts, *given]
        return parts

    def _called(self, module: Module, node: ast.Call) -> list[tuple[Module, ast.expr]] | None:
        named = symbols_of(self.court, module, node.func)
        if named == {"dict"}:
            self.keys |= {keyword.arg for keyword in node.keywords if keyword.arg is not None}
            unpacked = [(module, keyword.value) for keyword in node.keywords if keyword.arg is None]
            return [*((module, value) for value in node.args), *unpacked]
        if symbol(self.court, module, node.func) == "dataclasses.asdict":
            return self._fields(module, node.args[0], "") if len(node.args) == 1 and not node.keywords else None
        method = node.func if isinstance(node.func, ast.Attribute) else None
        if method is not None and method.attr == "copy" and not node.args:
            return [(module, method.value)]
        if method is not None and method.attr in DUMPS and self._makes_model(module, method.value):
            plain = not node.args and all(k.arg in ("mode", "exclude_none", "exclude_unset") for k in node.keywords)
            return self._fields(module, method.value, method.attr) if plain else None
        return self._returned(module, node)

    def _returned(self, module: Module, node: ast.Call) -> list[tuple[Module, ast.expr]] | None:
        """What the one function that a call enters returns."""
        atom = atoms.only(self.court.program.value(module, node.func), atoms.FUNCTION)
        facts = self.court.program.functions[atom.path, atom.name] if atom is not None else None
        if facts is None or facts.header.decorator_list or overridden_at(self.court, facts) is not None:
            return None
        if not self._is_new("()", facts.module.path, facts.qualified):
            return []
        inner = [each for each in ast.walk(facts.node) if not isinstance(each, Function | ast.Lambda)]
        if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in inner):
            return None
        returns = facts.module.returns.get(facts.module.inner[facts.header], ())
        values = [each.value for each in returns if isinstance(each, ast.Return) and each.value is not None]
        return [(facts.module, v) for v in values] if values and len(values) == len(returns) else None

    def _makes_model(self, module: Module, node: ast.expr) -> bool:
        return bool(atoms.of(self.court.program.value(module, node), atoms.INSTANCE))

    def _fields(self, module: Module, node: ast.expr, method: str) -> list[tuple[Module, ast.expr]] | None:
        """The fields of every class that an object may be of; with a `method`, of models that it makes a mapping of."""
        held = self.court.program.value(module, node) - {atoms.NOTHING}
        if not held or any(atom.kind != atoms.INSTANCE for atom in held):
            return None
        for atom in held:
            for key in self.court.program.relatives((atom.path, atom.name)):
                home, owner = self.court.program.classes[key]
                if not _is_plain(self.court, home, owner, method):
                    return None
                self.keys |= {last_name(item.target) for item in owner.body if isinstance(item, ast.AnnAssign)}
        return []


def _is_plain(court: Court, module: Module, node: ast.ClassDef, method: str) -> bool:
    """Whether nothing but its own annotations says which fields a dataclass, or a model, has."""
    for base in bases_of(node):
        held = court.program.value(module, base)
        if atoms.of(held, atoms.SYMBOL) and not symbols_of(court, module, base) <= MODELS | ({"object"}):
            return False
        if not all(atom.kind in (atoms.CLASS, atoms.SYMBOL) for atom in held):
            return False
    if not method:
        return True
    odd = any(isinstance(item, Function) and _is_odd(item, method) for item in node.body)
    config = [item for item in node.body if isinstance(item, ast.Assign | ast.ClassDef)]
    return not odd and not node.keywords and not any("allow" in (t := ast.unparse(c)) or "alias" in t for c in config)


def _is_odd(item: Function, method: str) -> bool:
    """Whether a method has a say in what a model becomes."""
    made = {last_name(getattr(each, "func", each)) for each in item.decorator_list}
    return item.name == method or bool(made & WRITERS)


def _bound(court: Court, module: Module, node: ast.Name) -> list[ast.expr] | None:
    """What a function's name is bound to besides by callers; None where something else may fill or change it."""
    scope = module.scope_of[node].find(node.id)
    if scope is None or scope.kind != "function":
        return None
    binders = [ast.Name, ast.arg] if isinstance(scope.node, Function) else [ast.Name]  # nobody knows a lambda's callers
    if not all(type(binder) in binders for binder in module.bound(scope, node.id)):
        return None
    values: list[ast.expr] = []
    for other in list(module.named(node.id)):
        if not isinstance(other, ast.Name) or module.scope_of[other].find(node.id) is not scope:
            continue
        above = module.parent[other]
        plain = isinstance(above, ast.AnnAssign) or (isinstance(above, ast.Assign) and len(above.targets) == 1)
        if plain and isinstance(above, Plain) and above.value is not other:
            values += [above.value] if above.value is not None else []
        elif isinstance(above, ast.NamedExpr) and above.target is other:
            values.append(above.value)
        elif other is not node and not _leaves_keys_alone(court, module, above, other):
            return None
    return values


def _leaves_keys_alone(court: Court, module: Module, above: ast.AST, node: ast.Name) -> bool:
    """Whether a use of a payload's name cannot give it a key that is not known."""
    if isinstance(above, ast.Subscript) and above.value is node:
        return isinstance(above.ctx, ast.Load) or isinstance(above.slice, ast.Constant)
    if isinstance(above, ast.IfExp | ast.BoolOp):  # `payload = payload or {}`
        binds = module.parent[above]
        return isinstance(binds, ast.Assign) and [ast.unparse(target) for target in binds.targets] == [node.id]
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call) and call.func is not node:
        return _is_quiet(court, call) or _only_reads(court, module, call, node)
    return _reads(above, node) or isinstance(above, ast.Return)


def _is_quiet(court: Court, call: ast.Call) -> bool:
    """Whether a call leaves a mapping that it is given as it is: a log, a text of it, a publish."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    return name in READING_CALLS | LOG_METHODS or any(u.node is call and u.wrapper is not None for u in court.uses)


def _reads(above: ast.AST, node: ast.Name) -> bool:
    """Whether what stands around a mapping's name only looks at it, or takes its items."""
    if isinstance(above, ast.Dict):
        return any(key is None and value is node for key, value in zip(above.keys, above.values, strict=True))
    if isinstance(above, ast.Attribute):
        return above.attr in READING_METHODS
    return isinstance(above, ast.FormattedValue | ast.Compare | ast.If | ast.UnaryOp)


def _only_reads(court: Court, module: Module, call: ast.Call, node: ast.Name) -> bool:
    """Whether the one function that a call enters leaves the mapping alone, too."""
    atom = atoms.only(court.program.value(module, call.func), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    taken = [name for name, value in filled(facts, call) if value is node] if facts is not None else []
    if facts is None or len(taken) != 1 or overridden_at(court, facts) is not None:
        return False
    home, inner = facts.module, facts.module.inner[facts.node]
    uses = [n for n in list(home.named(taken[0])) if isinstance(n, ast.Name) and home.scope_of[n].find(n.id) is inner]
    return all(_is_read(court, home, each) for each in uses)


def _is_read(court: Court, module: Module, node: ast.Name) -> bool:
    """Whether a parameter's use does not even set a key that is known, nor hands it on."""
    above = module.parent[node]
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call):
        return _is_quiet(court, call)
    return _reads(above, node) or (isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load))


def _set_later(module: Module, scope: Scope, name: str) -> Iterator[str]:
    """The keys that are set by `payload["key"] = ...`."""
    for node in list(module.named(name)):
        above = module.parent[node]
        key = above.slice if isinstance(above, ast.Subscript) and above.value is node else None
        if isinstance(key, ast.Constant) and module.scope_of[node].find(name) is scope:
            yield str(key.value)


def _given(court: Court, facts: FunctionFacts, name: str) -> list[tuple[Module, ast.expr]] | None:
    """What every caller gives a parameter; None where somebody unknown may call."""
    if is_open(facts) or overridden_at(court, facts) is not None or reached_by_name(court, facts) is not None:
        return None
    default = next((value for argument, value in defaults(facts.header.args) if argument.arg == name), None)
    found: list[tuple[Module, ast.expr]] = []
    for module, call in facts.calls:
        given = [value for parameter, value in filled(facts, call) if parameter == name]
        value = given[0] if given else default
        if value is None or len(given) > 1:
            return None
        found.append((module if given else facts.module, value))
    return found
