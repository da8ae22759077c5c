"""The texts that an expression may be, and the keys of a mapping, as far as loops and constants tell them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading import atoms, legacy
from codemods.reading.atoms import Atom
from codemods.reading.constants import Bound, Constants
from codemods.reading.flow import Place
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.cases import Court
from codemods.verdicts.delivered import delivering, is_only_binding

MOST_TURNS = 64
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def known_texts(court: Court, module: Module, node: ast.expr) -> tuple[str, ...] | None:
    """Every text that an expression may be, with `*` for a part that is decided at run time; None where unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return (node.value.decode(errors="replace"),)
    return atoms.texts(court.program.value(module, node)) or _in_turns(court, module, node)


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
        for loop in reversed(loops):
            is_only = isinstance(loop.target, ast.Name) and is_only_binding(module, loop.target, above)
            if isinstance(loop.target, ast.Name) and loop.target.id in names and is_only:
                found.insert(0, (loop.target, loop.iter))
                names |= {inner.id for inner in ast.walk(loop.iter) if isinstance(inner, ast.Name)}
    return found


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
