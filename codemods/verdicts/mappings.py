"""The texts that an expression may be, and the keys of a mapping, as far as loops and constants tell them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading import atoms, legacy
from codemods.reading.arguments import filled
from codemods.reading.atoms import Atom
from codemods.reading.constants import Bound, Constants
from codemods.reading.flow import Place
from codemods.reading.promises import is_open
from codemods.reading.rules import defaults
from codemods.reading.scopes import Function, Module, last_name
from codemods.verdicts.cases import Court
from codemods.verdicts.delivered import delivering, is_only_binding

MOST_TURNS = 64
MOST_CALLS = 4  # of functions that hand a text on
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def known_texts(court: Court, module: Module, node: ast.expr, depth: int = MOST_CALLS) -> tuple[str, ...] | None:
    """Every text that an expression may be, with `*` for a part that is decided at run time; None where unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return (node.value.decode(errors="replace"),)
    known = atoms.texts(court.program.value(module, node)) or _in_turns(court, module, node)
    return known or (_of_parameter(court, module, node, depth) if isinstance(node, ast.Name) and depth else None)


def _of_parameter(court: Court, module: Module, node: ast.Name, depth: int) -> tuple[str, ...] | None:
    """What every call of its function gives a parameter, where all calls are known."""
    given = given_by_calls(court, module, node) or []
    texts = [known_texts(court, place, argument, depth - 1) for place, argument in given]
    known = [text for each in texts if each is not None for text in each]
    return tuple(sorted(set(known))) if known and None not in texts else None


def given_by_calls(court: Court, module: Module, node: ast.Name) -> list[Place] | None:
    """What each call of its function gives a parameter; None where some calls or arguments are not known."""
    scope = module.scope_of[node].find(node.id)
    bound = list(module.bound(scope, node.id)) if scope is not None else []
    if scope is None or len(bound) != 1 or not isinstance(bound[0], ast.arg) or not isinstance(scope.node, Function):
        return None
    facts = court.program.facts(module, scope.node)
    if is_open(facts) or any(argument is bound[0] for argument, _ in defaults(scope.node.args)):
        return None
    found: list[Place] = []
    for place, call in facts.calls:
        given = [argument for name, argument in filled(facts, call) if name == node.id]
        if len(given) != 1 or given[0] is None:
            return None
        found.append((place, given[0]))
    return found


def _in_turns(court: Court, module: Module, node: ast.expr) -> tuple[str, ...] | None:
    """What an expression is in each turn of the loops that its names come from."""
    constants = Constants(court.program)
    turns: list[Bound] = [{}]
    for target, source in _loops_around(module, node):
        scope = module.scope_of[target].find(target.id)
        turns = [
            {**turn, (scope, target.id): element}
            for turn in turns
            for element in constants.elements(module, source, turn) or ()
            if scope is not None
        ]
        if not 0 < len(turns) <= MOST_TURNS:
            return None
    found = [_text(constants, module, node, turn) for turn in turns]
    known = [text for text in found if text is not None]
    return tuple(sorted(set(known))) if known and len(known) == len(found) else None


def _text(constants: Constants, module: Module, node: ast.expr, turn: Bound) -> str | None:
    found = constants.text(module, node, turn)
    if found is not None:
        return found
    _, source = constants.place(module, node, turn)
    source = (constants.source(module, node) or (module, source))[1] if source is node else source
    is_bytes = isinstance(source, ast.Constant) and isinstance(source.value, bytes)
    return source.value.decode(errors="replace") if is_bytes else None  # type: ignore[attr-defined]


def _loops_around(module: Module, node: ast.expr) -> list[tuple[ast.Name, ast.expr]]:
    """The loops, outermost first, whose own names the expression has: each name with what it goes over."""
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    found: list[tuple[ast.Name, ast.expr]] = []
    for above in module.ancestors(node):
        generators = above.generators if isinstance(above, Comprehension) else []
        loops = [above] if isinstance(above, ast.For | ast.AsyncFor) else generators
        for target, source in [pair for loop in reversed(loops) for pair in _over(loop.target, loop.iter)]:
            if target.id in names and is_only_binding(module, target, above):
                found.insert(0, (target, source))
                names |= {inner.id for inner in ast.walk(source) if isinstance(inner, ast.Name)}
    return found


def _over(target: ast.expr, source: ast.expr) -> list[tuple[ast.Name, ast.expr]]:
    """The names of a loop's target, each with what it goes over: through `zip`, `enumerate` and `items`."""
    if isinstance(target, ast.Name):
        return [(target, source)]
    if not isinstance(target, ast.Tuple) or not isinstance(source, ast.Call) or source.keywords:
        return []
    called, names = ast.unparse(source.func), target.elts
    sources: list[ast.expr | None] = []
    if called == "zip" and len(source.args) == len(names):
        sources = [*source.args]
    elif called == "enumerate" and len(source.args) == 1:
        sources = [None, source.args[0]]
    elif isinstance(source.func, ast.Attribute) and source.func.attr == "items" and not source.args:
        sources = [source.func.value, None]
    pairs = zip(names, sources, strict=False)
    return [(name, each) for name, each in pairs if isinstance(name, ast.Name) and each is not None]


