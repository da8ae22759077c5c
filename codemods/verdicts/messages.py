"""Messages that an engine makes itself, for handlers that keep their signature, and the annotations of messages."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.model import Verdict
from codemods.orders import Order
from codemods.reading.scopes import Function, Module, is_stored
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.annotating import MESSAGE
from codemods.verdicts.cases import Case, Court, refuse, rewrite
from codemods.verdicts.lifetime import is_generator
from codemods.verdicts.passing import READS, Taker, parameter_given
from codemods.verdicts.receivers import NAMESPACE
from codemods.verdicts.servers import arguments, is_pure

NO_CLASS = "{name} is made here, and what becomes of the message cannot be followed to a handler that takes it"
SEEN_AS = f"a message of topic and payload, as {NAMESPACE[1]}"
READ_ALONE = "a message of topic and payload, which is all that its handler reads"


def judge_made(use: Use, facts: WrapperFacts) -> Case | None:
    """The verdict on a message that is made here, as far as it can be told by itself; None where none is made."""
    call, name = use.module.parent[use.node], use.name.rsplit(".", 1)[-1]
    if name not in facts.wrapper.message or not isinstance(call, ast.Call) or call.func is not use.node:
        return None
    takes = facts.made_with.get(name)
    if takes is None:
        return refuse(use, NO_CLASS.format(name=name))
    given = arguments(call, tuple(each.arg for each in (*takes.posonlyargs, *takes.args))[1:])
    if given is None or not set(READS) <= set(given):
        return refuse(use, f"topic and payload of the {name} that is made here cannot be told apart")
    gone = [value for part, value in given.items() if part not in READS]
    impure = next((value for value in gone if not is_pure(value)), None)
    if impure is not None:
        return refuse(use, f"`{use.module.source.segment(impure)}` is computed by a call that would be lost with it")
    parts = {_number(call, given[part]): part for part in READS}
    order = Order("passing", use.module, call, {"makes": parts}, (NAMESPACE,), (call.func, *gone))
    return rewrite(use, "passing", READ_ALONE, order, message=call, gone=gone)


def _number(call: ast.Call, value: ast.expr) -> int:
    """Which of its call's arguments a value is, as they are written."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return given.index(value)


def settle_messages(court: Court, cases: Sequence[Case], takers: Sequence[Taker], others: Sequence[Taker]) -> None:
    """Hold messages that go elsewhere than to `takers`, which go on taking one; annotations follow what these take.

    `others` are the functions that take the target's own message.
    """
    dropped: set[int] = set()
    for case in [case for case in cases if case.moves and "message" in case.facts]:
        call, gone = case.facts["message"], case.facts["gone"]
        assert isinstance(call, ast.Call)
        assert isinstance(gone, list)
        if _goes(court, case.use.module, call, takers):
            dropped |= {id(node) for value in gone for node in ast.walk(value)}
        else:
            case.hold(Verdict.REFUSE, NO_CLASS.format(name=case.use.name.rsplit(".", 1)[-1]))
    for case in [case for case in cases if case.moves]:
        if case.use.kind == "priority" and id(case.use.node) in dropped:
            case.orders, case.reason = (), "goes with the rest of a message that nobody reads"
        elif takers and case.use.kind in ("annotation", "quoted") and not _is_taken(case.use, others):
            case.orders = tuple(_annotated(case))


def _annotated(case: Case) -> Iterator[Order]:
    """The orders of an annotation that named the wrapper's message, and names what is taken in its place."""
    use = case.use
    assert isinstance(use.node, ast.expr)
    for order in case.orders:
        if "parts" in order.data:
            parts = tuple(
                (NAMESPACE[1], True) if text == MESSAGE else (text, name) for text, name in order.data["parts"]
            )
            yield Order("annotations", use.module, use.node, {"parts": parts}, (*order.needs, NAMESPACE), (use.node,))
        elif order.data.get("text") == MESSAGE:
            case.reason = SEEN_AS
            yield Order("annotations", use.module, use.node, {"name": NAMESPACE[1]}, (NAMESPACE,), (use.node,))
        else:
            yield order


def _is_taken(use: Use, takers: Sequence[Taker]) -> bool:
    """Whether something is in the annotation of a parameter by which one of these takes its message."""
    return any(above is taker.parameter for above in use.module.ancestors(use.node) for taker in takers)


# where a message goes


def _goes(court: Court, module: Module, node: ast.expr, takers: Sequence[Taker]) -> bool:
    """Whether a message only goes to these, directly or by a name, or what a function returns goes nowhere else."""
    above = module.parent[node]
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call) and call.func is not node:
        number = above.arg if isinstance(above, ast.keyword) else call.args.index(node)
        return any(_is_given(taker, call, number) for taker in takers)
    if isinstance(above, ast.Assign) and above.value is node and len(above.targets) == 1:
        return isinstance(above.targets[0], ast.Name) and _is_read_so(court, module, above.targets[0], takers)
    if isinstance(above, ast.Return):
        return _is_returned_so(court, module, above, takers)
    return False


def _is_given(taker: Taker, call: ast.Call, number: int | str | None) -> bool:
    """Whether a call gives a function its message so; of objects that are not known, the name must be unique."""
    facts = taker.facts
    enters = any(known is call for _, known in facts.calls)
    may_enter = any(node is call.func for _, node in facts.references) and _is_unique(taker)
    return (enters or may_enter) and parameter_given(facts, number) is taker.parameter


def _is_unique(taker: Taker) -> bool:
    """Whether nothing else in the program is defined under a function's name."""
    name = taker.facts.header.name
    return sum(m.source.text.count(f"def {name}(") for m in taker.court.program.modules.values()) == 1


def _is_read_so(court: Court, module: Module, target: ast.Name, takers: Sequence[Taker]) -> bool:
    scope = module.scope_of[target].find(target.id)
    named = [node for node in module.named(target.id) if module.scope_of[node].find(target.id) is scope]
    reads = [node for node in named if isinstance(node, ast.Name) and not is_stored(node)]
    if scope is None or scope.kind != "function" or len(named) != len(reads) + 1:
        return False
    return all(_reads_part(module, node) or _goes(court, module, node, takers) for node in reads)


def _reads_part(module: Module, node: ast.expr) -> bool:
    above = module.parent[node]
    return isinstance(above, ast.Attribute) and above.attr in READS and isinstance(above.ctx, ast.Load)


def _is_returned_so(court: Court, module: Module, node: ast.Return, takers: Sequence[Taker]) -> bool:
    function = module.function_of(node)
    if not isinstance(function, Function) or is_generator(function) or function.decorator_list:
        return False
    facts = court.program.facts(module, function)
    if facts.references or isinstance(function, ast.AsyncFunctionDef):
        return False
    return all(_goes(court, home, call, takers) for home, call in facts.calls)
