"""What becomes of the question whether a client is there and connected, by attribute or by `hasattr` and its like."""

from __future__ import annotations

import ast

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.asked import asks_for_truth, is_asked_before, is_needless
from codemods.verdicts.cases import Case, Court, refuse, rewrite
from codemods.verdicts.families import overridden_at

BOTH = "the target is connected once both of its clients are there"
LOOKED = "the client is inspected with {}() here; what that means on the target is not known"
STATEMENTS = ast.Assign | ast.AnnAssign | ast.Return | ast.If | ast.While | ast.Assert | ast.Expr
ALONE = STATEMENTS | ast.keyword | ast.Call | ast.FormattedValue | ast.Dict
"""What several conditions stand in without parentheses."""
LOOSE = ALONE | ast.List | ast.Tuple
"""What a comparison stands in without parentheses."""


def judge_attribute(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on an attribute of a client."""
    assert isinstance(use.node, ast.Attribute)
    if facts.wrapper.methods.get(use.name) == "connected":
        if facts.is_read and use.name in facts.methods and use.name not in facts.properties:
            return refuse(use, f"{use.name} is a method, and is not called here", "broken: always true")
        return judge_connected(court, use, use.node)
    if use.name in facts.wrapper.methods:
        return refuse(use, f"{use.name}() is not called on the client here, so what it is given cannot be told")
    return refuse(use, f"the attribute {use.name} has no counterpart on the target")


def judge_connected(court: Court, use: Use, node: ast.Call | ast.Attribute) -> Case:
    """`x.is_connected` becomes: both clients are there. `x` is evaluated twice, so that must change nothing."""
    if not is_plain(use.receiver) and not _is_accessor(court, use):
        return refuse(use, "the client is computed here, and the check would compute it twice")
    above = use.module.parent[node]
    inside_and = isinstance(above, ast.BoolOp) and isinstance(above.op, ast.And)
    plain = isinstance(above, ALONE) or inside_and
    return rewrite(use, "checks", BOTH, Order("checks", use.module, node, {"parentheses": not plain}))


def judge_inspected(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a client that `hasattr`, `getattr` or `isinstance` is given."""
    judges = {"hasattr": _has, "getattr": _get, "isinstance": _is_instance}
    known = use.name in judges and len(use.call.args) in (2, 3) and not use.call.keywords
    case = judges[use.name](court, use, facts) if known else None
    return case or refuse(use, LOOKED.format(use.name))


def _has(court: Court, use: Use, facts: WrapperFacts) -> Case | None:
    """What every client of the wrapper has is asked of None as well: is there one?"""
    name = _text(use.call.args[1])
    if facts.attributes is None or name not in facts.attributes or not _is_client_or_none(court, use):
        return None
    node: ast.expr = use.call
    above = use.module.parent[node]
    denied = isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)
    if denied:
        assert isinstance(above, ast.expr)
        node = above
    asks = f"every client of the wrapper has {name}, so this asks whether there is one"
    around = use.module.parent[node]
    if isinstance(around, ast.BoolOp) and is_needless(use.module, node, use.call.args[0]):
        drop = Order("checks", use.module, around, {"drop": use.module.source.segment(node)}, claims=(around,))
        return rewrite(use, "checks", f"{asks}, as is asked before", drop)
    data = {"is": "None" if denied else "not None", "parentheses": _needs_parentheses(use.module, node)}
    order = Order("checks", use.module, node, data, claims=(node,))
    return rewrite(use, "checks", asks, order)


def _get(court: Court, use: Use, facts: WrapperFacts) -> Case | None:
    """`getattr(x, "is_connected", False)` is the check itself, of a client that may be None."""
    name, call = _text(use.call.args[1]), use.call
    connected = facts.wrapper.methods.get(name or "") == "connected" and name in facts.properties
    if not connected or not is_plain(call.args[0]) or not _is_client_or_none(court, use):
        return None
    otherwise = call.args[2] if len(call.args) == 3 else None
    said = otherwise.value if isinstance(otherwise, ast.Constant) else ...
    if (
        otherwise is not None
        and said is not False
        and not (said is None and asks_for_truth(use.module, call, differs=False))
    ):
        return None
    above = use.module.parent[call]
    inside_and = isinstance(above, ast.BoolOp) and isinstance(above.op, ast.And)
    is_open = otherwise is not None and not is_asked_before(use.module, call, call.args[0])
    data = {"may be None": is_open, "parentheses": not (inside_and or isinstance(above, ALONE))}
    return rewrite(use, "checks", BOTH, Order("checks", use.module, call, data, claims=(call,)))


def _is_instance(court: Court, use: Use, facts: WrapperFacts) -> Case | None:
    """Whether a client, or None, is one: the class that is named follows, by a verdict of its own."""
    named = atoms.only(court.program.value(use.module, use.call.args[1]), atoms.SYMBOL)
    is_class = named is not None and named.name.rsplit(".", 1)[-1] in facts.wrapper.client
    if len(use.call.args) != 2 or not is_class or not _is_client_or_none(court, use):
        return None
    return rewrite(use, "annotations", "the class that is asked for follows the client")


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_plain(node: ast.expr | None) -> bool:
    """Whether an expression can be evaluated twice: a chain of names, and of constant keys."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        node = node.value
    return isinstance(node, ast.Name)


def _is_accessor(court: Court, use: Use) -> bool:
    """Whether the client is what a plain function gives, which takes nothing and only looks: `get_bus()`."""
    call = use.receiver
    if not isinstance(call, ast.Call) or call.args or call.keywords or not is_plain(call.func):
        return False
    atom = atoms.only(court.program.value(use.module, call.func), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    if facts is None or not isinstance(facts.node, ast.FunctionDef) or facts.node.decorator_list:
        return False
    overridden = facts.is_method and overridden_at(court, facts) is not None
    return not overridden and all(map(_only_looks, facts.node.body))


def _only_looks(statement: ast.stmt) -> bool:
    """Whether a statement gives what a name holds, or raises where there is nothing: a second time it does the same."""
    if isinstance(statement, ast.Return):
        return is_plain(statement.value)
    if isinstance(statement, ast.If):
        return _is_question(statement.test) and all(map(_only_looks, [*statement.body, *statement.orelse]))
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    is_guard = isinstance(statement, ast.Assert) and _is_question(statement.test)
    return is_text or is_guard or isinstance(statement, ast.Global | ast.Raise)


def _is_question(node: ast.expr) -> bool:
    allowed = ast.Name | ast.Attribute | ast.Constant | ast.Compare | ast.UnaryOp | ast.BoolOp
    parts = (inner for inner in ast.walk(node) if isinstance(inner, ast.expr))
    return all(isinstance(inner, allowed) for inner in parts)


def _is_client_or_none(court: Court, use: Use) -> bool:
    """Whether what is inspected is this client or None, and certainly nothing else."""
    held = court.program.value(use.module, use.call.args[0])
    return bool(held) and {atom.kind for atom in held} <= {atoms.CLIENT, atoms.NOTHING.kind}


def _needs_parentheses(module: Module, node: ast.expr) -> bool:
    above = module.parent[node]
    denied = isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)
    return not (isinstance(above, LOOSE | ast.BoolOp | ast.IfExp) or denied)