# the keys of a mapping


def keys_of(court: Court, module: Module, node: ast.expr) -> list[Place] | None:
    """The expressions for the keys of a mapping: of a display, of what a name holds, of `dict.fromkeys`."""
    if isinstance(node, ast.Dict):
        return _of_display(court, module, node)
    if isinstance(node, ast.DictComp):
        return [(module, node.key)]
    if isinstance(node, ast.Call):
        return _of_call(court, module, node)
    return _of_name(court, module, node)


def _of_display(court: Court, module: Module, node: ast.Dict) -> list[Place] | None:
    found: list[Place] = []
    for key, value in zip(node.keys, node.values, strict=True):
        inner = keys_of(court, module, value) if key is None else [(module, key)]
        if inner is None:
            return None
        found += inner
    return found


def _of_call(court: Court, module: Module, node: ast.Call) -> list[Place] | None:
    """The keys of `dict.fromkeys(names, value)`, and of a copy."""
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "dict.fromkeys" and node.args:
        return Constants(court.program).elements(module, node.args[0], {})
    is_copy = isinstance(node.func, ast.Name) and node.func.id == "dict" and len(node.args) == 1 and not node.keywords
    return keys_of(court, module, node.args[0]) if is_copy else None


def _of_name(court: Court, module: Module, node: ast.expr) -> list[Place] | None:
    """The keys of what a name or attribute holds, with those that are stored in it later."""
    atom = atoms.only(court.program.value(module, node), atoms.MAPPING)
    found = _display(court, atom) if atom is not None else Constants(court.program).source(module, node)
    if found is None or not isinstance(found[1], ast.Dict | ast.DictComp | ast.Call):
        return None
    mentions = _of_atom(court, atom) if atom is not None else _of_same_name(court, module, node)
    changes = [(other, _change(other, mention)) for other, mention in mentions]
    if any(change is NOBODY_KNOWS for _, change in changes):
        return None
    keys = keys_of(court, *found)
    return [*keys, *((m, change) for m, change in changes if change is not None)] if keys is not None else None


def _display(court: Court, atom: Atom) -> Place | None:
    """The dict display that an atom stands for."""
    home = court.program.modules[atom.path]
    home.read_line(atom.line)
    displays = [n for n in list(home.scope_of) if isinstance(n, ast.Dict)]
    display = next((n for n in displays if (n.lineno, n.col_offset) == (atom.line, atom.column)), None)
    if display is not None:
        court.program.demand.track(home, display, atom)
    return (home, display) if display is not None else None


def _of_atom(court: Court, atom: Atom) -> Iterator[Place]:
    """Every place that may be this mapping, wherever it goes."""
    for module, node in court.program.demand.mentions():
        is_read = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
        if is_read and atom in court.program.value(module, node):
            yield module, node


def _of_same_name(court: Court, module: Module, node: ast.expr) -> Iterator[Place]:
    """Every place that has this name: of a variable those in its scope, of an attribute all."""
    scope = module.scope_of[node].find(node.id) if isinstance(node, ast.Name) else None
    for other, mention in Constants(court.program).mentions(last_name(node)):
        found = other.scope_of[mention].find(mention.id) if isinstance(mention, ast.Name) else None
        if scope is None or scope is module.root or found is scope:
            yield other, mention


NOBODY_KNOWS = ast.Constant(...)


def _change(module: Module, node: ast.expr) -> ast.expr | None:
    """The key under which a use of a mapping stores something, NOBODY_KNOWS, or None where it adds no key."""
    above = module.parent.get(node)
    if isinstance(above, ast.Call):
        is_read = isinstance(above.func, ast.Attribute) and above.func.attr in legacy.READERS
        return None if is_read or last_name(above.func) in LOOKS else NOBODY_KNOWS
    if isinstance(above, ast.keyword):
        return None if above.arg == "streams" else NOBODY_KNOWS
    if isinstance(above, ast.Attribute):
        return None if above.attr in ADDS_NOTHING else NOBODY_KNOWS
    if isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Store):
        is_its_own = (read := delivering(module, above.slice)) is not None and _reads(read, node)
        return None if is_its_own else above.slice
    if isinstance(above, ast.Dict):  # poured into another
        return None if above.keys[above.values.index(node)] is None else NOBODY_KNOWS
    is_look = isinstance(above, ast.Compare | ast.For | ast.comprehension | ast.If | ast.While | ast.FormattedValue)
    return None if is_look or isinstance(above, ast.Subscript) else NOBODY_KNOWS


LOOKS = {"list", "tuple", "set", "len", "sorted", "print", "dict", "bool", "any", "all", "join"}
ADDS_NOTHING = {"keys", "values", "items", "get", "copy", "pop", "clear"}


def _reads(call: ast.expr, mapping: ast.expr) -> bool:
    """Whether a read is given this mapping, so that it delivers no other stream."""
    given = [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
    return any(ast.unparse(argument) == ast.unparse(mapping) for argument in given)
