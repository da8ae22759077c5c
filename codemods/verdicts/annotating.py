"""What becomes of a class that is named as a type: in annotations, in texts that are one, in other names for a type."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.atoms import EMPTY, Value
from codemods.reading.contract import CLIENT
from codemods.reading.evaluation import Evaluator
from codemods.reading.factories import made_by
from codemods.reading.promises import is_annotation, parsed
from codemods.reading.scopes import Function, Module, last_name
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, refuse, rewrite
from codemods.verdicts.configs import goes_with_its_config
from codemods.verdicts.families import overridden_at

MESSAGE = "dict[str, str]"
PRIORITY = "MessagePriority"
IN_TYPES = ast.Subscript | ast.Tuple | ast.List | ast.BinOp
TAKE_TYPES = {"TypeVar": "typing.TypeVar", "NewType": "typing.NewType"}
"""Calls whose arguments are types."""
FOLLOWS = f"the annotation follows the object: {CLIENT}"
FLAT = f"a message is a flat {MESSAGE} on the target"
QUOTED = "the annotation `{}` is a string"
Piece = tuple[int, int, str]  # where a class is named in a text, and what it is named in its place


def judge_annotation(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a wrapper's class that is named as a type."""
    name = use.name.rsplit(".", 1)[-1]
    if name in facts.wrapper.client:
        return follow(court, use)
    if name in facts.wrapper.message:
        assert isinstance(use.node, ast.expr)
        unfed = _unfed(court, use)
        if unfed is not None:
            return refuse(use, unfed)
        data = {"text": MESSAGE}
        return rewrite(use, "annotations", FLAT, Order("annotations", use.module, use.node, data, consumes=(use.node,)))
    if name in facts.wrapper.priority and facts.members.get(name, frozenset()) <= {
        name,
        *court.contract.enums[PRIORITY],
    }:
        assert isinstance(use.node, ast.expr)
        needs = ((court.target, PRIORITY),)
        order = Order("annotations", use.module, use.node, {"name": PRIORITY}, needs, consumes=(use.node,))
        return rewrite(use, "annotations", f"the target's own {PRIORITY}, which has every member of this one", order)
    if goes_with_its_config(court, use):
        return rewrite(use, "connections", "goes with the config that it is of")
    return refuse(use, f"{name} has no counterpart that an annotation could name")


def _unfed(court: Court, use: Use) -> str | None:
    """Why a parameter stays a message: its function reads it as one, and nobody is seen to subscribe or call that."""
    parameter = use.module.parent[use.node]
    function = use.module.function_of(parameter) if isinstance(parameter, ast.arg) else None
    if not isinstance(parameter, ast.arg) or not isinstance(function, Function) or function.decorator_list:
        return None
    facts = court.program.facts(use.module, function)
    named = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == parameter.arg]
    read = next((above for node in named if isinstance(above := use.module.parent[node], ast.Attribute)), None)
    if read is None or facts.calls or facts.references or overridden_at(court, facts) is not None:
        return None
    return f"nobody is seen to give `{function.name}` a message, and it reads `{ast.unparse(read)}` of one"


def follow(court: Court, use: Use) -> Case:
    """A client's class becomes that of the target's client."""
    assert isinstance(use.node, ast.expr)
    needs = ((court.target, CLIENT),)
    order = Order("annotations", use.module, use.node, {"name": CLIENT}, needs, consumes=(use.node,))
    return rewrite(use, "annotations", FOLLOWS, order)


def judge_quoted(court: Court, use: Use) -> Case:
    """The verdict on a text that is an annotation: the names in it follow what they name."""
    node = use.node
    assert isinstance(node, ast.Constant)
    written = use.module.source.segment(node)
    tree, text = parsed(node), str(node.value)
    plain = text == text.strip() and text.isascii() and written in (f'"{text}"', f"'{text}'")
    if (
        tree is None
        or not plain
        or any(isinstance(inner, ast.Constant | ast.Call) and not _is_none(inner) for inner in ast.walk(tree))
    ):
        return refuse(use, QUOTED.format(text))
    pieces = list(_pieces(court, use, tree))
    gone = next((name for _, _, name in pieces if name.startswith("!")), None)
    if gone is not None:
        return refuse(use, f"{gone[1:]} has no counterpart that an annotation could name")
    if not pieces:
        return refuse(use, QUOTED.format(text))
    unfed = _unfed(court, use) if any(name == MESSAGE for _, _, name in pieces) else None
    if unfed is not None:
        return refuse(use, unfed)
    data = {"parts": tuple(_parts(text, sorted(pieces)))}
    needs = ((court.target, CLIENT),) if any(name == CLIENT for _, _, name in pieces) else ()
    order = Order("annotations", use.module, node, data, needs, consumes=(node,))
    return rewrite(use, "annotations", FOLLOWS if needs else FLAT, order)


