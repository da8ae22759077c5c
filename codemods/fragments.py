"""Smallest statements: where a change's text begins and ends, so that every byte outside stays as it is.

A nested statement is given to LibCST below one `if 1:` for each level above it, at its own indentation.
A header (`def f(x):`) is given alone, with the body `pass`.
"""

from __future__ import annotations

import ast
import warnings

from msgspec import Struct, field

from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.reading.source import Source, first_line

HEADED = ast.FunctionDef | ast.AsyncFunctionDef | ast.If | ast.While | ast.For | ast.AsyncFor | ast.With | ast.AsyncWith


class Fragment(Struct, eq=False):
    """Some whole lines of a file, and the orders for nodes within them."""

    source: Source
    statement: ast.stmt
    start: int  # first line, from 1
    stop: int  # last line, included
    above: tuple[str, ...]  # the indentation of each statement around it, outermost first
    header_only: bool = False
    orders: list[Order] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The fragment as it stands in the file."""
        return "".join(self.source.lines[self.start - 1 : self.stop])

    @property
    def scaffold(self) -> str:
        """The lines that stand in for what is around the fragment."""
        return "".join(f"{indent}if 1:{self.source.newline}" for indent in self.above)

    @property
    def tail(self) -> str:
        """The body that stands in for a header's own."""
        if not self.header_only:
            return ""
        return f"{self.source.indent_of(self.statement)}{self.source.indent}pass{self.source.newline}"

    def holds(self, other: Fragment) -> bool:
        """Whether another fragment's lines are among these."""
        return self.start <= other.start and other.stop <= self.stop


def cut(source: Source, module: Module, orders: list[Order]) -> list[Fragment]:
    """The fragments for these orders, merged where they overlap, in the order of the file."""
    fragments: list[Fragment] = []
    for order in orders:
        fragment = _fragment(source, module, order)
        fragment.orders.append(order)
        fragments.append(fragment)
    merged: list[Fragment] = []
    for fragment in sorted(fragments, key=lambda f: (f.start, -f.stop)):
        last = merged[-1] if merged else None
        if last is not None and fragment.start <= last.stop:
            assert last.holds(fragment), "statements that share lines are one fragment"
            last.orders += [order for order in fragment.orders if order not in last.orders]
        else:
            merged.append(fragment)
    return merged


def _fragment(source: Source, module: Module, order: Order) -> Fragment:
    statement = module.statement(order.node)
    climbed = False
    while is_elif(source, statement) or _shares_a_line(source, module, statement):
        statement = module.statement(module.parent[statement])
        climbed = True
    if isinstance(statement, HEADED) and not climbed and not order.data.get("whole"):
        header = _header(source, module, statement)
        if header is not None:
            return _with_comments(source, header, order)
    return _with_comments(source, _whole(source, module, statement), order)


def _whole(source: Source, module: Module, statement: ast.stmt) -> Fragment:
    """The statement's lines, with those of every statement that shares one of them."""
    block = block_of(module, statement)
    first = last = block.index(statement)
    while first > 0 and _last_line(block[first - 1]) >= first_line(block[first]):
        first -= 1
    while last + 1 < len(block) and first_line(block[last + 1]) <= _last_line(block[last]):
        last += 1
    return Fragment(
        source, statement, first_line(block[first]), _last_line(block[last]), _indents(source, module, statement)
    )


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def block_of(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The list of statements that this one is in."""
    above = module.parent[statement]
    blocks = [block for _, block in ast.iter_fields(above) if isinstance(block, list) and statement in block]
    return list(blocks[0])


def _with_comments(source: Source, fragment: Fragment, order: Order) -> Fragment:
    """Where code is put before a statement, the comments above it stay with it: they are part of the fragment."""
    if (order.codemod == "handlers" and "types" in order.data) or order.data.get("gap"):
        while fragment.start > 1 and source.lines[fragment.start - 2].lstrip().startswith("#"):
            fragment.start -= 1
    return fragment


def _indents(source: Source, module: Module, statement: ast.stmt) -> tuple[str, ...]:
    own = source.indent_of(statement)
    around = [above for above in module.ancestors(statement) if isinstance(above, ast.stmt)]
    indents = dict.fromkeys(source.indent_of(above) for above in reversed(around))
    return tuple(indent for indent in indents if len(indent) < len(own))


def is_elif(source: Source, statement: ast.stmt) -> bool:
    """Whether an `if` is written as the `elif` of another one."""
    line = source.lines[statement.lineno - 1]
    return isinstance(statement, ast.If) and line.lstrip().startswith("elif")


def _shares_a_line(source: Source, module: Module, statement: ast.stmt) -> bool:
    """Whether the suite of this statement begins on its header's own line: `if x: y()`."""
    above = module.parent.get(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block and not isinstance(above, ast.Module):
            first = block[0]
            ahead = source.lines[first_line(first) - 1].encode()[: first.col_offset].strip()
            return bool(ahead) and not ahead.startswith(b"@")
    return False


def _header(source: Source, module: Module, statement: ast.stmt) -> Fragment | None:
    """The header of a compound statement; None where its body begins on the same line."""
    assert isinstance(statement, HEADED)
    body = first_line(statement.body[0])
    indents = _indents(source, module, statement)
    for stop in range(statement.lineno, body):
        fragment = Fragment(source, statement, first_line(statement), stop, indents, header_only=True)
        if _parses(fragment.scaffold + fragment.text + fragment.tail):
            return fragment
    return None


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<header>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
