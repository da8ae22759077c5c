"""Orders into new text: each fragment is parsed by LibCST, changed by the codemods, printed, and spliced back."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from codemods.codemod import Names, Transformer, find
from codemods.comments import DIRECTIVE
from codemods.folding import fold
from codemods.fragments import Fragment, block_of, cut
from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.reading.source import first_line
from codemods.verdicts.cases import is_alone

SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Import, ast.ImportFrom, ast.Raise,
          ast.Pass, ast.Assert, ast.Delete, ast.Global, ast.Nonlocal, ast.Break, ast.Continue)  # fmt: skip


class RewriteError(Exception):
    """A fragment that could not be rewritten, with path, line and cause; its orders are to be taken back."""

    def __init__(self, path: str, line: int, cause: str, orders: list[Order], is_fault: bool = False) -> None:
        super().__init__(f"{path}:{line}: {cause}")
        self.path, self.line, self.cause = path, line, cause
        self.orders = orders
        self.is_fault = is_fault  # of this program, not of the file


def rewrite(module: Module, orders: list[Order], names: Names) -> str:
    """The new text of a file. Raises RewriteError where a fragment does not print back or an order finds no node."""
    source = module.source
    lines = list(source.lines)
    removed: set[ast.AST] = {order.node for order in orders if order.data.get("remove") or order.data.get("all")}
    for fragment in reversed(cut(source, module, orders)):
        new = _apply(fragment, module, names, _empties_its_suite(module, fragment.statement, removed))
        gap = source.newline if _wants_gap(module, fragment, new, removed) else ""
        lines[fragment.start - 1 : fragment.stop] = [gap + new]
        if not new:
            _close_gap(lines, fragment.start - 1)
    return "".join(lines)


def _empties_its_suite(module: Module, statement: ast.stmt, removed: set[ast.AST]) -> bool:
    """Whether a removed statement is the first of a suite of which nothing stays, so that a `pass` must."""
    above = module.parent.get(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block and not isinstance(above, ast.Module):
            return block[0] is statement and all(item in removed for item in block)
    return False


def _wants_gap(module: Module, fragment: Fragment, new: str, removed: set[ast.AST]) -> bool:
    """Whether a function takes a simple statement's place, right below a statement that stays."""
    if not isinstance(fragment.statement, (*SIMPLE, ast.For)) or not new.lstrip().startswith(("def ", "async def ")):
        return False
    block = block_of(module, fragment.statement)
    above = block[: block.index(fragment.statement)]
    staying = [statement for statement in above if statement not in removed]
    if not staying:
        return False
    going = {line for statement in above if statement in removed for line in _lines_of(statement)}
    return going >= set(range((staying[-1].end_lineno or 0) + 1, fragment.start))


def _lines_of(statement: ast.stmt) -> range:
    return range(first_line(statement), (statement.end_lineno or statement.lineno) + 1)


def _close_gap(lines: list[str], at: int) -> None:
    """A removed statement takes a blank line along that would stand twice, or first in its block or file, or last."""
    above = next((number for number in range(at - 1, -1, -1) if lines[number]), None)
    below = next((number for number in range(at + 1, len(lines)) if lines[number]), None)
    if above is not None and lines[above].strip() and not lines[above].rstrip().endswith(":"):
        return
    if below is None and above is not None:
        lines[above] = ""
    elif below is not None and not lines[below].strip():
        del lines[below]