def judge_reference(court: Court, use: Use, facts: WrapperFacts, otherwise: str) -> Case:
    """The verdict on a class that is no annotation and not called: another name for a type, or a `TypeVar`."""
    assert isinstance(use.node, ast.expr)
    return judge_annotation(court, use, facts) if _is_type(court, use.module, use.node) else refuse(use, otherwise)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# texts


def _pieces(court: Court, use: Use, tree: ast.expr) -> Iterator[Piece]:
    """Each class of the use's library in a text; what has no counterpart begins with `!`."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if not isinstance(node, ast.Name | ast.Attribute):
            pending += ast.iter_child_nodes(node)
            continue
        new = _counterpart(court, use, node)
        if new is not None:
            yield node.col_offset, node.end_col_offset or 0, new


def _counterpart(court: Court, use: Use, node: ast.expr) -> str | None:
    """What is named in the place of this class; None where it is none of the use's library."""
    for symbol in atoms.of(_resolved(court, use.module, use.node, node), atoms.SYMBOL):
        made = made_by(court.settings.wrappers, court.target, symbol.name)
        if use.wrapper is None:
            return CLIENT if made is not None and made.kind == atoms.CLIENT else None
        owner, _, name = symbol.name.rpartition(".")
        if owner.split(".")[-1] != use.wrapper.module.split(".")[-1]:
            continue
        if name in use.wrapper.client:
            return CLIENT
        return MESSAGE if name in use.wrapper.message else f"!{name}"
    return None


def _resolved(court: Court, module: Module, place: ast.AST, node: ast.expr) -> Value:
    """What a dotted name in a text stands for, as Python looks it up."""
    evaluator = Evaluator(court.program, module)
    if isinstance(node, ast.Name):
        cell = court.program.name_cell(module, module.scope_of[place], node.id)
        return evaluator.held(cell) if cell is not None else EMPTY
    if isinstance(node, ast.Attribute):
        owners = _resolved(court, module, place, node.value)
        return EMPTY.union(*(evaluator.attribute_of(atom, node.attr) for atom in owners))
    return EMPTY


def _parts(text: str, pieces: list[Piece]) -> Iterator[tuple[str, bool]]:
    """The text cut at its classes; each part with whether it is a name that must be imported."""
    at = 0
    for start, end, new in pieces:
        yield text[at:start], False
        yield new, new == CLIENT
        at = end
    yield text[at:], False


# other places for types


def judge_alias(court: Court, use: Use) -> Case | None:
    """The verdict on another name for a client's class, where it only names types and makes clients; else None."""
    names = names_given(use)
    return follow(court, use) if len(names) == 1 and _names_types(court, use.module, names[0]) else None


def names_given(use: Use) -> list[str]:
    """The names that the module gives to what a use names: `Link` of `Link = redis.Redis`."""
    node = use.module.statement(use.node)
    if not isinstance(node, ast.Assign) or use.module.scope_of[node] is not use.module.root:
        return []
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names if len(names) == len(node.targets) else []


def _is_type(court: Court, module: Module, node: ast.expr) -> bool:
    """Whether a class stands where only a type may, or in another name for one."""
    inside: ast.AST = node
    above = module.parent[node]
    while isinstance(above, IN_TYPES) and getattr(above, "value", None) is not inside:
        inside, above = above, module.parent[above]
    if isinstance(inside, ast.Tuple | ast.List):
        return False  # some classes, which somebody looks at
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call) and last_name(call.func) == "isinstance":
        return call.args[1:] == [node]  # of what is asked, the call has a verdict of its own
    if isinstance(call, ast.Call) and last_name(call.func) in TAKE_TYPES and inside is not call.func:
        found = atoms.only(court.program.value(module, call.func), atoms.SYMBOL)
        return found is not None and found.name.endswith(TAKE_TYPES[last_name(call.func)])
    if isinstance(above, ast.AnnAssign) and last_name(above.annotation) == "TypeAlias":
        return above.value is inside and isinstance(above.target, ast.Name)
    if not isinstance(above, ast.Assign) or above.value is not inside or len(above.targets) != 1:
        return False
    (target,) = above.targets
    return isinstance(target, ast.Name) and _names_types(court, module, target.id)


def _names_types(court: Court, module: Module, name: str) -> bool:
    """Whether a name of the module is nothing but another name for a type, in every file that takes it."""
    if len(list(module.bound(module.root, name))) != 1:
        return False
    for other in court.program.modules.values():
        takes = [alias for node in other.imports if isinstance(node, ast.ImportFrom) for alias in node.names]
        if other is not module and any(alias.name == name and alias.asname not in (None, name) for alias in takes):
            return False
        if other is module or any(alias.name == name for alias in takes):
            loads = [n for n in other.named(name) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
            if not all(is_annotation(other, load) or _is_made(court, other, load) for load in loads):
                return False
    return True


def _is_made(court: Court, module: Module, load: ast.Name) -> bool:
    """Whether a client is made by this name."""
    call = module.parent[load]
    return any(use.kind == "construct" and use.node is call for use in court.uses)
