"""A use with its verdict: the reason, the question that stands in the way, and the orders that would rewrite it."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field

from codemods.model import Place, Question, StreamEnd, Verdict
from codemods.orders import Order
from codemods.reading.atoms import Atom
from codemods.reading.calls import CallGraph, Runner
from codemods.reading.contract import Contract
from codemods.reading.flow import Program
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.settings import Engine, Settings
from codemods.verdicts.closures import Closures


class Case(Struct, eq=False):
    """One use, judged."""

    use: Use
    verdict: Verdict
    reason: str
    codemod: str | None = None
    orders: tuple[Order, ...] = ()
    question: Question | None = None
    warnings: tuple[str, ...] = ()
    ends: tuple[StreamEnd, ...] = ()
    held_by: Case | None = None
    facts: Mapping[str, object] = field(default_factory=dict)  # what a judge of several cases needs to know

    @property
    def moves(self) -> bool:
        """Whether it is rewritten, as far as is known by now."""
        return self.verdict is Verdict.REWRITE

    def hold(self, verdict: Verdict, reason: str, held_by: Case | None = None) -> None:
        """Take the rewrite back."""
        self.verdict, self.reason, self.held_by = verdict, reason, held_by
        self.orders, self.codemod = (), None


class Court(Struct, eq=False, dict=True):
    """What all judges know."""

    engine: Engine
    settings: Settings
    contract: Contract
    program: Program
    wrappers: Mapping[str, WrapperFacts]
    uses: list[Use] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # about the engine, for a person: comments that suppress nothing
    asked: set[str] = field(default_factory=set)  # the ids of all questions, answered or not
    called: dict[Module, list[tuple[ast.Call, str]]] = field(default_factory=dict)  # the target's functions, by file
    taken: set[int] = field(default_factory=set)  # uses (by id) without a client that a client's change takes along

    @cached_property
    def graph(self) -> CallGraph:
        """Which function may run which."""
        return CallGraph(self.program)

    @cached_property
    def _by_holder(self) -> dict[Atom, list[int]]:
        found: dict[Atom, list[int]] = defaultdict(list)
        for number, use in enumerate(self.uses):
            for holder in use.holders:
                found[holder].append(number)
        return found

    def uses_of(self, holders: Iterable[Atom]) -> list[Use]:
        """The uses of any of these clients, in their order."""
        numbers = {number for holder in holders for number in self._by_holder.get(holder, ())}
        return [self.uses[number] for number in sorted(numbers)]

    @cached_property
    def loops(self) -> list[tuple[str, set[Runner]]]:
        """Where event loops are run, each with all functions that may come to that."""
        from codemods.verdicts.blocking import looping

        return list(looping(self))

    @cached_property
    def closures(self) -> Closures:
        """What must become async for uses in plain functions."""
        return Closures(self)

    @cached_property
    def is_renaming(self) -> bool:
        """Whether a function of the target may be called by another name than its own."""
        from codemods.checking.names import may_rename

        functions = self.contract.interface.functions.keys()
        return any(may_rename(module, functions) for module in self.program.modules.values())

    @property
    def target(self) -> str:
        """The module of the target, by its dotted name."""
        return self.settings.target.module

    def answer(self, question: str) -> object:
        """What engines.yaml answers to a question; None where it does not. That it was asked is remembered."""
        self.asked.add(question)
        return self.settings.answers.get(question)

    def names(self, question: str) -> tuple[str, ...] | None:
        """The topics or streams that an answer names, by a glob or a list of them; None where there is none."""
        found = self.answer(question)
        listed = found if isinstance(found, list | tuple) else [found]
        return tuple(map(str, listed)) if listed and all(isinstance(name, str) for name in listed) else None


def what_else(court: Court, use: Use) -> str | None:
    """Why a use is not certainly one of its client: what its receiver may hold besides."""
    if not use.besides:
        return None
    other = next((atom for atom in use.besides if atom.kind != "unknown"), None)
    if other is None:
        return "what is used here may also be something that is not known"
    if other.kind == "pipeline":
        return "what is used here may also be a pipeline"
    name = other.name.rsplit("/", 1)[-1].split("@")[0]
    return f"what is used here may also be {name or 'another ' + other.kind}"


def is_got(case: Case) -> bool:
    """Whether a client stays where it is made, and the shared one is got where its streams are used."""
    return case.verdict is Verdict.KEEP and bool(case.facts.get("got"))


def is_stop(case: Case) -> bool:
    """Whether a client is closed here once this has moved."""
    return case.codemod == "lifecycle" and any(
        order.data.get("method") == "close" or "close_beside" in order.data for order in case.orders
    )


def rewrite(use: Use, codemod: str, reason: str, *orders: Order, **facts: object) -> Case:
    """A use that moves, by these orders. `facts` are for a judge of several cases."""
    return Case(use, Verdict.REWRITE, reason, codemod, orders, facts=facts)


def keep(use: Use, reason: str) -> Case:
    """A use that is no bus traffic, and stays."""
    return Case(use, Verdict.KEEP, reason)


def refuse(use: Use, reason: str, *warnings: str) -> Case:
    """A use that the target cannot express, or of which nobody can tell what it does."""
    return Case(use, Verdict.REFUSE, reason, warnings=warnings)


def ask(use: Use, question: Question, reason: str = "") -> Case:
    """An open question; `reason` says it of this site, where the question is about several."""
    return Case(use, Verdict.ASK, reason or question.text, question=question)


def identity(kind: str, use: Use, shown: str) -> str:
    """A question's id that stays when lines move: the file, the function, and the expression that is asked about."""
    return ":".join(part for part in (kind, use.path, function_of(use), " ".join(shown.split())) if part)


def function_of(use: Use) -> str:
    """The qualified name of the class and function that a use stands in; "" at the top of its module."""
    return POSITION.sub("", use.module.scope_of[use.node].qualified).strip("/").replace("/", ".")


POSITION = re.compile(r"@\d+:\d+")


def answer_yaml(question: str, value: str) -> str:
    """What to paste into engines.yaml to answer a question; JSON's strings are YAML's, whatever they hold."""
    return f"answers:\n  {json.dumps(question, ensure_ascii=False)}: {value}"


def place(module: Module, node: ast.AST) -> Place:
    """A node's line, quoted."""
    line = int(getattr(node, "lineno", 1))
    return Place(module.path, line, module.source.line_text(line))


BY_TEXT = "the client's class is named by a text here"


def is_named_by_text(use: Use) -> bool:
    """Whether the class that is called here is reached by a text: `getattr(redis, "Redis")()`."""
    root: ast.AST = use.call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return True
    scope = use.module.scope_of[root].find(root.id)
    bound = [use.module.parent.get(binder) for binder in use.module.bound(scope, root.id)] if scope is not None else []
    given = [above.value for above in bound if isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr)]
    return any(isinstance(value, ast.Call) and value is not use.node for value in given)


def is_alone(module: Module, node: ast.stmt) -> bool:
    """Whether a statement has its lines to itself, so that it can be changed as a whole."""
    lines = module.source.lines
    before = lines[node.lineno - 1].encode()[: node.col_offset].strip()
    end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
    after = lines[end_line - 1].encode()[end:].strip()
    return not before and (not after or after.startswith(b"#"))


def is_statement(module: Module, node: ast.AST) -> bool:
    """Whether an expression, awaited or not, is a whole statement by itself."""
    above = module.parent.get(node)
    if isinstance(above, ast.Await):
        above = module.parent.get(above)
    return isinstance(above, ast.Expr) and is_alone(module, above)