def _apply(fragment: Fragment, module: Module, names: Names, leave_pass: bool) -> str:
    source = fragment.source
    text = fragment.scaffold + fragment.text + fragment.tail
    newline = source.newline
    if is_old_mac := newline == "\r" and "\n" not in text:  # LibCST knows no lone carriage return
        text, newline = text.replace("\r", "\n"), "\n"
    config: Any = cst.PartialParserConfig(default_newline=newline, default_indent=source.indent)
    line = fragment.start
    try:
        tree = cst.parse_module(text, config=config)
        if tree.code != text:
            cause = "LibCST does not print this statement back byte for byte"
            raise RewriteError(module.path, line, cause, fragment.orders)
        conductor, code = _conduct(fragment, module, names, tree)
    except (cst.ParserSyntaxError, RecursionError) as error:
        cause = f"LibCST cannot read this statement ({type(error).__name__})"
        raise RewriteError(module.path, line, cause, fragment.orders) from None
    missing = [order for order in fragment.orders if order not in conductor.done]
    if missing:
        cause = f"the node of an order for `{missing[0].codemod}` was not found again"
        raise RewriteError(module.path, line, cause, fragment.orders, is_fault=True)
    folded = fold(text, code, source.width, source.indent, newline)
    folded = folded.replace("\n", "\r") if is_old_mac else folded
    return _unscaffold(folded, fragment, conductor.comments, leave_pass)


def _conduct(fragment: Fragment, module: Module, names: Names, tree: cst.Module) -> tuple[_Conductor, str]:
    """The fragment's new code, and the conductor that made it."""
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    conductor = _Conductor(_Placed(fragment, module).match(wrapper), names, tree)
    return conductor, wrapper.module.visit(conductor).code


def _unscaffold(code: str, fragment: Fragment, comments: list[str], leave_pass: bool) -> str:
    """The fragment's own text again; comments that found no place in it get lines of their own above it."""
    code = code[len(fragment.scaffold) :]
    if fragment.tail:
        assert code.endswith(fragment.tail)
        return code[: -len(fragment.tail)]
    source = fragment.source
    is_empty = not code.strip() or (bool(fragment.above) and code.strip() == "pass" != fragment.text.strip())
    indent = source.indent_of(fragment.statement)
    kept = "".join(f"{indent}{comment}{source.newline}" for comment in comments)
    if is_empty:
        return kept + (f"{indent}pass{source.newline}" if leave_pass else "")
    return kept + code


class _Placed:
    """Finds the LibCST node of each order by its position."""

    def __init__(self, fragment: Fragment, module: Module) -> None:
        self.fragment, self.module = fragment, module
        self.shift = len(fragment.above) - fragment.start + 1

    def match(self, wrapper: MetadataWrapper) -> dict[cst.CSTNode, list[Order]]:
        wanted: dict[tuple[Any, ...], list[Order]] = defaultdict(list)
        for order in self.fragment.orders:
            wanted[self._key(order.node)].append(order)
        found: dict[cst.CSTNode, list[Order]] = {}
        for node, position in wrapper.resolve(PositionProvider).items():
            start = (position.start.line, position.start.column)
            end = (position.end.line, position.end.column)
            kind = type(node).__name__
            orders = wanted.get((kind, start)) or wanted.get((kind, start, end))
            if orders:
                found[node] = orders
        return found

    def _key(self, node: ast.expr | ast.stmt) -> tuple[Any, ...]:
        source = self.module.source
        start = (node.lineno + self.shift, source.column(node.lineno, node.col_offset))
        if isinstance(node, ast.Import | ast.ImportFrom) and not is_alone(self.module, node):
            return (type(node).__name__, start)  # one of several on its line
        if isinstance(node, ast.stmt):
            return (_statement_kind(node), start)
        end_line = node.end_lineno or node.lineno
        end = (end_line + self.shift, source.column(end_line, node.end_col_offset or 0))
        return (_expression_kind(node), start, end)


def _statement_kind(node: ast.stmt) -> str:
    if isinstance(node, SIMPLE):
        return "SimpleStatementLine"
    return {"AsyncFunctionDef": "FunctionDef", "AsyncFor": "For", "AsyncWith": "With"}.get(
        type(node).__name__, type(node).__name__
    )


def _expression_kind(node: ast.expr) -> str:
    names = {"Constant": "SimpleString", "UnaryOp": "UnaryOperation", "BoolOp": "BooleanOperation"}
    return names.get(type(node).__name__, type(node).__name__)


