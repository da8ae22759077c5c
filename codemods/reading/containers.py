"""What a client is put into, and how it comes out again: containers, generators, and what `with` gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, EMPTY, Atom, Value, inside

if TYPE_CHECKING:
    from codemods.reading.evaluation import Evaluator
    from codemods.reading.flow import Cell, Program
    from codemods.reading.scopes import Module

KEEPING: Cell = ("boxes",)
"""The cell of every container that something legacy was put into."""
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
Display = ast.Dict | ast.List | ast.Tuple | ast.Set | Comprehension
GIVES = {"get", "pop", "setdefault", "popleft", "__getitem__"}
PUTS = {"append": 0, "appendleft": 0, "add": 0, "insert": 1, "setdefault": 1, "__setitem__": 1}
"""Methods that put something in, with the position of what they put."""
POURS = {"extend", "update"}
SAME = {"values", "copy"}
QUIET = {"keys", "clear", "remove", "discard", "index", "count", "move_to_end", *GIVES, *PUTS, *POURS, *SAME}
"""Methods by which nothing gets lost."""
MAKES = {"dict", "list", "set", "deque", "defaultdict", "OrderedDict", "WeakValueDictionary", "WeakSet"}
PASSES = {"dict", "list", "set", "tuple", "frozenset", "sorted", "reversed", "iter", "aiter"}
TAKES_ONE = {"next", "anext", "min", "max"}
BUILTINS = MAKES | PASSES | TAKES_ONE
GIVES_OR_SAME = GIVES | SAME
COUNTS = {"len", "any", "all", "bool", "print", "repr", "str", "id", "type", "enumerate", "zip"}
ENTERS = {"enter_context", "enter_async_context"}
ENTRIES = ("__aenter__", "__enter__")


def box_of(program: Program, module: Module, node: ast.expr | ast.stmt) -> Atom:
    """The atom of a display, a comprehension, a call that makes a container, or a generator function."""
    kind = atoms.MAPPING if isinstance(node, ast.Dict) else atoms.CONTAINER
    box = Atom(kind, "", module.path, node.lineno, node.col_offset)
    program.boxes.setdefault(inside(box), (box, module, node))
    return box


def boxes_in(value: Value) -> list[Atom]:
    """The containers among these atoms."""
    return sorted(atom for atom in value if atom.kind in (atoms.MAPPING, atoms.CONTAINER))


def displayed(evaluator: Evaluator, node: Display) -> Value:
    """A display as a container. What can get nothing more is one only if something legacy is in it."""
    box = box_of(evaluator.program, evaluator.module, node)
    if isinstance(node, ast.Dict | ast.List | ast.Set) or evaluator.program.peek(inside(box)):
        return frozenset({box})
    return ANYTHING


def keeping(evaluator: Evaluator, node: ast.expr) -> Value:
    """The containers that an expression may be, and that something legacy is in."""
    known = evaluator.program.peek(KEEPING)
    return evaluator.value(node) & known if known else EMPTY


def content(program: Program, boxes: Value, index: int | None = None) -> Value:
    """What comes out of these containers, or of their position, as far as it is legacy."""
    held = frozenset(atom for box in boxes for atom in program.peek(inside(box, index)))
    return frozenset(atom for atom in held if program.demand.warming.is_carried(atom))


def element(evaluator: Evaluator, node: ast.expr) -> Value:
    """What an expression gives when it is iterated over, or subscripted."""
    return content(evaluator.program, keeping(evaluator, node)) or ANYTHING


def part(evaluator: Evaluator, node: ast.expr, index: int) -> Value:
    """What a tuple, told apart by its positions, has at one of them."""
    found: Value = EMPTY
    for box in keeping(evaluator, node):
        display = evaluator.program.boxes[inside(box)][2]
        found |= content(evaluator.program, frozenset({box}), index if has_positions(display) else None)
    return found or ANYTHING


def has_positions(display: ast.AST) -> bool:
    """Whether what a display holds is told apart by its positions."""
    return isinstance(display, ast.Tuple) and not any(isinstance(item, ast.Starred) for item in display.elts)


def entered(evaluator: Evaluator, node: ast.expr) -> Value:
    """What `with` binds: what a generator yields, what `__enter__` returns, or else the thing itself."""
    value, program = evaluator.value(node), evaluator.program
    boxes = value & program.peek(KEEPING)
    found = (value - boxes) | content(program, boxes)
    for instance in atoms.of(value, atoms.INSTANCE):
        methods = [m for name in ENTRIES if (m := program.method((instance.path, instance.name), name)) is not None]
        if methods:
            found -= {instance}
            for method in methods:
                found |= program.read(("result", method.module.path, method.qualified))
    return found


def called(evaluator: Evaluator, node: ast.Call) -> Value | None:
    """What a call of a builtin that makes or passes on a container gives, or of a container's method."""
    if isinstance(node.func, ast.Attribute):
        return _of_method(evaluator, node, node.func)
    if not isinstance(node.func, ast.Name) or node.func.id not in BUILTINS:
        return None
    passed = [a for a in node.args if not isinstance(a, ast.Starred)] if node.func.id in PASSES | TAKES_ONE else []
    held = frozenset(box for argument in passed for box in keeping(evaluator, argument))
    if node.func.id in TAKES_ONE:
        return content(evaluator.program, held) or None
    if node.func.id in MAKES and not node.args:
        held |= {box_of(evaluator.program, evaluator.module, node)}
    return held or None


def _of_method(evaluator: Evaluator, node: ast.Call, method: ast.Attribute) -> Value | None:
    if method.attr in ENTERS and node.args:
        return entered(evaluator, node.args[0])
    if method.attr not in GIVES_OR_SAME:
        return None
    held = keeping(evaluator, method.value)
    if not held:
        return None
    return content(evaluator.program, held) if method.attr in GIVES else held


def put(evaluator: Evaluator, node: ast.Call) -> Iterator[tuple[Cell, Value]]:
    """What a call puts into containers."""
    carrying = evaluator.program.demand.carrying
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        if argument in carrying:
            for box in receivers(evaluator, node, argument):
                poured = isinstance(node.func, ast.Attribute) and node.func.attr in POURS
                within = poured and argument in node.args
                yield inside(box), element(evaluator, argument) if within else evaluator.value(argument)


def receivers(evaluator: Evaluator, node: ast.Call, argument: ast.expr) -> list[Atom]:
    """The containers that a call puts this argument into."""
    func = node.func
    if isinstance(func, ast.Attribute):
        index = PUTS.get(func.attr, -1)
        is_put = func.attr in POURS or (0 <= index < len(node.args) and node.args[index] is argument)
        return boxes_in(evaluator.value(func.value)) if is_put else []
    if isinstance(func, ast.Name) and func.id == "dict" and not node.args:
        return boxes_in(evaluator.value(node))
    return []