class _Conductor(cst.CSTTransformer):
    """Walks a fragment once; each node with orders goes through the codemods that are ordered for it."""

    def __init__(self, orders: Mapping[cst.CSTNode, list[Order]], names: Names, tree: cst.Module) -> None:
        super().__init__()
        self.orders, self.names, self.tree = orders, names, tree
        self.done: list[Order] = []
        self.comments: list[str] = []  # of statements that were removed

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Every node; LibCST would look for a method for each of them, and for two for each of its fields."""
        return True

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        """Nothing is done for a field."""

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        """Nothing is done for a field."""

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        result: Any = updated_node
        for order in sorted(self.orders.get(original_node, ()), key=_rank):
            transformer = find(order.codemod).transformer(order, self.names, self.tree)
            changed = _leave(transformer, original_node, updated_node, result)
            if changed is not None:
                self.done.append(order)
                result = changed
        if original_node in self.orders and isinstance(original_node, cst.BaseStatement | cst.SimpleStatementLine):
            self._save_comments(original_node, result)
        return result

    def _save_comments(self, before: cst.CSTNode, result: Any) -> None:
        """Remember the comments of a statement that are nowhere in what took its place.

        A comment inside a statement that goes speaks of that statement, and goes with it; those above it stay.
        """
        if isinstance(result, cst.RemovalSentinel):
            return
        after = [result] if isinstance(result, cst.CSTNode) else list(result)
        kept = [comment for node in after for comment in _comments(node)]
        for comment in _comments(before):
            if comment in kept:
                kept.remove(comment)
            elif not DIRECTIVE.match(comment):
                self.comments.append(comment)


def _rank(order: Order) -> int:
    """What is put before a statement comes there before anything happens to it: it stays where the statement goes."""
    return 0 if order.codemod == "imports" else 1 if "first" in order.data else 2


def _comments(node: cst.CSTNode) -> list[str]:
    own = [node.value] if isinstance(node, cst.Comment) else []
    return own + [comment for child in node.children for comment in _comments(child)]


def _is_left(node: Any, left: Any) -> bool:
    """Whether a statement is the one that was there, but for a blank line above it."""
    if node is left or node.deep_equals(left):
        return True
    lines = getattr(left, "leading_lines", None)
    return lines is not None and type(node) is type(left) and node.with_changes(leading_lines=lines).deep_equals(left)


def _below_gap(method: Callable[[Any, Any], Any], original: Any, node: Any, left: Any) -> list[Any]:
    """What becomes of a statement; a blank line that was put above it stays above all of that."""
    lines = getattr(left, "leading_lines", ())
    gap = list(getattr(node, "leading_lines", ()))[: len(getattr(node, "leading_lines", ())) - len(lines)]
    inner = method(original, node.with_changes(leading_lines=lines) if gap else node)
    new = list(inner) if isinstance(inner, cst.FlattenSentinel) else [inner]
    if gap and isinstance(new[0], cst.CSTNode):
        first: Any = new[0]
        new[0] = first.with_changes(leading_lines=[*gap, *first.leading_lines])
    return new


def _leave(transformer: Transformer, original: cst.CSTNode, left: cst.CSTNode, updated: Any) -> Any:
    """One codemod on one node; a statement that an earlier codemod put others around is found among them.

    `left` is the node as it was before the first of its codemods: what is inside it is changed already. Gives None
    where it is not found again.
    """
    name = f"leave_{type(original).__name__}"
    method: Callable[[Any, Any], Any] = getattr(transformer, name)
    if getattr(type(transformer), name) is getattr(cst.CSTTransformer, name):
        method = lambda _, node: transformer.leave_statement(node)  # noqa: E731
    if isinstance(updated, cst.FlattenSentinel):
        if not any(_is_left(node, left) for node in updated):
            return None
        result: list[Any] = []
        for node in updated:
            result += _below_gap(method, original, node, left) if _is_left(node, left) else [node]
        return cst.FlattenSentinel([node for node in result if not isinstance(node, cst.RemovalSentinel)])
    if isinstance(updated, cst.RemovalSentinel):
        return updated
    return method(original, updated)
